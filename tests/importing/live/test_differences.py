"""Databases as shardgen made them, and as somebody changed them, held against the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shardgen import run
from shardgen.importing.comparing.differences import Differences, find_differences
from shardgen.importing.live.describe import describe
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source

SERVERS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
    "sqlite",
]
SHOP = {
    "schema_version": "1.0",
    "name": "shop",
    "database_type": ["postgres", "mysql", "sqlite"],
    "tables": [
        {
            "name": "orders",
            "record_count": 20,
            "columns": [
                {"name": "id", "type": "int", "primary_key": True},
                {"name": "status", "type": "varchar(9)", "nullable": True},
                {"name": "total", "type": "decimal(8,2)"},
            ],
        }
    ],
}
CHANGED = {
    "postgres": "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "status varchar(4) NOT NULL, total numeric(8,2) GENERATED ALWAYS AS (id * 2) STORED, "
    "channel text NOT NULL, note text, CHECK (id % 2 = 1))",
    "mariadb": "CREATE TABLE orders (id int PRIMARY KEY, "
    "status varchar(4) NOT NULL, total decimal(8,2) GENERATED ALWAYS AS (id * 2) STORED, "
    "channel varchar(9) NOT NULL, note text, CHECK (status <> ''))",
    "sqlite": "CREATE TABLE orders (id integer PRIMARY KEY, "
    "status int NOT NULL, total numeric GENERATED ALWAYS AS (id * 2) STORED, "
    "channel text NOT NULL, note text, CHECK (id % 2 = 1))",
}


def differences(url: str, schema: Any) -> Differences:
    database = describe(url)
    plan = build_plan(load_schema(schema), Options(dialect=database.dialect))
    return find_differences(Source.bind(plan), database)


@pytest.mark.parametrize("live", SERVERS, indirect=True)
@pytest.mark.parametrize("name", ["retail-ecommerce", "saas-multitenant"])
def test_a_database_that_shardgen_made_differs_in_nothing(live, name, tmp_path: Path):
    """Neither its types nor its keys and checks are others to the schema that they are of."""
    dialect = describe(live.url).dialect
    run(name, tmp_path / "dump.sql", dialect=dialect, scale=0.1, workers=1)
    live.load(tmp_path / "dump.sql")
    found = differences(live.url, name)
    assert ((), (), {}) == (found.mistakes, found.warnings, found.left_out)


@pytest.mark.parametrize("live", SERVERS, indirect=True)
def test_what_somebody_made_is_told(live, request):
    """Narrower types, columns that are new or computed, checks that nobody said: all at once."""
    live.execute(CHANGED[request.node.callspec.params["live"]])
    found = differences(live.url, SHOP)
    assert ["tables.orders", "tables.orders.columns.status", "tables.orders.columns.status"] == (
        sorted(mistake.path for mistake in found.mistakes)
    )
    assert ["left-out-column", "left-to-default", "unknown-check"] == sorted(
        warning.name for warning in found.warnings
    )
    assert {"orders": ("total",)} == found.left_out
