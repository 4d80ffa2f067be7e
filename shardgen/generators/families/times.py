"""Dates and timestamps, all of them counted from `--as-of`: no generator reads a clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.families.seasons import (
    Season,
    Seasonal,
    bind_season,
    seasonal_days,
    seasonal_moments,
)
from shardgen.random.distributions import Distribution, Uniform
from shardgen.tables.calendar import EPOCH, add_months, days_of
from shardgen.tables.values import DAY, Dates, Integers, Timestamps, Values

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.tables.batch import Batch

Days = Annotated[int, Meta(ge=0, le=366_000)]
Years = Annotated[float, Meta(ge=0, le=1000)]
TEN_YEARS = 3652  # days: how old the oldest edge value of a past date is


def bind_days(
    context: ColumnContext,
    distribution: Distribution,
    day: int,
    least: int,
    most: int,
    *,
    back: bool = False,
) -> ColumnFunction:
    """
    Return the maker of dates that lie `least` … `most` days after `day`, or before it when `back`.

    The distribution is one of these days: its mean of 150 is a date 150 days from `day`.
    """
    away = context.units(distribution, least, most, 0, falling=back)
    if back:
        return lambda batch: Dates(day - away(batch), day - most, day - least)
    return lambda batch: Dates(day + away(batch), day + least, day + most)


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

    def span(self) -> tuple[int, int]:
        """Return the least and the most days ago."""
        most = self.days_ago_max
        if most is None:
            most = 365 if self.years_ago is None else round(self.years_ago * 365.25)
        least = 0 if self.days_ago_min is None else self.days_ago_min
        return min(least, most), max(least, most)

    def with_old_edges(self, context: ColumnContext, maker: ColumnFunction) -> ColumnFunction:
        """Return `maker` with the lower extreme of edge cells set to ten years before as-of."""
        edges = context.edges()
        if edges is None:
            return maker
        oldest = context.as_of - max(TEN_YEARS, self.span()[1])

        def make(batch: Batch) -> Values:
            made = maker(batch)
            rows, _ = edges(batch)
            if isinstance(made, Timestamps):
                old = rows[made.seconds[rows] // DAY < made.high // DAY]
                made.seconds[old] = oldest * DAY
                return Timestamps(made.seconds, oldest * DAY, made.high)
            assert isinstance(made, Dates), "what is past is a date or a timestamp"
            made.days[rows[made.days[rows] < made.high]] = oldest
            return Dates(made.days, oldest, made.high)

        return make


@generator("date_past")
class DatePast(Past, frozen=True):
    """
    A date `days_ago_min` to `days_ago_max` days, or up to `years_ago` years, before as-of.

    A distribution is one of days ago: a mean of 150 lies 150 days before as-of. `seasonal` makes
    some months and weekdays busier than others.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        season = bind_season(context, self.seasonal, self.distribution)
        least, most = self.span()
        if season is not None:
            days = seasonal_days(context, season, context.as_of - most, context.as_of - least)
        else:
            days = bind_days(context, self.distribution, context.as_of, least, most, back=True)
        return self.with_old_edges(context, days)


@generator("timestamp_past")
class TimestampPast(Past, frozen=True):
    """
    A timestamp `days_ago_min` to `days_ago_max` days before as-of, at any second of the day.

    A distribution is one of days ago: a mean of 150 lies on the day 150 days before as-of.
    `seasonal` makes some months, weekdays and hours busier than others.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        made = _bind_moments(context, self, *self.span(), back=True)
        return self.with_old_edges(context, made)


@generator("timestamp_future")
class TimestampFuture(Generator, frozen=True):
    """
    A timestamp `days_ahead_min` to `days_ahead_max` days after as-of.

    A distribution is one of days ahead: a mean of 150 lies on the day 150 days after as-of.
    `seasonal` makes some months, weekdays and hours busier than others.
    """

    spellings: ClassVar[dict[str, str]] = {
        "min_days_ahead": "days_ahead_min",
        "max_days_ahead": "days_ahead_max",
        "days_ahead": "days_ahead_max",
    }

    days_ahead_min: Days = 0
    days_ahead_max: Days = 365
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        least, most = sorted((self.days_ahead_min, self.days_ahead_max))
        return _bind_moments(context, self, least, most)


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

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        low, high = _ordered(days_of(self.start_date), days_of(self.end_date), self)
        least, most = _within(self, high - low)
        season = bind_season(context, self.seasonal, self.distribution)
        if season is not None:
            return seasonal_days(context, season, low + least, low + most)
        return bind_days(context, self.distribution, low, least, most)


@generator("timestamp_between")
class TimestampBetween(Generator, frozen=True):
    """
    A timestamp from `start_date` to `end_date`, to the second.

    Both are ISO dates, which mean midnight, or timestamps; UTC where they name no zone. A
    distribution is one of days after that of `start_date`; `min_days` and `max_days`, or its own
    `min` and `max`, are its bounds. `seasonal` makes some months, weekdays and hours busier than
    others.
    """

    start_date: str
    end_date: str
    min_days: Days = 0
    max_days: Days | None = None
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        low, high = _ordered(_moment(self.start_date), _moment(self.end_date), self)
        season = bind_season(context, self.seasonal, self.distribution, hours=True)
        if not isinstance(self.distribution, Uniform):
            first = low // DAY
            span = _within(self, high // DAY - first)
            days = bind_days(context, self.distribution, first, *span)
            return _clamped(_at_any_second(context, days), low, high)
        least, most = _within(self, -(-(high - low) // DAY))
        return _bind_seconds(context, season, low + least * DAY, min(high, low + most * DAY))


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

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        if self.min_age > self.max_age:
            raise BindError(f"min_age {self.min_age} is above max_age {self.max_age}")
        latest = _years_before(context.as_of, self.min_age)
        earliest = _years_before(context.as_of, self.max_age + 1) + 1
        if isinstance(self.distribution, Uniform):
            days = latest - earliest
            return bind_days(context, self.distribution, latest, 0, days, back=True)
        age = context.units(self.distribution, self.min_age, self.max_age, 0, falling=True)
        day = context.units(Uniform(), 0, 364, 0, purpose="day")
        ages = range(self.max_age + 1)
        latest_at = np.array([_years_before(context.as_of, years) for years in ages], np.int64)

        def make(batch: Batch) -> Dates:
            return Dates(latest_at[age(batch)] - day(batch), earliest, latest)

        return make


@generator("maturity_date")
class MaturityDate(Generator, frozen=True):
    """
    The date column `based_on`, as many months later as the column `months_forward` says.

    31 January plus one month is the last day of February. `months_forward` may be a number.
    """

    based_on: str = "funded_date"
    months_forward: str | Annotated[int, Meta(ge=0, le=1200)] = "term_months"

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        context.refuse_unique()
        start = context.reads_column(self.based_on, "date", "timestamp")
        ahead = months_maker(context, self.months_forward)
        return lambda batch: later(as_dates(start(batch)), ahead(batch))


def later(dates: Dates, months: Integers) -> Dates:
    """Return the dates, each its own number of months later; BindError for months below 0."""
    if months.low < 0:
        raise BindError(f"months such as {months.low} lie below 0")
    days = add_months(dates.days, months.values, dates.low, dates.high, months.high)
    return Dates(days, dates.low, dates.high + 31 * months.high)


def months_maker(context: ColumnContext, months: str | int) -> Callable[[Batch], Integers]:
    """Return the maker of months from a column's name or a fixed number."""
    if isinstance(months, int):
        return lambda batch: Integers(np.full(len(batch), months), months, months)
    column = context.reads_column(months, "integer")

    def make(batch: Batch) -> Integers:
        values = column(batch)
        assert isinstance(values, Integers), "integer columns hold whole numbers"
        return values

    return make


