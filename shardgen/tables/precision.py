"""How far apart numbers must lie for a float of so many bits to keep both of them."""

from __future__ import annotations


def least_gap(most: int, scale: int, bits: int) -> int:
    """
    Return how far apart numbers must lie, in units of 10^-scale, that floats of `bits` keep apart.

    They are within -most … most units, where floats lie at most so far from each other. It is more
    than that, since two numbers half way between floats are rounded to the even one of them. Only
    whole numbers that all are floats need no more.
    """
    if most == 0:
        return 1
    top = _exponent(most, 10**scale, below=True)
    spacing = top - bits + 1  # floats are multiples of 2^spacing there
    if scale == 0 and spacing <= 0:
        return 1
    one: int = 10**scale
    return (one << spacing if spacing >= 0 else one >> -spacing) + 1


def kept_apart_to(step: int, scale: int, bits: int) -> float:
    """Return below which number those that are `step` units of 10^-scale apart are kept so."""
    return 2.0 ** (_exponent(step, 10**scale) + bits)


def _exponent(numerator: int, denominator: int, *, below: bool = False) -> int:
    """Return the exponent of the power of two next below a positive quotient, or that is it."""
    exponent = numerator.bit_length() - denominator.bit_length()
    left = numerator << -exponent if exponent < 0 else numerator
    right = denominator << exponent if exponent > 0 else denominator
    return exponent if left > right or (left == right and not below) else exponent - 1
