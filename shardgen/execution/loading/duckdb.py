"""
DuckDB: one connection, in the parent, which reads the Arrow streams that workers have made.

DuckDB lets one process write a file. The tables are made in their places, as nobody else can open
it meanwhile; definitions are in transactions too, so each step is with its line in the ledger.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import DatabaseError, InputWarning, missing_package
from shardgen.execution.loading import ledger
from shardgen.execution.loading.database import MOST_COUNTED, Loader, Session, Texts, Work
from shardgen.execution.loading.duckdb_replacing import PREFIX, Replaced, Swap
from shardgen.execution.loading.duckdb_there import (
    children_there,
    columns_there,
    find_differences,
)
from shardgen.execution.loading.last_number import last_number
from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.steps import Step, rows_of
from shardgen.execution.loading.words import said
from shardgen.importing.comparing.differences import Differences
from shardgen.output.columnar import ArrowStreams
from shardgen.output.format import Format
from shardgen.output.loading.duckdb_tables import DuckDB, left_out
from shardgen.output.sql.finishing import Finishing
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS = "shardgen_rows"
_DROP = f"DROP TABLE {ledger.TABLE}"


class DuckDBDatabase(msgspec.Struct, frozen=True):
    """A file of DuckDB, by a URL such as duckdb:///shop.duckdb; see Database."""

    url: str
    title: str = "DuckDB"
    dialect: None = None
    by_workers: None = None
    """One connection, which does the steps in the order of the dump."""

    @property
    def sql(self) -> DuckDB:
        """See Database."""
        return DuckDB()

    @property
    def path(self) -> str:
        """The path of the file; DatabaseError where the URL names none."""
        path, sign, _ = self.url.removeprefix("duckdb://").partition("?")
        path = path.removeprefix("/")
        if path in ("", ":memory:"):
            raise DatabaseError("a database in memory is gone at once; write duckdb:///FILE")
        if sign:
            raise DatabaseError("a URL of DuckDB has no parameters; write duckdb:///FILE")
        return path

    @property
    def shown(self) -> str:
        """See Database."""
        return f"duckdb:///{self.path}"

    def keys_are_checked(self, way: Way) -> bool:
        """See Database."""
        del way
        return False

    def differences(self, source: Source, way: Way) -> Differences:
        """See Database: tables that it creates have less than the schema says."""
        if way == "create":
            catalog = source.plan.catalog.as_written
            tables = [catalog.table(name) for name in source.plan.counts]
            without = left_out(tables)
            what = f"tables of DuckDB are made without {without}; where keys lead is looked at"
            made = InputWarning("", "dropped-constraint", what)
            return Differences(warnings=(made,) if without else ())
        with self.connection(way) as connection, failing("a look at the tables"):
            return find_differences(connection, source)

    def format(self, plan: Plan, found: Differences, way: Way) -> Format:
        """See Database."""
        del way
        return ArrowStreams(ddl=plan.format.ddl, left_out=dict(found.left_out))

    def by(self, form: Format) -> str:
        """See Database."""
        return form.title

    @contextlib.contextmanager
    def open(self, work: Work) -> Iterator[Session]:
        """See Database."""
        with self.connection(work.way) as connection:
            yield DuckDBSession(self, connection, work)

    @contextlib.contextmanager
    def reading(self) -> Iterator[DuckDBPyConnection]:
        """Open the file to be read alone, beside others that read it."""
        if not Path(self.path).is_file():
            raise DatabaseError(f"there is no file {self.path}")
        duckdb = _duckdb()
        with failing(f"to open {self.path}"):
            connection = duckdb.connect(self.path, read_only=True)
        try:
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def connection(self, way: Way) -> Iterator[DuckDBPyConnection]:
        """
        Open the file, which nobody else may have open; make it where tables are to be created.

        It has no threads before the rows are there: workers are forked.
        """
        if way != "create" and not Path(self.path).is_file():
            raise DatabaseError(f"there is no file {self.path}; a load by --ddl makes it")
        duckdb = _duckdb()
        with failing(f"to open {self.path}"):
            connection = duckdb.connect(self.path, config={"threads": 1})
        try:
            yield connection
        finally:
            connection.close()


