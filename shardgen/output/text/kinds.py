"""The kinds of fields that a row's text is made of, and what a writer is given of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.output.text.lookup_table import LookupTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices

Buffer = bytes | bytearray | memoryview
"""A piece of text."""


class ConstantText(msgspec.Struct, frozen=True):
    """The same text in every row."""

    text: bytes


class Lookup(msgspec.Struct, frozen=True, eq=False):
    """Bytes for each row: `table[index]`."""

    table: LookupTable
    index: NDArray[np.integer[Any]]


class Number(msgspec.Struct, frozen=True, eq=False):
    """
    A number for each row, in units of 10^-scale within low … high, then the text `after`.

    It has at least `digits` digits, more than `scale`.
    """

    units: Indices
    low: int
    high: int
    scale: int
    digits: int
    after: bytes


class Timestamp(msgspec.Struct, frozen=True, eq=False):
    """
    A day and a time of day for each row, seconds since 1970-01-01, then the text `after`.

    The day is looked up in `dates`, whose first entry is day `low`; the time is HH:MM:SS.
    """

    seconds: Indices
    low: int
    dates: LookupTable
    after: bytes


class Branch(msgspec.Struct, frozen=True, eq=False):
    """Fields that stand only in the rows where `shown` is true."""

    fields: list[Field]
    shown: NDArray[np.bool_]


class BigEndian(msgspec.Struct, frozen=True, eq=False):
    """The bytes `before`, then the lowest `size` bytes of a number for each row, highest first."""

    before: bytes
    values: NDArray[np.integer[Any]]
    size: int


class Numeric(msgspec.Struct, frozen=True, eq=False):
    """A number for each row, in units of 10^-scale, as PostgreSQL sends its numeric."""

    units: Indices
    scale: int


class Sized(msgspec.Struct, frozen=True, eq=False):
    """Fields after the number of their bytes, in four; none of them is sized itself."""

    fields: list[Field]


BinaryField = BigEndian | Numeric | Sized
"""What only the compiled writer has: the other one takes the NULs out of what it writes."""
Field = ConstantText | Lookup | Number | Timestamp | Branch | BinaryField
"""What a row is written of, from left to right."""


class ColumnFields(msgspec.Struct, frozen=True, eq=False):
    """A column's fields, and the literal that stands in their place where it is null."""

    fields: list[Field]
    null: NDArray[np.bool_] | None = None
    literal: bytes = b""


class RowEndings(msgspec.Struct, frozen=True):
    """
    What follows the rows of a batch: `next_row`, or `next_statement` after those in `statements`.

    Nothing follows the last one where it is the table's.
    """

    next_row: bytes
    next_statement: bytes
    statements: range
    is_last: bool
