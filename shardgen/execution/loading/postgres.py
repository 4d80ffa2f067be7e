"""
PostgreSQL: several connections, each of which brings its shards by COPY.

Tables that are created stand in a staging schema until all is complete: one transaction moves them
to their places, so nobody ever sees half of them. The ledger is in that schema too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import DatabaseError, missing_package
from shardgen.execution.loading import ledger
from shardgen.execution.loading.database import MOST_COUNTED, Loader, Session, Texts, Work
from shardgen.execution.loading.last_number import last_number
from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.postgres_place import Place
from shardgen.execution.loading.postgres_replacing import Swap, create_staging
from shardgen.execution.loading.steps import Step, rows_of
from shardgen.execution.loading.urls import without_password
from shardgen.execution.loading.words import said, secrets_of
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.binary_copy import can_be_binary
from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.postgres import Postgres
from shardgen.output.sql.postgres_staging import StagedPostgres
from shardgen.output.sql.rows_format import SqlRows
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from psycopg import Connection

SECONDS_TO_CONNECT = 10
SECONDS_TO_LOCK = 10
"""To wait for a load that ends: the server needs a moment to see that a process was killed."""
_SETTINGS = (
    "SET client_encoding = 'UTF8'",
    "SET TIME ZONE 'UTC'",
    "SET standard_conforming_strings = on",
    "SET statement_timeout = 0",
    "SET lock_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    "SET synchronous_commit = off",  # the ledger and its rows are lost together, or neither is
)
_LOST = ("08", "57P0")  # what the server says as it ends a connection, by its state of SQL
_SINGLE = "SELECT oid::regclass::text FROM pg_class WHERE oid = to_regclass(%s)"


class PostgresDatabase(msgspec.Struct, frozen=True):
    """A database of PostgreSQL, by its URL as libpq reads it; see Database."""

    url: str
    title: str = "PostgreSQL"
    dialect: str = "postgres"

    @property
    def sql(self) -> Postgres:
        """See Database."""
        return Postgres()

    @property
    def by_workers(self) -> PostgresDatabase:
        """See Database."""
        return self

    @property
    def shown(self) -> str:
        """See Database."""
        return without_password(self.url)

    def keys_are_checked(self, way: Way) -> bool:
        """See Database: tables that it creates get their keys after the rows, as staging does."""
        return way not in ("create", "replace")

    def differences(self, source: Source, way: Way) -> Differences:
        """See Database."""
        if way == "create":
            return Differences()
        from shardgen.execution.loading.comparing import differences  # late: it may be our own

        return differences(self.url, source, way, search_path=self._search_path())

    def _search_path(self) -> Sequence[str]:
        """Return the schemas where tables are looked for whose names say none."""
        with self.connected() as connection, self.failing("a look at the search path"):
            query = b"SELECT current_schema(), current_schemas(false)::text[]"
            own, schemas = connection.execute(query).fetchone() or (None, [])
        return ["" if name == own else name for name in schemas]

    def format(self, plan: Plan, found: Differences, way: Way) -> Format:
        """See Database: tables whose types are as the schema says take binary COPY."""
        del way
        tables = (plan.catalog.as_written.table(name) for name in plan.counts)
        return SqlRows(
            dialect=self.dialect,
            style="copy",
            rows_per_statement=plan.shard_rows,
            ddl=plan.format.ddl,
            shard_rows=plan.shard_rows,
            left_out=dict(found.left_out),
            binary=tuple(
                table.name
                for table in tables
                if table.name not in found.retyped and can_be_binary(table)
            ),
        )

    def by(self, form: Format) -> str:
        """See Database."""
        assert isinstance(form, SqlRows), "`format` has chosen it"
        return "binary COPY" if form.binary else "COPY"

    @contextlib.contextmanager
    def open(self, work: Work) -> Iterator[Session]:
        """See Database."""
        with self.connected() as connection:
            yield PostgresSession(self, connection, work)

    @contextlib.contextmanager
    def connect(self, work: Work, place: str) -> Iterator[Loader]:
        """See Database."""
        with self.connected() as connection:
            yield PostgresLoader(self, connection, Place(place, work))

    @contextlib.contextmanager
    def connected(self) -> Iterator[Connection[Any]]:
        """Give a connection with the settings of a load; DatabaseError where there is none."""
        psycopg = _psycopg()
        # libpq takes what the URL leaves out from PGPASSWORD, PGSERVICE, ~/.pgpass and the like
        waits = {} if "connect_timeout" in self.url else {"connect_timeout": SECONDS_TO_CONNECT}
        try:
            connection = psycopg.connect(self.url, autocommit=True, **waits)
        except psycopg.Error as error:
            words = self.said(error)
            hint = "; a password is read from PGPASSWORD or ~/.pgpass where the URL has none"
            hint = hint if "password" in words or "authentication" in words else ""
            raise DatabaseError(f"cannot connect to {self.shown}: {words}{hint}") from None
        with connection:
            with self.failing("the settings of the connection"):
                for statement in _SETTINGS:
                    connection.execute(statement)
            yield connection

    def said(self, error: Exception) -> str:
        """Return what the server says, in a line, without a password."""
        return said(error, secrets_of(self.url))

    @contextlib.contextmanager
    def failing(self, what: str) -> Iterator[None]:
        """Make DatabaseErrors of the driver's errors; `what` is what was under way."""
        psycopg = _psycopg()
        try:
            yield
        except psycopg.OperationalError as error:
            words = self.said(error)
            if error.sqlstate is None or error.sqlstate.startswith(_LOST):
                lost = f"the connection to {self.shown} was lost during {what}"
                raise DatabaseError(f"{lost}: {words}") from None
            raise DatabaseError(f"{self.title} did not finish {what}: {words}") from None
        except psycopg.Error as error:
            raise DatabaseError(f"{self.title} refused {what}: {self.said(error)}") from None


