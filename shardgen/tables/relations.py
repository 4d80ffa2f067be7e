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

from shardgen.random.permutation import Permutation
from shardgen.random.quantile_table import each, quantile_draw, tabulated
from shardgen.random.streams import below, below_each
from shardgen.random.zipf import zipf_ranks
from shardgen.tables.batch import BATCH_ROWS, Batch, Parents, Relation
from shardgen.tables.values import Integers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import BoundTable
    from shardgen.tables.fan_out import FanOut

WINDOW = BATCH_ROWS  # parents that are kept for the children to come


def random_parents(parent: BoundTable, key: int) -> Relation:
    """Draw each child's parent uniformly."""
    return parents_at(parent, lambda batch: below(batch.words(key), parent.rows))


def popular_parents(parent: BoundTable, key: int, exponent: float) -> Relation:
    """Draw the k-th most popular parent with a share ∝ 1/k^exponent; any row may be popular."""
    rank = zipf_ranks(parent.rows, exponent)
    row = Permutation(parent.rows, key)
    return parents_at(parent, lambda batch: row(rank(batch.words(key))))


def recent_parents(parent: BoundTable, key: int, half: float) -> Relation:
    """Draw half of the parents from the share `half` of the table's last rows."""
    power = recency(half)
    age = quantile_draw(each(lambda u: parent.rows * u**power - 0.5), 0, parent.rows - 1)
    return parents_at(parent, lambda batch: parent.rows - 1 - age(batch.words(key)))


def recency(half: float) -> float:
    """Return p, such that u^p is below `half` for half of all u in 0 … 1."""
    return math.log(half) / math.log(0.5)


