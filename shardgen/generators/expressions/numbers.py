"""
Exact numbers as whole columns, with bounds that hold in every batch.

Dates and timestamps are numbers too: days and seconds since 1970, of scale 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices

    Units: TypeAlias = NDArray[np.int64] | np.int64
    Truths: TypeAlias = NDArray[np.bool_] | np.bool_

DIVISION_SCALE = 6  # decimal places of a quotient, at least

_MAX_INT64 = (1 << 63) - 1
_MAX_SCALE = 18
_ROUND_HINT = (
    "round() what has more places than are needed, or bound it with least() and greatest()"
)


class ArithmeticBoundsError(ValueError):
    """A result does not fit into 64 bits or has no value; `hint` is the way out."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep what is wrong, as a clause that follows the name of the operation."""
        super().__init__(what)
        self.hint = hint


class Numbers(msgspec.Struct, frozen=True, eq=False):
    """
    A number for each row, in units of 10^-scale, within low … high units.

    `units` is int64: an array with an element for each row, or a NumPy scalar where all rows have
    the same number. Those of a column that 64 bits do not hold are Python's integers, in an array
    of objects: they can be compared, chosen from and rounded, and nothing is added to them. The
    bounds are those of the column: they hold in every batch and are the same in each. `nonzero`
    says that no value is 0, although the bounds include it.
    """

    units: Units
    scale: int
    low: int
    high: int
    nonzero: bool = False

    @property
    def excludes_zero(self) -> bool:
        """Whether no value is 0."""
        return self.nonzero or self.low > 0 or self.high < 0

    @property
    def max_abs(self) -> int:
        """The greatest distance of a value from 0, in units."""
        return max(-self.low, self.high)


Bounds: TypeAlias = tuple[int, int]
"""The least and the greatest of some units."""


def whole_numbers(values: Units, low: int, high: int) -> Numbers:
    """Return whole numbers within low … high."""
    return Numbers(values, 0, low, high)


def narrowed(units: Any, low: int, high: int) -> Units:
    """Return units as int64 where that holds all within low … high."""
    is_wide = getattr(units, "dtype", None) == np.object_
    held: Units = units.astype(np.int64) if is_wide and not _is_wide(low, high) else units
    return held


def _is_wide(low: int, high: int) -> bool:
    return -low > _MAX_INT64 or high > _MAX_INT64


def checked_bounds(low: int, high: int, scale: int) -> Bounds:
    """Return the bounds of a result; ArithmeticBoundsError where 64 bits do not hold them."""
    if _is_wide(low, high) or scale > _MAX_SCALE:
        worst = high if high > -low else low
        shown = f"{worst / 10**scale:g} with {scale} decimal places" if scale else f"{worst:g}"
        raise ArithmeticBoundsError(f"reaches {shown}, more than 18 digits", _ROUND_HINT)
    return low, high


def rescaled(number: Numbers, scale: int) -> Numbers:
    """Return the same numbers with at least `scale` decimal places."""
    if scale <= number.scale:
        return number
    factor = 10 ** (scale - number.scale)
    low, high = checked_bounds(number.low * factor, number.high * factor, scale)
    return Numbers(number.units * factor, scale, low, high, number.nonzero)


def aligned(*numbers: Numbers) -> list[Numbers]:
    """Return the numbers, each with as many decimal places as the finest of them."""
    scale = max(number.scale for number in numbers)
    return [rescaled(number, scale) for number in numbers]


def add(a: Numbers, b: Numbers) -> Numbers:
    """Return a + b."""
    a, b = aligned(a, b)
    low, high = checked_bounds(a.low + b.low, a.high + b.high, a.scale)
    return Numbers(a.units + b.units, a.scale, low, high)


def subtract(a: Numbers, b: Numbers) -> Numbers:
    """Return a - b."""
    a, b = aligned(a, b)
    low, high = checked_bounds(a.low - b.high, a.high - b.low, a.scale)
    return Numbers(a.units - b.units, a.scale, low, high)


