"""Dates and timestamps, all of them counted from `--as-of`: no generator reads a clock."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.date_functions import (
    AsDay,
    AtSecond,
    BirthdaysFunction,
    Clamped,
    DatesFunction,
    DatesUpTo,
    DaysAfterDay,
    DaysBeforeDay,
    MonthsLater,
    SameInteger,
    SecondsSince1970,
    TimestampsFunction,
    WithOldEdges,
    first_moment_of,
    moment_of,
)
from shardgen.generators.families.seasons import (
    Season,
    Seasonal,
    bind_season,
    bind_season_of_dates,
    seasonal_days,
    seasonal_moments,
)
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.random.distributions import Distribution, Quantiles, Uniform
from shardgen.random.overriding import override
from shardgen.tables.calendar import EPOCH, days_of
from shardgen.tables.values import DAY

TimeFormat = Literal["date", "datetime", "timestamp", "iso", "unix", "unix_ms"]
Days = Annotated[int, Meta(ge=0, le=366_000)]
Years = Annotated[float, Meta(ge=0, le=1000)]
TEN_YEARS = 3652  # days: how old the oldest edge value of a past date is


def bind_days_after(
    context: ColumnContext, distribution: Distribution, day: int, least: int, most: int
) -> BoundGenerator:
    """
    Return dates that lie `least` … `most` days after `day`.

    The distribution is one of these days: its mean of 150 is a date 150 days from `day`.
    """
    away = context.units(distribution, least, most, 0)
    dates = DatesFunction(DaysAfterDay(away.compute, day), day + least, day + most)
    return BoundGenerator.of(dates, away)


def bind_days_before(
    context: ColumnContext, distribution: Distribution, day: int, least: int, most: int
) -> BoundGenerator:
    """Return dates that lie `least` … `most` days before `day`; else as `bind_days_after`."""
    ago = context.falling_units(distribution, least, most, 0)
    dates = DatesFunction(DaysBeforeDay(ago.compute, day), day - most, day - least)
    return BoundGenerator.of(dates, ago)


class Past(Generator, frozen=True):
    """
    Base of the generators that look back from `--as-of`; a swapped pair is the same range.

    A distribution is one of days ago, counted from as-of, within that range.
    """

    spellings: ClassVar[dict[str, str]] = {
        "min_days_ago": "days_ago_min",
        "max_days_ago": "days_ago_max",
        "days_ago": "days_ago_max",
    }

    days_ago_min: Days | None = None
    days_ago_max: Days | None = None
    years_ago: Years | None = None
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None
    format: TimeFormat | None = None

    def span(self) -> tuple[int, int]:
        """Return the least and the most days ago."""
        most = self.days_ago_max
        if most is None:
            most = 365 if self.years_ago is None else round(self.years_ago * 365.25)
        least = 0 if self.days_ago_min is None else self.days_ago_min
        return min(least, most), max(least, most)

    def with_old_edges(self, context: ColumnContext, column: BoundGenerator) -> BoundGenerator:
        """Return the column with the lower extreme of edge cells set to ten years before as-of."""
        edges = context.edges()
        if edges is None:
            return column
        oldest = context.as_of - max(TEN_YEARS, self.span()[1])
        return BoundGenerator.of(WithOldEdges(column.compute, edges, oldest), column)


@generator("date_past")
class DatePast(Past, frozen=True):
    """
    A date `days_ago_min` to `days_ago_max` days, or up to `years_ago` years, before as-of.

    A distribution is one of days ago: a mean of 150 lies 150 days before as-of. `seasonal` makes
    some months and weekdays busier than others. `format` is that of its midnight, as for
    `timestamp_past`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        season = bind_season_of_dates(context, self.seasonal, self.distribution)
        least, most = self.span()
        if season is not None:
            days = seasonal_days(context, season, context.as_of - most, context.as_of - least)
        else:
            days = bind_days_before(context, self.distribution, context.as_of, least, most)
        return in_format(context, self.with_old_edges(context, days), self.format)


@generator("timestamp_past")
class TimestampPast(Past, frozen=True):
    """
    A timestamp `days_ago_min` to `days_ago_max` days before as-of, at any second of the day.

    A distribution is one of days ago: a mean of 150 lies on the day 150 days before as-of.
    `seasonal` makes some months, weekdays and hours busier than others. `format` is that of the
    column by default; `unix` and `unix_ms` are seconds and milliseconds since 1970 for whole
    numbers, `date`, `datetime`, `timestamp` and `iso` go with dates, timestamps and texts.
    """

    at_any_fraction: ClassVar[bool] = True

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        least, most = self.span()
        low, high = context.as_of - most, context.as_of - least
        season = bind_season(context, self.seasonal, self.distribution)
        if isinstance(self.distribution, Uniform):
            made = _bind_seconds(context, season, low * DAY, high * DAY)
        else:
            days = bind_days_before(context, self.distribution, context.as_of, least, most)
            made = _before_midnight(context, days, low, high)
        return in_format(context, self.with_old_edges(context, made), self.format)


