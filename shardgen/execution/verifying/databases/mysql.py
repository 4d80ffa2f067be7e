"""MySQL and MariaDB: one transaction that reads, beside temporary tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from shardgen.execution.loading.database import Texts, Work
from shardgen.execution.loading.mysql import MySQLDatabase
from shardgen.execution.loading.mysql_connecting import connected, pymysql
from shardgen.execution.loading.mysql_loader import MySQLLoader, Place
from shardgen.execution.verifying.databases.looking import WANTED, OfDialect
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.mysql import MySQL
from shardgen.output.sql.mysql_staging import StagedMySQL
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

if TYPE_CHECKING:
    from pymysql import Connection

_ROW = "shardgen_row"
_MISSING = (1049, 1054, 1146)  # no such database, column, table
_NATIVE = ("integer", "date", "timestamp", "time", "boolean", "decimal", "float", "bytes", "bits")
"""Families of types that are compared as they are: of other texts letters and blanks count."""


class MySQLDoor:
    """See Door."""

    def __init__(self, database: MySQLDatabase) -> None:
        """Look at a database."""
        self._database = database

    def format(self, plan: Plan) -> Format:
        """See Door."""
        return self._database.format(plan, Differences(), "fill")

    @contextlib.contextmanager
    def looking(self, source: Source) -> Iterator[MySQLLooking]:
        """See Door."""
        with connected(self._database.url) as connection:
            looking = MySQLLooking(self._database, connection, source)
            looking.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            looking.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            yield looking


class MySQLLooking(OfDialect):
    """See Looking."""

    dialect = MySQL()

    def __init__(
        self, database: MySQLDatabase, connection: Connection[Any], source: Source
    ) -> None:
        """Look at a database over a connection."""
        self._database, self._connection = database, connection
        self._catalog = source.plan.catalog.as_written
        self._work = Work(source, "fill")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """See Looking."""
        with self._database.failing("a look at the tables"):
            return self.run(query)

    def succeeds(self, query: str) -> bool:
        """See Looking."""
        with self._database.failing("a look at the tables"):
            try:
                self.run(query)
            except pymysql().Error as error:
                if error.args[0] in _MISSING:
                    return False
                raise
        return True

    def run(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def there(self, table: CatalogTable) -> str:
        """See Looking."""
        return self.sql.table_name(table.name)

    def wanted(self, table: CatalogTable) -> str:
        """See Looking."""
        return self._staged(table.name).table_name(table.name)

    def _staged(self, name: str) -> StagedMySQL:
        return StagedMySQL({name: WANTED})

    def row(self, table: CatalogTable, of: str) -> str:
        """See Looking."""
        del table
        return f"{of}.{_ROW}"

    def begin(self, table: CatalogTable) -> None:
        """See Looking. A definition of another kind would end the transaction."""
        made = f"{self.wanted(table)} ({_ROW} bigint NOT NULL AUTO_INCREMENT PRIMARY KEY)"
        rows = f"SELECT {self.dialect.names(table)} FROM {self.there(table)} LIMIT 0"
        with self._database.failing("a temporary table; the user needs the right to make one"):
            self.run(f"CREATE TEMPORARY TABLE {made} {rows}")

    def bring(self, shard: Shard, texts: Texts) -> None:
        """See Looking."""
        table = self._catalog.table(shard.table)
        self.end(table)
        self.begin(table)
        place = Place(self._work)
        place.sql = self._staged(shard.table)
        loader = MySQLLoader(self._database.title, self._database.url, self._connection, place)
        with (
            self._database.failing(f"rows of {shard.table} beside those that are there"),
            self._connection.cursor() as cursor,
        ):
            loader.bring(cursor, shard, texts)

    def end(self, table: CatalogTable) -> None:
        """See Looking."""
        with self._database.failing("the end of a temporary table"):
            self.run(f"DROP TEMPORARY TABLE {self.wanted(table)}")

    def differs(self, column: CatalogColumn, one: str, other: str) -> str:
        """See Looking: of texts the bytes are compared, whatever their collation."""
        if column.sql_type.family in _NATIVE and not column.stands_for:
            return f"NOT ({one} <=> {other})"
        return f"NOT ({_bytes(one)} <=> {_bytes(other)})"

    def text(self, column: CatalogColumn, cell: str) -> str:
        """See Looking."""
        return f"hex({cell})" if column.sql_type.family in ("bytes", "bits") else f"{_text(cell)}"

    def digests(self, row: str) -> str:
        """See Looking."""
        number = f"CAST(conv(left(md5({row}), 15), 16, 10) AS DECIMAL(20))"
        return f"coalesce(sum({number}), 0)"

    def row_text(self, columns: Iterable[CatalogColumn], of: str) -> str:
        """See Looking."""
        cells = (f"{of}.{self.sql.quote(column.name)}" for column in columns)
        texts = (f"coalesce(hex({_bytes(cell)}), 'NULL')" for cell in cells)
        return f"concat_ws(',', {', '.join(texts)})"


def _text(cell: str) -> str:
    return f"CAST({cell} AS CHAR)"


def _bytes(cell: str) -> str:
    return f"CAST({_text(cell)} AS BINARY)"
