"""
Which parent each child row has: the shapes of a foreign key, all of them functions of the row.

Nothing is stored and nothing is looked up; a shape costs the same memory for ten parents as for a
billion. The rows of a small parent table are made once, and kept. `self_references.py` has the
shapes of a table that refers to itself, and `grouped.py` those whose children lie in runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from shardgen.random.overriding import override
from shardgen.random.permutation import Bijection, Permutation
from shardgen.random.quantile_table import Interpolated, each, quantile_draw, tabulated
from shardgen.random.streams import below
from shardgen.random.zipf import zipf_ranks
from shardgen.tables.batch import (
    BATCH_ROWS,
    Batch,
    BoundTable,
    Parents,
    Relation,
    RelationWithRuns,
)

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Truths


class RandomParents(Relation, frozen=True, eq=False):
    """Each child's parent is drawn uniformly."""

    parent: BoundTable
    key: int

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, below(batch.words(self.key), self.parent.rows))

    @override
    def law(self) -> str:
        return f"any of the {self.parent.rows:,} rows, each as likely as the others"

    @property
    @override
    def stream(self) -> int:
        return self.key


class PopularParents(Relation, frozen=True, eq=False):
    """A popularity is drawn by a law, and a permutation says which row has it."""

    parent: BoundTable
    key: int
    rank: Draw
    row: Permutation
    exponent: float

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.row(self.rank(batch.words(self.key))))

    @override
    def law(self) -> str:
        popular = f"the k-th most popular of {self.parent.rows:,} rows is drawn with a share as"
        return f"a popular one: {popular} 1/k^{self.exponent:g}; which rows are popular is shuffled"

    @property
    @override
    def stream(self) -> int:
        return self.key


class RecentParents(Relation, frozen=True, eq=False):
    """Each child's parent is drawn by its age, in rows from the last one."""

    parent: BoundTable
    key: int
    age: Draw
    half: float

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.parent.rows - 1 - self.age(batch.words(self.key)))

    @override
    def law(self) -> str:
        newest = f"half of all rows lead to the last {self.half:.3g} of the"
        return f"rather a late one: {newest} {self.parent.rows:,} rows"

    @property
    @override
    def stream(self) -> int:
        return self.key


class UniqueParents(RelationWithRuns, frozen=True, eq=False):
    """
    Each child has a parent of its own.

    Where there are more children than parents, some are left without one: `is_missing` says which.
    Before row 0 there may be `before` other children of these parents, which have theirs.
    """

    parent: BoundTable
    children: int
    permutation: Bijection
    before: int = 0

    def is_missing(self, batch: Batch) -> Truths:
        """Return which rows have no parent, and any row for it: one truth for each row."""
        missing: Truths = self._places(batch) >= self.parent.rows
        return missing

    @override
    def draw(self, batch: Batch) -> Parents:
        rows = self._places(batch)
        if self.before + self.children > self.parent.rows:
            rows = np.minimum(rows, self.parent.rows - 1)
        return parents_at(self.parent, rows)

    @override
    def law(self) -> str:
        return f"one of its own: a permutation matches rows and the {self.parent.rows:,} parents"

    @override
    def runs(self, parents: Indices) -> tuple[Indices, Indices]:
        child = self.permutation.inverse(parents) - self.before
        own = (child >= 0) & (child < self.children)
        return (np.maximum(child, 0) if self.before else child), own.astype(np.int64)

    def _places(self, batch: Batch) -> Indices:
        """Return the parent of each row, or a number beyond the parents."""
        size = self.permutation.n
        if not self.before:
            return self.permutation(batch.rows)
        child = batch.rows + self.before
        return np.where(child < size, self.permutation(np.minimum(child, size - 1)), size)


class JoinedParents(Relation, frozen=True, eq=False):
    """Each child's parent is at an index that it has in a unique set."""

    parent: BoundTable
    index: Callable[[Batch], Indices]

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.index(batch))

    @override
    def law(self) -> str:
        return f"one of {self.parent.rows:,} rows by the combination of columns unique together"


class PopularJoinedParents(Relation, frozen=True, eq=False):
    """An index in a unique set is a popularity, and a permutation says which row has it."""

    parent: BoundTable
    index: Callable[[Batch], Indices]
    row: Permutation

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.row(self.index(batch)))

    @override
    def law(self) -> str:
        among = f"one of {self.parent.rows:,} rows by the combination of columns unique together"
        return f"{among}, popular ones more often"


class RecentJoinedParents(Relation, frozen=True, eq=False):
    """An index in a unique set is the age of a parent, in rows from the last one."""

    parent: BoundTable
    index: Callable[[Batch], Indices]

    @override
    def draw(self, batch: Batch) -> Parents:
        return parents_at(self.parent, self.parent.rows - 1 - self.index(batch))

    @override
    def law(self) -> str:
        among = f"one of {self.parent.rows:,} rows by the combination of columns unique together"
        return f"{among}, late ones more often"


def popular_parents(parent: BoundTable, key: int, exponent: float) -> PopularParents:
    """Draw the k-th most popular parent with a share ∝ 1/k^exponent; any row may be popular."""
    rank = zipf_ranks(parent.rows, exponent)
    return PopularParents(parent, key, rank, Permutation(parent.rows, key), exponent)


def recent_parents(parent: BoundTable, key: int, half: float) -> RecentParents:
    """Draw half of the parents from the share `half` of the table's last rows."""
    power = recency(half)
    age = quantile_draw(each(lambda u: parent.rows * u**power - 0.5), 0, parent.rows - 1)
    return RecentParents(parent, key, age, half)


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


def unique_parents(parent: BoundTable, children: int, key: int, before: int = 0) -> UniqueParents:
    """
    Give each child a parent of its own, as long as there are parents.

    `before` others have some of them already, as this function gave them with no others before.
    """
    size = max(parent.rows, before or children)
    return UniqueParents(parent, children, Permutation(size, key), before)


def parents_at(parent: BoundTable, rows: Indices) -> Parents:
    """Return the parents at these rows; a small table is made once and kept, not row by row."""
    if parent.rows > BATCH_ROWS:
        return Parents(Batch(parent, rows))
    return Parents(parent.whole, rows)
