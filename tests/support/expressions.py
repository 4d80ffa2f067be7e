"""Columns for tests of expressions, and the rounding of Python that theirs is held against."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal


def expression(text: str, kind: str = "bigint", **facts):
    """Return a column that an expression makes."""
    return {
        "type": kind,
        "generator": "expression",
        "generator_params": {"expression": text},
        **facts,
    }


def integers(low: int, high: int, **facts):
    return {
        "type": "bigint",
        "generator": "int_range",
        "generator_params": {"min": low, "max": high},
        **facts,
    }


def decimals(low: float, high: float, scale: int = 2, **facts):
    return {
        "type": f"decimal(12,{scale})",
        "generator": "decimal_range",
        "generator_params": {"min": low, "max": high},
        **facts,
    }


def half_up(value: Decimal, places: int) -> Decimal:
    """Round as the language says: to the nearest, and a half upwards."""
    step = Decimal(1).scaleb(-places)
    return ((value / step) + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * step
