"""What a column is made from: other columns that it reads, and draws of its own."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
import numpy as np

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths, Words
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import ColumnValues

Cell = tuple[str, str]
"""A table and a column of it."""
Way = tuple[tuple[str, ...], Cell]
"""A cell that is read, and the foreign keys that lead there; `table.key` to that key's children."""
ColumnFunction = Callable[["Batch"], "ColumnValues"]
"""
The values of a column in a batch, one for each of its rows.

All batches have the same kind of values, with the same bounds.
"""
IndexFunction = Callable[["Batch"], "Indices"]
"""A whole number for each row of a batch: int64, a new array that the caller may change."""
WordsFunction = Callable[["Batch"], "Words"]
"""A word for each row of a batch: uint64, not to be changed."""
NullFunction = Callable[["Batch"], "Truths | None"]
"""Where a column is null in a batch, one truth for each row; None when it is null nowhere."""
T = TypeVar("T")
U = TypeVar("U")


class CorrelationSource(msgspec.Struct, frozen=True, eq=False):
    """
    The words that another column follows, in order of what they stand for.

    `cell` is the table and column that they belong to; None for a number of children, or of rows.
    """

    words: WordsFunction
    cell: Cell | None = None


class ColumnDraw(msgspec.Struct, Generic[T], frozen=True, kw_only=True, eq=False):
    """
    What is drawn for a column: the function that draws, and what follows for the column from it.

    `latent` are words that rise with the column's values, by which another column can follow it,
    `follows` is what the column follows itself. `joins_unique_set` says that the draw is one of
    those by which columns are unique together. `apart` is how far numbers that differ do, at least;
    None where that is not known.
    """

    compute: Callable[[Batch], T]
    latent: WordsFunction | None = None
    follows: CorrelationSource | None = None
    joins_unique_set: bool = False
    apart: Decimal | None = None

    def then(self, compute: Callable[[Batch], U]) -> ColumnDraw[U]:
        """Return the same draw with a function made of this one's in its place."""
        return ColumnDraw(
            compute=compute,
            latent=self.latent,
            follows=self.follows,
            joins_unique_set=self.joins_unique_set,
            apart=self.apart,
        )


class ColumnRead(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A column of the row or of its parent that another is made from, and where it is null."""

    table: CatalogTable
    column: CatalogColumn
    compute: ColumnFunction
    null: NullFunction

    @property
    def cell(self) -> Cell:
        """The names of its table and of itself."""
        return self.table.name, self.column.name

    @property
    def way(self) -> Way:
        """Its cell, and the foreign key that leads there."""
        keys = (self.compute.relation,) if isinstance(self.compute, ParentColumn) else ()
        return keys, self.cell

    @property
    def may_be_null(self) -> bool:
        """Whether some of its cells are null."""
        share = self.column.generator_params.get("null_probability")
        return self.column.may_be_null and share != 0


class OwnColumn(msgspec.Struct, frozen=True, eq=False):
    """The values of another column of the same row."""

    name: str

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return them."""
        return batch.column(self.name)


class OwnNull(msgspec.Struct, frozen=True, eq=False):
    """Where another column of the same row is null."""

    name: str

    def __call__(self, batch: Batch) -> Truths | None:
        """Return the mask; None when the column is never null."""
        return batch.null(self.name)


class ParentColumn(msgspec.Struct, frozen=True, eq=False):
    """The values of a column of each row's parent along a foreign key."""

    relation: str
    name: str

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return them."""
        return batch.parent(self.relation).column(self.name)


class ParentNull(msgspec.Struct, frozen=True, eq=False):
    """Where a column of each row's parent is null."""

    relation: str
    name: str

    def __call__(self, batch: Batch) -> Truths | None:
        """Return the mask; None when the column is never null."""
        return batch.parent(self.relation).null(self.name)


class FullMask(msgspec.Struct, frozen=True, eq=False):
    """A mask of every batch, also where a column is null nowhere."""

    null: NullFunction

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        mask = self.null(batch)
        return np.zeros(len(batch), bool) if mask is None else mask
