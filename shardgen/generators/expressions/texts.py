"""
Text as whole columns: literals, picks from pools and numbers side by side, as `columns.Text` is.

What is computed of picks is computed of their pool, once; the last results are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import ArithmeticBoundsError, Num, first_of, whole
from shardgen.tables import values as c
from shardgen.tables.calendar import iso_date, iso_moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEPT = 1024  # results of pools; a column needs the same ones in every batch
_MERGED = 1_000_000  # strings that a pool merged from others has, at most


class Str(msgspec.Struct, frozen=True, eq=False):
    """Text composed of parts, in each row of all of them; a literal is one string."""

    parts: tuple[c.Part, ...]

    @property
    def literal(self) -> str | None:
        """The text that all rows have; None when it is not clear."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(str(part) for part in self.parts)
        return None

    @property
    def picks(self) -> c.Dictionary:
        """The text as picks from a pool; ArithmeticBoundsError when it is composed of several parts."""
        literal = self.literal
        if literal is not None:
            return c.Dictionary(np.int64(0), _pool_of(literal))  # type: ignore[arg-type]
        if len(self.parts) == 1 and isinstance(self.parts[0], c.Dictionary):
            return self.parts[0]
        raise ArithmeticBoundsError(
            "needs text that is picked from a list, not put together from several values",
            "compare or cut what it is put together from",
        )

    @property
    def is_picked(self) -> bool:
        """Whether the text is picked from a pool, or a literal."""
        picked = len(self.parts) == 1 and isinstance(self.parts[0], c.Dictionary)
        return picked or self.literal is not None


def literal(text: str) -> Str:
    """Return a text that all rows have."""
    return Str((text,) if text else ())


def picked(indices: Any, pool: c.Pool) -> Str:
    """Return picks, or the literal that they are where all rows pick one."""
    if np.ndim(indices) == 0:
        return literal(pool.values[int(indices)])
    return Str((c.Dictionary(indices, pool),))


def of_values(values: c.Values) -> Str:
    """Return a text column."""
    match values:
        case c.Text(parts=parts):
            return Str(parts)
        case c.Dictionary() | c.Integers() | c.Dates() | c.HexDigits():
            return Str((values,))
    msg = f"no text: {type(values).__name__}"
    raise TypeError(msg)


def to_values(text: Str, rows: int) -> c.Dictionary | c.Text:
    """Return the column of so many rows."""
    if text.is_picked:
        picks = text.picks
        return c.Dictionary(np.broadcast_to(picks.indices, (rows,)), picks.pool)
    return c.Text(text.parts)


# To text


def joined(*texts: Str) -> Str:
    """Return the texts one after the other."""
    return Str(tuple(part for text in texts for part in text.parts))


