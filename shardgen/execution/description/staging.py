"""
Rows in a temporary database of SQLite, where they are described by the queries of any database.

Memory does not grow with the rows: what is much lies on the disk, and is gone with the description.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from shardgen.errors import OutputError
from shardgen.execution.description.queries import DIALECTS
from shardgen.execution.description.shapes import TableShape

_INT64 = 1 << 63


class Stage:
    """A temporary database. What cannot be written is an OutputError."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Keep a connection to an empty database."""
        self._connection = connection

    def fill(self, table: TableShape, rows: Iterable[Sequence[Any]]) -> None:
        """Make a table of Python values, a row for each; they are stored as a dump stores them."""
        name = DIALECTS["sqlite"].name
        columns = ", ".join(name(column.name) for column in table.columns)
        marks = ", ".join("?" * len(table.columns))
        where = name(*table.place)
        with _told():
            self._connection.execute(f"CREATE TABLE {where} ({columns})")
            self._connection.executemany(
                f"INSERT INTO {where} VALUES ({marks})",
                (tuple(map(stored, row)) for row in rows),
            )

    def index(self, tables: Mapping[str, TableShape]) -> None:
        """Index what keys lead to, once all tables are there."""
        name = DIALECTS["sqlite"].name
        wanted = {
            (key.table, key.parent_columns) for table in tables.values() for key in table.keys
        }
        with _told():
            for n, (table, columns) in enumerate(sorted(wanted)):
                listed = ", ".join(map(name, columns))
                where = name(*tables[table].place)
                self._connection.execute(
                    f"CREATE INDEX {name(f'by key {n}')} ON {where} ({listed})"
                )

    def ask(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with _told():
            return self._connection.execute(query, parameters or {}).fetchall()


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Give an empty temporary database, and remove it in the end."""
    with tempfile.TemporaryDirectory(prefix="shardgen-") as folder:
        path = Path(folder) / "rows.db"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for said in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16000"):
                connection.execute(f"PRAGMA {said}")
            connection.execute("BEGIN")
            yield Stage(connection)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutputError(f"cannot keep rows in {tempfile.gettempdir()}: {error}") from None


def stored(value: Any) -> Any:
    """Return a Python value as a dump for SQLite stores it."""
    if value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return int(value) if -_INT64 <= value < _INT64 else float(value)
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else stored(int(value))
    for kind, text in _TEXTS.items():
        if isinstance(value, kind):
            return text(value)
    return str(value)


def _interval(value: dt.timedelta) -> str:
    seconds = int(value.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _array(values: Sequence[Any]) -> str:
    return f"{{{', '.join('NULL' if each is None else str(stored(each)) for each in values)}}}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    dt.datetime: lambda value: value.replace(tzinfo=None).isoformat(sep=" "),
    bytes: bytes.hex,
    dt.timedelta: _interval,
    list: _array,
}
