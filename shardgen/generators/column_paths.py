"""Paths: `funded_date` is a column of the same row, `order.created_at` one of the parent's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.context import ColumnContext, ColumnFunction
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from shardgen.tables.batch import Batch
    from shardgen.tables.values import Values


class ResolvedColumn(msgspec.Struct, frozen=True, eq=False):
    """The column that a path leads to: its values for each row, and where they are null."""

    table: CatalogTable
    column: CatalogColumn
    make: ColumnFunction
    mask: Callable[[Batch], NDArray[np.bool_] | None]

    def null(self, batch: Batch) -> NDArray[np.bool_]:
        """Return where the column is null for the rows of a batch."""
        mask = self.mask(batch)
        return np.zeros(len(batch), bool) if mask is None else mask

    @property
    def may_be_null(self) -> bool:
        """Whether some of its cells are null."""
        share = self.column.generator_params.get("null_probability")
        return self.column.nullable and not self.column.primary_key and share != 0


class WithNulls:
    """A maker that says itself where its column is null."""

    def __init__(self, make: ColumnFunction, null: Callable[[Batch], NDArray[np.bool_]]) -> None:
        """Make what `make` does, and be null where `null` says so."""
        self._make = make
        self.null = null

    def __call__(self, batch: Batch) -> Values:
        """See ColumnFunction."""
        return self._make(batch)


def resolve_path(context: ColumnContext, path: str, *families: str) -> ResolvedColumn:
    """
    Return the column at a path, one of the row or `relation.column` of its parent.

    BindError when there is none, or it is of none of these families of types.
    """
    names = [column.name for column in context.table.columns]
    word, dot, name = path.partition(".")
    if path in names or not dot:
        make = context.reads_column(path, *families)
        return ResolvedColumn(
            context.table, context.table.column(path), make, lambda batch: batch.null(path)
        )
    relation = context.relation_called(word)
    make = context.reads_parent(relation.name, name, *families)
    parent = context.catalog.table(relation.table)
    return ResolvedColumn(
        parent,
        parent.column(name),
        make,
        lambda batch: batch.parent(relation.name).null(name),
    )
