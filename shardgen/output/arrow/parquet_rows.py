"""Rows of a table as Parquet: each shard a file of one row group, to be joined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shardgen.output.arrow.batches import RecordBatches
from shardgen.output.arrow.pick_statistics import PickStatistics, with_statistics
from shardgen.output.text.kinds import Buffer
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BoundTable

_ZSTD_LEVEL = 1
_DIGITS_OF_64_BITS = 18


class ParquetRows:
    """Makes shards of a table."""

    def __init__(self, bound: BoundTable, table: CatalogTable, compression: str) -> None:
        """Prepare for a table; `compression` is that of pages."""
        self._rows = RecordBatches(bound, table)
        self._compression = compression
        kinds = enumerate(self._rows.schema.types)
        self._picks = {n: PickStatistics() for n, kind in kinds if pa.types.is_dictionary(kind)}

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """Yield one file with rows start … stop-1 as a row group; none for no rows."""
        rows = pa.Table.from_batches(self._rows.batches(start, stop), self._rows.schema)
        out = pa.BufferOutputStream()
        with pq.ParquetWriter(out, rows.schema, **self._options(rows.schema)) as writer:
            if stop > start:
                writer.write_table(rows, row_group_size=stop - start)
        found = {n: each.of(rows.column(n)) for n, each in self._picks.items() if stop > start}
        yield with_statistics(memoryview(out.getvalue()), found)

    def _options(self, schema: Any) -> dict[str, Any]:
        """
        Return how to write: dictionaries pay for picks alone.

        Whole numbers, dates and times are written by their differences, which every reader knows:
        that is quicker and smaller than to compress them as they are.
        """
        picks = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        numbers = [field.name for field in schema if _is_whole(field.type)]
        is_zstd = self._compression == "zstd"
        return {
            "compression": self._compression,
            "compression_level": _ZSTD_LEVEL if is_zstd else None,
            "use_dictionary": picks or False,
            "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED") or None,
            "write_statistics": [_leaf(field) for field in schema if field.name not in picks],
            "store_decimal_as_integer": True,
        }


def _leaf(field: Any) -> str:
    """Return the path of a column's values, which lie deeper where it has lists."""
    path, kind = str(field.name), field.type
    while pa.types.is_list(kind):
        path, kind = f"{path}.list.element", kind.value_type
    return path


def _is_whole(kind: Any) -> bool:
    """Return whether Parquet stores values of this type as whole numbers of 32 or 64 bits."""
    of = pa.types
    if of.is_decimal128(kind):
        return bool(kind.precision <= _DIGITS_OF_64_BITS)
    return bool(
        of.is_integer(kind) or of.is_date(kind) or of.is_time(kind) or of.is_timestamp(kind)
    )
