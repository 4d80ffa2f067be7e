"""
Which parent each child row has: the shapes of a foreign key, all of them functions of the row.

Nothing is stored and nothing is looked up; a shape costs the same memory for ten parents as for a
billion. Parents that are made anyway are kept while they are of use: all rows of a small table, and
a window of those that neighbouring children share.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.random.permutation import Permutation
from shardgen.random.quantile_table import Interpolated, each, quantile_draw, tabulated
from shardgen.random.streams import below, below_each, unit_floats
from shardgen.random.zipf import zipf_ranks
from shardgen.tables.batch import (
    BATCH_ROWS,
    Batch,
    BoundTable,
    Parents,
    Relation,
    RelationWithOrder,
    RelationWithRuns,
)
from shardgen.tables.fan_out import FanOut
from shardgen.tables.values import Integers

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Floats, Indices, Truths, Words

WINDOW = BATCH_ROWS  # parents that are kept for the children to come


class RandomParents(Relation, frozen=True, eq=False):
    """Each child's parent is drawn uniformly."""

    parent: BoundTable
    key: int

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, below(batch.words(self.key), self.parent.rows))


class PopularParents(Relation, frozen=True, eq=False):
    """A popularity is drawn by a law, and a permutation says which row has it."""

    parent: BoundTable
    key: int
    rank: Draw
    row: Permutation

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.row(self.rank(batch.words(self.key))))


class RecentParents(Relation, frozen=True, eq=False):
    """Each child's parent is drawn by its age, in rows from the last one."""

    parent: BoundTable
    key: int
    age: Draw

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.parent.rows - 1 - self.age(batch.words(self.key)))


class UniqueParents(RelationWithRuns, frozen=True, eq=False):
    """
    Each child has a parent of its own.

    Where there are more children than parents, some are left without one: `is_missing` says which.
    """

    parent: BoundTable
    children: int
    permutation: Permutation

    def is_missing(self, batch: Batch) -> Truths:
        """Return which rows have no parent, and any row for it: one truth for each row."""
        missing: Truths = self.permutation(batch.rows) >= self.parent.rows
        return missing

    @override
    def draw(self, batch: Batch) -> Parents:
        rows = self.permutation(batch.rows)
        if self.children > self.parent.rows:
            rows = np.minimum(rows, self.parent.rows - 1)
        return parents_at(self.parent, rows)

    @override
    def runs(self, parents: Indices) -> tuple[Indices, Indices]:
        child = self.permutation.inverse(parents)
        return child, (child < self.children).astype(np.int64)


class JoinedParents(Relation, frozen=True, eq=False):
    """Each child's parent is at an index that it has in a unique set."""

    parent: BoundTable
    index: Callable[[Batch], Indices]

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.index(batch))


class PopularJoinedParents(Relation, frozen=True, eq=False):
    """An index in a unique set is a popularity, and a permutation says which row has it."""

    parent: BoundTable
    index: Callable[[Batch], Indices]
    row: Permutation

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.row(self.index(batch)))


class RecentJoinedParents(Relation, frozen=True, eq=False):
    """An index in a unique set is the age of a parent, in rows from the last one."""

    parent: BoundTable
    index: Callable[[Batch], Indices]

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.parent.rows - 1 - self.index(batch))


class EarlierRows(Relation, frozen=True, eq=False):
    """An earlier row of the same table is drawn; the first row, which has none, draws itself."""

    table: BoundTable
    key: int

    @override
    def draw(self, batch: Batch) -> Parents:
        bounds = np.maximum(batch.rows, 1).astype(np.uint64)
        return Parents(Batch(self.table, below_each(batch.words(self.key), bounds)))


class PreviousRows(Relation, frozen=True, eq=False):
    """Row i refers to the row before it, so that all are a chain; the first row to itself."""

    table: BoundTable

    @override
    def draw(self, batch: Batch) -> Parents:
        return Parents(Batch(self.table, np.maximum(batch.rows - 1, 0)))


class SameRows(Relation, frozen=True, eq=False):
    """
    Each row refers to itself.

    It is the only one-to-one reference within a table that leads to no later row, if none is null.
    """

    table: BoundTable

    @override
    def draw(self, batch: Batch) -> Parents:
        return Parents(Batch(self.table, batch.rows))


def popular_parents(parent: BoundTable, key: int, exponent: float) -> PopularParents:
    """Draw the k-th most popular parent with a share ∝ 1/k^exponent; any row may be popular."""
    rank = zipf_ranks(parent.rows, exponent)
    return PopularParents(parent, key, rank, Permutation(parent.rows, key))


def recent_parents(parent: BoundTable, key: int, half: float) -> RecentParents:
    """Draw half of the parents from the share `half` of the table's last rows."""
    power = recency(half)
    age = quantile_draw(each(lambda u: parent.rows * u**power - 0.5), 0, parent.rows - 1)
    return RecentParents(parent, key, age)


