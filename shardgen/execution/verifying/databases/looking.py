"""
What a database is to its verification: a small protocol, and a file for each that keeps it.

The rows that are wanted go into a temporary table with the columns of the table that is there, a
shard at a time. So both have what the database makes of a value, be it a float, a text with blanks
or JSON; it compares them itself, and nothing of the table crosses to us but what differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from shardgen.execution.loading.database import Texts
from shardgen.output.format import Format
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.literals import Literals
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import Check
from shardgen.schema.sql_text import sql_for

WANTED = "shardgen_wanted"
"""The temporary table, where it may have a name of its own."""


class Looking(Protocol):
    """A connection that sees the database as it is at one moment, and changes nothing of it."""

    @property
    def sql(self) -> Literals:
        """How names and values are written."""

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; DatabaseError where it fails."""

    def succeeds(self, query: str) -> bool:
        """Return whether a query can be asked, as of a table that may not be there."""

    def columns(self, table: CatalogTable) -> tuple[CatalogColumn, ...]:
        """Return the columns that the table has there."""

    def check(self, table: CatalogTable, check: Check) -> str | None:
        """Return the SQL of a CHECK constraint that the table has there; None where it has not."""

    def there(self, table: CatalogTable) -> str:
        """Return the name of the table that is there."""

    def wanted(self, table: CatalogTable) -> str:
        """Return the name of the temporary table."""

    def row(self, table: CatalogTable, of: str) -> str:
        """Return the number of a row of the temporary table, from 1, which is called `of`."""

    def begin(self, table: CatalogTable) -> None:
        """Make the temporary table, without rows."""

    def bring(self, shard: Shard, texts: Texts) -> None:
        """Put the rows of a shard into the temporary table in place of those before."""

    def end(self, table: CatalogTable) -> None:
        """Drop the temporary table."""

    def differs(self, column: CatalogColumn, one: str, other: str) -> str:
        """Return the condition that two cells differ, null from a value too."""

    def text(self, column: CatalogColumn, cell: str) -> str:
        """Return a cell as a text."""

    def digests(self, row: str) -> str:
        """Return a whole number for all rows in any order, of a text for each."""

    def row_text(self, columns: Iterable[CatalogColumn], of: str) -> str:
        """Return all cells of a row as one text, no two rows the same."""


class Door(Protocol):
    """How a kind of database is looked at."""

    def format(self, plan: Plan) -> Format:
        """Return the format of the rows that are brought."""

    def looking(self, source: Source) -> AbstractContextManager[Looking]:
        """Connect; DatabaseError where that cannot be."""


class OfDialect:
    """What the databases of dialects have in common, whose tables are made as the schema says."""

    dialect: Dialect

    @property
    def sql(self) -> Literals:
        """See Looking."""
        return self.dialect

    def columns(self, table: CatalogTable) -> tuple[CatalogColumn, ...]:
        """See Looking."""
        return table.columns

    def check(self, table: CatalogTable, check: Check) -> str | None:
        """See Looking."""
        text = sql_for(check.expression, self.dialect.name)
        return text if self.dialect.has_check(table, check) else None
