"""Bounds as whole units of 10^-scale, rounded inwards: nothing between them lies outside."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def least_units(bound: float, scale: int) -> int:
    """Return the least number of units that is not below `bound`."""
    return _rounded(bound, scale, ROUND_CEILING)


def most_units(bound: float, scale: int) -> int:
    """Return the greatest number of units that is not above `bound`."""
    return _rounded(bound, scale, ROUND_FLOOR)


def describe_none(low: float, high: float, scale: int) -> str:
    """Return what is wrong with bounds between which there is no number of that scale."""
    if low > high:
        return f"min {low:.15g} is above max {high:.15g}"
    kind = f"number with {scale} decimal places" if scale else "whole number"
    return f"no {kind} lies within {low:.15g} to {high:.15g}"


def _rounded(bound: float, scale: int, rounding: str) -> int:
    """Return the bound, as it is written, in units: a float of 17 digits has no more of them."""
    return int(Decimal(repr(bound)).scaleb(scale).to_integral_value(rounding))
