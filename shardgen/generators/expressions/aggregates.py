"""
What is kept of a row's children: `sum(order_items.quantity * order_items.price)`.

The parent makes its children again, a bounded number at a time, and keeps only what it adds up.
Nothing of them is stored, and a child is the same wherever it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import (
    Numbers,
    checked_bounds,
    divide,
    rescaled,
    whole_numbers,
)
from shardgen.generators.expressions.typed import Computed, Typed, is_true
from shardgen.tables.batch import Batch, Children

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.generators.expressions.typed import Value
    from shardgen.random.streams import Indices

_MAX_SHARED = 65_536  # children of a batch that are kept until all of its columns are made


class SomeChildren(NamedTuple):
    """Children in one batch: the aggregate's values of them, which count, and whose they are."""

    value: Value
    counted: NDArray[np.bool_]
    owner: Indices
    """Positions of their parents in the parents' batch, rising."""

    @property
    def numbers(self) -> Numbers:
        """The values of an aggregate of numbers, dates or timestamps; 64 bits must hold them."""
        assert isinstance(self.value, Numbers), "other kinds are only counted"
        checked_bounds(self.value.low, self.value.high, self.value.scale)  # a column may have more
        return self.value

    def counts(self, parents: int) -> Indices:
        """Return how many of these children count, for each of so many parents."""
        counts: Indices = np.bincount(self.owner[self.counted], minlength=parents)
        return counts

    def by_owner(self, ufunc: np.ufunc, neutral: int) -> tuple[Indices, Indices]:
        """
        Return the parents, each once, and for each what `ufunc` reduces its children's units to.

        A child that does not count is replaced by `neutral`.
        """
        is_first = np.ones(len(self.owner), bool)
        is_first[1:] = self.owner[1:] != self.owner[:-1]
        starts = np.flatnonzero(is_first)
        units = np.where(self.counted, self.numbers.units, neutral)
        return self.owner[starts], ufunc.reduceat(units, starts)


class Sums(NamedTuple):
    """The sum of each row's values, how many they are, and the bounds of one value."""

    sums: Numbers
    counts: Numbers
    value: Numbers


class Aggregate(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """
    What is kept of the children of each row.

    Children count where `condition` holds, `value` is not null, and `nullable_key` is not: those
    with a null key have no parent. Every row has at least `at_least` children that count.
    """

    table: str
    relation: str
    nullable_key: str | None
    value: Typed | None
    condition: Typed | None
    at_least: int

    # Results

    def count(self, batch: Batch) -> Computed:
        """Return how many children count."""
        return self._counts(batch), None

    def exists(self, batch: Batch) -> Computed:
        """Return whether a child counts."""
        return self._counts(batch).units > 0, None

    def sum(self, batch: Batch) -> Computed:
        """Return the sum of the values, 0 of no children."""
        return self._sums(batch).sums, None

    def avg(self, batch: Batch) -> Computed:
        """Return the mean of the values, rounded as `round` does; null of no children."""
        sums, counts, value = self._sums(batch)
        divisor = whole_numbers(np.maximum(counts.units, 1), 1, max(counts.high, 1))
        mean = divide(sums, divisor)
        bounds = rescaled(value, mean.scale)
        units = mean.units.clip(bounds.low, bounds.high)
        means = Numbers(units, mean.scale, bounds.low, bounds.high)
        return means, None if self.at_least else counts.units == 0

    def min(self, batch: Batch) -> Computed:
        """Return the least value; null of no children."""
        return self._extreme(batch, np.minimum, attrgetter("high"))

    def max(self, batch: Batch) -> Computed:
        """Return the greatest value; null of no children."""
        return self._extreme(batch, np.maximum, attrgetter("low"))

    # Adding up

    def _counts(self, batch: Batch) -> Numbers:
        """Return how many children count; where all do, they need not be made."""
        most = self._most(batch)
        if self.value is None and self.condition is None and self.nullable_key is None:
            return whole_numbers(self._children(batch).count, self.at_least, most)
        counts = np.zeros(len(batch), np.int64)
        for children in self._made(batch):
            counts += children.counts(len(batch))
        return whole_numbers(counts, self.at_least, most)

    def _sums(self, batch: Batch) -> Sums:
        sums, counts = np.zeros(len(batch), np.int64), np.zeros(len(batch), np.int64)
        for children in self._made(batch):
            value = children.numbers
            owners, of_owner = children.by_owner(np.add, 0)
            sums[owners] += of_owner
            counts += children.counts(len(batch))
        most = self._most(batch)
        low, high = checked_bounds(
            value.low * (most if value.low < 0 else self.at_least),
            value.high * (most if value.high > 0 else self.at_least),
            value.scale,
        )
        return Sums(
            Numbers(sums, value.scale, low, high),
            whole_numbers(counts, self.at_least, most),
            value,
        )

    def _extreme(
        self, batch: Batch, of_two: np.ufunc, weakest: Callable[[Numbers], int]
    ) -> Computed:
        """Return what `of_two` reduces the values to; the bound `weakest` of no children."""
        extremes, any_counted = np.empty(0, np.int64), np.zeros(len(batch), bool)
        for children in self._made(batch):
            value = children.numbers
            start = weakest(value)
            if not len(extremes):
                extremes = np.full(len(batch), start, np.int64)
            owners, of_owner = children.by_owner(of_two, start)
            extremes[owners] = of_two(extremes[owners], of_owner)
            any_counted[children.owner[children.counted]] = True
        result = Numbers(extremes, value.scale, value.low, value.high)
        return result, None if self.at_least else ~any_counted

    # Children

    def _made(self, batch: Batch) -> Iterator[SomeChildren]:
        """Yield the children of a batch, at least once: without any, an empty array of them."""
        for children, owner in self._batches(batch):
            counted = np.ones(len(children), bool)
            if self.nullable_key is not None:
                orphaned = children.null(self.nullable_key)
                counted &= True if orphaned is None else ~orphaned
            if self.condition is not None:
                counted &= is_true(*self.condition.truths(children))
            value = None
            if self.value is not None:
                value, nulls = self.value.compute(children)
                counted &= True if nulls is None else ~nulls
            yield SomeChildren(value, counted, owner)

    def _batches(self, batch: Batch) -> Iterable[tuple[Batch, Indices]]:
        """Return the children in batches; few of them are made once for all aggregates."""
        children = self._children(batch)
        if int(children.count.sum()) > _MAX_SHARED:
            return children.batches()
        key = "children", self.table, self.relation
        return batch.shared(key, self._kept_batches)

    def _kept_batches(self, batch: Batch) -> list[tuple[Batch, Indices]]:
        return [*self._children(batch).batches()] or [(self._no_child(batch), np.arange(0))]

    def _children(self, batch: Batch) -> Children:
        """Return the rows of the children, found once for all aggregates of them."""
        return batch.shared((Children, self.table, self.relation), self._found)

    def _found(self, batch: Batch) -> Children:
        return batch.children(self.table, self.relation)

    def _most(self, batch: Batch) -> int:
        """Return the most children that a row of the parents' table has."""
        return batch.shared(("most children", self.table, self.relation), self._found_most)

    def _found_most(self, batch: Batch) -> int:
        return self._no_child(batch).siblings(self.relation).high

    def _no_child(self, batch: Batch) -> Batch:
        """Return an empty batch of children: its values have the bounds of all children's."""
        return Batch(batch.table.children[self.table, self.relation], np.arange(0))
