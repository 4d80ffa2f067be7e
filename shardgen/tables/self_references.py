"""Which row of its own table each row refers to: an earlier one, or what an episode began with."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

from shardgen.random.overriding import override
from shardgen.random.streams import below_each
from shardgen.tables.batch import Batch, BoundTable, Parents, Relation
from shardgen.tables.values import Booleans

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths
    from shardgen.schema.model import TreeFanOut

_MOST_LOOKED_AT = 4096  # rows at once, before one whose episode started long ago


class EarlierRows(Relation, frozen=True, eq=False):
    """
    An earlier row of the same table is drawn; the first row, which has none, draws itself.

    The earliest is row -before, where `before` others lie before row 0.
    """

    table: BoundTable
    key: int
    before: int = 0

    @override
    def draw(self, batch: Batch) -> Parents:
        bounds = np.maximum(batch.rows + self.before, 1).astype(np.uint64)
        rows = below_each(batch.words(self.key), bounds) - self.before
        return Parents(Batch(self.table, rows))

    @override
    def law(self) -> str:
        return "any earlier row of the same table, each as likely as the others"

    @property
    @override
    def stream(self) -> int:
        return self.key


class PreviousRows(Relation, frozen=True, eq=False):
    """Row i refers to the row before it, so that all are a chain; the first row to itself."""

    table: BoundTable

    @override
    def draw(self, batch: Batch) -> Parents:
        return Parents(Batch(self.table, np.maximum(batch.rows - 1, 0)))

    @override
    def law(self) -> str:
        return "the row before, so that all rows are a chain"


class SameRows(Relation, frozen=True, eq=False):
    """
    Each row refers to itself.

    It is the only one-to-one reference within a table that leads to no later row, if none is null.
    """

    table: BoundTable

    @override
    def draw(self, batch: Batch) -> Parents:
        return Parents(Batch(self.table, batch.rows))

    @override
    def law(self) -> str:
        return (
            "the row itself: a key that is unique and never null can lead to no other earlier one"
        )


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

    @override
    def law(self) -> str:
        roots, levels = int(self.ends[0]), len(self.ends)
        tree = (
            f"any row of the level above in a tree of {levels} levels, whose first {roots:,} rows"
        )
        return f"{tree} are roots"

    @property
    @override
    def stream(self) -> int:
        return self.key


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

    @override
    def law(self) -> str:
        return f"any earlier row with the same {self.grouped}; the first of them is a root"

    @property
    @override
    def stream(self) -> int:
        return self.key


class Episodes(Tree, frozen=True, eq=False):
    """
    Episodes within the runs of a grouped key: a row refers to the last one before it that starts.

    `starts` is a boolean column of the table; the first row of a run starts in any case. A row that
    starts is a root, whose key `name` is null, and refers to row 0. `grouped` is the relation whose
    runs these are.
    """

    table: BoundTable
    name: str
    starts: str
    grouped: str

    @override
    def is_root(self, batch: Batch) -> Truths:
        starts = batch.column(self.starts)
        assert isinstance(starts, Booleans), "the checks admit only boolean columns"
        root: Truths = starts.values | (batch.ordinal(self.grouped).values == 0)
        return root

    @override
    def draw(self, batch: Batch) -> Parents:
        """Return the parents: that of a root, which most rows are, is row 0, made once for all."""
        rows, root, places = batch.rows, batch.shared(self, self.is_root), np.arange(len(batch))
        later = np.flatnonzero(~root)
        breaks = np.ones(len(batch), bool)
        breaks[1:] = np.diff(rows) != 1
        stretch = np.maximum.accumulate(np.where(breaks, places, 0))[later]
        start = np.maximum.accumulate(np.where(root, places, -1))[later]
        before = start < stretch  # its episode starts before this stretch of rows that follow
        found = rows[later] - (later - start)
        if before.any():
            firsts, index = np.unique(stretch[before], return_inverse=True)
            found[before] = self._started(rows[firsts])[index]
        first, index = np.unique(np.append(found, 0), return_inverse=True)
        spread = np.zeros(len(batch), np.int64)
        spread[later] = index[:-1]
        parents = Batch(self.table, first)  # roots, and row 0, which begins a run, the first
        of_roots = Parents(weakref.proxy(parents), np.zeros(len(first), np.int64))
        parents.set_parents(self.name, of_roots)
        return Parents(parents, spread)

    @override
    def law(self) -> str:
        return f"the last earlier row with the same {self.grouped} where {self.starts} is true"

    def _started(self, rows: Indices) -> Indices:
        """Return the last row before each of these that starts; none of them does."""
        found, waiting, width = rows.copy(), np.arange(len(rows)), 1
        while len(waiting):
            looked = found[waiting][:, None] - np.arange(1, width + 1)
            first = rows[waiting] - Batch(self.table, rows[waiting]).ordinal(self.grouped).values
            looked = np.maximum(looked, first[:, None])
            starts = self.is_root(Batch(self.table, looked.ravel())).reshape(looked.shape)
            nearest = np.where(starts.any(axis=1), starts.argmax(axis=1), width - 1)
            found[waiting] = looked[np.arange(len(waiting)), nearest]
            waiting = waiting[~starts.any(axis=1)]
            width = min(2 * width, _MOST_LOOKED_AT)
        return found


def tree_within(table: BoundTable, key: int, name: str, shape: TreeFanOut) -> Tree:
    """Return the trees of the key `name` within the runs of another; or its episodes."""
    if shape.starts is not None:
        return Episodes(table, name, shape.starts, shape.within or "")
    return TreeWithinGroup(table, key, shape.within or "")


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
