"""Keys of every kind, loaded: declared, alive, and with the rows that the library makes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from support.binding import parse_schema
from support.databases import Database, python_value
from support.keys import composite, key, raw_schema, table
from support.loading import DATABASES, Dump, expected_rows

from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import Schema, Table
from shardgen.schema.references import Reference

Raw = dict[str, Any]

PART: Raw = {"primary_key": True}
LONG: Raw = {"type": "bigint"}
ORDERS = [
    table("orders", 40, {"id": LONG | PART}),
    table(
        "lines",
        150,
        {
            "order_id": key(
                "orders",
                primary_key=True,
                fan_out={"type": "grouped", "distribution": "lognormal", "min": 1},
                on_delete="CASCADE",
            ),
            "line_no": {"type": "int"} | PART,
        },
    ),
]


def listed(*values: str) -> Raw:
    return {"generator": "choice", "generator_params": {"values": list(values)}}


FIXED: dict[str, list[Raw]] = {
    "a key of two columns, in another order": [
        *ORDERS,
        table(
            "shipped",
            90,
            {"id": LONG | PART, "n": {"type": "int"}, "o": LONG},
            foreign_keys=[composite(["n", "o"], "lines", ["line_no", "order_id"])],
        ),
    ],
    "a key of two columns in a key of three": [
        *ORDERS,
        table(
            "notes",
            300,
            {"o": LONG | PART, "n": {"type": "int"} | PART, "k": {"type": "smallint"} | PART},
            foreign_keys=[composite(["o", "n"], "lines", ["order_id", "line_no"],
                                    fan_out={"type": "grouped", "distribution": "poisson"})],
        ),
    ],
    "junctions of texts and uuids": [
        table("tags", 20, {"name": {"type": "varchar(30)"} | PART}),
        table("posts", 30, {"id": {"type": "uuid"} | PART}),
        table(
            "tagged",
            200,
            {
                "tag": key("tags.name", fan_out={"type": "random", "distribution": "zipf"})
                | {"type": "varchar(30)"} | PART,
                "post": key("posts.id") | {"type": "uuid"} | PART,
            },
        ),
        table(
            "votes",
            500,
            {"id": LONG | PART, "tag": {"type": "varchar(30)"}, "post": {"type": "uuid"},
             "by": {"type": "int", "generator": "int_range",
                    "generator_params": {"min": 0, "max": 9}}},
            foreign_keys=[composite(["post", "tag"], "tagged", ["post", "tag"])],
            unique=[["tag", "post", "by"]],
        ),
    ],
    "trees": [
        table(
            "folders",
            200,
            {
                "id": LONG | PART,
                "up": key("folders", nullable=True, on_delete="SET NULL",
                          fan_out={"type": "tree", "roots": 0.02, "max_depth": 4}),
                "first": key("folders"),
                "twin": key("folders", nullable=True, unique=True),
                "name": {"type": "varchar(40)"},
            },
            unique=[["up", "name"]],
        ),
    ],
    "a tree by a key of two columns": [
        table(
            "staff",
            120,
            {"firm": {"type": "varchar(9)"} | listed("x", "y", "z") | PART,
             "no": {"type": "int", "generator": "int_range",
                    "generator_params": {"min": 1, "max": 60}} | PART,
             "of": {"type": "varchar(9)", "nullable": True},
             "boss": {"type": "int", "nullable": True}},
            foreign_keys=[composite(["of", "boss"], "staff", ["firm", "no"],
                                    fan_out={"type": "tree", "max_depth": 3})],
        ),
    ],
    "a circle of two": [
        table("staff", 90, {"id": LONG | PART, "office": key("offices"),
                            "shares": key("staff", nullable=True, unique=True)}),
        table("offices", 9, {"id": LONG | PART,
                             "head": key("staff", nullable=True, on_delete="SET NULL")}),
    ],
    "a circle of three, with a key of two columns": [
        table("a", 30, {"id": LONG | PART, "b": key("b"), "z": key("z")}),
        table("b", 20, {"id": LONG | PART, "c0": {"type": "int", "nullable": True},
                        "c1": {"type": "date", "nullable": True}},
              foreign_keys=[composite(["c0", "c1"], "c", ["x", "at"], name="c")]),
        table("c", 40, {"x": {"type": "int", "generator": "int_range",
                              "generator_params": {"min": 0, "max": 9}} | PART,
                        "at": {"type": "date", "generator": "date_past"} | PART,
                        "a": key("a", fan_out="grouped")}),
        table("z", 5, {"id": LONG | PART}),
    ],
    "one to one": [
        *ORDERS,
        table("sent", 150, {"o": LONG | PART, "n": {"type": "int"} | PART},
              foreign_keys=[composite(["o", "n"], "lines", ["order_id", "line_no"])]),
        table("paid", 60, {"id": LONG | PART, "o": LONG | {"nullable": True},
                           "n": {"type": "int", "nullable": True}},
              foreign_keys=[composite(["o", "n"], "sent", ["o", "n"], fan_out="unique")],
              unique=[["n", "o"]]),
        table("head", 40, {"id": key("orders", primary_key=True)}),
    ],
    "values unique together": [
        table(
            "t",
            300,
            {"id": LONG | PART, "e": {"type": "enum('a','b','c')"}, "d": {"type": "date"},
             "b": {"type": "boolean"}, "m": {"type": "decimal(6,2)"}, "w": {"type": "varchar(40)"},
             "s": {"type": "varchar(9)", "nullable": True} | listed("p", "q", "r")},
            unique=[["e", "d"], ["b", "m"]],
            indexes=[{"name": "ws", "columns": ["w", "s"], "unique": True}],
        ),
    ],
}  # fmt: skip


def fixed(name: str) -> Schema:
    raw = raw_schema(*FIXED[name], databases=DATABASES)
    return parse_schema(json.dumps(raw).encode(), name)


def rows_in(database: Database, each: Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table, in no order, as the library has them."""
    names = ", ".join(database.quote(column.name) for column in each.columns)
    found = database.query(f"SELECT {names} FROM {database.quote(each.name)}")
    return [
        tuple(python_value(v, c) for v, c in zip(row, each.columns, strict=True)) for row in found
    ]


