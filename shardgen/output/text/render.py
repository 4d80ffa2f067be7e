"""
A batch as SQL text, in bytes, without touching a row in Python.

Every column is lowered to fields, and these are written row by row: by the compiled module where
there is one, else by NumPy. Both write the same bytes.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from shardgen.output.text import native_writer as native
from shardgen.output.text.fields import FieldBuilder, LiteralSyntax
from shardgen.output.text.kinds import Buffer, ColumnFields, RowEndings
from shardgen.output.text.native_writer import NativeWriter
from shardgen.output.text.statements import (
    MARKED,
    Cuts,
    MarkedRows,
    StatementCutter,
    group_rows,
    joined_rows,
    most_row_bytes,
)
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.row_checks import keep_checks

if TYPE_CHECKING:
    from shardgen.output.text.numpy_writer import NumpyWriter


WHOLE = range(1)
"""The first row of the only file of a table."""
_MOST_BATCH_BYTES = 8 << 20  # of long rows that are made at once


class StatementText(msgspec.Struct, frozen=True):
    """The text around a table's rows: before the first, between two statements, after the last."""

    start: bytes
    next_statement: bytes
    end: bytes


class RowLayout(msgspec.Struct, frozen=True):
    """
    What stands in a row beside its values, where names of columns do, or notations differ.

    `separators` stand before each column but the first, `next_row` between two rows. `notations`
    has those of the columns that are written in another way than the rest.
    """

    separators: tuple[str, ...]
    next_row: str
    notations: Mapping[str, LiteralSyntax]


class Renderer:
    """
    The rows of one table as text in one notation.

    Statement boundaries go by absolute row number: with R rows a statement, row i opens one when
    i mod R = 0. So ranges of any length join to the same bytes. Where R rows may have more than
    `statement_bytes`, there are more boundaries: `statements.py` has the rule.
    """

    def __init__(  # noqa: PLR0913 -- what a format says of a table, each by itself
        self,
        table: BoundTable,
        notation: LiteralSyntax,
        frame: StatementText,
        rows_per_statement: int | None,
        statement_bytes: int | None = None,
        *,
        file_starts: Container[int] = WHOLE,
        layout: RowLayout | None = None,
    ) -> None:
        """
        Prepare for a table; `rows_per_statement` None means that one statement holds all.

        `statement_bytes` is the most that a statement of several rows has; None is no limit.
        `file_starts` has the first row of each file, which has its own start and end.
        """
        self._table = table
        self._frame = frame
        self._file_starts = file_starts
        self._rows_per_statement = rows_per_statement or table.rows
        self._statement_bytes = statement_bytes
        self._row_bytes: int | None = None
        names = [name for name in table.columns if name not in table.hidden]
        if layout is None:
            separators = (notation.separator,) * (len(names) - 1)
            layout = RowLayout(separators, notation.next_row, {})
        self._next_row = layout.next_row.encode()
        self._separators = dict(zip(names, (*layout.separators, ""), strict=True))
        self._notations = {name: layout.notations.get(name, notation) for name in names}
        self._lowering = {each: FieldBuilder(each) for each in {*self._notations.values()}}
        self._writer = open_writer()

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """
        Yield the text of rows start … stop-1 as buffers, a few for each batch.

        A file's start and end come with its first and last row; the rows are of one file. A buffer
        is to be read before the next is asked for.
        """
        if start in self._file_starts:
            yield self._frame.start
        step = self._writer.most_rows
        for first in range(start, stop, step):
            columns = self._columns(first, last := min(first + step, stop))
            if self._may_be_too_long(columns):
                yield from self._render_cut(start, stop)
                break
            yield from self._writer.write(columns, last - first, self._ends(first, last))
        if self._is_end(stop):
            yield self._frame.end

    def _is_end(self, stop: int) -> bool:
        """Return whether the last of the rows before `stop` is the last one of its file."""
        return stop == self._table.rows or stop in self._file_starts

    def _columns(self, start: int, stop: int) -> list[ColumnFields]:
        batch = Batch.of_range(self._table, start, stop)
        keep_checks(batch)
        return [self._lowered(batch, name, after) for name, after in self._separators.items()]

    def _may_be_too_long(self, columns: list[ColumnFields]) -> bool:
        """Return whether as many rows as a statement may have can have too many bytes."""
        if self._statement_bytes is None:
            return False
        if self._row_bytes is None:  # bounds hold in all batches, so one says it for all
            self._row_bytes = most_row_bytes(columns) + len(self._next_row)
        rows = min(self._rows_per_statement, self._table.rows)
        size = len(self._frame.next_statement) + rows * self._row_bytes
        return size > self._statement_bytes

    def _render_cut(self, start: int, stop: int) -> Iterator[Buffer]:
        """
        Yield rows start … stop-1 and what follows them, with statements cut by their bytes.

        What follows the last row depends on the size of the next one, which is made too.
        """
        cuts = self._cuts()
        cutter, ends = StatementCutter(cuts), (self._next_row, self._frame.next_statement)
        end = min(stop + 1, self._table.rows)
        step = self._rows_at_once()
        for first in range(cuts.first_row(start), end, step):
            last = min(first + step, end)
            written = self._writer.write(self._columns(first, last), last - first, MARKED)
            rows = MarkedRows(b"".join(map(bytes, written)))
            openings = cutter.openings(first, rows.sizes)
            parts = joined_rows(
                rows, range(max(start, first) - first, min(stop, last) - first), openings, ends
            )
            if first <= start < last:
                next(parts)  # what stands before a row belongs to the row before
            yield from parts
            if stop in range(first, last):
                yield ends[stop - first in openings]

    def _lowered(self, batch: Batch, name: str, after: str) -> ColumnFields:
        notation = self._notations[name]
        fields = self._lowering[notation].lower(batch.column(name), after)
        if self._table.columns[name].null is None:
            return ColumnFields(fields)
        return ColumnFields(fields, batch.null(name), (notation.null + after).encode())

    def _cuts(self) -> Cuts:
        assert self._statement_bytes is not None, "else no statement is too long"
        size, columns = self._statement_bytes, len(self._separators)
        return Cuts(
            size,
            group_rows(self._rows_per_statement, size, columns),
            len(self._frame.start) + len(self._frame.end),
            len(self._next_row),
        )

    def _rows_at_once(self) -> int:
        """Return the rows of a batch: fewer where they are long, so that it stays small."""
        most = _MOST_BATCH_BYTES // max(self._row_bytes or 1, 1)
        return max(1, min(self._writer.most_rows, most))

    def _ends(self, start: int, stop: int) -> RowEndings:
        """Return what follows the rows; the end of the table's last row is the frame's."""
        size, rows = self._rows_per_statement, self._table.rows
        first = -(-(start + 1) // size) * size - 1
        statements = range(first - start, min(stop, rows - 1) - start, size)
        is_last = self._is_end(stop)
        return RowEndings(self._next_row, self._frame.next_statement, statements, is_last)


def open_writer() -> NativeWriter | NumpyWriter:
    """Return the writer that this installation has; the other one is not imported."""
    if native.compiled is not None:
        return NativeWriter()
    from shardgen.output.text.numpy_writer import NumpyWriter

    return NumpyWriter()
