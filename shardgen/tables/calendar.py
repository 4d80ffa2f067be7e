"""
Calendar arithmetic on whole columns of days, in integers only; days count from 1970-01-01.

The calendar is the proleptic Gregorian one, as in SQL and in Python's `datetime`.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from shardgen.errors import BindError

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

EPOCH = dt.date(1970, 1, 1)
MAX_MONTHS = 12 * 10_000  # that are added: more than all years that dates have
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


def days_of(date: dt.date) -> int:
    """Return the days from 1970-01-01 to `date`."""
    return (date - EPOCH).days


def iso_date(day: int) -> str:
    """Return a day since 1970-01-01 as `2024-02-29`, beyond the years of Python's dates too."""
    year, month, of_month = (int(field[0]) for field in civil(np.array([day])))
    return f"{year:04d}-{month:02d}-{of_month:02d}"


def iso_moment(second: int) -> str:
    """Return a second since 1970-01-01 00:00:00 as `2024-02-29 23:59:59`."""
    day, rest = divmod(second, 86_400)
    return f"{iso_date(day)} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def civil(days: Indices) -> tuple[Indices, Indices, Indices]:
    """
    Return year, month (1–12) and day (1–31) of days since 1970-01-01, in integers only.

    Howard Hinnant's `civil_from_days`, proleptic Gregorian calendar.
    """
    shifted = days + 719_468  # days since 0000-03-01, the first day of a 400-year era
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * march_month + 2) // 5 + 1
    month = march_month + np.where(march_month < 10, 3, -9)
    year = year_of_era + era * 400 + (month <= 2)
    return year, month, day


class MonthTable:
    """
    The months around some days, and adding months to days among them.

    For days within `low` … `high`, and 0 … `most` months to add.
    """

    def __init__(self, low: int, high: int, most: int) -> None:
        """Tabulate the first days of all months that can be met."""
        years, months, _ = civil(np.array([low, high]))
        first, last = (years * 12 + months - 1).tolist()
        numbers = np.arange(first - 1, last + most + 3)
        self._first = first - 1
        self._starts = days_from_civil(numbers // 12, numbers % 12 + 1, np.ones_like(numbers))

    def split(self, days: Indices) -> tuple[Indices, Indices]:
        """
        Return the position in the table of each day's month, and the days since its first.

        The mean length of a month leads to the right one or to a neighbour; the starts say which.
        """
        month = (days * 4800 + _YEAR_ZERO * 4800) // 146_097
        month -= self._first
        month -= self._starts.take(month) > days
        month += self._starts.take(month + 1) <= days
        return month, days - self._starts.take(month)

    def join(self, month: Indices, day: Indices) -> Indices:
        """Return the `day` after the first of each month, at most the last day of that month."""
        start = self._starts.take(month)
        last = self._starts.take(month + 1)
        last -= start
        last -= 1
        np.minimum(day, last, out=last)
        last += start
        return last


@lru_cache(maxsize=64)
def month_table(low: int, high: int, most: int) -> MonthTable:
    """
    Return the table for these bounds, made once; BindError for more months than MAX_MONTHS.

    A table has all months that can be met, so it takes memory by their number.
    """
    if most > MAX_MONTHS:
        what = f"adds up to {most} months, and the calendar has {MAX_MONTHS}"
        raise BindError(what, "bound the months")
    return MonthTable(low, high, most)


def add_months(days: Indices, months: Indices, low: int, high: int, most: int) -> Indices:
    """
    Return the day `months` later in the calendar, at most the last day of that month.

    So 31 January plus one month is 28 or 29 February. `low` … `high` are the bounds of `days`, 0 …
    `most` those of `months`.
    """
    table = month_table(low, high, most)
    month, day = table.split(days)
    return table.join(month + months, day)


_YEAR_ZERO = 719_528  # days from 0000-01-01 to 1970-01-01


def days_from_civil(year: Indices, month: Indices, day: Indices) -> Indices:
    """Return days since 1970-01-01; a day beyond its month's end becomes the month's last day."""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    day = np.minimum(day, _MONTH_DAYS[month] + (leap & (month == 2)))
    before = year - (month <= 2)
    era = before // 400
    year_of_era = before - era * 400
    march_month = month + np.where(month > 2, -3, 9)
    day_of_year = (153 * march_month + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    days: Indices = era * 146_097 + day_of_era - 719_468
    return days
