"""Functions of a batch that many generators make values with: numbers, picks, texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.functions import StreamWords
from shardgen.generators.sources import ColumnFunction, IndexFunction
from shardgen.random.permutation import Permutation
from shardgen.random.streams import below
from shardgen.tables.values import (
    ColumnValues,
    Decimals,
    Dictionary,
    Element,
    Integers,
    Pool,
    PoolFunction,
    Text,
    Timestamps,
)

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch

ElementFunction = Callable[["Batch"], Element]
"""What stands in one position of a text, for each row of a batch."""
PickFunction = Callable[["Batch"], Dictionary]
"""One of the strings of a pool for each row of a batch."""


class WithFractions(msgspec.Struct, frozen=True, eq=False):
    """Timestamps of whole seconds, each with any fraction of `digits` digits but the last one."""

    moments: ColumnFunction
    words: StreamWords
    digits: int

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the timestamp of each row."""
        made = self.moments(batch)
        if not isinstance(made, Timestamps) or made.fraction is not None:
            return made
        fraction = below(self.words(batch), 10**self.digits)
        fraction[made.seconds >= made.high] = 0
        return Timestamps(made.seconds, made.low, made.high, fraction, self.digits)


class IntegersFunction(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers within low … high, with at least `digits` digits."""

    units: IndexFunction
    low: int
    high: int
    digits: int = 1

    def __call__(self, batch: Batch) -> Integers:
        """Return the numbers of the rows."""
        return Integers(self.units(batch), self.low, self.high, self.digits)


class DecimalsFunction(msgspec.Struct, frozen=True, eq=False):
    """Numbers in units of 10^-scale, within low … high units."""

    units: IndexFunction
    scale: int
    low: int
    high: int

    def __call__(self, batch: Batch) -> Decimals:
        """Return the numbers of the rows."""
        return Decimals(self.units(batch), self.scale, self.low, self.high)


class RowNumbers(msgspec.Struct, frozen=True, eq=False):
    """`start` for the first row, and `step` more for each row after it, within low … high."""

    start: int
    step: int
    low: int
    high: int
    digits: int = 1

    def __call__(self, batch: Batch) -> Integers:
        """Return the numbers of the rows."""
        return Integers(batch.numbers * self.step + self.start, self.low, self.high, self.digits)


class ChildNumbers(msgspec.Struct, frozen=True, eq=False):
    """`start` for the first child of a parent, and `step` more for each child after it."""

    relation: str
    start: int
    step: int

    def __call__(self, batch: Batch) -> Integers:
        """Return the number of each row."""
        ordinal = batch.ordinal(self.relation)
        ends = self.start, self.start + self.step * ordinal.high
        return Integers(ordinal.values * self.step + self.start, min(ends), max(ends))


class SerialNumbers(msgspec.Struct, frozen=True, eq=False):
    """
    A number that no other row has, of four digits or more, up to `highest`.

    Row r gets the number of digits of r + 1000; rows with the same number of digits are shuffled,
    by a permutation of their own. So the numbers look drawn, and rows added at the end change none.
    """

    shuffles: Mapping[int, Permutation]
    highest: int

    def __call__(self, batch: Batch) -> Integers:
        """Return the numbers of the rows."""
        rank = batch.numbers + 1000
        numbers = np.empty_like(rank)
        for digits, shuffle in self.shuffles.items():
            start = 10**digits
            inside = np.flatnonzero((rank >= start) & (rank < 10 * start))
            if inside.size:
                numbers[inside] = start + shuffle(rank[inside] - start)
        return Integers(numbers, 1000, self.highest)


class ListedValues(msgspec.Struct, frozen=True, eq=False):
    """Rows of a column of listed values, by index."""

    table: ColumnValues
    indices: IndexFunction

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the value of each row."""
        return self.table.take(self.indices(batch))


class Picks(msgspec.Struct, frozen=True, eq=False):
    """Strings of a pool, by index."""

    indices: IndexFunction
    pool: Pool

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the string of each row."""
        return Dictionary(self.indices(batch), self.pool)


class CombinedPicks(msgspec.Struct, frozen=True, eq=False):
    """One string of each pool, by indices that are drawn together."""

    indices: Callable[[Batch], Sequence[Indices]]
    pools: tuple[Pool, ...]

    def __call__(self, batch: Batch) -> list[Dictionary]:
        """Return the strings of each pool."""
        return list(map(Dictionary, self.indices(batch), self.pools))


class SeparatePicks(msgspec.Struct, frozen=True, eq=False):
    """Several picks, each drawn by itself."""

    picks: tuple[PickFunction, ...]

    def __call__(self, batch: Batch) -> list[Dictionary]:
        """Return what each of them picks."""
        return [pick(batch) for pick in self.picks]


class EachString(PoolFunction[Pool], frozen=True):
    """A function of strings, applied to all strings of a pool."""

    function: Callable[[str], str]

    def __call__(self, pool: Pool) -> Pool:
        """Return the results as a pool."""
        return Pool(map(self.function, pool.values))


class MappedPicks(msgspec.Struct, frozen=True, eq=False):
    """A function of strings applied to picks: to each pool once, so that it costs rows nothing."""

    picks: PickFunction
    function: EachString

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the function of what each row picks."""
        picked = self.picks(batch)
        return Dictionary(picked.indices, picked.pool.mapped(self.function))


class TextFunction(msgspec.Struct, frozen=True, eq=False):
    """Text of some elements: what is the same in all rows, and what each row has."""

    elements: tuple[str | ElementFunction, ...]

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        return Text(tuple(e if isinstance(e, str) else e(batch) for e in self.elements))


class TextOfList(msgspec.Struct, frozen=True, eq=False):
    """Text of elements that are made together, one after the other."""

    elements: Callable[[Batch], Sequence[Element]]

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        return Text(tuple(self.elements(batch)))


class Computed(msgspec.Struct, frozen=True, eq=False):
    """A function of one other column's values."""

    function: Callable[[ColumnValues], ColumnValues]
    column: ColumnFunction

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the function of each row's value."""
        return self.function(self.column(batch))
