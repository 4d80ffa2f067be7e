"""
Foreign keys within an ancestor: their parents descend from one row with those of another key.

An ancestor's descendants are a run of positions, in closed form, so that a parent among them is an
ordinal drawn below their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.random.streams import GOLDEN, below_each, finalise
from shardgen.tables.batch import Batch, BoundTable, Parents, Relation
from shardgen.tables.grouped import GroupedRelation
from shardgen.tables.relations import parents_at
from shardgen.tables.self_references import Tree

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths, Words

Runs = tuple["Indices", "Indices"]
"""The first position and the number of each row's descendants: int64."""


class Lineage(msgspec.Struct, frozen=True):
    """The ancestors of a batch's rows: the parents along `guide`, then theirs along `up`."""

    guide: str
    up: tuple[str, ...]

    def ancestors(self, batch: Batch) -> Parents:
        """Return them, each once where that is known."""
        found = batch.parents(self.guide)
        for relation in self.up:
            above = found.batch.parents(relation)
            index = found.index
            if above.index is not None:
                index = above.index if index is None else above.index.take(index)
            found = Parents(above.batch, index)
        return found

    def words(self) -> str:
        """Return the way to the ancestors: `project_id, then org_id`."""
        return ", then ".join((self.guide, *self.up))


class Descent(msgspec.Struct, frozen=True, eq=False):
    """
    The rows of a table that descend from a row of an ancestor, as a run of positions.

    `steps` are tables and their foreign keys, from the ancestor's child down to the table itself.
    All keys but the first are grouped in the order of their parents' rows.
    """

    steps: tuple[tuple[BoundTable, str], ...]

    def runs(self, ancestors: Batch) -> Runs:
        """Return the runs below these rows; a run of no rows may begin anywhere."""
        table, relation = self.steps[0]
        start, count = table.with_runs[relation].runs(ancestors.rows)
        for table, relation in self.steps[1:]:
            grouped = table.relations[relation]
            assert isinstance(grouped, GroupedRelation), "the binder groups all steps but the first"
            start = np.where(count, start, 0)
            first = grouped.fan_out.start(start)
            count = grouped.fan_out.start(start + count) - first
            start = first
        return start, count

    def rows_at(self, positions: Indices) -> Indices:
        """Return the rows at these positions, those beyond the last at the last."""
        table, relation = self.steps[-1]
        return table.with_runs[relation].rows_at(np.minimum(positions, table.rows - 1))

    def positions_of(self, rows: Indices) -> Indices:
        """Return the positions of rows of the table."""
        table, relation = self.steps[-1]
        return table.with_runs[relation].positions_of(rows)

    def least(self, ancestor: BoundTable) -> int:
        """Return the least number of rows below a row of the ancestor."""
        from shardgen.tables.batch import BATCH_ROWS

        ends = range(0, ancestor.rows, BATCH_ROWS)
        batches = (
            Batch.of_range(ancestor, start, min(start + BATCH_ROWS, ancestor.rows))
            for start in ends
        )
        return min(int(self.runs(batch)[1].min()) for batch in batches)


class Ancestors(Relation, frozen=True, eq=False):
    """Each child's parent is the ancestor of another key's parent."""

    lineage: Lineage

    @override
    def draw(self, batch: Batch) -> Parents:
        return self.lineage.ancestors(batch)

    @override
    def law(self) -> str:
        return f"the one that {self.lineage.words()} leads to: the keys have columns in common"


class LawWithin(msgspec.Struct, frozen=True, eq=False):
    """A draw of a number below another one, for rows of ancestors: each as likely as the others."""

    def draw(self, words: Words, counts: Indices, ancestors: Indices) -> Indices:
        """Return a number from 0 to below each count, which is 1 at least: int64."""
        del ancestors
        return below_each(words, counts.astype(np.uint64))

    def words(self) -> str:
        """Return the law as a clause."""
        return "each as likely as the others"


class Within(Relation, frozen=True, eq=False):
    """
    Each child's parent is drawn among those that descend from the child's own ancestor.

    Where `differs_from` names another key of the table to the same parents, its parent is left out.
    Where none is left, the parent is any row, and `is_missing` says so.
    """

    parent: BoundTable
    key: int
    lineage: Lineage
    descent: Descent
    differs_from: str = ""
    law_within: LawWithin = LawWithin()

    def is_missing(self, batch: Batch) -> Truths:
        """Return which rows have no parent to draw: one truth for each row."""
        missing: Truths = self._choices(batch)[1] == 0
        return missing

    @override
    def draw(self, batch: Batch) -> Parents:
        start, choices, other = self._choices(batch)
        above = self.lineage.ancestors(batch)
        rows = above.batch.rows if above.index is None else above.batch.rows.take(above.index)
        number = self.law_within.draw(batch.words(self.key), np.maximum(choices, 1), rows)
        if other is not None:
            number += (other >= 0) & (number >= other)
        return parents_at(self.parent, self.descent.rows_at(start + number))

    @override
    def law(self) -> str:
        among = f"one of those that have the ancestor that {self.lineage.words()} leads to"
        other = f", but that of {self.differs_from}" if self.differs_from else ""
        return f"{among}{other}, {self.law_within.words()}"

    @property
    @override
    def stream(self) -> int:
        return self.key

    def _choices(self, batch: Batch) -> tuple[Indices, Indices, Indices | None]:
        """Return where the run begins, how many may be drawn, and which number may not, or -1."""
        return batch.shared(self, self._find_choices)

    def _find_choices(self, batch: Batch) -> tuple[Indices, Indices, Indices | None]:
        start, count = runs_below(batch, self.lineage, self.descent)
        if not self.differs_from:
            return start, count, None
        other = self.descent.positions_of(batch.parent(self.differs_from).rows) - start
        is_inside = (other >= 0) & (other < count)
        return start, count - is_inside, np.where(is_inside, other, -1)


