"""Tables at the limits of a database load; that those beyond are refused is tested elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.databases import Database, new_database
from support.limits import BOUNDARIES, constant, schema
from support.schemas import Raw, parsed

import shardgen

_MARKS = {"postgres": [pytest.mark.postgres], "mysql": [pytest.mark.mariadb], "sqlite": []}
AT_LIMITS = [
    pytest.param(make(0), id=what, marks=_MARKS[make(0)["database_type"][0]])
    for what, make in BOUNDARIES.items()
]
Load = Callable[[Raw], Database]


@pytest.fixture
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Load]:
    """Load a schema into a database of the first kind that it lists."""
    opened = contextlib.ExitStack()

    def load(raw: Raw) -> Database:
        dialect = raw["database_type"][0]
        shardgen.run(parsed(raw), tmp_path / "dump.sql", dialect=dialect, workers=1)
        database = opened.enter_context(new_database(dialect, request, tmp_path))
        database.load(tmp_path / "dump.sql")
        return database

    with opened:
        yield load


@pytest.mark.parametrize("raw", AT_LIMITS)
def test_a_table_at_a_limit_loads(raw: Raw, loaded: Load) -> None:
    """So the limit is none of ours, and the schema is not refused for nothing."""
    table = raw["tables"][0]
    assert table["record_count"] == loaded(raw).count(table["name"])


TABLE = "customer_subscription_billing_address_change_history_entries"


def named(database: str, *tables: tuple[str, dict]) -> Raw:
    """Return a schema of these tables, each with a column beside its key."""
    raw = schema(database)
    key = raw["tables"][0]["columns"][0]
    raw["tables"] = [
        {"name": name, "record_count": 3, "columns": [key, column]} for name, column in tables
    ]
    return raw


def number(name: str, **more: object) -> dict:
    return {"name": name, "type": "int", **more}


PARENT = {"foreign_key": {"table": "p", "column": "id"}}
NAMES = [
    named("postgres", ("a", number("b")), ("a_id_seq", number("c"))),
    named("postgres", ("a_pkey", number("b")), ("a", number("c")), ("a_id_seq1", number("d"))),
    named("postgres", ("a", number("b_id", unique=True)), ("a_b_id_key", number("c"))),
    named("postgres", ("a" * 63, number("b")), (f"{'a' * 56}_id_seq", number("c"))),
    named("mysql", ("p", number("x")), (TABLE, number("p_id", **PARENT))),
    named("mysql", ("p", number("x")), ("t" * 63, number("k" * 63, unique=True, **PARENT))),
    named("mysql", ("t" * 63, {"name": "c", "type": "enum('a ','b')"})),
    named("sqlite", ("json_each", number("rowid")), ("pragma_table_info", number("oid"))),
]


@pytest.mark.parametrize(
    "raw", [pytest.param(raw, marks=_MARKS[raw["database_type"][0]]) for raw in NAMES]
)
def test_names_that_a_database_makes_up_are_in_no_ones_way(raw: Raw, loaded: Load) -> None:
    """Sequences, keys and checks find names that are free and short enough."""
    database = loaded(raw)
    assert {table["name"] for table in raw["tables"]} == database.tables()


@pytest.mark.mariadb
def test_a_table_of_long_texts_loads_whole(loaded: Load) -> None:
    """Statements have less than a million bytes, and the type has room for each value."""
    text = "é'\n" * 40_000
    database = loaded(schema("mysql", constant(text), record_count=150))
    assert [(150, 160_000)] == database.query("SELECT count(*), max(length(c)) FROM t")
