"""PostgreSQL and MariaDB: what is accepted for them loads, and they hold what was made."""

from __future__ import annotations

import contextlib
import math
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz.drafts import sql_type as column_type
from fuzz.findings import FoundError, without_names
from fuzz.sources import all_values, written
from fuzz.values import Values
from support.databases import Database, LoadError, MariaDB, Postgres, python_value

from shardgen.errors import GenerationError, InputError
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Table
from shardgen.schema.qualified_names import split_name

POSTGRES = os.environ.get("SHARDGEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
MARIADB = {"host": "127.0.0.1", "port": 3306, "user": "root", "password": "", "charset": "utf8mb4"}


class Servers:
    """A database on each server, emptied before each case."""

    def __init__(self, postgres: Postgres, mariadb: MariaDB, name: str) -> None:
        self._databases: dict[str, Database] = {"postgres": postgres, "mysql": mariadb}
        self._name = name

    def check(self, source: Source, folder: Path) -> None:
        """FoundError where a server for which the case is accepted refuses it or changes it."""
        if any(split_name(name)[0] for name in source.plan.counts):
            return  # a dump of these makes schemas of its own, and on MySQL databases
        for dialect, database in self._databases.items():
            if dialect in source.plan.databases:
                self._empty(dialect, database)
                check_database(database, for_dialect(source, dialect), folder / f"{dialect}.sql")

    def _empty(self, dialect: str, database: Database) -> None:
        if dialect == "postgres":
            database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            return
        database.execute(f"DROP DATABASE IF EXISTS {self._name}")
        database.execute(f"CREATE DATABASE {self._name} CHARACTER SET utf8mb4")
        database.execute(f"USE {self._name}")


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    """Give a database of one's own on each server; they are gone afterwards."""
    import psycopg
    import pymysql

    name = f"shardgen_fuzz_{os.getpid()}"
    with (
        psycopg.connect(POSTGRES, autocommit=True) as postgres,
        contextlib.closing(pymysql.connect(**MARIADB, autocommit=True)) as mariadb,
    ):
        postgres.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        mariadb.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            own = psycopg.conninfo.make_conninfo(POSTGRES, dbname=name)
            with (
                contextlib.closing(Postgres(own)) as first,
                contextlib.closing(MariaDB(MARIADB, name)) as second,
            ):
                first.execute("SET client_min_messages = warning")
                yield Servers(first, second, name)
        finally:
            postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
            mariadb.cursor().execute(f"DROP DATABASE IF EXISTS {name}")


def for_dialect(source: Source, dialect: str) -> Source:
    """Return the same rows for one of the databases alone; FoundError where they are refused."""
    plan = source.plan
    options = Options(
        rows=plan.counts,
        seed=plan.seed,
        as_of=plan.as_of,
        edge_case_probability=plan.edge_case_probability,
        dialect=dialect,
    )
    try:
        return Source.bind(build_plan(plan.schema, options))
    except InputError as error:
        what = f"accepted for {plan.databases}, and for {dialect} alone: {error}"
        raise FoundError("refused", without_names(str(error)), what) from None


def check_database(database: Database, source: Source, path: Path) -> None:
    """FoundError where a database refuses the dump, or holds other rows."""
    try:
        path.write_bytes(written(source))
        values = all_values(source)
    except GenerationError:
        return
    try:
        database.load(path)
    except LoadError as error:
        if _is_of_unread_check(source, str(error)):
            return
        raise FoundError("load", _first_error(database.dialect, str(error)), str(error)) from None
    for table in source.plan.schema.tables:
        _compare(database, table, values[table.name])


def _is_of_unread_check(source: Source, message: str) -> bool:
    """Return whether a database refuses a row by a check, and a warning says that it may."""
    unread = any(warning.name == "unread-check" for warning in source.warnings)
    return unread and ("violates check constraint" in message or "ERROR 4025 " in message)


def _first_error(dialect: str, message: str) -> str:
    line = next((line for line in message.splitlines() if "ERROR" in line), message[:200])
    return f"{dialect}: {without_names(line.rpartition('ERROR')[2])}"


def _compare(database: Database, table: Table, values: Values) -> None:
    for column in (c for c in table.columns if c.name in values and not c.hidden):
        name = database.quote(column.name)
        if database.dialect == "postgres" and column_type(column.type).family == "json":
            name += "::text"  # the driver would decode it
        names = f"{name} FROM {database.quote(table.name)}"
        held = [python_value(value, column) for (value,) in database.query(f"SELECT {names}")]
        made = [python_value(value, column) for value in values[column.name]]
        if differ := _difference(held, made):
            where = f"{column.generator} on {column.type.split('(')[0].lower()}"
            what = f"{table.name}.{column.name}: {differ}"
            raise FoundError("load", f"{database.dialect}: another value, {where}", what)


def _difference(held: list[Any], made: list[Any]) -> list[Any]:
    """Return a few values that are not the same in both, in any order; floats to 5 digits."""
    if any(isinstance(value, float) for value in made):
        numbers = [sorted(v for v in values if v is not None) for values in (held, made)]
        pairs = zip(*numbers, strict=False)
        return [pair for pair in pairs if not math.isclose(*pair, rel_tol=1e-5)][:3]
    counts = [Counter(map(repr, values)) for values in (held, made)]
    both = [*(counts[0] - counts[1])][:3], [*(counts[1] - counts[0])][:3]
    return [*both] if any(both) else []
