"""
Values of the types that few schemas have: times of day, intervals, bytes and bits.

As those in `values.py`, which has the usual ones. Bytes and bits are made as text, of hexadecimal
digits or of the digits 0 and 1, so that all that makes and writes text serves them too.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

import msgspec

from shardgen.random.overriding import override
from shardgen.tables.values import ColumnValues, Dictionary, Seconds, Text, datetimes

if TYPE_CHECKING:
    from shardgen.random.streams import Indices


class Times(Seconds, frozen=True, eq=False):
    """Seconds of a day; Python's times of them have no time zone, whatever the column's type."""

    @override
    def python(self) -> list[dt.time]:
        moments = datetimes(self.seconds, self.fraction, self.digits)
        return [moment.time() for moment in moments]


class Intervals(ColumnValues, frozen=True, eq=False):
    """Whole seconds within low … high, none below 0; they read 26:03:04, in hours."""

    seconds: Indices
    low: int
    high: int

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, seconds=self.seconds[index])

    @override
    def python(self) -> list[dt.timedelta]:
        return [dt.timedelta(seconds=second) for second in self.seconds.tolist()]


class Bytes(ColumnValues, frozen=True, eq=False):
    """Bytes, as text of two hexadecimal digits each, in small letters."""

    digits: Text | Dictionary

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, digits=self.digits.take(index))

    @override
    def python(self) -> list[bytes]:
        return [bytes.fromhex(text) for text in self.digits.python()]


class Bits(ColumnValues, frozen=True, eq=False):
    """
    Bits, as text of the digits 0 and 1; as Python objects they are that text.

    `varying` ones are written as text, as any database takes them.
    """

    digits: Text | Dictionary
    varying: bool = False

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, digits=self.digits.take(index))

    @override
    def python(self) -> list[str]:
        return self.digits.python()