class PostgresSession:
    """See Session."""

    def __init__(self, database: PostgresDatabase, connection: Connection[Any], work: Work) -> None:
        """Hold off other loads into the same schema; DatabaseError where one goes on."""
        self._database, self._connection, self._work = database, connection, work
        with database.failing("a look at the search path"):
            (schema,) = self._one("SELECT current_schema()")
        if schema is None:
            raise DatabaseError(
                f"no schema of the search_path is in {database.shown}; create one, or name it in "
                "the URL: ?options=-csearch_path%3Dname"
            )
        self._place = Place(schema, work)
        self._lock()

    @property
    def place(self) -> str:
        """See Session."""
        return self._place.schema

    def ledger(self) -> Ledger | None:
        """See Session."""
        with self._database.failing("a look for an unfinished load"):
            if not self._is_there(self._place.ledger):
                return None
            lines = dict(self._all(f"SELECT step, what FROM {self._place.ledger}"))
        head = Head.decode(lines.pop(ledger.HEAD))
        return Ledger(head, frozenset(lines))

    def tables_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """See Session."""
        some = f"SELECT 1 FROM {{name}} LIMIT {MOST_COUNTED + 1}"
        return self._each(tables, f"SELECT count(*) FROM ({some}) AS first")

    def rows_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """See Session."""
        return self._each(tables, "SELECT greatest(count(*), {last}) FROM {name}")

    def _each(self, tables: Iterable[str], query: str) -> Mapping[str, int]:
        """Return what a query says of each table that is there: `{name}` and `{last}` are its."""
        found: dict[str, int] = {}
        sql = Postgres()
        with self._database.failing("a look at the tables"):
            for table in tables:
                name = sql.table_name(table)
                if self._is_there(name):
                    last = last_number(sql, self._place.catalog.table(table))
                    (found[table],) = self._one(query.format(name=name, last=last))
        return found

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See Session."""
        text = query.replace("%", "%%").replace("?", "%s") if values else query
        with self._database.failing("a look at the tables"):
            return self._connection.execute(text.encode(), tuple(values) or None).fetchall()

    def begin(self, head: Head) -> None:
        """See Session."""
        place, sql = self._place, self._place.sql
        with self._database.failing("the tables"), self._connection.transaction():
            for schema in place.used:
                self._run(f"CREATE SCHEMA {sql.quote(schema)}")
            columns = ", ".join(f"{name} {kind}" for name, kind in ledger.COLUMNS)
            self._run(f"CREATE TABLE {place.ledger} ({columns})")
            line = f"INSERT INTO {place.ledger} VALUES (%s, %s)"
            self._connection.execute(line.encode(), (ledger.HEAD, head.encode()))
            for statement in self._before_rows():
                self._run(statement)

    def _before_rows(self) -> Iterator[str]:
        sql, way = self._place.sql, self._work.way
        if way == "truncate":
            tables = ", ".join(map(sql.table_name, self._work.plan.counts))
            yield f"TRUNCATE {tables}"
        if way == "replace":
            for name in self._work.plan.counts:
                yield create_staging(Postgres().table_name(name), sql.table_name(name))
        if way == "create":
            yield from self._created()

    def _created(self) -> Iterator[str]:
        sql, contents = self._place.sql, self._work.source.contents()
        catalog = contents.catalog.of_tables(contents.counts)
        yield from sql.create_schemas(catalog)
        yield from (f"DO {sql.string(_unless_there(made))}" for made in sql.create_types(catalog))
        for table in contents.tables():
            yield sql.create_table(table, catalog)
            yield from sql.comments(table)

    def finishing(self) -> Iterable[Finishing]:
        """See Session. Statistics come last, a table each: they need its indexes."""
        place = self._place
        tables = [place.catalog.table(name) for name in self._work.plan.counts]
        found: list[Finishing] = []
        if self._work.way == "replace":
            return found  # all of it belongs to the swap
        if place.creates:
            found += place.sql.finishing(tables, place.catalog)
        last = 1 + max((each.stage for each in found), default=-1)
        for table in tables:
            for statement in place.sql.end_data([table], ddl=place.creates):
                found.append(Finishing(last, (table.name,), statement))
            found.append(
                Finishing(last, (table.name,), f"ANALYZE {place.sql.table_name(table.name)}")
            )
        return found

    def end(self) -> None:
        """See Session."""
        place, sql = self._place, self._place.sql
        with self._database.failing("the end of the load"), self._connection.transaction():
            self._run("SET LOCAL synchronous_commit = on")
            if self._work.way == "replace":
                self._replace()
            self._run(f"DROP TABLE {place.ledger}")
            if place.creates and isinstance(sql, StagedPostgres):
                for statement in sql.move(place.catalog, place.schema):
                    self._run(statement)
            for schema in place.used:
                self._run(f"DROP SCHEMA {sql.quote(schema)}")

    def _replace(self) -> None:
        """Put the rows that are ready in the place of those that are there."""
        place, swap = self._place, Swap(self._connection, Postgres())
        tables = []
        for name in self._work.plan.counts:
            table, staged = place.catalog.table(name), place.sql.table_name(name)
            tables.append(swap.replaced(place.format.of_rows(table), staged))
        swap.run(tables)
        for each in tables:
            self._run(f"DROP TABLE {each.staged}")

    def what_is_there(self) -> str:
        """See Session."""
        names = ", ".join(map(self._place.sql.quote, self._place.used))
        where = {
            "create": "tables are in staging",
            "replace": "tables are as they were, and the new rows are",
        }.get(self._work.way, "the ledger is")
        return f"{where} in the schema {names}; to drop them: DROP SCHEMA {names} CASCADE"

    @contextlib.contextmanager
    def loader(self) -> Iterator[Loader]:
        """See Session."""
        yield PostgresLoader(self._database, self._connection, self._place)

    def _lock(self) -> None:
        """Take the lock that a session keeps, whatever transactions it has."""
        psycopg = _psycopg()
        keys = "hashtext('shardgen load'), hashtext(%s)"
        with self._database.failing("the lock of a load"):
            try:
                self._run(f"SET lock_timeout = '{SECONDS_TO_LOCK}s'")
                self._connection.execute(
                    f"SELECT pg_advisory_lock({keys})".encode(), (self._place.schema,)
                )
                self._run("SET lock_timeout = 0")
            except psycopg.errors.LockNotAvailable:
                where = f"the schema {self._place.schema} of {self._database.shown}"
                raise DatabaseError(f"another load into {where} goes on; wait for it") from None

    def _is_there(self, name: str) -> bool:
        return self._connection.execute(_SINGLE.encode(), (name,)).fetchone() is not None

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def _one(self, query: str) -> Any:
        return self._connection.execute(query.encode()).fetchone()

    def _all(self, query: str) -> list[Any]:
        return self._connection.execute(query.encode()).fetchall()


def _unless_there(create: str) -> str:
    """Return a block that makes a type, or leaves one as it is that is there: types stay behind."""
    return f"BEGIN {create}; EXCEPTION WHEN duplicate_object THEN NULL; END"


class PostgresLoader:
    """See Loader."""

    def __init__(
        self, database: PostgresDatabase, connection: Connection[Any], place: Place
    ) -> None:
        """Do steps over a connection."""
        self._database, self._connection, self._place = database, connection, place

    def do(self, step: Step, texts: Texts) -> bool:
        """
        See Loader.

        The line in the ledger comes first: where another process, whose parent was killed, is about
        to commit the same step, this waits for it, and then has nothing to do.
        """
        line = f"INSERT INTO {self._place.ledger} VALUES (%s, %s) ON CONFLICT DO NOTHING"
        with self._database.failing(step.what), self._connection.transaction():
            entered = self._connection.execute(line.encode(), (step.number, step.what))
            if not entered.rowcount:
                return False
            if step.statement:
                self._connection.execute(step.statement.encode())
            self._copy_all(step.shards, texts)
        return True

    def _copy_all(self, shards: tuple[Shard, ...], texts: Texts) -> None:
        waits = len(shards) > 1
        if waits:
            self._run_all(self._place.sql.defer(self._place.catalog))
        for shard in shards:
            self._copy(shard, texts)
        if waits:
            self._run_all(self._place.sql.end_defer(self._place.catalog))

    def _copy(self, shard: Shard, texts: Texts) -> None:
        psycopg = _psycopg()
        try:
            with self._connection.cursor() as cursor, cursor.copy(self._statement(shard)) as copy:
                for text in texts(shard):
                    copy.write(text)
        except psycopg.OperationalError as error:
            raise DatabaseError(
                f"the connection to {self._database.shown} was lost while {rows_of(shard)} went "
                f"in: {self._database.said(error)}"
            ) from None
        except psycopg.Error as error:
            what = self._refused(shard, error)
            raise DatabaseError(
                f"PostgreSQL refused {what}: {self._database.said(error)}"
            ) from None

    def _statement(self, shard: Shard) -> bytes:
        sql, form = self._place.sql, self._place.format
        table = form.of_rows(self._place.catalog.table(shard.table))
        how = " (FORMAT binary)" if table.name in form.binary else ""
        return f"COPY {sql.table_name(table.name)} ({sql.names(table)}) FROM STDIN{how}".encode()

    @staticmethod
    def _refused(shard: Shard, error: Any) -> str:
        """Return which rows were refused, and the row itself where the server says its line."""
        import re

        line = re.search(r", line (\d+)", error.diag.context or "")
        row = "" if line is None else f" (row {shard.start + int(line[1]) - 1:,})"
        return rows_of(shard) + row

    def _run_all(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._connection.execute(statement.encode())


def _psycopg() -> ModuleType:
    try:
        import psycopg
    except ImportError:
        raise missing_package("loading into PostgreSQL", "psycopg", "postgres") from None
    return psycopg
