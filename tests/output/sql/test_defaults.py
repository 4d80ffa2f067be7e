"""Defaults that a database does not take as they are are refused, with the reason."""

from __future__ import annotations

import pytest
from support.schemas import load_mistakes, with_column

from shardgen.output.sql.defaults import refused_default
from shardgen.schema.types import parse_type

UUID = "00000000-0000-4000-8000-00000000000A"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("tinyint", [-128, 127, "+7", " 7 ", "0" * 5000]),
        ("bigint", [-(1 << 63), str((1 << 63) - 1)]),
        ("decimal(4,2)", [99.99, "-99.99", "1.", "1.50000", "1e1", "0e999", 5]),
        ("float", [0, 3.4e38, "-1.2e-38", "0.0"]),
        ("double", [1.7e308, 5e-300]),
        ("boolean", ["TRUE", 1]),
        ("date", ["1000-01-01", "2024-02-29", "9999-12-31", "NULL", "now()", "CURRENT_DATE"]),
        ("timestamp", ["2024-02-29", "2024-02-29 23:59", "2024-02-29T23:59:59", "now(6)", "null"]),
        ("uuid", [UUID, UUID.lower(), "gen_random_uuid()", "NULL"]),
        (
            "json",
            [
                '{"a": [1]}',
                '"text"',
                "null",
                5,
                True,
                "1",
                "[" * 17 + "]" * 17,
                1e300,
                '"' + "1" * 400 + '"',
            ],
        ),
        ("varchar(3)", ["abc", "", "äöü", 123, "NULL"]),
        ("text", ["x" * 100_000]),
        ("set('a','b')", ["", "b", "a,b"]),
        ("inet", ["10.0.0.1", "::1", "10.0.0.0/8", "NULL"]),
        ("cidr", ["10.0.0.0/8", "::/0"]),
        ("macaddr", ["08:00:2b:01:02:03", "08-00-2B-01-02-03", "08002b010203"]),
        ("xml", ["", "<a b='1'>&lt;</a>", "text<b/>", '<?xml version="1.0"?><a/>']),
        ("tsvector", ["", "'a' 'b':1A,2", "a b", "'it''s'"]),
        ("citext", ["Any"]),
        ("point", ["(0,0)", "( 1.5 , -2e3 )", "1,2"]),
        ("box", ["(1,1),(0,0)"]),
        ("path", ["[(0,0),(1,1)]", "((0,0),(1,1))"]),
        ("circle", ["<(0,0),1.5>"]),
        ("int4range", ["empty", "[1,5)", "(,)", "[ 1, 5 ]"]),
        ("numrange", ["[0.5,)", "(,1e3]"]),
        ("daterange", ["[2024-01-01,infinity)", "[-infinity,2024-01-01]"]),
        ("tsrange", ['["2024-01-01 00:00:00","2024-01-02 00:00:00")']),
        ("tstzrange", ['["2024-01-01 00:00:00+00",)']),
        ("inet[]", ["{10.0.0.1}"]),
    ],
)
def test_defaults_that_are_taken(kind, values):
    """To the ends of each type, in the forms that all databases read alike."""
    assert {} == {
        value: hint for value in values if (hint := refused_default(value, parse_type(kind)))
    }