def negate(a: Numbers) -> Numbers:
    """Return -a."""
    low, high = checked_bounds(-a.high, -a.low, a.scale)
    return Numbers(-a.units, a.scale, low, high, a.nonzero)


def multiply(a: Numbers, b: Numbers) -> Numbers:
    """Return a · b, with the decimal places of both."""
    scale = a.scale + b.scale
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = checked_bounds(min(corners), max(corners), scale)
    nonzero = a.excludes_zero and b.excludes_zero
    return Numbers(a.units * b.units, scale, low, high, nonzero)


def scale_up(a: Numbers, factor: int) -> Numbers:
    """Return whole numbers times a positive factor."""
    low, high = checked_bounds(a.low * factor, a.high * factor, 0)
    return whole_numbers(a.units * factor, low, high)


def divide(a: Numbers, b: Numbers) -> Numbers:
    """Return a / b with 6 decimal places, or as many as `a` has, rounded as `round` does."""
    _refuse_zero(b)
    scale = max(DIVISION_SCALE, a.scale)
    shift = scale - a.scale + b.scale
    ends = [x for x in (b.low, b.high) if x] + [x for x in (-1, 1) if b.low < x < b.high]
    corners = [_nearest(x * 10**shift, y) for x in (a.low, a.high) for y in ends]
    try:
        low, high = checked_bounds(min(corners), max(corners), scale)
    except ArithmeticBoundsError as error:
        hint = "multiply instead, as in x * 0.01, or bound what is divided"
        raise ArithmeticBoundsError(str(error), hint) from None
    return Numbers(_quotient(a, b, shift), scale, low, high)


def _nearest(a: int, b: int) -> int:
    """Return the whole number nearest to a / b; of a half, that away from zero."""
    size = (2 * abs(a) + abs(b)) // (2 * abs(b))
    return size if (a < 0) == (b < 0) else -size


def _quotient(a: Numbers, b: Numbers, shift: int) -> Units:
    """
    Return a.units · 10^shift / b.units, rounded to the nearest, a half away from zero.

    Sizes are divided, and then get their sign; by long division where the shifted dividend exceeds
    64 bits.
    """
    dividend, divisor = a.units, b.units
    if a.low < 0 or b.low < 0:
        is_negative = (dividend < 0) != (divisor < 0)
        size = _quotient(absolute(a), absolute(b), shift)
        return np.where(is_negative, -size, size)
    if max(a.max_abs, 1) * 10**shift <= _MAX_INT64:  # a divided 0 too
        dividend, shift = dividend * 10**shift, 0
    quotient = dividend // divisor
    rest = dividend - quotient * divisor
    while shift:
        digits = next((n for n in range(shift, 0, -1) if b.max_abs * 10**n <= _MAX_INT64), 0)
        if not digits:
            raise ArithmeticBoundsError("divides by a number with too many digits", _ROUND_HINT)
        rest = rest * 10**digits
        more = rest // divisor
        quotient = quotient * 10**digits + more
        rest -= more * divisor
        shift -= digits
    rounded: Indices = quotient + (rest >= divisor - rest)
    return rounded


def remainder(a: Numbers, b: Numbers) -> Numbers:
    """Return the remainder of a / b; its sign is that of `a`."""
    _refuse_zero(b)
    a, b = aligned(a, b)
    most = b.max_abs - 1
    low, high = max(min(a.low, 0), -most), min(max(a.high, 0), most)
    return Numbers(np.fmod(a.units, b.units), a.scale, low, high)


def _refuse_zero(divisor: Numbers) -> None:
    if not divisor.excludes_zero:
        raise ArithmeticBoundsError(
            "divides by a number that may be 0", "nullif(x, 0) makes the result null where x is 0"
        )


