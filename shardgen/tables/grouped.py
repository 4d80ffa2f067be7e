"""
Children in runs: each parent has as many as a fan-out says, and all of them lie together.

The parents that neighbouring children share are made once, a window of them at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.random.permutation import Bijection, Permutation
from shardgen.random.streams import unit_floats
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable, Parents, RelationWithOrder
from shardgen.tables.fan_out import FanOut
from shardgen.tables.relations import parents_at
from shardgen.tables.values import Integers

if TYPE_CHECKING:
    from shardgen.random.streams import Floats, Indices, Words

WINDOW = BATCH_ROWS  # parents that are kept for the children to come


class Window:
    """The parents that were made last, which the next children may share; not pickled."""

    def __init__(self) -> None:
        """Begin without any."""
        self.start = 0
        self.batch: Batch | None = None

    def __reduce__(self) -> tuple[type[Window], tuple[()]]:
        return Window, ()


class InOrder(msgspec.Struct, frozen=True):
    """The permutation that changes nothing."""

    def __call__(self, index: Indices) -> Indices:
        """Return the image of each index."""
        return index

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image."""
        return image


class GroupedRelation(RelationWithOrder, frozen=True, eq=False):
    """
    Children in runs, one run per parent, as long as the fan-out says.

    A permutation scatters the ranks over the parents' rows; without one, ranks are rows, and the
    children lie in the order of their parents. Where another key of the table has its
    children in runs already, `order`, a permutation of the rows, says which position in the runs
    each row has: else neighbours would have the same parents along both.
    """

    parent: BoundTable
    fan_out: FanOut
    permutation: Bijection | InOrder
    order: Bijection | None = None
    window: Window = msgspec.field(default_factory=Window)

    @override
    def draw(self, batch: Batch) -> Parents:
        runs = batch.shared(self, self._runs)
        if runs.index is None or self.parent.rows <= BATCH_ROWS:
            rows = self.permutation(runs.ranks)
            return parents_at(self.parent, rows if runs.index is None else rows.take(runs.index))
        first, last = int(runs.ranks[0]), int(runs.ranks[-1])
        window = self.window
        start, kept = window.start, window.batch
        if kept is None or not start <= first <= last < start + len(kept):
            start, stop = first, min(max(first + WINDOW, last + 1), self.parent.rows)
            kept = Batch(self.parent, self.permutation(np.arange(start, stop)))
            window.start, window.batch = start, kept
        return Parents(kept, runs.index + (first - start))

    @override
    def law(self) -> str:
        least, most = self.fan_out.least, self.fan_out.most
        count = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        own = "the one whose children lie here"
        return f"{own}: each of the {self.parent.rows:,} has {count}, {self.fan_out.words()}"

    @override
    def ordinal(self, batch: Batch) -> Integers:
        runs = batch.shared(self, self._runs)
        start = self.fan_out.start(runs.ranks)
        start = start if runs.index is None else start.take(runs.index)
        return Integers(self.positions_of(batch.rows) - start, 0, self.fan_out.most - 1)

    @override
    def siblings(self, batch: Batch) -> Integers:
        runs = batch.shared(self, self._runs)
        count = self.fan_out.start(runs.ranks + 1) - self.fan_out.start(runs.ranks)
        count = count if runs.index is None else count.take(runs.index)
        return Integers(count, 1, self.fan_out.most)

    @override
    def runs(self, parents: Indices) -> tuple[Indices, Indices]:
        ranks = self.permutation.inverse(parents)
        start = self.fan_out.start(ranks)
        return start, self.fan_out.start(ranks + 1) - start

    @override
    def rows_at(self, positions: Indices) -> Indices:
        return positions if self.order is None else self.order.inverse(positions)

    @override
    def positions_of(self, rows: Indices) -> Indices:
        return rows if self.order is None else self.order(rows)

    @override
    def percentile_rank(self, parents: Indices, words: Words) -> Floats:
        return self.fan_out.percentile_rank(self.permutation.inverse(parents), unit_floats(words))

    def _runs(self, batch: Batch) -> _Runs:
        fan_out = self.fan_out
        in_order = self.order is None and batch.span is not None
        if in_order and batch.span is not None and batch.span[0] < batch.span[1]:
            first, last = fan_out.rank(np.array([batch.span[0], batch.span[1] - 1])).tolist()
            if last - first + 1 < len(batch):
                bounds = fan_out.start(np.arange(first, last + 2)).clip(*batch.span)
                index = np.repeat(np.arange(last - first + 1), np.diff(bounds))
                return _Runs(np.arange(first, last + 1), index)
        ranks = fan_out.rank(self.positions_of(batch.rows))
        if self.order is None and len(ranks):
            first, last = int(ranks.min()), int(ranks.max())
            if last - first + 1 < len(ranks):  # rows near each other: parents are made once
                return _Runs(np.arange(first, last + 1), ranks - first)
        return _Runs(ranks, None)


class _Runs(msgspec.Struct, frozen=True, eq=False):
    """The ranks that a batch's rows belong to, and each row's position in them (None: its own)."""

    ranks: Indices
    index: Indices | None


def grouped_relation(
    parent: BoundTable, fan_out: FanOut, key: int, order: Permutation | None = None
) -> GroupedRelation:
    """Divide the children among the rows of the parent table, whose ranks `key` shuffles."""
    return GroupedRelation(parent, fan_out, Permutation(parent.rows, key), order)
