"""
Column values → fields of a row: what stands in its text, before anything is written.

Most fields are look-ups, an index for each row into a table of ready bytes: dates and the strings
of a pool, escaped and quoted, with the punctuation that stands around them. Tables are made once
for a column's bounds and kept from batch to batch. Numbers and times of day stay numbers; whoever
writes the rows has digits for them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.errors import GenerationError
from shardgen.output.text.kinds import Branch, ConstantText, Field, Lookup, Number, Timestamp
from shardgen.output.text.list_fields import JSON_LISTS, ListSyntax, is_beyond_json, list_fields
from shardgen.output.text.lookup_table import LookupTable, date_table, day_table, hex_table
from shardgen.output.text.rare_fields import fractions, times, wide_numbers
from shardgen.output.text.reserved import may_be
from shardgen.tables import values as c
from shardgen.tables.calendar import civil
from shardgen.tables.list_values import Lists
from shardgen.tables.rare_values import Bits, Bytes, Intervals, Times
from shardgen.tables.text_lengths import LongestText, longest, max_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices


_MOST_DIGITS = 19  # of a 64-bit number
_DIRECT = 1024  # integers with at most this many values are looked up whole
_DAYS_DIRECT = 40_000  # and dates, about 110 years


def _never(_text: str) -> bool:
    return False


def _no_depth(_text: str) -> int:
    return 0


class LiteralSyntax(msgspec.Struct, frozen=True, eq=False):
    """
    How a format writes values and rows.

    `null`, `true`, `false` are literals, `quote` stands around text, `escape` makes text safe
    inside it. A row is its values with `separator` between them; `next_row` stands between two rows
    of a statement.

    `is_plain` says which text stands as it is, without quotes. Plain texts that are joined must be
    plain, and empty text never is. Digits, letters and `-`, `:` and space, of which numbers and
    dates are made, are all plain or none of them.

    Texts in `reserved` mean something else where they stand without quotes. `moment_separator`
    stands between day and time, and `zone` after the time. Whole numbers have no `leading_zeros`
    where that says so.

    `bytes_quotes` and `bits_quotes` stand around the hexadecimal digits of bytes, and around bits;
    None where these are text as any other. `lists` says how arrays are written, as a text.
    """

    null: str
    true: str
    false: str
    quote: str
    escape: Callable[[str], str]
    separator: str
    next_row: str
    is_plain: Callable[[str], bool] = _never
    end_quote: str | None = None
    bytes_quotes: tuple[str, str] | None = None
    bits_quotes: tuple[str, str] | None = None
    flat: LiteralSyntax | None = None
    depth: LongestText = LongestText(_no_depth)
    most_depth: int = 0
    reserved: tuple[str, ...] = ()
    moment_separator: str = " "
    zone: str = ""
    leading_zeros: bool = True
    lists: ListSyntax = JSON_LISTS

    def elements(self, *, raw: bool) -> LiteralSyntax:
        """Return how the elements of an array are written in its text; `raw` ones as they are."""
        of, quote = self.lists, "" if raw else self.escape('"')
        before = self.escape('"' + of.escape(of.before_bytes))
        return LiteralSyntax(
            *(of.null, of.true, of.false, quote),
            self.escape if raw else (lambda text: self.escape(of.escape(text))),
            *(self.separator, self.next_row),
            bytes_quotes=(before, quote) if of.before_bytes else None,
            lists=of,
            moment_separator=self.moment_separator,
            zone=self.zone,
        )

    def text(self, text: str) -> str:
        """Return the literal of a text, with quotes where it needs them."""
        if self.is_plain(text) and text not in self.reserved:
            return text
        return self.quote + self.escape(text) + self.closing

    @property
    def closing(self) -> str:
        """What stands after a text that has `quote` before it."""
        return self.quote if self.end_quote is None else self.end_quote

    def is_deep(self, values: c.Dictionary | c.Text) -> bool:
        """Return whether a text of these may be too deep."""
        if self.flat is None or max_length(values) <= self.most_depth:
            return False
        return longest(values, self.depth) > self.most_depth

    @property
    def date_quote(self) -> str:
        """What stands around dates and timestamps."""
        return "" if self.is_plain(_A_MOMENT) else self.quote


_A_MOMENT = "2024-02-29 23:59:59"


class FieldBuilder:
    """Column values → fields, with the tables they need kept from batch to batch."""

    def __init__(self, notation: LiteralSyntax) -> None:
        self._notation = notation
        self._tables: dict[Any, LookupTable] = {}
        self._plain: dict[int, tuple[bool, bool]] = {}
        self._kept: list[c.Pool] = []  # a pool's identity is a key: it must not be used again

    def lower(  # noqa: C901, PLR0911 -- one for each kind of values
        self, values: c.ColumnValues, after: str
    ) -> list[Field]:
        """Return the fields that write `values`, followed by the literal `after`."""
        match values:
            case c.Integers():
                return self._integers(self._spelled(values), "", after)
            case c.Decimals(low=low, high=high) if c.is_wide(low, high):
                return [wide_numbers(values.units, low, high, values.scale, after)]
            case c.Decimals(units=units, low=low, high=high, scale=0):
                return self._integers(c.Integers(units, low, high), "", after)
            case c.Decimals(units=units, low=low, high=high, scale=scale):
                return [Number(_from(0, units), low, high, scale, scale + 1, after.encode())]
            case c.Booleans():
                words = (self._notation.false, self._notation.true)
                table = self._table(("bool", after), lambda: _table(w + after for w in words))
                return [Lookup(table, values.values.view(np.uint8))]
            case c.Dates():
                quote = self._notation.date_quote
                return self._dates(values, quote, quote + after)
            case c.Timestamps():
                quote = self._notation.date_quote
                return self._timestamps(values, quote, self._notation.zone + quote + after)
            case c.Dictionary() | c.Text() if self._notation.is_deep(values):
                return self._flat.lower(values, after)
            case c.Dictionary():
                return [self._whole(values, after)]
            case c.Text() if self._is_plain(values.elements):
                return self._text(values, "", after)
            case c.Text():
                return self._text(values, self._notation.quote, self._notation.closing + after)
        return self._rare(values, after)

    def _spelled(self, values: c.Integers) -> c.Integers:
        """Return whole numbers with as many digits as the notation has of them."""
        if values.digits == 1 or self._notation.leading_zeros:
            return values
        return msgspec.structs.replace(values, digits=1)

    def _rare(self, values: c.ColumnValues, after: str) -> list[Field]:
        match values:
            case Lists():
                quote, end = self._notation.quote, self._notation.closing + after
                return [*_literal(quote), *self._list(values), *_literal(end)]
            case Times() | Intervals():
                return times(values, self._notation.date_quote, after, self._table)
            case Bytes(digits=text):
                return self._coded(text, self._notation.bytes_quotes, after)
            case Bits(digits=text, varying=True):
                return self.lower(text, after)
            case Bits(digits=text):
                return self._coded(text, self._notation.bits_quotes, after)
        msg = f"no way to write {type(values).__name__}"
        raise TypeError(msg)

    def _coded(
        self, digits: c.Text | c.Dictionary, quotes: tuple[str, str] | None, after: str
    ) -> list[Field]:
        """Write the digits of bytes or bits."""
        if quotes is None:
            return self.lower(digits, after)
        parts = c.Text((digits,)) if isinstance(digits, c.Dictionary) else digits
        return self._text(parts, quotes[0], quotes[1] + after)

    def _list(self, values: Lists) -> list[Field]:
        """Write a list without its quotes, and lists within it alike."""
        syntax = self._notation.lists
        raw = values.is_json and syntax.is_json
        elements = self._documents if raw else self._elements
        quote = _literal(self._notation.escape('"'))

        def lower(of: c.ColumnValues) -> list[Field]:
            if isinstance(of, Lists):
                return self._list(of)
            if syntax.is_json and is_beyond_json(of):
                return [*quote, *elements.lower(of, ""), *quote]
            return elements.lower(of, "")

        return list_fields(values, syntax, lower)

    @cached_property
    def _elements(self) -> FieldBuilder:
        return FieldBuilder(self._notation.elements(raw=False))

    @cached_property
    def _documents(self) -> FieldBuilder:
        return FieldBuilder(self._notation.elements(raw=True))

    @cached_property
    def _flat(self) -> FieldBuilder:
        assert self._notation.flat is not None, "else no text is too deep"
        return FieldBuilder(self._notation.flat)

    def _table(self, key: Any, make: Callable[[], LookupTable]) -> LookupTable:
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = make()
        return table

    def _text(self, values: c.Text, before: str, after: str) -> list[Field]:
        """Fold each literal into the field before it, or the first into the one after it."""
        escape = self._notation.escape
        fields: list[Field] = []
        parts = list(values.elements)
        before += escape(_pop_literals(parts))
        while parts:
            part = parts.pop(0)
            assert not isinstance(part, str), "literals are popped with the part before them"
            literal = escape(_pop_literals(parts))
            fields += self._part(part, before, literal if parts else literal + after)
            before = ""
        return fields

    def _part(self, part: c.Element, before: str, after: str) -> list[Field]:
        match part:
            case c.Dictionary():
                return [self._picks(part, before, after)]
            case c.Integers():
                return self._integers(part, before, after)
            case c.Dates():
                return self._dates(part, before, after)
            case c.HexDigits():
                return [*_literal(before), *self._hex(part, after)]
            case c.Union():
                return self._either(part, before, after)
        raise TypeError(part)

    def _either(self, part: c.Union, before: str, after: str) -> list[Field]:
        """Write every branch, and nothing of it in the rows that have another one."""
        fields = _literal(before)
        for n, parts in enumerate(part.branches):
            if all(isinstance(each, str) for each in parts):
                branch = _literal(self._notation.escape(_pop_literals(list(parts))))
            else:
                branch = self._text(c.Text(parts), "", "")
            fields.append(Branch(branch, part.which == n))
        return fields + _literal(after)

    def _is_plain(self, elements: tuple[c.Element, ...]) -> bool:
        """Return whether no text composed in this way ever needs quotes."""
        are_plain, may_be_empty = self._plainness(elements)
        if may_be_empty or not are_plain:
            return False
        return not any(may_be(elements, word) for word in self._notation.reserved)

    def _plainness(self, elements: tuple[c.Element, ...]) -> tuple[bool, bool]:
        """Return whether all texts composed so are plain or empty, and whether one is empty."""
        each = [self._plainness_of(element) for element in elements]
        return all(plain for plain, _ in each), all(empty for _, empty in each)

    def _plainness_of(self, element: c.Element) -> tuple[bool, bool]:
        match element:
            case str():
                return _plainness(self._notation, [element])
            case c.Dictionary(pool=pool):
                if id(pool) not in self._plain:
                    self._kept.append(pool)
                    self._plain[id(pool)] = _plainness(self._notation, pool.values)
                return self._plain[id(pool)]
            case c.Union():
                each = [self._plainness(elements) for elements in element.branches]
                return all(plain for plain, _ in each), any(empty for _, empty in each)
        return self._notation.date_quote == "", False

    def _whole(self, values: c.Dictionary, after: str) -> Lookup:
        """Write each string of a pool as a literal of its own."""
        literal = self._notation.text

        def make() -> LookupTable:
            self._kept.append(values.pool)
            return _table(literal(value) + after for value in values.pool.values)

        key = ("whole", id(values.pool), after)
        return Lookup(self._table(key, make), _from(0, values.indices))

    def _picks(self, values: c.Dictionary, before: str, after: str) -> Lookup:
        escape = self._notation.escape
        key = ("picks", id(values.pool), before, after)

        def make() -> LookupTable:
            self._kept.append(values.pool)
            return _table(before + escape(value) + after for value in values.pool.values)

        return Lookup(self._table(key, make), _from(0, values.indices))

    def _integers(self, values: c.Integers, before: str, after: str) -> list[Field]:
        low, high, digits = values.low, values.high, values.digits
        if c.is_wide(low, high):
            return [*_literal(before), wide_numbers(values.values, low, high, 0, after, digits)]
        if high - low >= _DIRECT:
            zeros = max(0, digits - _MOST_DIGITS)  # stand in every row; what has them is not < 0
            number = Number(_from(0, values.values), low, high, 0, digits - zeros, after.encode())
            return [*_literal(before + "0" * zeros), number]
        key = ("integers", low, high, digits, after)
        texts = (f"{n:0{digits}d}{after}" for n in range(low, high + 1))
        lookup = Lookup(self._table(key, lambda: _table(texts)), _from(low, values.values))
        return [*_literal(before), lookup]

    def _dates(self, values: c.Dates, before: str, after: str) -> list[Field]:
        low, high, compact = values.low, values.high, values.compact
        if high - low < _DAYS_DIRECT:
            table = self._date_table(low, high, before, after, compact=compact)
            return [Lookup(table, _from(low, values.days))]
        year, month, day = civil(values.days)
        hyphen = "" if compact else "-"
        rest = self._table(("days", hyphen, after), lambda: day_table(hyphen, after))
        return [
            *_literal(before),
            Number(year, 0, 9999, 0, 4, b""),
            Lookup(rest, month * 32 + day),
        ]

    def _timestamps(self, values: c.Timestamps, before: str, after: str) -> list[Field]:
        if values.fraction is not None:
            whole = c.Timestamps(values.seconds, values.low, values.high)
            fraction = fractions(values.fraction, values.digits, after)
            return [*self._timestamps(whole, before, "."), *fraction]
        low, high = values.low // c.DAY, values.high // c.DAY
        between = self._notation.moment_separator
        if high - low < _DAYS_DIRECT:
            table = self._date_table(low, high, before, between, compact=False)
            return [Timestamp(_from(0, values.seconds), low, table, after.encode())]
        day = values.seconds // c.DAY
        no_date = self._table("no date", lambda: _table([""]))
        return [
            *self._dates(c.Dates(day, low, high), before, between),
            Timestamp(values.seconds - day * c.DAY, 0, no_date, after.encode()),
        ]

    def _date_table(
        self, low: int, high: int, before: str, after: str, *, compact: bool
    ) -> LookupTable:
        hyphen = "" if compact else "-"
        return self._table(
            ("dates", low, high, compact, before, after),
            lambda: date_table(np.arange(low, high + 1), hyphen, before, after),
        )

    def _hex(self, values: c.HexDigits, after: str) -> list[Field]:
        fields: list[Field] = []
        if values.digits == 2:
            pair = self._table(
                ("pair", after), lambda: _table(f"{n:02x}{after}" for n in range(256))
            )
            return [Lookup(pair, (values.words & np.uint64(0xFF)).view(np.int64))]
        for left in range(values.digits, 0, -4):
            text = after if left == 4 else ""
            table = self._table(("hex", text), lambda text=text: hex_table(text))  # type: ignore[misc]
            index = (values.words >> np.uint64(4 * (left - 4))) & np.uint64(0xFFFF)
            fields.append(Lookup(table, index.view(np.int64)))
        return fields


def _plainness(syntax: LiteralSyntax, texts: Iterable[str]) -> tuple[bool, bool]:
    """Return whether all these texts are plain or empty, and whether one is empty."""
    return all(not text or syntax.is_plain(text) for text in texts), not all(texts)


def _literal(text: str) -> list[Field]:
    return [ConstantText(text.encode())] if text else []


def _from(low: int, numbers: NDArray[np.integer[Any]]) -> Indices:
    """Return how far numbers lie above the lowest, as int64 whatever a plug-in has made."""
    whole = numbers.astype(np.int64, copy=False)
    return whole - low if low else whole


def _pop_literals(parts: list[c.Element]) -> str:
    """Take the literals from the front of `parts` and return them joined."""
    text = ""
    while parts and isinstance(parts[0], str):
        text += str(parts.pop(0))
    encoded(text)
    return text


def _table(texts: Iterable[str]) -> LookupTable:
    """Return these strings as a table; GenerationError where one cannot stand in SQL."""
    listed = list(texts)
    with contextlib.suppress(UnicodeEncodeError):
        texts_in_utf8 = "\0".join(listed).encode().split(b"\0")
        if len(texts_in_utf8) == len(listed):  # else one of them has a NUL itself
            return LookupTable.of(texts_in_utf8)
    return LookupTable.of([encoded(text) for text in listed])


def encoded(text: str) -> bytes:
    """Return text in UTF-8; GenerationError where it cannot stand in SQL."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise GenerationError(f"text {text!r} is not valid Unicode") from None
    if b"\0" in encoded:
        raise GenerationError(f"text {text!r} has a NUL, which SQL cannot store")
    return encoded
