"""
The city of a row, and what it decides: its state, its postal codes, its telephone area codes.

All columns of a row that say a place read one drawn line of the locale's pool of cities.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import DrawnIndices
from shardgen.generators.locales.locale import Locale
from shardgen.generators.sources import IndexFunction, WordsFunction
from shardgen.generators.weighted_strings import WeightedStrings, mix
from shardgen.random.streams import below_each
from shardgen.tables.values import Dictionary, Integers, Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import Element

CITY, STATE, ABBREVIATION, LOW, HIGH, _WEIGHT, _CODES, _AREAS = range(8)
"""The columns of cities.tsv; a country whose codes all are in use has no more than six."""


@cache
def each_city(locale: Locale, field: int) -> WeightedStrings:
    """Return one field of every city, repeated values included, with the cities' weights."""
    rows = locale.rows("cities")
    return WeightedStrings([row[field] for row in rows], [float(row[_WEIGHT]) for row in rows])


@cache
def distinct(locale: Locale, field: int) -> WeightedStrings:
    """Return the different values of a field, each with the weights of its cities."""
    return mix((each_city(locale, field), 1.0))


def city_of_row(context: ColumnContext, locale: Locale) -> DrawnIndices:
    """Return the line of the pool of cities that all place columns of a row share."""
    return DrawnIndices(each_city(locale, CITY).draw, context.shared_words("place"))


class OneOfCity(msgspec.Struct, frozen=True, eq=False):
    """
    One of the numbers that a row's city has, each as likely.

    Those of city n are `first[n]` … `first[n + 1]` - 1.
    """

    city: IndexFunction
    words: WordsFunction
    first: Indices

    def __call__(self, batch: Batch) -> Indices:
        """Return the number of each row."""
        city = self.city(batch)
        first = self.first.take(city)
        size = (self.first.take(city + 1) - first).view(np.uint64)
        return first + below_each(self.words(batch), size)


def _starts(counts: Iterable[int]) -> Indices:
    """Return where each of several runs of numbers begins, and where the last ends."""
    return np.array([*accumulate(counts, initial=0)], np.int64)


class PostalCodes:
    """Postal codes one after another: letters, which may be none, and a number."""

    def __init__(self, ranges: Sequence[tuple[str, str]], least_digits: int) -> None:
        """Read the first and the last code of each range; numbers have at least so many digits."""
        self._letters = Pool([low.rstrip(digits) for low, _ in ranges])
        ends = [[int(code.lstrip(ascii_uppercase)) for code in codes] for codes in ranges]
        numbers = [np.arange(low, high + 1) for low, high in ends]
        self.sizes = [len(each) for each in numbers]
        self._number = np.concatenate(numbers)
        self._range = np.repeat(np.arange(len(ranges)), self.sizes)
        self._digits = least_digits

    def __len__(self) -> int:
        """Return how many codes there are."""
        return len(self._number)

    def elements(self, index: Indices) -> dict[str, Element]:
        """Return the letters and the number of each code, by its index among all."""
        number, most = self._number.take(index), int(self._number.max())
        letters = Dictionary(self._range.take(index), self._letters)
        return {"letters": letters, "code": Integers(number, 0, most, digits=self._digits)}


def codes_of_cities(locale: Locale) -> tuple[PostalCodes, Indices]:
    """Return the postal codes in use of every city, and where each city's begin among them."""
    rows = locale.rows("cities")
    of_each = [_ranges_in_use(row) for row in rows]
    ranges = [each for of_city in of_each for each in of_city]
    codes = PostalCodes(ranges, locale.postal_codes.digits)
    first_range = _starts(map(len, of_each))
    return codes, _starts(codes.sizes)[first_range]


def _ranges_in_use(row: tuple[str, ...]) -> list[tuple[str, str]]:
    if len(row) <= _CODES:
        return [(row[LOW], row[HIGH])]
    pairs = [text.partition("-") for text in row[_CODES].split(" ")]
    return [(low, high or low) for low, _, high in pairs]


def all_codes(locale: Locale) -> PostalCodes:
    """Return each postal code that begins as a city's do, whether it is in use or not."""
    ranges = dict.fromkeys((row[LOW], row[HIGH]) for row in locale.rows("cities"))
    return PostalCodes([*ranges], locale.postal_codes.digits)


@cache
def area_codes(locale: Locale) -> tuple[tuple[str, ...], Indices]:
    """Return the area codes of every city, and where each city's begin among them."""
    of_each = [row[_AREAS].split(" ") for row in locale.rows("cities")]
    return tuple(area for areas in of_each for area in areas), _starts(map(len, of_each))


@cache
def distinct_area_codes(locale: Locale) -> tuple[str, ...]:
    """Return every area code once."""
    return tuple(dict.fromkeys(area_codes(locale)[0]))
