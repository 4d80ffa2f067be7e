"""Ranges that an expression puts together, held against what PostgreSQL takes as they are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.tables.batch import Batch, RowCheck
from shardgen.tables.spelled_texts import RANGES, range_rises

if TYPE_CHECKING:
    from shardgen.random.streams import Truths
    from shardgen.schema.catalog_tables import CatalogTable


class FallingRange(msgspec.Struct, frozen=True, eq=False):
    """Where the lower bound of a range is above the upper."""

    column: str
    type_name: str

    def __call__(self, batch: Batch) -> Truths:
        """Return it in a batch; a null is no range."""
        texts = batch.column(self.column).python()
        null = batch.null(self.column)
        falls = np.array([not range_rises(text, self.type_name) for text in texts], np.bool_)
        return falls if null is None else falls & ~null


def range_checks(table: CatalogTable) -> Iterator[RowCheck]:
    """Yield a law for each column of ranges whose bounds are computed one by one."""
    for column in table.columns:
        if column.generator == "expression" and column.sql_type.name in RANGES:
            name = column.sql_type.name
            law = f"the lower bound of a {name} is not above the upper"
            falls = FallingRange(column.name, name)
            yield RowCheck("the order of bounds", law, column.path, (column.name,), falls)