def recency(half: float) -> float:
    """Return p, such that u^p is below `half` for half of all u in 0 … 1."""
    return math.log(half) / math.log(0.5)


def recent_share(rows: int, half: float) -> Interpolated:
    """Return Q with Q(u)·rows the age in rows that a share u of all drawn parents lies below."""
    power = recency(half)

    def start(age: int) -> float:
        share: float = (age / rows) ** (1 / power)
        return share

    def quantile(u: float) -> float:
        age = min(int(rows * u**power), rows - 1)
        span = start(age + 1) - start(age)
        inside = (u - start(age)) / span if span else 0.0  # too small a share for a float
        return (age + min(max(inside, 0.0), 1.0)) / rows  # within a parent all shares are alike

    return tabulated(quantile)


def unique_parents(parent: BoundTable, children: int, key: int) -> UniqueParents:
    """Give each child a parent of its own, as long as there are parents."""
    return UniqueParents(parent, children, Permutation(max(parent.rows, children), key))


def parents_at(parent: BoundTable, rows: Indices) -> Parents:
    """Return the parents at these rows; a small table is made once and kept, not row by row."""
    if parent.rows > BATCH_ROWS:
        return Parents(Batch(parent, rows))
    return Parents(parent.whole, rows)


class Tree(Relation, frozen=True, eq=False):
    """A table that refers to itself so that some rows are roots, whose foreign key may be null."""

    def is_root(self, batch: Batch) -> Truths:
        """Return which rows are roots: one truth for each row of the batch."""
        raise NotImplementedError


class DepthTree(Tree, frozen=True, eq=False):
    """
    A tree of bounded depth: the first rows are its roots, and each level refers to the one before.

    `ends` has the row after the last one of each level. A root refers to itself.
    """

    table: BoundTable
    key: int
    ends: Indices

    @override
    def is_root(self, batch: Batch) -> Truths:
        first: Truths = batch.rows < self.ends[0]
        return first

    @override
    def draw(self, batch: Batch) -> Parents:
        level = self.ends.searchsorted(batch.rows, "right")
        stops = self.ends.take(np.maximum(level - 1, 0))
        starts = np.where(level > 1, self.ends.take(np.maximum(level - 2, 0)), 0)
        rows = below_each(batch.words(self.key), (stops - starts).astype(np.uint64))
        rows += starts
        return Parents(Batch(self.table, np.where(level == 0, batch.rows, rows)))


def depth_tree(table: BoundTable, key: int, roots: float, max_depth: int) -> DepthTree:
    """
    Return the tree of at most 1 + `max_depth` levels whose roots are a share `roots` of N rows.

    Every level has g times as many rows as the one before it, where g is such that they add up to
    N.
    """
    first = min(max(1, round(roots * table.rows)), table.rows) if max_depth else table.rows
    growth = _growth(table.rows / first, max_depth)
    ends, size = [float(first)], float(first)
    for _ in range(max_depth):
        size *= growth
        ends.append(ends[-1] + size)
    cuts = {round(end * table.rows / ends[-1]) for end in ends[:-1]} | {table.rows}
    return DepthTree(table, key, np.array(sorted({max(first, cut) for cut in cuts}), np.int64))


class TreeWithinGroup(Tree, frozen=True, eq=False):
    """
    Trees within the runs of a grouped key: a row refers to an earlier one of the same run.

    So a comment answers one on the same post. The first row of a run is a root, and refers to
    itself. `grouped` is the table's relation whose runs these are.
    """

    table: BoundTable
    key: int
    grouped: str

    @override
    def is_root(self, batch: Batch) -> Truths:
        first: Truths = batch.ordinal(self.grouped).values == 0
        return first

    @override
    def draw(self, batch: Batch) -> Parents:
        number = batch.ordinal(self.grouped).values
        earlier = below_each(batch.words(self.key), np.maximum(number, 1).astype(np.uint64))
        return Parents(Batch(self.table, batch.rows - number + earlier))


def _growth(total: float, depth: int) -> float:
    """Return g with 1 + g + … + g^depth = total."""
    low, high = 0.0, max(1.0, total)
    for _ in range(100):
        middle = (low + high) / 2
        reached, term = 1.0, 1.0
        for _ in range(depth):
            term *= middle
            reached += term
            if reached > total:
                break
        low, high = (middle, high) if reached < total else (low, middle)
    return high


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
    permutation: Permutation | InOrder
    order: Permutation | None = None
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
        return _Runs(fan_out.rank(self.positions_of(batch.rows)), None)


class _Runs(msgspec.Struct, frozen=True, eq=False):
    """The ranks that a batch's rows belong to, and each row's position in them (None: its own)."""

    ranks: Indices
    index: Indices | None


def grouped_relation(
    parent: BoundTable, fan_out: FanOut, key: int, order: Permutation | None = None
) -> GroupedRelation:
    """Divide the children among the rows of the parent table, whose ranks `key` shuffles."""
    return GroupedRelation(parent, fan_out, Permutation(parent.rows, key), order)
