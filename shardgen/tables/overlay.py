"""
Values of a column with some rows replaced: by values of the same kind that were said beforehand.

What is returned has the same kind, and the same bounds in every batch, whether a row of it is
replaced or not: a renderer lays out all rows by one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.list_values import Lists, offsets_of
from shardgen.tables.rare_values import Bits, Bytes, Intervals

if TYPE_CHECKING:
    from shardgen.random.streams import Indices


class Extended(c.PoolFunction[c.Pool], frozen=True):
    """A pool with more strings after its own."""

    more: tuple[str, ...]

    @override
    def __call__(self, pool: c.Pool) -> c.Pool:
        return c.Pool((*pool.values, *self.more))


def overlaid(  # noqa: C901, PLR0911 -- one for each kind of values
    made: c.ColumnValues, said: c.ColumnValues, at: Indices, which: Indices
) -> c.ColumnValues:
    """
    Return `made` with row `which[i]` of `said` in its row `at[i]`, both int64.

    Both are stored by one type of columns: of the same kind, or text of either kind.
    """
    match made, said:
        case c.Integers(), c.Integers():
            return _integers(made, said, at, which)
        case c.Decimals(), c.Decimals():
            return _decimals(made, said, at, which)
        case c.Dates(), c.Dates():
            days = _put(made.days, said.days, at, which)
            low, high = min(made.low, said.low), max(made.high, said.high)
            return msgspec.structs.replace(made, days=days, low=low, high=high)
        case Intervals(), Intervals():
            seconds = _put(made.seconds, said.seconds, at, which)
            return Intervals(seconds, min(made.low, said.low), max(made.high, said.high))
        case c.Seconds(), c.Seconds():
            return _seconds(made, said, at, which)
        case c.Booleans(), c.Booleans():
            values = made.values.copy()
            values[at] = said.values[which]
            return c.Booleans(values)
        case Bytes(), Bytes():
            return Bytes(_texts(made.digits, said.digits, at, which))
        case Bits(), Bits():
            return Bits(_texts(made.digits, said.digits, at, which), made.varying)
        case Lists(), Lists():
            return _lists(made, said, at, which)
        case c.Dictionary() | c.Text(), c.Dictionary() | c.Text():
            return _texts(made, said, at, which)
    raise TypeError(made, said)


def _put(made: Indices, said: Indices, at: Indices, which: Indices) -> Indices:
    values: Indices = made.astype(np.result_type(made, said))
    values[at] = said[which]
    return values


def _integers(made: c.Integers, said: c.Integers, at: Indices, which: Indices) -> c.Integers:
    values = _put(made.values, said.values, at, which)
    low, high = min(made.low, said.low), max(made.high, said.high)
    return c.Integers(values, low, high, made.digits)


def _decimals(made: c.Decimals, said: c.Decimals, at: Indices, which: Indices) -> c.Decimals:
    from shardgen.tables.casts import with_scale  # late: casts are made of this module's kinds

    scale = max(made.scale, said.scale)
    made, said = with_scale(made, scale), with_scale(said, scale)
    units = _put(made.units, said.units, at, which)
    return c.Decimals(units, scale, min(made.low, said.low), max(made.high, said.high))


def _seconds(made: c.Seconds, said: c.Seconds, at: Indices, which: Indices) -> c.Seconds:
    digits = max(made.digits, said.digits)
    fraction = None
    if made.fraction is not None or said.fraction is not None:
        fraction = _put(_fraction(made, digits), _fraction(said, digits), at, which)
    high = max(made.high, said.high)
    if fraction is not None and said.fraction is not None:
        high = max(high, said.high + 1)  # a fraction is 0 at the last second
    return msgspec.structs.replace(
        made,
        seconds=_put(made.seconds, said.seconds, at, which),
        low=min(made.low, said.low),
        high=high,
        fraction=fraction,
        digits=digits,
    )


def _fraction(values: c.Seconds, digits: int) -> Indices:
    """Return the fractions of seconds in units of 10^-digits."""
    if values.fraction is None:
        return np.zeros(len(values.seconds), np.int64)
    scaled: Indices = values.fraction * 10 ** (digits - values.digits)
    return scaled


def _texts(
    made: c.Dictionary | c.Text, said: c.Dictionary | c.Text, at: Indices, which: Indices
) -> c.Dictionary | c.Text:
    if isinstance(made, c.Dictionary) and isinstance(said, c.Dictionary):
        pool = made.pool.mapped(Extended(said.pool.values))
        indices = made.indices.copy()
        indices[at] = said.indices[which] + len(made.pool)
        return c.Dictionary(indices, pool)
    rows = _rows(made)
    chosen, other = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    chosen[at], other[at] = 1, which
    return c.Text((c.Union((_elements(made), _elements(said.take(other))), chosen),))


def _rows(values: c.Dictionary | c.Text) -> int:
    if isinstance(values, c.Dictionary):
        return len(values.indices)
    return max(map(c.row_count, values.elements))


def _elements(values: c.Dictionary | c.Text) -> tuple[c.Element, ...]:
    return values.elements if isinstance(values, c.Text) else (values,)


def _lists(made: Lists, said: Lists, at: Indices, which: Indices) -> Lists:
    """Return lists: the elements of both stand in one column, those that were said at its end."""
    before, more = _length(made), _length(said)
    starts, counts = made.offsets[:-1].copy(), made.lengths
    starts[at] = said.offsets[:-1][which] + before
    counts[at] = said.lengths[which]
    every = np.concatenate((np.arange(before), np.zeros(more, np.int64)))
    ends = np.arange(more)
    values = overlaid(made.values.take(every), said.values, ends + before, ends)
    offsets = offsets_of(counts)
    chosen = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])
    if not len(chosen):
        chosen = np.zeros(1, np.int64)
    null = None
    if made.null is not None or said.null is not None:
        masks = ((made.null, before), (said.null, more))
        both = [np.zeros(size, bool) if mask is None else mask for mask, size in masks]
        null = np.concatenate(both)[chosen]
    most = max(made.most, said.most)
    return Lists(offsets, values.take(chosen), most, null, made.is_json)


def _length(values: Lists) -> int:
    """Return how many elements stand in a column of lists, those of no row among them."""
    return len(values.values.python()) if values.null is None else len(values.null)
