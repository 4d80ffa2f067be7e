"""What holds for any schema: Hypothesis draws tables, keys, generators and types."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tables import GENERATED, LAWS, assert_of_type, bind, cells, generated, schema_of

from shardgen.plan.plan import Options, Shard, build_plan
from shardgen.plan.source import Source

FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY_VALUES = (
    *("address", "email", "full_name", "int_range", "loan_number", "password", "phone"),
    *("sequence", "ssn", "timestamp_past", "username", "uuid", "decimal_range", "float_range"),
)
"""Generators that have enough different values for a unique column of every size drawn here."""
STAND_ALONE = sorted(
    GENERATED.keys()
    - {
        *("city", "company", "company_email", "company_name", "domain", "email", "first_name"),
        *("full_name", "last_name", "ssn", "ssn_last_4", "state", "username", "zip_code"),
    }
)
"""Generators that do not look for other columns, so that a new column cannot change them."""
TYPES = (
    *("tinyint", "smallint", "int", "bigint", "decimal(9,4)", "decimal(18,18)", "float", "double"),
    *("varchar(1)", "varchar(7)", "varchar(40)", "varchar(255)", "text", "char(2)", "date"),
    *("datetime", "timestamp", "boolean", "json", "jsonb", "uuid", "enum('a','b''c')"),
)
KEY_TYPES = ("bigint", "uuid", "varchar(30)", "decimal(14,3)", "timestamp")


@st.composite
def columns_of(draw: st.DrawFn, alone: bool = False) -> dict[str, Any]:
    """A column without a foreign key."""
    facts: dict[str, Any] = {}
    kind = draw(st.sampled_from(["type", "generator", "law", "unique"]))
    if kind == "type":
        facts = {"type": draw(st.sampled_from(TYPES))}
    elif kind == "generator":
        facts = generated(draw(st.sampled_from(STAND_ALONE if alone else sorted(GENERATED))))
    elif kind == "unique":
        names = [n for n in MANY_VALUES if not alone or n in STAND_ALONE]
        facts = generated(draw(st.sampled_from(names)), unique=True)
    else:
        law = draw(st.sampled_from([None, *LAWS]))
        low = draw(st.integers(-1000, 0))
        parameters = {"min": low, "max": draw(st.integers(1000, 10**6))}
        if law:
            parameters |= {"distribution": law, **LAWS[law]}
        facts = {"type": "int", "generator": "int_range", "generator_params": parameters}
    parameters = dict(facts.get("generator_params", {}))
    if draw(st.booleans()):
        facts["nullable"] = True
        if draw(st.booleans()):
            parameters["null_probability"] = draw(st.sampled_from([0, 0.5, 1]))
    if draw(st.integers(0, 4)) == 0:
        facts["edge_case_probability"] = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return facts | ({"generator_params": parameters} if parameters else {})


@st.composite
def keys_to(draw: st.DrawFn, tables: dict[str, Any], name: str, rows: int) -> dict[str, Any] | None:
    """A foreign key to one of the tables so far, or to its own."""
    target = draw(st.sampled_from([*tables, name]))
    if target == name:
        key = {"table": name, "column": "id"}
        return {"type": "bigint", "nullable": draw(st.booleans()), "foreign_key": key}
    parent_rows, parent = tables[target]
    keys = {n: c for n, c in parent.items()
            if (c.get("unique") or c.get("primary_key")) and not c.get("nullable")}  # fmt: skip
    column = draw(st.sampled_from(sorted(keys)))
    shape = draw(st.sampled_from([None, "random", "grouped", "unique"]))
    if shape == "unique" and rows > parent_rows:
        shape = None
    key = {"table": target, "column": column} | ({"fan_out": shape} if shape else {})
    facts = {"type": keys[column]["type"], "foreign_key": key, "nullable": draw(st.booleans())}
    return facts | ({"unique": True} if shape == "unique" else {})


@st.composite
def tables_of(draw: st.DrawFn, alone: bool = False) -> dict[str, tuple[int, dict[str, Any]]]:
    """One to four tables, parents first, the key of each a row number or something else."""
    tables: dict[str, tuple[int, dict[str, Any]]] = {}
    for n in range(draw(st.integers(1, 4))):
        name, rows = f"t{n}", draw(st.one_of(st.integers(1, 60), st.sampled_from([900, 4500])))
        columns = {"id": {"type": "bigint", "primary_key": True}}
        if draw(st.booleans()):
            key_type = draw(st.sampled_from(KEY_TYPES))
            columns["k"] = {"type": key_type, "unique": True}
        for m in range(draw(st.integers(1, 4))):
            if draw(st.integers(0, 2)) == 0:
                columns[f"f{m}"] = draw(keys_to(tables, name, rows))
            else:
                columns[f"c{m}"] = draw(columns_of(alone=alone))
        tables[name] = rows, columns
    return tables


def all_cells(bound: Any) -> dict[tuple[str, str], list[Any]]:
    return {(t, c): cells(bound[t], c) for t in bound for c in bound[t].columns}


@given(tables_of(), st.integers())
@FEW
def test_rows_keep_what_their_schema_says(tables, seed):
    """Keys point to a parent, unique columns repeat nothing, values fit, NOT NULL holds."""
    made = all_cells(bind(schema_of(**tables), seed=seed))
    for (table, name), values in made.items():
        rows, columns = tables[table]
        facts = columns[name]
        shown = [v for v in values if v is not None]
        assert rows == len(values)
        assert facts.get("nullable") or len(shown) == rows
        if facts.get("unique") or facts.get("primary_key"):
            assert len(shown) == len(set(shown))
        if shown:
            assert_of_type(shown, facts["type"])
        if "foreign_key" in facts:
            key = facts["foreign_key"]
            assert set(shown) <= set(made[key["table"], key["column"]])
            if key["table"] == table:
                later = [n for n, v in enumerate(values) if v is not None and v > max(n, 1)]
                assert [] == later


@given(tables_of(), st.data())
@FEW
def test_a_cut_range_equals_its_pieces(tables, data):
    """As values and as text, in every dialect, wherever it is cut."""
    schema = schema_of(**tables)
    dialect = data.draw(st.sampled_from(["postgres", "mysql", "sqlite"]))
    size = data.draw(st.sampled_from([1, 7, 1000]))
    plan = build_plan(schema, Options(dialect=dialect, rows_per_statement=size))
    whole, pieces = Source.bind(plan), Source.bind(plan)
    for name, (rows, columns) in tables.items():
        cuts = data.draw(st.lists(st.integers(0, rows), max_size=4))
        edges = sorted({0, rows, *cuts})
        ranges = list(itertools.pairwise(edges))
        text = b"".join(map(bytes, whole.render(Shard(0, name, 0, rows))))
        made = (pieces.render(Shard(0, name, start, stop)) for start, stop in ranges)
        assert text == b"".join(bytes(piece) for shard in made for piece in shard)
        for column in columns:
            all_rows = cells(whole.bound[name], column)
            spans = (cells(pieces.bound[name], column, range(*span)) for span in reversed(ranges))
            assert all_rows == [v for span in reversed(list(spans)) for v in span]


@given(tables_of(alone=True), columns_of(alone=True), st.data())
@FEW
def test_a_column_added_at_the_end_changes_no_other_value(tables, column, data):
    """In its own table and in all others, whatever the column and its generator."""
    name = data.draw(st.sampled_from(sorted(tables)))
    rows, columns = tables[name]
    before = all_cells(bind(schema_of(**tables)))
    after = all_cells(bind(schema_of(**tables | {name: (rows, columns | {"added": column})})))
    assert before == {cell: after[cell] for cell in before}


@given(tables_of(), st.data())
@FEW
def test_a_table_added_at_the_end_changes_no_other_value(tables, data):
    """Also where it refers to the tables that were there."""
    key = data.draw(keys_to(tables, "added", 30))
    before = all_cells(bind(schema_of(**tables)))
    added = {"f": key, "c": data.draw(columns_of())}
    after = all_cells(bind(schema_of(**tables, added=(30, added))))
    assert before == {cell: after[cell] for cell in before}


def touched_by(tables: dict[str, Any], grown: str) -> set[tuple[str, str]]:
    """Return the keys that draw from a table that grew, or group its rows, and their heirs."""
    touched: set[tuple[str, str]] = set()
    for name, (_, columns) in tables.items():
        for column, facts in columns.items():
            key = facts.get("foreign_key")
            if key is None:
                continue
            grew = key["table"] == grown != name or (
                name == grown and key.get("fan_out") == "grouped"
            )
            if grew or (key["table"], key["column"]) in touched:
                touched.add((name, column))
    return touched


@given(tables_of(), st.integers(1, 5000), st.data())
@FEW
def test_rows_added_at_the_end_change_no_earlier_value(tables, more, data):
    """Except of keys that draw from the table that grew, and of groups, which share it out."""
    name = data.draw(st.sampled_from(sorted(tables)))
    rows, columns = tables[name]
    keys = [facts for facts in columns.values() if "foreign_key" in facts]
    if any(facts.get("unique") for facts in keys):
        more = 0  # there may be no more parents
    schema = schema_of(**tables)
    before = all_cells(bind(schema))
    after = all_cells(bind(schema, **{name: rows + more}))
    touched = touched_by(tables, name)
    for (table, column), values in before.items():
        if (table, column) not in touched:
            assert values == after[table, column][: len(values)], (table, column)


@pytest.mark.parametrize("generator", sorted(GENERATED))
@pytest.mark.parametrize("unique", [False, True])
def test_rows_added_at_the_end_change_no_value_of_any_generator(generator, unique):
    """From a handful of rows to more than one batch holds, across powers of ten."""
    if unique and generator not in MANY_VALUES:
        pytest.skip("too few different values")
    columns = {"v": generated(generator, unique=unique)}
    long = cells(bind(schema_of(t=(12_000, columns)))["t"], "v")
    for rows in (5, 95, 950, 9500):
        assert long[:rows] == cells(bind(schema_of(t=(rows, columns)))["t"], "v")
