"""Functions of a batch that make dates and timestamps, and dates that are read from text."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.functions import Edges
from shardgen.generators.sources import ColumnFunction, IndexFunction
from shardgen.tables.calendar import add_months, days_of
from shardgen.tables.values import DAY, ColumnValues, Dates, Integers, Timestamps

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch


class DatesFunction(msgspec.Struct, frozen=True, eq=False):
    """Days since 1970-01-01 within low … high."""

    days: IndexFunction
    low: int
    high: int

    def __call__(self, batch: Batch) -> Dates:
        """Return the date of each row."""
        return Dates(self.days(batch), self.low, self.high)


class DaysAfterDay(msgspec.Struct, frozen=True, eq=False):
    """The days that lie so many days after `day`."""

    away: IndexFunction
    day: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a day for each row."""
        return self.day + self.away(batch)


class DaysBeforeDay(msgspec.Struct, frozen=True, eq=False):
    """The days that lie so many days before `day`."""

    ago: IndexFunction
    day: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a day for each row."""
        return self.day - self.ago(batch)


class WithOldEdges(msgspec.Struct, frozen=True, eq=False):
    """Dates or timestamps of which those on a lower edge cell are the day `oldest`."""

    column: ColumnFunction
    edges: Edges
    oldest: int

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the value of each row."""
        made = self.column(batch)
        rows, _ = self.edges(batch)
        if isinstance(made, Timestamps):
            old = rows[made.seconds[rows] // DAY < made.high // DAY]
            seconds = made.seconds.copy()
            seconds[old] = self.oldest * DAY
            return Timestamps(seconds, self.oldest * DAY, made.high)
        assert isinstance(made, Dates), "what is past is a date or a timestamp"
        days = made.days.copy()
        days[rows[made.days[rows] < made.high]] = self.oldest
        return Dates(days, self.oldest, made.high)


class BirthdaysFunction(msgspec.Struct, frozen=True, eq=False):
    """Some days before the latest birthday of everyone of an age, `latest_at[age]`."""

    age: IndexFunction
    day: IndexFunction
    latest_at: Indices

    def __call__(self, batch: Batch) -> Indices:
        """Return a day for each row."""
        return self.latest_at[self.age(batch)] - self.day(batch)


class MonthsLater(msgspec.Struct, frozen=True, eq=False):
    """Dates, each as many months later as a column of whole numbers says."""

    start: ColumnFunction
    months: ColumnFunction

    def __call__(self, batch: Batch) -> Dates:
        """Return the date of each row."""
        months = self.months(batch)
        assert isinstance(months, Integers), "integer columns hold whole numbers"
        return later(as_dates(self.start(batch)), months)


class SameInteger(msgspec.Struct, frozen=True, eq=False):
    """The same whole number in every row."""

    number: int

    def __call__(self, batch: Batch) -> Integers:
        """Return the number for each row."""
        return Integers(np.full(len(batch), self.number), self.number, self.number)


def later(dates: Dates, months: Integers) -> Dates:
    """
    Return the dates, each its own number of months later.

    BindError for months below 0, and for more than a calendar has.
    """
    if months.low < 0:
        raise BindError(f"months such as {months.low} lie below 0")
    days = add_months(dates.days, months.values, dates.low, dates.high, months.high)
    return Dates(days, dates.low, dates.high + 31 * months.high)


def as_dates(values: ColumnValues) -> Dates:
    """Return dates, or the days of timestamps; BindError for other values."""
    if isinstance(values, Timestamps):
        return Dates(values.seconds // DAY, values.low // DAY, values.high // DAY)
    if not isinstance(values, Dates):
        raise BindError("a date or timestamp is wanted to count from")
    return values


def dates_from_text(values: list[str]) -> ColumnValues:
    """Return ISO dates or timestamps as a column; BindError when one cannot be read."""
    try:
        if all(len(v) == 10 for v in values):
            days = [days_of(dt.date.fromisoformat(v)) for v in values]
            return Dates(np.array(days, np.int64), min(days), max(days))
        seconds = [moment_of(v) for v in values]
    except ValueError as error:
        raise BindError(f"values {values!r} are neither numbers nor ISO dates ({error})") from None
    return Timestamps(np.array(seconds, np.int64), min(seconds), max(seconds))


class TimestampsFunction(msgspec.Struct, frozen=True, eq=False):
    """Seconds since 1970-01-01 00:00:00 within low … high."""

    seconds: IndexFunction
    low: int
    high: int

    def __call__(self, batch: Batch) -> Timestamps:
        """Return the timestamp of each row."""
        return Timestamps(self.seconds(batch), self.low, self.high)


class DatesUpTo(msgspec.Struct, frozen=True, eq=False):
    """Dates, those after `last` as `last`."""

    dates: ColumnFunction
    low: int
    last: int

    def __call__(self, batch: Batch) -> Dates:
        """Return the date of each row."""
        return Dates(np.minimum(as_dates(self.dates(batch)).days, self.last), self.low, self.last)


class AtSecond(msgspec.Struct, frozen=True, eq=False):
    """Timestamps at a second of each day."""

    dates: ColumnFunction
    second: IndexFunction

    def __call__(self, batch: Batch) -> Timestamps:
        """Return the timestamp of each row."""
        dates = as_dates(self.dates(batch))
        seconds = dates.days * DAY
        seconds += self.second(batch)
        return Timestamps(seconds, dates.low * DAY, dates.high * DAY + DAY - 1)


class Clamped(msgspec.Struct, frozen=True, eq=False):
    """Timestamps, those outside low … high as the nearer of both."""

    moments: ColumnFunction
    low: int
    high: int

    def __call__(self, batch: Batch) -> Timestamps:
        """Return the timestamp of each row."""
        made = self.moments(batch)
        assert isinstance(made, Timestamps), "only timestamps are clamped"
        return Timestamps(made.seconds.clip(self.low, self.high), self.low, self.high)


class SecondsSince1970(msgspec.Struct, frozen=True, eq=False):
    """Dates or timestamps as seconds since 1970, times `factor`; a date means its midnight."""

    moments: ColumnFunction
    factor: int

    def __call__(self, batch: Batch) -> Integers:
        """Return the number of each row."""
        made = as_timestamps(self.moments(batch))
        factor = self.factor
        return Integers(made.seconds * factor, made.low * factor, made.high * factor)


class AsDay(msgspec.Struct, frozen=True, eq=False):
    """Dates or timestamps, all of them as dates, or all as timestamps."""

    moments: ColumnFunction
    is_date: bool

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the date or the timestamp of each row."""
        made = self.moments(batch)
        return as_dates(made) if self.is_date else as_timestamps(made)


def as_timestamps(values: ColumnValues) -> Timestamps:
    """Return timestamps, or the midnights of dates; BindError for other values."""
    if isinstance(values, Timestamps):
        return values
    dates = as_dates(values)
    return Timestamps(dates.days * DAY, dates.low * DAY, dates.high * DAY)


def moment_of(text: str) -> int:
    """Return the seconds since 1970 of an ISO date or timestamp; BindError for other text."""
    return _whole_seconds(_read_moment(text))


def first_moment_of(text: str) -> int:
    """Return the first whole second that is not before it; else as `moment_of`."""
    moment = _read_moment(text)
    return _whole_seconds(moment) + (moment.microsecond > 0)


def _read_moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise BindError(f"{text!r} is no ISO date or timestamp ({error})") from None
    return moment


def _whole_seconds(moment: dt.datetime) -> int:
    return days_of(moment.date()) * DAY + moment.hour * 3600 + moment.minute * 60 + moment.second
