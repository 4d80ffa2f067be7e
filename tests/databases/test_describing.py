"""Live databases described: by queries, in their own words, as the rows themselves are."""

from __future__ import annotations

import msgspec
import pytest

import shardgen
from shardgen.errors import DatabaseError
from shardgen.execution.description.cells import moment
from shardgen.execution.description.database import describe_database
from shardgen.execution.description.differing import compare
from shardgen.execution.description.schema_rows import describe_schema
from shardgen.plan.plan import Options

ONE_OF_EACH = [
    pytest.param(("postgres", "insert"), marks=pytest.mark.postgres, id="postgres"),
    pytest.param(("mysql", "insert"), marks=pytest.mark.mariadb, id="mysql"),
    pytest.param(("sqlite", "insert"), id="sqlite"),
]
pytestmark = pytest.mark.parametrize("target", ONE_OF_EACH, indirect=True)


def test_a_database_is_what_was_loaded(database):
    """Its description is that of the schema: all numbers, of types that each database has."""
    shardgen.load("fintech-loans", database.url, seed=5)
    here = describe_database(database.url)
    there = describe_schema("fintech-loans", Options(seed=5, dialect=database.dialect), like=here)
    assert () == compare(here, there).differences
    assert [] == [promise for promise in here.promises if promise.broken]
    for table in there.tables:
        same = here.table(table.name)
        assert table.rows == same.rows
        for column in table.columns:
            found = same.column(column.name)
            assert (column.nulls, column.distinct) == (found.nulls, found.distinct), column.name
            assert column.histogram == found.histogram, column.name
            assert [v.rows for v in column.top[:5]] == [v.rows for v in found.top[:5]]
        facts = [
            [(r.columns, r.fans, r.mean, r.most, r.orphans) for r in t.relations]
            for t in (table, same)
        ]
        assert facts[0] == facts[1]


def test_checks_are_asked_of_the_database(database):
    """Of tables without keys, too: nulls and CHECKs."""
    checked = "CREATE TABLE children (id int, parent_id int, n int, CONSTRAINT few CHECK (n < 5))"
    database.execute("CREATE TABLE parents (id int PRIMARY KEY)")
    database.execute(checked)
    database.execute("INSERT INTO parents VALUES (1), (2), (3)")
    database.execute("INSERT INTO children VALUES (1, 1, 1), (1, 1, 2), (2, NULL, NULL), (3, 3, 4)")
    found = describe_database(database.url)
    (check,) = (promise for promise in found.promises if promise.kind == "check")
    assert 0 == check.broken
    children = found.table("children")
    assert (4, ()) == (children.rows, children.relations)
    assert [0, 1, 1] == [column.nulls for column in children.columns]
    number = children.column("n")
    assert (1.0, 4.0, 3) == (number.low, number.high, number.distinct)


def test_odd_names_are_names(database):
    """Quotes, spaces and signs that a driver would take for its own."""
    table, column = database.quote("odd %s :x"), database.quote("a % b")
    database.execute(f"CREATE TABLE {table} ({column} varchar(20))")
    database.execute(f"INSERT INTO {table} VALUES ('100 %'), ('100 %'), (NULL)")
    (found,) = describe_database(database.url).tables
    assert ("odd %s :x", 3) == (found.name, found.rows)
    (only,) = found.columns
    assert ("a % b", 1, 1) == (only.name, only.nulls, only.distinct)
    assert [("100 %", 2)] == [(value.value, value.rows) for value in only.top]


ODD = {
    "postgres": (
        "(n float8, d date, t timestamptz, m money, a int[], j json)",
        "('NaN', 'infinity', '-infinity', '$5', '{1,NULL}', '{}')",
        "('Infinity', '0001-01-01 BC', '2020-01-01 00:00+00', NULL, NULL, NULL)",
        "(1e200, '2020-01-01', NULL, '$6', NULL, NULL)",
    ),
    "mysql": (
        "(n decimal(30,10), d date, t datetime, m year, a bit(4), j json)",
        "(12345678901234567890.5, '0000-00-00', NULL, 2000, b'101', '{}')",
        "(1, '2020-01-01', '2020-01-01', NULL, NULL, NULL)",
        "(2, NULL, NULL, 2001, NULL, NULL)",
    ),
    "sqlite": (
        "(n, d date, t datetime, m numeric, a blob, j text)",
        "(1e999, '2020-01-01', NULL, 'abc', x'00ff', '')",
        "('t', 'no date', '2020-01-01', NULL, 'text', NULL)",
        "(NULL, 20200101, NULL, 5, NULL, NULL)",
    ),
}
"""Columns and three rows."""


def test_odd_values_are_shown(database):
    """Of types and years that Python has not, and of others than a column says."""
    columns, *rows = ODD[database.dialect]
    database.execute(f"CREATE TABLE odd {columns}")
    ignored = "IGNORE " if database.dialect == "mysql" else ""
    for row in rows:
        database.execute(f"INSERT {ignored}INTO odd VALUES {row}")
    (found,) = describe_database(database.url).tables
    assert (3, 3) == (found.rows, len(found.head))
    days = found.column("d")
    assert "date" == days.kind
    assert "2020-01-01" == moment(days.high, "date")
    assert sum(days.histogram.rows) <= 3
    assert 1 == found.column("m").nulls


def test_nothing_is_written(database):
    """Rows and tables are what they were, and the description is the same again."""
    shardgen.load("example-unique", database.url)
    tables = database.tables()
    one, other = (msgspec.json.encode(describe_database(database.url)) for _ in range(2))
    assert one == other
    assert tables == database.tables()


def test_an_empty_database_has_nothing_to_describe(database):
    """It is said, without a password."""
    with pytest.raises(DatabaseError, match="has no tables"):
        describe_database(database.url)