@generator("timestamp_future")
class TimestampFuture(Generator, frozen=True):
    """
    A timestamp `days_ahead_min` to `days_ahead_max` days after as-of, or up to `years_ahead` years.

    A distribution is one of days ahead: a mean of 150 lies on the day 150 days after as-of.
    `seasonal` makes some months, weekdays and hours busier than others. `format` is as for
    `timestamp_past`.
    """

    spellings: ClassVar[dict[str, str]] = {
        "min_days_ahead": "days_ahead_min",
        "max_days_ahead": "days_ahead_max",
        "days_ahead": "days_ahead_max",
    }

    at_any_fraction: ClassVar[bool] = True

    days_ahead_min: Days = 0
    days_ahead_max: Days | None = None
    years_ahead: Years | None = None
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None
    format: TimeFormat | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        least, most = self._span()
        low, high = context.as_of + least, context.as_of + most
        season = bind_season(context, self.seasonal, self.distribution)
        if isinstance(self.distribution, Uniform):
            made = _bind_seconds(context, season, low * DAY, high * DAY)
            return in_format(context, made, self.format)
        days = bind_days_after(context, self.distribution, context.as_of, least, most)
        return in_format(context, _before_midnight(context, days, low, high), self.format)

    def _span(self) -> tuple[int, int]:
        """Return the least and the most days ahead."""
        most = self.days_ahead_max
        if most is None:
            most = 365 if self.years_ahead is None else round(self.years_ahead * 365.25)
        return min(self.days_ahead_min, most), max(self.days_ahead_min, most)


@generator("date_between")
class DateBetween(Generator, frozen=True):
    """
    A date from `start_date` to `end_date`, both included.

    A distribution is one of days after `start_date`; `min_days` and `max_days`, or its own `min`
    and `max`, are its bounds. `seasonal` makes some months and weekdays busier than others.
    """

    start_date: dt.date
    end_date: dt.date
    min_days: Days = 0
    max_days: Days | None = None
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None
    format: TimeFormat | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        low, high = _ordered(days_of(self.start_date), days_of(self.end_date), self)
        least, most = _within(self, high - low)
        season = bind_season_of_dates(
            context, self.seasonal, self.distribution, takes_quantiles=not least
        )
        if season is not None:
            made = seasonal_days(context, season, low + least, low + most)
        else:
            made = bind_days_after(context, self.distribution, low, least, most)
        return in_format(context, made, self.format)


