"""Expressions that draw at random: `random` and `chance`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
from support.expressions import computed, expression, integers, midnight
from support.tables import AS_OF, bound, cells, rows_of


def test_random_reaches_both_ends_and_nothing_else():
    """Of whole numbers, and of decimals with as many places as the finer end."""
    assert {3, 4, 5, 6} == set(cells(bound({"v": expression("random(3, 6)")}, 500), "v"))
    steps = set(cells(bound({"v": expression("random(0, 0.05)", "decimal(4,2)")}, 900), "v"))
    assert {Decimal(n).scaleb(-2) for n in range(6)} == steps


def test_random_between_columns():
    """Every row lies between its own ends; null where an end is, low where high is below it."""
    for row in computed("random(n, a)"):
        if row["a"] is not None:
            assert row["n"] <= row["v"] <= max(row["n"], row["a"])
        assert (row["a"] is None) == (row["v"] is None)
    for row in computed("random(day, as_of)", "date"):
        assert row["day"] <= row["v"] <= AS_OF
    for row in computed("random(at, at + hours(2))", "timestamp"):
        assert row["at"] <= row["v"] <= row["at"] + dt.timedelta(hours=2)
    for row in computed("random(day, at)", "timestamp"):
        assert midnight(row["day"]) <= row["v"] <= max(row["at"], midnight(row["day"]))


def test_each_random_has_words_of_its_own():
    """Two draws of one expression are independent, and the first is that of an expression alone."""
    pairs = cells(bound({"v": expression("random(0, 9) * 10 + random(0, 9)")}, 2000), "v")
    assert set(range(100)) == set(pairs)
    alone = cells(bound({"v": expression("random(0, 9)")}, 2000), "v")
    assert alone == [pair // 10 for pair in pairs]


def test_chance_is_true_as_often_as_it_says():
    """With a constant probability, and with one of each row."""
    for text, share in (("chance(0.3)", 0.3), ("chance(0)", 0), ("chance(1)", 1)):
        assert (
            abs(share - np.mean(cells(bound({"v": expression(text, "boolean")}, 20_000), "v")))
            < 0.02
        )
    columns = {"n": integers(0, 1), "v": expression("chance(n / 2)", "boolean")}
    rows = rows_of(bound(columns, 20_000))
    assert not any(v for n, v in zip(rows["n"], rows["v"], strict=True) if n == 0)
    assert abs(0.25 - np.mean(rows["v"])) < 0.02
