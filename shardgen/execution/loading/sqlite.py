"""
SQLite: one connection, in the parent, which runs the INSERT statements that workers have made.

Nobody else may read or write the file meanwhile. The tables are made in their places: SQLite has no
other, so a load that ends early leaves those rows whose shards were complete.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading import ledger
from shardgen.execution.loading.database import MOST_COUNTED, Loader, Session, Texts, Work
from shardgen.execution.loading.last_number import last_number
from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.sqlite_replacing import PREFIX, Replaced, Swap
from shardgen.execution.loading.steps import Step
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.rows_format import SqlRows
from shardgen.output.sql.sqlite import SQLite
from shardgen.plan.plan import Plan
from shardgen.plan.source import Source
from shardgen.schema.qualified_names import flat_name

ROWS_PER_STATEMENT = 200
SECONDS_TO_WAIT = 5.0
_CACHE_KIB = 65_536  # for the pages that keys and indexes are looked up in


class SQLiteDatabase(msgspec.Struct, frozen=True):
    """A file of SQLite, by a URL such as sqlite:///shop.db; see Database."""

    url: str
    title: str = "SQLite"
    dialect: str = "sqlite"
    by_workers: None = None
    """One connection, which does the steps in the order of the dump: parents are there first."""

    @property
    def sql(self) -> SQLite:
        """See Database."""
        return SQLite()

    @property
    def path(self) -> str:
        """The path of the file; DatabaseError where the URL names none."""
        path = self.url.removeprefix("sqlite://").partition("?")[0].removeprefix("/")
        if path in ("", ":memory:"):
            raise DatabaseError("a database in memory is gone at once; write sqlite:///FILE")
        return path

    @property
    def shown(self) -> str:
        """See Database."""
        return f"sqlite:///{self.path}"

    def keys_are_checked(self, way: Way) -> bool:
        """See Database."""
        del way
        return False

    def differences(self, source: Source, way: Way) -> Differences:
        """See Database."""
        if way == "create":
            return Differences()
        from shardgen.execution.loading.comparing import differences  # late: it may be our own

        return differences(self.url, source, way)

    def format(self, plan: Plan, found: Differences, way: Way) -> Format:
        """See Database."""
        return SqlRows(
            dialect=self.dialect,
            style="insert",
            rows_per_statement=ROWS_PER_STATEMENT,
            ddl=plan.format.ddl,
            shard_rows=plan.shard_rows,
            left_out=dict(found.left_out),
            prefix=PREFIX if way == "replace" else "",
        )

    def by(self, form: Format) -> str:
        """See Database."""
        del form
        return "INSERT"

    @contextlib.contextmanager
    def open(self, work: Work) -> Iterator[Session]:
        """See Database."""
        if work.way != "create" and not Path(self.path).is_file():
            raise DatabaseError(f"there is no file {self.path}; a load by --ddl makes it")
        with failing(f"to open {self.path}"):
            connection = sqlite3.connect(
                self.path, isolation_level=None, timeout=SECONDS_TO_WAIT, cached_statements=0
            )
        with contextlib.closing(connection):
            yield SQLiteSession(self, connection, work)


@contextlib.contextmanager
def failing(what: str) -> Iterator[None]:
    """Make DatabaseErrors of SQLite's errors; `what` is what was under way."""
    try:
        yield
    except sqlite3.Error as error:
        hint = "; another program has it open" if "locked" in str(error) else ""
        raise DatabaseError(f"SQLite refused {what}: {error}{hint}") from None


