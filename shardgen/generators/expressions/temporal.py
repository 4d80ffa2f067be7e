"""
Dates and timestamps as whole columns: intervals that are added to them, and their fields.

A date is `days`, a timestamp is `seconds` since 1970: whole numbers, as `Numbers` of scale 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import (
    ArithmeticBoundsError,
    Numbers,
    add,
    negate,
    scale_up,
    whole_numbers,
)
from shardgen.tables.calendar import MAX_MONTHS, civil, days_from_civil, month_table
from shardgen.tables.values import DAY

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

    CivilDate: TypeAlias = tuple[Indices, Indices, Indices]
    """Years, months (1 … 12) and days of the month (1 … 31)."""

FIRST_DAY, LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31
_MAX_MONTH_DAYS = 31


# Intervals


class Intervals(msgspec.Struct, frozen=True, eq=False):
    """A length of time for each row: months, days and seconds apart; None where it has no such."""

    months: Numbers | None = None
    days: Numbers | None = None
    seconds: Numbers | None = None


def years(count: Numbers) -> Intervals:
    """Return intervals of so many years."""
    return Intervals(months=scale_up(count, 12))


def months(count: Numbers) -> Intervals:
    """Return intervals of so many months."""
    return Intervals(months=count)


def weeks(count: Numbers) -> Intervals:
    """Return intervals of so many weeks."""
    return Intervals(days=scale_up(count, 7))


def days(count: Numbers) -> Intervals:
    """Return intervals of so many days."""
    return Intervals(days=count)


def hours(count: Numbers) -> Intervals:
    """Return intervals of so many hours."""
    return Intervals(seconds=scale_up(count, 3600))


def minutes(count: Numbers) -> Intervals:
    """Return intervals of so many minutes."""
    return Intervals(seconds=scale_up(count, 60))


def seconds(count: Numbers) -> Intervals:
    """Return intervals of so many seconds."""
    return Intervals(seconds=count)


def add_intervals(a: Intervals, b: Intervals) -> Intervals:
    """Return a + b."""
    return Intervals(_sum(a.months, b.months), _sum(a.days, b.days), _sum(a.seconds, b.seconds))


def _sum(a: Numbers | None, b: Numbers | None) -> Numbers | None:
    if a is None or b is None:
        return b if a is None else a
    return add(a, b)


def negate_interval(interval: Intervals) -> Intervals:
    """Return -interval."""
    fields = interval.months, interval.days, interval.seconds
    return Intervals(*(None if field is None else negate(field) for field in fields))


# Adding


def date_plus(days: Numbers, interval: Intervals) -> Numbers:
    """Return the date that many months and then days later; a month's last day at most."""
    if interval.months is not None:
        days = _add_months(days, interval.months)
    if interval.days is not None:
        days = add(days, interval.days)
    return _within_calendar(days, 1)


def date_plus_days(days: Numbers, count: Numbers) -> Numbers:
    """Return the date that many days later."""
    return _within_calendar(add(days, count), 1)


def date_minus_days(days: Numbers, count: Numbers) -> Numbers:
    """Return the date that many days earlier."""
    return date_plus_days(days, negate(count))


def timestamp_plus(seconds: Numbers, interval: Intervals) -> Numbers:
    """Return the timestamp that much later: months first, at the same time of day."""
    if interval.months is not None:
        day = date_of(seconds)
        time = whole_numbers(seconds.units - day.units * DAY, 0, DAY - 1)
        seconds = add(start_of(date_plus(day, Intervals(months=interval.months))), time)
    if interval.days is not None:
        seconds = add(seconds, scale_up(interval.days, DAY))
    if interval.seconds is not None:
        seconds = add(seconds, interval.seconds)
    return _within_calendar(seconds, DAY)


def date_plus_time(days: Numbers, interval: Intervals) -> Numbers:
    """Return the timestamp that much later than the start of the date."""
    return timestamp_plus(start_of(days), interval)


class IntervalFirst(msgspec.Struct, frozen=True, eq=False):
    """An addition with its operands the other way round: interval + date."""

    plus: Callable[[Numbers, Intervals], Numbers]

    def __call__(self, interval: Intervals, start: Numbers) -> Numbers:
        """Return start + interval."""
        return self.plus(start, interval)


class MinusInterval(msgspec.Struct, frozen=True, eq=False):
    """The subtraction that belongs to an addition: date - interval."""

    plus: Callable[[Numbers, Intervals], Numbers]

    def __call__(self, start: Numbers, interval: Intervals) -> Numbers:
        """Return start - interval."""
        return self.plus(start, negate_interval(interval))


def _within_calendar(values: Numbers, units_per_day: int) -> Numbers:
    """Return the same dates or timestamps; ArithmeticBoundsError outside the years 1 … 9999."""
    first, end = FIRST_DAY * units_per_day, (LAST_DAY + 1) * units_per_day
    if values.low < first or values.high >= end:
        raise ArithmeticBoundsError(
            "reaches dates outside the years 1 to 9999", "bound what is added"
        )
    return values


