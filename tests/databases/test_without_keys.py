"""Tables without a primary key, loaded."""

from __future__ import annotations

from collections.abc import Callable

from support.databases import Database
from support.loading import Dump, column

from shardgen.schema.model import Schema


def test_tables_without_a_primary_key_load(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """One with a unique column that others refer to, one with an index, one with neither."""
    parent = {"name": "p", "record_count": 5, "columns": [column("k", "varchar(20)", unique=True)]}
    refers = {"foreign_key": {"table": "p", "column": "k"}}
    log = {
        "name": "log",
        "record_count": 30,
        "columns": [column("at", "timestamp"), column("p", "varchar(20)", **refers)],
        "indexes": [{"name": "log_at", "columns": ["at"]}],
    }
    plain = {"name": "plain", "record_count": 3, "columns": [column("x", "int")]}
    database.load(dump(schema_of(parent, log, plain)))
    assert [5, 30, 3] == [database.count(name) for name in ("p", "log", "plain")]
