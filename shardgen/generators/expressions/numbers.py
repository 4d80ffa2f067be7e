"""
Exact numbers as whole columns, with bounds that hold in every batch.

Days and seconds are numbers too, of scale 0. A constant is a NumPy scalar in place of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

DIVISION_SCALE = 6  # decimal places of a quotient, at least

_MOST = (1 << 63) - 1
_MAX_SCALE = 18
_TO_ROUND = "round() what has more places than are needed, or bound it with least() and greatest()"


class ArithmeticBoundsError(ValueError):
    """What is computed cannot be stored or has no value; `hint` is the way out."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep what is wrong, as a clause that follows the name of what does it."""
        super().__init__(what)
        self.hint = hint


class Num(msgspec.Struct, frozen=True, eq=False):
    """Numbers in units of 10^-scale, within low … high units; `nonzero` ones are never 0."""

    units: Any
    scale: int
    low: int
    high: int
    nonzero: bool = False

    @property
    def excludes_zero(self) -> bool:
        """Whether no value is 0."""
        return self.nonzero or self.low > 0 or self.high < 0

    @property
    def most(self) -> int:
        """The greatest distance of a value from 0, in units."""
        return max(-self.low, self.high)


Count = tuple[int, int]
"""The least and the greatest of some units."""


def whole(values: Any, low: int, high: int) -> Num:
    """Return whole numbers within bounds."""
    return Num(values, 0, low, high)


def held(low: int, high: int, scale: int) -> Count:
    """Return the bounds of a result; ArithmeticBoundsError where 64 bits do not hold them."""
    if -low > _MOST or high > _MOST or scale > _MAX_SCALE:
        worst = high if high > -low else low
        shown = f"{worst / 10**scale:g} with {scale} decimal places" if scale else f"{worst:g}"
        raise ArithmeticBoundsError(f"reaches {shown}, more than 18 digits", _TO_ROUND)
    return low, high


def finer(number: Num, scale: int) -> Num:
    """Return the same numbers with at least that many decimal places."""
    if scale <= number.scale:
        return number
    factor = 10 ** (scale - number.scale)
    low, high = held(number.low * factor, number.high * factor, scale)
    return Num(number.units * factor, scale, low, high, number.nonzero)


def aligned(*numbers: Num) -> list[Num]:
    """Return the numbers with as many decimal places as the finest of them."""
    scale = max(number.scale for number in numbers)
    return [finer(number, scale) for number in numbers]


def add(a: Num, b: Num) -> Num:
    """Return a + b."""
    a, b = aligned(a, b)
    low, high = held(a.low + b.low, a.high + b.high, a.scale)
    return Num(a.units + b.units, a.scale, low, high)


def subtract(a: Num, b: Num) -> Num:
    """Return a - b."""
    a, b = aligned(a, b)
    low, high = held(a.low - b.high, a.high - b.low, a.scale)
    return Num(a.units - b.units, a.scale, low, high)


def negate(a: Num) -> Num:
    """Return -a."""
    low, high = held(-a.high, -a.low, a.scale)
    return Num(-a.units, a.scale, low, high, a.nonzero)


def multiply(a: Num, b: Num) -> Num:
    """Return a · b, with the decimal places of both."""
    scale = a.scale + b.scale
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = held(min(corners), max(corners), scale)
    nonzero = a.excludes_zero and b.excludes_zero
    return Num(a.units * b.units, scale, low, high, nonzero)


def divide(a: Num, b: Num) -> Num:
    """Return a / b with 6 decimal places, or as many as `a` has, rounded half up."""
    _need_divisor(b)
    scale = max(DIVISION_SCALE, a.scale)
    shift = scale - a.scale + b.scale
    ends = [x for x in (b.low, b.high) if x] + [x for x in (-1, 1) if b.low < x < b.high]
    corners = [_half_up(x * 10**shift, y) for x in (a.low, a.high) for y in ends]
    try:
        low, high = held(min(corners), max(corners), scale)
    except ArithmeticBoundsError as error:
        hint = "multiply instead, as in x * 0.01, or bound what is divided"
        raise ArithmeticBoundsError(str(error), hint) from None
    return Num(_quotient(a, b, shift), scale, low, high)


def _half_up(a: int, b: int) -> int:
    return (2 * a + b) // (2 * b) if b > 0 else (-2 * a - b) // (-2 * b)


