"""
Places in the locale's country: street addresses, cities, states, postal codes; and countries.

The city, state and postal code of a row belong together: all three read one drawn row of the pool
of cities. A unique column cannot do that, since there are more rows than cities, so it draws alone.
"""

from __future__ import annotations

from functools import cache
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from shardgen.generators.context import DEFAULT_LOCALE, ColumnContext
from shardgen.generators.functions import Combination, DrawnIndices
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.locale import LOCALES, AddressForm, Locale, locale_of
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction, IndexFunction, WordsFunction
from shardgen.generators.text_parts import (
    Layout,
    SlotFiller,
    TextForm,
    first_that_fits,
    picks,
    slot_length,
    slot_size,
    text_sibling,
)
from shardgen.generators.value_functions import Picks
from shardgen.generators.weighted_strings import WeightedStrings, mix, shorten
from shardgen.random.distributions import Uniform
from shardgen.random.overriding import override
from shardgen.random.streams import below_each
from shardgen.tables.values import Dictionary, Integers, Pool, PoolFunction, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import Element

CITY, STATE, ABBREVIATION, LOW, HIGH, _WEIGHT = range(6)  # the columns of cities.tsv


@cache
def _each_city(locale: Locale, field: int) -> WeightedStrings:
    """Return one field of every city, repeated values included, with the cities' weights."""
    rows = locale.rows("cities")
    return WeightedStrings([row[field] for row in rows], [float(row[_WEIGHT]) for row in rows])


@cache
def _distinct(locale: Locale, field: int) -> WeightedStrings:
    return mix((_each_city(locale, field), 1.0))


def _city_of_row(context: ColumnContext, locale: Locale) -> DrawnIndices:
    """Return the line of the pool of cities that all place columns of a row share."""
    return DrawnIndices(_each_city(locale, CITY).draw, context.shared_words("place"))


def _of_place(context: ColumnContext, locale: Locale, field: int) -> BoundGenerator:
    """Return one field of the row's city."""
    city = _city_of_row(context, locale)
    return BoundGenerator(compute=Picks(city, _each_city(locale, field).pool))


def _alone(context: ColumnContext, strings: WeightedStrings) -> BoundGenerator:
    """Return strings that are drawn apart from the row's city."""
    pick = context.pick(strings)
    return BoundGenerator.of(pick.compute, pick)


def _fits(context: ColumnContext, strings: WeightedStrings) -> bool:
    return context.max_length is None or strings.longest <= context.max_length


@generator("city")
class City(Generator, frozen=True):
    """
    A city, by population, in the row's own state.

    In a column too short for all cities, those that fit are drawn alone and fit no state.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        cities = _distinct(locale, CITY)
        if context.unique or not _fits(context, cities):
            return _alone(context, cities)
        return _of_place(context, locale, CITY)


@generator("state")
class State(Generator, frozen=True):
    """
    The state of the row's own city: its name, or two letters with `abbreviation`.

    A column too short for all names, such as char(2), gets two letters without being asked. In
    Germany it is the Bundesland, in France the région, in Britain the county, in Japan the
    prefecture, in Egypt the governorate, and the abbreviation what is usual there.
    """

    abbreviation: bool = False

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        short = self.abbreviation or not _fits(context, _distinct(locale, STATE))
        field = ABBREVIATION if short else STATE
        states = _distinct(locale, field)
        if context.unique or not _fits(context, states):
            return _alone(context, states)
        return _of_place(context, locale, field)


class CodeRanges:
    """
    The ranges of postal codes of each city: letters, then a number from `low` on, of `size`.

    Ranges of a pool are the same or have no code in common.
    """

    def __init__(self, rows: list[tuple[str, str]], least_digits: int) -> None:
        """Read the first and the last code of each; numbers have at least so many digits."""
        self.letters = Pool([low.rstrip(digits) for low, _ in rows])
        low, high = (
            np.array([int(code.lstrip(ascii_uppercase)) for code in codes], np.int64)
            for codes in zip(*rows, strict=True)
        )
        self.low = low
        self.size = (high - low + 1).astype(np.uint64)
        self._most = int(high.max())
        self._digits = least_digits

    def fill(self, city: Indices, ahead: Indices) -> dict[str, Element]:
        """Return the letters and the number that is `ahead` of the first one of a range."""
        number = Integers(self.low.take(city) + ahead, 0, self._most, digits=self._digits)
        return {"letters": Dictionary(city, self.letters), "code": number}


class CodesOfCity(msgspec.Struct, frozen=True, eq=False):
    """Postal codes of a row's city; `end` draws what varies within a city."""

    layout: Layout
    codes: CodeRanges
    city: IndexFunction
    words: WordsFunction
    filler: SlotFiller
    end: tuple[IndexFunction, ...]

    def __call__(self, batch: Batch) -> Text:
        """Return the code of each row."""
        city = self.city(batch)
        ahead = below_each(self.words(batch), self.codes.size.take(city))
        code = self.codes.fill(city, ahead)
        return self.layout.text(code | self.filler.fill([draw(batch) for draw in self.end]))


