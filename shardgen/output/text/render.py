"""
A batch as SQL text, in bytes, without touching a row in Python.

Every column is lowered to fields, and these are written row by row: by the compiled module where
there is one, else by NumPy. Both write the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from shardgen.output.text import native_writer as native
from shardgen.output.text.fields import (
    Buffer,
    ColumnFields,
    FieldBuilder,
    LiteralSyntax,
    RowEndings,
)
from shardgen.output.text.native_writer import NativeWriter
from shardgen.tables.batch import Batch, BoundTable

if TYPE_CHECKING:
    from shardgen.output.text.numpy_writer import NumpyWriter


class StatementText(msgspec.Struct, frozen=True):
    """The text around a table's rows: before the first, between two statements, after the last."""

    start: bytes
    next_statement: bytes
    end: bytes


class Renderer:
    """
    The rows of one table as text in one notation.

    Statement boundaries go by absolute row number: with R rows a statement, row i opens one when
    i mod R = 0. So ranges of any length join to the same bytes.
    """

    def __init__(
        self,
        table: BoundTable,
        notation: LiteralSyntax,
        frame: StatementText,
        rows_per_statement: int | None,
    ) -> None:
        """Prepare for a table; `rows_per_statement` None means that one statement holds all."""
        self._table = table
        self._frame = frame
        self._rows_per_statement = rows_per_statement or table.rows
        self._next_row = notation.next_row.encode()
        self._null = notation.null
        self._lowering = FieldBuilder(notation)
        separators = [notation.separator] * (len(table.columns) - 1) + [""]
        self._separators = dict(zip(table.columns, separators, strict=True))
        self._writer = _open_writer()

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """
        Yield the text of rows start … stop-1 as buffers, a few for each batch.

        The table's start and end come with its first and last row. A buffer is to be read before
        the next is asked for.
        """
        if start == 0:
            yield self._frame.start
        step = self._writer.most_rows
        for first in range(start, stop, step):
            yield from self._render_batch(first, min(first + step, stop))
        if stop == self._table.rows:
            yield self._frame.end

    def _render_batch(self, start: int, stop: int) -> Iterator[Buffer]:
        batch = Batch.of_range(self._table, start, stop)
        columns = [self._lowered(batch, name, after) for name, after in self._separators.items()]
        return self._writer.write(columns, stop - start, self._ends(start, stop))

    def _lowered(self, batch: Batch, name: str, after: str) -> ColumnFields:
        fields = self._lowering.lower(batch.column(name), after)
        if self._table.columns[name].null is None:
            return ColumnFields(fields)
        return ColumnFields(fields, batch.null(name), (self._null + after).encode())

    def _ends(self, start: int, stop: int) -> RowEndings:
        """Return what follows the rows; the end of the table's last row is the frame's."""
        size, rows = self._rows_per_statement, self._table.rows
        first = -(-(start + 1) // size) * size - 1
        statements = range(first - start, min(stop, rows - 1) - start, size)
        return RowEndings(self._next_row, self._frame.next_statement, statements, stop == rows)


def _open_writer() -> NativeWriter | NumpyWriter:
    """Return the writer that this installation has; the other one is not imported."""
    if native.compiled is not None:
        return NativeWriter()
    from shardgen.output.text.numpy_writer import NumpyWriter

    return NumpyWriter()
