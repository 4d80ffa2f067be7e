"""MySQL and MariaDB for tests: databases, and connections that are rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from shardgen.errors import DatabaseError
from shardgen.execution.loading.urls import without_password

try:
    import pymysql
except ImportError as missing:
    what = "a test asks for MySQL, and PyMySQL is missing: pip install 'shardgen[mysql]'"
    raise DatabaseError(what) from missing

_POINT = "shardgen_test"


class RolledBack(pymysql.Connection):  # type: ignore[misc]
    """
    A connection whose transaction never ends: `commit` keeps until the end of the test.

    Then all is undone. `rollback` goes back to the last `commit`. Statements that imply a commit,
    such as CREATE TABLE, cannot be undone. AUTO_INCREMENT counts on.
    """

    def begin(self) -> None:
        """Begin what `rollback` undoes; within a test, that is a new part of its transaction."""
        self.query(f"SAVEPOINT {_POINT}")

    def commit(self) -> None:
        """Keep what was done until the end of the test."""
        self.query(f"RELEASE SAVEPOINT {_POINT}")
        self.begin()

    def rollback(self) -> None:
        """Undo what was done since the last commit."""
        self.query(f"ROLLBACK TO SAVEPOINT {_POINT}")

    def is_untouched(self) -> bool:
        """Return whether nothing of the test has been committed."""
        if not self.open:
            return True  # the server has undone what was not committed
        try:
            self.rollback()
        except pymysql.Error:
            return False
        return True


class MySQLServer:
    """A server, by the URL of any of its databases."""

    def __init__(self, url: str) -> None:
        """Connect, so that a wrong address is told at once; DatabaseError where it cannot be."""
        self._url = url
        with self._admin():
            pass

    def _arguments(self) -> dict[str, Any]:
        parts = urlsplit(self._url)
        return {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 3306,
            "user": unquote(parts.username or "root"),
            "password": unquote(parts.password or ""),
            "charset": "utf8mb4",
        }

    @contextmanager
    def _admin(self) -> Iterator[Any]:
        try:
            with pymysql.connect(**self._arguments()) as connection:
                yield connection
        except pymysql.Error as error:
            at = without_password(self._url)
            told = error.args[-1] if error.args else type(error).__name__
            raise DatabaseError(f"the MySQL or MariaDB for tests at {at}: {told}") from None

    def create(self, name: str) -> str:
        """Make an empty database, and return its URL."""
        with self._admin() as connection:
            connection.query(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def copy(self, name: str, source: str) -> None:
        """Return None: a database is filled again."""
        del name, source

    def drop(self, name: str) -> None:
        """Drop a database."""
        with self._admin() as connection:
            connection.query(f"DROP DATABASE IF EXISTS `{name}`")

    def connect(self, name: str) -> RolledBack:
        """Return a connection that commits nothing."""
        connection = RolledBack(**self._arguments(), database=name, autocommit=False)
        connection.query("START TRANSACTION")
        connection.begin()
        return connection