@generator("timestamp_between")
class TimestampBetween(Generator, frozen=True):
    """
    A timestamp from `start_date` to `end_date`, to the second.

    Both are ISO dates, which mean midnight, or timestamps; UTC where they name no zone. A
    distribution is one of days after that of `start_date`; `min_days` and `max_days`, or its own
    `min` and `max`, are its bounds. `seasonal` makes some months, weekdays and hours busier than
    others. A date column gets days that begin within these bounds.
    """

    at_any_fraction: ClassVar[bool] = True

    start_date: str
    end_date: str
    min_days: Days = 0
    max_days: Days | None = None
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None
    format: TimeFormat | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return in_format(context, self._moments(context), self.format)

    def _moments(self, context: ColumnContext) -> BoundGenerator:
        low, high = self._bounds(context)
        seasons, is_whole = self._seasons(context), not self.min_days
        season = bind_season(context, seasons, self.distribution, takes_quantiles=is_whole)
        if season is None and not isinstance(self.distribution, Uniform):
            first = low // DAY
            span = _within(self, high // DAY - first)
            days = bind_days_after(context, self.distribution, first, *span)
            moments = _at_any_second(context, days)
            return BoundGenerator.of(Clamped(moments.compute, low, high), moments)
        least, most = _within(self, -(-(high - low) // DAY))
        return _bind_seconds(context, season, low + least * DAY, min(high, low + most * DAY))

    def _seasons(self, context: ColumnContext) -> Seasonal | None:
        """Return the seasons; even ones for timestamps in order whose days have quantiles."""
        by_quantiles = self.seasonal is None and isinstance(self.distribution, Quantiles)
        return Seasonal() if by_quantiles and context.in_order else self.seasonal

    def _bounds(self, context: ColumnContext) -> tuple[int, int]:
        """Return the first and the last second, those of days for dates; BindError without any."""
        low, high = _ordered(moment_of(self.start_date), moment_of(self.end_date), self)
        low = first_moment_of(self.start_date)
        if context.type.family == "date":  # a day before its start would be below the bound
            low = -(-low // DAY) * DAY
        if low > high:
            unit = "day" if context.type.family == "date" else "second"
            what = f"no {unit} begins within {self.start_date} to {self.end_date}"
            raise BindError(what, "widen the bounds")
        return low, high


@generator("date_of_birth")
class DateOfBirth(Generator, frozen=True):
    """
    The birthday of someone who is `min_age` to `max_age` whole years old on as-of.

    A distribution is one of ages in years; the day of the year is uniform. A correlation is with
    the date: to let age grow with an income, rho is below 0.
    """

    min_age: Annotated[int, Meta(ge=0, le=150)] = 18
    max_age: Annotated[int, Meta(ge=0, le=150)] = 80
    distribution: Distribution = Uniform()

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if self.min_age > self.max_age:
            raise BindError(f"min_age {self.min_age} is above max_age {self.max_age}")
        latest = _years_before(context.as_of, self.min_age)
        earliest = _years_before(context.as_of, self.max_age + 1) + 1
        if isinstance(self.distribution, Uniform):
            return bind_days_before(context, self.distribution, latest, 0, latest - earliest)
        if context.in_order:
            what = "dates in order are drawn by the day, and a distribution is one of ages"
            raise BindError(what, "leave out the distribution")
        age = context.falling_units(self.distribution, self.min_age, self.max_age, 0)
        day = context.other_units("day", Uniform(), 0, 364)
        ages = range(self.max_age + 1)
        latest_at = np.array([_years_before(context.as_of, years) for years in ages], np.int64)
        birthdays = BirthdaysFunction(age.compute, day.compute, latest_at)
        return BoundGenerator.of(DatesFunction(birthdays, earliest, latest), age, day)


def in_format(
    context: ColumnContext, made: BoundGenerator, form: TimeFormat | None
) -> BoundGenerator:
    """
    Return dates or timestamps as the format says; BindError where the column is none for it.

    A date means its midnight.
    """
    if form is None:
        return made
    family = context.type.family
    if form in ("unix", "unix_ms"):
        if family not in ("integer", "decimal", "text"):
            raise BindError(f"format {form!r} is a whole number, and the column is {context.type}")
        factor = 1000 if form == "unix_ms" else 1
        return BoundGenerator.of(SecondsSince1970(made.compute, factor), made)
    if family not in ("date", "timestamp", "text"):
        raise BindError(f"format {form!r} is no {context.type}", "use unix or unix_ms")
    if family != "text":
        return made
    return BoundGenerator.of(AsDay(made.compute, is_date=form == "date"), made)


@generator("maturity_date")
class MaturityDate(Generator, frozen=True):
    """
    The date column `based_on`, as many months later as the column `months_forward` says.

    31 January plus one month is the last day of February. `months_forward` may be a number.
    """

    based_on: str = "funded_date"
    months_forward: str | Annotated[int, Meta(ge=0, le=1200)] = "term_months"

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        context.refuse_unique()
        start = context.read_column(self.based_on, "date", "timestamp")
        months = self.months_forward
        if isinstance(months, int):
            return BoundGenerator.of(MonthsLater(start.compute, SameInteger(months)), start)
        ahead = context.read_column(months, "integer")
        return BoundGenerator.of(MonthsLater(start.compute, ahead.compute), start, ahead)


def _bind_seconds(
    context: ColumnContext, season: Season | None, low: int, high: int
) -> BoundGenerator:
    if season is not None:
        return seasonal_moments(context, season, low, high)
    units = context.units(Uniform(), low, high, 0)
    return BoundGenerator.of(TimestampsFunction(units.compute, low, high), units)


def _before_midnight(
    context: ColumnContext, days: BoundGenerator, low: int, high: int
) -> BoundGenerator:
    """
    Return timestamps of some days, from the midnight of `low` to that of `high`.

    The last midnight's own day, which lies outside, is the day before.
    """
    last = max(low, high - 1)
    dates = BoundGenerator.of(DatesUpTo(days.compute, low, last), days)
    return _at_any_second(context, dates)


def _at_any_second(context: ColumnContext, days: BoundGenerator) -> BoundGenerator:
    """Return timestamps at a uniform second of the days that a column has."""
    if context.in_order:
        what = "timestamps in order are drawn by the second, and a distribution is one of days"
        raise BindError(what, "leave out the distribution, or use seasonal")
    second = context.other_units("second", Uniform(), 0, DAY - 1)
    return BoundGenerator.of(AtSecond(days.compute, second.compute), days, second)


def _ordered(low: int, high: int, made: DateBetween | TimestampBetween) -> tuple[int, int]:
    if low > high:
        raise BindError(f"start_date {made.start_date} is after end_date {made.end_date}")
    return low, high


def _within(made: DateBetween | TimestampBetween, span: int) -> tuple[int, int]:
    """Return the least and the most days after the start, at most `span`."""
    most = span if made.max_days is None else min(span, made.max_days)
    if made.min_days > most:
        raise BindError(f"{made.min_days} days after {made.start_date} are more than {most}")
    return made.min_days, most


def _years_before(day: int, years: int) -> int:
    date = EPOCH + dt.timedelta(day)
    if date.year <= years:
        raise BindError(f"{years} years before {date} is before the year 1")
    try:
        return days_of(date.replace(year=date.year - years))
    except ValueError:  # 29 February in a year that has none
        return days_of(date.replace(year=date.year - years, day=28))
