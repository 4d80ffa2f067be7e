"""Seconds of dates and timestamps, and the fractions of those that come after others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.families.date_functions import as_dates
from shardgen.generators.sources import ColumnFunction
from shardgen.tables.values import DAY, ColumnValues, Timestamps

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch


class WithFractionsAfter(msgspec.Struct, frozen=True, eq=False):
    """
    Timestamps of whole seconds with the fraction of what they come after.

    So they are as many whole seconds later, and not before it in the same second. In the second of
    the last moment they have no more than that, and at the latest of all no fraction.
    """

    moments: ColumnFunction
    after: ColumnFunction
    last: ColumnFunction
    digits: int

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the timestamp of each row."""
        made, first = self.moments(batch), self.after(batch)
        if not self.digits or not isinstance(first, Timestamps) or first.fraction is None:
            return made
        assert isinstance(made, Timestamps), "what is later than a timestamp is one"
        fraction = _rounded_up(first, self.digits)
        last = self.last(batch)
        if isinstance(last, Timestamps):
            same = (made.seconds >= last.seconds) & (made.seconds > first.seconds)
            fraction = np.where(same, np.minimum(fraction, _cut(last, self.digits)), fraction)
        fraction = np.where(
            (made.seconds >= made.high) & (made.seconds > first.seconds), 0, fraction
        )
        return msgspec.structs.replace(made, fraction=fraction, digits=self.digits)


def _rounded_up(moments: Timestamps, digits: int) -> Indices:
    """Return the fractions in units of 10^-digits; 0 where that would be a second."""
    assert moments.fraction is not None, "else there is nothing to round"
    if digits >= moments.digits:
        return _cut(moments, digits)
    step = 10 ** (moments.digits - digits)
    rounded = -(-moments.fraction // step)
    kept: Indices = np.where(rounded == 10**digits, 0, rounded)
    return kept


def _cut(moments: Timestamps, digits: int) -> Indices:
    if moments.fraction is None:
        return np.zeros(len(moments.seconds), np.int64)
    more = digits - moments.digits
    cut: Indices = moments.fraction * 10**more if more >= 0 else moments.fraction // 10**-more
    return cut


def first_moments(values: ColumnValues, digits: int = 0) -> Timestamps:
    """
    Return timestamps, or the midnights that dates begin with.

    One whose fraction does not fit so many digits is the next second.
    """
    if isinstance(values, Timestamps):
        if values.fraction is None or digits >= values.digits:
            return values
        step = 10 ** (values.digits - digits)
        over = values.fraction > (10**digits - 1) * step
        seconds = values.seconds + over
        return Timestamps(seconds, values.low, values.high)
    dates = as_dates(values)
    return Timestamps(dates.days * DAY, dates.low * DAY, dates.high * DAY)


def last_moments(values: ColumnValues) -> Timestamps:
    """Return timestamps, or the last seconds before the midnights that dates begin with."""
    if isinstance(values, Timestamps):
        return values
    dates = as_dates(values)
    return Timestamps(dates.days * DAY - 1, dates.low * DAY - 1, dates.high * DAY - 1)
