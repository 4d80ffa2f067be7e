"""
Fields of rows → text with NumPy alone.

The rows of a batch are laid out in a *record*, a byte matrix in which each field has its fixed
place; what a value does not fill stays NUL, and one pass of `bytearray.translate` squeezes the NULs
out. NUL cannot stand in SQL text.

Every field becomes look-ups in tables of ready bytes. They are written from left to right in stores
of 4, 8 or 16 bytes, which NumPy copies fastest; a store may run over into the place of the next
look-up, which is written after it. The last place in the record, the end of the row, has four bytes
or more, and no store runs over its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.output.text.kinds import (
    Branch,
    Buffer,
    ColumnFields,
    ConstantText,
    Field,
    Lookup,
    Number,
    RowEndings,
    Timestamp,
)
from shardgen.output.text.lookup_table import LookupTable
from shardgen.tables.values import DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOUNDARY = b"\xff"  # never occurs in UTF-8: stands for the end of a statement until it is written
RECORD_ROWS = 8192  # of a record, each as wide as the widest: more take memory, and no less time
STORES = (16, 8, 4)  # bytes, the widest first
_MOST_CUTS = 64  # of a batch's text at the ends of statements; with more, copying is quicker
_END = 4  # bytes of the row end, at least
_FOLDED = 4  # bytes of a literal that the tables of 20,000 entries take in

Store = tuple["NDArray[Any]", "NDArray[Any]"]
"""Where the bytes of a look-up go in the record, and those of each entry."""


class NumpyWriter:
    """
    Writes batches of one table; the record and all tables are kept from batch to batch.

    `most_rows` is how many rows a batch may have.
    """

    most_rows = RECORD_ROWS

    def __init__(self) -> None:
        """Lay out nothing yet: what a row is made of is seen in the first batch."""
        self._tables = _LookupTables()
        self._record: _Record | None = None

    def write(self, columns: list[ColumnFields], rows: int, ends: RowEndings) -> Iterator[Buffer]:
        """Yield the text of that many rows, in a few buffers."""
        lookups = [
            [each for field in column.fields for each in self._tables.lookups(field, rows)]
            for column in columns
        ]
        shape = [[lookup.table.width for lookup in each] for each in lookups]
        if self._record is None or self._record.shape != shape:
            end = max(_END, len(ends.next_row))
            self._record = _Record(shape, [len(column.literal) for column in columns], end)
        record = self._record
        record.write(lookups)
        for n, column in enumerate(columns):
            if column.null is not None:
                record.write_null(n, column.null, column.literal)
        record.end_rows(rows, ends)
        return _with_statements(record.squeeze(rows), ends)


def _with_statements(text: bytearray, ends: RowEndings) -> Iterator[Buffer]:
    """Put the text between two statements where one ends; without a copy where few do."""
    between = ends.next_statement
    if len(ends.statements) > _MOST_CUTS:
        yield text.replace(BOUNDARY, between)
        return
    view, start = memoryview(text), 0
    for _ in ends.statements:
        end = text.index(BOUNDARY, start)
        yield view[start:end]
        yield between
        start = end + len(BOUNDARY)
    yield view[start:]


class _Record:
    """The byte matrix that a batch is written into, with a place for every look-up of a row."""

    def __init__(self, shape: list[list[int]], least: list[int], end: int) -> None:
        """
        Lay out columns of look-ups with these widths, each column at least that wide.

        `end` is the bytes between two rows, the same in all batches.
        """
        self.shape = shape
        widths = [max(sum(each), most) for each, most in zip(shape, least, strict=True)]
        self._starts = np.cumsum([0, *widths]).tolist()
        self._end = self._starts[-1]
        self._end_bytes = end
        self._stride = self._end + end
        self._bytes = bytearray(self._stride * RECORD_ROWS)
        self._rows = self._view(self._end, f"V{end}")
        self._cuts: dict[tuple[int, int], list[Store]] = {}
        self._tables: dict[tuple[int, int], LookupTable] = {}
        self._columns = [
            self._view(start, f"V{width}")
            for start, width in zip(self._starts, widths, strict=False)
        ]

    def _view(self, offset: int, dtype: str) -> NDArray[Any]:
        return np.ndarray((RECORD_ROWS,), dtype, self._bytes, offset, (self._stride,))

    def write(self, columns: list[list[Lookup]]) -> None:
        """Write all look-ups, from left to right."""
        for n, lookups in enumerate(columns):
            offset = self._starts[n]
            for m, lookup in enumerate(lookups):
                for view, entries in self._stores(n, m, offset, lookup.table):
                    rows = len(lookup.index)
                    view[:rows] = entries.take(lookup.index)
                offset += lookup.table.width
            self._clear_rest(n, offset)

    def _clear_rest(self, n: int, offset: int) -> None:
        """Blank what a store ran over into, where a column is wider than its look-ups."""
        rest = self._starts[n + 1] - offset
        if rest:
            self._view(offset, f"V{rest}")[:] = np.void(bytes(rest))

    def _stores(self, n: int, m: int, offset: int, table: LookupTable) -> list[Store]:
        if self._tables.get((n, m)) is not table:
            self._tables[n, m] = table
            slack = self._stride - offset - table.width
            self._cuts[n, m] = [
                (self._view(offset + at, entries.dtype.str), entries)
                for at, entries in _stores(table, slack)
            ]
        return self._cuts[n, m]

    def write_null(self, n: int, null: NDArray[np.bool_], literal: bytes) -> None:
        """Write the null literal, and nothing else, over column n where it is null."""
        column = self._columns[n]
        column[np.flatnonzero(null)] = np.void(literal.ljust(column.itemsize, b"\0"))

    def end_rows(self, rows: int, ends: RowEndings) -> None:
        """Write what follows each row; the table's last row is followed by nothing."""
        size = self._end_bytes
        assert len(ends.next_row) <= size, "the record has so much room between two rows"
        self._rows[:rows] = np.void(ends.next_row.ljust(size, b"\0"))
        at = ends.statements
        if len(at):
            self._rows[at.start : at.stop : at.step] = np.void(BOUNDARY.ljust(size, b"\0"))
        if ends.is_last:
            self._rows[rows - 1] = np.void(bytes(size))

    def squeeze(self, rows: int) -> bytearray:
        """Return the first `rows` rows without the NULs."""
        if rows == RECORD_ROWS:
            return self._bytes.translate(None, b"\0")
        return self._bytes[: rows * self._stride].translate(None, b"\0")


