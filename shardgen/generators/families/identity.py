"""What is one person's alone: phone and social security numbers, passwords."""

from __future__ import annotations

import string
from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.cities import (
    OneOfCity,
    area_codes,
    city_of_row,
    distinct_area_codes,
)
from shardgen.generators.functions import Combination, StreamWords
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.locale import LOCALES, Locale, PhoneNumbers, locale_of
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnDraw, ColumnFunction, IndexFunction
from shardgen.generators.text_parts import (
    Layout,
    LayoutText,
    SlotFiller,
    SlotValues,
    TextForm,
    first_that_fits,
    slot_length,
    slot_size,
    text_sibling,
)
from shardgen.generators.value_functions import (
    IntegersFunction,
    TextFunction,
)
from shardgen.random.distributions import Uniform
from shardgen.random.overriding import override
from shardgen.tables.values import Dictionary, Element, Integers, Pool, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch

_SYMBOLS = string.ascii_letters + string.digits + "!#"  # 64, none of which SQL must escape
_PAIRS = Pool(map("".join, product(_SYMBOLS, repeat=2)))
_SINGLES = Pool(_SYMBOLS)
_WORD_SYMBOLS = 10  # of 6 bits each, from one 64-bit word


@generator("password")
class Password(Generator, frozen=True):
    """
    `length` random characters of a–z, A–Z, 0–9, "!" and "#".

    On a unique column the first ten (or all, when there are fewer) are a permutation of the rows,
    so that no two are alike.
    """

    length: Annotated[int, Meta(ge=4, le=128)] = 12

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.max_length is not None and self.length > context.max_length:
            what = f"length {self.length} is more than {context.type} holds"
            raise BindError(what, "choose a longer type or a smaller length")
        first = min(self.length, _WORD_SYMBOLS)
        index = context.unique_index(64**first)
        starts = range(first, self.length, _WORD_SYMBOLS)
        sizes = [min(self.length - start, _WORD_SYMBOLS) for start in starts]
        more = tuple((context.words(f"word {n}"), size) for n, size in enumerate(sizes))
        return BoundGenerator.of(PasswordText(index.compute, first, more), index)


class PasswordText(msgspec.Struct, frozen=True, eq=False):
    """Symbols of an index, so many of them, then symbols of some words, each with their count."""

    index: IndexFunction
    count: int
    more: tuple[tuple[StreamWords, int], ...]

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        elements = _symbols(self.index(batch), self.count)
        for words, size in self.more:
            elements += _symbols(_low_bits(words(batch)), size)
        return Text(tuple(elements))


def _low_bits(words: Words) -> Indices:
    return (words & np.uint64((1 << 6 * _WORD_SYMBOLS) - 1)).view(np.int64)


