"""Rows added behind those of a dump, in a database with all constraints on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shardgen import run
from shardgen.errors import PlanError

SCALE = 0.1


def add(database: sqlite3.Connection, name: str, tmp_path: Path, tables: list[str], **options):
    """Write a dump of rows behind those that are there, and load it."""
    there = {t: database.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables}
    path = tmp_path / "more.sql"
    run(name, path, dialect="sqlite", scale=SCALE, there=there, ddl=False, workers=1, **options)
    database.executescript(path.read_text())
    assert [] == database.execute("PRAGMA foreign_key_check").fetchall()
    return there


@pytest.mark.parametrize("existing", ["new", "all", "old"])
@pytest.mark.parametrize("name", ["retail-ecommerce", "saas-multitenant", "example-aggregate"])
def test_rows_are_added_twice(name, existing, tmp_path: Path):
    """No key comes again, and every key leads to a row, whatever rows keys are to lead to."""
    path = tmp_path / "dump.sql"
    scale = 1 if name.startswith("example") else SCALE
    summary = run(name, path, dialect="sqlite", scale=scale, workers=1)
    tables = [*summary.tables]
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    database.executescript(path.read_text())
    for _ in range(2):
        before = add(database, name, tmp_path, tables, existing=existing)
        for table in tables:
            count = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
            assert count > before[table]
    database.close()


def test_tables_that_belong_together_are_added_to_together(tmp_path: Path):
    """Lines of orders are numbered: none are added to orders that have some."""
    there = {"orders": 9, "customers": 9, "products": 9, "order_items": 20}
    with pytest.raises(PlanError, match="add rows to 'orders' too"):
        run("retail-ecommerce", tmp_path / "more.sql", there=there, tables=["order_items"])