def _add_months(days: Numbers, count: Numbers) -> Numbers:
    if count.max_abs > MAX_MONTHS:
        raise ArithmeticBoundsError(f"adds up to {count.max_abs} months", "bound what is added")
    back = max(0, -count.low)
    table = month_table(days.low - _MAX_MONTH_DAYS * (back + 1), days.high, max(0, count.high))
    month, of_month = table.split(np.asarray(days.units))
    month = np.asarray(month + count.units)
    later = table.join(np.atleast_1d(month), of_month).reshape(month.shape)
    return whole_numbers(
        later, _plus_months(days.low, count.low), _plus_months(days.high, count.high)
    )


@lru_cache(maxsize=4096)  # the bounds of a column are the same in every batch
def _plus_months(day: int, count: int) -> int:
    """Return `day` plus `count` months. Monotone in `day`, so it maps bounds to bounds."""
    year, month, of_month = (int(field[0]) for field in civil(np.array([day])))
    ahead = year * 12 + month - 1 + count
    fields = [np.array([n]) for n in (ahead // 12, ahead % 12 + 1, of_month)]
    return int(days_from_civil(*fields)[0])


# Dates of timestamps, and back


def date_of(seconds: Numbers) -> Numbers:
    """Return the date of a timestamp."""
    return whole_numbers(seconds.units // DAY, seconds.low // DAY, seconds.high // DAY)


def start_of(days: Numbers) -> Numbers:
    """Return the first second of a date."""
    return scale_up(days, DAY)


# Fields


def year(days: Numbers) -> Numbers:
    """Return the year."""
    low, high = (int(civil(np.array([end]))[0][0]) for end in (days.low, days.high))
    return whole_numbers(_civil(days)[0], low, high)


def month(days: Numbers) -> Numbers:
    """Return the month, 1 … 12."""
    return whole_numbers(_civil(days)[1], 1, 12)


def day(days: Numbers) -> Numbers:
    """Return the day of the month, 1 … 31."""
    return whole_numbers(_civil(days)[2], 1, 31)


def weekday(days: Numbers) -> Numbers:
    """Return the day of the week, from 1 for Monday to 7 for Sunday."""
    return whole_numbers((days.units + 3) % 7 + 1, 1, 7)  # 1970-01-01 was a Thursday


def hour(seconds: Numbers) -> Numbers:
    """Return the hour, 0 … 23."""
    return whole_numbers(seconds.units // 3600 % 24, 0, 23)


def minute(seconds: Numbers) -> Numbers:
    """Return the minute, 0 … 59."""
    return whole_numbers(seconds.units // 60 % 60, 0, 59)


def second(seconds: Numbers) -> Numbers:
    """Return the second, 0 … 59."""
    return whole_numbers(seconds.units % 60, 0, 59)


class TimestampField(msgspec.Struct, frozen=True, eq=False):
    """A field of dates such as `year`, taken from timestamps."""

    field: Callable[[Numbers], Numbers]

    def __call__(self, seconds: Numbers) -> Numbers:
        """Return the field of each timestamp's date."""
        return self.field(date_of(seconds))


def years_between(first: Numbers, last: Numbers) -> Numbers:
    """Return the full years from one date to another, as an age is counted; below 0 backwards."""
    passed = _full_years(_civil(first), _civil(last))
    low, high = (
        int(_full_years(civil(np.array([since])), civil(np.array([until])))[0])
        for since, until in ((first.high, last.low), (first.low, last.high))
    )
    return whole_numbers(passed, low, high)


def years_between_timestamps(first: Numbers, last: Numbers) -> Numbers:
    """Return the full years from the date of one timestamp to that of another."""
    return years_between(date_of(first), date_of(last))


def months_between(first: Numbers, last: Numbers) -> Numbers:
    """
    Return how many months from one date on have passed by another; below 0 backwards.

    That is the greatest n for which the first date plus `months(n)` is not after the last.
    """
    since, until = np.asarray(first.units), np.asarray(last.units)
    if first.high <= last.low:
        passed = _full_months(since, until)
    else:
        passed = _full_months(np.minimum(since, until), np.maximum(since, until))
        passed = np.where(until < since, -passed, passed)
    low, high = (
        int(_full_months(*(np.array([day]) for day in sorted((since, until))))[0])
        * (-1 if until < since else 1)
        for since, until in ((first.high, last.low), (first.low, last.high))
    )
    return whole_numbers(passed, low, high)


def months_between_timestamps(first: Numbers, last: Numbers) -> Numbers:
    """Return the full months from the date of one timestamp to that of another."""
    return months_between(date_of(first), date_of(last))


def _full_months(since: Indices, until: Indices) -> Indices:
    """A month is full on its day, or on the last of one that has none; `since` is not later."""
    (year, month, day), (to_year, to_month, to_day) = civil(since), civil(until)
    before = (to_day < day) & (civil(until + 1)[2] != 1)
    passed: Indices = (to_year - year) * 12 + (to_month - month) - before
    return passed


def _full_years(since: CivilDate, until: CivilDate) -> Indices:
    """A year is full on its anniversary, which a date that runs backwards has not reached yet."""
    passed = until[0] - since[0]
    ahead = until[1] * 32 + until[2] - (since[1] * 32 + since[2])  # within the year
    return passed - ((passed > 0) & (ahead < 0)) + ((passed < 0) & (ahead > 0))


def _civil(days: Numbers) -> CivilDate:
    return civil(np.asarray(days.units))
