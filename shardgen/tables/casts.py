"""
Values as the type of their column: an integer generator may fill a decimal, a date a varchar.

`cast` changes the kind where that loses nothing, and refuses what does not fit the type. The
bounds that values carry hold for every row, so looking at one batch settles it for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING

import numpy as np

from shardgen.errors import BindError, shown
from shardgen.random.overriding import override
from shardgen.schema.types import SPELLED, ColumnType
from shardgen.tables import values as c
from shardgen.tables.calendar import iso_date, iso_moment
from shardgen.tables.list_values import Lists, cast_lists
from shardgen.tables.rare_values import Bits, Bytes, Intervals, Times
from shardgen.tables.text_lengths import max_length
from shardgen.tables.text_proofs import unstorable_reason, unstorable_text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

_EXACT = Context(prec=1100)  # digits, more than any type has
MIN_DAY, MAX_DAY = -354_285, 2_932_896  # 1000-01-01 and 9999-12-31: what all dialects store
FIRST_DAY = -719_162  # 0001-01-01


def cast(values: c.ColumnValues, to: ColumnType) -> c.ColumnValues:
    """Return `values` as the kind that `to` stores; ValueError when they do not fit."""
    match to.family:
        case "integer":
            result = _integers(values)
        case "decimal":
            result = _decimals(values, to.scale)
        case "float":
            result = _decimals(values, None)
        case "date":
            result = _dates(values)
        case "timestamp":
            result = _timestamps(values, to.precision or 0)
        case "boolean":
            result = _booleans(values)
        case "time" | "interval" | "bytes" | "bits":
            from shardgen.tables.rare_casts import rare_cast  # late: few schemas have such types

            result = rare_cast(values, to)
        case "array":
            result = cast_lists(values, to, cast) if isinstance(values, Lists) else None
        case _:
            result = _strings(values)
    if result is None:
        msg = f"yields {_NAMES[type(values)]}, and the column is {to}"
        raise ValueError(msg)
    return result


def is_coarser(values: c.ColumnValues, made: c.ColumnValues) -> bool:
    """Return whether `made` lost digits on its way to `values`, so that two may have become one."""
    match values, made:
        case c.Dates(), c.Timestamps():
            return True
        case c.Timestamps(), c.Timestamps():
            return values.digits < made.digits
        case c.Decimals(), c.Decimals():
            return values.scale < made.scale
    return False


def check_fit(values: c.ColumnValues, to: ColumnType) -> None:
    """
    Raise ValueError or BindError when values of this kind and these bounds exceed the type `to`.

    The kind is one that `to` stores; a key of another type than its parent's is refused elsewhere.
    """
    match values:
        case c.Integers() if to.family == "integer":
            least, most = to.integer_bounds
            _within(values.low, values.high, least, most, to)
        case c.Decimals(scale=scale) if to.family == "decimal":
            least, most = to.unit_bounds
            if not least <= values.low <= values.high <= most:
                worst, least_, most_ = (
                    Decimal(units).scaleb(-scale, _EXACT)
                    for units in (values.high if values.high > most else values.low, least, most)
                )
                msg = f"yields values such as {worst}, and {to} holds {least_} to {most_}"
                raise ValueError(msg)
        case c.Dates():
            _within(values.low, values.high, MIN_DAY, MAX_DAY, to, iso_date)
        case c.Timestamps():
            least, most = MIN_DAY * c.DAY, MAX_DAY * c.DAY + c.DAY - 1
            _within(values.low, values.high, least, most, to, iso_moment)
        case c.Dictionary() | c.Text():
            _check_text(values, to)
        case Lists() if to.element is not None:
            check_fit(values.values, to.element)
        case _ if to.family in ("interval", "bytes", "bits"):
            from shardgen.tables.rare_casts import check_rare  # late: as above

            check_rare(values, to)


def _within(
    low: int,
    high: int,
    least: int,
    most: int,
    to: ColumnType,
    shown: Callable[[int], str] = str,
) -> None:
    if low < least or high > most:
        worst = shown(high if high > most else low)
        msg = f"yields values such as {worst}, and {to} holds {shown(least)} to {shown(most)}"
        raise ValueError(msg)


def _check_years(low: int, high: int) -> None:
    """Raise ValueError for days, written out as text, that no calendar has."""
    if low < FIRST_DAY or high > MAX_DAY:
        worst = iso_date(high if high > MAX_DAY else low)
        raise ValueError(f"yields dates such as {worst}, and the calendar has the years 1 to 9999")


class Unstorable(c.PoolFunction[str], frozen=True):
    """What no database stores of a pool's strings: one with a NUL or half a character; else ""."""

    @override
    def __call__(self, pool: c.Pool) -> str:
        return _unstorable(pool.values)


UNSTORABLE = Unstorable()  # a pool keeps what it says as long as this is there