def assert_holds(database: Database, schema: Schema) -> None:
    """Fail unless the rows are those of the library, and every key finds its parent."""
    for each in Catalog(schema).tables:
        rows = Counter(tuple(row.values()) for row in expected_rows(schema, each.name))
        assert rows == Counter(rows_in(database, each)), each.name
        for reference in each.references:
            pairs = zip(reference.columns, reference.parent_columns, strict=True)
            on = " AND ".join(f"c.{database.quote(a)} = p.{database.quote(b)}" for a, b in pairs)
            shown = " AND ".join(f"c.{database.quote(a)} IS NOT NULL" for a in reference.columns)
            parent = database.quote(reference.table)
            orphans = database.query(
                f"SELECT count(*) FROM {database.quote(each.name)} c WHERE {shown} "
                f"AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {on})"
            )
            assert [(0,)] == orphans, (each.name, reference.name)


def orphaning(database: Database, each: CatalogTable, reference: Reference, column: str) -> str:
    """Return an UPDATE that lets one row that refers to a parent refer to none."""
    names = [c.name for c in each.columns]
    rows = (dict(zip(names, row, strict=True)) for row in rows_in(database, each))
    row = next(row for row in rows if all(row[n] is not None for n in reference.columns))
    own = " AND ".join(f"{database.quote(n)} = '{row[n]}'" for n in each.primary_key)
    return f"UPDATE {database.quote(each.name)} SET {database.quote(column)} = 32001 WHERE {own}"


def assert_alive(database: Database, schema: Schema) -> None:
    """Fail unless the database refuses a row that refers to none, and one that comes twice."""
    for each in Catalog(schema).tables:
        for reference in each.references:
            column = reference.columns[-1]
            if each.column(column).sql_type.family == "integer":
                with pytest.raises(Exception, match=r"(?i)foreign key"):
                    database.execute(orphaning(database, each, reference, column))
        for names in each.unique_sets:
            assert any(set(names) == set(found) for found in database.unique(each.name)), names


def empty(database: Database, schema: Schema) -> None:
    """Delete all rows."""
    names = [database.quote(each.name) for each in schema.tables]
    if database.dialect == "postgres":
        database.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY")
        return
    off, on = {
        "mysql": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
        "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
    }[database.dialect]
    for statement in (off, *(f"DELETE FROM {name}" for name in names), on):
        database.execute(statement)


@pytest.mark.parametrize("name", FIXED)
def test_every_database_takes_them(database: Database, dump: Dump, name: str) -> None:
    """With their tables, and again as rows alone; all keys are declared, and alive."""
    schema = fixed(name)
    database.load(dump(schema))
    assert_holds(database, schema)
    assert_alive(database, schema)
    empty(database, schema)
    database.load(dump(schema, ddl=False))
    assert_holds(database, schema)


def test_a_circle_in_which_nothing_is_null(database: Database, dump: Dump) -> None:
    """Rows that need each other come together; MySQL leaves out its checks meanwhile."""
    tables = [table("a", 30, {"id": LONG | PART, "b": key("b")}),
              table("b", 20, {"id": LONG | PART, "a": key("a")})]  # fmt: skip
    schema = parse_schema(json.dumps(raw_schema(*tables, databases=[database.dialect])).encode())
    database.load(dump(schema))
    assert_holds(database, schema)
    empty(database, schema)
    database.load(dump(schema, ddl=False))
    assert_holds(database, schema)