def rounded(a: Numbers, scale: int = 0) -> Numbers:
    """Return `a` to the nearest with at most `scale` decimal places, a half away from zero."""
    if scale >= a.scale:
        return a
    step = 10 ** (a.scale - scale)
    half = step // 2
    low, high = ((end + half - (end < 0)) // step for end in (a.low, a.high))
    if a.high <= _MAX_INT64 < a.high + half:
        raise ArithmeticBoundsError("has too many digits to be rounded", "bound it with least()")
    up = a.units + half if a.low >= 0 else a.units + half - (a.units < 0)
    return Numbers(narrowed(up // step, low, high), scale, low, high)


def floor(a: Numbers) -> Numbers:
    """Return the greatest whole number that is not above `a`."""
    step = 10**a.scale
    low, high = a.low // step, a.high // step
    return whole_numbers(narrowed(a.units // step, low, high), low, high)


def ceiling(a: Numbers) -> Numbers:
    """Return the least whole number that is not below `a`."""
    step = 10**a.scale
    low, high = -(-a.low // step), -(-a.high // step)
    return whole_numbers(narrowed(-(-a.units // step), low, high), low, high)


def absolute(a: Numbers) -> Numbers:
    """Return the distance of `a` from 0."""
    low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
    return Numbers(np.abs(a.units), a.scale, low, a.max_abs, a.nonzero)


def sign(a: Numbers) -> Numbers:
    """Return -1, 0 or 1."""
    low, high = ((end > 0) - (end < 0) for end in (a.low, a.high))
    return Numbers(narrowed(np.sign(a.units), low, high), 0, low, high, a.nonzero)


def least(*numbers: Numbers) -> Numbers:
    """Return each row's least number."""
    return _extreme(numbers, np.minimum, min)


def greatest(*numbers: Numbers) -> Numbers:
    """Return each row's greatest number."""
    return _extreme(numbers, np.maximum, max)


def _extreme(
    numbers: Sequence[Numbers], of_rows: np.ufunc, of_bounds: Callable[[int, int], int]
) -> Numbers:
    first, *others = aligned(*numbers)
    units, low, high = first.units, first.low, first.high
    for other in others:
        units = of_rows(units, other.units)
        low, high = of_bounds(low, other.low), of_bounds(high, other.high)
    nonzero = all(each.excludes_zero for each in numbers)
    return Numbers(narrowed(units, low, high), first.scale, low, high, nonzero)


class NumberComparison(msgspec.Struct, frozen=True, eq=False):
    """Where a comparison such as `np.less` of two numbers holds."""

    compare: np.ufunc

    def __call__(self, a: Numbers, b: Numbers) -> Truths:
        """Return the rows in which it holds."""
        a, b = aligned(a, b)
        truths: Truths = self.compare(a.units, b.units)
        return truths


def select_rows(conditions: Sequence[Truths], values: Sequence[Any]) -> Any:
    """
    Return each row's value of the first condition that holds, else of the last value.

    `values` has one more than there are conditions: arrays or NumPy scalars of one dtype.
    """
    chosen = values[-1]
    for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
        chosen = np.where(condition, value, chosen)
    return chosen


def select_numbers(conditions: Sequence[Truths], values: Sequence[Numbers]) -> Numbers:
    """Return each row's number of the first condition that holds, else of the last."""
    values = aligned(*values)
    units = select_rows(conditions, [number.units for number in values])
    low, high = min(number.low for number in values), max(number.high for number in values)
    return Numbers(units, values[0].scale, low, high, all(each.excludes_zero for each in values))


def replace_equal(a: Numbers, equal: Truths, b: Numbers) -> Numbers:
    """
    Return `a` with another value in the rows where it is equal to `b`, if `b` is constant.

    Such rows are null, and their values still enter later arithmetic. If `b` is 0, the result
    excludes zero, so that it can be divided by.
    """
    a, b = aligned(a, b)
    if b.low != b.high:
        return a
    other = a.low if a.low != b.low else a.high if a.high != b.low else b.low + 1
    low, high = checked_bounds(min(a.low, other), max(a.high, other), a.scale)
    low, high = low + (low == b.low), high - (high == b.low)
    nonzero = b.low == 0 or (a.excludes_zero and other != 0)
    return Numbers(np.where(equal, other, a.units), a.scale, low, high, nonzero)
