"""PostgreSQL: one transaction that reads, and is rolled back with its temporary tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading.database import Texts
from shardgen.execution.loading.postgres import PostgresDatabase
from shardgen.execution.verifying.databases.looking import WANTED, OfDialect
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.postgres import Postgres
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

if TYPE_CHECKING:
    from psycopg import Connection

_ROW = "shardgen_row"
_NATIVE = ("integer", "date", "boolean", "uuid", "decimal")
"""Families of types of which equal values are the same."""


class PostgresDoor:
    """See Door."""

    def __init__(self, database: PostgresDatabase) -> None:
        """Look at a database."""
        self._database = database

    def format(self, plan: Plan) -> Format:
        """See Door: texts, since the columns that are there may have other types."""
        form = self._database.format(plan, Differences(), "fill")
        return msgspec.structs.replace(form, binary=())

    @contextlib.contextmanager
    def looking(self, source: Source) -> Iterator[PostgresLooking]:
        """See Door."""
        with self._database.connected() as connection:
            looking = PostgresLooking(self._database, connection, source)
            with self._database.failing("a look at the tables"):
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try:
                yield looking
            finally:
                with contextlib.suppress(DatabaseError), self._database.failing("the end"):
                    connection.execute("ROLLBACK")


class PostgresLooking(OfDialect):
    """See Looking."""

    dialect = Postgres()

    def __init__(
        self, database: PostgresDatabase, connection: Connection[Any], source: Source
    ) -> None:
        """Look at a database over a connection."""
        self._database, self._connection = database, connection
        self._catalog = source.plan.catalog.as_written

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """See Looking."""
        with self._database.failing("a look at the tables"):
            return self._connection.execute(query.encode()).fetchall()

    def succeeds(self, query: str) -> bool:
        """See Looking."""
        import psycopg

        try:
            with self._connection.transaction():
                self._connection.execute(query.encode())
        except (
            psycopg.errors.UndefinedTable,
            psycopg.errors.UndefinedColumn,
            psycopg.errors.InvalidSchemaName,
        ):
            return False
        except psycopg.Error as error:
            words = self._database.said(error)
            raise DatabaseError(f"PostgreSQL refused a look at the tables: {words}") from None
        return True

    def there(self, table: CatalogTable) -> str:
        """See Looking."""
        return self.sql.table_name(table.name)

    def wanted(self, table: CatalogTable) -> str:
        """See Looking."""
        del table
        return f"pg_temp.{WANTED}"

    def row(self, table: CatalogTable, of: str) -> str:
        """See Looking."""
        del table
        return f"{of}.{_ROW}"

    def begin(self, table: CatalogTable) -> None:
        """See Looking."""
        names = self.dialect.names(table)
        self._run(
            f"CREATE TEMP TABLE {WANTED} AS SELECT {names} FROM {self.there(table)} LIMIT 0",
            f"ALTER TABLE pg_temp.{WANTED} ADD {_ROW} bigint GENERATED ALWAYS AS IDENTITY",
        )

    def bring(self, shard: Shard, texts: Texts) -> None:
        """See Looking."""
        names = self.dialect.names(self._catalog.table(shard.table))
        self._run(f"TRUNCATE pg_temp.{WANTED} RESTART IDENTITY")
        into = f"COPY pg_temp.{WANTED} ({names}) FROM STDIN".encode()
        with (
            self._database.failing(f"rows of {shard.table} beside those that are there"),
            self._connection.cursor() as cursor,
            cursor.copy(into) as copy,
        ):
            for text in texts(shard):
                copy.write(text)
        self._run(f"ANALYZE pg_temp.{WANTED}")

    def end(self, table: CatalogTable) -> None:
        """See Looking."""
        self._run(f"DROP TABLE {self.wanted(table)}")

    def differs(self, column: CatalogColumn, one: str, other: str) -> str:
        """See Looking: texts differ wherever they are not the same, whatever their collation."""
        if column.sql_type.family in _NATIVE and not column.stands_for:
            return f"{one} IS DISTINCT FROM {other}"
        return f'{one}::text COLLATE "C" IS DISTINCT FROM {other}::text COLLATE "C"'

    def text(self, column: CatalogColumn, cell: str) -> str:
        """See Looking."""
        if column.sql_type.name == "money":  # it has a sign, as the locale writes it
            return f"{cell}::numeric::text"
        return f"{cell}::text"

    def digests(self, row: str) -> str:
        """See Looking."""
        return f"coalesce(sum(hashtextextended({row}, 0)::numeric), 0)"

    def row_text(self, columns: Iterable[CatalogColumn], of: str) -> str:
        """See Looking."""
        cells = ", ".join(f"{of}.{self.sql.quote(column.name)}" for column in columns)
        return f'ROW({cells})::text COLLATE "C"'

    def _run(self, *statements: str) -> None:
        with self._database.failing("a temporary table; the user needs the right to make one"):
            for statement in statements:
                self._connection.execute(statement.encode())
