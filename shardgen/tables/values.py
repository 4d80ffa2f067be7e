"""
Column values between generator and text: what a cell is before a dialect writes it.

A generator yields one of these kinds for all rows of a batch at once. Each is arrays of one
length and bounds that hold for the column in every batch, so that a renderer can lay out a row
before it has seen all of them. Nulls are apart: a column has a value in every row, and a mask says
where the value is not shown.
"""

from __future__ import annotations

import datetime as dt
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from shardgen.random.overriding import override
from shardgen.tables.calendar import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices, Words

DAY = 86_400  # seconds
_EXACT = Context(prec=1100)  # digits, more than any type has
T = TypeVar("T")


class Pool:
    """
    Strings to pick from, in a fixed order.

    Two pools are the same when they are the same object: renderers keep what they made of one.
    """

    __slots__ = ("__weakref__", "_mapped", "max_length", "values")

    def __init__(self, values: Iterable[str]) -> None:
        """Keep the strings, at least one."""
        self.values = tuple(values)
        self.max_length = max(map(len, self.values))
        self._mapped: WeakKeyDictionary[PoolFunction[Any], Any] = WeakKeyDictionary()

    def __len__(self) -> int:
        """Return the number of strings."""
        return len(self.values)

    def __reduce__(self) -> tuple[type[Pool], tuple[tuple[str, ...]]]:
        return Pool, (self.values,)

    def mapped(self, function: PoolFunction[T]) -> T:
        """Return a function of the pool, computed once for all functions that equal this one."""
        made: T | None = self._mapped.get(function)
        if made is None:
            made = self._mapped[function] = function(self)
        return made


class PoolFunction(msgspec.Struct, Generic[T], frozen=True, weakref=True):
    """A pure function of a pool, equal to others with the same fields; its result is never None."""

    def __call__(self, pool: Pool) -> T:
        """Return what `Pool.mapped` keeps."""
        raise NotImplementedError


class ColumnValues(msgspec.Struct, frozen=True, eq=False):
    """The values of a column in the rows of a batch."""

    def take(self, index: Indices) -> Self:
        """Return the values at `index`, positions within the batch, int64, in that order."""
        raise NotImplementedError

    def python(self) -> list[Any]:
        """Return the values as Python objects."""
        raise NotImplementedError


class Integers(ColumnValues, frozen=True, eq=False):
    """Whole numbers within low … high, both included, with at least `digits` digits."""

    values: Indices
    low: int
    high: int
    digits: int = 1

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, values=self.values[index])

    @override
    def python(self) -> list[int]:
        numbers: list[int] = self.values.tolist()
        return numbers

    def strings(self) -> list[str]:
        """Return the numbers with their leading zeros."""
        return [f"{value:0{self.digits}d}" for value in self.values.tolist()]


class Decimals(ColumnValues, frozen=True, eq=False):
    """
    Numbers in units of 10^-scale, within low … high units.

    Units are int64 where low … high are; else they are Python's own numbers, in an array of
    objects, as those of Integers are. As Python objects numbers keep their trailing zeros.
    """

    units: Indices
    scale: int
    low: int
    high: int

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, units=self.units[index])

    @override
    def python(self) -> list[Decimal]:
        step = -self.scale
        return [Decimal(unit).scaleb(step, _EXACT) for unit in self.units.tolist()]


class Dates(ColumnValues, frozen=True, eq=False):
    """Days since 1970-01-01, within low … high; `compact` ones read 20240131."""

    days: Indices
    low: int
    high: int
    compact: bool = False

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, days=self.days[index])

    @override
    def python(self) -> list[dt.date]:
        return [EPOCH + dt.timedelta(days) for days in self.days.tolist()]

    def strings(self) -> list[str]:
        """Return the dates in ISO form, or without hyphens when compact."""
        dates = (day.isoformat() for day in self.python())
        return [day.replace("-", "") for day in dates] if self.compact else list(dates)


class Seconds(ColumnValues, frozen=True, eq=False):
    """
    Seconds within low … high, counted from where the class says.

    Where they have a `fraction`, it is in units of 10^-digits seconds, and 0 at `high`.
    """

    seconds: Indices
    low: int
    high: int
    fraction: Indices | None = None
    digits: int = 0

    @override
    def take(self, index: Indices) -> Self:
        fraction = None if self.fraction is None else self.fraction[index]
        return msgspec.structs.replace(self, seconds=self.seconds[index], fraction=fraction)


