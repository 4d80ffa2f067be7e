"""Ranges: from a lower bound that is drawn, so long, with the bounds that PostgreSQL writes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError, shown
from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import StreamWords, UniformIndices
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import IndexFunction
from shardgen.random.bounds import centre_outside, least_units, most_units
from shardgen.random.distributions import Distribution, Uniform
from shardgen.random.overriding import override
from shardgen.random.streams import chance
from shardgen.schema.types import ColumnType
from shardgen.tables.calendar import EPOCH, days_of
from shardgen.tables.casts import MAX_DAY, MIN_DAY, cast
from shardgen.tables.values import (
    DAY,
    ColumnValues,
    Dates,
    Decimals,
    Element,
    Integers,
    Text,
    Timestamps,
    Union,
)

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths
    from shardgen.tables.batch import Batch

Bound = int | float | str
_TEXT = ColumnType("text")
_DISCRETE = ("int4range", "int8range", "daterange")
_INTEGERS = {"int4range": 31, "int8range": 63}
_MOMENTS = ("tsrange", "tstzrange")
_LENGTHS = {"daterange": (1, 30), "tsrange": (3600, DAY), "tstzrange": (3600, DAY)}
_USUAL = (0, 1000), (1, 100)  # bounds and lengths of numbers
_PLACES = 2  # of a numrange
_YEAR = 365


@generator("range")
class Range(Generator, frozen=True):
    """
    A range of the column's type, whose lower bound is within `min` … `max`.

    Those are numbers, 0 to 1000 where nothing is said, or days and moments, in the year before
    as-of: `2024-01-01`, `2024-01-01 12:00:00`. It is `min_length` to `max_length` long, each length
    as likely: in whole numbers, days or seconds, a numrange in hundredths. `bounds` are `[)`; of
    numrange and ranges of moments they may be others. None is empty, and all have an upper bound,
    but in the shares that `empty_probability` and `unbounded_probability` say. A distribution is
    one of lower bounds.
    """

    min: Bound | None = None
    max: Bound | None = None
    min_length: Annotated[float, Meta(gt=0)] | None = None
    max_length: Annotated[float, Meta(gt=0)] | None = None
    bounds: Literal["[)", "[]", "(]", "()"] = "[)"
    empty_probability: Annotated[float, Meta(ge=0, le=1)] = 0.0
    unbounded_probability: Annotated[float, Meta(ge=0, le=1)] = 0.0
    distribution: Distribution = Uniform()

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        name = context.type.name
        if name not in (*_INTEGERS, *_MOMENTS, "daterange", "numrange"):
            what = f"range makes ranges, and the column is {context.type}"
            raise BindError(what, "choose a type such as daterange or int4range")
        if name in _DISCRETE and self.bounds != "[)":
            what = f"bounds {self.bounds} are not how PostgreSQL writes a {name}"
            raise BindError(what, "leave bounds out, and count the last value in max_length")
        if context.unique and self.empty_probability:
            what = "empty ranges are equal, and the column is unique"
            raise BindError(what, "leave out empty_probability")
        low, high = self._extent(name, context.as_of)
        length = self._length(name)
        _check_end(name, low, high + length[1])
        _check_centre(self.distribution, name, low, high)
        units = context.units(self.distribution, low, high, _PLACES * (name == "numrange"))
        of = RangesFunction(
            name,
            units.compute,
            UniformIndices(context.key("length"), length[1] - length[0] + 1),
            (low, high),
            length,
            self.bounds,
            (context.words("empty"), self.empty_probability),
            (context.words("unbounded"), self.unbounded_probability),
        )
        return BoundGenerator.of(of, units)

    def _extent(self, name: str, as_of: int) -> tuple[int, int]:
        """Return the least and the greatest lower bound in units of the type."""
        if (self.min is None) != (self.max is None):
            raise BindError("one of min and max is given without the other", "give both")
        if self.min is None or self.max is None:
            if name == "numrange":
                return 0, _USUAL[0][1] * 10**_PLACES
            if name in _INTEGERS:
                return _USUAL[0]
            step = DAY if name in _MOMENTS else 1
            return (as_of - _YEAR) * step, (as_of - 1) * step
        if name in _INTEGERS or name == "numrange":
            ends = (_number(self.min), _number(self.max))
            places = _PLACES * (name == "numrange")
            low, high = least_units(ends[0], places), most_units(ends[1], places)
        else:
            low, high = (_moment(each, name) for each in (self.min, self.max))
        if low > high:
            raise BindError(f"min {self.min} is above max {self.max}", "swap them")
        return low, high

    def _length(self, name: str) -> tuple[int, int]:
        usual = _LENGTHS.get(name, _USUAL[1])
        places = _PLACES * (name == "numrange")
        least = usual[0] if self.min_length is None else self.min_length
        most = max(least, usual[1]) if self.max_length is None else self.max_length
        low, high = max(1, least_units(least, places)), most_units(most, places)
        if low > high:
            raise BindError(f"no length lies within {least:g} to {most:g}", "give both")
        return low, high


def _number(bound: Bound) -> float:
    if isinstance(bound, str):
        raise BindError(f"{shown(bound)} is no number", "write one, such as 10")
    return bound


def _moment(bound: Bound, name: str) -> int:
    """Return a day in days since 1970-01-01, or a moment in seconds since then."""
    try:
        moment = dt.datetime.fromisoformat(str(bound))
    except ValueError:
        raise BindError(f"{shown(bound)} is no date", "write one such as 2024-12-31") from None
    if moment.tzinfo is not None or moment.microsecond:
        raise BindError(f"{shown(bound)} is no moment of whole seconds in UTC")
    if name == "daterange":
        return days_of(moment.date())
    return (moment - dt.datetime.combine(EPOCH, dt.time())) // dt.timedelta(seconds=1)


def _check_centre(distribution: Distribution, name: str, low: int, high: int) -> None:
    """Refuse a law whose middle is no lower bound: nearly all of them would be one."""
    scale = 10**_PLACES if name == "numrange" else 1
    found = centre_outside(distribution, low / scale, high / scale)
    if found is None:
        return
    unit = {"daterange": "days", "tsrange": "seconds", "tstzrange": "seconds"}.get(name)
    since = "" if unit is None else f", in {unit} since 1970-01-01"
    what = f"{found[1]} is not within {low / scale:.15g} to {high / scale:.15g}{since}"
    raise BindError(f"{what}, where lower bounds lie", "give another, or min and max around it")


def _check_end(name: str, low: int, end: int) -> None:
    """Refuse ranges that their type or the calendar does not hold."""
    if name in _INTEGERS:
        most = (1 << _INTEGERS[name]) - 1
        least = -most - 1
    elif name in _MOMENTS:
        least, most = MIN_DAY * DAY, MAX_DAY * DAY
    else:
        least, most = (MIN_DAY, MAX_DAY) if name == "daterange" else (-(10**17), 10**17)
    if low < least or end > most:
        raise BindError(f"a range ends beyond what {name} holds", "narrow min, max or max_length")


class RangesFunction(msgspec.Struct, frozen=True, eq=False):
    """Ranges of the type `name`: lower bounds within `extent`, and lengths within `length`."""

    name: str
    units: IndexFunction
    more: IndexFunction
    extent: tuple[int, int]
    length: tuple[int, int]
    bounds: str
    empty: tuple[StreamWords, float]
    unbounded: tuple[StreamWords, float]

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        low, high = self.extent
        least, most = self.length
        start = self.units(batch)
        lower = self._text(start, low, high)
        upper = self._text(start + self.more(batch) + least, low + least, high + most)
        branches: list[tuple[Element, ...]] = [
            (self.bounds[0], *lower, ",", *upper, self.bounds[1]),
            (self.bounds[0], *lower, ",)"),
            ("empty",),
        ]
        if not (self.empty[1] or self.unbounded[1]):
            return Text(branches[0])
        which = np.zeros(len(batch), np.int64)
        which[_chosen(self.unbounded, batch)] = 1
        which[_chosen(self.empty, batch)] = 2
        return Text((Union(tuple(branches), which),))

    def _text(self, units: Indices, low: int, high: int) -> tuple[Element, ...]:
        """Return bounds as elements of text."""
        made: ColumnValues
        if self.name in _MOMENTS:
            made = Timestamps(units, low, high)
        elif self.name == "daterange":
            made = Dates(units, low, high)
        elif self.name == "numrange":
            made = Decimals(units, _PLACES, low, high)
        else:
            made = Integers(units, low, high)
        text = cast(made, _TEXT)
        assert isinstance(text, Text), "numbers and times are put together"
        if self.name not in _MOMENTS:
            return text.elements
        return ('"', *text.elements, '+00"' if self.name == "tstzrange" else '"')


def _chosen(share: tuple[StreamWords, float], batch: Batch) -> Truths:
    words, probability = share
    return chance(words(batch), probability)