class SQLiteSession:
    """See Session."""

    place = "main"

    def __init__(
        self, database: SQLiteDatabase, connection: sqlite3.Connection, work: Work
    ) -> None:
        """Hold off everybody else from the first write on."""
        self._database, self._connection, self._work = database, connection, work
        self._sql = SQLite()
        self._catalog = work.plan.catalog.as_written.of_tables(work.plan.counts)
        self._has_late = any(self._catalog.late_references)
        with failing(f"to open {database.path}"):
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            # Keys to later tables would fail at the end of a shard: they are looked at in the end.
            is_off = self._has_late or work.way == "replace"
            connection.execute(f"PRAGMA foreign_keys = {'OFF' if is_off else 'ON'}")

    def ledger(self) -> Ledger | None:
        """See Session."""
        with failing("a look for an unfinished load"):
            if not self._is_there(ledger.TABLE):
                return None
            lines = dict(self._connection.execute(f"SELECT step, what FROM {ledger.TABLE}"))
        return Ledger(Head.decode(lines.pop(ledger.HEAD)), frozenset(lines))

    def tables_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """See Session."""
        some = f"SELECT 1 FROM {{name}} LIMIT {MOST_COUNTED + 1}"
        return self._each(tables, f"SELECT count(*) FROM ({some})")

    def rows_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """See Session."""
        return self._each(tables, "SELECT max(count(*), {last}) FROM {name}")

    def _each(self, tables: Iterable[str], query: str) -> Mapping[str, int]:
        """Return what a query says of each table that is there: `{name}` and `{last}` are its."""
        found: dict[str, int] = {}
        with failing("a look at the tables"):
            for table in tables:
                if self._is_there(flat_name(table)):
                    name = self._sql.table_name(table)
                    last = last_number(self._sql, self._catalog.table(table))
                    asked = query.format(name=name, last=last)
                    (found[table],) = self._connection.execute(asked).fetchone()
        return found

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See Session."""
        with failing("a look at the tables"):
            return self._connection.execute(query, tuple(values)).fetchall()

    def begin(self, head: Head) -> None:
        """See Session."""
        with failing("the tables"), self._transaction():
            columns = ", ".join(f"{name} {kind}" for name, kind in ledger.COLUMNS)
            self._connection.execute(f"CREATE TABLE {ledger.TABLE} ({columns})")
            self._connection.execute(
                f"INSERT INTO {ledger.TABLE} VALUES (?, ?)", (ledger.HEAD, head.encode())
            )
            if self._work.way == "replace":
                self._swap().create_staging()
            for statement in self._before_rows():
                self._connection.execute(statement)

    def _swap(self) -> Swap:
        """Return what puts the new rows in the place of those that are there."""
        form, sql = self._work.plan.format, self._sql
        assert isinstance(form, SqlRows), "`format` has chosen it"
        tables = []
        for name in self._work.plan.counts:
            columns = sql.names(form.of_rows(self._catalog.table(name)))
            staged = sql.table_name(f"{PREFIX}{name}")
            tables.append(Replaced(flat_name(name), sql.table_name(name), staged, columns))
        return Swap(self._connection, tables)

    def _before_rows(self) -> Iterator[str]:
        contents = self._work.source.contents()
        if self._work.way == "create":
            catalog = contents.catalog.of_tables(contents.counts)
            for table in contents.tables():
                yield self._sql.create_table(table, catalog)
        elif self._work.way == "truncate":
            for table in reversed([*contents.tables()]):
                yield f"DELETE FROM {self._sql.table_name(table.name)}"

    def finishing(self) -> Iterable[Finishing]:
        """See Session."""
        if self._work.way == "replace":
            return []  # all of it belongs to the swap
        tables = [self._catalog.table(name) for name in self._work.plan.counts]
        names = tuple(self._work.plan.counts)
        found = [*self._sql.finishing(tables, self._catalog)] if self._work.way == "create" else []
        found += (
            Finishing(len(found), names, f"ANALYZE {self._sql.table_name(name)}") for name in names
        )
        return found

    def end(self) -> None:
        """See Session."""
        with failing("the end of the load"), self._transaction():
            if self._work.way == "replace":
                self._swap().run()
            elif self._has_late:
                self._check_keys()
            self._connection.execute(f"DROP TABLE {ledger.TABLE}")

    def _check_keys(self) -> None:
        for table in self._work.plan.counts:
            name = self._sql.table_name(table)
            found = self._connection.execute(f"PRAGMA foreign_key_check({name})").fetchone()
            if found is not None:
                raise DatabaseError(f"a key of {table} leads nowhere, to {found[2]}")

    def what_is_there(self) -> str:
        """See Session."""
        if self._work.way == "create":
            tables = [*reversed(self._work.plan.counts)]
            drops = "; ".join(f"DROP TABLE {self._sql.table_name(name)}" for name in tables)
            return f"its tables are in {self._database.path}; to drop them: {drops}; {_DROP}"
        if self._work.way == "replace":
            names = (self._sql.table_name(f"{PREFIX}{name}") for name in self._work.plan.counts)
            drops = "; ".join(f"DROP TABLE {name}" for name in names)
            return f"tables are as they were; to drop the new rows: {drops}; {_DROP}"
        return f"its ledger is in {self._database.path}; to keep what is in: {_DROP}"

    @contextlib.contextmanager
    def loader(self) -> Iterator[Loader]:
        """See Session."""
        yield self

    def do(self, step: Step, texts: Texts) -> bool:
        """See Loader."""
        line = f"INSERT INTO {ledger.TABLE} VALUES ({step.number}, {self._sql.string(step.what)})"
        texts_of = [bytes(text) for shard in step.shards for text in texts(shard)]
        script = b";\n".join((b"BEGIN IMMEDIATE", line.encode(), step.statement.encode(), b""))
        with failing(step.what), self._rolled_back():
            # All at once: a script begins with a COMMIT of its own, and one for each shard is one
            self._connection.executescript(b"".join((script, *texts_of, b"COMMIT")).decode())
        return True

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._rolled_back():
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _rolled_back(self) -> Iterator[None]:
        """Leave no transaction open when an error ends the block."""
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _is_there(self, name: str) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
        return self._connection.execute(query, (name,)).fetchone() is not None


_DROP = f"DROP TABLE {ledger.TABLE}"