def recent_share(rows: int, half: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return Q with Q(u)·rows the age in rows that a share u of all drawn parents lies below."""
    power = recency(half)

    def start(age: int) -> float:
        share: float = (age / rows) ** (1 / power)
        return share

    def quantile(u: float) -> float:
        age = min(int(rows * u**power), rows - 1)
        span = start(age + 1) - start(age)
        inside = (u - start(age)) / span if span else 0.0  # too small a share for a float
        return (age + min(max(inside, 0.0), 1.0)) / rows  # within a parent all fan_out are alike

    return tabulated(quantile)


def unique_parents(parent: BoundTable, children: int, key: int) -> Relation:
    """Give each child a parent of its own; there are at most as many children as parents."""
    permutation = Permutation(parent.rows, key)

    def runs(parents: Indices) -> tuple[Indices, Indices]:
        child = permutation.inverse(parents)
        return child, (child < children).astype(np.int64)

    relation = parents_at(parent, lambda batch: permutation(batch.rows))
    return msgspec.structs.replace(relation, runs=runs)


def parents_at(parent: BoundTable, row: Callable[[Batch], Indices]) -> Relation:
    """Give each child the parent at a row that `row` says."""
    return Relation(lambda batch: _parents(parent, row(batch)))


def earlier_rows(table: BoundTable, key: int) -> Relation:
    """Draw an earlier row of the same table; the first row, which has none, draws itself."""

    def draw(batch: Batch) -> Parents:
        bounds = np.maximum(batch.rows, 1).astype(np.uint64)
        return Parents(Batch(table, below_each(batch.words(key), bounds)))

    return Relation(draw)


def previous_rows(table: BoundTable) -> Relation:
    """Give row i the row before it, so that all rows are a chain; the first row gets itself."""
    return Relation(lambda batch: Parents(Batch(table, np.maximum(batch.rows - 1, 0))))


def same_rows(table: BoundTable) -> Relation:
    """
    Give each row itself.

    It is the only one-to-one reference within a table that leads to no later row, if none is null.
    """
    return Relation(lambda batch: Parents(Batch(table, batch.rows)))


def _parents(parent: BoundTable, rows: Indices) -> Parents:
    """Let a small parent table be made once and kept, instead of row by row."""
    if parent.rows > BATCH_ROWS:
        return Parents(Batch(parent, rows))
    return Parents(parent.whole, rows)


class DepthTree:
    """
    A tree of bounded depth: the first rows are its roots, and each level refers to the one before.

    A share `roots` of N rows are roots. Every level has g times as many rows as the one before it,
    where g is such that they add up to N.
    """

    def __init__(self, table: BoundTable, key: int, roots: float, max_depth: int) -> None:
        """Cut the table's rows into at most 1 + max_depth levels."""
        self._table = table
        self._key = key
        first = min(max(1, round(roots * table.rows)), table.rows) if max_depth else table.rows
        growth = _growth(table.rows / first, max_depth)
        ends, size = [float(first)], float(first)
        for _ in range(max_depth):
            size *= growth
            ends.append(ends[-1] + size)
        cuts = {round(end * table.rows / ends[-1]) for end in ends[:-1]} | {table.rows}
        self._ends = np.array(sorted({max(first, cut) for cut in cuts}), np.int64)

    def relation(self) -> Relation:
        """Return the shape as a bound foreign key; a root refers to itself."""
        return Relation(self._draw)

    def is_root(self, batch: Batch) -> NDArray[np.bool_]:
        """Return which rows are roots."""
        first: NDArray[np.bool_] = batch.rows < self._ends[0]
        return first

    def _draw(self, batch: Batch) -> Parents:
        level = self._ends.searchsorted(batch.rows, "right")
        stops = self._ends.take(np.maximum(level - 1, 0))
        starts = np.where(level > 1, self._ends.take(np.maximum(level - 2, 0)), 0)
        rows = below_each(batch.words(self._key), (stops - starts).astype(np.uint64))
        rows += starts
        return Parents(Batch(self._table, np.where(level == 0, batch.rows, rows)))


class TreeWithinGroup:
    """
    Trees within the runs of a grouped key: a row refers to an earlier one of the same run.

    So a comment answers one on the same post. The first row of a run is a root.
    """

    def __init__(self, table: BoundTable, key: int, grouped: str) -> None:
        """Draw within the runs of the table's relation `grouped`."""
        self._table = table
        self._key = key
        self._grouped = grouped

    def relation(self) -> Relation:
        """Return the shape as a bound foreign key; the first row of a run refers to itself."""
        return Relation(self._draw)

    def is_root(self, batch: Batch) -> NDArray[np.bool_]:
        """Return which rows are the first of their run."""
        first: NDArray[np.bool_] = batch.ordinal(self._grouped).values == 0
        return first

    def _draw(self, batch: Batch) -> Parents:
        number = batch.ordinal(self._grouped).values
        earlier = below_each(batch.words(self._key), np.maximum(number, 1).astype(np.uint64))
        return Parents(Batch(self._table, batch.rows - number + earlier))


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


class GroupedRelation:
    """
    Children in runs, one run per parent, as long as the fan_out say.

    A permutation scatters the ranks over the parents' rows. Where another key of the table has its
    children in runs already, `order`, a permutation of the rows, says which place in the runs each
    row has: else neighbours would have the same parents along both.
    """

    def __init__(
        self, parent: BoundTable, fan_out: FanOut, key: int, order: Permutation | None = None
    ) -> None:
        """Share out the children over the parent table."""
        self.fan_out = fan_out
        self._order = order
        self._parent = parent
        self._permutation = Permutation(parent.rows, key)
        self._window = (0, Batch(parent, np.arange(0)))

    def relation(self) -> Relation:
        """Return the shape as a bound foreign key."""
        row_at = None if self._order is None else self._order.inverse
        return Relation(
            self._draw, self._ordinal, self._siblings, self._of, self._percentile_rank, row_at
        )

    def _draw(self, batch: Batch) -> Parents:
        runs = batch.shared(self, self._runs)
        if runs.index is None or self._parent.rows <= BATCH_ROWS:
            rows = self._permutation(runs.ranks)
            return _parents(self._parent, rows if runs.index is None else rows.take(runs.index))
        first, last = int(runs.ranks[0]), int(runs.ranks[-1])
        start, window = self._window
        if not start <= first <= last < start + len(window):
            start, stop = first, min(max(first + WINDOW, last + 1), self._parent.rows)
            window = Batch(self._parent, self._permutation(np.arange(start, stop)))
            self._window = (start, window)
        return Parents(window, runs.index + (first - start))

    def _ordinal(self, batch: Batch) -> Integers:
        """Return each child's number within its run, from 0."""
        runs = batch.shared(self, self._runs)
        start = self.fan_out.start(runs.ranks)
        number = self._places(batch) - (start if runs.index is None else start.take(runs.index))
        return Integers(number, 0, self.fan_out.most - 1)

    def _siblings(self, batch: Batch) -> Integers:
        """Return the length of each child's run."""
        runs = batch.shared(self, self._runs)
        count = self.fan_out.start(runs.ranks + 1) - self.fan_out.start(runs.ranks)
        count = count if runs.index is None else count.take(runs.index)
        return Integers(count, 1, self.fan_out.most)

    def _of(self, parents: Indices) -> tuple[Indices, Indices]:
        """Return the first place and the number of children of parents at these rows."""
        ranks = self._permutation.inverse(parents)
        start = self.fan_out.start(ranks)
        return start, self.fan_out.start(ranks + 1) - start

    def _percentile_rank(self, parents: Indices, word: Words) -> NDArray[np.float64]:
        within = (word >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return self.fan_out.percentile_rank(self._permutation.inverse(parents), within)

    def _places(self, batch: Batch) -> Indices:
        """Return the place of each row in the runs."""
        return batch.rows if self._order is None else self._order(batch.rows)

    def _runs(self, batch: Batch) -> _Runs:
        fan_out = self.fan_out
        in_order = self._order is None and batch.span is not None
        if in_order and batch.span is not None and batch.span[0] < batch.span[1]:
            first, last = fan_out.rank(np.array([batch.span[0], batch.span[1] - 1])).tolist()
            if last - first + 1 < len(batch):
                bounds = fan_out.start(np.arange(first, last + 2)).clip(*batch.span)
                index = np.repeat(np.arange(last - first + 1), np.diff(bounds))
                return _Runs(np.arange(first, last + 1), index)
        return _Runs(fan_out.rank(self._places(batch)), None)


class _Runs(msgspec.Struct, frozen=True, eq=False):
    """The ranks that a batch's rows belong to, and each row's position in them (None: its own)."""

    ranks: Indices
    index: Indices | None
