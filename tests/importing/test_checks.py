"""CHECK constraints are met by construction: the rows load into tables that have them."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest

import shardgen
from shardgen.importing.checks.condition import Compare, Counted, Operand, Unread
from shardgen.importing.checks.reading import read_check
from shardgen.importing.described import Check, Column, Database, Name, Table
from shardgen.importing.imported import Sizes, import_schema

COLUMNS = {
    "id": "integer", "qty": "integer", "lo": "integer", "hi": "integer", "price": "numeric(10,2)",
    "status": "varchar(20)", "name": "text", "code": "varchar(12)", "started": "datetime",
    "ended": "datetime", "born": "date", "a": "integer", "b": "integer", "c": "integer",
    "flag": "boolean",
}  # fmt: skip
NULLABLE = ("a", "b", "c", "ended")

CHECKS = [
    ("qty > 0",),
    ("qty between 1 and 5", "qty <> 1"),
    ("0 < qty AND 10 >= qty",),
    ("qty in (3, 5, 7)",),
    ("qty = 4",),
    ("NOT (qty < 10)",),
    ("abs(qty) <= 3",),
    ("price >= 0.01 AND price < 100",),
    ("price > 0.5", "price <= 0.6"),
    ("status in ('new', 'paid')",),
    ("status = 'new' OR status = 'paid'",),
    ("upper(status) in ('NEW', 'PAID')",),
    ("lower(code) = code",),
    ("name <> ''", "length(name) <= 9"),
    ("length(name) between 3 and 5",),
    ("length(trim(name)) > 0",),
    ("name LIKE 'ab_%'",),
    ("code GLOB '[A-Z][0-9]*'",),
    ("lo <= hi",),
    ("lo < hi", "hi <= 50"),
    ("lo >= 10", "hi > lo", "hi < 15"),
    ("hi = lo",),
    ("hi >= lo + 5",),
    ("a <= b",),
    ("lo <= qty", "qty <= hi"),
    ("price >= qty",),
    ("ended > started",),
    ("ended IS NULL OR ended >= started",),
    ("born >= '1990-01-01' AND born < '2000-01-01'",),
    ("a IS NULL OR b IS NULL",),
    ("(a IS NULL) <> (b IS NULL)",),
    ("(a IS NOT NULL) + (b IS NOT NULL) + (c IS NOT NULL) = 1",),
    ("(a IS NULL) = (b IS NULL)",),
    ("a IS NOT NULL OR b IS NOT NULL",),
    ("CASE WHEN a IS NULL THEN 0 ELSE 1 END + CASE WHEN b IS NULL THEN 0 ELSE 1 END = 1",),
    ("status <> 'paid' OR a IS NOT NULL", "status in ('new', 'paid')"),
    ("(status = 'paid') = (a IS NOT NULL)",),
    ("coalesce(a, 0) >= 0",),
    ("coalesce(a, -1) >= 0",),
    ("flag",),
    ("flag IN (0, 1)",),
    ("typeof(qty) = 'integer'",),
    ("a IS NOT b",),
]  # fmt: skip


def described(checks, dialect="sqlite", columns=COLUMNS):
    """Return a database of one table with these checks."""
    made = tuple(
        Column(name=name, type=kind, nullable=name in NULLABLE, counts=name == "id")
        for name, kind in columns.items()
    )
    table = Table(
        name=Name("", "t"),
        columns=made,
        primary_key=("id",),
        checks=tuple(Check(name=f"c{n}", expression=text) for n, text in enumerate(checks)),
    )
    return Database(dialect=dialect, name="db", tables=(table,))


def rows_of(imported, count=400):
    """Return the rows of the one table."""
    assert count == imported.schema.tables[0].record_count, imported.notes
    return shardgen.generate(imported.schema, seed=3).tables["t"].rows


@pytest.mark.parametrize("checks", CHECKS, ids="; ".join)
def test_rows_meet_their_checks(checks):
    """SQLite takes them all, and is the judge."""
    imported = import_schema(described(checks), Sizes(rows=400))
    rows = rows_of(imported)
    nulls = {name: "" if name in NULLABLE else " NOT NULL" for name in COLUMNS}
    columns = ", ".join(f"{name} {kind}{nulls[name]}" for name, kind in COLUMNS.items())
    conditions = "".join(f", CHECK ({text})" for text in checks)
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE t ({columns}{conditions})")
        marks = ", ".join("?" for _ in COLUMNS)
        values = [[_plain(row[name]) for name in COLUMNS] for row in rows]
        connection.executemany(f"INSERT INTO t VALUES ({marks})", values)


def _plain(value):
    if isinstance(value, (int, str, type(None))):
        return value
    return float(value) if hasattr(value, "as_tuple") else str(value)


def test_a_check_that_is_not_read_leaves_the_table_without_rows():
    """Its text and the way out are in the report; nothing is loaded that may be refused."""
    imported = import_schema(described(["qty % 2 = hi % 3"]), Sizes(rows=400))
    assert 0 == imported.schema.tables[0].record_count
    (note,) = (note for note in imported.notes if note.kind == "refused")
    assert "qty % 2 = hi % 3" in note.what


def test_contradictions_are_refused():
    """No row can meet both."""
    for checks in (["qty > 5", "qty < 3"], ["lo > hi", "lo < 5", "hi > 10"]):
        imported = import_schema(described(checks), Sizes(rows=400))
        assert 0 == imported.schema.tables[0].record_count


def test_a_way_that_contradicts_another_check_is_not_taken():
    """All conditions are solved together."""
    checks = ["qty = 1 OR status = 'x'", "qty > 5"]
    rows = rows_of(import_schema(described(checks), Sizes(rows=400)))
    assert {"x"} == {row["status"] for row in rows}


def test_nulls_are_drawn_where_columns_exclude_each_other():
    """Each of them is given in some rows."""
    rows = rows_of(import_schema(described(["(a IS NULL) <> (b IS NULL)"]), Sizes(rows=400)))
    assert 50 < sum(row["a"] is None for row in rows) < 350


READ = {
    "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))":
        {"status in a, b"},
    "num_nonnulls(a, b) = 1": {Counted(("a", "b"), "=", 1)},
    "num_nulls(a, b) = 1": {Counted(("a", "b"), "=", 1)},
    "(((a IS NOT NULL))::integer + ((b IS NOT NULL))::integer) = 1": {Counted(("a", "b"), "=", 1)},
    "(qty >= (0)::numeric)": {Compare(Operand("qty"), ">=", 0)},
    "(char_length((name)::text) <= 20)": {Compare(Operand("name", "length"), "<=", 20)},
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_what_postgres_makes_of_a_check_is_read(text):
    """Its casts, arrays and functions say the same as what was written."""
    found = read_check(text, "postgres", {name: name for name in COLUMNS})
    (expected,) = READ[text]
    if isinstance(expected, str):
        assert expected == f"{found.left.column} in {', '.join(found.values)}"
    else:
        assert expected == found


@pytest.mark.parametrize("text", ["", "(", "qty >", "select 1", "qty > (select 1)", "x.y.z > 1"])
def test_what_is_no_condition_is_unread(text):
    """Nothing is raised, whatever stands there."""
    found = read_check(text, "postgres", {"qty": "qty"})
    assert isinstance(found, Unread) or "Unread" in repr(found)


def test_a_first_day_and_a_moment_are_both_kept():
    """Somebody born from 1930 on is of age today, and on every later day."""
    made = described(
        ["born >= '1930-01-01'::date AND born <= (now() - '18 years'::interval)"], "postgres"
    )
    born = [dt.date.fromisoformat(str(row["born"])) for row in rows_of(import_schema(made, Sizes(rows=400)))]
    assert dt.date(1930, 1, 1) <= min(born)
    assert max(born) <= dt.date(2007, 1, 1)
