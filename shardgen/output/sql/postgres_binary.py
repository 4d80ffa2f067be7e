"""
Column values → fields of PostgreSQL's binary COPY, as its types' own `recv` functions read them.

A field is the number of its bytes, in four, and these bytes; that of NULL is -1. Numbers are in
network order. Days and moments are counted from 2000-01-01, moments in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.output.floats import doubles, singles
from shardgen.output.text.fields import FieldBuilder, LiteralSyntax, encoded
from shardgen.output.text.kinds import BigEndian, ConstantText, Field, Lookup, Numeric, Sized
from shardgen.output.text.lookup_table import LookupTable
from shardgen.schema.types import SPELLED, ColumnType
from shardgen.tables import values as c
from shardgen.tables.rare_values import Bits, Bytes, Intervals, Times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

NULL = b"\xff\xff\xff\xff"
_FIRST_DAY = 10_957  # 2000-01-01, in days since 1970-01-01
_MICROSECONDS = 1_000_000
_NO_DAYS_NOR_MONTHS = bytes(8)
_IN_UTC = bytes(4)
_JSONB_VERSION = b"\1"
_UUID_BYTES = 16
_NUMERIC_BASE, _NUMERIC_PLACES = 10_000, 4
_NEGATIVE = 0x4000
_TEXTS = ("citext",)
"""Types of PostgreSQL whose values it sends as their texts."""


def has_binary_form(kind: ColumnType) -> bool:
    """
    Return whether values of a column type are written here, as tables of ours store them.

    Types that only the database knows are not, nor arrays, money, whose digits depend on the
    database's locale, and those whose texts it reads in a form of their own.
    """
    if kind.given or kind.element is not None or kind.name == "money":
        return False
    return kind.name not in SPELLED or kind.name in _TEXTS


def _as_it_is(text: str) -> str:
    return text


_PLAIN = LiteralSyntax("", "", "", "", _as_it_is, "", "")


class BinaryFieldBuilder:
    """The fields of one column, with the tables that they need kept from batch to batch."""

    def __init__(self, kind: ColumnType, integer_bytes: int | None) -> None:
        """Write values of a type, whole numbers in so many bytes."""
        self._kind = kind
        self._integer_bytes = integer_bytes
        self._before = _JSONB_VERSION if kind.name == "jsonb" else b""
        self._texts = FieldBuilder(_PLAIN)
        self._tables: dict[int, tuple[c.Pool, LookupTable]] = {}

    def lower(self, values: c.ColumnValues) -> list[Field]:  # noqa: C901, PLR0911 -- of each kind
        """Return the fields that write `values`, of the kind that the column's type stores."""
        match values:
            case c.Integers():
                assert self._integer_bytes is not None, "the type is one of whole numbers"
                return [_number(values.values, self._integer_bytes)]
            case c.Decimals() if self._kind.name == "float":
                return [_number(singles(values).view(np.int32), 4)]
            case c.Decimals() if self._kind.name == "double":
                return [_number(doubles(values).view(np.int64), 8)]
            case c.Decimals(low=low, high=high) if c.is_wide(low, high):
                return [_listed(wide_numeric(n, values.scale) for n in values.units.tolist())]
            case c.Decimals():
                return [Numeric(values.units.astype(np.int64, copy=False), values.scale)]
            case c.Booleans():
                return [Lookup(_TRUTHS, values.values.view(np.uint8))]
            case c.Dates():
                return [_number(values.days - _FIRST_DAY, 4)]
            case c.Timestamps():
                since_2000 = _microseconds(values) - _FIRST_DAY * c.DAY * _MICROSECONDS
                return [_number(since_2000, 8)]
            case c.Dictionary() if self._kind.family == "uuid":
                return [self._picks(values, _uuid_bytes)]
            case c.Text() if self._kind.family == "uuid":
                return _uuids(values)
            case c.Dictionary():
                return [self._picks(values, encoded)]
            case c.Text():
                before: list[Field] = [ConstantText(self._before)] if self._before else []
                return [Sized([*before, *self._texts.lower(values, "")])]
        return self._rare(values)

    def _rare(self, values: c.ColumnValues) -> list[Field]:  # noqa: PLR0911 -- as above
        match values:
            case Times() if self._kind.name == "timetz":
                return [_number(_microseconds(values), 8, _IN_UTC), ConstantText(_IN_UTC)]
            case Times():
                return [_number(_microseconds(values), 8)]
            case Intervals():
                rest = _NO_DAYS_NOR_MONTHS
                return [_number(values.seconds * _MICROSECONDS, 8, rest), ConstantText(rest)]
            case Bytes(digits=c.Dictionary() as picks):
                return [self._picks(picks, bytes.fromhex)]
            case Bytes():
                return _bytes(values)
            case Bits(digits=c.Dictionary() as picks):
                return [self._picks(picks, _bits)]
            case Bits():
                return [_listed(map(_bits, values.python()))]
        msg = f"no way to write {type(values).__name__}"
        raise TypeError(msg)

    def _picks(self, values: c.Dictionary, write: Callable[[str], bytes]) -> Lookup:
        """Return the strings of a pool, each written by a function."""
        pool = values.pool
        if id(pool) not in self._tables:
            made = LookupTable.of_bytes([_sized(self._before + write(s)) for s in pool.values])
            self._tables[id(pool)] = pool, made
        return Lookup(self._tables[id(pool)][1], values.indices)


