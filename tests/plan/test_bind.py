"""Binding: what no schema alone shows, and what a row of each table then is."""

from __future__ import annotations

import datetime as dt

import pytest
from support.binding import bind_tables
from support.schemas import all_mistakes, parsed, right, with_column

from shardgen.errors import InputError, PlanError, SchemaError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source

AS_OF = dt.date(2025, 1, 1)


def bound(raw, **counts):
    schema = parsed(raw)
    rows = {table.name: table.record_count for table in schema.tables} | counts
    return bind_tables(schema, rows, as_of=AS_OF)


def mistakes(raw, kind=SchemaError, **counts) -> list[str]:
    with pytest.raises(InputError) as caught:
        bound(raw, **counts)
    assert kind is type(caught.value)
    return [str(mistake) for mistake in caught.value.mistakes]


def column_mistakes(**column):
    return mistakes(with_column(**column))


def test_every_table_is_bound_with_every_column():
    """Tables and columns in the order of the schema, and each foreign key with its relation."""
    tables = bound(right())
    assert ["users", "orders"] == list(tables)
    assert ["id", "email", "born"] == list(tables["users"].columns)
    assert ["user_id"] == list(tables["orders"].relations)


def reading(name: str, column: str, **parameters):
    return {
        "name": name,
        "type": "date",
        "generator": "maturity_date",
        "generator_params": {"based_on": column, "months_forward": 3, **parameters},
    }


def test_a_column_that_reads_itself():
    """A circle of one is a circle: it is drawn, and the column is named."""
    (line,) = column_mistakes(**reading("c", "c"))
    assert "users.c → users.c" in line
    assert "tables.users.columns.c" in line


def test_a_circle_of_columns_is_drawn():
    """One mistake for the whole circle, not one for each of its columns."""
    raw = right()
    raw["tables"][0]["columns"] += [reading("a", "b"), reading("b", "d"), reading("d", "a")]
    (line,) = mistakes(raw)
    assert "users.a → users.b → users.d → users.a" in line


def test_each_circle_is_drawn():
    """Those that lie apart from each other are so many mistakes."""
    raw = right()
    raw["tables"][0]["columns"] += [reading("a", "b"), reading("b", "a"), reading("e", "e")]
    assert 2 == len(mistakes(raw))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (reading("c", "borm"), "column 'borm' is not in table 'users' at {}; did you mean 'born'?"),
        (reading("c", "email"), "column 'email' is varchar(100), not date or timestamp at {}"),
        (
            reading("c", "born", months_forward="email"),
            "column 'email' is varchar(100), not integer at {}",
        ),
        (
            reading("c", "born", months_forward="nope"),
            "column 'nope' is not in table 'users' at {}",
        ),
        (
            {"type": "date", "generator": "payment_date"},
            "table 'users' has 0 foreign keys, not one at {}",
        ),
        (
            {
                "type": "varchar(40)",
                "generator": "loan_number",
                "generator_params": {"date_column": "email"},
            },
            "column 'email' is varchar(100), not date or timestamp at {}",
        ),
    ],
)
def test_columns_that_others_cannot_be_made_of(column, expected):
    """One that is not there, one of a wrong type, and a missing foreign key, with the place."""
    (line,) = mistakes(with_column(**column))
    assert line.startswith(expected.format("tables.users.columns.c"))


@pytest.mark.parametrize("generator", ["payment_date", "payment_number", "payment_amount"])
def test_columns_that_a_parent_does_not_have(generator):
    """Those of a loan, and users is no table of loans."""
    raw = right()
    raw["tables"][1]["columns"].append({"name": "c", "type": "int", "generator": generator})
    (line,) = mistakes(raw)
    assert line.isprintable()
    assert "tables.orders.columns.c" in line


@pytest.mark.parametrize(
    ("kind", "generator", "parameters", "said"),
    [
        ("varchar(3)", "email", {}, "varchar(3)"),
        ("varchar(3)", "uuid", {}, "varchar(3)"),
        ("varchar(1)", "first_name", {}, "1 characters"),
        ("tinyint", "int_range", {"min": 0, "max": 1000}, "1000"),
        ("tinyint", "int_range", {"min": -129, "max": 0}, "-129"),
        ("smallint", "loan_amount", {}, "500000"),
        ("decimal(4,2)", "loan_amount", {}, "500000"),
        ("decimal(2,2)", "decimal_range", {"min": 0, "max": 1}, "1"),
        ("int", "first_name", {}, "text"),
        ("date", "int_range", {}, "whole numbers"),
        ("boolean", "int_range", {}, "whole numbers"),
        ("uuid", "first_name", {}, "which is no uuid"),
        ("enum('a','b')", "enum", {"values": ["a", "c"]}, "'c'"),
        ("enum('abcdefghijklmnop','b')", "first_name", {}, "none of enum"),
        ("varchar(3)", "enum", {"values": ["abc", "abcd"]}, "'abcd'"),
        ("int", "enum", {"values": [1, 2.5]}, "2.5"),
        ("int", "enum", {"values": [1, "x"]}, "x"),
        ("int", "enum", {"values": [1, 1]}, "twice"),
        ("int", "int_range", {"min": 5, "max": 1}, "min 5 is above max 1"),
        ("int", "decimal_range", {"min": 5, "max": 1}, "min 5 is above max 1"),
        ("int", "int_range", {"ranges": [{"min": 5, "max": 1, "weight": 1}]}, "above"),
        (
            "date",
            "date_between",
            {"start_date": "2024-02-01", "end_date": "2024-01-01"},
            "2024-02-01",
        ),
        ("date", "date_of_birth", {"min_age": 50, "max_age": 20}, "min_age 50 is above max_age 20"),
        (
            "timestamp",
            "timestamp_between",
            {"start_date": "soon", "end_date": "2024-01-01"},
            "'soon'",
        ),
        ("varchar(9)", "password", {"length": 10}, "length 10"),
        ("text", "faker.no_such", {}, "no_such"),
        ("text", "faker.name", {"locale": "xx_XX"}, "xx_XX"),
    ],
)
def test_values_that_do_not_fit_their_column(kind, generator, parameters, said):
    """One line each, with the refused value or type in it."""
    (line,) = column_mistakes(type=kind, generator=generator, generator_params=parameters)
    assert line.isprintable()
    assert said in line
    assert "tables.users.columns.c" in line


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            {"type": "int", "generator": "int_range", "generator_params": {"min": 1, "max": 19}},
            "20 unique values asked for, and only 19 exist",
        ),
        ({"type": "boolean"}, "20 unique values asked for, and only 2 exist"),
        ({"type": "enum('a','b','c')"}, "20 unique values asked for, and only 3 exist"),
        (
            {"type": "char(1)", "generator": "enum", "generator_params": {"values": ["a", "b"]}},
            "20 unique values asked for, and only 2 exist",
        ),
        (
            {"type": "date", "generator": "date_past", "generator_params": {"days_ago": 9}},
            "20 unique values asked for, and only 10 exist",
        ),
    ],
)
def test_more_unique_values_than_there_are(column, expected):
    """The numbers are in the message, and it is the plan's error: fewer rows would do."""
    (line,) = mistakes(with_column(unique=True, **column), kind=PlanError)
    assert line.startswith(f"{expected} at tables.users.columns.c; ask for at most ")