class CodesOfAllCities(msgspec.Struct, frozen=True, eq=False):
    """Postal codes by their number among all codes, and the values of the slots."""

    layout: Layout
    codes: CodeRanges
    starts: Indices
    indices: Combination
    filler: SlotFiller

    def __call__(self, batch: Batch) -> Text:
        """Return the code of each row."""
        number, *rest = self.indices(batch)
        city = self.starts.searchsorted(number, "right") - 1
        code = self.codes.fill(city, number - self.starts.take(city))
        return self.layout.text(code | self.filler.fill(rest))


@generator("zip_code")
class ZipCode(Generator, frozen=True):
    """
    A postal code of the row's own city, such as five digits of which the first three are its own.

    In Germany, France and Egypt five digits, in Britain `M4 1QD`, in Japan `220-0042`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        form = locale.postal_codes
        layout, low = Layout(form.layout), _each_city(locale, LOW)
        code = max(low.longest, _each_city(locale, HIGH).longest, form.digits)
        length = layout.fixed + code + sum(map(slot_length, form.slots.values()))
        bind = self._unique if context.unique else self._drawn
        return first_that_fits(context, TextForm(length, lambda: bind(context, locale, layout)))

    def _drawn(self, context: ColumnContext, locale: Locale, layout: Layout) -> BoundGenerator:
        form = locale.postal_codes
        codes = CodeRanges([(row[LOW], row[HIGH]) for row in locale.rows("cities")], form.digits)
        end = [
            context.unique_index(slot_size(slot), purpose=f"end {name}")
            for name, slot in form.slots.items()
        ]
        text = CodesOfCity(
            layout,
            codes,
            _city_of_row(context, locale),
            context.words("end"),
            SlotFiller(form.slots),
            tuple(draw.compute for draw in end),
        )
        return BoundGenerator.of(text, *end)

    def _unique(self, context: ColumnContext, locale: Locale, layout: Layout) -> BoundGenerator:
        form, rows = locale.postal_codes, locale.rows("cities")
        ranges = dict.fromkeys((row[LOW], row[HIGH]) for row in rows)
        codes = CodeRanges(list(ranges), form.digits)
        starts = np.concatenate([[0], np.cumsum(codes.size.astype(np.int64))])
        indices = context.combination(int(starts[-1]), *map(slot_size, form.slots.values()))
        filler = SlotFiller(form.slots)
        text = CodesOfAllCities(layout, codes, starts, indices.compute, filler)
        return BoundGenerator.of(text, indices)


_PLACES = ("city", "state", "state_code", "zip_code")


@generator("country")
class Country(Generator, frozen=True):
    """
    A country, by population, in the locale's language.

    In a table that has a city, state or postal code it is the country where these are.
    """

    beside: ClassVar[tuple[str, ...]] = _PLACES

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        names = locale_of(context).pool("countries")
        place = None if context.unique else _place_beside(context)
        if place is None:
            return _alone(context, names)
        countries = LOCALES[DEFAULT_LOCALE].pool("countries").values
        return _alone(context, WeightedStrings([names.values[countries.index(place.country)]]))


def _place_beside(context: ColumnContext) -> Locale | None:
    """Return the locale of the row's place: the column's own if there is one in it, else any."""
    beside = [
        locale_of(context, column)
        for column in context.table.columns
        if column.generator in _PLACES and column.name != context.column.name
    ]
    own = locale_of(context)
    return own if own in beside else next(iter(beside), None)


@generator("country_code")
class CountryCode(Generator, frozen=True):
    """
    The code of a country by ISO 3166-1, two letters: that of the row's own `country`.

    In a table without one, that of the row's city, state or postal code, else by population.
    """

    beside: ClassVar[tuple[str, ...]] = ("country", *_PLACES)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        codes = load_pool("country_code")
        beside = None if context.unique else text_sibling(context, "country")
        if beside is not None:
            read = context.read_column(beside, "text")
            code = CodesOfPool(locale_of(context, read.column))
            return BoundGenerator.of(CodesOfNames(read.compute, code), read)
        place = None if context.unique else _place_beside(context)
        if place is None:
            return _alone(context, codes)
        countries = LOCALES[DEFAULT_LOCALE].pool("countries").values
        return _alone(context, WeightedStrings([codes.values[countries.index(place.country)]]))


class CodesOfPool(PoolFunction["Pool"], frozen=True):
    """The code of each country of a pool; of a text that is none, its first two letters."""

    locale: Locale

    @override
    def __call__(self, pool: Pool) -> Pool:
        names = self.locale.pool("countries").values
        codes = dict(zip(names, load_pool("country_code").values, strict=True))
        return Pool([codes.get(name, name[:2].upper()) for name in pool.values])


class CodesOfNames(msgspec.Struct, frozen=True, eq=False):
    """The code of each row's name."""

    names: ColumnFunction
    code: CodesOfPool

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the code of each row."""
        names = self.names(batch)
        assert isinstance(names, Dictionary), "the generator country picks names"
        return Dictionary(names.indices, names.pool.mapped(self.code))


@generator("state_code")
class StateCode(Generator, frozen=True):
    """The state of the row's own city as two letters, as `state` with `abbreviation`."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return State(abbreviation=True).bind(context)