def _sized(field: bytes) -> bytes:
    return len(field).to_bytes(4) + field


def _number(values: NDArray[Any], size: int, rest: bytes = b"") -> BigEndian:
    """Return numbers in so many bytes, as fields that have `rest` too."""
    return BigEndian((size + len(rest)).to_bytes(4), values, size)


def _listed(fields: Iterable[bytes]) -> Lookup:
    """Return fields that are ready, one for each row of a batch."""
    table = LookupTable.of_bytes([_sized(field) for field in fields])
    return Lookup(table, np.arange(len(table.matrix)))


_TRUTHS = LookupTable.of_bytes([_sized(b"\0"), _sized(b"\1")])


def _microseconds(values: c.Timestamps | Times) -> NDArray[np.int64]:
    moments = values.seconds * _MICROSECONDS
    if values.fraction is not None:
        moments = moments + values.fraction * 10 ** (6 - values.digits)
    return moments


def wide_numeric(units: int, scale: int) -> bytes:
    """Return any number of units of 10^-scale as PostgreSQL sends its numeric, without the size."""
    groups = -(-scale // _NUMERIC_PLACES)
    left = abs(units) * 10 ** (groups * _NUMERIC_PLACES - scale)
    digits: list[int] = []
    while left:
        left, digit = divmod(left, _NUMERIC_BASE)
        digits.insert(0, digit)
    weight = len(digits) - groups - 1 if digits else 0
    while digits and not digits[-1]:
        digits.pop()
    header = (len(digits), weight & 0xFFFF, _NEGATIVE if units < 0 else 0, scale)
    return b"".join(number.to_bytes(2) for number in (*header, *digits))


def _uuids(values: c.Text) -> list[Field]:
    """Return UUIDs of their hexadecimal digits, where nothing else is among them."""
    from shardgen.tables.rare_casts import rare_cast  # late: few schemas have them

    made = rare_cast(values, ColumnType("binary", length=_UUID_BYTES))
    if isinstance(made, Bytes):
        return _bytes(made)
    return [_listed(map(_uuid_bytes, values.python()))]


def _uuid_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def _bytes(values: Bytes) -> list[Field]:
    """Return bytes of which each row has as many, part by part; else ready ones of each row."""
    assert isinstance(values.digits, c.Text), "picks have a table"
    parts = values.digits.elements
    if not all(isinstance(part, c.HexDigits) for part in parts):
        return [_listed(values.python())]
    sizes = [part.digits // 2 for part in parts if isinstance(part, c.HexDigits)]
    before = sum(sizes).to_bytes(4)
    fields: list[Field] = []
    for part, size in zip(parts, sizes, strict=True):
        assert isinstance(part, c.HexDigits)
        fields.append(BigEndian(before, part.words, size))
        before = b""
    return fields


def _bits(digits: str) -> bytes:
    """Return how many bits there are, and these, the first of them the highest of its byte."""
    size = -(-len(digits) // 8)
    padded = digits.ljust(8 * size, "0")
    return len(digits).to_bytes(4) + int(padded or "0", 2).to_bytes(size)
