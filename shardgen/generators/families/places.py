"""
Places in the locale's country: street addresses, cities, states, postal codes; and countries.

The city, state and postal code of a row belong together: all three read one drawn row of the pool
of cities. A unique column cannot do that, since there are more rows than cities, so it draws alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from shardgen.generators.column_streams import DEFAULT_LOCALE
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.cities import (
    ABBREVIATION,
    CITY,
    HIGH,
    LOW,
    STATE,
    OneOfCity,
    PostalCodes,
    all_codes,
    city_of_row,
    codes_of_cities,
    distinct,
    each_city,
)
from shardgen.generators.functions import Combination
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.locale import LOCALES, AddressForm, Locale, locale_of
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction, IndexFunction
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
from shardgen.generators.weighted_strings import WeightedStrings, shorten
from shardgen.random.distributions import Uniform
from shardgen.random.overriding import override
from shardgen.tables.values import Dictionary, Integers, Pool, PoolFunction, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import Element


def _of_place(context: ColumnContext, locale: Locale, field: int) -> BoundGenerator:
    """Return one field of the row's city."""
    city = city_of_row(context, locale)
    return BoundGenerator(compute=Picks(city, each_city(locale, field).pool))


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
        cities = distinct(locale, CITY)
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
        short = self.abbreviation or not _fits(context, distinct(locale, STATE))
        field = ABBREVIATION if short else STATE
        states = distinct(locale, field)
        if context.unique or not _fits(context, states):
            return _alone(context, states)
        return _of_place(context, locale, field)


class CodesOfPlaces(msgspec.Struct, frozen=True, eq=False):
    """Postal codes of a layout, by index; `end` draws what varies beside them."""

    layout: Layout
    codes: PostalCodes
    filler: SlotFiller
    index: IndexFunction
    end: tuple[IndexFunction, ...]

    def __call__(self, batch: Batch) -> Text:
        """Return the code of each row."""
        code = self.codes.elements(self.index(batch))
        return self.layout.text(code | self.filler.fill([draw(batch) for draw in self.end]))


class CombinedCodes(msgspec.Struct, frozen=True, eq=False):
    """Postal codes of a layout, by indices of them and of what varies beside them."""

    layout: Layout
    codes: PostalCodes
    filler: SlotFiller
    indices: Combination

    def __call__(self, batch: Batch) -> Text:
        """Return the code of each row."""
        index, *end = self.indices(batch)
        return self.layout.text(self.codes.elements(index) | self.filler.fill(end))


@generator("zip_code")
class ZipCode(Generator, frozen=True):
    """
    A postal code of the row's own city.

    In the US one of those in use in it, PO boxes aside; a unique column takes any code that begins
    as the city's do. In Germany, France and Egypt five digits, in Britain `M4 1QD`, in Japan
    `220-0042`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        form = locale.postal_codes
        layout, low = Layout(form.layout), each_city(locale, LOW)
        code = max(low.longest, each_city(locale, HIGH).longest, form.digits)
        length = layout.fixed + code + sum(map(slot_length, form.slots.values()))
        bind = self._unique if context.unique else self._drawn
        return first_that_fits(context, TextForm(length, lambda: bind(context, locale, layout)))

    def _drawn(self, context: ColumnContext, locale: Locale, layout: Layout) -> BoundGenerator:
        slots = locale.postal_codes.slots
        end = [
            context.unique_index(slot_size(slot), purpose=f"end {name}")
            for name, slot in slots.items()
        ]
        codes, first = codes_of_cities(locale)
        index = OneOfCity(city_of_row(context, locale), context.words("end"), first)
        draws = tuple(draw.compute for draw in end)
        return BoundGenerator.of(
            CodesOfPlaces(layout, codes, SlotFiller(slots), index, draws), *end
        )

    def _unique(self, context: ColumnContext, locale: Locale, layout: Layout) -> BoundGenerator:
        slots, codes = locale.postal_codes.slots, all_codes(locale)
        indices = context.combination(len(codes), *map(slot_size, slots.values()))
        text = CombinedCodes(layout, codes, SlotFiller(slots), indices.compute)
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
    Names that do not fit the column are left out. A share `units` has a unit behind the street,
    such as "4821 Oak Street Apt 4B", in en_US alone.
    """

    units: Annotated[float, Meta(ge=0, le=1)] = 0.0

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        form, layout = locale.address, Layout(locale.address.layout)
        fixed = layout.fixed + sum(len(str(most)) for most in form.numbers.values())
        if self.units:
            from shardgen.generators.families.address_units import longest_unit, with_units

            fixed += longest_unit(locale)
        pools = shorten(context.max_length, fixed, *(locale.pool(name) for name in form.pools))
        bind = self._unique if context.unique else self._drawn
        street = bind(context, form, layout, pools)
        return with_units(context, street, self.units) if self.units else street

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