def _symbols(bits: Indices, count: int) -> list[Dictionary]:
    """Write the low 6·count bits as `count` symbols, two a pick."""
    pairs = [Dictionary((bits >> 12 * n) & 4095, _PAIRS) for n in range(count // 2)]
    if count % 2:
        pairs.append(Dictionary((bits >> 6 * (count - 1)) & 63, _SINGLES))
    return pairs


@generator("phone")
class Phone(Generator, frozen=True):
    """
    A phone number as the locale's country writes it: `(212) 555-0147`, `030 23125147`.

    `international` is `+1-212-555-0147`, `digits` `2125550147`, `us` an American number in any
    locale. An American one has an area code of the row's own city. Nobody has these numbers, or
    hardly anybody: the exchange 555 in the US, the ranges that Britain, France and Germany reserve
    for films, and in Egypt and Japan such as cannot be dialled. A unique column takes any number,
    so that there are 2.8 billion, and 200 million or more in other countries. Where only 12
    characters fit, an American one is `212-555-0147`.
    """

    format: Literal["national", "us", "international", "digits"] = "national"

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = LOCALES["en_US"] if self.format == "us" else locale_of(context)
        numbers = locale.unique_phone if context.unique else locale.phone
        if self.format == "digits":
            numbers = numbers.without_marks()
        layouts = (numbers.international,) if self.format == "international" else numbers.national
        slots, indices = self._slots(context, locale, numbers)
        filler = SlotFiller(slots)

        def form(layout: Layout) -> TextForm:
            text = SlotText(layout, filler, indices.compute)
            length = layout.fixed + sum(map(slot_length, slots.values()))
            return TextForm(length, lambda: BoundGenerator.of(text, indices))

        return first_that_fits(context, *(form(Layout(layout)) for layout in layouts))

    @staticmethod
    def _slots(
        context: ColumnContext, locale: Locale, numbers: PhoneNumbers
    ) -> tuple[dict[str, SlotValues], ColumnDraw[list[Indices]]]:
        """Return what varies in the numbers by its slot, and the draw of the indices of all."""
        slots: dict[str, SlotValues] = {str(n): slot for n, slot in enumerate(numbers.slots)}
        if not numbers.has_area:
            return slots, context.combination(*map(slot_size, slots.values()))
        if context.unique:  # more numbers than a city's area codes have
            slots = {"area": distinct_area_codes(locale), **slots}
            return slots, context.combination(*map(slot_size, slots.values()))
        areas, first = area_codes(locale)
        drawn = context.combination(*map(slot_size, slots.values()))
        area = OneOfCity(city_of_row(context, locale), context.words("area"), first)
        return {"area": areas, **slots}, drawn.then(AreaAndOthers(area, drawn.compute))


class AreaAndOthers(msgspec.Struct, frozen=True, eq=False):
    """The index of an area code, before those of what follows it."""

    area: IndexFunction
    others: Combination

    def __call__(self, batch: Batch) -> list[Indices]:
        """Return an array for each of them."""
        return [self.area(batch), *self.others(batch)]


class SlotText(msgspec.Struct, frozen=True, eq=False):
    """Text by a layout whose slots are filled by indices."""

    layout: Layout
    filler: SlotFiller
    indices: Combination

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        return self.layout.text(self.filler.fill(self.indices(batch)))


_NO_AREA = 666


@generator("ssn")
class Ssn(Generator, frozen=True):
    """
    A US social security number, `123-45-6789`; where only nine characters fit, its digits.

    It is an American one in every locale. Area, group and serial are ones that can be issued: no
    area 000, 666 or 900 and above, no group 00, no serial 0000.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        numbers = context.combination(898, 99, 9999)

        def form(layout: str, length: int) -> TextForm:
            text = LayoutText(
                Layout(layout), ("area", "group", "serial"), SsnNumbers(numbers.compute)
            )
            return TextForm(length, lambda: BoundGenerator.of(text, numbers))

        return first_that_fits(
            context, form("{area}-{group}-{serial}", 11), form("{area}{group}{serial}", 9)
        )


class SsnNumbers(msgspec.Struct, frozen=True, eq=False):
    """Area, group and serial number, by indices below 898, 99 and 9999."""

    indices: Combination

    def __call__(self, batch: Batch) -> tuple[Element, ...]:
        """Return the three numbers of each row."""
        area, group, serial = self.indices(batch)
        area = area + 1
        area += area >= _NO_AREA
        return (
            Integers(area, 1, 899, digits=3),
            Integers(group + 1, 1, 99, digits=2),
            Integers(serial + 1, 1, 9999, digits=4),
        )


@generator("ssn_last_4")
class SsnLast4(Generator, frozen=True):
    """The last four digits of a US social security number: the row's `ssn`, else 0001 to 9999."""

    beside: ClassVar[tuple[str, ...]] = ("ssn",)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return first_that_fits(context, TextForm(4, lambda: self._bind(context)))

    def _bind(self, context: ColumnContext) -> BoundGenerator:
        column = None if context.unique else text_sibling(context, "ssn")
        if column is None:
            units = context.units(Uniform(), 1, 9999, 0)
            number = IntegersFunction(units.compute, 1, 9999, digits=4)
            return BoundGenerator.of(TextFunction((number,)), units)
        read = context.read_column(column, "text")
        return BoundGenerator.of(LastElement(read.compute), read)


class LastElement(msgspec.Struct, frozen=True, eq=False):
    """The last element of a column's text."""

    column: ColumnFunction

    def __call__(self, batch: Batch) -> Text:
        """Return the element of each row."""
        number = self.column(batch)
        assert isinstance(number, Text), "the generator ssn makes text of elements"
        return Text(number.elements[-1:])
