"""Which tables of a database are imported, and what they are called in the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from shardgen.importing.described import Database, ForeignKey, Name, Table


class Selection(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The tables that are imported, by what the schema calls them, in the order of their names."""

    tables: Mapping[str, Table]
    called: Mapping[Name, str]

    def keys(self, table: Table) -> Iterator[ForeignKey]:
        """
        Yield the foreign keys of a table that lead to tables that are there, each once.

        A key to the columns themselves, as `x INT REFERENCES its_own_table` is one in MariaDB, is
        none: it names no other row.
        """
        seen = {(key.columns, table.name, key.columns) for key in table.foreign_keys}
        for key in table.foreign_keys:
            if key.table not in self.called:
                continue
            ends = (key.columns, key.table, self.references(key))
            if ends not in seen and len(ends[2]) == len(key.columns):
                seen.add(ends)
                yield key

    def references(self, key: ForeignKey) -> tuple[str, ...]:
        """Return the columns that a key leads to: those of the primary key, where it says none."""
        return key.references or self.parent(key).primary_key

    def referred_to(self, name: Name) -> set[str]:
        """Return the columns of a table that keys lead to."""
        return {column for columns in self.ends_in(name) for column in columns}

    def ends_in(self, name: Name) -> list[tuple[str, ...]]:
        """Return the columns of a table that keys lead to, those of each key together."""
        return self._ends.get(name, [])

    def mismatches(self, table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the ends of keys from or to a table that are not unique as they stand."""
        for parent in (table, *(self.parent(key) for key in self.keys(table))):
            unique = {frozenset(parent.primary_key)} | {
                frozenset(index.columns or ()) for index in parent.unique_sets if not index.where
            }
            keys = (
                () if parent is table else (k for k in self.keys(table) if self.parent(k) is parent)
            )
            ends = self.ends_in(table.name) if parent is table else map(self.references, keys)
            for columns in dict.fromkeys(ends):
                if frozenset(columns) not in unique:
                    yield str(parent.name), columns

    @cached_property
    def _ends(self) -> dict[Name, list[tuple[str, ...]]]:
        ends: dict[Name, list[tuple[str, ...]]] = {}
        for table in self.tables.values():
            for key in self.keys(table):
                ends.setdefault(key.table, []).append(self.references(key))
        return ends

    def parent(self, key: ForeignKey) -> Table:
        """Return the table that a key leads to."""
        return self.tables[self.called[key.table]]


def select(database: Database) -> Selection:
    """Return all tables of a database, those in a database schema of their own by both names."""
    tables = {str(table.name): table for table in database.tables}
    return Selection(tables=tables, called={table.name: name for name, table in tables.items()})