def test_exactly_as_many_unique_values_as_there_are():
    """20 rows of 20 values are bound; the twenty-first is the one mistake."""
    parameters = {"min": 1, "max": 20}
    raw = with_column(type="int", unique=True, generator="int_range", generator_params=parameters)
    assert bound(raw)
    assert 1 == len(mistakes(raw, kind=PlanError, users=21))


@pytest.mark.parametrize(
    ("column", "dialect", "says"),
    [
        (
            {
                "type": "timestamp",
                "generator": "timestamp_between",
                "generator_params": {"start_date": "2038-01-01", "end_date": "2038-01-19T03:14:08"},
            },
            "mysql",
            (
                "timestamp_between yields times such as 2038-01-19 03:14:08, and MySQL's timestamp "
                "holds those from 1970-01-01 00:00:01 to 2038-01-19 03:14:07 at {}; use datetime"
            ),
        ),
        (
            {
                "type": "timestamp",
                "generator": "timestamp_past",
                "generator_params": {"years_ago": 55.01},
            },
            "mysql",
            (
                "timestamp_past yields times such as 1969-12-29 00:00:00, and MySQL's timestamp "
                "holds those from 1970-01-01 00:00:01 to 2038-01-19 03:14:07 at {}; use datetime"
            ),
        ),
        (
            {
                "type": "varchar(9)",
                "unique": True,
                "generator": "enum",
                "generator_params": {"values": ["a", *map(str, range(20)), "a  "]},
            },
            "mysql",
            (
                "enum yields 'a' and 'a  ', which are one value in a key of MySQL's at {}; "
                "leave out the spaces at the end, or unique"
            ),
        ),
        (
            {
                "type": "char(9)",
                "unique": True,
                "generator": "enum",
                "generator_params": {"values": ["a", *map(str, range(20)), "a  "]},
            },
            "postgres",
            (
                "enum yields 'a' and 'a  ', which are one value in a PostgreSQL char at {}; "
                "use varchar, or leave out unique"
            ),
        ),
        (
            {
                "type": "text",
                "unique": True,
                "generator": "enum",
                "generator_params": {"values": ["x" * 769, *map(str, range(20))]},
            },
            "mysql",
            (
                "enum yields up to 769 characters, and a key of MySQL's holds 768 at {}; "
                "choose a shorter type, or leave out the key"
            ),
        ),
    ],
)
def test_what_one_database_does_not_store(column, dialect, says, tmp_path):
    """It is a mistake where the dump is for that database, or the schema names it."""
    raw = with_column(**column)
    for name in DIALECTS:
        plan = build_plan(parsed(raw), Options(dialect=name))
        lines: list[str] = []
        try:
            Source.bind(plan)
        except SchemaError as error:
            lines = [str(mistake) for mistake in error.mistakes]
        if name == dialect:
            assert [says.format("tables.users.columns.c")] == lines
        else:
            assert not lines or column["type"] == "char(9)"
        assert lines == all_mistakes(raw | {"database_type": [name]}, tmp_path)


def test_more_children_than_parents_to_have_one_each():
    """A unique foreign key: the message has both counts, and the count that it names works."""
    raw = right()
    raw["tables"][1]["columns"][1]["unique"] = True
    assert [
        (
            "50 rows need a parent of their own, and 'users' has 20 "
            "at tables.orders.columns.user_id.foreign_key; "
            "ask for at most 20 rows, or more of 'users', or make the key nullable"
        )
    ] == mistakes(raw, kind=PlanError)
    assert bound(raw, orders=20)


def test_all_columns_that_cannot_be_made_come_at_once():
    """Three columns wrong in three ways are three mistakes of one run."""
    raw = right()
    raw["tables"][0]["columns"] += [
        reading("a", "nope"),
        {"name": "b", "type": "varchar(1)", "generator": "first_name"},
        {"name": "d", "type": "boolean", "unique": True},
    ]
    assert 3 == len(mistakes(raw))
