"""Small schemas for tests, bound or not, and the cells of their columns as Python values."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import numpy as np

from shardgen.batch import Batch, BoundTable
from shardgen.bind import bind_tables
from shardgen.check import check_schema
from shardgen.errors import SchemaError
from shardgen.schema import Schema

AS_OF = dt.date(2025, 1, 1)
KEY = {"type": "bigint", "primary_key": True}
Columns = dict[str, dict[str, Any]]


def schema_of(**tables: tuple[int, Columns]) -> Schema:
    """Return a schema of these tables: rows and columns by name, with an `id` where none is."""
    raw = {
        "schema_version": "1.0",
        "name": "test",
        "database_type": ["postgres", "mysql", "sqlite"],
        "tables": [
            {
                "name": name,
                "record_count": rows,
                "columns": [{"name": n, **facts} for n, facts in with_key(columns).items()],
            }
            for name, (rows, columns) in tables.items()
        ],
    }
    schema = msgspec.convert(raw, Schema)
    mistakes = check_schema(schema)
    if mistakes:
        raise SchemaError(mistakes)
    return schema


def with_key(columns: Columns) -> Columns:
    """Return the columns, with a key that numbers the rows before them where they have none."""
    return columns if any(c.get("primary_key") for c in columns.values()) else {"id": KEY, **columns}


def bind(schema: Schema, *, seed: int = 7, edge_share: float = 0.0, **rows: int) -> Any:
    """Return the bound tables of a schema by name."""
    counts = {t.name: t.record_count for t in schema.tables} | rows
    return bind_tables(schema, counts, seed=seed, as_of=AS_OF, edge_share=edge_share)


def bound(columns: Columns, rows: int = 1000, **options: Any) -> BoundTable:
    """Return a single bound table `t` of these columns."""
    return bind(schema_of(t=(rows, columns)), **options)["t"]


def cells(table: BoundTable, name: str, rows: Any = None) -> list[Any]:
    """Return a column's values at `rows`, a range or an array, None where they are null."""
    if rows is None:
        rows = range(table.rows)
    if isinstance(rows, range) and rows.step == 1:
        batch = Batch.of_range(table, rows.start, rows.stop)
    else:
        batch = Batch(table, np.array(rows, np.int64))
    values, null = batch.column(name).python(), batch.null(name)
    if null is None:
        return values
    return [None if n else v for n, v in zip(null.tolist(), values, strict=True)]


def rows_of(table: BoundTable, rows: Any = None) -> dict[str, list[Any]]:
    """Return all columns at `rows`."""
    return {name: cells(table, name, rows) for name in table.columns}


def values_of(rows: int = 100_000, **facts: Any) -> list[Any]:
    """Return a column `v` of these facts."""
    return cells(bound({"v": facts}, rows), "v")
