"""PostgreSQL for tests: databases copied from a template, and connections that are rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from shardgen.errors import DatabaseError
from shardgen.execution.loading.urls import without_password

try:
    import psycopg
    from psycopg import sql
except ImportError as missing:
    what = "a test asks for PostgreSQL, and psycopg is missing: pip install 'shardgen[postgres]'"
    raise DatabaseError(what) from missing

_POINT = "shardgen_test"


class RolledBack(psycopg.Connection[Any]):
    """
    A connection whose transaction never ends: `commit` keeps until the end of the test.

    Then all is undone. `rollback` goes back to the last `commit`. Sequences count on.
    """

    def begin(self) -> None:
        """Begin the transaction of a test."""
        self.execute(f"SAVEPOINT {_POINT}")

    def commit(self) -> None:
        """Check what a commit checks, and keep what was done; what is refused is undone."""
        try:
            self.execute("SAVEPOINT shardgen_checks")
            self.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.execute("ROLLBACK TO SAVEPOINT shardgen_checks")
        except psycopg.Error:
            self.rollback()
            raise
        self.execute(f"RELEASE SAVEPOINT {_POINT}")
        self.begin()

    def rollback(self) -> None:
        """Undo what was done since the last commit."""
        self.execute(f"ROLLBACK TO SAVEPOINT {_POINT}")

    def is_untouched(self) -> bool:
        """Return whether nothing of the test has been committed."""
        if self.closed:
            return True  # the server has undone what was not committed
        try:
            self.rollback()
        except psycopg.Error:
            return False
        return True


class PostgresServer:
    """A server, by the URL of any of its databases."""

    def __init__(self, url: str) -> None:
        """Connect, so that a wrong address is told at once; DatabaseError where it cannot be."""
        self._url = url
        with self._admin() as connection:
            self._force = connection.info.server_version >= 130000

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                yield connection
        except psycopg.Error as error:
            at = without_password(self._url)
            told = " ".join(str(error).split())
            raise DatabaseError(f"the PostgreSQL for tests at {at}: {told}") from None

    def _of(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def create(self, name: str) -> str:
        """Make an empty database, and return its URL."""
        with self._admin() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._of(name)

    def copy(self, name: str, source: str) -> str:
        """Make a database as another one is, and return its URL."""
        names = map(sql.Identifier, (name, source))
        with self._admin() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self._of(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        end = " WITH (FORCE)" if self._force else ""
        with self._admin() as connection:
            text = sql.SQL("DROP DATABASE IF EXISTS {}" + end).format(sql.Identifier(name))
            connection.execute(text)

    def connect(self, name: str) -> RolledBack:
        """Return a connection that commits nothing."""
        connection = RolledBack.connect(self._of(name))
        connection.begin()
        return connection
