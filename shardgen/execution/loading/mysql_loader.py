"""
Steps of a load over a connection to MySQL: rows by LOAD DATA LOCAL from a pipe, or by INSERT.

LOAD DATA LOCAL reads to the end whatever comes, and leaves out or changes what it cannot take, with
a warning: so rows are counted and warnings looked at before a step is committed.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from shardgen.errors import DatabaseError
from shardgen.execution.loading import ledger
from shardgen.execution.loading.database import Texts, Work
from shardgen.execution.loading.mysql_connecting import (
    again_after_deadlock,
    as_database_error,
    pymysql,
)
from shardgen.execution.loading.steps import Step, rows_of
from shardgen.output.sql.mysql import MySQL
from shardgen.output.sql.mysql_load import load_data
from shardgen.output.sql.mysql_staging import StagedMySQL, key_checks
from shardgen.output.sql.rows_format import SqlRows
from shardgen.output.text.kinds import Buffer
from shardgen.plan.plan import Shard

if TYPE_CHECKING:
    from pymysql import Connection
    from pymysql.cursors import Cursor

FILES = "/dev/fd"
"""Where a process finds what it has open; without it there are no pipes to load from."""
_SAME_NAME = 1061
_STAGED = "shardgen_load_"
_AT_ROW = re.compile(r" at row ([1-9]\d*)")


class Place:
    """Where the rows of a load go, and its ledger: under staging names, where it makes tables."""

    def __init__(self, work: Work) -> None:
        """Name what a load makes."""
        assert isinstance(work.plan.format, SqlRows), "`format` has chosen it"
        self.format = work.plan.format
        self.catalog = work.plan.catalog.as_written.of_tables(work.plan.counts)
        self.creates = work.way == "create"
        self.is_staged = self.creates or work.way == "replace"
        self.staging: Mapping[str, str] = {}
        self.sql = MySQL()
        if self.is_staged:
            self.staging = {t: f"{_STAGED}{n}" for n, t in enumerate(work.plan.counts, 1)}
            self.sql = StagedMySQL(self.staging)
        self.ledger = self.sql.quote(ledger.TABLE)

    def told(self, error: DatabaseError) -> DatabaseError:
        """Return an error with the names that tables are to have."""
        names = {staged: name for name, staged in self.staging.items()}
        called = re.sub(rf"\b{_STAGED}\d+\b", lambda m: names.get(m[0], m[0]), str(error))
        return DatabaseError(called)


class MySQLLoader:
    """See Loader."""

    def __init__(self, title: str, url: str, connection: Connection[Any], place: Place) -> None:
        """Do steps over a connection."""
        self._title, self._url = title, url
        self._connection, self._place = connection, place
        self._under_way = ""

    def do(self, step: Step, texts: Texts) -> bool:
        """See Loader. A step that was given up for another one is tried again."""
        try:
            return again_after_deadlock(lambda: self._do(step, texts))
        except pymysql().Error as error:
            found = as_database_error(error, self._title, self._url, self._under_way)
            raise self._place.told(found) from None

    def _do(self, step: Step, texts: Texts) -> bool:
        self._under_way = step.what
        return self._statement(step) if step.statement else self._rows(step, texts)

    def _statement(self, step: Step) -> bool:
        """
        Run a statement that commits by itself, and then note it.

        Where a process was killed between the two, it is run again: a table gets its indexes by one
        statement, all of them or none, so a name that is taken says that it was done.
        """
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(step.statement)
            except pymysql().Error as error:
                if not self._place.is_staged or error.args[0] != _SAME_NAME:
                    raise
            self._refuse_orphans(step, cursor)
            return self._enter(cursor, step)

    def _refuse_orphans(self, step: Step, cursor: Cursor) -> None:
        if step.statement.startswith("SELECT") and cursor.rowcount:
            table = step.locks[0]
            raise DatabaseError(f"a key of {table} leads nowhere: {cursor.fetchone()}")

    def _rows(self, step: Step, texts: Texts) -> bool:
        """
        Bring rows, or none of them.

        The line in the ledger comes first: where another process, whose parent was killed, is about
        to commit the same step, this waits for it, and then has nothing to do.
        """
        waits = len(step.shards) > 1
        with self._connection.cursor() as cursor, self._checks(cursor, off=waits), self._undone():
            cursor.execute("START TRANSACTION")
            if not self._enter(cursor, step):
                cursor.execute("ROLLBACK")
                return False
            for shard in step.shards:
                self._under_way = rows_of(shard)
                self.bring(cursor, shard, texts)
            if waits:
                self._check_keys(cursor, step)
            self._under_way = step.what
            cursor.execute("COMMIT")
        return True

    def _enter(self, cursor: Cursor, step: Step) -> bool:
        """Write the line of a step; return whether it was not there."""
        line = f"INSERT IGNORE INTO {self._place.ledger} VALUES (%s, %s)"
        return bool(cursor.execute(line, (step.number, step.what)))

    @contextlib.contextmanager
    def _checks(self, cursor: Cursor, *, off: bool) -> Iterator[None]:
        """
        Have keys not checked within the block.

        Of tables that the load makes they are checked after all rows, and of a circle of tables
        after theirs. Checks of unique keys stay: without either, MariaDB takes twice as long.
        """
        if not (off or self._place.is_staged):
            yield
            return
        cursor.execute("SET foreign_key_checks = 0")
        try:
            yield
        finally:
            with contextlib.suppress(pymysql().Error):  # it may be lost
                cursor.execute("SET foreign_key_checks = 1")

    @contextlib.contextmanager
    def _undone(self) -> Iterator[None]:
        """Leave no transaction open when an error ends the block."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(pymysql().Error):
                self._connection.query("ROLLBACK")
            raise

    def _check_keys(self, cursor: Cursor, step: Step) -> None:
        for name in dict.fromkeys(shard.table for shard in step.shards):
            for query in key_checks(self._place.sql, self._place.catalog.table(name)):
                if cursor.execute(query):
                    raise DatabaseError(f"a key of {name} leads nowhere: {cursor.fetchone()}")

    def bring(self, cursor: Cursor, shard: Shard, texts: Texts) -> None:
        """Bring the rows of a shard, within a transaction; DatabaseError where one is refused."""
        rows = 0
        if self._place.format.style == "insert":
            written, staged = (
                f"INSERT INTO {sql.table_name(shard.table)} ".encode()
                for sql in (self._place.format.sql, self._place.sql)
            )
            for statement in _statements(texts(shard)):
                rows += cursor.execute(staged + statement.removeprefix(written))
                self._refuse_warnings(cursor, shard)
        else:
            table = self._place.format.of_rows(self._place.catalog.table(shard.table))
            with _Pipe(texts(shard)) as path:
                rows = cursor.execute(load_data(self._place.sql, table, path))
            self._refuse_warnings(cursor, shard)
        if rows != shard.rows:
            raise DatabaseError(
                f"{self._title} took {rows:,} of {rows_of(shard)}, and did not say why"
            )

    def _refuse_warnings(self, cursor: Cursor, shard: Shard) -> None:
        """Refuse what was left out or changed, which a statement of the client's only warns of."""
        found = self._connection.show_warnings() if cursor.warning_count else ()
        if found:
            words = found[0][2]
            line = _AT_ROW.search(words)
            row = "" if line is None else f" (row {shard.start + int(line[1]) - 1:,})"
            what = f"{self._title} refused {rows_of(shard)}{row}: {words}"
            raise self._place.told(DatabaseError(what))


def _statements(texts: Iterable[Buffer]) -> Iterator[bytes]:
    """Yield the statements of a text, one by one: an end of line within a value is escaped."""
    rest = b""
    for text in texts:
        *whole, rest = (rest + bytes(text)).split(b";\n")
        yield from whole
    assert not rest, "the last statement has its end"


class _Pipe:
    """A file that a thread writes while the driver reads it: gives its path."""

    def __init__(self, texts: Iterable[Buffer]) -> None:
        """Take what is to be in it."""
        self._texts = texts
        self._error: BaseException | None = None

    def __enter__(self) -> str:
        self._reading, self._writing = os.pipe()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()
        return f"{FILES}/{self._reading}"

    def __exit__(self, *_: object) -> None:
        os.close(self._reading)  # whoever writes to nobody is told so
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        try:
            with os.fdopen(self._writing, "wb", buffering=0) as file:
                for text in self._texts:
                    left = memoryview(text)
                    while left:
                        left = left[file.write(left) :]
        except BrokenPipeError:
            return  # the driver has an error of its own
        except BaseException as error:  # noqa: BLE001 -- raised where it is waited for
            self._error = error