@pytest.mark.parametrize(
    ("kind", "value", "hint"),
    [
        ("tinyint", 128, "it holds -128 to 127"),
        ("int", "9" * 5000, "it holds -2147483648 to"),
        ("int", True, "whole number"),
        ("int", "NULL", "whole number"),
        ("decimal(4,2)", 100, "it holds -99.99 to 99.99"),
        ("decimal(4,2)", "1e9999", "it holds"),
        ("decimal(4,2)", "1.005", "it has 2 decimal places"),
        ("decimal(4,2)", "1e99999", "write a number"),
        ("decimal(4,2)", "9" * 1_000_001, "it holds -99.99 to 99.99"),
        ("decimal(4,2)", "0." + "0" * 1_000_001 + "1", "it has 2 decimal places"),
        ("double", "9" * 1_000_001, "to 1.797693e+308"),
        ("float", 1e39, "to 3.402823e+38"),
        ("float", 1e-50, "from 1.175494e-38"),
        ("double", "1e-400", "2.225074e-308"),
        ("double", float("nan"), "write a number"),
        ("double", float("inf"), "write a number"),
        ("date", "2023-02-29", "write '2024-12-31'"),
        ("date", "0999-12-31", "years from 1000"),
        ("date", "2024-1-1", "write '2024-12-31'"),
        ("date", "2024-01-01 10:00:00", "write '2024-12-31'"),
        ("date", "tomorrow", "CURRENT_TIMESTAMP"),
        ("date", "uuid()", "CURRENT_TIMESTAMP"),
        ("datetime", "2024-01-01 24:00:00", "write '2024-12-31 23:59:59'"),
        ("datetime", "2024-01-01 00:00:00Z", "write"),
        ("datetime", "2024-01-01 00:00:00.5", "write"),
        ("timestamp", 5, "write"),
        ("uuid", "abc", "write 36 characters"),
        ("uuid", UUID.replace("-", ""), "write 36 characters"),
        ("uuid", "now()", "write 36 characters"),
        ("json", "{", "write JSON"),
        ("json", "text", "quotes of its own"),
        ("json", float("inf"), "write JSON"),
        ("json", "1" * 309, "write JSON"),
        ("jsonb", "[" * 1500 + "]" * 1500, "nested 1500 deep, and databases read 1000"),
        ("varchar(2)", "abc", "it has 3 characters"),
        ("varchar(2)", "ab ", "it has 3 characters"),
        ("char(2)", 123, "it has 3 characters"),
        ("enum('a','b')", "c", "one of its values"),
        ("set('a','b')", "c", "some of its values"),
        ("inet", "300.1.1.1", "reads as inet"),
        ("cidr", "10.0.0.1/8", "reads as cidr"),
        ("macaddr", "08:00:2b:01:02", "reads as macaddr"),
        ("xml", "<a>", "reads as xml"),
        ("tsvector", "'a", "reads as tsvector"),
        ("point", "1", "reads as point"),
        ("circle", "<(0,0),-1>", "reads as circle"),
        ("int4range", "[5,1)", "reads as int4range"),
        ("int4range", "[1,9999999999)", "reads as int4range"),
        ("daterange", "[2024-02-30,)", "reads as daterange"),
        ("numrange", "[a,b)", "reads as numrange"),
        ("inet[]", "{10.0.0.1,x}", "reads as inet"),
    ],
)
def test_defaults_that_are_refused(kind, value, hint):
    """What is rounded, cut, out of range or no value of the type at all; the hint has the bound."""
    assert hint in str(refused_default(value, parse_type(kind)))


DEEP = "[" * 32 + "]" * 32


@pytest.mark.parametrize(
    ("databases", "column", "expected"),
    [
        (
            ["mysql"],
            {"type": "timestamp", "default": "2038-01-19 03:14:08"},
            "is beyond MySQL's timestamp, which holds times from 1970-01-01 00:00:01 to 2038-01-19",
        ),
        (["mysql"], {"type": "timestamp", "default": "1970-01-01"}, "is beyond MySQL's timestamp"),
        (["mysql"], {"type": "json", "default": DEEP}, "is nested 32 deep, and MySQL"),
        (["postgres"], {"type": "jsonb", "default": '"\\u0000"'}, r"has a string with \u0000"),
        (
            ["mysql"],
            {"type": "text", "unique": True, "default": "x" * 800},
            "has 800 characters, and a key of MySQL's holds 768",
        ),
        ([], {"type": "timestamp", "default": "2038-01-19 03:14:07"}, ""),
        ([], {"type": "datetime", "default": "2040-01-01"}, ""),
        ([], {"type": "json", "default": DEEP[1:-1]}, ""),
        ([], {"type": "json", "default": '"\\u0000"'}, ""),
    ],
)  # fmt: skip
def test_what_one_database_refuses_of_defaults(databases, column, expected):
    """It is a mistake only in a schema for that database, at the default."""
    raw = with_column(**column)
    for database in ("postgres", "mysql", "sqlite"):
        lines = load_mistakes(raw | {"database_type": [database]})
        assert (database in databases) == bool(lines)
        assert all(expected in line and "columns.c.default" in line for line in lines)
