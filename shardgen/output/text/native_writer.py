"""
Fields of rows → text with the compiled module, where there is one.

It is made when shardgen is installed, if there is a C compiler; without it, or with
SHARDGEN_NATIVE=0 in the environment, `record.py` makes the same bytes, and a run takes 1.6 times as
long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.output.text.kinds import (
    BigEndian,
    BinaryField,
    Branch,
    ColumnFields,
    ConstantText,
    Field,
    Lookup,
    Number,
    Numeric,
    RowEndings,
    Sized,
    Timestamp,
)
from shardgen.tables.batch import BATCH_ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTERFACE = 2  # what `assemble` takes; the module says for which it was compiled
LITERAL, LOOKUP, NUMBER, TIMESTAMP, SKIP, BIG_ENDIAN, NUMERIC, OPEN_SIZE, CLOSE_SIZE = range(9)
"""
What `assemble` does for a row, step by step, as tuples:

    LITERAL, text
    LOOKUP, indices, width, entries, lengths
    NUMBER, units, width, whether one may be below zero, scale, digits, text after it
    TIMESTAMP, seconds, width, day of the first entry, entries, lengths, text after it
    SKIP, conditions, width, text where one holds, how many steps it stands for
    BIG_ENDIAN, values, width, how many bytes of each, the highest first, text before them
    NUMERIC, units, width, scale: a number of PostgreSQL's, after its size
    OPEN_SIZE and CLOSE_SIZE: the size of what is between them stands before it, in four bytes

The arrays have a value of `width` bytes for each row. Entries are rows of a byte matrix, as wide as
whole chunks of 16 bytes, and `lengths` says how much of each is text.
"""


def load() -> Any:
    """Return the compiled module; None where there is none, or one for other arguments."""
    if os.environ.get("SHARDGEN_NATIVE") == "0":
        return None
    try:
        from shardgen.output.text import _native
    except ImportError:
        return None
    return _native if getattr(_native, "INTERFACE", None) == INTERFACE else None


compiled = load()
"""The compiled module; None where there is none."""


class NativeWriter:
    """Writes batches of a table of at most `most_rows` rows, each over the one before."""

    most_rows = BATCH_ROWS

    def __init__(self) -> None:
        self._out = bytearray()

    def write(
        self, columns: list[ColumnFields], rows: int, ends: RowEndings
    ) -> Iterator[memoryview]:
        """Yield the text of that many rows."""
        steps = tuple(step for column in columns for step in _column_steps(column))
        at = ends.statements
        first, step = (at.start, at.step) if at else (-1, 0)
        self._out, size = compiled.assemble(
            self._out, steps, rows, ends.next_row, ends.next_statement, first, step, ends.is_last
        )
        with memoryview(self._out)[:size] as text:  # who keeps it finds it released, not changed
            yield text


def _column_steps(column: ColumnFields) -> list[tuple[Any, ...]]:
    steps = [step for field in column.fields for step in _steps(field)]
    if column.null is None:
        return steps
    return [(SKIP, *_array(column.null), column.literal, len(steps)), *steps]


def _steps(field: Field) -> list[tuple[Any, ...]]:
    """Return what `assemble` does for a field, as tuples."""
    match field:
        case ConstantText():
            return [(LITERAL, field.text)]
        case Lookup():
            return [(LOOKUP, *_array(field.index), field.table.padded, field.table.lengths)]
        case Number():
            facts = (field.low < 0, field.scale, field.digits, field.after)
            return [(NUMBER, *_array(field.units), *facts)]
        case Timestamp():
            dates = (field.low, field.dates.padded, field.dates.lengths)
            return [(TIMESTAMP, *_array(field.seconds), *dates, field.after)]
        case Branch():
            steps = [step for each in field.fields for step in _steps(each)]
            return [(SKIP, *_array(~field.shown), b"", len(steps)), *steps]
        case BigEndian() | Numeric() | Sized():
            return _binary_steps(field)


def _binary_steps(field: BinaryField) -> list[tuple[Any, ...]]:
    match field:
        case BigEndian():
            return [(BIG_ENDIAN, *_array(field.values), field.size, field.before)]
        case Numeric():
            return [(NUMERIC, *_array(field.units), field.scale)]
        case Sized():
            steps = [step for each in field.fields for step in _steps(each)]
            return [(OPEN_SIZE,), *steps, (CLOSE_SIZE,)]


def _array(values: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Return the values as one contiguous array, and the bytes of each."""
    return np.ascontiguousarray(values), values.itemsize
