"""
Real databases for tests: each dump is loaded by its database's own client into one made for it.

A Database says what is there afterwards, in the same words for all of them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec
import pytest

from shardgen.output.sql.array_defaults import read_array
from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.model import Column, Schema
from shardgen.schema.types import SPELLED, parse_type

TARGETS = [
    pytest.param(("postgres", "insert"), marks=pytest.mark.postgres, id="postgres"),
    pytest.param(("postgres", "copy"), marks=pytest.mark.postgres, id="postgres-copy"),
    pytest.param(("mysql", "insert"), marks=pytest.mark.mariadb, id="mysql"),
    pytest.param(("sqlite", "insert"), id="sqlite"),
]

_numbers = itertools.count(1)


class LoadError(Exception):
    """A client refused a dump; says what it said."""


class Database:
    """An empty database, and what was loaded into it."""

    dialect: str
    url: str
    """As `shardgen load` takes it."""

    def quote(self, name: str) -> str:
        return DIALECTS[self.dialect].quote(name)

    def load(self, dump: Path) -> None:
        """Run a dump as a user would; LoadError at the first statement that fails."""
        raise NotImplementedError

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def execute(self, sql: str) -> None:
        """Run one statement and keep what it did."""
        raise NotImplementedError

    def tables(self) -> set[str]:
        raise NotImplementedError

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """Return the type of each column, and whether it is NOT NULL, in their order."""
        raise NotImplementedError

    def foreign_keys(self, table: str) -> set[tuple[str, str, str, str]]:
        """Return column, parent table, parent column and ON DELETE of each foreign key."""
        raise NotImplementedError

    def indexes(self, table: str) -> dict[str, tuple[tuple[str, ...], bool]]:
        """Return the columns of each index, those of keys included, and whether it is unique."""
        raise NotImplementedError

    def unique(self, table: str) -> set[tuple[str, ...]]:
        """Return the columns of each unique index."""
        return {columns for columns, unique in self.indexes(table).values() if unique}

    def count(self, table: str, where: str = "1 = 1") -> int:
        return self.query(f"SELECT count(*) FROM {self.quote(table)} WHERE {where}")[0][0]

    def rows(self, table: str, schema: Schema) -> list[dict[str, Any]]:
        """Return all rows as shardgen.generate does, in the order of the primary key."""
        columns = [column for column in schema.table(table).columns if not column.hidden]
        key = next(c.name for c in columns if c.primary_key)
        names = ", ".join(self.quote(column.name) for column in columns)
        found = self.query(f"SELECT {names} FROM {self.quote(table)} ORDER BY {self.quote(key)}")
        return [
            {c.name: python_value(v, c) for c, v in zip(columns, row, strict=True)} for row in found
        ]


class Postgres(Database):
    """One of a PostgreSQL server, loaded by psql; times are in UTC."""

    dialect = "postgres"

    def __init__(self, address: str) -> None:
        import psycopg

        self.address = self.url = address
        self._connection = psycopg.connect(address, autocommit=True)
        self._connection.execute("SET TIME ZONE 'UTC'")

    def close(self) -> None:
        self._connection.close()

    def load(self, dump: Path) -> None:
        command = [client("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", dump.name]
        _run([*command, self.address], cwd=dump.parent)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.encode()).fetchall()

    def execute(self, sql: str) -> None:
        self._connection.execute(sql.encode())

    def tables(self) -> set[str]:
        return {name for (name,) in self.query("SELECT relname FROM pg_class WHERE " + _PG_TABLES)}

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        found = self.query(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
            f"WHERE attrelid = {self._oid(table)} AND attnum > 0 ORDER BY attnum"
        )
        return {name: (kind, not_null) for name, kind, not_null in found}

    def foreign_keys(self, table: str) -> set[tuple[str, str, str, str]]:
        actions = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL"}
        found = self.query(
            "SELECT a.attname, p.relname, b.attname, confdeltype::text FROM pg_constraint "
            "JOIN pg_class p ON p.oid = confrelid "
            "JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] "
            "JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1] "
            f"WHERE contype = 'f' AND convalidated AND conrelid = {self._oid(table)}"
        )
        return {(*names, actions[action]) for *names, action in found}

    def indexes(self, table: str) -> dict[str, tuple[tuple[str, ...], bool]]:
        found = self.query(
            "SELECT relname, indisunique, array(SELECT attname::text "
            "FROM unnest(indkey::int[]) WITH ORDINALITY AS k(number, place) "
            "JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY place) "
            "FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            f"WHERE indisvalid AND indrelid = {self._oid(table)}"
        )
        return {name: (tuple(columns), unique) for name, unique, columns in found}

    def _oid(self, table: str) -> str:
        name = DIALECTS["postgres"].string(self.quote(table))
        return f"{name}::regclass"


_PG_TABLES = "relkind = 'r' AND relnamespace = 'public'::regnamespace"


class MariaDB(Database):
    """One of a MariaDB or MySQL server, loaded by its client; a wrong value is an error."""

    dialect = "mysql"
    options: tuple[str, ...] = ()
    """More options for the client."""

    def __init__(self, options: dict[str, Any], name: str) -> None:
        import pymysql

        self._address, self._name = options, name
        who = f"{options['user']}:{quote(str(options['password']))}"
        self.url = f"mysql://{who}@{options['host']}:{options['port']}/{name}"
        self._connection = pymysql.connect(**options, database=name, autocommit=True)
        self.execute("SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'")

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def another(self) -> Iterator[MariaDB]:
        """Give another connection to it."""
        with contextlib.closing(MariaDB(self._address, self._name)) as made:
            yield made

    def load(self, dump: Path) -> None:
        address = [f"--{key}={self._address[key]}" for key in ("host", "port", "user")]
        program = client("mariadb", "mysql")
        password = {"MYSQL_PWD": str(self._address["password"])}
        with dump.open("rb") as file:
            command = [
                program,
                "--no-defaults",
                "--protocol=tcp",
                *address,
                *self.options,
                self._name,
            ]
            _run(command, stdin=file, env=os.environ | password, cwd=dump.parent)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def execute(self, sql: str) -> None:
        self.query(sql)

    def tables(self) -> set[str]:
        return {name for (name,) in self.query("SHOW TABLES")}

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """See Database. Without the display width, which only MariaDB gives to integers."""
        found = self.query(
            "SELECT column_name, column_type, is_nullable FROM information_schema.columns "
            f"WHERE {self._is(table)} ORDER BY ordinal_position"
        )
        width = re.compile(r"(?<=int)\((?!1\))\d+\)")
        return {name: (width.sub("", kind), null == "NO") for name, kind, null in found}

    def foreign_keys(self, table: str) -> set[tuple[str, str, str, str]]:
        return set(
            self.query(
                "SELECT column_name, k.referenced_table_name, referenced_column_name, delete_rule "
                "FROM information_schema.key_column_usage k "
                "JOIN information_schema.referential_constraints r "
                "USING (constraint_schema, constraint_name, table_name) "
                f"WHERE {self._is(table)}"
            )
        )

    def indexes(self, table: str) -> dict[str, tuple[tuple[str, ...], bool]]:
        found = self.query(
            "SELECT index_name, non_unique, column_name FROM information_schema.statistics "
            f"WHERE {self._is(table)} ORDER BY index_name, seq_in_index"
        )
        indexes: dict[str, tuple[tuple[str, ...], bool]] = {}
        for name, non_unique, column in found:
            before = indexes.get(name, ((), False))[0]
            indexes[name] = ((*before, column), not non_unique)
        return indexes

    def _is(self, table: str) -> str:
        return f"table_schema = database() AND table_name = {DIALECTS['mysql'].string(table)}"


class SQLite(Database):
    """A file, loaded by Python's own module; foreign keys are checked, and no write is awaited."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA synchronous = OFF")

    def close(self) -> None:
        self._connection.close()

    def load(self, dump: Path) -> None:
        try:
            self._connection.executescript(dump.read_bytes().decode())
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise LoadError(str(error)) from error

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def tables(self) -> set[str]:
        found = self.query("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in found}

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        found = self.query(f"PRAGMA table_info({self.quote(table)})")
        return {name: (kind.lower(), bool(not_null)) for _, name, kind, not_null, _, _ in found}

    def foreign_keys(self, table: str) -> set[tuple[str, str, str, str]]:
        found = self.query(f"PRAGMA foreign_key_list({self.quote(table)})")
        return {(row[3], row[2], row[4], row[6]) for row in found}

    def indexes(self, table: str) -> dict[str, tuple[tuple[str, ...], bool]]:
        """See Database. An integer primary key is the table itself, and counts as an index here."""
        indexes: dict[str, tuple[tuple[str, ...], bool]] = {}
        for _, name, unique, *_ in self.query(f"PRAGMA index_list({self.quote(table)})"):
            found = self.query(f"PRAGMA index_info({self.quote(name)})")
            indexes[name] = (tuple(row[2] for row in found), bool(unique))
        for row in self.query(f"PRAGMA table_info({self.quote(table)})"):
            if row[5]:
                indexes["rowid"] = ((row[1],), True)
        return indexes


class DuckDB(Database):
    """A file, opened anew for each statement: nobody else may have it open."""

    dialect = "duckdb"

    def __init__(self, path: Path) -> None:
        self.url, self._path = f"duckdb:///{path}", path

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        import duckdb

        with duckdb.connect(self._path) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        self.query(sql)

    def rows(self, table: str, schema: Schema) -> list[dict[str, Any]]:
        """See Database. Times with a zone are read as those of UTC: to name one takes a package."""
        columns = [column for column in schema.table(table).columns if not column.hidden]
        names = ", ".join(map(self._read, columns))
        key = next(c.name for c in columns if c.primary_key)
        found = self.query(f"SELECT {names} FROM {self.quote(table)} ORDER BY {self.quote(key)}")
        return [
            {c.name: python_value(v, c) for c, v in zip(columns, row, strict=True)} for row in found
        ]

    def _read(self, column: Column) -> str:
        kind = _type_of(column.type)
        if kind.name == "timestamp":
            return f"CAST({self.quote(column.name)} AS TIMESTAMP)"
        is_list = kind.element is not None and kind.element.name == "timestamp"
        return (
            f"CAST({self.quote(column.name)} AS TIMESTAMP[])"
            if is_list
            else self.quote(column.name)
        )

    def tables(self) -> set[str]:
        return {name for (name,) in self.query("SELECT table_name FROM duckdb_tables()")}

    def foreign_keys(self, table: str) -> set[tuple[str, str, str, str]]:
        """See Database. DuckDB has no ON DELETE."""
        found = self.query(
            "SELECT constraint_column_names[1], referenced_table, referenced_column_names[1] "
            "FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' "
            f"AND table_name = {DIALECTS['postgres'].string(table)}"
        )
        return {(*each, "NO ACTION") for each in found}

    def indexes(self, table: str) -> dict[str, tuple[tuple[str, ...], bool]]:
        """See Database. The columns are a text, as DuckDB has them."""
        name = DIALECTS["postgres"].string(table)
        found = self.query(
            "SELECT index_name, expressions, is_unique FROM duckdb_indexes() "
            f"WHERE table_name = {name} UNION ALL SELECT constraint_name, "
            "constraint_column_names::VARCHAR, true FROM duckdb_constraints() "
            f"WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND table_name = {name}"
        )
        return {name: ((columns,), unique) for name, columns, unique in found}


def client(*names: str) -> str:
    """Return the path of a database's client; without one skip the test, or in CI fail it."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        reason = f"no {' or '.join(names)} on PATH to load the dump with"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def _run(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise LoadError(done.stderr)


@contextlib.contextmanager
def new_database(dialect: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """Give an empty database, which is gone afterwards; skip where there is no server."""
    name = f"shardgen_test_{os.getpid()}_{next(_numbers)}"
    if dialect == "sqlite":
        made: Any = SQLite(folder / f"{name}.db")
        with contextlib.closing(made):
            yield made
    elif dialect == "duckdb":
        yield DuckDB(folder / f"{name}.duckdb")
    elif dialect == "postgres":
        with request.getfixturevalue("postgres_databases").lent() as made:
            yield made
    else:
        with new_mariadb(request.getfixturevalue("mariadb_options")) as made:
            yield made


class PostgresDatabases:
    """
    Databases of a server that are lent to one test after another, each time empty.

    To make one takes the server far longer than to empty it.
    """

    def __init__(self, address: str) -> None:
        import psycopg

        self._address = address
        self._server = psycopg.connect(address, autocommit=True)
        self._made: list[str] = []
        self._free: list[str] = []

    @contextlib.contextmanager
    def lent(self) -> Iterator[Database]:
        """Give an empty database, which nobody else has meanwhile."""
        name = self._free.pop() if self._free else self._new()
        own = urlsplit(self._address)._replace(path=f"/{name}").geturl()
        with contextlib.closing(Postgres(own)) as made:
            yield made
            self._empty(name, own)
        self._free.append(name)  # after a failure it is not lent again

    def drop(self) -> None:
        """Remove all of them."""
        for name in self._made:
            self._server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._server.close()

    def _new(self) -> str:
        name = f"shardgen_test_{os.getpid()}_{next(_numbers)}"
        self._server.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        self._server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        self._made.append(name)
        return name

    def _empty(self, name: str, own: str) -> None:
        """End what a test has left open there, and drop all that it made."""
        import psycopg

        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        self._server.execute(others, [name])
        with psycopg.connect(own, autocommit=True) as connection:
            schemas = connection.execute(
                "SELECT quote_ident(nspname) FROM pg_namespace "
                "WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'"
            ).fetchall()
            for (schema,) in schemas:
                connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
            connection.execute("CREATE SCHEMA public")


def mariadb_address() -> dict[str, Any]:
    """Return how pymysql connects to the server that SHARDGEN_TEST_MARIADB names."""
    address = os.environ.get("SHARDGEN_TEST_MARIADB", "mysql://root@127.0.0.1:3306/test")
    parts = urlsplit(address)
    return {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 3306,
        "user": unquote(parts.username or "root"),
        "password": unquote(parts.password or ""),
        "charset": "utf8mb4",
    }


@contextlib.contextmanager
def new_mariadb(options: dict[str, Any]) -> Iterator[Database]:
    """Give an empty database of a server, which is gone afterwards."""
    import pymysql

    name = f"shardgen_test_{os.getpid()}_{next(_numbers)}"
    with pymysql.connect(**options) as server, server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        try:
            with contextlib.closing(MariaDB(options, name)) as made:
                yield made
        finally:
            cursor.execute(f"DROP DATABASE `{name}`")


def _spelled(value: Any) -> str:
    """Return an address or a range as PostgreSQL writes it."""
    if type(value).__name__ == "Range":
        if value.isempty:
            return "empty"
        lower, upper = map(_bound, (value.lower, value.upper))
        return f"{value.bounds[0]}{lower},{upper}{value.bounds[1]}"
    return str(value)


def _bound(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f'"{value:%Y-%m-%d %H:%M:%S}{"+00" if value.tzinfo else ""}"'
    return str(value)


def _rare_value(value: Any, column: Column, family: str) -> Any:
    """Return a time, an interval, bits or bytes: MySQL reads times as intervals, bits as bytes."""
    if family == "bytes":
        return bytes(value)
    if family == "bits":
        length = _type_of(column.type).length
        return f"{int.from_bytes(value):0{length}b}" if isinstance(value, bytes) else value
    if isinstance(value, str) and family == "time":
        value = dt.time.fromisoformat(value)
    if isinstance(value, str):
        hours, minutes, seconds = map(int, value.split(":"))
        return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if isinstance(value, dt.timedelta) and family == "time":
        value = (dt.datetime(2000, 1, 1) + value).time()
    return value.replace(tzinfo=None) if isinstance(value, dt.time) else value


def _array_value(value: Any, column: Column, element: str) -> list[Any]:
    """Return an array as a list: of JSON as of PostgreSQL, which has some as texts of its own."""
    if isinstance(value, str):
        is_json = value.startswith("[")
        value = json.loads(value, parse_float=Decimal) if is_json else read_array(value)
    one = msgspec.structs.replace(column, type=element)
    return [_element_value(each, one) for each in value]


def _element_value(value: Any, column: Column) -> Any:
    """Return an element, of which PostgreSQL and JSON have more as text than of a whole column."""
    if isinstance(value, str) and _type_of(column.type).family == "bytes":
        return bytes.fromhex(value)
    return python_value(value, column)


_type_of = functools.cache(parse_type)  # a column's type is asked for with each of its values


def python_value(  # noqa: C901, PLR0911, PLR0912 -- one for each family
    value: Any, column: Column
) -> Any:
    """
    Return a value, from a database or from shardgen.generate, as the one that both mean.

    A `float` has 6 digits in common among databases; JSON is what it says, not how it is spaced; a
    `char` has no spaces at its end. SQLite has no decimals, dates and booleans of its own, and
    MySQL no booleans.
    """
    if value is None:
        return None
    kind = _type_of(column.stands_for or column.type)
    if kind.element is not None:
        return _array_value(value, column, str(kind.element))
    match kind.family:
        case "decimal" if isinstance(value, str):  # money of PostgreSQL's
            return Decimal(value.replace("$", "").replace(",", ""))
        case "decimal":
            return Decimal(f"{value:.{kind.scale}f}" if isinstance(value, (int, float)) else value)
        case "float":
            return float(f"{value:.6g}") if kind.name == "float" else float(value)
        case "date":
            return dt.date.fromisoformat(value) if isinstance(value, str) else value
        case "timestamp":
            moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
            return moment.replace(tzinfo=None)
        case "boolean":
            return {0: False, 1: True}[value]
        case "json":
            return json.loads(value) if isinstance(value, str) else value
        case "uuid":
            return str(value)
        case "time" | "interval" | "bits" | "bytes":
            return _rare_value(value, column, kind.family)
        case "text" if kind.name in SPELLED:
            return _spelled(value)
        case "text" if kind.name == "char":
            return value.rstrip(" ")
    return value
