"""Dates and timestamps as whole columns: intervals that are added to them, and their fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import (
    ArithmeticBoundsError,
    Num,
    add,
    held,
    negate,
    whole,
)
from shardgen.tables.calendar import civil, days_from_civil, month_table
from shardgen.tables.values import DAY

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

FIRST_DAY, LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31
_MONTH = 31  # days, at most


class Span(msgspec.Struct, frozen=True, eq=False):
    """A length of time, of months, days and seconds apart; None for those it has none of."""

    months: Num | None = None
    days: Num | None = None
    seconds: Num | None = None


def months(times: int) -> Callable[[Num], Span]:
    """Return the function that makes spans of numbers of so many months each."""
    return lambda count: Span(months=_times(count, times))


def days(times: int) -> Callable[[Num], Span]:
    """Return the function that makes spans of numbers of so many days each."""
    return lambda count: Span(days=_times(count, times))


def seconds(times: int) -> Callable[[Num], Span]:
    """Return the function that makes spans of numbers of so many seconds each."""
    return lambda count: Span(seconds=_times(count, times))


def _times(count: Num, factor: int) -> Num:
    low, high = held(count.low * factor, count.high * factor, 0)
    return Num(count.units * factor, 0, low, high)


def add_spans(a: Span, b: Span) -> Span:
    """Return both spans together."""
    return Span(*(_sum(x, y) for x, y in zip(_fields(a), _fields(b), strict=True)))


def negate_span(span: Span) -> Span:
    """Return the span that leads back."""
    return Span(*(None if each is None else negate(each) for each in _fields(span)))


def _fields(span: Span) -> tuple[Num | None, ...]:
    return span.months, span.days, span.seconds


def _sum(a: Num | None, b: Num | None) -> Num | None:
    if a is None or b is None:
        return b if a is None else a
    return add(a, b)


def later_day(day: Num, span: Span) -> Num:
    """Return the day so many months and then days later; a month's last day at most."""
    if span.months is not None:
        day = _months_later(day, span.months)
    if span.days is not None:
        day = add(day, span.days)
    return in_calendar(day, 1)


def later_moment(second: Num, span: Span) -> Num:
    """Return the moment so much later, months first, at the same time of day."""
    if span.months is not None:
        day = day_of(second)
        time = Num(second.units - day.units * DAY, 0, 0, DAY - 1)
        second = add(start_of(later_day(day, Span(months=span.months))), time)
    for count, factor in ((span.days, DAY), (span.seconds, 1)):
        if count is not None:
            second = add(second, _times(count, factor))
    return in_calendar(second, DAY)


def later_from_day(day: Num, span: Span) -> Num:
    """Return the moment so much later than the beginning of the day."""
    return later_moment(start_of(day), span)


def day_of(second: Num) -> Num:
    """Return the day of a moment."""
    return whole(second.units // DAY, second.low // DAY, second.high // DAY)


def start_of(day: Num) -> Num:
    """Return the first second of a day."""
    low, high = held(day.low * DAY, day.high * DAY, 0)
    return whole(day.units * DAY, low, high)


def in_calendar(moment: Num, unit: int) -> Num:
    """Return the moment, counted in days of so many units; ArithmeticBoundsError beyond the years 1 … 9999."""
    if moment.low < FIRST_DAY * unit or moment.high >= (LAST_DAY + 1) * unit:
        raise ArithmeticBoundsError(
            "reaches dates outside the years 1 to 9999", "bound what is added"
        )
    return moment


def _months_later(day: Num, count: Num) -> Num:
    longest = 12 * 10_000
    if count.most > longest:
        raise ArithmeticBoundsError(f"adds up to {count.most} months", "bound what is added")
    back = max(0, -count.low)
    table = month_table(day.low - _MONTH * (back + 1), day.high, max(0, count.high))
    month, of_month = table.split(np.asarray(day.units))
    month = np.asarray(month + count.units)
    later = table.join(np.atleast_1d(month), of_month).reshape(month.shape)
    return whole(later, _month_later(day.low, count.low), _month_later(day.high, count.high))


@lru_cache(maxsize=4096)  # the bounds of a column are the same in every batch
def _month_later(day: int, count: int) -> int:
    """Return one day so many months later; no earlier day is later by then."""
    year, month, of_month = (int(field[0]) for field in civil(np.array([day])))
    ahead = year * 12 + month - 1 + count
    at = [np.array([n]) for n in (ahead // 12, ahead % 12 + 1, of_month)]
    return int(days_from_civil(*at)[0])


# Fields


def year(day: Num) -> Num:
    """Return the year."""
    low, high = (int(civil(np.array([end]))[0][0]) for end in (day.low, day.high))
    return whole(_civil(day)[0], low, high)


def month(day: Num) -> Num:
    """Return the month, 1 … 12."""
    return whole(_civil(day)[1], 1, 12)


def day(day: Num) -> Num:
    """Return the day of the month, 1 … 31."""
    return whole(_civil(day)[2], 1, 31)


def weekday(day: Num) -> Num:
    """Return the day of the week, from 1 for Monday to 7 for Sunday."""
    return whole((day.units + 3) % 7 + 1, 1, 7)  # 1970-01-01 was a Thursday


def _civil(day: Num) -> tuple[Indices, Indices, Indices]:
    return civil(np.asarray(day.units))


def of_day(field: Callable[[Num], Num]) -> Callable[[Num], Num]:
    """Return the function that takes a field of a day from a moment."""
    return lambda second: field(day_of(second))


def of_time(step: int, count: int) -> Callable[[Num], Num]:
    """Return the function that takes from a moment its hours, minutes or seconds of `step`."""
    return lambda second: whole(second.units // step % count, 0, count - 1)


def years_between(first: Num, last: Num) -> Num:
    """Return the full years from one day to another, as an age is counted; rounded down."""
    years = _years(_civil(first), _civil(last))
    ends = [
        int(_years(*(civil(np.array([n])) for n in pair))[0])
        for pair in ((first.high, last.low), (first.low, last.high))
    ]
    return whole(years, *ends)


def _years(since: tuple[Any, ...], until: tuple[Any, ...]) -> Any:
    is_earlier = until[1] * 32 + until[2] < since[1] * 32 + since[2]  # in the year
    return until[0] - since[0] - is_earlier
