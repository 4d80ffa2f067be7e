"""The rows of one table as Arrow record batches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa

from shardgen.output.arrow.arrays import ColumnArrays
from shardgen.output.arrow.types import arrow_type
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable


class RecordBatches:
    """Makes record batches of a table, all of one schema."""

    def __init__(self, bound: BoundTable, table: CatalogTable) -> None:
        """Prepare for the columns of a table as it is written."""
        self._bound = bound
        self._table = table
        self._columns = {column.name: ColumnArrays(column.sql_type) for column in table.row_columns}

    @cached_property
    def schema(self) -> Any:
        """The schema of all batches, which one row shows."""
        batch = Batch.of_range(self._bound, 0, 1)
        fields = [
            pa.field(c.name, arrow_type(c.sql_type, batch.column(c.name)), nullable=c.nullable)
            for c in self._table.row_columns
        ]
        return pa.schema(fields)

    def batches(self, start: int, stop: int, step: int = BATCH_ROWS) -> Iterator[Any]:
        """Yield rows start … stop-1, at most `step` at a time."""
        for first in range(start, stop, step):
            yield self._record_batch(Batch.of_range(self._bound, first, min(first + step, stop)))

    def _record_batch(self, batch: Batch) -> Any:
        arrays = [
            column.array(batch.column(name), len(batch), batch.null(name))
            for name, column in self._columns.items()
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)
