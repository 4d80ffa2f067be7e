"""
A batch as SQL text, in bytes, without touching a row in Python.

Every column is lowered to look-ups in tables of ready bytes. The rows of a batch are laid out in a
*record*, a byte matrix in which each look-up has its fixed place; what a value does not fill stays
NUL, and one pass of `bytearray.translate` squeezes the NULs out. NUL cannot stand in SQL text.

Look-ups are written from left to right in stores of 4, 8 or 16 bytes, which NumPy copies fastest;
a store may run over into the place of the next look-up, which is written after it. The last place
in the record, the end of the row, is always four bytes, and no store runs over its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.batch import BATCH_ROWS, Batch, BoundTable
from shardgen.lowering import Lookup, LookupTable, Lowering, Notation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BOUNDARY = b"\xff"  # never occurs in UTF-8: stands for the end of a statement until it is written
_MOST_CUTS = 64  # of a batch's text at the ends of statements; with more, copying is quicker
_END = 4  # bytes of the row end

Buffer = bytes | bytearray | memoryview
"""A piece of text."""


class Frame(msgspec.Struct, frozen=True):
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
        self, table: BoundTable, notation: Notation, frame: Frame, rows_per_statement: int | None
    ) -> None:
        """Prepare for a table; `rows_per_statement` None means that one statement holds all."""
        self._table = table
        self._frame = frame
        self._rows_per_statement = rows_per_statement or table.rows
        self._next_row = notation.next_row.encode().ljust(_END, b"\0")
        self._lowering = Lowering(notation)
        separators = [notation.separator] * (len(table.columns) - 1) + [""]
        self._separators = dict(zip(table.columns, separators, strict=True))
        self._nulls = [
            (notation.null + separator).encode() if table.columns[name].null else b""
            for name, separator in self._separators.items()
        ]
        self._record: _Record | None = None

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """
        Yield the text of rows start … stop-1 in pieces, a few for each batch.

        The table's start and end come with its first and last row.
        """
        if start == 0:
            yield self._frame.start
        for first in range(start, stop, BATCH_ROWS):
            yield from self._render_batch(first, min(first + BATCH_ROWS, stop))
        if stop == self._table.rows:
            yield self._frame.end

    def _render_batch(self, start: int, stop: int) -> Iterator[Buffer]:
        batch = Batch.of_range(self._table, start, stop)
        lowered = [
            self._lowering.lower(batch.column(name), separator)
            for name, separator in self._separators.items()
        ]
        shape = [[lookup.table.width for lookup in lookups] for lookups in lowered]
        if self._record is None or self._record.shape != shape:
            self._record = _Record(shape, [len(null) for null in self._nulls])
        record = self._record
        record.write(lowered)
        for n, (name, literal) in enumerate(zip(self._separators, self._nulls, strict=True)):
            null = batch.null(name) if literal else None
            if null is not None:
                record.write_null(n, null, literal)
        boundaries = self._boundaries(start, stop)
        record.end_rows(stop - start, self._next_row, boundaries, last=stop == self._table.rows)
        return self._end_statements(record.squeeze(stop - start), len(boundaries))

    def _end_statements(self, text: bytearray, boundaries: int) -> Iterator[Buffer]:
        """Put the text between two statements where one ends; without a copy where few do."""
        between = self._frame.next_statement
        if boundaries > _MOST_CUTS:
            yield text.replace(BOUNDARY, between)
            return
        view, start = memoryview(text), 0
        for _ in range(boundaries):
            end = text.index(BOUNDARY, start)
            yield view[start:end]
            yield between
            start = end + len(BOUNDARY)
        yield view[start:]

    def _boundaries(self, start: int, stop: int) -> range:
        """Return the positions in the batch of rows that end a statement before the table's end."""
        size = self._rows_per_statement
        first = -(-(start + 1) // size) * size - 1
        return range(first - start, min(stop, self._table.rows - 1) - start, size)


class _Record:
    """The byte matrix that a batch is written into, with a place for every look-up of a row."""

    def __init__(self, shape: list[list[int]], least: list[int]) -> None:
        """Lay out columns of look-ups with these widths, each column at least that wide."""
        self.shape = shape
        widths = [max(sum(each), most) for each, most in zip(shape, least, strict=True)]
        self._starts = np.cumsum([0, *widths]).tolist()
        self._end = self._starts[-1]
        self._stride = self._end + _END
        self._bytes = bytearray(self._stride * BATCH_ROWS)
        self._rows = self._view(self._end, f"V{_END}")
        self._cuts: dict[tuple[int, int], list[tuple[NDArray[Any], NDArray[Any]]]] = {}
        self._tables: dict[tuple[int, int], LookupTable] = {}
        self._columns = [
            self._view(start, f"V{width}")
            for start, width in zip(self._starts, widths, strict=False)
        ]

    def _view(self, offset: int, dtype: str) -> NDArray[Any]:
        return np.ndarray((BATCH_ROWS,), dtype, self._bytes, offset, (self._stride,))

    def write(self, columns: list[list[Lookup]]) -> None:
        """Write all look-ups, from left to right."""
        for n, lookups in enumerate(columns):
            offset = self._starts[n]
            for m, lookup in enumerate(lookups):
                for view, entries in self._stores(n, m, offset, lookup.table):
                    rows = len(lookup.index)
                    view[:rows] = entries.take(lookup.index, mode="clip")
                offset += lookup.table.width
            self._clear_rest(n, offset)

    def _clear_rest(self, n: int, offset: int) -> None:
        """Blank what a store ran over into, where a column is wider than its look-ups."""
        rest = self._starts[n + 1] - offset
        if rest:
            self._view(offset, f"V{rest}")[:] = np.void(bytes(rest))

    def _stores(
        self, n: int, m: int, offset: int, table: LookupTable
    ) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        if self._tables.get((n, m)) is not table:
            self._tables[n, m] = table
            slack = self._stride - offset - table.width
            self._cuts[n, m] = [
                (self._view(offset + at, entries.dtype.str), entries)
                for at, entries in table.stores(slack)
            ]
        return self._cuts[n, m]

    def write_null(self, n: int, null: NDArray[np.bool_], literal: bytes) -> None:
        """Write the null literal, and nothing else, over column n where it is null."""
        column = self._columns[n]
        column[np.flatnonzero(null)] = np.void(literal.ljust(column.itemsize, b"\0"))

    def end_rows(self, rows: int, next_row: bytes, boundaries: range, *, last: bool) -> None:
        """Write what follows each row; the table's last row is followed by nothing."""
        self._rows[:rows] = np.void(next_row)
        if len(boundaries):
            marker = np.void(BOUNDARY.ljust(_END, b"\0"))
            self._rows[boundaries.start : boundaries.stop : boundaries.step] = marker
        if last:
            self._rows[rows - 1] = np.void(bytes(_END))

    def squeeze(self, rows: int) -> bytearray:
        """Return the first `rows` rows without the NULs."""
        if rows == BATCH_ROWS:
            return self._bytes.translate(None, b"\0")
        return self._bytes[: rows * self._stride].translate(None, b"\0")
