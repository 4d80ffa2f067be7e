"""
Column values → Arrow arrays, by the arrays that the values are.

They are made of buffers: `pyarrow.array` looks whether it is given something of pandas, and imports
that where it is installed, which takes longer than the rows of a small table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from shardgen.output.arrow.strings import StringWriter
from shardgen.output.arrow.types import arrow_type
from shardgen.output.floats import doubles, singles
from shardgen.tables import values as c
from shardgen.tables.list_values import Lists
from shardgen.tables.rare_values import Bits, Bytes, Intervals, Times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shardgen.schema.types import ColumnType

    Null = NDArray[np.bool_] | None

_MICROSECONDS = 1_000_000


class ColumnArrays:
    """Makes the arrays of one column, all of one type; a pool's strings become an array once."""

    def __init__(self, kind: ColumnType) -> None:
        """Begin with nothing kept."""
        self._kind = kind
        self._strings: StringWriter | None = None
        self._elements: ColumnArrays | None = None
        self._pools: dict[int, tuple[c.Pool, Any]] = {}

    def array(self, values: c.ColumnValues, rows: int, null: Null) -> Any:
        """Return the values of so many rows, with nulls where a mask is true."""
        kind = arrow_type(self._kind, values)
        match values:
            case c.Dictionary() if pa.types.is_dictionary(kind):
                return self._picks(values, null)
            case Bytes():
                return self._bytes(values, rows, null)
            case Bits():
                return self._text(values.digits, rows, null)
            case Lists():
                return self._lists(values, null)
        if pa.types.is_string(kind):
            return self._text(values, rows, null)
        return _numbers(values, kind, null)

    def _lists(self, values: Lists, null: Null) -> Any:
        """Return lists as they are: offsets, and the elements one after the other."""
        if self._elements is None:
            assert self._kind.element is not None, "an array has elements"
            self._elements = ColumnArrays(self._kind.element)
        count = max(int(values.offsets[-1]), 1)  # there is one, be it of no row
        elements = self._elements.array(values.values, count, values.null)
        if pa.types.is_dictionary(elements.type):
            elements = elements.dictionary_decode()
        offsets = _fixed(pa.int32(), values.offsets, np.int32, None)
        mask = None if null is None else _booleans(null, None)
        return pa.ListArray.from_arrays(offsets, elements, mask=mask)

    def _picks(self, values: c.Dictionary, null: Null) -> Any:
        pool = values.pool
        if id(pool) not in self._pools:
            self._pools[id(pool)] = pool, _strings(pool.values)
        indices = _fixed(pa.int32(), values.indices, np.int32, null)
        return pa.DictionaryArray.from_arrays(indices, self._pools[id(pool)][1], safe=False)

    def _text(self, values: c.ColumnValues, rows: int, null: Null) -> Any:
        return _variable(pa.string(), *self._written(values, rows, null), null)

    def _bytes(self, values: Bytes, rows: int, null: Null) -> Any:
        """Return bytes of their digits, two for each."""
        offsets, digits = self._written(values.digits, rows, null)
        return _variable(pa.binary(), offsets // 2, bytes.fromhex(digits.decode()), null)

    def _written(
        self, values: c.ColumnValues, rows: int, null: Null
    ) -> tuple[NDArray[np.int32], bytes]:
        if self._strings is None:
            self._strings = StringWriter()
        return self._strings.write(values, rows, null)


def _numbers(values: c.ColumnValues, kind: Any, null: Null) -> Any:  # noqa: PLR0911 -- of each kind
    match values:
        case c.Booleans():
            return _booleans(values.values, null)
        case c.Dates():
            return _fixed(kind, values.days, np.int32, null)
        case c.Timestamps() | Times():
            return _fixed(kind, _moments(values), np.int64, null)
        case Intervals():
            return _fixed(kind, values.seconds * _MICROSECONDS, np.int64, null)
        case c.Integers() if pa.types.is_integer(kind):
            return _fixed(kind, values.values, np.dtype(str(kind)), null)
        case c.Integers():
            whole = c.Decimals(values.values, 0, values.low, values.high)
            return _decimals(whole, kind, null)
        case c.Decimals():
            return _decimals(values, kind, null)
    msg = f"no array of {type(values).__name__}"
    raise TypeError(msg)


def _moments(values: c.Timestamps | Times) -> NDArray[np.int64]:
    """Return microseconds."""
    moments = values.seconds * _MICROSECONDS
    if values.fraction is not None:
        moments = moments + values.fraction * 10 ** (6 - values.digits)
    return moments


def _decimals(values: c.Decimals, kind: Any, null: Null) -> Any:
    if pa.types.is_floating(kind):
        floats = singles(values) if kind == pa.float32() else doubles(values)
        return _fixed(kind, floats, floats.dtype, null)
    units = values.units
    if kind.scale > values.scale:
        units = units.astype(object) * 10 ** (kind.scale - values.scale)
    if units.dtype == object or c.is_wide(values.low, values.high):
        size = kind.bit_width // 8
        data = b"".join(int(n).to_bytes(size, "little", signed=True) for n in units.tolist())
    else:  # the sign fills the words above the lowest
        words = np.empty((len(units), kind.bit_width // 64), "<i8")
        words[:, 0] = units
        words[:, 1:] = 0 if values.low >= 0 else (units >> 63)[:, None]
        return _of_buffers(kind, len(units), [pa.py_buffer(words)], null)
    return _of_buffers(kind, len(units), [pa.py_buffer(data)], null)


def _fixed(kind: Any, values: NDArray[Any], dtype: Any, null: Null) -> Any:
    """Return numbers as they are where they are of that type; nothing is copied then."""
    numbers = np.ascontiguousarray(values, dtype)
    return _of_buffers(kind, len(numbers), [pa.py_buffer(numbers)], null)


def _booleans(values: NDArray[np.bool_], null: Null) -> Any:
    bits = np.packbits(values, bitorder="little")
    return _of_buffers(pa.bool_(), len(values), [pa.py_buffer(bits)], null)


def _strings(values: Sequence[str]) -> Any:
    """Return an array of the strings of a pool."""
    texts = [value.encode() for value in values]
    offsets = np.zeros(len(texts) + 1, np.int32)
    np.cumsum([*map(len, texts)], out=offsets[1:])
    return _variable(pa.string(), offsets, b"".join(texts), None)


def _variable(kind: Any, offsets: NDArray[np.int32], data: bytes, null: Null) -> Any:
    buffers = [pa.py_buffer(offsets), pa.py_buffer(data)]
    return _of_buffers(kind, len(offsets) - 1, buffers, null)


def _of_buffers(kind: Any, rows: int, buffers: list[Any], null: Null) -> Any:
    valid = None if null is None else pa.py_buffer(np.packbits(~null, bitorder="little"))
    return pa.Array.from_buffers(kind, rows, [valid, *buffers])
