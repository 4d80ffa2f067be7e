"""
Column values → look-ups: an index for each row into a table of ready bytes.

Tables hold digits, dates and the strings of a pool, escaped and quoted, with the punctuation that
stands around them. They are made once for a column's bounds and kept from batch to batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen import columns as c
from shardgen.dates import civil
from shardgen.errors import GenerationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

STORES = (16, 8, 4)
"""Widths in bytes that NumPy copies fastest, the widest first."""

_DIRECT = 1024  # integers with at most this many values are looked up whole
_FOLDED = 4  # bytes of a literal that the tables of 20,000 entries take in
_DAYS_DIRECT = 40_000  # and dates, about 110 years


class Notation(msgspec.Struct, frozen=True, eq=False):
    """
    How a dialect writes values and rows.

    `null`, `true`, `false` are literals, `quote` stands around text, `escape` makes text safe
    inside it. A row is its values with `separator` between them; `next_row` stands between two rows
    of a statement, `next_statement` between two rows of different statements, `start` before a
    table's first row and `end` after its last.
    """

    null: str
    true: str
    false: str
    quote: str
    escape: Callable[[str], str]
    separator: str
    next_row: str


class Lookup(msgspec.Struct, frozen=True, eq=False):
    """Bytes for each row: `table[index]`, a row of the byte matrix `table`, padded with NULs."""

    table: LookupTable
    index: NDArray[np.integer[Any]]


class LookupTable:
    """Ready bytes of one width, each entry cut into the stores that copy it into a record."""

    __slots__ = ("matrix", "width")

    def __init__(self, matrix: Bytes) -> None:
        """Keep a matrix with a row for each entry."""
        self.matrix = matrix
        self.width = matrix.shape[1]

    def stores(self, slack: int) -> list[tuple[int, NDArray[Any]]]:
        """
        Return (offset, entries) of the stores that copy an entry.

        Together they cover the width and at most `slack` bytes more.
        """
        cuts: list[tuple[int, NDArray[Any]]] = []
        offset = 0
        while offset < self.width:
            left = self.width - offset
            size = next((s for s in reversed(STORES) if left <= s <= left + slack), None)
            if size is None:
                size = next(s for s in STORES if s <= left + slack)
            cuts.append((offset, self._cut(offset, size)))
            offset += size
        return cuts

    def _cut(self, offset: int, size: int) -> NDArray[Any]:
        cut = np.zeros((len(self.matrix), size), np.uint8)
        part = self.matrix[:, offset : offset + size]
        cut[:, : part.shape[1]] = part
        return cut.view(f"V{size}").ravel()


class Lowering:
    """Column values → look-ups, with the tables they need kept from batch to batch."""

    def __init__(self, notation: Notation) -> None:
        self._notation = notation
        self.null = notation.null.encode()
        self._tables: dict[Any, LookupTable] = {}
        self._kept: list[c.Pool] = []  # a pool's identity is a key: it must not be used again

    def lower(  # noqa: PLR0911 -- one for each kind of values
        self, values: c.Values, after: str
    ) -> list[Lookup]:
        """Return the look-ups that write `values`, followed by the literal `after`."""
        quote = self._notation.quote
        match values:
            case c.Integers():
                return self._integers(values, after)
            case c.Decimals():
                return self._decimals(values, after)
            case c.Booleans():
                words = (self._notation.false, self._notation.true)
                table = self._table(("bool", after), lambda: _table(w + after for w in words))
                return [Lookup(table, values.values.view(np.uint8))]
            case c.Dates():
                return self._dates(values, quote, quote + after)
            case c.Timestamps():
                return self._timestamps(values, quote, quote + after)
            case c.Picks():
                return [self._picks(values, quote, quote + after)]
            case c.Text():
                return self._text(values, quote, quote + after)
        msg = f"no way to write {type(values).__name__}"
        raise TypeError(msg)

    def _table(self, key: Any, make: Callable[[], LookupTable]) -> LookupTable:
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = make()
        return table

    def _text(self, values: c.Text, before: str, after: str) -> list[Lookup]:
        """Fold each literal into the look-up before it, or the first into the one after it."""
        escape = self._notation.escape
        lookups: list[Lookup] = []
        parts = list(values.parts)
        before += escape(_pop_literals(parts))
        while parts:
            part = parts.pop(0)
            assert not isinstance(part, str), "literals are popped with the part before them"
            literal = escape(_pop_literals(parts))
            lookups += self._part(part, before, literal if parts else literal + after)
            before = ""
        return lookups

    def _part(self, part: c.Part, before: str, after: str) -> list[Lookup]:
        match part:
            case c.Picks():
                return [self._picks(part, before, after)]
            case c.Integers():
                rows = len(part.values)
                return [*self._literal(before, rows), *self._integers(part, after)]
            case c.Dates():
                return self._dates(part, before, after)
            case c.Hex():
                return [*self._literal(before, len(part.words)), *self._hex(part, after)]
            case c.Either():
                return self._either(part, before, after)
        raise TypeError(part)

    def _either(self, part: c.Either, before: str, after: str) -> list[Lookup]:
        """Write every branch, and nothing of it in the rows that have another one."""
        rows = len(part.which)
        lookups = self._literal(before, rows)
        for n, parts in enumerate(part.branches):
            shown = part.which == n
            if all(isinstance(each, str) for each in parts):
                branch = self._literal(self._notation.escape(_pop_literals(list(parts))), rows)
            else:
                branch = self._text(c.Text(parts), "", "")
            lookups += [self._shown(lookup, shown) for lookup in branch]
        return lookups + self._literal(after, rows)

    def _shown(self, lookup: Lookup, shown: NDArray[np.bool_]) -> Lookup:
        """Return the look-up with an entry of no bytes, for the rows where it is not shown."""
        matrix = lookup.table.matrix
        blank = np.zeros((1, lookup.table.width), np.uint8)
        table = self._table(
            ("shown", id(lookup.table)), lambda: LookupTable(np.vstack((matrix, blank)))
        )
        return Lookup(table, np.where(shown, lookup.index, np.int64(len(matrix))))

    def _literal(self, text: str, rows: int) -> list[Lookup]:
        if not text:
            return []
        table = self._table(("literal", text), lambda: _table([text]))
        return [Lookup(table, np.zeros(rows, np.int64))]

    def _picks(self, values: c.Picks, before: str, after: str) -> Lookup:
        escape = self._notation.escape
        key = ("picks", id(values.pool), before, after)

        def make() -> LookupTable:
            self._kept.append(values.pool)
            return _table(before + escape(value) + after for value in values.pool.values)

        return Lookup(self._table(key, make), values.indices)

    def _integers(self, values: c.Integers, after: str) -> list[Lookup]:
        low, high, digits = values.low, values.high, values.digits
        if high - low < _DIRECT:
            key = ("integers", low, high, digits, after)
            texts = (f"{n:0{digits}d}{after}" for n in range(low, high + 1))
            table = self._table(key, lambda: _table(texts))
            return [Lookup(table, values.values - low)]
        if len(after) > _FOLDED:
            rows = len(values.values)
            return [*self._integers(values, ""), *self._literal(after, rows)]
        lookups, number = self._sign(values.values, low)
        most = max(high, -low)
        return lookups + self._digits(number, most, digits, after)

    def _sign(self, number: Any, low: int) -> tuple[list[Lookup], Any]:
        """Return the look-up of the sign, where there can be one, and what is left to write."""
        if low >= 0:
            return [], number
        sign = self._table("sign", lambda: _table(["", "-"]))
        return [Lookup(sign, (number < 0).view(np.uint8))], np.abs(number)

    def _digits(self, number: Any, most: int, least_digits: int, after: str) -> list[Lookup]:
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
            text = after if group == 0 else ""
            table = self._digit_table(min(4, max(0, least_digits - 4 * group)), 4, text)
            head = number // number.dtype.type(10 ** (4 * group)) if group else number
            if group < groups - 1:
                within = head - (head // number.dtype.type(10_000)) * number.dtype.type(10_000)
                head = np.minimum(head, within + number.dtype.type(10_000))
            lookups.append(Lookup(table, head.astype(np.int64)))
        return lookups

    def _digit_table(self, least: int, point: int, after: str) -> LookupTable:
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
            tail = np.frombuffer(after.encode(), np.uint8)
            return LookupTable(np.hstack((both, np.broadcast_to(tail, (len(both), len(tail))))))

        return self._table(("digits", least, point, after), make)

    def _decimals(self, values: c.Decimals, after: str) -> list[Lookup]:
        """Write the last four digits with the point in them; more than four decimals apart."""
        scale, low, high = values.scale, values.low, values.high
        if scale == 0:
            return self._integers(c.Integers(values.units, low, high), after)
        lookups, units = self._sign(values.units, low)
        most = max(high, -low)
        if scale > 4:
            step = 10**scale
            whole = units // step
            lookups += self._digits(whole, most // step, 1, ".")
            return lookups + self._digits(units - whole * step, step - 1, scale, after)
        number: Any = units.astype(np.uint32 if most < 1 << 32 else np.uint64)
        ten_thousand = number.dtype.type(10_000)
        head = number // ten_thousand
        if most >= 10_000 or scale == 4:
            lookups += self._digits(head, most // 10_000, scale // 4, "")
            number = np.minimum(number, number - head * ten_thousand + ten_thousand)
        table = self._digit_table(min(4, scale + 1), 4 - scale, after)
        return [*lookups, Lookup(table, number.astype(np.int64))]

    def _dates(self, values: c.Dates, before: str, after: str) -> list[Lookup]:
        low, high, compact = values.low, values.high, values.compact
        hyphen = "" if compact else "-"
        if high - low < _DAYS_DIRECT:
            key = ("dates", low, high, compact, before, after)
            table = self._table(
                key, lambda: _date_table(np.arange(low, high + 1), hyphen, before, after)
            )
            return [Lookup(table, values.days - low)]
        year, month, day = civil(values.days)
        rest = self._table(("days", hyphen, after), lambda: _day_table(hyphen, after))
        rows = len(values.days)
        return [
            *self._literal(before, rows),
            *self._digits(year, 9999, 4, ""),
            Lookup(rest, month * 32 + day),
        ]

    def _timestamps(self, values: c.Timestamps, before: str, after: str) -> list[Lookup]:
        day_low, day_high = values.low // c.DAY, values.high // c.DAY
        day = values.seconds // c.DAY
        second = (values.seconds - day * c.DAY).astype(np.uint32)
        minute = second // np.uint32(60)
        minutes = self._table(
            "minutes", lambda: _table(f"{h:02d}:{m:02d}:" for h in range(24) for m in range(60))
        )
        seconds = self._table(
            ("seconds", after), lambda: _table(f"{s:02d}{after}" for s in range(60))
        )
        return [
            *self._dates(c.Dates(day, day_low, day_high), before, " "),
            Lookup(minutes, minute.astype(np.int64)),
            Lookup(seconds, (second - minute * np.uint32(60)).astype(np.int64)),
        ]

    def _hex(self, values: c.Hex, after: str) -> list[Lookup]:
        lookups = []
        for left in range(values.digits, 0, -4):
            text = after if left == 4 else ""
            table = self._table(("hex", text), lambda text=text: _hex_table(text))  # type: ignore[misc]
            index = (values.words >> np.uint64(4 * (left - 4))) & np.uint64(0xFFFF)
            lookups.append(Lookup(table, index.view(np.int64)))
        return lookups


def _pop_literals(parts: list[c.Part]) -> str:
    """Take the literals from the front of `parts` and return them joined."""
    text = ""
    while parts and isinstance(parts[0], str):
        text += str(parts.pop(0))
    _encoded(text)
    return text


def _table(texts: Iterable[str]) -> LookupTable:
    """Return these strings as a table; GenerationError where one cannot stand in SQL."""
    entries = [_encoded(text) for text in texts]
    width = max(1, *map(len, entries))
    joined = b"".join(entry.ljust(width, b"\0") for entry in entries)
    return LookupTable(np.frombuffer(joined, np.uint8).reshape(len(entries), width))


def _encoded(text: str) -> bytes:
    """Return text in UTF-8; GenerationError where it cannot stand in SQL."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise GenerationError(f"text {text!r} is not valid Unicode") from None
    if b"\0" in encoded:
        raise GenerationError(f"text {text!r} has a NUL, which SQL cannot store")
    return encoded


