"""Columns and expressions for tests, and the rounding of Python that theirs is held against."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from support.tables import bound, rows_of

from shardgen.errors import InputError


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


def rounded(value: Decimal, places: int) -> Decimal:
    """Round as the language says: to the nearest, and a half away from zero."""
    step = Decimal(1).scaleb(-places)
    return (value / step).to_integral_value(ROUND_HALF_UP) * step


def midnight(day: dt.date) -> dt.datetime:
    """Return the first second of a date."""
    return dt.datetime.combine(day, dt.time())


ROWS = 400


COLUMNS = {
    "a": integers(-9, 9, nullable=True),
    "b": integers(-3, 12, nullable=True),
    "n": integers(1, 40),
    "price": decimals(-50, 99.99),
    "rate": decimals(0.125, 7, 3),
    "day": {"type": "date", "generator": "date_past", "generator_params": {"years_ago": 3}},
    "at": {"type": "timestamp"},
    "due": {"type": "date", "nullable": True},
    "flag": {"type": "boolean", "nullable": True},
    "word": {"type": "varchar(40)", "generator": "word", "nullable": True},
    "name": {"type": "varchar(80)", "generator": "full_name"},
    "code": {"type": "uuid"},
    "state": {"type": "enum('new','paid','late')"},
    "written": integers(-11, 120, type="varchar(3)"),
    "cents": decimals(-10, 9, type="text"),
}

BOUNDED = [
    *("a + b", "a - b * n", "a * b", "n % 7", "a % nullif(b, 0)", "abs(a)", "sign(b)", "-a"),
    *("least(a, b, 5)", "greatest(a, n)", "nullif(n, 1)", "case when a > 0 then a else n end"),
    *("round(price / rate)", "floor(price)", "ceil(price)", "round(price * n / 7)", "year(day)"),
    *("weekday(day)", "day - as_of", "years_between(day, as_of)", "random(a, n)", "length(word)"),
    *("coalesce(a, 100)", "hour(at)", "round(a / nullif(b, 0))"),
]
"""Expressions of numbers, dates and timestamps over these columns."""

TEXTS = [
    *("n || ' of ' || name", "case when n > 9 then name when a > 0 then 'a' || a else code end"),
    *("coalesce(word, upper(state))", "lpad(n, 4) || at", "case state when 'new' then word end"),
]
"""Expressions of text over these columns."""


def computed(text: str, kind: str = "bigint", **facts):
    """Return the rows of a table with an expression, and what it is in each of them."""
    table = bound(COLUMNS | {"v": expression(text, kind, nullable=True, **facts)}, ROWS)
    rows = rows_of(table)
    return [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]


def refused(text: str, kind: str = "bigint", **facts) -> str:
    """Return what is said of an expression that is refused, and the way out."""
    with pytest.raises(InputError) as caught:
        bound(COLUMNS | {"v": expression(text, kind, **facts)}, ROWS)
    (mistake,) = caught.value.mistakes
    assert "tables.t.columns.v" == mistake.path
    return f"{mistake.what}; {mistake.hint}"
