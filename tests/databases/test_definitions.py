"""Names, defaults, indexes and keys as a database has them after a load."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.databases import Database, python_value
from support.loading import (
    TEXTS,
    Dump,
    assert_loaded,
    assert_sound,
    choice,
    column,
    expected_rows,
    insert_like_first,
    table,
)

from shardgen.schema.model import Schema

ODD_NAMES = (
    "order", "Robert'); DROP TABLE x;--", 'naïve "x"', "back`tick", "per%cent %s", "a;b", "a\\b",
    ":name", "$1", "日本", "/* c */", "two  spaces", "'",
)  # fmt: skip


def test_any_name_works(database: Database, dump: Dump, schema_of: Callable[..., Schema]) -> None:
    """Tables, columns, indexes and keys may have any name; none of them breaks out."""
    tables = [table("x", 3)]
    for n, (name, other) in enumerate(zip(ODD_NAMES, (*ODD_NAMES[1:], "z"), strict=True)):
        key = {"table": tables[-1]["name"], "column": "id", "on_delete": "CASCADE"}
        tables.append(
            table(
                name,
                20,
                column(name, "varchar(40)", **choice(*TEXTS)),
                column(other, "int", foreign_key=key),
                column("label", "enum('it''s','b')"),
                indexes=[
                    {"name": f"{name} {n}", "columns": [name, other]},
                    {"name": f"{other} {n}b", "columns": [other], "unique": False},
                ],
            )
        )
    schema = schema_of(*tables)
    database.load(dump(schema))
    assert {t["name"] for t in tables} == database.tables()
    assert_loaded(database, schema)
    assert_sound(database, schema)
    for each in schema.tables[1:]:
        insert_like_first(database, schema, each.name)
        assert each.record_count + 1 == database.count(each.name)
        assert {i.name for i in each.indexes} <= set(database.indexes(each.name))


DEFAULTS = [
    ("int", -5, -5),
    ("int", "7", 7),
    ("bigint", 1 << 62, 1 << 62),
    ("decimal(5,2)", 1.5, "1.50"),
    ("decimal(5,2)", "-2.25", "-2.25"),
    ("double", 1e-7, 1e-7),
    ("varchar(40)", "it's \\ \r\n", "it's \\ \r\n"),
    ("varchar(40)", 5, "5"),
    ("varchar(20000)", "x", "x"),
    ("text", 'say "a"', 'say "a"'),
    ("boolean", True, True),
    ("boolean", "false", False),
    ("boolean", 1, True),
    ("date", "2024-02-29", "2024-02-29"),
    ("datetime", "2024-02-29 12:00:00", "2024-02-29 12:00:00"),
    ("json", '{"a": [1, "\'"]}', '{"a": [1, "\'"]}'),
    ("jsonb", "{}", "{}"),
    ("enum('it''s','b')", "it's", "it's"),
    ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
    ("varchar(9)", "NULL", None),
    ("tinyint", -128, -128),
    ("bigint", str((1 << 63) - 1), (1 << 63) - 1),
    ("decimal(4,2)", "9999e-2", "99.99"),
    ("float", "3.4e38", 3.4e38),
    ("date", "1000-01-01", "1000-01-01"),
    ("datetime", "9999-12-31T23:59", "9999-12-31 23:59:00"),
    ("timestamp", "2038-01-19 03:14:07", "2038-01-19 03:14:07"),
    ("json", '["\\ud83d\\ude00"]', '["\U0001f600"]'),
    ("json", "[" * 31 + "]" * 31, "[" * 31 + "]" * 31),
    ("varchar(2)", "a ", "a "),
]


SPELLED_DEFAULTS = {
    "set('a','b')": ("", "b", "a,b"),
    "inet": ("10.0.0.1", "::1", "10.0.0.0/8"),
    "cidr": ("10.0.0.0/8", "::/0"),
    "macaddr": ("08:00:2b:01:02:03", "08-00-2B-01-02-03", "08002b010203"),
    "xml": ("", "<a b='1'>&lt;</a>", "text<b/>", '<?xml version="1.0"?><a/>'),
    "tsvector": ("", "'a' 'b':1A,2", "a b", "'it''s'"),
    "point": ("(0,0)", "( 1.5 , -2e3 )", "1,2"),
    "line": ("{1,2,3}",),
    "lseg": ("[(0,0),(1,1)]",),
    "box": ("(1,1),(0,0)",),
    "path": ("[(0,0),(1,1)]", "((0,0),(1,1))"),
    "polygon": ("((0,0),(1,1),(1,0))",),
    "circle": ("<(0,0),1.5>",),
    "int4range": ("empty", "[1,5)", "(,)", "[ 1, 5 ]"),
    "numrange": ("[0.5,)", "(,1e3]"),
    "daterange": ("[2024-01-01,infinity)", "[-infinity,2024-01-01]"),
    "tsrange": ('["2024-01-01 00:00:00","2024-01-02 00:00:00")',),
    "tstzrange": ('["2024-01-01 00:00:00+00",)',),
    "inet[]": ("{10.0.0.1}",),
}


def test_defaults_that_are_texts_of_a_form_are_taken(
    database: Database, dump: Dump, own_schema_of: Callable[..., Schema]
) -> None:
    """What is no mistake loads, and is there for a row that does not name its column."""
    columns = [
        column(f"c{n}", kind, default=text)
        for n, (kind, text) in enumerate(
            (kind, text) for kind, texts in SPELLED_DEFAULTS.items() for text in texts
        )
    ]
    schema = own_schema_of(table("odd", 2, *columns))
    database.load(dump(schema))
    database.execute("INSERT INTO odd (id) VALUES (3)")
    assert database.count("odd") == 3


def test_defaults_are_kept(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A row that names no column but its key gets the default of each."""
    columns = [
        column(f"c{n}", kind, default=default, nullable=value is None)
        for n, (kind, default, value) in enumerate(DEFAULTS)
    ]
    schema = schema_of(table("plain", 3, *columns))
    database.load(dump(schema))
    database.execute(f"INSERT INTO {database.quote('plain')} (id) VALUES (4)")
    last = database.rows("plain", schema)[-1]
    for c, (_, _, value) in zip(schema.table("plain").columns[1:], DEFAULTS, strict=True):
        assert python_value(value, c) == last[c.name], c