@contextlib.contextmanager
def failing(what: str) -> Iterator[None]:
    """Make DatabaseErrors of DuckDB's errors; `what` is what was under way."""
    try:
        yield
    except _duckdb().Error as error:
        words = said(error, ())
        hint = "; another program has it open" if "lock on file" in words else ""
        raise DatabaseError(f"DuckDB refused {what}: {words}{hint}") from None


class DuckDBSession:
    """See Session, and Loader."""

    place = ""

    def __init__(
        self, database: DuckDBDatabase, connection: DuckDBPyConnection, work: Work
    ) -> None:
        """Begin with what is there."""
        self._database, self._connection, self._work = database, connection, work
        self._sql = DuckDB()
        self._catalog = work.plan.catalog.as_written.of_tables(work.plan.counts)
        self._is_finishing = False
        self._swap = Swap(connection, self._replaced())

    def _replaced(self) -> Iterator[Replaced]:
        """Yield the tables whose rows are replaced; none where none are."""
        form = self._work.plan.format
        assert isinstance(form, ArrowStreams), "`format` has chosen it"
        tables = self._work.plan.counts if self._work.way == "replace" else ()
        for n, name in enumerate(tables, 1):
            table = form.of_rows(self._catalog.table(name))
            yield Replaced(table, self._sql.quote(f"{PREFIX}{n}"))

    def ledger(self) -> Ledger | None:
        """See Session."""
        with failing("a look for an unfinished load"):
            if not self._is_there(ledger.TABLE):
                return None
            lines = dict(self._all(f"SELECT step, what FROM {ledger.TABLE}"))
        return Ledger(Head.decode(lines.pop(ledger.HEAD)), frozenset(lines))

    def tables_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """See Session."""
        some = f"SELECT 1 FROM {{name}} LIMIT {MOST_COUNTED + 1}"
        return self._each(tables, f"SELECT count(*) FROM ({some})")

    def rows_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """See Session."""
        return self._each(tables, "SELECT greatest(count(*), {last}) FROM {name}")

    def _each(self, tables: Iterable[str], query: str) -> Mapping[str, int]:
        """Return what a query says of each table that is there: `{name}` and `{last}` are its."""
        found: dict[str, int] = {}
        with failing("a look at the tables"):
            for table in tables:
                if self._is_there(table):
                    last = last_number(self._sql, self._catalog.table(table))
                    asked = query.format(name=self._sql.table_name(table), last=last)
                    ((found[table],),) = self._all(asked)
        return found

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See Session."""
        with failing("a look at the tables"):
            return self._all(query, values)

    def begin(self, head: Head) -> None:
        """See Session. Tables are emptied before it: DuckDB checks keys one by one."""
        self._find_parents()
        with failing("the tables"):
            self._swap.refuse(_duckdb().__version__)
            if self._work.way == "truncate":
                for name in reversed([*self._work.plan.counts]):
                    self._all(f"DELETE FROM {self._sql.table_name(name)}")
            with self._transaction():
                columns = ", ".join(f"{name} {kind}" for name, kind in ledger.COLUMNS)
                self._all(f"CREATE TABLE {ledger.TABLE} ({columns})")
                self._all(f"INSERT INTO {ledger.TABLE} VALUES (?, ?)", (ledger.HEAD, head.encode()))
                if self._work.way == "create":
                    self._create_tables()
                for statement in self._swap.create_staging():
                    self._all(statement)

    def _find_parents(self) -> None:
        """Refuse keys to tables that are not there, and are not made."""
        for name in self._work.plan.counts:
            for key in self._catalog.table(name).references:
                if key.table not in self._work.plan.counts and not self._is_there(key.table):
                    where = self._database.shown
                    what = f"{where} has no table {key.table}, to which keys of {name} lead"
                    raise DatabaseError(f"{what}; load it before, or with it")

    def _create_tables(self) -> None:
        contents = self._work.source.contents()
        catalog = contents.catalog.of_tables(contents.counts)
        for statement in self._sql.create_schemas(catalog):
            self._all(statement)
        for table in contents.tables():
            self._all(self._sql.create_table(table))

    def finishing(self) -> Iterable[Finishing]:
        """See Session: keys, which are looked at too."""
        if self._work.way == "replace":
            return  # all of it belongs to the swap
        tables = [self._catalog.table(name) for name in self._work.plan.counts]
        for table in tables if self._work.way == "create" else ():
            for statement in self._sql.after_rows(table):
                yield Finishing(0, (table.name,), statement)
        for table in tables:
            for statement in self._sql.key_checks(table):
                yield Finishing(1, (table.name,), statement)

    def end(self) -> None:
        """See Session."""
        with failing("the end of the load"), self._transaction():
            if self._work.way == "replace":
                self._swap.run(children_there(self._connection, self._work.source))
            self._all(_DROP)

    def what_is_there(self) -> str:
        """See Session."""
        if self._work.way == "create":
            tables = reversed([*self._work.plan.counts])
            drops = "; ".join(f"DROP TABLE {self._sql.table_name(name)}" for name in tables)
            return f"its tables are in {self._database.path}; to drop them: {drops}; {_DROP}"
        if self._work.way == "replace":
            drops = "; ".join(self._swap.drop_staging())
            return f"tables are as they were; to drop the new rows: {drops}; {_DROP}"
        return f"its ledger is in {self._database.path}; to keep what is in: {_DROP}"

    @contextlib.contextmanager
    def loader(self) -> Iterator[Loader]:
        """See Session."""
        yield self

    def do(self, step: Step, texts: Texts) -> bool:
        """See Loader."""
        if step.statement and not self._is_finishing:
            self._is_finishing = True
            self._all(f"SET threads = {len(os.sched_getaffinity(0))}")
        with failing(step.what), self._transaction():
            line = f"INSERT INTO {ledger.TABLE} VALUES (?, ?)"
            self._all(line, (step.number, step.what))
            for shard in step.shards:
                self._bring(shard, texts)
            found = self._all(step.statement) if step.statement else []
            if found and step.statement.startswith("SELECT"):
                raise DatabaseError(f"a key of {step.locks[0]} leads nowhere: {found[0]}")
        return True

    def _bring(self, shard: Shard, texts: Texts) -> None:
        form = self._work.plan.format
        assert isinstance(form, ArrowStreams), "`format` has chosen it"
        table = form.of_rows(self._catalog.table(shard.table))
        names = ", ".join(self._sql.quote(column.name) for column in table.row_columns)
        place = self._swap.staged.get(table.name) or self._sql.table_name(table.name)
        into = f"INSERT INTO {place} ({names})"
        for text in texts(shard):
            self._connection.register(_ROWS, arrow_rows(text))
            try:
                ((rows,),) = self._all(f"{into} SELECT {names} FROM {_ROWS}")
            finally:
                with contextlib.suppress(_duckdb().Error):  # an aborted transaction takes nothing
                    self._connection.unregister(_ROWS)
            if rows != shard.rows:
                raise DatabaseError(f"DuckDB took {rows:,} of {rows_of(shard)}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._all("BEGIN")
        try:
            yield
            self._all("COMMIT")
        except BaseException:
            with contextlib.suppress(_duckdb().Error):  # there is none after a failed COMMIT
                self._all("ROLLBACK")
            raise

    def _is_there(self, table: str) -> bool:
        return bool(columns_there(self._connection, table))

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(query, list(values)).fetchall()
        return found


def arrow_rows(text: Any) -> Any:
    """Return the rows of a stream; decimals that DuckDB has no type for are texts."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(text)) as reader:
        rows = reader.read_all()
    for n, field in enumerate(rows.schema):
        kind = _with_texts(field.type)
        if kind != field.type:
            rows = rows.set_column(n, field.name, rows.column(n).cast(kind))
    return rows


def _with_texts(kind: Any) -> Any:
    """Return a type of Arrow with texts in the place of decimals that are too wide."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return pa.list_(_with_texts(kind.value_type))
    return pa.string() if pa.types.is_decimal256(kind) else kind


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise missing_package("loading into DuckDB", "DuckDB", "duckdb") from None
    return duckdb
