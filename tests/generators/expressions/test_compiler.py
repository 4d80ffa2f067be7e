"""What the compiler refuses, and the functions that it knows."""

from __future__ import annotations

import re

import pytest
from support.expressions import COLUMNS, ROWS, expression, refused
from support.places import ROOT
from support.tables import bound

from shardgen.errors import InputError
from shardgen.generators.expressions.compiler import FUNCTIONS
from shardgen.tables.batch import Batch


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("n + name", "bigint", "+ does not take a whole number and text; to join text, write ||"),
        ("flag + 1", "bigint", "+ does not take a condition and a whole number"),
        ("n and flag", "boolean", "a condition is wanted here, not a whole number"),
        ("n = 'x'", "boolean", "= does not take a whole number and text"),
        ("word = null", "boolean", "null is no operand"),
        ("day - at", "bigint", "- does not take a date and a timestamp"),
        ("days(1)", "date", "this is an interval, and the column is date; add it to a date"),
        ("days(1.5)", "date", "days does not take a decimal number; it takes a whole number"),
        ("n / 2", "bigint", "this is a decimal number, and the column is bigint; round(x)"),
        ("'2024-01-01'", "date", "this is text, and the column is date; write date('2024-12-31')"),
        ("day < 'soon'", "boolean", "'soon' is no date; write '2024-12-31'"),
        ("case when n > 1 then 1 else 'a' end", "text", "a value is a whole number, and this one"),
        ("coalesce(null, null)", "bigint", "all of these values are null"),
        ("null", "bigint", "this is null, and the column is bigint"),
        ("case when n > 1 then days(1) else days(2) end", "date", "choose the number in it"),
        ("left(word, n)", "text", "left does not take text and a whole number; it takes text, a"),
        ("lpad(n - 9, 3)", "text", "zeros only"),
        ("upper(code)", "text", "have one form"),
        ("substr(name, 1)", "text", "needs text that is picked from a list"),
        ("chance(1.5)", "boolean", "1.5 is not between 0 and 1"),
        ("chance('x')", "boolean", "chance takes a number"),
        ("random('a', 'b')", "text", "random takes numbers, dates or timestamps"),
        ("round(n) from t", "bigint", "expected an operator or the end, got 'from'"),
        ("round(n where a > 1)", "bigint", "round takes no from and no where; these do: sum"),
        ("abs()", "bigint", "abs takes 1 argument, got 0"),
        ("round(n, 1, 2)", "bigint", "round takes 1 or 2 arguments, got 3"),
        ("coalesce(a)", "bigint", "coalesce takes 2 arguments, got 1"),
        ("rond(n)", "bigint", "there is no function 'rond'; did you mean 'round'?"),
        ("n + pricee", "bigint", "column 'pricee' is not in table 't'; did you mean 'price'?"),
        ("owner.price", "bigint", "'owner' is no foreign key of table 't'"),
        ("sum(visits.cost)", "bigint", "there is no table 'visits'"),
        ("sum(n)", "bigint", "sum of which table's rows?; write sum(order_items.amount)"),
        ("count()", "bigint", "count of which table's rows?; write count(order_items)"),
        ("max(n, 3)", "bigint", "max takes one argument, got 2; of several values: greatest"),
    ],
)
def test_what_does_not_go_together_is_refused(text, kind, what):
    """With the place, and the way out where there is one."""
    message = refused(text, kind)
    assert what in message
    assert message.count("\n") == 2
    assert "^" in message.split("\n")[2]


def test_columns_that_need_each_other_are_refused():
    """With the circle; a column that needs itself is one."""
    with pytest.raises(InputError, match=r"columns that need each other: t.v → t.w → t.v"):
        bound({"v": expression("w + 1"), "w": expression("v + 1")})
    with pytest.raises(InputError, match=r"columns that need each other: t.v → t.v"):
        bound({"v": expression("v + 1")})


def test_an_expression_is_made_once_for_its_values_and_nulls():
    """A batch keeps one result, which both are taken from."""
    table = bound(COLUMNS | {"v": expression("a + b", nullable=True)}, ROWS)
    batch = Batch.of_range(table, 0, ROWS)
    before = len(batch._shared)
    batch.column("v")
    batch.null("v")
    assert before + 1 == len(batch._shared)


PAGE = ROOT / "docs" / "expressions.md"


def test_the_page_lists_every_function():
    """docs/expressions.md has a line for each function that the compiler knows."""
    page = PAGE.read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)\b", page, re.MULTILINE))
    assert FUNCTIONS == listed & FUNCTIONS
