"""The bounds of an expression: the same in every batch, and refused where too wide."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from support.expressions import BOUNDED, COLUMNS, ROWS, TEXTS, decimals, expression, refused
from support.tables import bound, cells, rows_of

from shardgen.random.streams import words
from shardgen.tables.batch import Batch


@pytest.mark.parametrize("text", BOUNDED)
def test_values_lie_within_their_bounds_which_are_those_of_every_batch(text):
    """A renderer lays out all rows by the bounds of the first batch it sees."""
    table = bound(COLUMNS | {"v": expression(text, nullable=True)}, ROWS)
    whole = Batch.of_range(table, 0, ROWS).column("v")
    assert whole.low <= whole.values.min() <= whole.values.max() <= whole.high
    for rows in (np.arange(0), np.array([5]), np.array([7, 7, 3])):
        some = Batch(table, rows).column("v")
        assert (whole.low, whole.high) == (some.low, some.high)


@pytest.mark.parametrize(
    ("text", "kind"), [*((text, "bigint") for text in BOUNDED), *((text, "text") for text in TEXTS)]
)
def test_any_rows_alone_have_the_values_they_have_among_all(text, kind):
    """Scattered rows, one row, none, and the same row twice."""
    table = bound(COLUMNS | {"v": expression(text, kind, nullable=True)}, ROWS)
    whole = cells(table, "v")
    scattered = (words(17, np.arange(50)) >> np.uint64(1)).astype(np.int64) % ROWS
    assert [whole[row] for row in scattered] == cells(table, "v", scattered)
    assert whole[37:38] == cells(table, "v", range(37, 38))
    assert [] == cells(table, "v", range(0))
    again = np.array([9, 9, 2])
    taken = Batch.of_range(table, 0, ROWS).column("v").take(again).python()
    assert [whole[row] for row in again] == [
        None if whole[row] is None else value for row, value in zip(again, taken, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("n * 100000000000000000 * n", "more than 18 digits"),
        ("round(price / coalesce(a, 1))", "divides by a number that may be 0; nullif(x, 0)"),
        ("n % (n - 1)", "divides by a number that may be 0"),
        (
            "round(price / rate / rate / rate * price / rate * rate * rate * rate * rate)",
            "18 digits",
        ),
        ("year(day + years(n * 1000))", "adds up to"),
        ("year(day + days(n * 1000000))", "outside the years 1 to 9999"),
        ("length(name || word) + (name = word)", "+ does not take"),
    ],
)
def test_what_cannot_be_computed_is_refused_before_a_row_is_made(text, what):
    """Binding refuses it, with the place in the expression."""
    message = refused(text)
    assert what in message
    assert "^" in message


def test_long_division_is_exact():
    """Where the dividend with all its places is longer than 64 bits."""
    columns = {
        "p": decimals(-9e9, 9e9, 4, type="decimal(18,4)"),
        "q": decimals(0.0001, 99999, 4, type="decimal(18,4)"),
        "v": expression("p / greatest(q, 10)", "decimal(18,6)"),
    }
    rows = rows_of(bound(columns, ROWS))
    for p, q, v in zip(rows["p"], rows["q"], rows["v"], strict=True):
        top, bottom = int(p * 10**10), int(max(q, Decimal(10)) * 10**4)
        assert (2 * top + bottom) // (2 * bottom) == int(v.scaleb(6))
