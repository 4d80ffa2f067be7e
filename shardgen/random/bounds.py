"""Bounds as whole units of 10^-scale, rounded inwards: nothing between them lies outside."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def least_units(bound: float, scale: int) -> int:
    """Return the least number of units that is not below `bound`."""
    nearest = _exactly(bound, scale)
    return _rounded(bound, scale, ROUND_CEILING) if nearest is None else nearest


def most_units(bound: float, scale: int) -> int:
    """Return the greatest number of units that is not above `bound`."""
    nearest = _exactly(bound, scale)
    return _rounded(bound, scale, ROUND_FLOOR) if nearest is None else nearest


def describe_none(low: float, high: float, scale: int) -> str:
    """Return what is wrong with bounds between which there is no number of that scale."""
    if low > high:
        return f"min {low:.15g} is above max {high:.15g}"
    kind = f"number with {scale} decimal places" if scale else "whole number"
    return f"no {kind} lies within {low:.15g} to {high:.15g}"


def _exactly(bound: float, scale: int) -> int | None:
    """Return the units that are this very float; None where it has more places, as 0.001 of 2."""
    try:
        nearest = round(bound * 10**scale)
        return nearest if nearest / 10**scale == bound else None
    except OverflowError:
        return None


def _rounded(bound: float, scale: int, rounding: str) -> int:
    return int(Decimal(repr(bound)).scaleb(scale).to_integral_value(rounding))