def _unstorable(texts: Sequence[str]) -> str:
    """Return the first text with a NUL, or with half of a surrogate pair; "" without any."""
    together = "".join(texts)
    if "\0" not in together and (together.isascii() or not _HALF.search(together)):
        return ""
    return next(text for text in texts if "\0" in text or _HALF.search(text))


_HALF = re.compile("[\ud800-\udfff]")


def _check_characters(values: c.Dictionary | c.Text | c.Union) -> None:
    """Raise ValueError for text that cannot stand in SQL: the dump would end there."""
    branches: tuple[tuple[c.Element, ...], ...]
    match values:
        case c.Dictionary(pool=pool):
            branches, wrong = (), pool.mapped(UNSTORABLE)
        case c.Text(elements=elements):
            branches, wrong = (elements,), ""
        case c.Union(branches=inner):
            branches, wrong = inner, ""
    for element in (element for branch in branches for element in branch):
        if isinstance(element, str):
            wrong = wrong or _unstorable((element,))
        elif isinstance(element, (c.Dictionary, c.Union)):
            _check_characters(element)
        elif isinstance(element, c.Dates):
            _check_years(element.low, element.high)
        elif isinstance(element, c.Timestamps):
            _check_years(element.low // c.DAY, element.high // c.DAY)
    if wrong:
        what = "a NUL" if "\0" in wrong else "half of a surrogate pair"
        msg = f"yields {shown(wrong)}, which has {what}: no database stores it"
        raise ValueError(msg)


def _check_text(values: c.Dictionary | c.Text, to: ColumnType) -> None:
    _check_characters(values)
    if to.family == "enum":
        if not isinstance(values, c.Dictionary):
            msg = f"yields free text, and the column is {to}"
            raise ValueError(msg)
        known = frozenset(to.values)
        foreign = [v for v in values.pool.values if v not in known]
        if foreign:
            msg = f"yields {foreign[0]!r}, which is none of {to}"
            raise ValueError(msg)
    limit = to.length
    if limit is not None and max_length(values) > limit:
        msg = f"yields up to {max_length(values)} characters, and {to} holds {limit}"
        raise ValueError(msg)
    odd = unstorable_text(values)
    if odd is not None:
        msg = f"yields {shown(odd)}, {unstorable_reason(odd)}"
        raise ValueError(msg)
    if to.name in SPELLED or to.name == "set":
        from shardgen.tables.spelled_texts import check_spelled  # late: few schemas have them

        check_spelled(values, to)
    if to.family == "uuid":
        _check_uuid(values, to)
    elif to.family == "json":
        _check_json(values, to)


def _check_uuid(values: c.Dictionary | c.Text, to: ColumnType) -> None:
    from shardgen.tables.uuid_texts import is_uuid, wrong_uuid  # late: few schemas have them

    wrong = wrong_uuid(values)
    if wrong is not None:
        what = f"yields {shown(wrong)}, which is no uuid, and the column is {to}"
        small = is_uuid(wrong.lower())
        raise BindError(what, "write it in small letters" if small else 'use the generator "uuid"')


def _check_json(values: c.Dictionary | c.Text, to: ColumnType) -> None:
    from shardgen.tables.json_reader import MAX_DEPTH  # late: few schemas have JSON
    from shardgen.tables.json_texts import json_facts

    facts = json_facts(values)
    if facts.depth > MAX_DEPTH:
        what = f"yields JSON that is nested {facts.depth} deep, and databases read {MAX_DEPTH}"
        raise BindError(what, "choose the type text")
    if facts.wrong is not None:
        what = f"yields {shown(facts.wrong)}, which is no JSON, and the column is {to}"
        raise BindError(what, "in an expression, to_json(x) is any value as JSON")


def _integers(values: c.ColumnValues) -> c.ColumnValues | None:
    match values:
        case c.Integers():
            return values
        case c.Booleans():
            return c.Integers(values.values.astype(np.int64), 0, 1)
        case c.Decimals(scale=0):
            return c.Integers(values.units, values.low, values.high)
    return None


def _decimals(values: c.ColumnValues, scale: int | None) -> c.ColumnValues | None:
    match values:
        case c.Decimals() if scale in (None, values.scale):
            return values
        case c.Decimals():
            assert scale is not None
            return with_scale(values, scale)
        case c.Integers():
            factor = 10 ** (scale or 0)
            low, high = values.low * factor, values.high * factor
            return c.Decimals(_times(values.values, factor, low, high), scale or 0, low, high)
    return None


def with_scale(values: c.Decimals, scale: int) -> c.Decimals:
    """Return numbers with so many places: more exactly, fewer by rounding half up."""
    if scale == values.scale:
        return values
    if scale > values.scale:
        factor = 10 ** (scale - values.scale)
        low, high = values.low * factor, values.high * factor
        return c.Decimals(_times(values.units, factor, low, high), scale, low, high)
    step = 10 ** (values.scale - scale)
    half = step // 2
    low, high = (values.low + half) // step, (values.high + half) // step
    wide = c.is_wide(values.low - half, values.high + half) or c.is_wide(0, step)
    units = values.units.astype(object) if wide else values.units
    made = (units + half) // step
    if wide and not c.is_wide(low, high):
        made = made.astype(np.int64)
    return c.Decimals(made, scale, low, high)


def _times(units: Indices, factor: int, low: int, high: int) -> Indices:
    """Return units times a factor, within low … high: of Python's own where 64 bits are few."""
    if c.is_wide(low, high) or c.is_wide(0, factor):
        product = units.astype(object) * factor
        return product if c.is_wide(low, high) else product.astype(np.int64)
    return units * factor


def _dates(values: c.ColumnValues) -> c.ColumnValues | None:
    match values:
        case c.Dates():
            return values
        case c.Timestamps():
            return c.Dates(values.seconds // c.DAY, values.low // c.DAY, values.high // c.DAY)
    return None


def _timestamps(values: c.ColumnValues, digits: int) -> c.ColumnValues | None:
    """Return timestamps with as many digits of a fraction; others are cut, or are zeros."""
    match values:
        case c.Timestamps(fraction=None) if not digits:
            return values
        case c.Timestamps(fraction=None):
            fraction = np.zeros(len(values.seconds), np.int64)
            return c.Timestamps(values.seconds, values.low, values.high, fraction, digits)
        case c.Timestamps(fraction=fraction) if fraction is not None:
            more = digits - values.digits
            if not more:
                return values
            fraction = fraction * 10**more if more > 0 else fraction // 10**-more
            kept = fraction if digits else None
            return c.Timestamps(values.seconds, values.low, values.high, kept, digits)
        case c.Dates():
            midnights = c.Timestamps(values.days * c.DAY, values.low * c.DAY, values.high * c.DAY)
            return _timestamps(midnights, digits)
    return None


def _booleans(values: c.ColumnValues) -> c.ColumnValues | None:
    match values:
        case c.Booleans():
            return values
        case c.Integers(low=low, high=high) if low >= 0 and high <= 1:
            return c.Booleans(values.values == 1)
    return None


def _strings(  # noqa: PLR0911 -- one for each kind of values
    values: c.ColumnValues,
) -> c.ColumnValues | None:
    match values:
        case c.Dictionary() | c.Text():
            return values
        case c.Dates() | c.HexDigits():
            return c.Text((values,))
        case c.Integers(low=low) if low >= 0:
            return c.Text((values,))
        case c.Integers(values=units, low=low, high=high):
            return c.Text(_signed(units, low, high, 0))
        case c.Decimals(units=units, low=low, high=high, scale=scale):
            return c.Text(_signed(units, low, high, scale))
        case c.Timestamps(fraction=fraction, digits=digits):
            day = c.Dates(values.seconds // c.DAY, values.low // c.DAY, values.high // c.DAY)
            clock = _clock(values.seconds % c.DAY)
            if fraction is not None:
                clock += (".", c.Integers(fraction, 0, 10**digits - 1, digits=digits))
            return c.Text((day, " ", *clock))
        case c.Booleans():
            return c.Dictionary(values.values.astype(np.int64), _TRUTH)
    return None


def _signed(units: Indices, low: int, high: int, scale: int) -> tuple[c.Element, ...]:
    """Return numbers in units of 10^-scale as elements of text, each with all of its places."""
    if low >= 0:
        return _unsigned(units, low, high, scale)
    if low == -(1 << 63):
        msg = f"yields values such as {low}, which are not written as text"
        raise ValueError(msg)
    below = "-", *_unsigned(np.clip(-units, 1, -low), 1, -low, scale)
    if high < 0:
        return below
    above = _unsigned(np.maximum(units, 0), 0, high, scale)
    return (c.Union((above, below), (units < 0).astype(np.int64)),)


def _unsigned(units: Indices, low: int, high: int, scale: int) -> tuple[c.Element, ...]:
    if not scale:
        return (c.Integers(units, low, high),)
    step = 10**scale
    whole = c.Integers(units // step, low // step, high // step)
    return whole, ".", c.Integers(units % step, 0, step - 1, digits=scale)


def _clock(second: Indices) -> tuple[c.Element, ...]:
    """Return the time of day at a second of it, as elements of text: HH:MM:SS."""
    minute = second // 60
    parts = (minute // 60, 23), (minute % 60, 59), (second % 60, 59)
    hours, minutes, seconds = (c.Integers(made, 0, most, digits=2) for made, most in parts)
    return hours, ":", minutes, ":", seconds


_TRUTH = c.Pool(("false", "true"))
_NAMES: dict[type[c.ColumnValues], str] = {
    c.Integers: "whole numbers",
    c.Decimals: "decimal numbers",
    c.Dates: "dates",
    c.Timestamps: "timestamps",
    c.Booleans: "true or false",
    c.Dictionary: "text",
    c.Text: "text",
    c.HexDigits: "text",
    Times: "times of day",
    Intervals: "intervals",
    Bytes: "bytes",
    Bits: "bits",
    Lists: "arrays",
}
