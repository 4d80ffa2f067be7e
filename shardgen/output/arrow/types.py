"""Arrow's type for each of shardgen's; only what needs pyarrow imports this."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from shardgen.schema.types import ColumnType
from shardgen.tables import values as c
from shardgen.tables.list_values import Lists

_INTEGERS = {
    "tinyint": pa.int8(), "smallint": pa.int16(), "mediumint": pa.int32(), "int": pa.int32(),
    "bigint": pa.int64(), "tinyint unsigned": pa.uint8(), "smallint unsigned": pa.uint16(),
    "mediumint unsigned": pa.uint32(), "int unsigned": pa.uint32(),
    "bigint unsigned": pa.uint64(), "year": pa.int16(),
}  # fmt: skip
_OTHERS = {
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "interval": pa.duration("us"),
    "bytes": pa.binary(),
}
_DIGITS_128, _DIGITS_256 = 38, 76


def arrow_type(  # noqa: PLR0911 -- one for each family
    kind: ColumnType, values: c.ColumnValues
) -> Any:
    """
    Return the type of a column's arrays, of which `values` are some: any others have the same.

    Strings of a pool are a dictionary. Timestamps have microseconds, as most readers have them, and
    the time zone UTC where the column has one.
    """
    match kind.family:
        case "integer":
            return _INTEGERS[kind.name]
        case "decimal":
            return _decimal(kind)
        case "float":
            return pa.float32() if kind.name == "float" else pa.float64()
        case "array":
            assert isinstance(values, Lists), "an array's values are lists"
            assert kind.element is not None, "an array has elements"
            element = arrow_type(kind.element, values.values)
            is_pick = pa.types.is_dictionary(element)
            return pa.list_(element.value_type if is_pick else element)
        case "timestamp":
            return pa.timestamp("us", "UTC" if kind.name == "timestamp" else None)
    if kind.family in _OTHERS:
        return _OTHERS[kind.family]
    is_pick = isinstance(values, c.Dictionary)
    return pa.dictionary(pa.int32(), pa.string()) if is_pick else pa.string()


def _decimal(kind: ColumnType) -> Any:
    """Return a decimal, or text where no decimal has as many digits."""
    assert kind.precision is not None, "a decimal has one"
    if kind.precision > _DIGITS_256:
        return pa.string()
    wide = pa.decimal128 if kind.precision <= _DIGITS_128 else pa.decimal256
    return wide(kind.precision, kind.scale)