def _quotient(a: Num, b: Num, shift: int) -> Indices:
    """Return a.units · 10^shift / b.units rounded half up, by long division where that is long."""
    top, bottom = a.units, b.units
    if b.low < 0:
        top, bottom = np.where(bottom < 0, -top, top), np.abs(bottom)
    if a.most * 10**shift <= _MOST:
        top, shift = top * 10**shift, 0
    quotient = top // bottom
    rest = top - quotient * bottom
    while shift:
        digits = next((n for n in range(shift, 0, -1) if b.most * 10**n <= _MOST), 0)
        if not digits:
            raise ArithmeticBoundsError("divides by a number with too many digits", _TO_ROUND)
        rest = rest * 10**digits
        more = rest // bottom
        quotient = quotient * 10**digits + more
        rest -= more * bottom
        shift -= digits
    rounded: Indices = quotient + (rest >= bottom - rest)
    return rounded


def remainder(a: Num, b: Num) -> Num:
    """Return what is left of a when b is taken from it as often as it goes; the sign is a's."""
    _need_divisor(b)
    a, b = aligned(a, b)
    most = b.most - 1
    low, high = max(min(a.low, 0), -most), min(max(a.high, 0), most)
    return Num(np.fmod(a.units, b.units), a.scale, low, high)


def _need_divisor(b: Num) -> None:
    if not b.excludes_zero:
        raise ArithmeticBoundsError(
            "divides by a number that may be 0", "nullif(x, 0) makes the result null where x is 0"
        )


def places(a: Num, scale: int) -> Num:
    """Return `a` rounded half up to at most that many decimal places."""
    if scale >= a.scale:
        return a
    step = 10 ** (a.scale - scale)
    half = step // 2
    low, high = (a.low + half) // step, (a.high + half) // step
    if a.high + half > _MOST:
        raise ArithmeticBoundsError("has too many digits to be rounded", "bound it with least()")
    return Num((a.units + half) // step, scale, low, high)


def floor(a: Num) -> Num:
    """Return the greatest whole number that is not above `a`."""
    step = 10**a.scale
    return Num(a.units // step, 0, a.low // step, a.high // step)


def ceiling(a: Num) -> Num:
    """Return the least whole number that is not below `a`."""
    return negate(floor(negate(a)))


def absolute(a: Num) -> Num:
    """Return the distance of `a` from 0."""
    low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
    return Num(np.abs(a.units), a.scale, low, a.most, a.nonzero)


def sign(a: Num) -> Num:
    """Return -1, 0 or 1."""
    low, high = ((end > 0) - (end < 0) for end in (a.low, a.high))
    return Num(np.sign(a.units), 0, low, high, a.nonzero)


def extreme(choose: Callable[[Any, Any], Any], pick: Callable[..., int]) -> Callable[..., Num]:
    """Return the function that is the least or the greatest of its numbers, row by row."""

    def function(*numbers: Num) -> Num:
        first, *others = aligned(*numbers)
        units, low, high = first.units, first.low, first.high
        for other in others:
            units = choose(units, other.units)
            low, high = pick(low, other.low), pick(high, other.high)
        return Num(units, first.scale, low, high, all(n.excludes_zero for n in numbers))

    return function


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Num, Num], Any]:
    """Return the function that compares two numbers, row by row."""

    def function(a: Num, b: Num) -> Any:
        a, b = aligned(a, b)
        return compare(a.units, b.units)

    return function


def first_of(conditions: Sequence[Any], values: Sequence[Any]) -> Any:
    """Return each row's value of the first condition that holds, else of the last value."""
    chosen = values[-1]
    for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
        chosen = np.where(condition, value, chosen)
    return chosen


def choose(conditions: Sequence[Any], values: Sequence[Num]) -> Num:
    """Return each row's number of the first condition that holds, else of the last."""
    values = aligned(*values)
    units = first_of(conditions, [number.units for number in values])
    low, high = min(number.low for number in values), max(number.high for number in values)
    return Num(units, values[0].scale, low, high, all(n.excludes_zero for n in values))


def other_than(a: Num, equal: Any, b: Num) -> Num:
    """
    Return `a` with another value in the rows where it is equal to `b`, which are null.

    So that what is computed from them is defined: a constant 0 is then no value of `a`.
    """
    a, b = aligned(a, b)
    if b.low != b.high:
        return a
    other = a.low if a.low != b.low else a.high if a.high != b.low else b.low + 1
    low, high = held(min(a.low, other), max(a.high, other), a.scale)
    low, high = low + (low == b.low), high - (high == b.low)
    nonzero = b.low == 0 or (a.excludes_zero and other != 0)
    return Num(np.where(equal, other, a.units), a.scale, low, high, nonzero)
