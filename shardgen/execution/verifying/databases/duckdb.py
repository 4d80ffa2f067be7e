"""DuckDB: the file is opened to be read alone, beside temporary tables of the connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from shardgen.execution.loading.database import Texts
from shardgen.execution.loading.duckdb import DuckDBDatabase, arrow_rows, failing
from shardgen.execution.verifying.databases.looking import WANTED
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.loading.duckdb_tables import DuckDB
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import Check

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS = "shardgen_rows"


class DuckDBDoor:
    """See Door."""

    def __init__(self, database: DuckDBDatabase) -> None:
        """Look at a file."""
        self._database = database

    def format(self, plan: Plan) -> Format:
        """See Door."""
        return self._database.format(plan, Differences(), "fill")

    @contextlib.contextmanager
    def looking(self, source: Source) -> Iterator[DuckDBLooking]:
        """See Door."""
        with self._database.reading() as connection:
            yield DuckDBLooking(connection, source)


class DuckDBLooking:
    """See Looking."""

    sql = DuckDB()

    def __init__(self, connection: DuckDBPyConnection, source: Source) -> None:
        """Look at a file over a connection."""
        self._connection = connection
        self._catalog = source.plan.catalog.as_written

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """See Looking."""
        with failing("a look at the tables"):
            return self._run(query)

    def succeeds(self, query: str) -> bool:
        """See Looking."""
        import duckdb

        with failing("a look at the tables"):
            try:
                self._run(query)
            except (duckdb.CatalogException, duckdb.BinderException):
                return False
        return True

    def columns(self, table: CatalogTable) -> tuple[CatalogColumn, ...]:
        """See Looking: those that a database computes are left out."""
        return table.row_columns

    def check(self, table: CatalogTable, check: Check) -> str | None:
        """See Looking: a load makes none."""
        del table, check
        return None

    def there(self, table: CatalogTable) -> str:
        """See Looking."""
        return self.sql.table_name(table.name)

    def wanted(self, table: CatalogTable) -> str:
        """See Looking."""
        del table
        return f"temp.{WANTED}"

    def row(self, table: CatalogTable, of: str) -> str:
        """See Looking."""
        del table
        return f"({of}.rowid + 1)"

    def begin(self, table: CatalogTable) -> None:
        """See Looking."""
        rows = f"SELECT {self._names(table)} FROM {self.there(table)} LIMIT 0"
        with failing("a temporary table"):
            self._run(f"CREATE TEMP TABLE {WANTED} AS {rows}")

    def bring(self, shard: Shard, texts: Texts) -> None:
        """See Looking."""
        table = self._catalog.table(shard.table)
        self.end(table)
        self.begin(table)
        names = self._names(table)
        with failing(f"rows of {shard.table} beside those that are there"):
            for text in texts(shard):
                self._connection.register(_ROWS, arrow_rows(text))
                into = f"INSERT INTO {self.wanted(table)} ({names})"
                self._run(f"{into} SELECT {names} FROM {_ROWS}")
                self._connection.unregister(_ROWS)

    def end(self, table: CatalogTable) -> None:
        """See Looking."""
        with failing("the end of a temporary table"):
            self._run(f"DROP TABLE {self.wanted(table)}")

    def differs(self, column: CatalogColumn, one: str, other: str) -> str:
        """See Looking."""
        del column
        return f"{one} IS DISTINCT FROM {other}"

    def text(self, column: CatalogColumn, cell: str) -> str:
        """See Looking."""
        return f"hex({cell})" if column.sql_type.family == "bytes" else _text(cell)

    def digests(self, row: str) -> str:
        """See Looking."""
        return f"coalesce(sum(CAST(hash({row}) AS HUGEINT)), 0)"

    def row_text(self, columns: Iterable[CatalogColumn], of: str) -> str:
        """See Looking."""
        cells = (f"{of}.{self.sql.quote(column.name)}" for column in columns)
        texts = (f"coalesce(hex({_text(cell)}), 'NULL')" for cell in cells)
        return f"concat_ws(',', {', '.join(texts)})"

    def _names(self, table: CatalogTable) -> str:
        return ", ".join(self.sql.quote(column.name) for column in table.row_columns)

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(statement).fetchall()
        return rows


def _text(cell: str) -> str:
    return f"CAST({cell} AS VARCHAR)"
