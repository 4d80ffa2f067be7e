"""Expressions held against PostgreSQL: numbers below zero, old dates, time that runs back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from support.expressions import decimals, expression, integers
from support.tables import bound, cells, rows_of

ROWS = 600


def listed(kind: str, *values: Any) -> dict[str, Any]:
    return {"type": kind, "generator": "choice", "generator_params": {"values": values}}


COLUMNS = {
    "a": integers(-9, 9),
    "b": integers(-3, 12, nullable=True),
    "n": integers(1, 40),
    "x": decimals(-3, 3, 2),
    "y": decimals(-2.5, 1, 3),
    "half": listed("decimal(6,1)", -580.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 579.5),
    "d": {"type": "date", "generator": "date_between",
          "generator_params": {"start_date": "1967-02-20", "end_date": "1972-03-05"}},
    "e": listed("date", "1968-02-29", "1970-01-01", "1970-02-28", "1971-03-01", "1969-12-31"),
    "at": {"type": "datetime", "generator": "timestamp_between",
           "generator_params": {"start_date": "1968-02-28T22:00:00", "end_date": "1971-03-02"}},
    "to": listed("datetime", "1969-12-31T23:59:59", "1970-01-01T00:00:01", "1968-02-29T12:30:45"),
}  # fmt: skip

NUMBERS = {
    "round(half)": "round(half)",
    "round(-half)": "round(-half)",
    "round(x)": "round(x)",
    "round(x, 1)": "round(x, 1)",
    "round(y, 2)": "round(y, 2)",
    "round(a / 4)": "round(a::numeric / 4)",
    "round(x * y, 3)": "round(x * y, 3)",
    "floor(x)": "floor(x)",
    "ceil(x)": "ceil(x)",
    "abs(x)": "abs(x)",
    "sign(y)": "sign(y)",
    "-x": "-x",
    "mod(a, n)": "mod(a, n)",
    "a % nullif(b, 0)": "a % nullif(b, 0)",
    "x % nullif(y, 0)": "x % nullif(y, 0)",
    "a / nullif(b, 0)": "round(a::numeric / nullif(b, 0), 6)",
    "a / n": "round(a::numeric / n, 6)",
    "x / nullif(y, 0)": "round(x / nullif(y, 0), 6)",
    "half / 1000000": "round(half / 1000000, 6)",
    "half / -1000000": "round(half / -1000000, 6)",
    "least(x, y, a)": "least(x, y, a)",
    "greatest(x, y, a)": "greatest(x, y, a)",
    "years_between(d, e)": "extract(year FROM age(e, d))",
    "years_between(e, d)": "extract(year FROM age(d, e))",
    "d - e": "d - e",
    "at - to": 'extract(epoch FROM at - "to")',
    "year(d)": "extract(year FROM d)",
    "month(d)": "extract(month FROM d)",
    "day(d)": "extract(day FROM d)",
    "weekday(d)": "extract(isodow FROM d)",
    "hour(at)": "extract(hour FROM at)",
    "minute(at)": "extract(minute FROM at)",
    "second(at)": "extract(second FROM at)",
}
"""Expressions of numbers, and how PostgreSQL writes each."""

TIMES = {
    "d + months(a)": ("date", "(d + a * interval '1 month')::date"),
    "d - months(a)": ("date", "(d - a * interval '1 month')::date"),
    "e + years(a)": ("date", "(e + a * interval '1 year')::date"),
    "d + (months(a) + days(-n))":
        ("date", "(d + (a * interval '1 month' - n * interval '1 day'))::date"),
    "d - weeks(a)": ("date", "(d - a * interval '7 days')::date"),
    "d - n": ("date", "d - n::int"),
    "date(at)": ("date", "at::date"),
    "at + months(a)": ("datetime", "at + a * interval '1 month'"),
    "at - years(a)": ("datetime", "at - a * interval '1 year'"),
    "at - hours(a)": ("datetime", "at - a * interval '1 hour'"),
    "at + minutes(a * n)": ("datetime", "at + a * n * interval '1 minute'"),
    "at - seconds(a * 1000)": ("datetime", "at - a * 1000 * interval '1 second'"),
    "d - hours(n)": ("datetime", "d - n * interval '1 hour'"),
    "least(d, e)": ("date", "least(d, e)"),
}  # fmt: skip
"""Expressions of dates and timestamps, their types, and how PostgreSQL writes each."""


@pytest.fixture(scope="module")
def cursor(postgres_url: str) -> Iterator[Any]:
    """Give a connection's cursor that has the rows of COLUMNS in a table of its own."""
    import psycopg

    kinds = {"datetime": "timestamp"}
    with psycopg.connect(postgres_url) as connection, connection.cursor() as made:
        raw = rows_of(bound(COLUMNS, ROWS))
        kinds = {name: kinds.get(c["type"], c["type"]) for name, c in COLUMNS.items()}
        columns = ", ".join(f'"{name}" {kind}' for name, kind in {"id": "int", **kinds}.items())
        made.execute(f"CREATE TEMPORARY TABLE t ({columns})")
        places = ", ".join(["%s"] * len(raw))
        made.executemany(f"INSERT INTO t VALUES ({places})", [*zip(*raw.values(), strict=True)])
        yield made