@generator("address")
class Address(Generator, frozen=True):
    """
    Street and house, such as "4821 Oak Street", in the locale's order.

    A unique column has 48 million of them, and in other countries from 15,000 (Egypt) to 360,000
    (Britain). In Japan it is a neighbourhood with its numbers, since streets have no names there.
    Names that do not fit the column are left out.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        form, layout = locale.address, Layout(locale.address.layout)
        fixed = layout.fixed + sum(len(str(most)) for most in form.numbers.values())
        pools = shorten(context.max_length, fixed, *(locale.pool(name) for name in form.pools))
        bind = self._unique if context.unique else self._drawn
        return bind(context, form, layout, pools)

    def _drawn(
        self,
        context: ColumnContext,
        form: AddressForm,
        layout: Layout,
        pools: list[WeightedStrings],
    ) -> BoundGenerator:
        numbers = [
            context.other_units(name, Uniform(), 1, most) for name, most in form.numbers.items()
        ]
        street = picks(context, *pools)
        computes = tuple(number.compute for number in numbers)
        text = DrawnAddress(layout, form, computes, street.compute)
        return BoundGenerator.of(text, *numbers, street)

    def _unique(
        self,
        context: ColumnContext,
        form: AddressForm,
        layout: Layout,
        pools: list[WeightedStrings],
    ) -> BoundGenerator:
        words = tuple(pool.pool for pool in pools)
        indices = context.combination(*form.numbers.values(), *map(len, words))
        return BoundGenerator.of(UniqueAddress(layout, form, indices.compute, words), indices)


class DrawnAddress(msgspec.Struct, frozen=True, eq=False):
    """Addresses whose numbers and words are drawn each by itself."""

    layout: Layout
    form: AddressForm
    numbers: tuple[IndexFunction, ...]
    words: Callable[[Batch], list[Dictionary]]

    def __call__(self, batch: Batch) -> Text:
        """Return the address of each row."""
        numbers = [number(batch) for number in self.numbers]
        return self.layout.text(_filled(self.form, numbers, self.words(batch)))


class UniqueAddress(msgspec.Struct, frozen=True, eq=False):
    """Addresses whose numbers and words are drawn together."""

    layout: Layout
    form: AddressForm
    indices: Combination
    words: tuple[Pool, ...]

    def __call__(self, batch: Batch) -> Text:
        """Return the address of each row."""
        indices = self.indices(batch)
        count = len(self.form.numbers)
        numbers = [index + 1 for index in indices[:count]]
        words = list(map(Dictionary, indices[count:], self.words))
        return self.layout.text(_filled(self.form, numbers, words))


def _filled(
    form: AddressForm, numbers: list[Indices], words: list[Dictionary]
) -> dict[str, Element]:
    of_numbers = zip(form.numbers.items(), numbers, strict=True)
    filled: dict[str, Element] = {n: Integers(made, 1, most) for (n, most), made in of_numbers}
    return filled | dict(zip(form.pools, words, strict=True))