class Timestamps(Seconds, frozen=True, eq=False):
    """Seconds since 1970-01-01 00:00:00 UTC; Python's moments of them have no time zone."""

    @override
    def python(self) -> list[dt.datetime]:
        return datetimes(self.seconds, self.fraction, self.digits)


def datetimes(seconds: Indices, fraction: Indices | None, digits: int) -> list[dt.datetime]:
    """Return seconds since 1970, and fractions of them in units of 10^-digits, as naive moments."""
    start = dt.datetime(1970, 1, 1)  # naive, as a dump holds it
    if fraction is None:
        return [start + dt.timedelta(seconds=second) for second in seconds.tolist()]
    step = 10 ** (6 - digits)  # microseconds
    return [
        start + dt.timedelta(seconds=second, microseconds=part * step)
        for second, part in zip(seconds.tolist(), fraction.tolist(), strict=True)
    ]


def is_wide(low: int, high: int) -> bool:
    """Return whether an int64 does not hold all numbers from `low` to `high`."""
    return low < -(1 << 63) or high >= 1 << 63


class Booleans(ColumnValues, frozen=True, eq=False):
    """True or false."""

    values: NDArray[np.bool_]

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, values=self.values[index])

    @override
    def python(self) -> list[bool]:
        truths: list[bool] = self.values.tolist()
        return truths


class Dictionary(ColumnValues, frozen=True, eq=False):
    """Strings, each by its index into a pool."""

    indices: Indices
    pool: Pool

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, indices=self.indices[index])

    @override
    def python(self) -> list[str]:
        values = self.pool.values
        return [values[i] for i in self.indices.tolist()]

    strings = python


class HexDigits(ColumnValues, frozen=True, eq=False):
    """The low `digits` hexadecimal digits of words, lower case; `digits` are 2, or 4 and so on."""

    words: Words
    digits: int

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, words=self.words[index])

    @override
    def python(self) -> list[str]:
        mask = (1 << 4 * self.digits) - 1
        return [f"{word & mask:0{self.digits}x}" for word in self.words.tolist()]

    strings = python


class Union(ColumnValues, frozen=True, eq=False):
    """Strings composed in one of several ways: row i of the elements `branches[which[i]]`."""

    branches: tuple[tuple[Element, ...], ...]
    which: Indices

    @override
    def take(self, index: Indices) -> Self:
        taken = tuple(_taken(branch, index) for branch in self.branches)
        return msgspec.structs.replace(self, branches=taken, which=self.which[index])

    @override
    def python(self) -> list[str]:
        rows = len(self.which)
        texts = [_joined(branch, rows) for branch in self.branches]
        return [texts[branch][row] for row, branch in enumerate(self.which.tolist())]

    strings = python


Element = str | Dictionary | Integers | Dates | HexDigits | Union
"""What text is composed of: a literal for all rows, or a value for each. Integers are >= 0."""


class Text(ColumnValues, frozen=True, eq=False):
    """Strings composed of elements, at least one of which has a value for each row."""

    elements: tuple[Element, ...]

    @override
    def take(self, index: Indices) -> Self:
        return msgspec.structs.replace(self, elements=_taken(self.elements, index))

    @override
    def python(self) -> list[str]:
        return _joined(self.elements, max(map(row_count, self.elements)))


def _taken(elements: tuple[Element, ...], index: Indices) -> tuple[Element, ...]:
    return tuple(e if isinstance(e, str) else e.take(index) for e in elements)


def _joined(elements: tuple[Element, ...], rows: int) -> list[str]:
    texts: list[Iterator[str] | list[str]] = [
        [element] * rows if isinstance(element, str) else element.strings() for element in elements
    ]
    return list(map("".join, zip(*texts, strict=True))) if texts else [""] * rows


def row_count(element: Element) -> int:
    """Return for how many rows an element has a value; 0 for a literal."""
    match element:
        case str():
            return 0
        case Dictionary():
            return len(element.indices)
        case Integers():
            return len(element.values)
        case Dates():
            return len(element.days)
        case HexDigits():
            return len(element.words)
        case Union():
            return len(element.which)
