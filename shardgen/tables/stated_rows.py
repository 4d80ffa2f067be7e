"""
Rows that are stated: cells of theirs that no generator makes, and what else gives way to them.

What is stated is a handful of rows; it is kept by row, and all other rows stay functions of their
index. Nothing that was unique becomes equal: a row that has what another one is to have *exchanges*
it for what that one would have had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable, Parents, Relation
from shardgen.tables.fan_out import FanOut
from shardgen.tables.overlay import overlaid
from shardgen.tables.relations import parents_at
from shardgen.tables.values import ColumnValues

if TYPE_CHECKING:
    from shardgen.random.permutation import Bijection
    from shardgen.random.streams import Floats, Indices, Truths


class ByRow:
    """Whole numbers for some rows of a table; more can be added until the first row is made."""

    def __init__(self, numbers: Mapping[int, int]) -> None:
        """Keep a number for each of these rows."""
        self._numbers: dict[int, int] = {}
        self.add(numbers)

    def add(self, numbers: Mapping[int, int]) -> None:
        """Add more, in place of those that the same rows have."""
        self._numbers |= numbers
        ordered = sorted(self._numbers.items())
        self._rows = np.array([row for row, _ in ordered], np.int64)
        self._values = np.array([number for _, number in ordered], np.int64)

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that have one, in order."""
        return tuple(self._rows.tolist())

    def __bool__(self) -> bool:
        """Return whether any row has one."""
        return bool(self._numbers)

    def find(self, rows: Indices) -> tuple[Indices, Indices]:
        """Return where among `rows` there is one that has a number, and these numbers: int64."""
        if not self._numbers or not len(rows):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        near = self._rows.searchsorted(rows).clip(0, len(self._rows) - 1)
        at = np.flatnonzero(self._rows.take(near) == rows)
        return at, self._values.take(near.take(at))

    def put(self, rows: Indices, values: Indices) -> Indices:
        """Return `values` with the number of each row that has one."""
        at, numbers = self.find(rows)
        if not len(at):
            return values
        values = values.copy()
        values[at] = numbers
        return values


class StatedValues(msgspec.Struct, frozen=True, eq=False):
    """
    The values of a column, of which `said` has those of the rows in `place`, each with its number.

    A row in `like` has what another row would have had, in exchange for what that one is to have.
    """

    made: Callable[[Batch], ColumnValues]
    said: ColumnValues
    place: ByRow
    like: ByRow

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the value of each row."""
        values = self.generated(batch)
        return overlaid(values, self.said, *self.place.find(batch.rows))

    def generated(self, batch: Batch) -> ColumnValues:
        """Return the values with nothing stated, after exchanges."""
        if self.like:
            at, rows = self.like.find(batch.rows)
            if len(at):
                other = batch.rows.copy()
                other[at] = rows
                return self.made(Batch(batch.table, other))
        return self.made(batch)


class StatedNulls(msgspec.Struct, frozen=True, eq=False):
    """Where a column is null, of which the rows in `stated` are by what was said: 1 for null."""

    drawn: Callable[[Batch], Truths] | None
    stated: ByRow

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        at, nulls = self.stated.find(batch.rows)
        mask = np.zeros(len(batch), bool) if self.drawn is None else self.drawn(batch)
        if len(at):
            mask = mask.copy()
            mask[at] = nulls == 1
        return mask


class StatedParents(Relation, frozen=True, eq=False):
    """The parents of a foreign key, of which the rows in `stated` have the row that was said."""

    parent: BoundTable
    drawn: Relation
    stated: ByRow

    @override
    def draw(self, batch: Batch) -> Parents:
        found = self.drawn.draw(batch)
        at, rows = self.stated.find(batch.rows)
        if not len(at):
            return found
        every = found.batch.rows if found.index is None else found.batch.rows.take(found.index)
        every = every.copy()
        every[at] = rows
        if self.parent is batch.table or self.parent.first:
            return Parents(Batch(self.parent, every))
        return parents_at(self.parent, every)

    @override
    def law(self) -> str:
        return f"the one that was stated for some rows; for others it is {self.drawn.law()}"

    @property
    @override
    def stream(self) -> int | None:
        return self.drawn.stream


class ExchangedRows:
    """A permutation after exchanges: two indices have each the image of the other."""

    def __init__(self, inner: Bijection) -> None:
        """Begin without exchanges."""
        self._inner = inner
        self._images = ByRow({})
        self._indices = ByRow({})

    def exchange(self, one: int, other: int) -> None:
        """Let two indices have each the image of the other."""
        first, second = self(np.array([one, other])).tolist()
        self._images.add({one: second, other: first})
        self._indices.add({second: one, first: other})

    @property
    def n(self) -> int:
        """The number of indices."""
        return self._inner.n

    def __call__(self, index: Indices) -> Indices:
        """Return the image of each index."""
        return self._images.put(index, self._inner(index))

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image."""
        return self._indices.put(image, self._inner.inverse(image))


class Unmoved:
    """The permutation that changes nothing, of n indices."""

    def __init__(self, n: int) -> None:
        """Keep the number of indices."""
        self.n = n

    def __call__(self, index: Indices) -> Indices:
        """Return the image of each index."""
        return index

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image."""
        return image


class ChangedFanOut(FanOut):
    """A fan-out in which some ranks have more or fewer children; all together have as many."""

    def __init__(self, inner: FanOut, changes: Mapping[int, int]) -> None:
        """Add so many children to each of these ranks; the sum of them is 0."""
        self._inner = inner
        self.children, self.parents = inner.children, inner.parents
        self._ranks = np.array(sorted(changes), np.int64)
        changed = np.array([changes[rank] for rank in sorted(changes)], np.int64)
        self._before = np.concatenate(([0], np.cumsum(changed)))
        self._starts, self._ends = self.start(self._ranks), self.start(self._ranks + 1)
        counts = self._ends - self._starts
        self.most = max(inner.most, int(counts.max()))
        self.least = min(inner.least, int(counts.min()))

    @override
    def start(self, ranks: Indices) -> Indices:
        moved: Indices = self._inner.start(ranks) + self._before.take(
            self._ranks.searchsorted(ranks, "left")
        )
        return moved

    @override
    def rank(self, children: Indices) -> Indices:
        after = self._ends.searchsorted(children, "right")
        near = np.minimum(after, len(self._ranks) - 1)
        inside = (after < len(self._ranks)) & (children >= self._starts.take(near))
        at = np.where(inside, 0, children - self._before.take(after))
        return np.where(inside, self._ranks.take(near), self._inner.rank(at))

    @override
    def percentile_rank(self, ranks: Indices, within: Floats) -> Floats:
        return self._inner.percentile_rank(ranks, within)

    @override
    def words(self) -> str:
        return f"{self._inner.words()}, but for rows that are stated"


def richest(fan_out: FanOut, spared: set[int]) -> tuple[int, int]:
    """Return the rank with the most children, and their number, of all but those spared."""
    best, most = -1, -1
    for start in range(0, fan_out.parents, BATCH_ROWS):
        ranks = np.arange(start, min(start + BATCH_ROWS, fan_out.parents))
        counts = fan_out.start(ranks + 1) - fan_out.start(ranks)
        for rank in spared:
            if start <= rank < start + len(ranks):
                counts[rank - start] = -1
        top = int(counts.argmax())
        if counts[top] > most:
            best, most = start + top, int(counts[top])
    return best, most
