"""Factories: a row with its parents, all keys of which lead somewhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from support.schemas import right

import shardgen
from shardgen.errors import PlanError
from shardgen.testing import Factory, Row, shared_out

VERTICALS = ["fintech-loans", "healthcare-patients", "retail-ecommerce", "saas-multitenant"]


def test_a_row_has_what_is_said_and_a_parent_of_its_own():
    """Values by column; a parent by its values, or generated."""
    factory = Factory(right(), seed=7)
    first = factory.build("orders", total=5)
    second = factory.build("orders", user={"email": "alice@example.com"})
    assert ("orders", Decimal("5.00")) == (first.table, first["total"])
    assert (1, 2) == (first["id"], second["id"])
    assert first["user_id"] == first.parents["user_id"]["id"] != second["user_id"]
    assert "alice@example.com" == second.parents["user_id"]["email"]


def test_a_row_may_lead_to_one_that_was_built():
    """The same row, not one like it."""
    factory = Factory(right())
    alice = factory.build("users", email="alice@example.com")
    order = factory.build("orders", user=alice)
    assert order.parents["user_id"] is alice
    assert alice["id"] == order["user_id"]
    assert [alice, order] == list(order.with_parents())


def test_generated_values_of_a_factory_are_unique():
    """Rows that are built one by one, in batches, or as parents."""
    factory = Factory(right())
    users = [factory.build("users") for _ in range(5)] + factory.build_batch("users", 20)
    users += [factory.build("orders").parents["user_id"] for _ in range(5)]
    assert 30 == len({user["email"] for user in users}) == len({user["id"] for user in users})


def test_the_same_seed_makes_the_same_rows():
    """Call by call."""
    one, other = ([Factory(right(), seed=3).build("orders") for _ in range(2)] for _ in range(2))
    assert one == other
    assert Factory(right(), seed=4).build("users") != Factory(right(), seed=3).build("users")


@pytest.mark.parametrize("name", VERTICALS)
def test_a_row_of_every_table_can_be_inserted(name, tmp_path):
    """With its parents, into a database that has none; every key and law is checked."""
    schema = shardgen.load_schema(name)
    empty = shardgen.generate(schema, rows={table.name: 0 for table in schema.tables})
    empty.to_sqlite(tmp_path / "own.db")
    factory = Factory(schema)
    with closing(sqlite3.connect(tmp_path / "own.db")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for table in schema.tables:
            row = factory.create(connection, table.name)
            again = factory.create(connection, table.name)
            assert row != again
        connection.commit()
        assert [] == connection.execute("PRAGMA foreign_key_check").fetchall()


def test_a_batch_shares_parents():
    """Rows of a batch lead to fewer parents, or to the one that is said."""
    factory = Factory("retail-ecommerce")
    customer = factory.build("customers")
    batch = factory.build_batch("orders", 6, customer=customer)
    assert [customer["id"]] * 6 == [order["customer_id"] for order in batch]
    assert all(order.parents["customer_id"] is customer for order in batch)
    assert 6 > len({o["customer_id"] for o in factory.build_batch("orders", 6)})
    assert [] == factory.build_batch("orders", 0)


def test_what_cannot_be_built_is_told():
    """A table, a column or a value that there is not."""
    factory = Factory(right())
    with pytest.raises(PlanError, match="there is no table 'order'; did you mean 'orders'"):
        factory.build("order")
    with pytest.raises(PlanError, match="has no column 'sum'"):
        factory.build("orders", sum=3)
    with pytest.raises(PlanError, match="'x' is not a number"):
        factory.build("orders", total="x")
    assert isinstance(factory.build("orders"), Row)


@pytest.mark.parametrize("name", VERTICALS)
@pytest.mark.parametrize("rows", [1, 30, 100, 1000])
def test_a_number_of_rows_is_shared_out_so_that_a_data_set_can_be_made(name, rows):
    """About so many in all, one in each table at least."""
    sizes = shared_out(name, rows)
    made = shardgen.generate(name, rows=sizes, seed=5)
    assert sizes == {table: len(data) for table, data in made.tables.items()}
    assert 1 <= min(sizes.values())
    assert sum(sizes.values()) <= max(rows * 1.25, len(sizes) * 2)
