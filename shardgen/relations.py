"""
Which parent each child row has: the shapes of a foreign key, all of them functions of the row.

Nothing is stored and nothing is looked up; a shape costs the same memory for ten parents as for a
billion. Parents that are made anyway are kept while they are of use: all rows of a small table, and
a window of those that neighbouring children share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.batch import BATCH_ROWS, Batch, Parents, Relation
from shardgen.columns import Integers
from shardgen.rng import Permutation, below

if TYPE_CHECKING:
    from shardgen.batch import BoundTable
    from shardgen.rng import Indices

WINDOW = BATCH_ROWS  # parents that are kept for the children to come


def random_parents(parent: BoundTable, key: int) -> Relation:
    """Draw each child's parent uniformly."""
    return Relation(lambda batch: _parents(parent, below(batch.words(key), parent.rows)))


def unique_parents(parent: BoundTable, key: int) -> Relation:
    """Give each child a parent of its own; there are at most as many children as parents."""
    permutation = Permutation(parent.rows, key)
    return Relation(lambda batch: _parents(parent, permutation(batch.rows)))


def earlier_rows(table: BoundTable, key: int) -> Relation:
    """Draw an earlier row of the same table; the first row, which has none, draws itself."""

    def draw(batch: Batch) -> Parents:
        bounds = np.maximum(batch.rows, 1).astype(np.uint64)
        return Parents(Batch(table, below(batch.words(key), bounds)))

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


class Grouped:
    """
    Children in runs, one run per parent: parent rank r owns ⌈N·r/P⌉ … ⌈N·(r+1)/P⌉ - 1.

    N children of P parents are shared out evenly, to within one child, and a permutation scatters
    the ranks over the parents. Both directions are one integer division: child i has rank
    ⌊i·P/N⌋.
    """

    def __init__(self, children: int, parent: BoundTable, key: int) -> None:
        """Share out N children over the parent table; N·P must be below 2^63."""
        self._children = children
        self._parent = parent
        self._permutation = Permutation(parent.rows, key)
        self._window = (0, Batch(parent, np.arange(0)))

    def relation(self) -> Relation:
        """Return the shape as a bound foreign key."""
        return Relation(self._draw, self._ordinal)

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
        start = self._start(runs.ranks)
        number = batch.rows - (start if runs.index is None else start.take(runs.index))
        return Integers(number, 0, -(-self._children // self._parent.rows) - 1)

    def _runs(self, batch: Batch) -> _Runs:
        parents, children = self._parent.rows, self._children
        if batch.span is not None and batch.span[0] < batch.span[1]:
            first, last = (row * parents // children for row in _ends(batch.span))
            if last - first + 1 < len(batch):
                bounds = self._start(np.arange(first, last + 2)).clip(*batch.span)
                index = np.repeat(np.arange(last - first + 1), np.diff(bounds))
                return _Runs(np.arange(first, last + 1), index)
        return _Runs(batch.rows * parents // children, None)

    def _start(self, ranks: Indices) -> Indices:
        return -(-ranks * self._children // self._parent.rows)


class _Runs(msgspec.Struct, frozen=True, eq=False):
    """The ranks that a batch's rows belong to, and each row's position in them (None: its own)."""

    ranks: Indices
    index: Indices | None


def _ends(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], span[1] - 1
