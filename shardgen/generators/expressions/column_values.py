"""The values of columns as expressions compute with them, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shardgen.generators.expressions import texts
from shardgen.generators.expressions.numbers import Numbers
from shardgen.generators.expressions.texts import Texts
from shardgen.generators.expressions.typed import Kind
from shardgen.tables.rare_values import Intervals
from shardgen.tables.values import (
    Booleans,
    ColumnValues,
    Dates,
    Decimals,
    Integers,
    Timestamps,
    is_wide,
)

if TYPE_CHECKING:
    from shardgen.generators.expressions.typed import Value


def from_column(values: ColumnValues) -> Value:  # noqa: PLR0911 -- one for each kind of values
    """Return a column's values as expressions compute with them."""
    match values:
        case Decimals(units=units, scale=scale, low=low, high=high):
            return Numbers(units, scale, low, high)
        case Integers(values=units, low=low, high=high):
            return Numbers(units, 0, low, high)
        case Dates(days=days, low=low, high=high):
            return Numbers(days, 0, low, high)
        case Timestamps(seconds=seconds, low=low, high=high):
            return Numbers(seconds, 0, low, high)
        case Intervals(seconds=seconds, low=low, high=high):
            return Numbers(seconds, 0, low, high)
        case Booleans(values=truths):
            return truths
    return texts.from_column(values)


def to_column(kind: Kind, value: Value, rows: int) -> ColumnValues:
    """Return what an expression of that kind computed as the values of a column."""
    if isinstance(value, Texts):
        return texts.to_column(value, rows)
    if isinstance(value, (np.ndarray, np.bool_)):
        return Booleans(np.broadcast_to(np.asarray(value, np.bool_), (rows,)))
    assert isinstance(value, Numbers), kind
    kept = np.object_ if is_wide(value.low, value.high) else np.int64
    units = np.broadcast_to(np.asarray(value.units, kept), (rows,))
    match kind:
        case "date":
            return Dates(units, value.low, value.high)
        case "timestamp":
            return Timestamps(units, value.low, value.high)
        case "integer":
            return Integers(units, value.low, value.high)
    return Decimals(units, value.scale, value.low, value.high)