def _date_table(days: Any, hyphen: str, before: str, after: str) -> LookupTable:
    year, month, day = civil(days)
    digits = [*_two(year // 100), *_two(year % 100), *_two(month), *_two(day)]
    hyphens = [np.full(len(days), ord(h), np.uint8) for h in hyphen]
    body = [*digits[:4], *hyphens, *digits[4:6], *hyphens, *digits[6:]]
    return _framed(np.column_stack(body), before, after)


def _day_table(hyphen: str, after: str) -> LookupTable:
    """Return "-MM-DD" at month * 32 + day."""
    month, day = np.divmod(np.arange(13 * 32), 32)
    hyphens = [np.full(len(month), ord(h), np.uint8) for h in hyphen]
    return _framed(np.column_stack([*hyphens, *_two(month), *hyphens, *_two(day)]), "", after)


def _two(number: Any) -> list[Bytes]:
    return [(n + ord("0")).astype(np.uint8) for n in (number // 10, number % 10)]


def _framed(body: Bytes, before: str, after: str) -> LookupTable:
    sides = [np.frombuffer(text.encode(), np.uint8) for text in (before, after)]
    left, right = (np.broadcast_to(s, (len(body), len(s))) for s in sides)
    return LookupTable(np.hstack((left, body, right)))


def _hex_table(after: str) -> LookupTable:
    alphabet = np.frombuffer(b"0123456789abcdef", np.uint8)
    digits = alphabet[np.arange(65_536)[:, None] >> np.array([12, 8, 4, 0]) & 15]
    return _framed(digits, "", after)
