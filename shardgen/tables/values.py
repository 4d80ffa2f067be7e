"""
Column values between generator and text: what a cell is before a dialect writes it.

A generator yields one of these kinds for all rows of a batch at once. Each is arrays of one
length and bounds that hold for the column in every batch, so that a renderer can lay out a row
before it has seen all of them. Nulls are apart: a column has a value in every row, and a mask says
where the value is not shown.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import msgspec

from shardgen.tables.calendar import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices, Words

DAY = 86_400  # seconds


class Pool:
    """
    Strings to pick from, in a fixed order.

    Two pools are the same when they are the same object: renderers keep what they made of one.
    """

    __slots__ = ("__weakref__", "max_length", "values")

    def __init__(self, values: Iterable[str]) -> None:
        """Keep the strings, at least one."""
        self.values = tuple(values)
        self.max_length = max(map(len, self.values))

    def __len__(self) -> int:
        """Return the number of strings."""
        return len(self.values)


class Values(msgspec.Struct, frozen=True, eq=False):
    """The values of a column in the rows of a batch."""

    def take(self, index: Indices) -> Self:
        """Return the values at `index`, positions within the batch, in that order."""
        raise NotImplementedError

    def python(self) -> list[Any]:
        """Return the values as Python objects."""
        raise NotImplementedError


class Integers(Values, frozen=True, eq=False):
    """Whole numbers within low … high, both included, with at least `digits` digits."""

    values: Indices
    low: int
    high: int
    digits: int = 1

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, values=self.values[index])

    def python(self) -> list[int]:
        """See Values."""
        numbers: list[int] = self.values.tolist()
        return numbers

    def strings(self) -> list[str]:
        """Return the numbers with their leading zeros."""
        return [f"{value:0{self.digits}d}" for value in self.values.tolist()]


class Decimals(Values, frozen=True, eq=False):
    """Numbers in units of 10^-scale, within low … high units."""

    units: Indices
    scale: int
    low: int
    high: int

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, units=self.units[index])

    def python(self) -> list[Decimal]:
        """See Values. Each keeps its trailing zeros."""
        step = -self.scale
        return [Decimal(unit).scaleb(step) for unit in self.units.tolist()]


class Dates(Values, frozen=True, eq=False):
    """Days since 1970-01-01, within low … high; `compact` ones read 20240131."""

    days: Indices
    low: int
    high: int
    compact: bool = False

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, days=self.days[index])

    def python(self) -> list[dt.date]:
        """See Values."""
        return [EPOCH + dt.timedelta(days) for days in self.days.tolist()]

    def strings(self) -> list[str]:
        """Return the dates in ISO form, or without hyphens when compact."""
        dates = (day.isoformat() for day in self.python())
        return [day.replace("-", "") for day in dates] if self.compact else list(dates)


class Timestamps(Values, frozen=True, eq=False):
    """Seconds since 1970-01-01 00:00:00 UTC, within low … high."""

    seconds: Indices
    low: int
    high: int

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, seconds=self.seconds[index])

    def python(self) -> list[dt.datetime]:
        """See Values. In UTC, without a time zone attached."""
        start = dt.datetime(1970, 1, 1)  # naive, as a dump holds it
        return [start + dt.timedelta(seconds=seconds) for seconds in self.seconds.tolist()]


class Booleans(Values, frozen=True, eq=False):
    """True or false."""

    values: NDArray[np.bool_]

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, values=self.values[index])

    def python(self) -> list[bool]:
        """See Values."""
        truths: list[bool] = self.values.tolist()
        return truths


class Dictionary(Values, frozen=True, eq=False):
    """Strings, each by its index into a pool."""

    indices: Indices
    pool: Pool

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, indices=self.indices[index])

    def python(self) -> list[str]:
        """See Values."""
        values = self.pool.values
        return [values[i] for i in self.indices.tolist()]

    strings = python


class HexDigits(Values, frozen=True, eq=False):
    """The low `digits` hexadecimal digits of words, lower case; `digits` is a multiple of four."""

    words: Words
    digits: int

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, words=self.words[index])

    def python(self) -> list[str]:
        """See Values."""
        mask = (1 << 4 * self.digits) - 1
        return [f"{word & mask:0{self.digits}x}" for word in self.words.tolist()]

    strings = python


class Union(Values, frozen=True, eq=False):
    """Strings composed in one of several ways: row i of the parts `branches[which[i]]`."""

    branches: tuple[tuple[Part, ...], ...]
    which: Indices

    def take(self, index: Indices) -> Self:
        """See Values."""
        taken = tuple(_taken(parts, index) for parts in self.branches)
        return msgspec.structs.replace(self, branches=taken, which=self.which[index])

    def python(self) -> list[str]:
        """See Values."""
        rows = len(self.which)
        texts = [_joined(parts, rows) for parts in self.branches]
        return [texts[branch][row] for row, branch in enumerate(self.which.tolist())]

    strings = python


Part = str | Dictionary | Integers | Dates | HexDigits | Union
"""What text is composed of: a literal for all rows, or a value for each. Integers are >= 0."""


class Text(Values, frozen=True, eq=False):
    """Strings composed of parts, at least one of which has a value for each row."""

    parts: tuple[Part, ...]

    def take(self, index: Indices) -> Self:
        """See Values."""
        return msgspec.structs.replace(self, parts=_taken(self.parts, index))

    def python(self) -> list[str]:
        """See Values."""
        return _joined(self.parts, max(_row_count(part) for part in self.parts))


def _taken(parts: tuple[Part, ...], index: Indices) -> tuple[Part, ...]:
    return tuple(part if isinstance(part, str) else part.take(index) for part in parts)


def _joined(parts: tuple[Part, ...], rows: int) -> list[str]:
    pieces: list[Iterator[str] | list[str]] = [
        [part] * rows if isinstance(part, str) else part.strings() for part in parts
    ]
    return list(map("".join, zip(*pieces, strict=True))) if pieces else [""] * rows


def _row_count(part: Part) -> int:
    match part:
        case str():
            return 0
        case Dictionary():
            return len(part.indices)
        case Integers():
            return len(part.values)
        case Dates():
            return len(part.days)
        case HexDigits():
            return len(part.words)
        case Union():
            return len(part.which)


def max_length(values: Dictionary | Text) -> int:
    """Return the most characters that any row of this column can have."""
    if isinstance(values, Dictionary):
        return values.pool.max_length
    return sum(part_length(part) for part in values.parts)


def part_length(part: Part) -> int:
    """Return the most characters that any row of this part can have."""
    match part:
        case str():
            return len(part)
        case Dictionary():
            return part.pool.max_length
        case Integers():
            return max(part.digits, len(str(part.high)))
        case Dates():
            return 8 if part.compact else 10
        case HexDigits():
            return part.digits
        case Union():
            return max(sum(map(part_length, parts)) for parts in part.branches)
