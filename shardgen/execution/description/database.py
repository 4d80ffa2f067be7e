"""A live database described by its catalog and by queries that read and never write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.description.description import Description
from shardgen.execution.description.file_rows import GUESSED_FROM
from shardgen.execution.description.guessing import guessed
from shardgen.execution.description.measuring import Ask, Measurer
from shardgen.execution.description.queries import DIALECTS, Queries
from shardgen.execution.description.shapes import TableShape, shapes_of_database
from shardgen.importing.live.connecting import parsed, reading, shown
from shardgen.importing.live.describe import READERS
from shardgen.importing.live.selection import Selection


def describe_database(
    url: str,
    *,
    schemas: Iterable[str] = (),
    tables: Iterable[str] = (),
    like: Description | None = None,
) -> Description:
    """
    Return what is in a database, in the memory of a table's summary; all in one transaction.

    `schemas` and `tables` are patterns, all where there are none. DatabaseError where it cannot be
    reached or read, or has no table.
    """
    where = parsed(url)
    with reading(where) as connection:
        selection = Selection(schemas=tuple(schemas), tables=tuple(tables), exclude=())
        database = READERS[where.get_backend_name()](connection, selection)
        if not database.tables:
            raise DatabaseError(f"{shown(where)} has no tables")
        told = connection.execution_options(no_parameters=True)  # a % is no mark of one

        def ask(query: str) -> Sequence[Sequence[Any]]:
            return told.exec_driver_sql(query).fetchall()

        for setting in DIALECTS[database.dialect].settings:
            told.exec_driver_sql(setting)
        queries = Queries(DIALECTS[database.dialect])
        shapes = shapes_of_database(database)
        if database.dialect == "sqlite":  # which has no type for times
            shapes = {name: with_times(shape, queries, ask) for name, shape in shapes.items()}
        measurer = Measurer(ask, queries, shapes, like)
        described = measurer.tables()
        promises = measurer.promises(described)
    version = f" {database.version}" if database.version else ""
    left = [f"{each.where}: {each.reason}." for each in database.unread]
    return Description(
        name=database.name or shown(where),
        source="database",
        origin=shown(where),
        about=f"What is in a database of {_TITLES[database.dialect]}{version}.",
        tables=described,
        promises=promises,
        notes=tuple(left[:10]),
    )


def with_times(shape: TableShape, queries: Queries, ask: Ask) -> TableShape:
    """Return the shape with columns as times whose first texts are such."""
    names = [column.name for column in shape.columns]
    first = ask(queries.head(shape, GUESSED_FROM))
    columns = []
    for column, seen in zip(shape.columns, guessed(names, first), strict=True):
        is_time = column.kind != "number" and seen.kind in ("date", "timestamp")
        columns.append(msgspec.structs.replace(column, kind=seen.kind) if is_time else column)
    return msgspec.structs.replace(shape, columns=tuple(columns))


_TITLES = {"postgres": "PostgreSQL", "mysql": "MySQL or MariaDB", "sqlite": "SQLite"}