def by_postgres(cursor: Any, text: str) -> list[Any]:
    return [row[0] for row in cursor.execute(f"SELECT {text} FROM t ORDER BY id")]


def by_us(text: str, kind: str) -> list[Any]:
    return cells(bound(COLUMNS | {"v": expression(text, kind, nullable=True)}, ROWS), "v")


@pytest.mark.postgres
@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_are_those_of_postgres(cursor, text):
    """To the last place, halves below zero, remainders and quotients of either sign too."""
    assert by_postgres(cursor, NUMBERS[text]) == by_us(text, "decimal(18,6)")


@pytest.mark.postgres
@pytest.mark.parametrize("text", TIMES)
def test_times_are_those_of_postgres(cursor, text):
    """Months, days and seconds that are taken away, around 29 February and before 1970."""
    kind, theirs = TIMES[text]
    assert by_postgres(cursor, theirs) == by_us(text, kind)


@pytest.mark.postgres
@pytest.mark.parametrize("text", ["half", "y", "x * y", "-y / 2"])
@pytest.mark.parametrize("scale", [0, 1, 2])
def test_a_column_rounds_as_that_of_postgres(cursor, text, scale):
    """What has more places than its column is stored as an INSERT would store it."""
    theirs = by_postgres(cursor, f"({text})::numeric(18,{scale})")
    assert theirs == by_us(text, f"decimal(18,{scale})")


PINNED = [
    ("round(-580.5 + 0 * n)", "int", -581),
    ("round(-0.5 + 0 * n)", "int", -1),
    ("round(-0.4 + 0 * n)", "int", 0),
    ("round(-2.345 + 0 * n, 2)", "decimal(8,2)", Decimal("-2.35")),
    ("round(-580.5)", "int", -581),
    ("round(2.5)", "int", 3),
    ("-580.5", "decimal(8,0)", Decimal(-581)),
    ("0 * n - 2.345", "decimal(8,2)", Decimal("-2.35")),
    ("-1 / 2000000", "decimal(8,6)", Decimal("-0.000001")),
    ("1 / (0 * n - 2000000)", "decimal(8,6)", Decimal("-0.000001")),
    ("floor(-2.5)", "int", -3),
    ("ceil(-2.5)", "int", -2),
    ("-7 % 3", "int", -1),
    ("7 % -3", "int", 1),
    ("years_between(date('2021-06-01'), date('2020-01-01'))", "int", -1),
    ("years_between(date('2021-01-01'), date('2020-06-01'))", "int", 0),
    ("years_between(date('2021-06-01'), date('2020-06-01'))", "int", -1),
    ("years_between(date('2020-02-29'), date('2021-02-28'))", "int", 0),
    ("years_between(date('2021-02-28'), date('2020-02-29'))", "int", 0),
    ("years_between(date('2021-03-01'), date('2020-02-29'))", "int", -1),
    ("date('2024-03-31') - months(1)", "date", dt.date(2024, 2, 29)),
    ("hour(timestamp('1969-12-31 23:00:00'))", "int", 23),
    ("weekday(date('1969-12-28'))", "int", 7),
]
"""What PostgreSQL 15 gives, for machines without one."""


@pytest.mark.parametrize(("text", "kind", "expected"), PINNED)
def test_what_sql_gives_below_zero(text, kind, expected):
    """Halves go away from zero, remainders follow the dividend, years backwards are whole too."""
    assert [expected] * 2 == cells(
        bound({"n": integers(1, 9), "v": expression(text, kind)}, 2), "v"
    )
