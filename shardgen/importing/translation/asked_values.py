"""Keys that lead to rows of some numbers alone → parents that have such numbers."""

from __future__ import annotations

from typing import Any

import msgspec

from shardgen.importing.checks.ranges import type_of
from shardgen.schema.model import Column, Schema, Table

_FAR = 10**6
"""How far numbers reach from a bound, where the other is not asked for."""


def with_asked_values(schema: Schema) -> Schema:
    """
    Return a schema in which rows have the numbers by which keys are to find them.

    That is so of unique numbers of which nothing else is said; a key that counts has its own.
    """
    asked = _asked(schema)
    return msgspec.structs.replace(
        schema,
        tables=tuple(_with_values(table, asked.get(table.name, {})) for table in schema.tables),
    )


def _asked(schema: Schema) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the bounds that keys ask for, by table and column."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for table in schema.tables:
        for column in table.columns:
            key = column.foreign_key
            if key is not None and isinstance(key.where, dict):
                for name, bounds in key.where.items():
                    if isinstance(bounds, dict):
                        found.setdefault(key.table, {}).setdefault(name, []).append(bounds)
    return found


def _with_values(table: Table, asked: dict[str, list[dict[str, Any]]]) -> Table:
    columns = tuple(
        _within(column, asked[column.name]) if column.name in asked and _is_free(column) else column
        for column in table.columns
    )
    return msgspec.structs.replace(table, columns=columns)


def _is_free(column: Column) -> bool:
    has_own = column.generator or column.foreign_key or column.primary_key or column.generated
    return not has_own and type_of(column).family == "integer"


def _within(column: Column, asked: list[dict[str, Any]]) -> Column:
    """Return a column with numbers that all keys find; as it is where there are none."""
    low = max((each["min"] for each in asked if "min" in each), default=None)
    high = min((each["max"] for each in asked if "max" in each), default=None)
    if low is None:
        low = min(1, high or 1)
    if high is None:
        high = min(low + _FAR, type_of(column).integer_bounds[1])
    if low > high:
        return column
    parameters = {**column.generator_params, "min": low, "max": high}
    return msgspec.structs.replace(column, generator="int_range", generator_params=parameters)
