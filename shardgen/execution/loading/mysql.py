"""
MySQL and MariaDB: several connections, each of which brings its shards by LOAD DATA LOCAL.

Tables that are created have staging names in their own databases until all is complete: one
statement renames them; rows that replace others are in such tables too. Definitions commit by
themselves, so the ledger is made first, and has its head when all is made.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading import ledger
from shardgen.execution.loading.database import MOST_COUNTED, Loader, Session, Work
from shardgen.execution.loading.last_number import last_number
from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.mysql_connecting import (
    again_after_deadlock,
    connected,
    failing,
    pymysql,
)
from shardgen.execution.loading.mysql_loader import FILES, MySQLLoader, Place
from shardgen.execution.loading.mysql_replacing import Replaced, Swap
from shardgen.execution.loading.urls import without_password
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.mysql import MySQL
from shardgen.output.sql.mysql_staging import StagedMySQL
from shardgen.output.sql.rows_format import SqlRows
from shardgen.plan.plan import Plan
from shardgen.plan.source import Source
from shardgen.schema.qualified_names import split_name

if TYPE_CHECKING:
    from pymysql import Connection

ROWS_PER_STATEMENT = 1000
SECONDS_TO_LOCK = 10
"""To wait for a load that ends: the server needs a moment to see that a process was killed."""
_ENDED = "shardgen_ledger_ended"
_COLUMNS = "step bigint NOT NULL PRIMARY KEY, what mediumtext NOT NULL"
_SWAP = -1
"""The number of the line that says that new rows have replaced the old ones."""
_MISSING = (1049, 1146)  # no such database, no such table
_TITLES = {"mysql": "MySQL", "mariadb": "MariaDB"}


class MySQLDatabase(msgspec.Struct, frozen=True):
    """A database of MySQL or MariaDB, by a URL such as mysql://root@host/shop; see Database."""

    url: str
    dialect: str = "mysql"

    @property
    def sql(self) -> MySQL:
        """See Database."""
        return MySQL()

    @property
    def title(self) -> str:
        """See Database."""
        return _TITLES[self.url.partition("://")[0].partition("+")[0]]

    @property
    def by_workers(self) -> MySQLDatabase:
        """See Database."""
        return self

    @property
    def shown(self) -> str:
        """See Database."""
        return without_password(self.url)

    def keys_are_checked(self, way: Way) -> bool:
        """See Database: those of tables that it creates are looked at after the rows."""
        return way not in ("create", "replace")

    def differences(self, source: Source, way: Way) -> Differences:
        """See Database."""
        if way == "create":
            return Differences()
        from shardgen.execution.loading.comparing import differences  # late: it may be our own

        return differences(self.url, source, way)

    def format(self, plan: Plan, found: Differences, way: Way) -> Format:
        """See Database: lines, where the server lets a client send files."""
        del way
        with connected(self.url) as connection, self.failing("a look at its settings"):
            ((allowed,),) = _all(connection, "SELECT @@local_infile")
        return SqlRows(
            dialect=self.dialect,
            style="copy" if allowed and Path(FILES).is_dir() else "insert",
            rows_per_statement=ROWS_PER_STATEMENT,
            ddl=plan.format.ddl,
            shard_rows=plan.shard_rows,
            left_out=dict(found.left_out),
        )

    def by(self, form: Format) -> str:
        """See Database."""
        assert isinstance(form, SqlRows), "`format` has chosen it"
        if form.style == "copy":
            return "LOAD DATA LOCAL"
        return "INSERT, since the server has local_infile off"

    @contextlib.contextmanager
    def open(self, work: Work) -> Iterator[Session]:
        """See Database."""
        with connected(self.url) as connection:
            yield MySQLSession(self, connection, work)

    @contextlib.contextmanager
    def connect(self, work: Work, place: str) -> Iterator[Loader]:
        """See Connecting."""
        del place
        with connected(self.url) as connection:
            yield MySQLLoader(self.title, self.url, connection, Place(work))

    def failing(self, what: str) -> contextlib.AbstractContextManager[None]:
        """Make DatabaseErrors of the driver's errors; `what` is what was under way."""
        return failing(self.title, self.url, what)


