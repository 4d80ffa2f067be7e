"""
Batch: some rows of one table while they are made, and the bound tables they are rows of.

A bound table knows how to make each of its columns; a batch asks it for the rows it stands for and
remembers the answers. A parent is a batch too: `batch.parent("loan_id").column("amount")` is each
row's loan amount, recomputed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.columns import Values
    from shardgen.rng import Indices, Words
    from shardgen.types import ColumnType

from shardgen.rng import GOLDEN, finalise

BATCH_ROWS = 4096  # a batch's columns and text stay in a core's L2 cache
T = TypeVar("T")


class BoundColumn(msgspec.Struct, frozen=True, eq=False):
    """A column that can be made: its values in a batch, and where they are null."""

    name: str
    type: ColumnType
    make: Callable[[Batch], Values]
    null: Callable[[Batch], NDArray[np.bool_]] | None = None


class ParentRows(msgspec.Struct, frozen=True, eq=False):
    """
    The parent of each row of a batch: `rows[index]`, or `rows` itself when index is None.

    `whole` says that `rows` are all rows of the parent table, from the first to the last.
    """

    rows: Indices
    index: Indices | None = None
    whole: bool = False

    @property
    def each(self) -> Indices:
        """The parent's row index for each row of the batch."""
        return self.rows if self.index is None else self.rows[self.index]


class Relation(msgspec.Struct, frozen=True, eq=False):
    """A bound foreign key: whose rows are parents, and which parent each child row has."""

    parent: BoundTable
    draw: Callable[[Batch], ParentRows]
    ordinal: Callable[[Batch], Indices] | None = None


class BoundTable:
    """A table whose every cell can be made: its columns and its relations by name."""

    def __init__(self, name: str, rows: int) -> None:
        """Begin a table of that many rows; `bind` fills in the columns and relations."""
        self.name = name
        self.rows = rows
        self.columns: dict[str, BoundColumn] = {}
        self.relations: dict[str, Relation] = {}

    @cached_property
    def whole(self) -> Batch:
        """All rows as one batch that is kept; only for tables of at most BATCH_ROWS rows."""
        return Batch(self, np.arange(self.rows))


class Batch:
    """The rows `rows`, any array of row indices, of a table; what was made is remembered."""

    def __init__(self, table: BoundTable, rows: Indices) -> None:
        """Stand for these rows; nothing is made yet."""
        self.table = table
        self.rows = rows
        self._columns: dict[str, Values] = {}
        self._nulls: dict[str, NDArray[np.bool_] | None] = {}
        self._parents: dict[str, Batch] = {}
        self._drawn: dict[str, ParentRows] = {}
        self._shared: dict[object, Any] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    @cached_property
    def _weyl(self) -> Words:
        """The part of a word's computation that all streams share."""
        return self.rows.astype(np.uint64) * GOLDEN

    def words(self, key: int) -> Words:
        """Return the words of a stream at these rows; the caller may change the array."""
        return finalise(self._weyl + np.uint64(key))

    def column(self, name: str) -> Values:
        """Return the column's values, whether they are shown or null."""
        values = self._columns.get(name)
        if values is None:
            values = self._columns[name] = self.table.columns[name].make(self)
        return values

    def shared(self, key: object, make: Callable[[Batch], T]) -> T:
        """Return what `make` makes of this batch, made once for all columns that ask by `key`."""
        if key not in self._shared:
            self._shared[key] = make(self)
        made: T = self._shared[key]
        return made

    def null(self, name: str) -> NDArray[np.bool_] | None:
        """Return where the column is null; None when it never is."""
        if name not in self._nulls:
            null = self.table.columns[name].null
            self._nulls[name] = None if null is None else null(self)
        return self._nulls[name]

    def parent_rows(self, relation: str) -> ParentRows:
        """Return which row of the parent table each row refers to."""
        drawn = self._drawn.get(relation)
        if drawn is None:
            drawn = self._drawn[relation] = self.table.relations[relation].draw(self)
        return drawn

    def ordinal(self, relation: str) -> Indices:
        """Return each row's number, from 0, among the children of its parent."""
        ordinal = self.table.relations[relation].ordinal
        assert ordinal is not None, "the planner admits only grouped relations here"
        return ordinal(self)

    def parent(self, relation: str) -> Batch:
        """Return the parent rows, one for each row of this batch, as a batch."""
        parent = self._parents.get(relation)
        if parent is None:
            table, drawn = self.table.relations[relation].parent, self.parent_rows(relation)
            parent = table.whole if drawn.whole else Batch(table, drawn.rows)
            if drawn.index is not None:
                parent = _Spread(parent, drawn.index)
            self._parents[relation] = parent
        return parent


class _Spread(Batch):
    """Rows of another batch, each as often as needed: what it makes is made once, then taken."""

    def __init__(self, source: Batch, index: Indices) -> None:
        """Stand for `source`'s rows at `index`."""
        super().__init__(source.table, source.rows[index])
        self._source = source
        self._index = index

    def column(self, name: str) -> Values:
        """See Batch."""
        values = self._columns.get(name)
        if values is None:
            values = self._columns[name] = self._source.column(name).take(self._index)
        return values

    def null(self, name: str) -> NDArray[np.bool_] | None:
        """See Batch."""
        null = self._source.null(name)
        return None if null is None else null[self._index]

    def parent_rows(self, relation: str) -> ParentRows:
        """See Batch."""
        return ParentRows(self._source.parent_rows(relation).each[self._index])

    def ordinal(self, relation: str) -> Indices:
        """See Batch."""
        return self._source.ordinal(relation)[self._index]

    def parent(self, relation: str) -> Batch:
        """See Batch."""
        parent = self._parents.get(relation)
        if parent is None:
            source = self._source.parent(relation)
            parent = self._parents[relation] = _Spread(source, self._index)
        return parent
