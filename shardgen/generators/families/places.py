"""
Places in the locale's country: street addresses, cities, states, postal codes; and countries.

The city, state and postal code of a row belong together: all three read one drawn row of the pool
of cities. A unique column cannot do that, since there are more rows than cities, so it draws alone.
"""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING

import numpy as np

from shardgen.generators.context import (
    DEFAULT_LOCALE,
    ColumnContext,
    ColumnFunction,
    Generator,
    IndexFunction,
    generator,
)
from shardgen.generators.locales.locale import LOCALES, AddressForm, Locale, locale_of
from shardgen.generators.text_parts import (
    Layout,
    PickMaker,
    Strings,
    first_that_fits,
    longest,
    mix,
    picks,
    shorten,
    slot_filler,
    slot_length,
    slot_size,
)
from shardgen.random.alias import alias_draw
from shardgen.random.distributions import Uniform
from shardgen.random.streams import below_each
from shardgen.tables.values import Dictionary, Integers, Pool, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import Part

Filler = Callable[["Batch"], "dict[str, Part]"]
"""What gives each slot of a layout its values."""

CITY, STATE, ABBREVIATION, LOW, HIGH, _WEIGHT = range(6)  # the columns of cities.tsv


def _each_city(locale: Locale, field: int) -> Strings:
    """Return one field of every city, repeated values included, with the cities' weights."""
    rows = locale.rows("cities")
    return tuple(row[field] for row in rows), tuple(float(row[_WEIGHT]) for row in rows)


def _distinct(locale: Locale, field: int) -> Strings:
    return mix((_each_city(locale, field), 1.0))


def _city_of_row(context: ColumnContext, locale: Locale) -> IndexFunction:
    """Return the maker of the line of the pool of cities that all place columns of a row share."""
    draw, words = alias_draw(_each_city(locale, CITY)[1]), context.shared_words("place")
    return lambda batch: draw(words(batch))


def _of_place(context: ColumnContext, locale: Locale, field: int) -> PickMaker:
    """Return the maker of one field of the row's city."""
    city, pool = _city_of_row(context, locale), Pool(_each_city(locale, field)[0])
    return lambda batch: Dictionary(city(batch), pool)


def _fits(context: ColumnContext, strings: Strings) -> bool:
    return context.max_length is None or longest(strings) <= context.max_length


@generator("city")
class City(Generator, frozen=True):
    """
    A city, by population, in the row's own state.

    In a column too short for all cities, those that fit are drawn alone and fit no state.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = locale_of(context)
        cities = _distinct(locale, CITY)
        if context.unique or not _fits(context, cities):
            return context.pick(*cities)
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

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = locale_of(context)
        short = self.abbreviation or not _fits(context, _distinct(locale, STATE))
        field = ABBREVIATION if short else STATE
        states = _distinct(locale, field)
        if context.unique or not _fits(context, states):
            return context.pick(*states)
        return _of_place(context, locale, field)


class _Codes:
    """
    The ranges of postal codes of each city: letters, then a number from `low` on, of `size`.

    Ranges of a pool are the same or have no code in common.
    """

    def __init__(self, rows: list[tuple[str, str]]) -> None:
        """Read the first and the last code of each."""
        self.letters = Pool([low.rstrip(digits) for low, _ in rows])
        low, high = (
            np.array([int(code.lstrip(ascii_uppercase)) for code in codes], np.int64)
            for codes in zip(*rows, strict=True)
        )
        self.low = low
        self.size = (high - low + 1).astype(np.uint64)
        self._most = int(high.max())

    def parts(self, place: Indices, ahead: Indices, least: int) -> dict[str, Part]:
        """Return the letters and the number that is `ahead` of the first one of a range."""
        number = Integers(self.low.take(place) + ahead, 0, self._most, digits=least)
        return {"letters": Dictionary(place, self.letters), "code": number}


@generator("zip_code")
class ZipCode(Generator, frozen=True):
    """
    A postal code of the row's own city, such as five digits of which the first three are its own.

    In Germany, France and Egypt five digits, in Britain `M4 1QD`, in Japan `220-0042`.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = locale_of(context)
        form = locale.postal_codes
        layout, letters = Layout(form.layout), _each_city(locale, LOW)[0]
        code = max(map(len, (*letters, *_each_city(locale, HIGH)[0], "0" * form.digits)))
        length = layout.fixed + code + sum(map(slot_length, form.slots.values()))
        bind = self._unique if context.unique else self._drawn
        return first_that_fits(context, (length, lambda: bind(context, locale, layout)))

    def _drawn(self, context: ColumnContext, locale: Locale, layout: Layout) -> ColumnFunction:
        form, city = locale.postal_codes, _city_of_row(context, locale)
        codes = _Codes([(row[LOW], row[HIGH]) for row in locale.rows("cities")])
        words = context.words("end")
        fill = slot_filler(form.slots)
        rest = [
            context.ticket(slot_size(slot), purpose=f"end {name}")
            for name, slot in form.slots.items()
        ]

        def make(batch: Batch) -> Text:
            place = city(batch)
            ahead = below_each(words(batch), codes.size.take(place))
            code = codes.parts(place, ahead, form.digits)
            return layout.text(code | fill([draw(batch) for draw in rest]))

        return make

    def _unique(self, context: ColumnContext, locale: Locale, layout: Layout) -> ColumnFunction:
        form, rows = locale.postal_codes, locale.rows("cities")
        codes = _Codes(list(dict.fromkeys((row[LOW], row[HIGH]) for row in rows)))
        starts = np.concatenate([[0], np.cumsum(codes.size.astype(np.int64))])
        fill = slot_filler(form.slots)
        draw = context.combination(int(starts[-1]), *map(slot_size, form.slots.values()))

        def make(batch: Batch) -> Text:
            number, *rest = draw(batch)
            place = starts.searchsorted(number, "right") - 1
            code = codes.parts(place, number - starts.take(place), form.digits)
            return layout.text(code | fill(rest))

        return make


