"""Columns of a batch as lists of Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from shardgen.tables.batch import Batch


def column_values(batch: Batch, name: str) -> list[Any]:
    """Return a column as Python values: Decimal for a float that a decimal makes; None for null."""
    values = batch.column(name).python()
    null = batch.null(name)
    if null is not None:
        for row in np.flatnonzero(null).tolist():
            values[row] = None
    return values


def stored_values(batch: Batch, name: str) -> list[Any]:
    """Return a column as Python values of its type."""
    values = column_values(batch, name)
    if batch.table.columns[name].type.scalar.family == "float":
        return [_as_float(value) for value in values]
    return values


def _as_float(value: Any) -> Any:
    """Return a number as a float, or those of an array; None for null."""
    if isinstance(value, list):
        return [_as_float(each) for each in value]
    return None if value is None else float(value)