def of_number(number: Num) -> Str:
    """Return a number with all of its decimal places: `-2.50`."""
    if np.ndim(number.units) == 0:
        return literal(_decimal(int(number.units), number.scale))
    units, signs = number.units, ()
    if number.low < 0:
        signs = (c.Dictionary((units < 0).astype(np.int64), _SIGNS),)  # type: ignore[assignment]
        units = np.abs(units)
    if not number.scale:
        return Str((*signs, c.Integers(units, 0, number.most)))
    step = 10**number.scale
    before = units // step
    after = c.Integers(units - before * step, 0, step - 1, digits=number.scale)
    return Str((*signs, c.Integers(before, 0, number.most // step), ".", after))


def _decimal(units: int, scale: int) -> str:
    before, after = divmod(abs(units), 10**scale)
    return "-" * (units < 0) + str(before) + (f".{after:0{scale}d}" if scale else "")


def of_day(day: Num) -> Str:
    """Return a date: `2024-02-29`."""
    if np.ndim(day.units) == 0:
        return literal(iso_date(int(day.units)))
    return Str((c.Dates(day.units, day.low, day.high),))


def of_moment(second: Num) -> Str:
    """Return a timestamp: `2024-02-29 23:59:59`."""
    if np.ndim(second.units) == 0:
        return literal(iso_moment(int(second.units)))
    day = second.units // c.DAY
    rest = second.units - day * c.DAY
    hour = rest // 3600
    clock = [
        c.Integers(values, 0, high, digits=2)
        for values, high in ((hour, 23), (rest // 60 - hour * 60, 59), (rest % 60, 59))
    ]
    date = c.Dates(day, second.low // c.DAY, second.high // c.DAY)
    return Str((date, " ", clock[0], ":", clock[1], ":", clock[2]))


def of_truth(truth: Any) -> Str:
    """Return `true` or `false`."""
    return picked(np.asarray(truth).astype(np.int64), _TRUTH)


def padded_number(number: Num, digits: int, fill: str = "0") -> Str:
    """Return a whole number with at least so many digits; longer ones are not cut."""
    if fill != "0" or number.low < 0:
        raise ArithmeticBoundsError(
            "pads numbers from 0 up with zeros only", "make it text with to_text(x)"
        )
    if np.ndim(number.units) == 0:
        return literal(f"{int(number.units):0{digits}d}")
    return Str((c.Integers(number.units, number.low, number.high, digits=digits),))


# Of pools


@lru_cache(maxsize=_KEPT)
def _pool_of(text: str) -> c.Pool:
    return c.Pool((text,))


@lru_cache(maxsize=_KEPT)
def _mapped(function: Callable[..., str], pool: c.Pool, *args: Any) -> c.Pool:
    return c.Pool(function(value, *args) for value in pool.values)


def each_whole(function: Callable[..., str]) -> Callable[..., Str]:
    """Return the function of picked text that does this to every string."""

    def of_text(text: Str, *args: Any) -> Str:
        if text.literal is not None:
            return literal(function(text.literal, *args))
        return Str((c.Dictionary(text.picks.indices, _mapped(function, text.picks.pool, *args)),))

    return of_text


def each_part(function: Callable[[str], str]) -> Callable[[Str], Str]:
    """Return the function of text that does this to every part, and changes no digit."""

    def of_part(part: c.Part) -> c.Part:
        match part:
            case str():
                return function(part)
            case c.Dictionary():
                return c.Dictionary(part.indices, _mapped(function, part.pool))
            case c.HexDigits() if function is not str.lower:
                raise ArithmeticBoundsError(
                    "changes the letters of a UUID or a hash, which have one form"
                )
            case c.Union():
                branches = (tuple(map(of_part, branch)) for branch in part.branches)
                return c.Union(tuple(branches), part.which)
        return part

    return lambda text: Str(tuple(map(of_part, text.parts)))


def capitalised(text: str) -> str:
    """Return text in which every word begins with a capital, and goes on in small letters."""
    return _WORD.sub(lambda word: word[0].capitalize(), text)


def left(text: str, count: int) -> str:
    """Return the first characters."""
    return text[:count]


def right(text: str, count: int) -> str:
    """Return the last characters."""
    return text[max(0, len(text) - count) :]


def substring(text: str, start: int, count: int | None = None) -> str:
    """Return so many characters from the one at `start` on, counted from 1."""
    first = max(0, start - 1)
    return text[first:] if count is None else text[first : max(0, start - 1 + count)]


def padded(text: str, length: int, fill: str = " ") -> str:
    """Return text with so many characters at least, filled from the left."""
    missing = max(0, length - len(text))
    return (fill * missing)[:missing] + text


def length(text: Str) -> Num:
    """Return the number of characters."""
    numbers = [_length(part) for part in text.parts]
    total = numbers[0] if numbers else whole(np.int64(0), 0, 0)
    for number in numbers[1:]:
        total = whole(total.units + number.units, total.low + number.low, total.high + number.high)
    return total


def _length(part: c.Part) -> Num:
    match part:
        case str():
            return whole(np.int64(len(part)), len(part), len(part))
        case c.Dictionary():
            lengths = _lengths(part.pool)
            return whole(lengths.take(part.indices), int(lengths.min()), int(lengths.max()))
        case c.Integers():
            digits = 1 + np.searchsorted(_POWERS, part.values, "right")
            ends = (max(part.digits, len(str(n))) for n in (part.low, part.high))
            return whole(np.maximum(digits, part.digits), *ends)
        case c.Dates() | c.HexDigits():
            count = c.part_length(part)
            return whole(np.int64(count), count, count)
        case c.Union():
            each = [length(Str(parts)) for parts in part.branches]
            units = np.choose(part.which, [number.units for number in each])
            return whole(units, min(n.low for n in each), max(n.high for n in each))
    raise TypeError(part)


@lru_cache(maxsize=_KEPT)
def _lengths(pool: c.Pool) -> NDArray[np.int64]:
    return np.array([len(value) for value in pool.values], np.int64)


# Comparing and choosing


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Str, Str], Any]:
    """Return the function that compares two texts by their characters' codes."""

    def function(a: Str, b: Str) -> Any:
        first, second = a.picks, b.picks
        ranks, others = _ranks(first.pool, second.pool)
        if b.literal is not None and len(first.pool) <= len(np.atleast_1d(first.indices)):
            return compare(ranks, others[0]).take(first.indices)
        return compare(ranks.take(first.indices), others.take(second.indices))

    return function


@lru_cache(maxsize=_KEPT)
def _ranks(a: c.Pool, b: c.Pool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of each string of both pools among all of them."""
    rank = {value: n for n, value in enumerate(sorted({*a.values, *b.values}))}
    first, second = ([rank[value] for value in pool.values] for pool in (a, b))
    return np.array(first, np.int64), np.array(second, np.int64)


def choose(conditions: Sequence[Any], values: Sequence[Str]) -> Str:
    """Return each row's value of the first condition that holds, else the last value."""
    pools = [value.picks.pool for value in values if value.is_picked]
    if len(pools) == len(values) and sum(map(len, pools)) <= _MERGED:
        merged, places = _merged(tuple(pools))
        indices = [
            place.take(value.picks.indices) for place, value in zip(places, values, strict=True)
        ]
        return picked(first_of(conditions, indices), merged)
    which = first_of(conditions, list(map(np.int64, range(len(values)))))
    if np.ndim(which) == 0:
        return values[int(which)]
    return Str((c.Union(tuple(value.parts for value in values), which),))


@lru_cache(maxsize=_KEPT)
def _merged(pools: tuple[c.Pool, ...]) -> tuple[c.Pool, list[NDArray[np.int64]]]:
    """Return one pool of all strings, and the places in it of each pool's own."""
    place: dict[str, int] = {}
    places = [
        np.array([place.setdefault(value, len(place)) for value in pool.values], np.int64)
        for pool in pools
    ]
    return c.Pool(place), places


_WORD = re.compile(r"\w+")
_SIGNS = c.Pool(("", "-"))
_TRUTH = c.Pool(("false", "true"))
_POWERS = np.array([10**n for n in range(1, 19)], np.int64)
"""A number has one digit more than there are powers that it reaches."""