@generator("country")
class Country(Generator, frozen=True):
    """
    A country, by population, in the locale's language.

    In a table that has a city, state or postal code it is the country where these are.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        names = locale_of(context).pool("countries")
        place = None if context.unique else _place_beside(context)
        if place is None:
            return context.pick(*names)
        countries = LOCALES[DEFAULT_LOCALE].pool("countries")[0]
        return context.pick([names[0][countries.index(place.country)]])


def _place_beside(context: ColumnContext) -> Locale | None:
    """Return the locale of the row's place: the column's own if there is one in it, else any."""
    beside = [
        locale_of(context, column)
        for column in context.table.columns
        if column.generator in ("city", "state", "zip_code") and column.name != context.column.name
    ]
    own = locale_of(context)
    return own if own in beside else next(iter(beside), None)


@generator("address")
class Address(Generator, frozen=True):
    """
    Street and house, such as "4821 Oak Street", in the locale's order.

    A unique column has 48 million of them, and in other countries from 15,000 (Egypt) to 360,000
    (Britain). In Japan it is a neighbourhood with its numbers, since streets have no names there.
    Names that do not fit the column are left out.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = locale_of(context)
        form, layout = locale.address, Layout(locale.address.layout)
        fixed = layout.fixed + sum(len(str(most)) for most in form.numbers.values())
        pools = shorten(context.max_length, fixed, *(locale.pool(name) for name in form.pools))
        fill = (
            self._unique(context, form, pools)
            if context.unique
            else self._drawn(context, form, pools)
        )
        return lambda batch: layout.text(fill(batch))

    def _drawn(self, context: ColumnContext, form: AddressForm, pools: list[Strings]) -> Filler:
        numbers = {
            name: context.units(Uniform(), 1, most, 0, purpose=name)
            for name, most in form.numbers.items()
        }
        street = picks(context, *pools)

        def fill(batch: Batch) -> dict[str, Part]:
            made = [numbers[name](batch) for name in numbers]
            return _filled(form, made, street(batch))

        return fill

    def _unique(self, context: ColumnContext, form: AddressForm, pools: list[Strings]) -> Filler:
        words = [Pool(values) for values, _ in pools]
        draw = context.combination(*form.numbers.values(), *map(len, words))

        def fill(batch: Batch) -> dict[str, Part]:
            indices = draw(batch)
            made = [index + 1 for index in indices[: len(form.numbers)]]
            chosen = zip(indices[len(made) :], words, strict=True)
            return _filled(form, made, [Dictionary(index, pool) for index, pool in chosen])

        return fill


def _filled(form: AddressForm, numbers: list[Indices], words: list[Dictionary]) -> dict[str, Part]:
    of_numbers = zip(form.numbers.items(), numbers, strict=True)
    filled: dict[str, Part] = {n: Integers(made, 1, most) for (n, most), made in of_numbers}
    return filled | dict(zip(form.pools, words, strict=True))
