"""Schemas of tables with keys of every kind, for tests: short to write, loaded as a user's are."""

from __future__ import annotations

import json
from typing import Any

from support.binding import bind_tables, parse_schema
from support.tables import AS_OF, Columns, rows_of

from shardgen.schema.model import Schema
from shardgen.tables.batch import BoundTable

ID: dict[str, Any] = {"type": "bigint", "primary_key": True}


def table(name: str, rows: int, columns: Columns, **more: Any) -> dict[str, Any]:
    """Return a table of a schema file; `more` are its foreign_keys, unique and indexes."""
    listed = [{"name": n, **facts} for n, facts in columns.items()]
    return {"name": name, "record_count": rows, "columns": listed, **more}


def key(to: str, **facts: Any) -> dict[str, Any]:
    """Return a bigint column that refers to another table: to its `id`, unless it says `t.k`."""
    parent, _, column = to.partition(".")
    shape = {n: facts.pop(n) for n in ("fan_out", "on_delete") if n in facts}
    foreign_key = {"table": parent, "column": column or "id", **shape}
    return {"type": "bigint", "foreign_key": foreign_key, **facts}


def composite(columns: list[str], to: str, references: list[str], **more: Any) -> dict[str, Any]:
    """Return a foreign key of several columns."""
    return {"columns": columns, "table": to, "references": references, **more}


def raw_schema(*tables: dict[str, Any], databases: Any = ("sqlite",)) -> dict[str, Any]:
    """Return a schema file of these tables."""
    head = {"schema_version": "1.0", "name": "test", "database_type": list(databases)}
    return {**head, "infer": False, "tables": list(tables)}


def load(*tables: dict[str, Any], databases: Any = ("sqlite",)) -> Schema:
    """Return the schema of these tables; SchemaError as for a file."""
    return parse_schema(json.dumps(raw_schema(*tables, databases=databases)).encode(), "test")


def bind(*tables: dict[str, Any], seed: int = 7, **rows: int) -> dict[str, BoundTable]:
    """Return these tables, bound."""
    schema = load(*tables)
    counts = {t.name: t.record_count for t in schema.tables} | rows
    return bind_tables(schema, counts, seed=seed, as_of=AS_OF)


def tuples(table: BoundTable, *names: str) -> list[tuple[Any, ...]]:
    """Return the values of these columns, row by row."""
    made = rows_of(table)
    return list(zip(*(made[name] for name in names), strict=True))
