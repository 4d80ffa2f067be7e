"""Rows of a table as Parquet: each shard a file of one row group, to be joined."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shardgen.output.arrow.batches import RecordBatches
from shardgen.output.arrow.pick_statistics import PickStatistics, with_statistics
from shardgen.output.text.kinds import Buffer
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BATCH_ROWS, BoundTable

_ZSTD_LEVEL = 1
_DIGITS_OF_64_BITS = 18
_TRIED = BATCH_ROWS  # rows: the first of a table that has twice as many
_IN_RUNS = 0.8  # of the bytes of their differences, at most, where numbers are left as they are
_WORTH_IT = 0.97  # of the bytes, at most, where a column is to be compressed


class ParquetRows:
    """Makes shards of a table."""

    def __init__(self, bound: BoundTable, table: CatalogTable, compression: str) -> None:
        """Prepare for a table; `compression` is that of pages."""
        self._rows = RecordBatches(bound, table)
        self._count = bound.rows
        self._compression = compression
        kinds = enumerate(self._rows.schema.types)
        self._picks = {n: PickStatistics() for n, kind in kinds if pa.types.is_dictionary(kind)}

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """Yield one file with rows start … stop-1 as a row group; none for no rows."""
        rows = self._table(start, stop)
        file = _written(rows, self._options)
        found = {n: each.of(rows.column(n)) for n, each in self._picks.items() if stop > start}
        yield with_statistics(memoryview(file), found)

    def _table(self, start: int, stop: int) -> Any:
        return pa.Table.from_batches(self._rows.batches(start, stop), self._rows.schema)

    @cached_property
    def _options(self) -> dict[str, Any]:
        """
        How all shards of the table are written.

        Dictionaries pay for picks alone. Whole numbers, dates and times are written by their
        differences, which every reader knows: that is quicker and smaller than to compress them as
        they are, but for some in runs. Which these are, and what zstd makes no smaller and so
        leaves as it is, the first rows of the table say.
        """
        numbers = [_leaf(field) for field in self._rows.schema if _is_whole(field.type)]
        if self._compression == "none" or self._count < 2 * _TRIED:
            return self._written_by(numbers, {})
        rows = self._table(0, _TRIED)
        differences = _sizes(_written(rows, self._written_by(numbers, {})))
        plain = _sizes(_written(rows, self._written_by([], {})))
        numbers = [path for path in numbers if plain[path][0] > differences[path][0] * _IN_RUNS]
        sizes = plain | {path: differences[path] for path in numbers}
        left = [path for path, (less, whole) in sizes.items() if less > whole * _WORTH_IT]
        return self._written_by(numbers, dict.fromkeys(left, "none"))

    def _written_by(self, numbers: list[str], other: dict[str, str]) -> dict[str, Any]:
        """
        Return how to write columns of `numbers` by their differences.

        `other` has the columns that are compressed otherwise than the rest.
        """
        schema = self._rows.schema
        picks = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        leaves = [*map(_leaf, schema)]
        ways = {path: other.get(path, self._compression) for path in leaves}
        level = _ZSTD_LEVEL if self._compression == "zstd" else None
        levels = {path: level for path, way in ways.items() if way == "zstd"}
        return {
            "compression": ways if other else self._compression,
            "compression_level": (levels or None) if other else level,
            "use_dictionary": picks or False,
            "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED") or None,
            "write_statistics": [path for path in leaves if path not in picks],
            "store_decimal_as_integer": True,
        }


def _written(rows: Any, options: dict[str, Any]) -> Any:
    """Return a file of one row group, of none for no rows."""
    out = pa.BufferOutputStream()
    with pq.ParquetWriter(out, rows.schema, **options) as writer:
        if len(rows):
            writer.write_table(rows, row_group_size=len(rows))
    return out.getvalue()


def _sizes(file: Any) -> dict[str, tuple[int, int]]:
    """Return the bytes of each column of a file's row group, compressed and not, by its path."""
    group = pq.read_metadata(pa.BufferReader(file)).row_group(0)
    columns = map(group.column, range(group.num_columns))
    return {c.path_in_schema: (c.total_compressed_size, c.total_uncompressed_size) for c in columns}


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