class MySQLSession:
    """See Session."""

    place = ""

    def __init__(self, database: MySQLDatabase, connection: Connection[Any], work: Work) -> None:
        """Hold off other loads into the same database; DatabaseError where one goes on."""
        self._database, self._connection, self._work = database, connection, work
        self._place = Place(work)
        self._is_swapped = False
        self._lock()

    def ledger(self) -> Ledger | None:
        """See Session. One without a head is of a load that has not begun."""
        with self._database.failing("a look for an unfinished load"):
            self._run(f"DROP TABLE IF EXISTS {_ENDED}")
            if not self._is_there(self._place.ledger):
                return None
            lines = dict(self._all(f"SELECT step, what FROM {self._place.ledger}"))
        head = lines.pop(ledger.HEAD, None)
        self._is_swapped = lines.pop(_SWAP, None) is not None
        return None if head is None else Ledger(Head.decode(head), frozenset(lines))

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
        sql = MySQL()
        with self._database.failing("a look at the tables"):
            for table in tables:
                name = sql.table_name(table)
                if self._is_there(name):
                    last = last_number(sql, self._place.catalog.table(table))
                    ((rows,),) = self._all(query.format(name=name, last=last))
                    found[table] = int(rows)
        return found

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See Session."""
        text = query.replace("%", "%%").replace("?", "%s") if values else query
        with self._database.failing("a look at the tables"):
            return self._all(text, values)

    def begin(self, head: Head) -> None:
        """See Session: the head of the ledger comes last, and says that all the rest is there."""
        place = self._place
        if not place.creates:
            self._refuse_other_engines()
        if self._work.way == "replace":
            with self._database.failing("a look at the tables"):
                self._swap().refuse_triggers()
        with self._database.failing("the tables"):
            if self._is_there(place.ledger):
                self._drop()
            self._run(f"CREATE TABLE {place.ledger} ({_COLUMNS}) ENGINE=InnoDB CHARSET=utf8mb4")
            try:
                for statement in self._before_rows():
                    self._run(statement)
                line = f"INSERT INTO {place.ledger} VALUES (%s, %s)"
                self._all(line, (ledger.HEAD, head.encode()))
            except BaseException:
                with contextlib.suppress(pymysql().Error):
                    self._drop()
                raise

    def _refuse_other_engines(self) -> None:
        """Refuse tables whose rows stay, whatever becomes of a transaction."""
        for table in self._work.plan.counts:
            schema, own = split_name(table)
            query = (
                "SELECT engine FROM information_schema.tables JOIN information_schema.engines "
                "USING (engine) WHERE transactions <> 'YES' AND table_name = %s "
                "AND table_schema = coalesce(%s, database())"
            )
            with self._database.failing("a look at the tables"):
                found = self._all(query, (own, schema or None))
            if found:
                what = (
                    f"the table {table} is of the engine {found[0][0]}, which has no transactions"
                )
                name = MySQL().table_name(table)
                raise DatabaseError(f"{what}; ALTER TABLE {name} ENGINE=InnoDB")

    def _before_rows(self) -> Iterator[str]:
        sql, way = self._place.sql, self._work.way
        if way == "truncate":
            yield "SET foreign_key_checks = 0"  # tables that refer to each other are emptied
            yield from (f"TRUNCATE TABLE {sql.table_name(name)}" for name in self._work.plan.counts)
            yield "SET foreign_key_checks = 1"
        if way == "replace":
            yield from self._swap().create_staging()
        if way == "create":
            yield from self._created()

    def _created(self) -> Iterator[str]:
        sql = self._place.sql
        contents = self._work.source.contents()
        catalog = contents.catalog.of_tables(contents.counts)
        yield from sql.create_schemas(catalog)
        late = {table.name for table, _ in catalog.late_references}
        for table in contents.tables():
            if table.name in late:  # one that it refers to is not there yet
                yield "SET foreign_key_checks = 0"
            yield sql.create_table(table, catalog)
            yield "SET foreign_key_checks = 1"

    def finishing(self) -> Iterable[Finishing]:
        """See Session. Statistics come last: they need the indexes."""
        place = self._place
        if self._work.way == "replace":
            return []  # all of it belongs to the swap
        tables = [place.catalog.table(name) for name in self._work.plan.counts]
        found = [*place.sql.finishing(tables, place.catalog)] if place.creates else []
        last = 1 + max((each.stage for each in found), default=-1)
        for table in tables:
            analyze = f"ANALYZE TABLE {place.sql.table_name(table.name)}"
            found.append(Finishing(last, (table.name,), analyze))
        return found

    def end(self) -> None:
        """See Session: one statement gives the tables their names, and takes the ledger's."""
        sql, moves = self._place.sql, [(self._place.ledger, _ENDED)]
        with self._database.failing("the end of the load"):
            if self._work.way == "replace":
                self._replace()
            elif isinstance(sql, StagedMySQL):
                moves = [*sql.moves(), *moves]
            self._run("RENAME TABLE " + ", ".join(f"{old} TO {new}" for old, new in moves))
            self._run(f"DROP TABLE {_ENDED}")

    def _replace(self) -> None:
        """Put the rows that are ready in their place, and drop the tables that they were in."""
        self._run("SET foreign_key_checks = 0")
        if not self._is_swapped:
            self._is_swapped = again_after_deadlock(self._swapped)
        for name in self._work.plan.counts:
            self._run(f"ANALYZE TABLE {MySQL().table_name(name)}")
        for name in self._work.plan.counts:
            self._run(f"DROP TABLE IF EXISTS {self._place.sql.table_name(name)}")

    def _swapped(self) -> bool:
        """Replace the rows in one transaction, together with its line in the ledger."""
        self._run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")  # what is read stays so
        self._run("START TRANSACTION")
        try:
            line = f"INSERT INTO {self._place.ledger} VALUES (%s, %s)"
            self._all(line, (_SWAP, "the new rows are in their place"))
            self._swap().run()
            self._run("COMMIT")
        except BaseException:
            with contextlib.suppress(pymysql().Error):  # it may be lost
                self._run("ROLLBACK")
            raise
        return True

    def _swap(self) -> Swap:
        """Return what puts the new rows in the place of those that are there."""
        place, sql, tables = self._place, MySQL(), []
        for called in self._work.plan.counts:
            columns = sql.names(place.format.of_rows(place.catalog.table(called)))
            schema, name = split_name(called)
            real, staged = sql.table_name(called), place.sql.table_name(called)
            tables.append(Replaced(called, schema or None, name, real, staged, columns))
        return Swap(self._all, tables)

    def what_is_there(self) -> str:
        """See Session."""
        drops = "; ".join(self._drops())
        if self._is_swapped:
            return f"the new rows are in their place; to drop what is left: {drops}"
        if self._work.way == "replace":
            where = "tables are as they were, and the new rows in some such as shardgen_load_1"
            return f"{where}; to drop them: {drops}"
        if self._place.is_staged:
            names = "tables have names such as shardgen_load_1 until all is complete"
            return f"{names}; to drop them: {drops}"
        return f"the ledger is in {self._database.shown}; to keep what is in: {drops}"

    def _drops(self) -> Iterator[str]:
        """Yield the statements that drop what a load has made: children first."""
        sql = self._place.sql
        if any(self._place.catalog.late_references):
            yield "SET foreign_key_checks = 0"
        if self._place.is_staged:
            names = ", ".join(map(sql.table_name, reversed([*self._work.plan.counts])))
            yield f"DROP TABLE IF EXISTS {names}"
        yield f"DROP TABLE {self._place.ledger}"

    def _drop(self) -> None:
        for statement in self._drops():
            self._run(statement)
        self._run("SET foreign_key_checks = 1")

    @contextlib.contextmanager
    def loader(self) -> Iterator[Loader]:
        """See Session."""
        yield MySQLLoader(self._database.title, self._database.url, self._connection, self._place)

    def _lock(self) -> None:
        """Take the lock that a session keeps, whatever transactions it has."""
        with self._database.failing("the lock of a load"):
            ((name,),) = self._all("SELECT database()")
            digest = hashlib.blake2b(str(name).encode(), digest_size=16).hexdigest()
            query = "SELECT get_lock(%s, %s)"  # a name has at most 64 characters
            ((taken,),) = self._all(query, (f"shardgen load {digest}", SECONDS_TO_LOCK))
        if taken != 1:
            where = self._database.shown
            raise DatabaseError(f"another load into {where} goes on; wait for it")

    def _is_there(self, name: str) -> bool:
        try:
            self._run(f"SELECT 1 FROM {name} LIMIT 0")
        except pymysql().Error as error:
            if error.args[0] in _MISSING:
                return False
            raise
        return True

    def _run(self, statement: str) -> None:
        self._all(statement)

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return _all(self._connection, query, values)


def _all(
    connection: Connection[Any], query: str, values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, tuple(values) or None)
        return list(cursor.fetchall())
