"""Which tables of a database are imported, and what they are called in the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from shardgen.importing.described import Database, ForeignKey, Name, Table


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The tables that are imported, by what the schema calls them, in the order of their names."""

    tables: Mapping[str, Table]
    called: Mapping[Name, str]

    def keys(self, table: Table) -> Iterator[ForeignKey]:
        """Yield the foreign keys of a table that lead to tables that are there, each once."""
        seen = set()
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
        return {
            column
            for table in self.tables.values()
            for key in table.foreign_keys
            if key.table == name
            for column in self.references(key)
        }

    def parent(self, key: ForeignKey) -> Table:
        """Return the table that a key leads to."""
        return self.tables[self.called[key.table]]


def select(database: Database) -> Selection:
    """Return all tables of a database, those in a database schema of their own by both names."""
    tables = {str(table.name): table for table in database.tables}
    return Selection(tables=tables, called={table.name: name for name, table in tables.items()})
