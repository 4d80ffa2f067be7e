"""Numbers that a column may hold within limits, and how schema files write values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from shardgen.importing.checks.condition import Constant
from shardgen.importing.checks.limits import Limits
from shardgen.schema.model import Column
from shardgen.schema.types import ColumnType, parse_type

SPANS = {"integer": Decimal(1000), "decimal": Decimal(10_000), "float": Decimal(1000)}
"""How far values reach from a bound, where the other is not said."""
_MOST = 10**17
"""Of a number, so that an expression may add to it."""
_FINEST = 6  # decimal places of a float


class UnmetError(ValueError):
    """No generator keeps these limits."""


def type_of(column: Column) -> ColumnType:
    """Return the type that a column's values are of."""
    return parse_type(column.stands_for or column.type)


def plain(value: Constant) -> Any:
    """Return a constant as a schema file has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, dt.date) else value


def range_of(kind: ColumnType, limits: Limits) -> tuple[Decimal, Decimal]:
    """Return the least and the greatest number of a column, both included."""
    least, most = type_range(kind)
    step = step_of(kind)
    low = limits.low if isinstance(limits.low, Decimal) else None
    high = limits.high if isinstance(limits.high, Decimal) else None
    if low is not None:
        low = _rounded(low, step, up=True)
        low += step if limits.low_open and low == limits.low else 0
    if high is not None:
        high = _rounded(high, step, up=False)
        high -= step if limits.high_open and high == limits.high else 0
    span = min(SPANS[kind.family], most)
    if low is None and high is None:
        low, high = Decimal(1) if kind.family == "integer" else Decimal(0), span
    elif low is None:
        assert high is not None, "or both are unknown"
        low = Decimal(0) if high > 0 else high - span
    elif high is None:
        high = low + span
    assert low is not None, "as it was found"
    assert high is not None, "as it was found"
    low, high = max(low, least), min(high, most)
    if low > high:
        raise UnmetError(f"no number of the type {kind} is from {low} to {high}")
    return _without(limits.others, low, high, step)


def _without(
    others: tuple[Constant, ...], low: Decimal, high: Decimal, step: Decimal
) -> tuple[Decimal, Decimal]:
    """Return the widest range in which none of some numbers lies."""
    left_out = sorted({Decimal(v) for v in others if isinstance(v, (int, Decimal))})
    ranges, start = [], low
    for each in left_out:
        if low <= each <= high:
            ranges.append((start, _rounded(each, step, up=True) - step))
            start = _rounded(each, step, up=False) + step
    ranges.append((start, high))
    widest = max(ranges, key=lambda ends: ends[1] - ends[0])
    if widest[0] > widest[1]:
        raise UnmetError(f"all numbers from {low} to {high} are left out")
    return widest


def type_range(kind: ColumnType) -> tuple[Decimal, Decimal]:
    """Return the least and the greatest number of a type."""
    if kind.family == "integer":
        least, most = kind.integer_bounds
        return Decimal(max(least, -_MOST)), Decimal(min(most, _MOST))
    if kind.family == "decimal":
        units = min(10 ** (kind.precision or 18) - 1, _MOST)
        return -Decimal(units).scaleb(-kind.scale), Decimal(units).scaleb(-kind.scale)
    return Decimal(-(10**9)), Decimal(10**9)


def step_of(kind: ColumnType) -> Decimal:
    """Return what is between two numbers of a type that are next to each other."""
    places = {"integer": 0, "decimal": kind.scale}.get(kind.family, _FINEST)
    return Decimal(1).scaleb(-places)


def _rounded(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    whole = (value / step).to_integral_value("ROUND_CEILING" if up else "ROUND_FLOOR")
    return whole * step


def quoted(name: str) -> str:
    """Return a column's name as expressions have it."""
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'
