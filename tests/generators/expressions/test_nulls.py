"""Where an expression is null, and columns that refuse it."""

from __future__ import annotations

import pytest
from support.expressions import COLUMNS, ROWS, computed, expression, refused
from support.tables import bound, cells, rows_of


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a + 1", "t.a is nullable"),
        ("coalesce(a, b)", "t.a is nullable"),
        ("nullif(n, 3)", "nullif gives null"),
        ("case when n > 3 then 1 end", "the case has no else"),
        ("case when n > 3 then n else null end", "it is null"),
        ("round(price / nullif(n - 1, 0))", "nullif gives null"),
    ],
)
def test_a_column_that_is_not_nullable_refuses_what_may_be_null(text, why):
    """With what makes it null, and the ways out."""
    message = refused(text)
    assert f"the column is not nullable, and {why}" in message
    assert '"nullable": true' in message
    assert "coalesce" in message


def test_what_is_never_null_is_not():
    """A column that is not nullable takes what `coalesce`, `case` and `is null` make sure of."""
    for text in ("coalesce(a, 0)", "coalesce(a, n)", "case when a > 1 then 1 else 0 end"):
        assert None not in cells(bound(COLUMNS | {"v": expression(text)}, ROWS), "v")
    assert None not in cells(bound(COLUMNS | {"v": expression("a is null", "boolean")}, ROWS), "v")


def test_a_nullable_expression_is_null_where_it_says_and_nowhere_else():
    """The default share of nulls of other generators is not added."""
    for row in computed("n + 1"):
        assert row["n"] + 1 == row["v"]
    for row in computed("a + b"):
        assert (row["a"] is None or row["b"] is None) == (row["v"] is None)


def test_a_null_probability_comes_on_top():
    """The rows where the expression is null stay null, and others join them."""
    columns = COLUMNS | {"v": expression("a + 1", nullable=True)}
    columns["v"]["generator_params"]["null_probability"] = 0.5
    rows = rows_of(bound(columns, 4000))
    nulls = [v is None for v in rows["v"]]
    assert all(n for n, a in zip(nulls, rows["a"], strict=True) if a is None)
    assert 0.50 < sum(nulls) / 4000 < 0.60
