"""
Which parent each child row has: the shapes of a foreign key, all of them functions of the row.

Nothing is stored and nothing is looked up; a shape costs the same memory for ten parents as for a
billion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shardgen.batch import BATCH_ROWS, ParentRows
from shardgen.rng import Permutation, below

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.batch import Batch
    from shardgen.rng import Indices


def random_parents(parents: int, key: int) -> Callable[[Batch], ParentRows]:
    """Draw each child's parent uniformly from `parents` rows."""

    def draw(batch: Batch) -> ParentRows:
        return _over(parents, below(batch.words(key), parents))

    return draw


def unique_parents(parents: int, key: int) -> Callable[[Batch], ParentRows]:
    """Give each child a parent of its own; there are at most `parents` children."""
    permutation = Permutation(parents, key)

    def draw(batch: Batch) -> ParentRows:
        return _over(parents, permutation(batch.rows))

    return draw


def earlier_rows(key: int) -> Callable[[Batch], ParentRows]:
    """Draw an earlier row of the same table; the first row, which has none, draws itself."""

    def draw(batch: Batch) -> ParentRows:
        rows = below(batch.words(key), np.maximum(batch.rows, 1).astype(np.uint64))
        return ParentRows(rows)

    return draw


class Grouped:
    """
    Children in runs, one run per parent: parent rank r owns ⌈N·r/P⌉ … ⌈N·(r+1)/P⌉ - 1.

    N children of P parents are shared out evenly, to within one child, and a permutation scatters
    the ranks over the parents. Both directions are one integer division: child i has rank
    ⌊i·P/N⌋.
    """

    def __init__(self, children: int, parents: int, key: int) -> None:
        """Share out N children over P parents; N·P must be below 2^63."""
        self.children = children
        self.parents = parents
        self._permutation = Permutation(parents, key)

    def draw(self, batch: Batch) -> ParentRows:
        """Return the parents; those of neighbours are made once."""
        rank = self._rank(batch)
        first, last = int(rank[0]), int(rank[-1])
        if self.parents <= BATCH_ROWS or not 0 <= last - first < len(rank):
            return _over(self.parents, self._permutation(rank))
        if not bool((rank[1:] >= rank[:-1]).all()):
            return ParentRows(self._permutation(rank))
        return ParentRows(self._permutation(np.arange(first, last + 1)), rank - first)

    def ordinal(self, batch: Batch) -> Indices:
        """Return each child's number within its run, from 0."""
        start = -(-self._rank(batch) * self.children // self.parents)
        return batch.rows - start

    def _rank(self, batch: Batch) -> Indices:
        return batch.rows * self.parents // self.children


def _over(parents: int, rows: Indices) -> ParentRows:
    """Let a small parent table be made once and kept, instead of row by row."""
    if parents > BATCH_ROWS:
        return ParentRows(rows)
    return ParentRows(np.arange(parents), rows, whole=True)
