"""
DuckDB: rows that stand in tables beside take the place of a table's own, and of nothing else.

All of it is one transaction, which deletes and inserts. The tables that a load makes have no
foreign keys, so the schema says which tables lead to them; one that has some of DuckDB's own is
refused, since DuckDB looks at these row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading.children import is_lost, lost_rows
from shardgen.importing.comparing.differences import ChildKey
from shardgen.output.loading.duckdb_tables import DuckDB
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.qualified_names import split_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PREFIX = "shardgen_load_"
"""What the names of tables begin with in which the new rows are."""
DEFAULT_SCHEMA = "main"
_LEAST = (1, 3)
"""The first DuckDB that takes a key again within the transaction that has deleted it."""
_KEYS_TO = """
    SELECT DISTINCT table_name FROM duckdb_constraints()
    WHERE database_name = current_database() AND constraint_type = 'FOREIGN KEY'
    AND lower(schema_name) = lower(?) AND lower(referenced_table) = lower(?) ORDER BY 1
"""


class Replaced(msgspec.Struct, frozen=True):
    """A table whose rows are replaced, with the columns that are brought, and where they are."""

    table: CatalogTable
    staged: str


class Swap:
    """The statements of the swap; `run` is to be within a transaction."""

    def __init__(self, connection: DuckDBPyConnection, tables: Iterable[Replaced]) -> None:
        """Take a connection, and the tables with their rows beside them."""
        self._connection, self._tables, self._sql = connection, [*tables], DuckDB()
        self.staged = {each.table.name: each.staged for each in self._tables}

    def refuse(self, version: str) -> None:
        """Raise DatabaseError where this DuckDB could not replace rows."""
        if self._tables and tuple(map(int, version.split(".")[:2])) < _LEAST:
            what = f"DuckDB {version} takes no key again in the transaction that has deleted it"
            raise DatabaseError(f"{what}, so no rows can be replaced; use DuckDB 1.3 or later")
        for each in self._tables:
            schema, own = split_name(each.table.name)
            found = self._ask(_KEYS_TO, (schema or DEFAULT_SCHEMA, own))
            if found:
                names = ", ".join(name for (name,) in found)
                what = f"keys of {names} lead to {each.table.name}, whose rows are to be replaced"
                raise DatabaseError(
                    f"{what}, and DuckDB lets none of them go, be it for a moment; use truncate, "
                    "with all of these tables"
                )

    def create_staging(self) -> Iterator[str]:
        """Yield the statements that make the tables for the new rows, of the same types."""
        for each in self._tables:
            name = self._sql.table_name(each.table.name)
            yield f"CREATE TABLE {each.staged} AS SELECT {self._names(each)} FROM {name} LIMIT 0"

    def drop_staging(self) -> Iterator[str]:
        """Yield the statements that drop them."""
        for each in self._tables:
            yield f"DROP TABLE {each.staged}"

    def run(self, children: Iterable[ChildKey]) -> None:
        """Replace the rows; DatabaseError where a key would lead nowhere."""
        self._check_children(children)
        for each in self._tables:
            self._ask(f"DELETE FROM {self._sql.table_name(each.table.name)}")
        for each in self._tables:
            name, columns = self._sql.table_name(each.table.name), self._names(each)
            self._ask(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {each.staged}")
        for each in self._tables:
            for query in self._sql.key_checks(each.table):
                found = self._ask(query)
                if found:
                    raise DatabaseError(f"a key of {each.table.name} leads nowhere: {found[0]}")
        for statement in self.drop_staging():
            self._ask(statement)

    def _check_children(self, children: Iterable[ChildKey]) -> None:
        """Refuse children that lead to a row that is there, and would lead to none."""
        found = []
        for child in children:
            old, new = self._sql.table_name(child.parent), self.staged[child.parent]
            columns, own = (
                [*map(self._sql.quote, names)] for names in (child.columns, child.references)
            )
            name = self._sql.table_name(str(child.table))
            ((count,),) = self._ask(lost_rows(name, columns, own, old, new))
            if count:
                found.append(is_lost(count, str(child.table), child.columns, child.parent))
        if found:
            raise DatabaseError(f"nothing is replaced: {'; '.join(found)}")

    def _names(self, each: Replaced) -> str:
        return ", ".join(self._sql.quote(column.name) for column in each.table.row_columns)

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(query, list(values)).fetchall()
        return found
