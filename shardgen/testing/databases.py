"""
Databases for tests: each filled once a session, and as it was before every test.

One is made for each schema with its rows and its seed, under a name of its own, so that processes
of pytest-xdist have one each; all are dropped when the session ends.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec
import pytest

from shardgen.errors import DatabaseError, ShardgenError
from shardgen.execution.dataset import generate
from shardgen.execution.loading.load import load
from shardgen.testing.asked import Asked, NoAddressError

TITLES = {"postgres": "PostgreSQL", "mysql": "MySQL or MariaDB"}


class Server(Protocol):
    """A database server, where databases are made and dropped."""

    def create(self, name: str) -> str:
        """Make an empty database, and return its URL."""

    def copy(self, name: str, source: str) -> str | None:
        """Make a database as another one is, and return its URL; None where there is no way to."""

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""

    def connect(self, name: str) -> Any:
        """Return a connection that commits nothing; its `is_untouched` says whether that held."""


class Copy:
    """A database that is a test's own."""

    def __init__(self, server: Server, name: str, url: str) -> None:
        """Keep where it is."""
        self._server = server
        self._name = name
        self.url = url

    def drop(self) -> None:
        """Drop it."""
        self._server.drop(self._name)


class Lent:
    """A connection that a test has, and gives back as it was."""

    def __init__(self, connection: Any, forget: Callable[[], None]) -> None:
        """Keep a connection; `forget` drops its database, where a test has changed that."""
        self.connection = connection
        self._forget = forget

    def take_back(self) -> None:
        """Undo what the test did; DatabaseError where it has ended the transaction by itself."""
        untouched = self.connection.is_untouched()
        self.connection.close()
        if not untouched:
            self._forget()
            what = "the test has ended the transaction that it is rolled back by, with a COMMIT "
            what += "in SQL or a statement that implies one; its database is filled anew for the "
            raise DatabaseError(f"{what}next test; use the fixture …_copy where a test commits so")


class Filled(msgspec.Struct):
    """A database that is filled, and, once it is asked for, one as it that tests connect to."""

    name: str
    lent: str | None = None


class Databases:
    """All databases of a session."""

    def __init__(self, urls: Mapping[str, str], folders: pytest.TempPathFactory) -> None:
        """Know the servers of the configuration, each by its kind; none is connected to yet."""
        self._urls = urls
        self._folders = folders
        self._servers: dict[str, Server] = {}
        self._filled: dict[tuple[Any, ...], Filled] = {}
        self._files: dict[tuple[Any, ...], Path] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop all databases."""
        for (kind_of, *_), filled in self._filled.items():
            for name in (filled.name, filled.lent):
                if name is not None:
                    with contextlib.suppress(ShardgenError):  # a server that is gone has none left
                        self._servers[str(kind_of)].drop(name)

    def sqlite_copy(self, asked: Asked, path: Path) -> Path:
        """Copy the file of what is asked for to a path, and return that."""
        key = _key("sqlite", asked)
        if key not in self._files:
            made = self._folders.mktemp("shardgen") / "filled.db"
            generate(asked.schema, options=asked.shared_options).to_sqlite(made)
            self._files[key] = made
        shutil.copyfile(self._files[key], path)
        return path

    def lend_postgres(self, asked: Asked) -> Lent:
        """Return a connection of psycopg."""
        return self._lend("postgres", asked)

    def lend_mysql(self, asked: Asked) -> Lent:
        """Return a connection of PyMySQL."""
        return self._lend("mysql", asked)

    def postgres_copy(self, asked: Asked) -> Copy:
        """Make a database of a test's own."""
        return self._copy("postgres", asked)

    def mysql_copy(self, asked: Asked) -> Copy:
        """Make a database of a test's own."""
        return self._copy("mysql", asked)

    def _lend(self, kind: str, asked: Asked) -> Lent:
        server, filled = self._server(kind), self._fill(kind, asked)
        if filled.lent is None:
            filled.lent = self._again(kind, asked, filled)[0]
        name = filled.lent

        def forget() -> None:
            filled.lent = None
            server.drop(name)

        return Lent(server.connect(name), forget)

    def _copy(self, kind: str, asked: Asked) -> Copy:
        return Copy(self._server(kind), *self._again(kind, asked, self._fill(kind, asked)))

    def _fill(self, kind: str, asked: Asked) -> Filled:
        key = _key(kind, asked)
        if key not in self._filled:
            name = _name()
            self._load(self._server(kind), name, asked)
            self._filled[key] = Filled(name)
        return self._filled[key]

    def _again(self, kind: str, asked: Asked, filled: Filled) -> tuple[str, str]:
        """Return the name and the URL of another database with the same rows."""
        server, name = self._server(kind), _name()
        url = server.copy(name, filled.name)
        if url is None:
            url = self._load(server, name, asked)
        return name, url

    @staticmethod
    def _load(server: Server, name: str, asked: Asked) -> str:
        url = server.create(name)
        try:
            load(asked.schema, url, options=asked.shared_options)
        except BaseException:
            server.drop(name)
            raise
        return url

    def _server(self, kind: str) -> Server:
        if kind not in self._servers:
            variable = f"SHARDGEN_{kind.upper()}_URL"
            url = os.environ.get(variable) or self._urls[kind]
            if not url:
                hint = f"set {variable}, or shardgen_{kind}_url in pytest's configuration"
                raise NoAddressError(f"no {TITLES[kind]} is known for tests; {hint}, to its URL")
            self._servers[kind] = _server_at(kind, url)
        return self._servers[kind]


def _server_at(kind: str, url: str) -> Server:
    if kind == "postgres":
        from shardgen.testing.postgres import PostgresServer

        return PostgresServer(url)
    from shardgen.testing.mysql import MySQLServer

    return MySQLServer(url)


def _name() -> str:
    """Return a name that no other session, and no other process of this one, has."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"shardgen_test_{worker}_{secrets.token_hex(4)}"


def _key(kind: str, asked: Asked) -> tuple[Any, ...]:
    """Return what is the same for tests that share a database."""
    options = asked.shared_options
    stated = repr(options.with_rows)
    rows = tuple(sorted(options.rows.items()))
    return kind, id(asked.schema), rows, options.scale, options.seed, options.as_of, stated
