"""Tables without rows: they are made, and nothing refers to them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from support.binding import parse_schema
from support.keys import ID, key, raw_schema, table

import shardgen
from shardgen.errors import PlanError, SchemaError
from shardgen.schema.model import Schema

SUM = {"type": "decimal(12,2)", "generator": "expression"}


def shop(**rows: int) -> Schema:
    """Return customers and their orders, a table of tags, and how many rows each has."""
    counts = {"customers": 5, "orders": 20, "tags": 4} | rows
    total = SUM | {"generator_params": {"expression": "coalesce(sum(orders.price), 0)"}}
    count = {"type": "int", "generator": "expression"}
    columns = {
        "customers": {
            "id": ID,
            "total": total,
            "orders": count | {"generator_params": {"expression": "count(orders)"}},
        },
        "orders": {
            "id": ID,
            "customer": key("customers", fan_out="grouped"),
            "tag": key("tags", nullable=True),
            "only": key("tags", nullable=True, unique=True),
            "price": {"type": "decimal(8,2)", "generator": "decimal_range"},
        },
        "tags": {"id": ID},
    }
    tables = [table(name, counts[name], facts) for name, facts in columns.items()]
    raw = raw_schema(*tables, databases=("postgres", "mysql", "sqlite"))
    return parse_schema(json.dumps(raw).encode(), "shop")


def loaded(schema: Schema, folder: Path) -> sqlite3.Connection:
    """Return the rows in SQLite."""
    shardgen.run(schema, folder / "dump.sql", dialect="sqlite")
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA foreign_keys = ON")
    database.executescript((folder / "dump.sql").read_text(encoding="utf-8"))
    assert [] == database.execute("PRAGMA foreign_key_check").fetchall()
    return database


def test_a_table_without_children_sums_nothing(tmp_path):
    """A sum over no rows is null, and a count of them 0."""
    with contextlib.closing(loaded(shop(orders=0), tmp_path)) as database:
        assert [(0, 0)] * 5 == database.execute("SELECT total, orders FROM customers").fetchall()
        assert [(0,)] == database.execute("SELECT count(*) FROM orders").fetchall()


def test_keys_to_a_table_without_rows_are_null(tmp_path):
    """Where they may be, whatever their shape."""
    with contextlib.closing(loaded(shop(tags=0), tmp_path)) as database:
        rows = database.execute("SELECT DISTINCT tag, only FROM orders").fetchall()
    assert [(None, None)] == rows
    assert {None} == {row["tag"] for row in shardgen.generate(shop(tags=0)).tables["orders"]}


def test_keys_that_need_a_parent_are_refused_with_the_numbers():
    """And nothing that only follows from it."""
    with pytest.raises(PlanError) as caught:
        shardgen.generate(shop(customers=0))
    assert ["20 rows need a parent each, and 'customers' has none"] == [
        mistake.what for mistake in caught.value.mistakes
    ]


def test_all_tables_may_be_without_rows(tmp_path):
    """The dump makes them; so do options."""
    empty = {"customers": 0, "orders": 0, "tags": 0}
    with contextlib.closing(loaded(shop(**empty), tmp_path)) as database:
        assert [(0,)] == database.execute("SELECT count(*) FROM tags").fetchall()
    made = shardgen.generate(shop(), rows=empty).tables
    assert [0, 0, 0] == [len(made[name]) for name in empty]


@pytest.mark.parametrize("name", ["customers", "orders", "tags"])
def test_an_empty_table_has_a_csv_file_with_its_header(name, tmp_path):
    """Whichever it is, also with others behind it."""
    empty = {"customers": 0, "orders": 0} if name == "customers" else {name: 0}
    shardgen.run(shop(**empty), tmp_path / "made", format="csv")
    lines = (tmp_path / "made" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    assert 1 == len(lines)
    assert lines[0].startswith("id")
    assert 3 == len(list((tmp_path / "made").glob("*.csv")))


@pytest.mark.parametrize("count", [-1, 1 << 41])
def test_other_counts_are_refused(count: Any):
    """A table has no less than 0 rows."""
    with pytest.raises(SchemaError, match="it must be from 0 to"):
        shop(tags=count)
    with pytest.raises(PlanError, match="rows of 'tags' are asked for"):
        shardgen.generate(shop(), rows={"tags": count})
