"""Values as times of day, intervals, bytes and bits: as `casts.py` has it for the usual types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import shown
from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.rare_values import Bits, Bytes, Intervals, Times
from shardgen.tables.text_lengths import has_one_length, max_length

if TYPE_CHECKING:
    from shardgen.schema.types import ColumnType

_MOST_BITS = 64  # of MySQL's bit
_BITS = re.compile("[01]*")
_HEX = re.compile("[0-9a-f]*")


def rare_cast(values: c.ColumnValues, to: ColumnType) -> c.ColumnValues | None:
    """Return `values` as a family of types that is here stores them; None where it does not."""
    match to.family:
        case "time":
            return _times(values)
        case "interval":
            return _intervals(values)
        case "bytes":
            return _bytes(values)
    return _bits(values, to)


def check_rare(values: c.ColumnValues, to: ColumnType) -> None:
    """Raise ValueError where values of such a kind exceed the type `to`."""
    match values:
        case Intervals(low=low) if low < 0:
            msg = f"yields {low} seconds, and an interval has none below 0"
            raise ValueError(msg)
        case Bytes(digits=digits):
            _check_length(digits, to, 2, "bytes")
        case Bits(digits=digits):
            _check_length(digits, to, 1, "bits")


def _check_length(digits: c.Text | c.Dictionary, to: ColumnType, each: int, unit: str) -> None:
    most, length = max_length(digits) // each, to.length
    elements = (digits,) if isinstance(digits, c.Dictionary) else digits.elements
    is_fixed = to.name in ("binary", "bit")
    if length is None or (most <= length and not is_fixed):
        return
    if most > length:
        msg = f"yields up to {most} {unit}, and {to} holds {length}"
        raise ValueError(msg)
    if most < length or not has_one_length(elements):
        msg = f"yields fewer than {length} {unit}, which databases fill up in a {to}"
        raise ValueError(msg)


def _times(values: c.ColumnValues) -> c.ColumnValues | None:
    match values:
        case Times():
            return values
        case c.Timestamps(seconds=seconds, fraction=fraction, digits=digits):
            return Times(seconds % c.DAY, 0, c.DAY - 1, fraction, digits)
    return None


def _intervals(values: c.ColumnValues) -> c.ColumnValues | None:
    match values:
        case Intervals():
            return values
        case c.Integers(values=seconds, low=low, high=high) if not c.is_wide(low, high):
            return Intervals(seconds, low, high)
    return None


def _bytes(values: c.ColumnValues) -> c.ColumnValues | None:
    match values:
        case Bytes():
            return values
        case c.Dictionary(indices=indices, pool=pool):
            return Bytes(c.Dictionary(indices, pool.mapped(_IN_HEX)))
        case c.Text(elements=elements):
            digits = tuple(map(_hex_element, elements))
            if None not in digits:
                return Bytes(c.Text(tuple(d for d in digits if d)))
    return None


def _hex_element(element: c.Element) -> c.Element | None:
    """Return what a part of a UUID says of its bytes; None for any other text."""
    match element:
        case c.HexDigits():
            return element
        case str() if _HEX.fullmatch(element.replace("-", "")):
            return element.replace("-", "")
    return None


class InHex(c.PoolFunction[c.Pool], frozen=True):
    """The strings of a pool as the hexadecimal digits of their UTF-8."""

    @override
    def __call__(self, pool: c.Pool) -> c.Pool:
        return c.Pool(text.encode().hex() for text in pool.values)


_IN_HEX = InHex()  # a pool keeps its digits as long as this is there


def is_varying(kind: ColumnType) -> bool:
    """Return whether bits are such as not all databases have a type for."""
    return kind.name == "varbit" or (kind.length or 1) > _MOST_BITS


def _bits(values: c.ColumnValues, to: ColumnType) -> c.ColumnValues | None:
    length, varying = to.length or 1, is_varying(to)
    match values:
        case Bits():
            return msgspec.structs.replace(values, varying=varying)
        case c.Booleans(values=truths):
            return Bits(c.Dictionary(truths.astype(np.int64), _bit_pool(1)), varying)
        case c.Integers(values=numbers, low=low, high=high) if low >= 0 and not c.is_wide(0, high):
            if high >> length:
                msg = f"yields {high}, and {to} holds 0 to {(1 << length) - 1}"
                raise ValueError(msg)
            return Bits(c.Text(bit_elements(numbers, length)), varying)
        case c.Dictionary(pool=pool):
            odd = next((text for text in pool.values if not _BITS.fullmatch(text)), None)
            if odd is not None:
                msg = f"yields {shown(odd)}, which is not of 0 and 1, and the column is {to}"
                raise ValueError(msg)
            return Bits(values, varying)
    return None


_POOLS: dict[int, c.Pool] = {}


def _bit_pool(length: int) -> c.Pool:
    if length not in _POOLS:
        _POOLS[length] = c.Pool(f"{n:0{length}b}" for n in range(1 << length))
    return _POOLS[length]


def bit_elements(numbers: np.ndarray, length: int) -> tuple[c.Element, ...]:
    """Return the last `length` bits of numbers below 2^63, as elements of text, eight at a time."""
    first = length % 8 or 8
    lengths = [first, *[8] * ((length - first) // 8)]
    elements: list[c.Element] = []
    left = length
    for bits in lengths:
        left -= bits
        mask = (1 << bits) - 1
        part = (numbers >> min(left, 63)) & mask if left < 64 else numbers * 0
        elements.append(c.Dictionary(part.astype(np.int64, copy=False), _bit_pool(bits)))
    return tuple(elements)
