"""Expressions held against SQLite: numbers and conditions, with nulls."""

from __future__ import annotations

import re
import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st
from support.expressions import COLUMNS, ROWS, expression
from support.tables import bound, cells, rows_of

from shardgen.errors import InputError
from shardgen.tables import values as c
from shardgen.tables.batch import Batch

ints = st.sampled_from(["a", "b", "n", "0", "1", "7", "-3"])


def numeric(inner):
    number, truth = inner
    binary = st.tuples(number, st.sampled_from(["+", "-", "*"]), number)
    return (
        binary.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | number.map(lambda x: f"(- {x})")
        | number.map(lambda x: f"abs({x})")
        | st.tuples(number, number).map(lambda t: f"coalesce({t[0]}, {t[1]})")
        | st.tuples(number, number).map(lambda t: f"nullif({t[0]}, {t[1]})")
        | st.tuples(number, number).map(lambda t: f"({t[0]} % nullif({t[1]}, 0))")
        | st.tuples(truth, number, number).map(
            lambda t: "case when {} then {} else {} end".format(*t)
        )
        | st.tuples(number, number, number, number).map(
            lambda t: "case {} when {} then {} when 2 then {} end".format(*t)
        )
    )


def logic(inner):
    number, truth = inner
    compared = st.tuples(number, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), number)
    return (
        compared.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | st.tuples(truth, st.sampled_from(["and", "or"]), truth).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        )
        | truth.map(lambda x: f"(not {x})")
        | number.map(lambda x: f"({x} is null)")
        | number.map(lambda x: f"({x} is not null)")
        | st.tuples(number, number, number).map(lambda t: "({} between {} and {})".format(*t))
        | st.tuples(number, number, number).map(lambda t: "({} in ({}, {}, 5))".format(*t))
        | st.tuples(number, number).map(lambda t: "({} not in ({}, 2))".format(*t))
    )


truths = st.sampled_from(["flag", "(a > b)", "(b is null)", "true"])
for _ in range(3):
    ints, truths = ints | numeric((ints, truths)), truths | logic((ints, truths))

RAW = rows_of(bound({name: COLUMNS[name] for name in ("a", "b", "n", "flag")}, ROWS))


def by_sqlite(text: str) -> list:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(
            "create table t (id integer, a integer, b integer, n integer, flag boolean)"
        )
        connection.executemany("insert into t values (?,?,?,?,?)", zip(*RAW.values(), strict=True))
        return [row[0] for row in connection.execute(f"select {text} from t order by id")]


def by_us(text: str, kind: str) -> list:
    columns = {name: COLUMNS[name] for name in ("a", "b", "n", "flag")}
    table = bound(columns | {"v": expression(text, kind, nullable=True)}, ROWS)
    values = Batch.of_range(table, 0, ROWS).column("v")
    if isinstance(values, c.Integers):
        assert values.low <= min(values.values) <= max(values.values) <= values.high
    return cells(table, "v")


@given(ints)
@settings(max_examples=150, deadline=None)
def test_numbers_are_those_of_sqlite(text):
    """With nulls in every operand, and never outside the bounds that they carry."""
    if text in ("0", "1", "7", "-3") or not re.search(r"[abn]\b", text):
        return
    try:
        made = by_us(text, "bigint")
    except InputError as error:
        assert "18 digits" in str(error)  # noqa: PT017 -- bounds are wider than values
        return
    assert by_sqlite(text) == made


@given(truths)
@settings(max_examples=150, deadline=None)
def test_conditions_are_those_of_sqlite(text):
    """Three-valued: true, false and null."""
    try:
        made = by_us(text, "boolean")
    except InputError as error:
        assert "18 digits" in str(error)  # noqa: PT017 -- bounds are wider than values
        return
    assert [None if x is None else bool(x) for x in by_sqlite(text)] == made
