"""
Where a statement ends that would have too many bytes.

Of the rows that one statement may have, a *group*, the first statement takes as many as fit, the
next one as many as fit of the rest, and so on. So where a statement ends depends on the rows of
its group before it, and a range within a group is made from the group's first row on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.output.text.kinds import (
    Branch,
    ColumnFields,
    ConstantText,
    Field,
    Lookup,
    Number,
    RowEndings,
    Timestamp,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROW_END = b"\xff"  # never occurs in UTF-8: stands for what follows a row until that is known
MARKED = RowEndings(ROW_END, ROW_END, range(0), is_last=False)
_NUMBER = 21  # bytes of 64 bits with a sign and a point
_TIME = 8


class Cuts(msgspec.Struct, frozen=True):
    """
    How a table's rows are cut: statements of at most `most_bytes`, rows in groups of `group_rows`.

    `around` is the bytes of a statement without its rows, `between` those between two rows. A row
    that is longer than all has a statement of its own.
    """

    most_bytes: int
    group_rows: int
    around: int
    between: int

    def first_row(self, row: int) -> int:
        """Return the first row of the group that the row is in."""
        return row - row % self.group_rows


def group_rows(rows_per_statement: int, most_bytes: int, columns: int) -> int:
    """
    Return the rows that one statement may have, whatever they are.

    A row has two bytes for each column at least; so with more rows a statement is always too long.
    """
    return min(rows_per_statement, most_bytes // (2 * columns) + 1)


class StatementCutter:
    """Finds the rows that open a statement, of all rows from the first of a group on."""

    def __init__(self, cuts: Cuts) -> None:
        """Begin with the first row of a group."""
        self._cuts = cuts
        self._bytes = 0  # of the open statement

    def openings(self, first: int, sizes: NDArray[np.int64]) -> list[int]:
        """
        Return which of the next rows open a statement, as positions in `sizes`.

        `first` is the table's row that `sizes` begins with; it has the bytes of each row.
        """
        cuts = self._cuts
        ends = np.cumsum(sizes + cuts.between)
        room = cuts.most_bytes - cuts.around + cuts.between
        found: list[int] = []
        row, rows = 0, len(sizes)
        before = -self._bytes  # what of `ends` is in statements that are closed
        while row < rows:
            in_group = (first + row) % cuts.group_rows
            past = int(ends[row - 1]) if row else 0
            if in_group == 0 or int(ends[row]) - before > room:
                found.append(row)
                before = past
            left = min(rows, row + cuts.group_rows - in_group)
            fits = int(np.searchsorted(ends, before + room, "right"))
            row = max(row + 1, min(left, fits))
        self._bytes = int(ends[-1]) - before
        return found


def most_row_bytes(columns: list[ColumnFields]) -> int:
    """Return the most bytes that a row of these fields can have, in any batch of its table."""
    return sum(max(sum(map(_most_bytes, column.fields)), len(column.literal)) for column in columns)


def _most_bytes(field: Field) -> int:
    match field:
        case ConstantText():
            return len(field.text)
        case Lookup():
            return int(field.table.width)
        case Number():
            return max(_NUMBER, field.digits + 2) + len(field.after)
        case Timestamp():
            return int(field.dates.width) + _TIME + len(field.after)
        case Branch():
            return sum(map(_most_bytes, field.fields))
    raise TypeError(field)  # binary fields are in no statement


class MarkedRows:
    """The text of a batch with `ROW_END` after each row, and where its rows are."""

    def __init__(self, text: bytes) -> None:
        """Find the rows of a text."""
        self._text = text
        ends: NDArray[Any] = np.flatnonzero(np.frombuffer(text, np.uint8) == ROW_END[0])
        starts = np.concatenate(([0], ends[:-1] + len(ROW_END)))
        self._starts, self._ends = starts.tolist(), ends.tolist()
        self.sizes: NDArray[np.int64] = ends - starts
        """The bytes of each row."""

    def joined(self, start: int, stop: int, between: bytes) -> bytes:
        """Return rows start … stop-1, at least one, with a text between them."""
        return self._text[self._starts[start] : self._ends[stop - 1]].replace(ROW_END, between)


def joined_rows(
    rows: MarkedRows, wanted: range, openings: list[int], ends: tuple[bytes, bytes]
) -> Iterator[bytes]:
    """
    Yield the rows at these positions, those of a statement at once, each after what is before it.

    `ends` has what stands between two rows of a statement, and between two statements.
    """
    next_row, next_statement = ends
    opens = {row for row in openings if row in wanted}
    bounds = sorted({wanted.start, wanted.stop, *opens}) if wanted else []
    for start, stop in itertools.pairwise(bounds):
        yield next_statement if start in opens else next_row
        yield rows.joined(start, stop, next_row)
