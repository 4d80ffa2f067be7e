"""Times of day, bytes and bits: values of types that few schemas have."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import StreamWords
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import IndexFunction
from shardgen.random.distributions import Distribution, Uniform
from shardgen.random.overriding import override
from shardgen.schema.types import SPELLED
from shardgen.tables.rare_casts import bit_elements
from shardgen.tables.rare_values import Bits, Bytes, Times
from shardgen.tables.values import DAY, Dates, Element, HexDigits, Integers, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch

_SECOND = "23:59:59"
_WORD_BYTES = 8
_WORD_BITS = 64
_USUAL_BYTES = 16
_MAX_BYTES = 1024


@generator("time_between")
class TimeBetween(Generator, frozen=True):
    """
    A time of day from `start_time` to `end_time`, both included: `09:00` to `17:30:00`.

    A column with fractions of a second gets them. A distribution is one of seconds of the day.
    """

    start_time: str = "00:00:00"
    end_time: str = _SECOND
    distribution: Distribution = Uniform()

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        low, high = _second_of(self.start_time), _second_of(self.end_time)
        if low > high:
            what = f"start_time {self.start_time} is after end_time {self.end_time}"
            raise BindError(what, "swap them")
        digits = context.type.precision or 0
        is_fine = isinstance(self.distribution, Uniform)
        scale = 10 ** (digits if is_fine else 0)
        # the whole last second of a day has fractions, and any other end is exact
        end = (high + 1) * scale - 1 if high == DAY - 1 else high * scale
        units = context.units(self.distribution, low * scale, end, 0)
        return BoundGenerator.of(TimesFunction(units.compute, low, high, scale, digits), units)


class TimesFunction(msgspec.Struct, frozen=True, eq=False):
    """Times of day within the seconds low … high, in units of which a second has `scale`."""

    units: IndexFunction
    low: int
    high: int
    scale: int
    digits: int

    def __call__(self, batch: Batch) -> Times:
        """Return the time of each row."""
        units = self.units(batch)
        if not self.digits:
            return Times(units, self.low, self.high)
        seconds = units // self.scale
        return Times(seconds, self.low, self.high, units - seconds * self.scale, self.digits)


def _second_of(text: str) -> int:
    try:
        time = dt.time.fromisoformat(text)
    except ValueError as error:
        raise BindError(f"{text!r} is no time such as '09:30:00' ({error})") from None
    if time.tzinfo is not None or time.microsecond:
        raise BindError(f"{text!r} is no time of whole seconds such as '09:30:00'")
    return (time.hour * 60 + time.minute) * 60 + time.second


def times_from_text(values: list[str]) -> Times:
    """Return times of day as a column, one row each; BindError when one cannot be read."""
    seconds = [_second_of(value) for value in values]
    return Times(np.array(seconds, np.int64), min(seconds), max(seconds))


@generator("random_bytes")
class RandomBytes(Generator, frozen=True):
    """Random bytes: `length` of them, or as many as the column holds, at most 16."""

    length: Annotated[int, Meta(ge=1, le=_MAX_BYTES)] | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        length = self.length or _column_bytes(context)
        if context.unique and (length < _WORD_BYTES or context.unique_set is not None):
            size = min(length, _WORD_BYTES - 1)
            index = context.unique_index(256**size)
            words: tuple[IndexFunction | StreamWords, ...] = (index.compute,)
            rest = _words(context, length - size)
            made = BytesFunction((*words, *(w for w, _ in rest)), (size, *(n for _, n in rest)))
            return BoundGenerator.of(made, index)
        parts = _words(context, length)  # a row's word is its own: so are eight bytes of it
        return BoundGenerator(
            compute=BytesFunction(tuple(w for w, _ in parts), tuple(n for _, n in parts))
        )


def _column_bytes(context: ColumnContext) -> int:
    kind = context.type
    if kind.family != "bytes":
        raise BindError(f"random_bytes makes bytes, and the column is {kind}")
    if kind.name == "binary":
        return kind.length or 1
    return min(kind.length or _USUAL_BYTES, _USUAL_BYTES)


def _words(context: ColumnContext, length: int) -> list[tuple[StreamWords, int]]:
    """Return words for so many bytes, each with how many of them it has."""
    counts = [_WORD_BYTES] * (length // _WORD_BYTES)
    counts += [length % _WORD_BYTES] * (length % _WORD_BYTES > 0)
    return [(context.words(f"bytes {n}"), count) for n, count in enumerate(counts)]


class BytesFunction(msgspec.Struct, frozen=True, eq=False):
    """Bytes of words, each of which has some of them, the last of its bits."""

    words: tuple[IndexFunction | StreamWords, ...]
    counts: tuple[int, ...]

    def __call__(self, batch: Batch) -> Bytes:
        """Return the bytes of each row."""
        elements: list[Element] = []
        for words, count in zip(self.words, self.counts, strict=True):
            made = np.asarray(words(batch)).view(np.uint64)
            if count > 1:
                even = count // 2 * 2
                elements.append(HexDigits(made >> np.uint64(8 * (count - even)), 2 * even))
            if count % 2:
                elements.append(HexDigits(made & np.uint64(0xFF), 2))
        return Bytes(Text(tuple(elements)))


@generator("random_bits")
class RandomBits(Generator, frozen=True):
    """Random bits, as many as the column holds, at most 64."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.type.family != "bits":
            raise BindError(f"random_bits makes bits, and the column is {context.type}")
        length = context.type.length or 1
        if context.type.name == "varbit":
            length = min(length, _WORD_BITS)
        index = context.unique_index(1 << min(length, 62))
        return BoundGenerator.of(BitsFunction(index.compute, length), index)


