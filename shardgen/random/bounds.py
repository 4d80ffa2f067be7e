"""Numbers as whole units of 10^-scale; bounds are rounded inwards: nothing between lies outside."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal


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


def nearest_units(number: float, scale: int) -> int:
    """Return a number in units of 10^-scale; ValueError where it is beyond what floats hold."""
    try:
        units: int = round(number * 10**scale)
    except OverflowError:
        msg = f"{number:g} is too large"
        raise ValueError(msg) from None
    return units


def centre_outside(distribution: object, low: float, high: float) -> tuple[str, str] | None:
    """Return the name of a law's middle, and the middle in words, if it is not in low … high."""
    for name in ("median", "mean"):
        centre = getattr(distribution, name, None)
        start = getattr(distribution, "start", 0.0)  # an exponential law's mean counts from it
        if centre is not None and not low <= start + centre <= high:
            return name, f"{name} {centre:g}" + (f" after start {start:g}" if start else "")
    return None


def _rounded(bound: float, scale: int, rounding: str) -> int:
    """Return the bound, as it is written, in units: a float of 17 digits has no more of them."""
    exact = Context(prec=1100)  # digits, more than any type has
    units = Decimal(repr(bound)).scaleb(scale, exact)
    return int(units.to_integral_value(rounding, exact))