class OtherParents(Relation, frozen=True, eq=False):
    """
    Each child's parent is drawn uniformly among those that another key does not lead to.

    Where there is only one row, no child has a parent.
    """

    parent: BoundTable
    key: int
    other: str

    def is_missing(self, batch: Batch) -> Truths:
        """Return which rows have no parent to draw: one truth for each row."""
        return np.full(len(batch), self.parent.rows < 2)

    @override
    def draw(self, batch: Batch) -> Parents:
        other = batch.parent(self.other).rows
        choices = np.full(len(batch), max(self.parent.rows - 1, 1), np.uint64)
        rows = below_each(batch.words(self.key), choices)
        rows += rows >= other
        return parents_at(self.parent, np.minimum(rows, self.parent.rows - 1))

    @override
    def law(self) -> str:
        among = f"any of the {self.parent.rows:,} rows but the one that {self.other} leads to"
        return f"{among}, each as likely as the others"

    @property
    @override
    def stream(self) -> int:
        return self.key


class TreeWithin(Tree, frozen=True, eq=False):
    """
    Trees among the rows of one ancestor: a row refers to an earlier one that descends from it too.

    The rows of an ancestor are a run of the table. The first row of a run is a root, and refers to
    itself.
    """

    table: BoundTable
    key: int
    lineage: Lineage
    descent: Descent

    @override
    def is_root(self, batch: Batch) -> Truths:
        first: Truths = batch.rows == runs_below(batch, self.lineage, self.descent)[0]
        return first

    @override
    def draw(self, batch: Batch) -> Parents:
        start, _ = runs_below(batch, self.lineage, self.descent)
        number = batch.rows - start
        earlier = below_each(batch.words(self.key), np.maximum(number, 1).astype(np.uint64))
        return Parents(Batch(self.table, start + earlier))

    @override
    def law(self) -> str:
        own = f"an earlier row with the same ancestor, which {self.lineage.words()} leads to"
        return f"{own}, each as likely as the others; the first of them is a root"

    @property
    @override
    def stream(self) -> int:
        return self.key


class JointWithin(msgspec.Struct, frozen=True, eq=False):
    """
    Keys within ancestors that are unique together beside a grouped key, their `base`.

    Child j of a parent gets combination (s + j·t) mod m of the m that its ancestors have, where s
    and t are the parent's own, and t has no divisor in common with m. So all children of a parent
    differ, if it has at most m.
    """

    base: str
    key: int
    members: tuple[tuple[Lineage, Descent], ...]

    def positions(self, batch: Batch) -> list[Indices]:
        """Return the position of each member's parent for each row: int64, in their order."""
        runs = [runs_below(batch, lineage, descent) for lineage, descent in self.members]
        counts = [np.maximum(count, 1) for _, count in runs]
        total = np.multiply.reduce(counts)
        parent = batch.parent(self.base).numbers.astype(np.uint64) * GOLDEN
        first = finalise(parent + np.uint64(self.key))
        step = finalise(parent + finalise(np.array([self.key], np.uint64)))
        joint = spread_evenly(batch.ordinal(self.base).values % total, total, first, step)
        positions = []
        for (start, _), count in zip(runs, counts, strict=True):
            positions.append(start + joint % count)
            joint = joint // count
        return positions


class JoinedWithin(Relation, frozen=True, eq=False):
    """Each child's parent is that of the member `number` of keys that are unique together."""

    parent: BoundTable
    joint: JointWithin
    number: int

    @override
    def draw(self, batch: Batch) -> Parents:
        positions = batch.shared(self.joint, self.joint.positions)[self.number]
        descent = self.joint.members[self.number][1]
        return parents_at(self.parent, descent.rows_at(positions))

    @override
    def law(self) -> str:
        lineage = self.joint.members[self.number][0]
        among = f"one of those that have the ancestor that {lineage.words()} leads to"
        return f"{among}, another combination for each row with the same {self.joint.base}"


def runs_below(batch: Batch, lineage: Lineage, descent: Descent) -> Runs:
    """Return the run of a descent below the ancestor of each row."""
    ancestors = lineage.ancestors(batch)
    start, count = ancestors.batch.shared(descent, descent.runs)
    if ancestors.index is None:
        return start, count
    return start.take(ancestors.index), count.take(ancestors.index)


def spread_evenly(number: Indices, total: Indices, first: Words, step: Words) -> Indices:
    """
    Return each number below `total` under a permutation of these numbers, which two words choose.

    It is (s + number·t) mod total, where t has no divisor in common with the total.
    """
    start = below_each(first, total.astype(np.uint64))
    times = _coprime(below_each(step, total.astype(np.uint64)), total)
    return (start + _product(number, times, total)) % total


def _coprime(step: Indices, total: Indices) -> Indices:
    """Return the least number of each step and above that has no divisor in common with `total`."""
    while (common := np.gcd(step, total) != 1).any():
        step = step + common
    return step % total


def _product(number: Indices, step: Indices, total: Indices) -> Indices:
    """Return number · step mod total for numbers below 2^62, without an overflow."""
    if int(total.max(initial=0)) < 1 << 31:
        return number * step % total
    made = [n * s % t for n, s, t in zip(*(a.tolist() for a in (number, step, total)), strict=True)]
    return np.array(made, np.int64)
