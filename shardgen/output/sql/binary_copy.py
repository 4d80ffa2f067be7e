"""
Rows as PostgreSQL's binary COPY, which it loads in about half the time of text.

Only the compiled writer writes it. A table can also have columns of types that are not written so;
`can_be_binary` says both, and such a table is sent as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.sql.postgres_binary import NULL, BinaryFieldBuilder, has_binary_form
from shardgen.output.text import native_writer as native
from shardgen.output.text.kinds import ColumnFields, ConstantText, RowEndings
from shardgen.output.text.native_writer import NativeWriter
from shardgen.tables.batch import Batch
from shardgen.tables.row_checks import keep_checks

if TYPE_CHECKING:
    from shardgen.output.text.kinds import Buffer
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.tables.batch import BoundTable

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(4) + bytes(4)
"""What a stream begins with: its signature, no flags, and no more of a header."""
TRAILER = b"\xff\xff"
"""What a stream ends with."""
_ENDINGS = RowEndings(b"", b"", range(0), is_last=False)
_INTEGER_BYTES = {"smallint": 2, "integer": 4, "bigint": 8}


def can_be_binary(table: CatalogTable) -> bool:
    """Return whether this installation writes the rows of a table so."""
    kinds = (column.sql_type for column in table.row_columns)
    return native.compiled is not None and all(map(has_binary_form, kinds))


class BinaryCopyRows:
    """
    The rows of one table, without the stream's header and trailer.

    Ranges of any length join to the same bytes.
    """

    def __init__(self, bound: BoundTable, table: CatalogTable) -> None:
        """Prepare for a table that can be binary."""
        assert can_be_binary(table), "another is written as text"
        self._bound = bound
        self._builders = {column.name: _builder(column) for column in table.row_columns}
        fields = len(self._builders).to_bytes(2)
        self._start = ColumnFields([ConstantText(fields)])
        self._writer = NativeWriter()

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """
        Yield rows start … stop-1 as buffers, one for each batch.

        A buffer is to be read before the next is asked for.
        """
        step = self._writer.most_rows
        for first in range(start, stop, step):
            batch = Batch.of_range(self._bound, first, min(first + step, stop))
            keep_checks(batch)
            columns = [self._lowered(batch, name) for name in self._builders]
            yield from self._writer.write([self._start, *columns], len(batch), _ENDINGS)

    def _lowered(self, batch: Batch, name: str) -> ColumnFields:
        fields = self._builders[name].lower(batch.column(name))
        if self._bound.columns[name].null is None:
            return ColumnFields(fields)
        return ColumnFields(fields, batch.null(name), NULL)


def _builder(column: CatalogColumn) -> BinaryFieldBuilder:
    kind = column.sql_type
    size = _INTEGER_BYTES.get(DIALECTS["postgres"].type_name(kind))
    return BinaryFieldBuilder(kind, size)
