"""Strategies: what Hypothesis draws, and what a failing example shrinks to."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings
from support.schemas import right

import shardgen
from shardgen.errors import PlanError
from shardgen.testing import strategies

SHOP = shardgen.load_schema(right())
QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(strategies.rows("orders", SHOP, min_size=1, max_size=3))
def test_rows_are_those_of_a_data_set(rows):
    """Different ones, with all of their columns."""
    assert 1 <= len(rows) <= 3
    assert len(rows) == len({row["id"] for row in rows})
    assert {"id", "user_id", "total"} == set(rows[0])


@QUICK
@given(strategies.datasets(SHOP, max_rows=20))
def test_every_key_of_a_data_set_leads_somewhere(dataset):
    """Whatever its size and its seed."""
    users = {row["id"] for row in dataset["users"]}
    assert users >= {row["user_id"] for row in dataset["orders"]}


def test_a_row_shrinks_to_the_first_one():
    """Which satisfies what is looked for."""
    row = strategies.row("orders", SHOP)
    assert 1 == find(row, lambda _: True)["id"]
    assert 8 == find(row, lambda row: row["id"] > 7)["id"]


def test_rows_shrink_to_fewer_and_to_the_first():
    """Two rows are enough for what holds of two."""
    rows = strategies.rows("orders", SHOP)
    assert [] == find(rows, lambda _: True)
    assert [1, 2] == sorted(row["id"] for row in find(rows, lambda rows: len(rows) > 1))


def test_data_sets_shrink_to_the_smallest_with_seed_0():
    """One row in each table, or as many as what fails needs."""
    smallest = find(strategies.datasets(SHOP), lambda _: True)
    assert (1, 1, 0) == (*(len(t) for t in smallest.tables.values()), smallest.options.seed)
    larger = find(strategies.datasets(SHOP), lambda made: len(made["orders"]) > 4)
    assert 10 >= sum(len(table) for table in larger.tables.values())


def test_what_cannot_be_drawn_is_told():
    """More rows than there are, or of a table that there is not."""
    with pytest.raises(PlanError, match="500 rows of 'orders' are asked for, and there are 71"):
        strategies.rows("orders", SHOP, min_size=500)
    with pytest.raises(KeyError, match="there is no table 'order'"):
        strategies.row("order", SHOP)