def _stores(table: LookupTable, slack: int) -> list[tuple[int, NDArray[Any]]]:
    """
    Return (offset, entries) of the stores that copy an entry.

    Together they cover the width and at most `slack` bytes more.
    """
    cuts: list[tuple[int, NDArray[Any]]] = []
    offset = 0
    while offset < table.width:
        left = table.width - offset
        size = next((s for s in reversed(STORES) if left <= s <= left + slack), None)
        if size is None:
            size = next(s for s in STORES if s <= left + slack)
        cuts.append((offset, _cut(table, offset, size)))
        offset += size
    return cuts


def _cut(table: LookupTable, offset: int, size: int) -> NDArray[Any]:
    cut = np.zeros((len(table.matrix), size), np.uint8)
    part = table.matrix[:, offset : offset + size]
    cut[:, : part.shape[1]] = part
    return cut.view(f"V{size}").ravel()


class _LookupTables:
    """Fields → look-ups, with the tables they need kept from batch to batch."""

    def __init__(self) -> None:
        self._tables: dict[Any, LookupTable] = {}
        self._shown: dict[int, tuple[LookupTable, LookupTable]] = {}

    def lookups(self, field: Field, rows: int) -> list[Lookup]:
        """Return the look-ups that write a field."""
        match field:
            case Lookup():
                return [field]
            case ConstantText():
                return self._literal(field.text, rows)
            case Number():
                return self._number(field)
            case Timestamp():
                return self._timestamp(field)
            case Branch():
                return [
                    self._where_shown(lookup, field.shown)
                    for each in field.fields
                    for lookup in self.lookups(each, rows)
                ]
        raise TypeError(field)  # binary fields are those of the compiled writer

    def _table(self, key: Any, make: Callable[[], LookupTable]) -> LookupTable:
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = make()
        return table

    def _literal(self, text: bytes, rows: int) -> list[Lookup]:
        table = self._table(("literal", text), lambda: LookupTable.of([text]))
        return [Lookup(table, np.zeros(rows, np.int64))]

    def _where_shown(self, lookup: Lookup, shown: NDArray[np.bool_]) -> Lookup:
        """Return the look-up with an entry of no bytes, for the rows where it is not shown."""
        table, last = lookup.table, len(lookup.table.matrix)
        if id(table) not in self._shown:
            blank = np.zeros((1, table.width), np.uint8)
            self._shown[id(table)] = table, LookupTable(np.vstack((table.matrix, blank)))
        return Lookup(self._shown[id(table)][1], np.where(shown, lookup.index, np.int64(last)))

    def _number(self, field: Number) -> list[Lookup]:
        """Write the sign and the digits, with the point among the last four where it can be."""
        if len(field.after) > _FOLDED:
            alone = msgspec.structs.replace(field, after=b"")
            return [*self._number(alone), *self._literal(field.after, len(field.units))]
        lookups, number = self._sign(field.units, field.low)
        most = max(field.high, -field.low)
        if field.scale == 0:
            return lookups + self._digits(number, most, field.digits, field.after)
        return lookups + self._with_point(number, most, field.scale, field.after)

    def _sign(self, number: Any, low: int) -> tuple[list[Lookup], Any]:
        """Return the look-up of the sign, where there can be one, and what is left to write."""
        if low >= 0:
            return [], number
        sign = self._table("sign", lambda: LookupTable.of([b"", b"-"]))
        return [Lookup(sign, (number < 0).view(np.uint8))], np.abs(number)

    def _digits(self, number: Any, most: int, least_digits: int, after: bytes) -> list[Lookup]:
        """
        Write numbers 0 <= number <= most, four digits to a look-up.

        A table has 20,000 entries: four digits without their leading zeros, for where nothing
        stands before them, then with. With q the number without the digits to the right of the
        four, min(q, q mod 10⁴ + 10⁴) is the entry: q itself where nothing stands before.
        """
        groups = max(1, -(-max(len(str(most)), least_digits) // 4))
        narrow = most < 1 << 32 and groups <= 3  # 10⁸, by which the first is divided, fits 32 bits
        number = number.astype(np.uint32 if narrow else np.uint64)
        lookups: list[Lookup] = []
        for group in reversed(range(groups)):
            text = after if group == 0 else b""
            table = self._digit_table(min(4, max(0, least_digits - 4 * group)), 4, text)
            head = number // number.dtype.type(10 ** (4 * group)) if group else number
            if group < groups - 1:
                within = head - (head // number.dtype.type(10_000)) * number.dtype.type(10_000)
                head = np.minimum(head, within + number.dtype.type(10_000))
            lookups.append(Lookup(table, head.astype(np.int64)))
        return lookups

    def _digit_table(self, least: int, point: int, after: bytes) -> LookupTable:
        """
        Return 0 … 9999 with at least `least` digits, then 0000 … 9999.

        A "." stands after digit `point`, where that is below 4.
        """

        def make() -> LookupTable:
            digits = np.arange(10_000)[:, None] // [1000, 100, 10, 1] % 10 + ord("0")
            full = digits.astype(np.uint8)
            bare = full.copy()
            for place in range(4 - least):
                bare[: 10 ** (3 - place), place] = 0
            both = np.concatenate((bare, full))
            if point < 4:
                both = np.insert(both, point, ord("."), axis=1)
            tail = np.frombuffer(after, np.uint8)
            return LookupTable(np.hstack((both, np.broadcast_to(tail, (len(both), len(tail))))))

        return self._table(("digits", least, point, after), make)

    def _with_point(self, units: Any, most: int, scale: int, after: bytes) -> list[Lookup]:
        """Write the last four digits with the point in them; more than four decimals apart."""
        if scale > 4:
            step = 10**scale
            whole = units // step
            lookups = self._digits(whole, most // step, 1, b".")
            return lookups + self._digits(units - whole * step, step - 1, scale, after)
        lookups = []
        number: Any = units.astype(np.uint32 if most < 1 << 32 else np.uint64)
        ten_thousand = number.dtype.type(10_000)
        head = number // ten_thousand
        if most >= 10_000 or scale == 4:
            lookups = self._digits(head, most // 10_000, scale // 4, b"")
            number = np.minimum(number, number - head * ten_thousand + ten_thousand)
        table = self._digit_table(min(4, scale + 1), 4 - scale, after)
        return [*lookups, Lookup(table, number.astype(np.int64))]

    def _timestamp(self, field: Timestamp) -> list[Lookup]:
        """Write the date, the hour and minute, and the second."""
        day = field.seconds // DAY
        second = (field.seconds - day * DAY).astype(np.uint32)
        minute = second // np.uint32(60)
        minutes = self._table(
            "minutes",
            lambda: LookupTable.of([b"%02d:%02d:" % divmod(n, 60) for n in range(24 * 60)]),
        )
        seconds = self._table(
            ("seconds", field.after),
            lambda: LookupTable.of([b"%02d%b" % (n, field.after) for n in range(60)]),
        )
        return [
            Lookup(field.dates, day - field.low),
            Lookup(minutes, minute.astype(np.int64)),
            Lookup(seconds, (second - minute * np.uint32(60)).astype(np.int64)),
        ]
