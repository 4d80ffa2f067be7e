"""The command that says why a cell has its value."""

from __future__ import annotations

import json

import pytest


def test_a_cell_is_said_in_words(call):
    """Generator, law, what it follows and where it stands, nulls, and the stream."""
    code, out, err = call("explain", "fintech-loans", "loans", "17", "rate_of_score")
    assert (0, "") == (code, err)
    for wanted in (
        "rate_of_score decimal(5,2) = 9.95",
        "Generator interest_rate: ",
        "ranges by weight: 3 to 6 in 0.6",
        "It follows borrower.score by a rank correlation of -0.78",
        "never null",
        "0 / loans / rate_of_score / value",
    ):
        assert wanted in out


def test_a_key_says_its_parent_and_its_law(call):
    """The row that it leads to, by which law, and its number among the children."""
    _, out, _ = call("explain", "fintech-loans", "payments", "40", "loan_id")
    for wanted in ("leads to row 8 of loans", "its ledger_rows", "number 22", "that row's id"):
        assert wanted in out


def test_a_row_is_said_briefly_with_its_children(call):
    """A line for each column, and a line for each key that leads here."""
    _, out, _ = call("explain", "fintech-loans", "borrowers", "3")
    assert {"id", "first_name", "credit_scores.borrower_id"} <= {
        line.split()[0] for line in out.splitlines() if line
    }
    found = json.loads(call("explain", "fintech-loans", "borrowers", "3", "--json")[1])
    counts = {(each["table"], each["key"]): each["count"] for each in found["children"]}
    assert {("loans", "borrower_id"): None, ("credit_scores", "borrower_id"): 1} == counts


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope", "0"), "no table 'nope'"),
        (("loans", "1000"), "rows 0 to 999"),
        (("loans", "0", "amuont"), "amount"),
    ],
)
def test_what_is_not_there_is_refused(call, arguments, said):
    """With what there is."""
    code, _, err = call("explain", "fintech-loans", *arguments)
    assert 4 == code
    assert said in err