def as_dates(values: Values) -> Dates:
    """Return dates, or the days of timestamps."""
    if isinstance(values, Timestamps):
        return Dates(values.seconds // DAY, values.low // DAY, values.high // DAY)
    if not isinstance(values, Dates):
        raise BindError("a date or timestamp is wanted to count from")
    return values


def dates_from_text(values: list[str]) -> Values:
    """Return ISO dates or timestamps as a column; BindError when one cannot be read."""
    try:
        if all(len(v) == 10 for v in values):
            days = [days_of(dt.date.fromisoformat(v)) for v in values]
            return Dates(np.array(days, np.int64), min(days), max(days))
        seconds = [_moment(v) for v in values]
    except ValueError as error:
        raise BindError(f"values {values!r} are neither numbers nor ISO dates ({error})") from None
    return Timestamps(np.array(seconds, np.int64), min(seconds), max(seconds))


def _bind_moments(
    context: ColumnContext,
    made: TimestampPast | TimestampFuture,
    least: int,
    most: int,
    *,
    back: bool = False,
) -> ColumnFunction:
    """
    Return the maker of timestamps between the midnights `least` and `most` days from as-of.

    A distribution says the day; the last midnight's own day, which lies outside, is the day before.
    """
    low, high = (-most, -least) if back else (least, most)
    low, high = context.as_of + low, context.as_of + high
    season = bind_season(context, made.seasonal, made.distribution, hours=True)
    if isinstance(made.distribution, Uniform):
        return _bind_seconds(context, season, low * DAY, high * DAY)
    days = bind_days(context, made.distribution, context.as_of, least, most, back=back)
    last = max(low, high - 1)

    def within(batch: Batch) -> Dates:
        dates = days(batch)
        assert isinstance(dates, Dates), "bind_days makes dates"
        return Dates(np.minimum(dates.days, last), low, last)

    return _at_any_second(context, within)


def _bind_seconds(
    context: ColumnContext, season: Season | None, low: int, high: int
) -> ColumnFunction:
    if season is not None:
        return seasonal_moments(context, season, low, high)
    units = context.units(Uniform(), low, high, 0)
    return lambda batch: Timestamps(units(batch), low, high)


def _at_any_second(context: ColumnContext, days: ColumnFunction) -> ColumnFunction:
    """Return timestamps at a uniform second of the days that `days` makes."""
    second = context.units(Uniform(), 0, DAY - 1, 0, purpose="second")

    def make(batch: Batch) -> Timestamps:
        dates = days(batch)
        assert isinstance(dates, Dates), "bind_days makes dates"
        seconds = dates.days * DAY
        seconds += second(batch)
        return Timestamps(seconds, dates.low * DAY, dates.high * DAY + DAY - 1)

    return make


def _clamped(maker: ColumnFunction, low: int, high: int) -> ColumnFunction:
    def make(batch: Batch) -> Timestamps:
        made = maker(batch)
        assert isinstance(made, Timestamps), "only timestamps are clamped"
        return Timestamps(made.seconds.clip(low, high), low, high)

    return make


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


def _moment(text: str) -> int:
    """Return the seconds since 1970 of an ISO date or timestamp; BindError when it is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise BindError(f"{text!r} is no ISO date or timestamp ({error})") from None
    return days_of(moment.date()) * DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def _years_before(day: int, years: int) -> int:
    date = EPOCH + dt.timedelta(day)
    if date.year <= years:
        raise BindError(f"{years} years before {date} is before the year 1")
    try:
        return days_of(date.replace(year=date.year - years))
    except ValueError:  # 29 February in a year that has none
        return days_of(date.replace(year=date.year - years, day=28))
