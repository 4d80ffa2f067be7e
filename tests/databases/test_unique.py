"""Keys, loaded: what was made to differ differs in the database too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.databases import TARGETS, Database
from support.loading import Dump, assert_sound, between, choice, column, table

from shardgen.schema.model import Schema

LIKE = ("a", "A", "ä", "Ä", "á", "ss", "ß", "1", "1.0", "01", " 1", "1e0", "０", "0", "-0")
"""Texts that some collation, or a number's text, takes for one another."""


def test_unique_numbers_differ_in_the_database(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Floats of 24 and 53 bits, whatever their bounds; thousandths and whole numbers alike."""
    fine = between("float_range", 0, 10**6)
    fine["generator_params"]["precision"] = 3
    columns = [
        column("fine", "float", **fine),
        column("large", "float", **between("int_range", 0, 10**9)),
        column("signed", "float", **between("decimal_range", -(10**6), 2000)),
        column("double", "double", **between("float_range", -(10**13), 10**13)),
        column("cents", "decimal(15,2)", **between("decimal_range", -(10**12), 10**12)),
        column("written", "varchar(12)", **between("decimal_range", -(10**6), 10**6)),
    ]
    schema = schema_of(table("t", 20_000, *({**each, "unique": True} for each in columns)))
    database.load(dump(schema))
    assert_sound(database, schema)


@pytest.mark.parametrize("key", ["column", "set", "index", "primary key"])
def test_texts_differ_in_keys_of_every_kind(
    database: Database, dump: Dump, schema_of: Callable[..., Schema], key: str
) -> None:
    """By case, accent, width, or as text alone: in a column, a set, an index and a primary key."""
    name: dict[str, Any] = column("name", "varchar(9)", **choice(*LIKE))
    side: dict[str, Any] = column("side", "char(1)", **choice("x", "X", "é", "e"))
    more: dict[str, Any] = {}
    rows = len(LIKE) if key == "column" else 4 * len(LIKE)
    if key == "column":
        name["unique"] = True
    elif key == "set":
        more["unique"] = [["name", "side"]]
    elif key == "index":
        more["indexes"] = [{"name": "both", "columns": ["name", "side"], "unique": True}]
    made = table("t", rows, name, side, **more)
    if key == "primary key":
        made["columns"] = [{**name, "primary_key": True}, {**side, "primary_key": True}]
    schema = schema_of(made)
    database.load(dump(schema))
    assert rows == database.count("t")


@pytest.mark.parametrize("target", TARGETS[:2], indirect=True)
def test_unique_jsonb_differs_in_postgres(database: Database, dump: Dump, tmp_path: Any) -> None:
    """Objects with a number of their own, numbers below zero, and listed values."""
    import json

    from shardgen.plan.load import load_schema

    listed = ("{}", "[]", "1", '"1"', "true", "null", "[1]", '{"a": 1}', '{"a": "1"}')
    columns = [
        column("object", "jsonb", unique=True),
        column("number", "jsonb", unique=True, **between("decimal_range", -5, 5)),
        column("listed", "jsonb", unique=True, **choice(*listed)),
    ]
    raw = {
        "schema_version": "1.0",
        "name": "keys",
        "database_type": ["postgres"],
        "tables": [table("t", len(listed), *columns)],
    }
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    database.load(dump(load_schema(path)))
    assert len(listed) == database.count("t")