def test_defaults_that_are_functions_are_kept(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """The current date or time is a default by any of its names; a UUID where there is one."""
    names = ("CURRENT_TIMESTAMP", "now()", "current_timestamp(0)", "CURRENT_DATE")
    names += ("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",)
    columns = [
        column(f"{kind}_{n}", kind, default=name)
        for kind in ("timestamp", "datetime", "date")
        for n, name in enumerate(names)
    ]
    columns.append(column("token", "uuid", default="gen_random_uuid()", nullable=True))
    schema = schema_of(table("made", 3, *columns))
    database.load(dump(schema))
    database.execute(f"INSERT INTO {database.quote('made')} (id) VALUES (4)")
    last = database.rows("made", schema)[-1]
    token = last.pop("token")
    assert (None in last.values(), token is None) == (False, database.dialect == "sqlite")


def test_indexes_of_every_kind_are_made(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """An index of any kind, over any columns that can have one, is in the catalog by its name."""
    kinds = ("btree", "hash", "gin", "gist", "brin", "fulltext", "BTREE", "unheard-of")
    over = {
        "number": ["number"],
        "short": ["short"],
        "long": ["long"],
        "texts": ["short", "long"],
        "several": ["number", "short", "long", "day"],
        "parent": ["parent_id"],
    }
    indexes = [
        {"name": f"i_{what}_{n}", "columns": columns, "type": kind}
        for n, kind in enumerate(kinds)
        for what, columns in over.items()
    ]
    indexes.append({"name": "number", "columns": ["long"]})
    indexes.append({"name": "parent_id", "columns": ["day"]})
    indexes.append({"name": "things_pkey", "columns": ["short"]})
    json_indexes = [
        {"name": f"j_{kind}_{n}", "columns": [kind], "type": "gin"}
        for n, kind in enumerate(("json", "jsonb"))
    ]
    schema = schema_of(
        table("parents", 5),
        table(
            "things",
            50,
            column("number", "int", unique=True),
            column("short", "varchar(1000)"),
            column("long", "text"),
            column("day", "date"),
            column("json", "json"),
            column("jsonb", "jsonb"),
            column("parent_id", "int", foreign_key={"table": "parents", "column": "id"}),
            indexes=indexes + json_indexes,
        ),
    )
    database.load(dump(schema))
    found = set(database.indexes("things"))
    keys = {f"i_number_{n}" for n in range(len(kinds))}  # the unique key does for some of them
    assert {index["name"] for index in indexes} - keys <= found
    assert ("j_jsonb_1" in found) == (database.dialect != "mysql")
    assert_loaded(database, schema)


def test_text_and_other_keys_can_be_referred_to(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Foreign keys to text, UUIDs, decimals, dates, enums and wider integers are the database's."""
    kinds = ("text", "varchar(1000)", "char(300)", "char(9)", "uuid", "decimal(9,2)", "date", "int")
    parents = table("parents", 30, *(column(f"c{n}", k, unique=True) for n, k in enumerate(kinds)))
    wider = {"int": "bigint", "decimal(9,2)": "decimal(12,2)"}
    children = table(
        "children",
        60,
        *(
            column(
                f"c{n}",
                wider.get(k, k),
                nullable=n % 2 == 0,
                foreign_key={"table": "parents", "column": f"c{n}", "on_delete": "RESTRICT"},
            )
            for n, k in enumerate(kinds)
        ),
    )
    schema = schema_of(parents, children)
    database.load(dump(schema))
    assert len(kinds) == len(database.foreign_keys("children"))
    assert_sound(database, schema)
    assert_loaded(database, schema)


def test_tables_may_refer_to_themselves_and_share_keys(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A row may refer to an earlier one of its table, and a key may be its parent's key."""
    boss = {"table": "people", "column": "id", "on_delete": "SET NULL"}
    shared = {"table": "people", "column": "id"}
    schema = schema_of(
        table("people", 300, column("boss_id", "int", nullable=True, foreign_key=boss)),
        {
            "name": "details",
            "record_count": 200,
            "columns": [
                column("person_id", "int", primary_key=True, foreign_key=shared),
                column("note", "text"),
            ],
        },
    )
    database.load(dump(schema))
    assert_sound(database, schema)
    by_key = sorted(expected_rows(schema, "details"), key=lambda row: row["person_id"])
    assert by_key == database.rows("details", schema)
    assert expected_rows(schema, "people") == database.rows("people", schema)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        insert_like_first(database, schema, "people", boss_id="999999")


def test_a_chain_of_rows_arrives(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A unique key to its own table leads to no row that is not there yet."""
    key = {"table": "links", "column": "id"}
    back = column("back", "int", nullable=True, unique=True, foreign_key=key)
    own = column("own", "int", unique=True, foreign_key=key)
    schema = schema_of(table("links", 3000, back, own))
    database.load(dump(schema))
    assert_sound(database, schema)
    assert_loaded(database, schema)
