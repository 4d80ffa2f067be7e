"""The ways to real rows: a live database, a file of DuckDB, a folder of CSV and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shardgen.errors import DatabaseError, Mistake, PlanError
from shardgen.execution.profiling.door import AT_ONCE, Door, Rows
from shardgen.execution.profiling.sql import SAMPLINGS, Sampling, shape_of
from shardgen.importing.filtering import Filters, filtered
from shardgen.importing.live.connecting import parsed, reading, shown
from shardgen.importing.live.describe import READERS
from shardgen.importing.live.selection import Selection


@contextmanager
def opened(source: str, filters: Filters) -> Iterator[Door]:
    """
    Give a source that is only read, all in one transaction.

    DatabaseError where it cannot be reached or read, PlanError where it is nothing of the kind.
    """
    if source.startswith("duckdb:"):
        from shardgen.execution.profiling.duckdb_door import duckdb_file

        with duckdb_file(source, filters) as door:
            yield door
    elif "://" in source:
        with _database(source, filters) as door:
            yield door
    elif Path(source).is_dir():
        from shardgen.execution.profiling.duckdb_door import folder

        with folder(Path(source), filters) as door:
            yield door
    else:
        raise PlanError([Mistake("", *_no_source(source))])


def _no_source(source: str) -> tuple[str, str]:
    """Return why a source is none, and what to name."""
    path = Path(source)
    if not path.exists():
        return f"there is no folder {source}", "name a database's URL, or a folder of files"
    kinds = {".duckdb": "duckdb", ".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite"}
    if path.suffix.lower() in kinds:
        return f"{source} is a database", f"say {kinds[path.suffix.lower()]}:///{source}"
    return f"{source} is one file", "name the folder that it is in, or a database's URL"


@contextmanager
def _database(source: str, filters: Filters) -> Iterator[Door]:
    where = parsed(source)
    with reading(where) as connection:
        selection = Selection(schemas=filters.schemas, tables=(), exclude=())
        database = filtered(READERS[where.get_backend_name()](connection, selection), filters)
        if not database.tables:
            raise DatabaseError(f"{shown(where)} has no tables")
        told = connection.execution_options(no_parameters=True)  # a % is no mark of one
        streaming = {"no_parameters": True, "stream_results": True, "max_row_buffer": AT_ONCE}
        if database.dialect == "sqlite":
            raw: Any = connection.connection.dbapi_connection
            raw.create_function(Sampling.shape_function, 1, shape_of, deterministic=True)

        def ask(query: str) -> Rows:
            return told.exec_driver_sql(query).fetchall()

        def stream(query: str) -> Iterator[Rows]:
            with connection.execution_options(**streaming).exec_driver_sql(query) as result:
                while rows := result.fetchmany(AT_ONCE):
                    yield rows

        sampling = SAMPLINGS[database.dialect]
        for setting in sampling.settings:
            told.exec_driver_sql(setting)
        yield Door(
            database=database, origin=shown(where), sampling=sampling, ask=ask, stream=stream
        )
