"""Dates and timestamps that come after another one, and not after as-of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.date_functions import as_dates
from shardgen.generators.families.moments import (
    WithFractionsAfter,
    first_moments,
    last_moments,
)
from shardgen.generators.families.seasons import (
    Clock,
    Season,
    Seasonal,
    bind_season,
    bind_season_of_dates,
)
from shardgen.generators.families.times import Days
from shardgen.generators.generator import BoundGenerator, Generator, NullMask, Nulls
from shardgen.generators.registry import generator
from shardgen.generators.sources import (
    ColumnFunction,
    ColumnRead,
    FullMask,
    IndexFunction,
    WordsFunction,
)
from shardgen.random.distributions import Distribution, Uniform
from shardgen.random.overriding import override
from shardgen.random.streams import below_each
from shardgen.schema.model import GroupedFanOut
from shardgen.tables.values import DAY, Dates, Timestamps

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch

DaysBetween = Callable[["Batch", Dates, Dates], "Indices"]
"""A day for each row of a batch, from a first one to a last one."""

_48 = np.uint64(48)  # bits to drop of a word, so that 16 are left
AS_OF = "as_of"


class DayRange(msgspec.Struct, frozen=True, eq=False):
    """The days that lie `least` to `most` days after a first one, and not after a last one."""

    least: int
    most: int

    def room(self, first: Dates, last: Dates) -> tuple[Indices, Indices]:
        """
        Return from how many days after the first on there are days to choose from, and how many.

        Where the last day is less than `least` days after the first, from the first on; where it
        comes before the first, that one alone.
        """
        room = np.minimum(last.days - first.days, self.most)
        begin = np.where(room >= self.least, self.least, 0)
        return begin, np.maximum(room, 0) - begin + 1

    def latest(self, first: Dates, last: Dates) -> int:
        """Return the latest day that any row can have."""
        return max(first.high, min(first.high + self.most, last.high))


class DrawnDaysBetween(msgspec.Struct, frozen=True, eq=False):
    """Days of a range by a draw of how many days after the first they lie."""

    span: DayRange
    away: IndexFunction
    words: WordsFunction

    def __call__(self, batch: Batch, first: Dates, last: Dates) -> Indices:
        """Return a day for each row; where there is less room, all are drawn closer together."""
        span = self.span
        if last.low - first.high >= span.most:
            return first.days + self.away(batch)
        begin, size = span.room(first, last)
        return first.days + begin + self._scaled(batch, self.away(batch) - span.least, size)

    def _scaled(self, batch: Batch, numbers: Indices, size: Indices) -> Indices:
        """
        Return the numbers at the same share of their row's `size`; as they are if it is all.

        The numbers are overwritten.
        """
        numbers <<= 16
        numbers |= (self.words(batch) >> _48).view(np.int64)  # a position within each number
        numbers *= size
        numbers //= self.span.most - self.span.least + 1
        numbers >>= 16
        return numbers


class SeasonalDaysBetween(msgspec.Struct, frozen=True, eq=False):
    """Days of a range by the weights of a season."""

    span: DayRange
    season: Season
    words: WordsFunction

    def __call__(self, batch: Batch, first: Dates, last: Dates) -> Indices:
        """Return a day for each row."""
        begin, size = self.span.room(first, last)
        start = first.days + begin
        bounds = first.low, self.span.latest(first, last)
        return self.season.pick(self.words(batch), start, start + size - 1, bounds)


class AsOf(msgspec.Struct, frozen=True, eq=False):
    """The same day in every row."""

    day: int

    def __call__(self, batch: Batch) -> Dates:
        """Return the day for each row."""
        return Dates(np.full(len(batch), self.day), self.day, self.day)


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

    @property
    def span(self) -> DayRange:
        """The days after `after` that a value may have."""
        return DayRange(self.min_days, self.max_days)

    def days(self, context: ColumnContext, season: Season | None) -> tuple[DaysBetween, Source]:
        """
        Return how a day is drawn between a first one and a last one, and what it is drawn from.

        It lies `min_days` to `max_days` after the first, by the distribution or the season. Where
        the last day comes sooner, all of it is drawn closer together, down to `min_days` if that
        can be; where it comes before the first, the day is the first.
        """
        if season is not None and season.reads:
            what = "per counts the parents by each day, and these days count from another date"
            raise BindError(what, "leave out per, or use a date that counts from as-of")
        if season is not None:
            words = context.value_words()
            return SeasonalDaysBetween(self.span, season, words.compute), words
        away = context.units(self.distribution, self.min_days, self.max_days, 0)
        within: WordsFunction = context.words("within")
        if context.in_order:
            within = SameWords(1 << 63)
        return DrawnDaysBetween(self.span, away.compute, within), away

    def first(self, context: ColumnContext) -> ColumnRead:
        """Return the column that the value comes after; BindError where that cannot be."""
        context.refuse_unique()
        if self.min_days > self.max_days:
            raise BindError(f"min_days {self.min_days} is above max_days {self.max_days}")
        after = context.read_path(self.after, "date", "timestamp")
        _check_order(context, self.after)
        if after.may_be_null and not context.column.nullable:
            what = f"{self.after} may be null, and then nothing comes after it"
            raise BindError(what, 'set "nullable": true here too')
        return after

    def last(self, context: ColumnContext) -> tuple[ColumnFunction, tuple[ColumnRead, ...]]:
        """Return what the value does not come after, and the columns that this is read from."""
        if self.before == AS_OF:
            return AsOf(context.as_of), ()
        read = context.read_path(self.before, "date", "timestamp")
        _check_order(context, self.before)
        return read.compute, (read,)


def _check_order(context: ColumnContext, path: str) -> None:
    """BindError where what a value in order lies after, or before, is in no order itself."""
    if not context.in_order:
        return
    references = context.table.references
    own = next((c for c in context.table.columns if c.name == path), None)
    if own is not None:
        is_kept = own.order == context.column.order
    else:
        group = next((r for r in references if isinstance(r.shape, GroupedFanOut)), None)
        relation = context.relation_called(path.partition(".")[0])
        is_kept = group is not None and group.names >= set(relation.columns)
    if not is_kept:
        order = context.column.order
        what = f"the values are to be {order}, and {path} differs from row to row"
        hint = f'set "order": "{order}" there too' if own else "leave out order"
        raise BindError(what, f"{hint}, or name a column of the grouped parent")


def _nulls_as(after: ColumnRead) -> NullMask | Nulls:
    """Return that a column is null where what it comes after is."""
    return FullMask(after.null) if after.may_be_null else Nulls.DRAWN


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

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.type.family == "timestamp":
            raise BindError(
                f"date_after makes dates, and the column is {context.type}", "use timestamp_after"
            )
        after = self.first(context)
        last, reads = self.last(context)
        season = bind_season_of_dates(context, self.seasonal, self.distribution)
        days, drawn = self.days(context, season)
        dates = DatesAfter(self.span, after.compute, last, days)
        return BoundGenerator.of(dates, after, *reads, drawn, nulls=_nulls_as(after))


class DatesAfter(msgspec.Struct, frozen=True, eq=False):
    """Dates within a range of days after the dates of a column."""

    span: DayRange
    after: ColumnFunction
    last: ColumnFunction
    days: DaysBetween

    def __call__(self, batch: Batch) -> Dates:
        """Return the date of each row."""
        first, last = as_dates(self.after(batch)), as_dates(self.last(batch))
        return Dates(self.days(batch, first, last), first.low, self.span.latest(first, last))


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

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        after = self.first(context)
        last, reads = self.last(context)
        season = bind_season(context, self.seasonal, self.distribution)
        if context.in_order:
            return self._in_order(context, after, last, reads)
        days, drawn = self.days(context, season)
        words = context.words("second")
        second: SecondBetween
        second = UniformSecond(words) if season is None else ClockSecond(words, season.clock)
        digits = context.type.precision or 0
        moments = TimestampsAfter(self.span, after.compute, last, digits, days, second)
        made = WithFractionsAfter(moments, after.compute, last, digits)
        return BoundGenerator.of(made, after, *reads, drawn, nulls=_nulls_as(after))

    def _in_order(
        self,
        context: ColumnContext,
        after: ColumnRead,
        last: ColumnFunction,
        reads: tuple[ColumnRead, ...],
    ) -> BoundGenerator:
        """Return timestamps that rise with their words, to the second."""
        if self.seasonal is not None or not isinstance(self.distribution, Uniform):
            what = "timestamps in order are drawn by the second, uniformly"
            raise BindError(what, "leave out seasonal and the distribution")
        drawn = context.value_words()
        moments = OrderedMomentsAfter(self.span, after.compute, last, 0, drawn.compute)
        return BoundGenerator.of(moments, after, *reads, drawn, nulls=_nulls_as(after))


SecondBetween = Callable[["Batch", "Indices", "Indices"], "Indices"]
"""A second of the day for each row of a batch, from a first one to a last one."""


class UniformSecond(msgspec.Struct, frozen=True, eq=False):
    """Seconds of which each is as likely."""

    words: WordsFunction

    def __call__(self, batch: Batch, begin: Indices, end: Indices) -> Indices:
        """Return a second for each row."""
        return begin + below_each(self.words(batch), (end - begin + 1).view(np.uint64))


class ClockSecond(msgspec.Struct, frozen=True, eq=False):
    """Seconds by the weights of their hours."""

    words: WordsFunction
    clock: Clock

    def __call__(self, batch: Batch, begin: Indices, end: Indices) -> Indices:
        """Return a second for each row."""
        return self.clock.pick(self.words(batch), begin, end)


class _MomentsAfter(msgspec.Struct, frozen=True, eq=False):
    """Base of timestamps within a range of days after the moments of a column."""

    span: DayRange
    after: ColumnFunction
    last: ColumnFunction
    digits: int

    def __call__(self, batch: Batch) -> Timestamps:
        """Return the timestamp of each row."""
        first = first_moments(self.after(batch), self.digits)
        last = last_moments(self.last(batch))
        days = as_dates(first), as_dates(last)
        latest = self.span.latest(*days) * DAY + DAY - 1
        seconds = self.seconds(batch, (first.seconds, last.seconds), days)
        return Timestamps(seconds, first.low, max(first.high, min(latest, last.high)))

    def seconds(
        self, batch: Batch, moments: tuple[Indices, Indices], days: tuple[Dates, Dates]
    ) -> Indices:
        """Return the second of each row, by the first and the last one that it may be."""
        raise NotImplementedError


class TimestampsAfter(_MomentsAfter, frozen=True, eq=False):
    """A day by a law, and then a second of it."""

    days: DaysBetween
    second: SecondBetween

    @override
    def seconds(
        self, batch: Batch, moments: tuple[Indices, Indices], days: tuple[Dates, Dates]
    ) -> Indices:
        midnight = self.days(batch, *days) * DAY
        first, last = moments
        begin = np.maximum(first - midnight, 0)
        end = np.maximum(np.minimum(last - midnight, DAY - 1), begin)
        midnight += self.second(batch, begin, end)
        return midnight


class OrderedMomentsAfter(_MomentsAfter, frozen=True, eq=False):
    """Any second, each as likely: timestamps that rise with the words."""

    words: WordsFunction

    @override
    def seconds(
        self, batch: Batch, moments: tuple[Indices, Indices], days: tuple[Dates, Dates]
    ) -> Indices:
        (first, last), first_day = moments, days[0].days
        least, most = self.span.least, self.span.most
        begin = first if least == 0 else (first_day + least) * DAY
        end = np.minimum((first_day + most) * DAY + DAY - 1, last)
        begin = np.where(begin <= end, begin, first)
        end = np.maximum(end, begin)
        drawn = below_each(self.words(batch), (end - begin + 1).view(np.uint64))
        return begin + drawn


class SameWords(msgspec.Struct, frozen=True, eq=False):
    """The same word in every row."""

    word: int

    def __call__(self, batch: Batch) -> Words:
        """Return the word for each row."""
        return np.full(len(batch), self.word, np.uint64)
