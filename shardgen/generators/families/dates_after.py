"""Sequels: dates and timestamps that come after another one, and not after as-of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from shardgen.errors import BindError
from shardgen.generators.column_paths import ResolvedColumn, WithNulls, resolve_path
from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.families.seasons import Season, Seasonal, bind_season
from shardgen.generators.families.times import Days, as_dates
from shardgen.random.distributions import Distribution, Uniform
from shardgen.random.streams import below_each
from shardgen.tables.values import DAY, Dates, Timestamps, Values

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch

Ends = Callable[["Batch"], tuple[Dates, Dates]]
"""The first and the last day that the value of each row may have."""
DaysBetween = Callable[["Batch", Dates, Dates], "Indices"]

_16 = np.uint64(48)  # so many bits off, 16 are left
AS_OF = "as_of"


class _After(Generator, frozen=True):
    """
    Base of what comes after another date: `after` and `before` are columns, or `as_of`.

    A path such as `order.created_at` leads to a column of the parent's row.
    """

    after: str
    before: str = AS_OF
    min_days: Days = 0
    max_days: Days = 365
    distribution: Distribution = Uniform()
    seasonal: Seasonal | None = None

    def days(self, context: ColumnContext, season: Season | None) -> DaysBetween:
        """
        Return the maker of a day of each row, between a first one and a last one.

        It lies `min_days` to `max_days` after the first, by the distribution or the season. Where
        the last day comes sooner, all of it is drawn closer together, down to `min_days` if that
        can be; where it comes before the first, the day is the first.
        """
        least, most = self.min_days, self.max_days
        if season is not None:
            return self._by_season(context.value_words(), season)
        away = context.units(self.distribution, least, most, 0)
        scaled = _Scaled(context, most - least + 1)

        def make(batch: Batch, first: Dates, last: Dates) -> Indices:
            if last.low - first.high >= most:
                return first.days + away(batch)
            begin, size = self._room(first, last)
            return first.days + begin + scaled(batch, away(batch) - least, size)

        return make

    def _by_season(self, words: Callable[[Batch], Words], season: Season) -> DaysBetween:
        def make(batch: Batch, first: Dates, last: Dates) -> Indices:
            begin, size = self._room(first, last)
            start = first.days + begin
            bounds = first.low, end_of(first, last, self.max_days)
            return season.pick(words(batch), start, start + size - 1, bounds)

        return make

    def _room(self, first: Dates, last: Dates) -> tuple[Indices, Indices]:
        """Return how many days after the first there are to choose from, and from which on."""
        room = np.minimum(last.days - first.days, self.max_days)
        begin = np.where(room >= self.min_days, self.min_days, 0)
        return begin, np.maximum(room, 0) - begin + 1

    def ends(self, context: ColumnContext) -> tuple[ResolvedColumn, ColumnFunction]:
        """Return what the value comes after, and the maker of what it does not come after."""
        context.refuse_unique()
        if self.min_days > self.max_days:
            raise BindError(f"min_days {self.min_days} is above max_days {self.max_days}")
        after = resolve_path(context, self.after, "date", "timestamp")
        if after.may_be_null and not context.column.nullable:
            what = f"{self.after} may be null, and then nothing comes after it"
            raise BindError(what, 'set "nullable": true here too')
        if self.before != AS_OF:
            return after, resolve_path(context, self.before, "date", "timestamp").make
        as_of = context.as_of
        return after, lambda batch: Dates(np.full(len(batch), as_of), as_of, as_of)


class _Scaled:
    """Whole numbers below `count` as numbers below another size, which may be smaller."""

    def __init__(self, context: ColumnContext, count: int) -> None:
        self._count = count
        self._words = context.words("within")

    def __call__(self, batch: Batch, numbers: Indices, size: Indices) -> Indices:
        """Return the numbers at the same share of their row's `size`; as they are if it is all."""
        numbers <<= 16
        numbers |= (self._words(batch) >> _16).view(np.int64)  # a place within each number
        numbers *= size
        numbers //= self._count
        numbers >>= 16
        return numbers


def end_of(first: Dates, last: Dates, most: int) -> int:
    """Return the latest day that is no more than `most` after the first and not after the last."""
    return max(first.high, min(first.high + most, last.high))


def _null_as(after: ResolvedColumn, make: ColumnFunction) -> ColumnFunction:
    """Return the maker of a column that is null where what it comes after is."""
    return WithNulls(make, after.null) if after.may_be_null else make


@generator("date_after")
class DateAfter(_After, frozen=True):
    """
    A date `min_days` to `max_days` days after `after`, and not after `before`.

    Both are date or timestamp columns of the row, or of its parent: `order.created_at`; `before` is
    as-of where it is not given. Where less room is left between them, the days are drawn closer
    together instead of heaped at the end; where there is none, the date is that of `after`. Where
    `after` is null, so is the date; where the key to the parent is, it is one that fits some
    parent. A distribution is one of days after, and `seasonal` makes some months and weekdays
    busier.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        if context.type.family == "timestamp":
            raise BindError(
                f"date_after makes dates, and the column is {context.type}", "use timestamp_after"
            )
        after, limit = self.ends(context)
        days = self.days(context, bind_season(context, self.seasonal, self.distribution))

        def make(batch: Batch) -> Dates:
            first, last = as_dates(after.make(batch)), as_dates(limit(batch))
            high = end_of(first, last, self.max_days)
            return Dates(days(batch, first, last), first.low, high)

        return _null_as(after, make)


@generator("timestamp_after")
class TimestampAfter(_After, frozen=True):
    """
    A timestamp `min_days` to `max_days` calendar days after `after`, and not after `before`.

    Both are date or timestamp columns of the row, or of its parent: `order.created_at`; `before` is
    as-of where it is not given. A date means its midnight. On the day of `after` it is a later
    second, or the same. Where less room is left between them, the days are drawn closer together
    instead of heaped at the end; where there is none, the timestamp is that of `after`. A
    distribution is one of days after, and `seasonal` makes some months, weekdays and hours busier.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        after, limit = self.ends(context)
        season = bind_season(context, self.seasonal, self.distribution, hours=True)
        days, words = self.days(context, season), context.words("second")

        def make(batch: Batch) -> Timestamps:
            first, last = _moments(after.make(batch)), _ends(limit(batch))
            midnight = days(batch, as_dates(first), as_dates(last)) * DAY
            begin = np.maximum(first.seconds - midnight, 0)
            end = np.maximum(np.minimum(last.seconds - midnight, DAY - 1), begin)
            if season is not None:
                midnight += season.clock.pick(words(batch), begin, end)
            else:
                midnight += begin
                midnight += below_each(words(batch), (end - begin + 1).view(np.uint64))
            latest = end_of(as_dates(first), as_dates(last), self.max_days) * DAY + DAY - 1
            return Timestamps(midnight, first.low, max(first.high, min(latest, last.high)))

        return _null_as(after, make)


def _moments(values: Values) -> Timestamps:
    """Return timestamps, or the midnights that dates begin with."""
    if isinstance(values, Timestamps):
        return values
    dates = as_dates(values)
    return Timestamps(dates.days * DAY, dates.low * DAY, dates.high * DAY)


def _ends(values: Values) -> Timestamps:
    """Return timestamps, or the last seconds before the midnights that dates begin with."""
    if isinstance(values, Timestamps):
        return values
    dates = as_dates(values)
    return Timestamps(dates.days * DAY - 1, dates.low * DAY - 1, dates.high * DAY - 1)
