"""A small right schema to spoil, and what shardgen says about the spoilt one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.binding import parse_schema

from shardgen.errors import SchemaError
from shardgen.plan.load import find_mistakes
from shardgen.schema.model import Schema

Raw = dict[str, Any]

RIGHT: Raw = {
    "schema_version": "1.0",
    "name": "shop",
    "database_type": ["postgres", "mysql", "sqlite"],
    "tables": [
        {
            "name": "users",
            "record_count": 20,
            "columns": [
                {"name": "id", "type": "int", "primary_key": True},
                {"name": "email", "type": "varchar(100)", "unique": True, "generator": "email"},
                {"name": "born", "type": "date", "generator": "date_of_birth"},
            ],
        },
        {
            "name": "orders",
            "record_count": 50,
            "columns": [
                {"name": "id", "type": "int", "primary_key": True},
                {
                    "name": "user_id",
                    "type": "int",
                    "foreign_key": {"table": "users", "column": "id"},
                },
                {
                    "name": "total",
                    "type": "decimal(10,2)",
                    "generator": "decimal_range",
                    "generator_params": {"min": 1, "max": 500},
                },
            ],
            "indexes": [{"name": "idx_orders_user", "columns": ["user_id"]}],
        },
    ],
}


def right() -> Raw:
    """Return a copy of the right schema."""
    return copy.deepcopy(RIGHT)


def with_column(**column: Any) -> Raw:
    """Return the right schema with one more column, named c unless it says otherwise, in users."""
    raw = right()
    raw["tables"][0]["columns"].append({"name": "c", **column})
    return raw


def spoilt(spoil: Callable[[Raw], object]) -> Raw:
    """Return the right schema after `spoil` has changed it."""
    raw = right()
    spoil(raw)
    return raw


def parsed(raw: Raw) -> Schema:
    """Return a schema from its JSON object."""
    return parse_schema(json.dumps(raw).encode())


def load_mistakes(raw: Any) -> list[str]:
    """Return the mistakes that loading finds, a line for each."""
    try:
        parse_schema(raw if isinstance(raw, bytes) else json.dumps(raw).encode())
    except SchemaError as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


def all_mistakes(raw: Raw, tmp_path: Path) -> list[str]:
    """Return the mistakes that `shardgen check` would report."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return [str(mistake) for mistake in find_mistakes(path)]


def column_mistakes(**column: Any) -> list[str]:
    """Return the mistakes that loading finds in the right schema with one more column."""
    return load_mistakes(with_column(**column))


def at(place: str) -> str:
    """Return the path of a place within that column."""
    return f"tables.users.columns.c{place}"
