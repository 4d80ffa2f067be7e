"""
Places in the United States: street addresses, cities, states, ZIP codes; and countries.

The city, state and ZIP code of a row belong together: all three read one drawn row of the pool of
cities. A unique column cannot do that, since there are more rows than cities, so it draws alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shardgen.columns import Integers, Picks, Pool, Text
from shardgen.distributions import Uniform, alias_draw
from shardgen.generators.base import Generator, Maker, Site, generator
from shardgen.generators.wording import (
    PickMaker,
    Strings,
    first_that_fits,
    longest,
    mix,
    picks,
    shorten,
)
from shardgen.pools import load_pool, load_rows

if TYPE_CHECKING:
    from shardgen.batch import Batch

CITY, STATE, ABBREVIATION, ZIP3, _WEIGHT = range(5)  # the columns of us_cities.tsv
_HOUSES = 9999


def _each_city(field: int) -> Strings:
    """Return one field of every city, repeated values included, with the cities' weights."""
    rows = load_rows("us_cities")
    return tuple(row[field] for row in rows), tuple(float(row[_WEIGHT]) for row in rows)


def _distinct(field: int) -> Strings:
    return mix((_each_city(field), 1.0))


def _of_place(site: Site, field: int) -> PickMaker:
    """Return the maker of one field of the city that all place columns of a row share."""
    values, weights = _each_city(field)
    draw, words, pool = alias_draw(weights), site.shared_words("place"), Pool(values)
    return lambda batch: Picks(draw(words(batch)), pool)


def _fits(site: Site, strings: Strings) -> bool:
    return site.max_length is None or longest(strings) <= site.max_length


@generator("city")
class City(Generator, frozen=True):
    """
    A US city, by population, in the row's own state.

    In a column too short for all cities, those that fit are drawn alone and fit no state.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        cities = _distinct(CITY)
        if site.unique or not _fits(site, cities):
            return site.pick(*cities)
        return _of_place(site, CITY)


@generator("state")
class State(Generator, frozen=True):
    """
    A US state, that of the row's own city: its name, or two letters with `abbreviation`.

    A column too short for all names, such as char(2), gets two letters without being asked.
    """

    abbreviation: bool = False

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        short = self.abbreviation or not _fits(site, _distinct(STATE))
        field = ABBREVIATION if short else STATE
        states = _distinct(field)
        if site.unique or not _fits(site, states):
            return site.pick(*states)
        return _of_place(site, field)


@generator("zip_code")
class ZipCode(Generator, frozen=True):
    """A five-digit ZIP code: the first three digits are those of the row's own city."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return first_that_fits(site, (5, lambda: self._bind(site)))

    def _bind(self, site: Site) -> Maker:
        if site.unique:
            return self._unique(site)
        start, end = _of_place(site, ZIP3), site.ticket(100, purpose="end")
        return lambda batch: Text((start(batch), Integers(end(batch), 0, 99, digits=2)))

    def _unique(self, site: Site) -> Maker:
        starts = Pool(_distinct(ZIP3)[0])
        draw = site.combination(len(starts), 100)

        def make(batch: Batch) -> Text:
            start, end = draw(batch)
            return Text((Picks(start, starts), Integers(end, 0, 99, digits=2)))

        return make


@generator("country")
class Country(Generator, frozen=True):
    """
    A country, by population.

    In a table that has a city, state or ZIP code it is the United States, where all of them are.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        in_states = site.sibling("city", "state", "zip_code") is not None and not site.unique
        return site.pick(["United States"]) if in_states else site.pick(*load_pool("countries"))


@generator("address")
class Address(Generator, frozen=True):
    """
    House number and street, such as "4821 Oak Street"; a unique column has 48 million of them.

    Street names that do not fit the column are left out.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        fixed = len(str(_HOUSES)) + 2
        streets = shorten(
            site.max_length, fixed, load_pool("street_name"), load_pool("street_suffix")
        )
        return self._unique(site, *streets) if site.unique else self._drawn(site, *streets)

    def _drawn(self, site: Site, names: Strings, suffixes: Strings) -> Maker:
        house = site.units(Uniform(), 1, _HOUSES, 0, purpose="house")
        street = picks(site, names, suffixes)

        def make(batch: Batch) -> Text:
            name, suffix = street(batch)
            return Text((Integers(house(batch), 1, _HOUSES), " ", name, " ", suffix))

        return make

    def _unique(self, site: Site, names: Strings, suffixes: Strings) -> Maker:
        name_pool, suffix_pool = Pool(names[0]), Pool(suffixes[0])
        draw = site.combination(_HOUSES, len(name_pool), len(suffix_pool))

        def make(batch: Batch) -> Text:
            house, name, suffix = draw(batch)
            number = Integers(house + 1, 1, _HOUSES)
            return Text((number, " ", Picks(name, name_pool), " ", Picks(suffix, suffix_pool)))

        return make
