"""
Foreign keys that lead to some rows of their parent table alone.

The rows are known: a list of at most 2^20 row indices, or a range. A key is drawn among them as if
they were a table of their own, and what is drawn is then a row of the real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.random.streams import unit_floats
from shardgen.tables.batch import (
    BATCH_ROWS,
    Batch,
    BoundTable,
    Parents,
    Relation,
    RelationWithOrder,
    RelationWithRuns,
)
from shardgen.tables.values import Integers

if TYPE_CHECKING:
    from shardgen.random.streams import Floats, Indices, Truths, Words


class Selection(msgspec.Struct, frozen=True, eq=False):
    """Rows of a table in rising order; rank r is the r-th of them."""

    def __len__(self) -> int:
        """Return the number of rows."""
        raise NotImplementedError

    def rows_at(self, ranks: Indices) -> Indices:
        """Return the rows of these ranks: int64, same shape."""
        raise NotImplementedError

    def ranks_of(self, rows: Indices) -> tuple[Indices, Truths]:
        """Return the rank of each row, any for one that is not selected, and whether it is."""
        raise NotImplementedError


class SelectedRange(Selection, frozen=True, eq=False):
    """The rows start … stop - 1; those below 0 are before a table's own."""

    start: int
    stop: int

    @override
    def __len__(self) -> int:
        return max(self.stop - self.start, 0)

    @override
    def rows_at(self, ranks: Indices) -> Indices:
        return ranks + self.start

    @override
    def ranks_of(self, rows: Indices) -> tuple[Indices, Truths]:
        inside = (rows >= self.start) & (rows < self.stop)
        return np.where(inside, rows - self.start, 0), inside


class SelectedRows(Selection, frozen=True, eq=False):
    """The rows of a list."""

    rows: Indices

    @override
    def __len__(self) -> int:
        return len(self.rows)

    @override
    def rows_at(self, ranks: Indices) -> Indices:
        return self.rows.take(ranks)

    @override
    def ranks_of(self, rows: Indices) -> tuple[Indices, Truths]:
        ranks = self.rows.searchsorted(rows).clip(0, len(self.rows) - 1)
        return ranks, self.rows.take(ranks) == rows


class SelectedParents(Relation, frozen=True, eq=False):
    """Parents that `inner` draws among the selected rows, as rows of the parent table."""

    parent: BoundTable
    selection: Selection
    inner: Relation

    @override
    def draw(self, batch: Batch) -> Parents:
        drawn = self.inner.draw(batch)
        parent, selection = self.parent, self.selection
        if parent.rows <= BATCH_ROWS and not parent.first:
            at = selection.rows_at(drawn.batch.rows)
            return Parents(parent.whole, at if drawn.index is None else at.take(drawn.index))
        rows = drawn.batch.shared(
            selection, lambda view: Batch(parent, selection.rows_at(view.rows))
        )
        return Parents(rows, drawn.index)

    @override
    def law(self) -> str:
        among = f"of the {len(self.selection):,} of {self.parent.total:,} rows that it may lead to"
        return f"{among}, {self.inner.law()}"

    @property
    @override
    def stream(self) -> int | None:
        return self.inner.stream


class SelectedRuns(SelectedParents, RelationWithRuns, frozen=True, eq=False):
    """The same where children are in runs: parents that are not selected have none."""

    inner: RelationWithRuns

    @override
    def runs(self, parents: Indices) -> tuple[Indices, Indices]:
        ranks, inside = self.selection.ranks_of(parents)
        start, count = self.inner.runs(ranks)
        return start, count * inside

    @override
    def rows_at(self, positions: Indices) -> Indices:
        return self.inner.rows_at(positions)

    @override
    def positions_of(self, rows: Indices) -> Indices:
        return self.inner.positions_of(rows)


class SelectedOrder(SelectedRuns, RelationWithOrder, frozen=True, eq=False):
    """The same where children have an order too."""

    inner: RelationWithOrder

    @override
    def ordinal(self, batch: Batch) -> Integers:
        return self.inner.ordinal(batch)

    @override
    def siblings(self, batch: Batch) -> Integers:
        return self.inner.siblings(batch)

    @override
    def percentile_rank(self, parents: Indices, words: Words) -> Floats:
        ranks, inside = self.selection.ranks_of(parents)
        share = len(self.selection) / self.parent.total
        of_selected = 1 - share + share * self.inner.percentile_rank(ranks, words)
        others = unit_floats(words) * (1 - share)
        return np.where(inside, of_selected, others)


def selected(parent: BoundTable, selection: Selection, inner: Relation) -> SelectedParents:
    """Return a relation to rows of `parent` that `inner` draws by their ranks."""
    if isinstance(inner, RelationWithOrder):
        return SelectedOrder(parent, selection, inner)
    if isinstance(inner, RelationWithRuns):
        return SelectedRuns(parent, selection, inner)
    return SelectedParents(parent, selection, inner)
