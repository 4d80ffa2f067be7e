"""
SQLite: rows that stand in tables beside take the place of a table's own, and of nothing else.

All of it is one transaction, with foreign keys off, so that nothing cascades; SQLite knows no
triggers that are off, so those of the table are dropped and made again as they were.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading.children import is_lost, lost_rows
from shardgen.output.sql.sqlite import SQLite

PREFIX = "shardgen_new_"
"""What the names of tables begin with in which the new rows are."""


class Replaced(msgspec.Struct, frozen=True):
    """A table whose rows are replaced: names as SQL has them, with the columns that are brought."""

    name: str
    real: str
    staged: str
    columns: str


class _Child(msgspec.Struct, frozen=True):
    """A foreign key of a table that keeps its rows, to one whose rows are replaced."""

    name: str
    parent: Replaced
    columns: tuple[str, ...]
    references: tuple[str, ...]


class Swap:
    """The statements of the swap; to be run within a transaction, with foreign keys off."""

    def __init__(self, connection: sqlite3.Connection, tables: Sequence[Replaced]) -> None:
        """Take a connection, and the tables with their rows beside them."""
        self._connection, self._tables, self._sql = connection, tables, SQLite()

    def create_staging(self) -> None:
        """Make the tables for the new rows: values are kept in them as in the tables themselves."""
        for each in self._tables:
            self._run(
                f"CREATE TABLE {each.staged} AS SELECT {each.columns} FROM {each.real} WHERE 0"
            )

    def run(self) -> None:
        """Replace the rows; DatabaseError where a key would lead nowhere."""
        self._check_children()
        triggers = self._ask(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) IN "
            f"({', '.join('lower(?)' for _ in self._tables)}) ORDER BY rowid",
            [each.name for each in self._tables],
        )
        for name, _ in triggers:
            self._run(f"DROP TRIGGER {self._sql.quote(name)}")
        for each in self._tables:
            self._run(f"DELETE FROM {each.real}")
        for each in self._tables:
            self._run(
                f"INSERT INTO {each.real} ({each.columns}) SELECT {each.columns} FROM {each.staged}"
            )
        for each in self._tables:
            found = self._ask(f"PRAGMA foreign_key_check({each.real})")
            if found:
                raise DatabaseError(f"a key of {each.name} leads nowhere, to {found[0][2]}")
        for _, create in triggers:
            self._run(create)
        for each in self._tables:
            self._run(f"DROP TABLE {each.staged}")
            self._run(f"ANALYZE {each.real}")

    def _check_children(self) -> None:
        """Refuse children that lead to a row that is there, and would lead to none."""
        found = []
        quote = self._sql.quote
        for n, child in enumerate(self._children()):
            parent, columns = child.parent, [*map(quote, child.columns)]
            references = [*map(quote, child.references)]
            ends = ", ".join(references)  # looked up for each row of the child
            self._run(f"CREATE INDEX {quote(f'{PREFIX}{n}')} ON {parent.staged} ({ends})")
            query = lost_rows(quote(child.name), columns, references, parent.real, parent.staged)
            ((count,),) = self._ask(query)
            if count:
                found.append(is_lost(count, child.name, child.columns, child.parent.name))
        if found:
            raise DatabaseError(f"nothing is replaced: {'; '.join(found)}")

    def _children(self) -> Iterator[_Child]:
        by_name = {each.name.lower(): each for each in self._tables}
        for (name,) in self._ask("SELECT name FROM sqlite_master WHERE type = 'table'"):
            if name.lower() in by_name:
                continue
            keys: dict[int, list[tuple[Any, ...]]] = {}
            for row in self._ask(f"PRAGMA foreign_key_list({self._sql.quote(name)})"):
                keys.setdefault(row[0], []).append(row)
            for rows in keys.values():
                parent = by_name.get(rows[0][2].lower())
                if parent is not None:
                    columns = tuple(row[3] for row in rows)
                    own = tuple(row[4] for row in rows)
                    if None in own:
                        own = self._primary_key(parent)
                    yield _Child(name, parent, columns, own)

    def _primary_key(self, table: Replaced) -> tuple[str, ...]:
        columns = self._ask(f"PRAGMA table_info({table.real})")
        return tuple(row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5])

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()

    def _run(self, statement: str) -> None:
        self._connection.execute(statement)
