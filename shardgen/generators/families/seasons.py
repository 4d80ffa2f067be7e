"""
Seasons: days and hours that are busier than others, and growth from year to year.

They are weights of months, weekdays, holidays and hours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError, nearest
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.date_functions import DatesFunction
from shardgen.generators.families.holidays import NAMES, holidays
from shardgen.generators.functions import DrawnIndices, ShiftedIndices
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.sources import ColumnDraw, IndexFunction, WordsFunction
from shardgen.random.distributions import DISTRIBUTION_NAMES, Distribution, Quantiles, Uniform
from shardgen.random.streams import below_each
from shardgen.random.weighted import WeightedIntervals
from shardgen.tables.calendar import civil
from shardgen.tables.values import DAY, Timestamps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.generators.sources import ColumnRead
    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch
    from shardgen.tables.presence import Times

    Floats = NDArray[np.float64]

Weight = Annotated[float, Meta(ge=0, le=1e9)]
Growth = Annotated[float, Meta(ge=-0.9, le=9)]
_Numbers = Callable[[str, str], Iterable[int]]

MOST_DAYS = 400_000  # of a column with seasons: each has a weight of its own
_MONDAY = 3  # days from the Monday before 1970-01-01, a Thursday
_HOUR = 3600  # seconds
_YEAR = 365.2425  # days
_NUMBER = re.compile(r"[0-9]{1,2}")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Seasonal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Relative weights of months, weekdays, holidays and hours; what is not named has 1.

    Months and weekdays go by number, from 1 for January and Monday, or by English name. Holidays go
    by name; `us_federal` are the days when offices are closed in the US. Hours go from 0 to 23,
    alone or as a span such as `10-17`, both ends included; timestamps only. With a `growth` of 0.2
    a day weighs a fifth more than the one a year before. `per` is a column of a parent that rises
    by row, such as `customer.signed_up_at`: a day weighs as much as there are parents at its begin.
    """

    months: dict[str, Weight] = {}
    weekdays: dict[str, Weight] = {}
    holidays: dict[str, Weight] = {}
    hours: dict[str, Weight] = {}
    growth: Growth = 0.0
    per: str = ""


class Season:
    """The weights of days, and of seconds of a day."""

    def __init__(
        self,
        seasonal: Seasonal,
        per: Times | None = None,
        reads: tuple[ColumnRead, ...] = (),
        law: Quantiles | None = None,
    ) -> None:
        """
        Read the names; BindError when one means nothing, or one thing has two weights.

        `per` are the rows that each day's weight is for, and `reads` the column that says them.
        With a `law`, of days after the first one, a day weighs its share by it, too.
        """
        self.law = law
        self._per = per
        self.reads = reads
        self._months = _weights("months", seasonal.months, _month, 12)
        self._weekdays = _weights("weekdays", seasonal.weekdays, _weekday, 7)
        self._holidays = _named_holidays(seasonal.holidays)
        self._growth = seasonal.growth
        self._days: dict[tuple[int, int], WeightedIntervals] = {}
        self.clock = Clock(_weights("hours", seasonal.hours, _hours, 24))

    def weights(self, low: int, high: int) -> Floats:
        """Return the weight of each day from `low` to `high`; BindError when they are too many."""
        if high - low >= MOST_DAYS:
            what = f"with seasons a column spans at most {MOST_DAYS} days, not {high - low + 1}"
            raise BindError(what, "choose a shorter time, or leave out seasonal")
        days = np.arange(low, high + 1)
        year, month, _ = civil(days)
        weights: Floats = self._months.take(month - 1) * self._weekdays.take((days + _MONDAY) % 7)
        weights *= self._of_holidays(days, range(int(year[0]) - 1, int(year[-1]) + 2))
        if self._growth:
            weights *= _growing(self._growth, len(days))
        if self._per is not None:
            weights *= self._per.count_by(days * DAY)
        if self.law is not None:
            try:
                weights *= self.law.shares_of(high - low)
            except ValueError as error:
                raise BindError(f"distribution: {error}") from None
        if not weights.any():
            span = f"all {high - low + 1} days from {_iso(low)} to {_iso(high)}"
            what = f"seasonal: {span} have weight 0"
            raise BindError(
                what, "give one of their months and weekdays more, or choose a longer time"
            )
        return weights

    def _of_holidays(self, days: Indices, years: range) -> Floats:
        """Return the weights of consecutive days as holidays; one by its name counts alone."""
        weights = np.ones(len(days))
        for name, weight in self._holidays:
            at = np.array(holidays(name, years), np.int64) - days[0]
            weights[at[(at >= 0) & (at < len(days))]] = weight
        return weights

    def from_first(self, weights: Floats) -> int:
        """Return before how many days there are no rows that weights are for."""
        return int(np.flatnonzero(weights)[0]) if self._per is not None else 0

    def pick(self, words: Words, first: Indices, last: Indices, bounds: tuple[int, int]) -> Indices:
        """Return a day from `first` to `last` for each word; `bounds` hold for the whole column."""
        if bounds not in self._days:
            self._days[bounds] = WeightedIntervals(self.weights(*bounds))
        low, _ = bounds
        days = self._days[bounds].draw_within(words, first - low, last - low + 1)
        return days + low


