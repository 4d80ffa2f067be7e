"""
A database of a random name on somebody's server, for as long as it is needed, and dropped then.

What runs there can reach no other database. PostgreSQL connects to one alone. In MySQL a name may
say another database, so a user is made that has rights to this one only.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shardgen.errors import DatabaseError
from shardgen.importing.live.connecting import connecting, engine_of, shown, with_settings

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine


def scratch(url: URL) -> AbstractContextManager[URL]:
    """Give an empty database on the server of a URL; for SQLite one in a file of its own."""
    made = {"postgresql": _postgres, "mysql": _mysql, "sqlite": _sqlite}
    return made[url.get_backend_name()](url)


def autocommitting(url: URL) -> Engine:
    """Return an engine in which each statement stands by itself, and its text is left as it is."""
    return engine_of(url).execution_options(isolation_level="AUTOCOMMIT", no_parameters=True)


@contextmanager
def _postgres(url: URL) -> Iterator[URL]:
    name = _random_name()
    home = url if url.database else url.set(database="postgres")
    with _dropped(home, f'DROP DATABASE IF EXISTS "{name}"', name) as run:
        run(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        yield url.set(database=name)


@contextmanager
def _mysql(url: URL) -> Iterator[URL]:
    name, password = _random_name(), f"{secrets.token_urlsafe(24)}aA1+"  # any policy
    home = with_settings(url)
    with connecting(home, autocommitting) as connection:
        query = "SELECT SUBSTRING_INDEX(USER(), '@', -1)"
        host = connection.exec_driver_sql(query).scalar_one()
    user = f"'{name}'@'{host}'"
    with (
        _dropped(home, f"DROP DATABASE IF EXISTS `{name}`", name) as run,
        _dropped(home, f"DROP USER IF EXISTS {user}", name),
    ):
        run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        run(f"CREATE USER {user} IDENTIFIED BY '{password}'")
        run(f"GRANT ALL ON `{name}`.* TO {user}")
        yield home.set(username=name, password=password, database=name)


@contextmanager
def _sqlite(url: URL) -> Iterator[URL]:
    with tempfile.TemporaryDirectory(prefix="shardgen-") as folder:
        path = Path(folder, "scratch.db")
        path.touch()
        yield url.set(database=str(path), query={})


class _Run:
    """Statements on a server, each in a connection of its own."""

    def __init__(self, url: URL) -> None:
        self._url = url

    def __call__(self, statement: str) -> None:
        with connecting(self._url, autocommitting) as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def _dropped(url: URL, drop: str, name: str) -> Iterator[_Run]:
    """Give what runs statements; whatever happens, `drop` is run in the end."""
    run = _Run(url)
    try:
        yield run
    finally:
        try:
            run(drop)
        except DatabaseError as error:
            raise DatabaseError(
                f"the scratch database {name} may still be on {shown(url)}: {error}; "
                f"drop it: {drop}"
            ) from None


def _random_name() -> str:
    """Return a name that no database has; without _, which stands for any character in a GRANT."""
    return f"shardgen{secrets.token_hex(10)}"