class BitsFunction(msgspec.Struct, frozen=True, eq=False):
    """The last bits of whole numbers."""

    numbers: IndexFunction
    length: int

    def __call__(self, batch: Batch) -> Bits:
        """Return the bits of each row."""
        return Bits(Text(bit_elements(self.numbers(batch), self.length)))


@generator("spelled")
class Spelled(Generator, frozen=True):
    """A value as PostgreSQL reads one of the column's type: an address, a range, a point, XML."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        name = context.type.name
        if name not in SPELLED or name == "citext":
            raise BindError(f"spelled makes no {context.type}", "use a generator of its type")
        index = context.unique_index(_SPELLED_VALUES)
        return BoundGenerator.of(SpelledFunction(index.compute, name), index)


_SPELLED_VALUES = 1 << 24


class SpelledFunction(msgspec.Struct, frozen=True, eq=False):
    """Texts of the type `name`, another for each number below 2^24."""

    numbers: IndexFunction
    name: str

    def __call__(self, batch: Batch) -> Text:  # noqa: PLR0911 -- one for each type
        """Return the text of each row."""
        number = self.numbers(batch)
        high, middle, low = number >> 16, number >> 8 & 255, number & 255
        parts = [Integers(part, 0, 255) for part in (high, middle, low)]
        match self.name:
            case "inet":
                return Text(("10.", parts[0], ".", parts[1], ".", parts[2]))
            case "cidr":
                return Text(("10.", parts[0], ".", parts[1], ".", parts[2], "/32"))
            case "macaddr":
                pairs = [HexDigits(part.view(np.uint64), 2) for part in (high, middle, low)]
                return Text(("02:00:5e:", pairs[0], ":", pairs[1], ":", pairs[2]))
            case "xml":
                return Text(('<row id="', Integers(number, 0, _SPELLED_VALUES - 1), '"/>'))
            case "tsvector":
                return Text(("'k", Integers(number, 0, _SPELLED_VALUES - 1), "'"))
            case "point":
                east = Integers(number & 4095, 0, 4095)
                return Text(("(", east, ",", Integers(number >> 12, 0, 4095), ")"))
            case "daterange" | "tsrange" | "tstzrange":
                midnight = _MIDNIGHTS.get(self.name, ("", ""))
                return _days(number, *midnight)
            case "line" | "lseg" | "box" | "path" | "polygon" | "circle":
                return _shape(self.name, high, middle, low)
        until = Integers(number + 1 + low, 1, _SPELLED_VALUES + 255)
        return Text(("[", Integers(number, 0, _SPELLED_VALUES - 1), ",", until, ")"))


_MIDNIGHTS = {"tsrange": ('"', ' 00:00:00"'), "tstzrange": ('"', ' 00:00:00+00"')}
"""What stands around a day where a range is one of moments."""


def _days(number: Indices, before: str, after: str) -> Text:
    """Return ranges of days, of up to 11 years, another for each number."""
    day = Dates(number % _DAYS + _FIRST_DAY, _FIRST_DAY, _FIRST_DAY + _DAYS - 1)
    length = number // _DAYS + 1
    last = Dates(day.days + length, day.low + 1, day.high + _SPELLED_VALUES // _DAYS + 1)
    return Text((f"[{before}", day, f"{after},{before}", last, f"{after})"))


def _shape(name: str, x: Indices, y: Indices, size: Indices) -> Text:
    """Return shapes at a point, each of a size below 256, as PostgreSQL writes them."""
    left, low = Integers(x, 0, 255), Integers(y, 0, 255)
    right, high = Integers(x + size + 1, 1, 511), Integers(y + size + 1, 1, 511)
    width = Integers(size + 1, 1, 256)
    match name:
        case "line":
            steep, flat = Integers(x + 1, 1, 256), Integers(y + 1, 1, 256)
            return Text(("{", steep, ",", flat, ",", width, "}"))
        case "circle":
            return Text(("<(", left, ",", low, "),", width, ">"))
        case "box":
            return Text(("(", right, ",", high, "),(", left, ",", low, ")"))
        case "lseg":
            return Text(("[(", left, ",", low, "),(", right, ",", high, ")]"))
    ends = "[]" if name == "path" else "()"
    corner = ("(", left, ",", low, "),(", right, ",", low, "),(", right, ",", high, ")")
    return Text((ends[0] + "(", *corner[1:-1], ")" + ends[1]))


_FIRST_DAY = 18_262  # 2020-01-01
_DAYS = 1 << 12