class Clock:
    """The seconds of a day, as wide as the weight of their hour."""

    def __init__(self, hours: Floats) -> None:
        """Lay out a day with these weights of its 24 hours."""
        self._hours = WeightedIntervals(hours, _HOUR)
        self._starts = self._hours.ends
        self._widths = np.diff(self._starts) // _HOUR

    def pick(self, words: Words, first: Indices, last: Indices) -> Indices:
        """Return a second of the day from `first` to `last` for each word, by weight."""
        start = self._position(first)
        within = below_each(words, (self._position(last + 1) - start).view(np.uint64))
        within += start
        hour = self._hours.at(within)
        within -= self._starts.take(hour)
        second = (within.view(np.uint64) // self._widths.take(hour).view(np.uint64)).view(np.int64)
        second += hour * _HOUR
        return second

    def share(self, first: int, last: int) -> float:
        """Return the share of the day that lies from the second `first` to `last`."""
        begin, end = self._position(np.array([first, last + 1])).tolist()
        share: float = (end - begin) / int(self._starts[-1])
        return share

    def _position(self, second: Indices) -> Indices:
        """Return where each second begins among the widths of all."""
        hour = np.minimum(second // _HOUR, 23)
        position: Indices = (second - hour * _HOUR) * self._widths.take(hour)
        position += self._starts.take(hour)
        return position


def bind_season(
    context: ColumnContext,
    seasonal: Seasonal | None,
    distribution: Distribution,
    *,
    takes_quantiles: bool = False,
) -> Season | None:
    """
    Return the season of a column of timestamps; None when it has none.

    With `takes_quantiles` such a distribution, of days after the column's first, goes with it.
    BindError when it contradicts itself, or something else that is said of the column.
    """
    law = distribution if takes_quantiles and isinstance(distribution, Quantiles) else None
    if seasonal is None:
        return None
    _check_season(context, Uniform() if law is not None else distribution)
    if not seasonal.per:
        return Season(seasonal, law=law)
    times, read = context.times_of(seasonal.per)
    return Season(seasonal, times, (read,), law)


def bind_season_of_dates(
    context: ColumnContext,
    seasonal: Seasonal | None,
    distribution: Distribution,
    *,
    takes_quantiles: bool = False,
) -> Season | None:
    """Return the season of a column of dates, which has no hours; else as `bind_season`."""
    if seasonal is not None and seasonal.hours:
        _check_season(context, Uniform() if takes_quantiles else distribution)
        raise BindError("dates have no hours", "leave out hours, or make timestamps")
    return bind_season(context, seasonal, distribution, takes_quantiles=takes_quantiles)


def _check_season(context: ColumnContext, distribution: Distribution) -> None:
    if not isinstance(distribution, Uniform):
        what = f"seasonal and a {DISTRIBUTION_NAMES[type(distribution)]} distribution are two laws"
        raise BindError(f"{what} of the same days", "leave out one of them")
    if context.unique:
        raise BindError("a unique column cannot be seasonal", "leave out seasonal, or unique")


def seasonal_days(context: ColumnContext, season: Season, low: int, high: int) -> BoundGenerator:
    """Return dates within `low` … `high` by weight; on edge cells it is an end."""
    weights = season.weights(low, high)
    skipped = season.from_first(weights)
    days = _days(context, low + skipped, WeightedIntervals(weights[skipped:]))
    return BoundGenerator.of(DatesFunction(days.compute, low, high), days, *season.reads)


def seasonal_moments(context: ColumnContext, season: Season, low: int, high: int) -> BoundGenerator:
    """
    Return timestamps within the seconds `low` … `high`, by day and then by hour.

    A day that lies inside only in part has that share of its weight.
    """
    first, last = low // DAY, high // DAY
    weights = season.weights(first, last)
    if season.law is None:  # which says of these days how much of them there is
        weights[0] *= season.clock.share(low - first * DAY, DAY - 1)
        weights[-1] *= season.clock.share(0, high - last * DAY)
    skipped = season.from_first(weights)
    first, weights = first + skipped, weights[skipped:]
    if context.in_order:
        drawn = context.value_words()
        intervals = WeightedIntervals(weights)
        ordered = OrderedMoments(drawn.compute, intervals, season.clock, first, low, high)
        return BoundGenerator.of(ordered, drawn, *season.reads)
    days = _days(context, first, WeightedIntervals(weights))
    moments = SeasonalMoments(days.compute, season.clock, context.words("second"), low, high)
    return BoundGenerator.of(moments, days, *season.reads)


class SeasonalMoments(msgspec.Struct, frozen=True, eq=False):
    """A second of each day by the hours' weights, within the seconds low … high."""

    days: IndexFunction
    clock: Clock
    words: WordsFunction
    low: int
    high: int

    def __call__(self, batch: Batch) -> Timestamps:
        """Return the timestamp of each row."""
        midnight = self.days(batch) * DAY
        begin = np.maximum(self.low - midnight, 0)
        end = np.minimum(self.high - midnight, DAY - 1)
        midnight += self.clock.pick(self.words(batch), begin, end)
        return Timestamps(midnight, self.low, self.high)


class OrderedMoments(msgspec.Struct, frozen=True, eq=False):
    """Seconds by the weights of days and hours, within low … high, that rise with the words."""

    words: WordsFunction
    intervals: WeightedIntervals
    clock: Clock
    first: int
    low: int
    high: int

    def __call__(self, batch: Batch) -> Timestamps:
        """Return the timestamp of each row."""
        day, within = self.intervals.split(self.words(batch))
        midnight = (day + self.first) * DAY
        begin = np.maximum(self.low - midnight, 0)
        end = np.minimum(self.high - midnight, DAY - 1)
        midnight += self.clock.pick(within, begin, end)
        return Timestamps(midnight, self.low, self.high)


def _days(context: ColumnContext, first: int, intervals: WeightedIntervals) -> ColumnDraw[Indices]:
    words = context.value_words()
    drawn = words.then(DrawnIndices(intervals.draw, words.compute))
    days = context.with_edges(drawn, 0, len(intervals) - 1)
    return days.then(ShiftedIndices(days.compute, first))


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D"))


def _weights(kind: str, named: Mapping[str, float], numbers: _Numbers, count: int) -> Floats:
    """Return the weight of each of `count` things; BindError when a name means none of them."""
    weights = np.ones(count)
    seen: dict[int, str] = {}
    for name, weight in named.items():
        for number in numbers(kind, name):
            if number in seen:
                what = f"seasonal.{kind}: {name!r} has a weight already, as {seen[number]!r}"
                raise BindError(what, "give it one of them")
            seen[number] = name
            weights[number] = weight
    if not weights.any():
        raise BindError(f"seasonal.{kind}: all {count} weights are 0", "give one of them more")
    return weights


def _growing(growth: float, days: int) -> Floats:
    """
    Return weights of consecutive days, of which the greatest is 1.

    Multiplied day by day, by a number that is rounded, so that all machines have the same.
    """
    yearly = 1 / (1 + growth) if growth < 0 else 1 + growth
    daily = round(yearly ** (1 / _YEAR), 12)
    falling = np.full(days, 1 / daily)
    falling[0] = 1
    weights: Floats = falling.cumprod()
    return weights if growth < 0 else weights[::-1]


def _named_holidays(named: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return holidays with their weights, those of many days first; BindError for an unknown."""
    for name in named:
        if name not in NAMES:
            hint = nearest(name, NAMES) or f"use one of {', '.join(NAMES)}"
            raise BindError(f"seasonal.holidays: {name!r} is none of them", hint)
    return sorted(named.items(), key=lambda item: item[0] != "us_federal")


def _month(kind: str, name: str) -> Iterable[int]:
    return _by_name(kind, name, _MONTHS)


def _weekday(kind: str, name: str) -> Iterable[int]:
    return _by_name(kind, name, _WEEKDAYS)


def _by_name(kind: str, name: str, names: tuple[str, ...]) -> Iterable[int]:
    """Return the position of a name, in any case, or of a number counted from 1."""
    if name.strip().lower() in names:
        return (names.index(name.strip().lower()),)
    if _NUMBER.fullmatch(name) and 1 <= int(name) <= len(names):
        return (int(name) - 1,)
    hint = nearest(name.lower(), names) or f"use a name, or a number from 1 to {len(names)}"
    raise BindError(f"seasonal.{kind}: {name!r} is none of them", hint)


def _hours(kind: str, name: str) -> Iterable[int]:
    """Return the hours of `9`, of `10-17`, or past midnight of `22-3`."""
    ends = [int(end) for end in name.split("-") if _NUMBER.fullmatch(end)]
    if len(ends) != name.count("-") + 1 or len(ends) > 2 or max(ends) > 23:
        hint = 'use an hour from 0 to 23, or two such as "10-17"'
        raise BindError(f"seasonal.{kind}: {name!r} is no hour", hint)
    first, last = ends[0], ends[-1]
    return (hour % 24 for hour in range(first, last + 1 + 24 * (last < first)))
