"""Decimal numbers as the floats that are nearest, as a database reads their text."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from shardgen.tables.values import Decimals

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EXACT = 1 << 53  # whole numbers up to here are doubles without a loss,
_EXACT_SCALE = 22  # and so are powers of ten
_CUT_BITS = (1 << 29) - 1  # of a double, that a single has not
_HALF = 1 << 28  # where a double is halfway between two singles


def doubles(values: Decimals) -> NDArray[np.float64]:
    """Return the nearest floats of 64 bits, as Python's own have them."""
    if max(values.high, -values.low) <= _EXACT and values.scale <= _EXACT_SCALE:
        floats: NDArray[np.float64] = values.units.astype(np.float64) / 10.0**values.scale
        return floats
    return np.array([float(value) for value in values.python()])


def singles(values: Decimals) -> NDArray[np.float32]:
    """
    Return the nearest floats of 32 bits, rounded once.

    A double may lie halfway between two of them where the number itself does not; it is moved then
    by its last bit to where the number is.
    """
    wide = doubles(values)
    bits = wide.view(np.int64)
    between = np.flatnonzero((bits & _CUT_BITS) == _HALF)
    if len(between):
        moved = bits.copy()
        for n, number in zip(between, values.take(between).python(), strict=True):
            moved[n] += _last_bit(number, float(wide[n]))
        wide = moved.view(np.float64)
    return wide.astype(np.float32)


def _last_bit(number: Decimal, rounded: float) -> int:
    """Return how many bits the double is to grow in size: 1, 0 or -1."""
    exact, near = abs(number), abs(Decimal(rounded))
    return (exact > near) - (exact < near)
