"""Numbers to twelve significant digits, which two C libraries nearly always compute alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DIGITS = 12
_EXACT = 22  # 10^22 is the last power of ten that a float holds exactly
_TENS = np.array([float(10**n) for n in range(_EXACT + 1)])
_FIRST = _DIGITS - 1 - _EXACT  # exponent of the least number that such a power makes whole
_BOUNDS = np.array([float(f"1e{n}") for n in range(_FIRST, _DIGITS + _EXACT + 1)])
_TIE = 1e-3  # from a half: more than rounding errors of numbers below 10^12 add up to


def round_significant(value: float) -> float:
    """Drop the digits in which two C libraries may differ."""
    return float(f"{value:.{_DIGITS}g}")


def round_significant_each(values: Floats) -> Floats:
    """
    Drop those digits of every number; none may be inf or nan.

    A number times a power of ten is rounded to a whole one and divided again, which rounds once, as
    reading a decimal does. Text is written only for what is too close to a tie, or too great or
    small.
    """
    size = np.abs(values)
    exponent = _BOUNDS.searchsorted(size, side="right") - 1 + _FIRST
    decimals = np.clip(_DIGITS - 1 - exponent, -_EXACT, _EXACT)
    up, down = _TENS.take(np.maximum(decimals, 0)), _TENS.take(np.maximum(-decimals, 0))
    scaled = size * up / down
    whole = np.rint(scaled)
    made: Floats = np.copysign(whole / up * down, values)
    plain = (size >= _BOUNDS[0]) & (size < _BOUNDS[-1]) & (np.abs(scaled - whole) < 0.5 - _TIE)
    for n in np.flatnonzero(~plain & (size != 0)).tolist():
        made[n] = round_significant(values[n])
    return made
