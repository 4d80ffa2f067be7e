"""
A connection that can only read, by a URL as SQLAlchemy knows it, and the errors on the way.

No password is ever in an error: neither that of the URL nor the URL's parameters are repeated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from shardgen.errors import DatabaseError
from shardgen.importing.live.passwords import SECRET, mysql_settings

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

INSTALL = "pip install 'shardgen[import]'"
SECONDS = 10
"""To wait for a server that does not answer."""

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
_KNOWN = "postgresql://, mysql://, mariadb:// and sqlite:///"
_DENIED = re.compile("password|authentication|access denied", re.IGNORECASE)
_PASSWORDS = {"postgresql": "PGPASSWORD or ~/.pgpass", "mysql": "~/.my.cnf or MYSQL_PWD"}
_SHOWN = 300  # characters of what a driver says


def parsed(text: str) -> URL:
    """Return the URL with the driver that reads it; DatabaseError when there is none."""
    try:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        raise DatabaseError(f"reading a live database needs SQLAlchemy: {INSTALL}") from None
    if "://" not in text and Path(text).is_file():
        raise DatabaseError(f"{text} is a file; as a database it is sqlite:///{text}")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            "this is no URL of a database; write postgresql://user@host:5432/name, and %40 for "
            "an @ within a password"
        ) from None
    backend, _, driver = url.drivername.partition("+")
    if backend not in (*_DRIVERS, "sqlite"):
        raise DatabaseError(f"{backend!r} is no database that can be read here; {_KNOWN} are")
    if backend == "mariadb" and driver:
        return url.set(drivername=f"mysql+{driver}")
    return url if driver else url.set(drivername=_DRIVERS.get(backend, backend))


def shown(url: URL) -> str:
    """Return a URL without its password and parameters."""
    from sqlalchemy import URL

    backend = url.get_backend_name()
    return URL.create(
        backend, url.username, None, url.host, url.port, url.database
    ).render_as_string()


@contextmanager
def reading(url: URL) -> Iterator[Connection]:
    """Give a connection within one transaction that the database lets only read."""
    readers = {"postgresql": _postgres, "mysql": _mysql, "sqlite": _sqlite}
    with connecting(url, readers[url.get_backend_name()]) as connection:
        yield connection


@contextmanager
def connecting(url: URL, prepare: Any) -> Iterator[Connection]:
    """Give a connection of the engine that `prepare` makes; what fails is a DatabaseError."""
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    try:
        engine = prepare(url)
    except ImportError as error:
        raise DatabaseError(f"{shown(url)} needs {error.name}: {_install(url)}") from None
    except (NoSuchModuleError, TypeError, ValueError) as error:
        raise DatabaseError(f"cannot read {shown(url)}: {said(error, url)}") from None
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        engine.dispose()
        reason = said(error, url)
        hint = _hint(reason, url)
        raise DatabaseError(f"cannot connect to {shown(url)}: {reason}{hint}") from None
    try:
        with connection:
            yield connection
    except SQLAlchemyError as error:
        raise DatabaseError(f"cannot read {shown(url)}: {said(error, url)}") from None
    finally:
        engine.dispose()


def _postgres(url: URL) -> Engine:
    options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    return engine_of(url).execution_options(**options)


def _mysql(url: URL) -> Engine:
    from sqlalchemy import event

    engine = engine_of(with_settings(url))

    @event.listens_for(engine, "connect")
    def _read_only(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")

    return engine


def _sqlite(url: URL) -> Engine:
    path = url.database or ""
    if path.startswith("file:"):
        path = unquote(path.removeprefix("file:"))
    if path in ("", ":memory:") or url.query.get("mode") == "memory":
        raise DatabaseError("a database in memory has nothing to read; write sqlite:///FILE")
    if not Path(path).is_file():
        raise DatabaseError(f"there is no file {path}")
    mode = "mode=ro&immutable=1" if _has_closed_log(path) else "mode=ro"
    return engine_of(url.set(database=f"file:{quote(path)}?{mode}", query={"uri": "true"}))


def _has_closed_log(path: str) -> bool:
    """
    Return whether a file of SQLite is one with a write-ahead log that nobody has open.

    To read it by the usual way would make the files of its log, and leave them there.
    """
    with Path(path).open("rb") as file:
        head = file.read(20)
    return head[18:19] == b"\2" and not Path(f"{path}-wal").exists()


def engine_of(url: URL) -> Engine:
    """Return an engine that waits no longer than it has to for a server, and keeps nothing open."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    waits: dict[str, object] = {}
    driver = url.get_driver_name()
    if driver in ("psycopg", "psycopg2", "pymysql") and "connect_timeout" not in url.query:
        waits = {} if "PGCONNECT_TIMEOUT" in os.environ else {"connect_timeout": SECONDS}
    engine = create_engine(url, poolclass=NullPool, connect_args=waits)
    if engine.dialect.is_async:
        raise ValueError(f"{driver} is asynchronous; leave +{driver} out")
    return engine


def with_settings(url: URL) -> URL:
    """Return the URL of a MySQL with what it leaves to ~/.my.cnf and MYSQL_PWD."""
    said = mysql_settings()
    if url.host is None and "unix_socket" not in url.query and "socket" in said:
        url = url.update_query_dict({"unix_socket": said["socket"]})
    port = said.get("port", "")
    if url.port is None and url.host is None and port.isdecimal():
        url = url.set(port=int(port))
    return url.set(
        username=said.get("user") if url.username is None else url.username,
        password=said.get("password") if url.password is None else url.password,
        host=said.get("host") if url.host is None else url.host,
    )


def said(error: Exception, url: URL) -> str:
    """Return what a driver says, in a line, without a password."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())
    given = {"password": str(url.password or "")} | {k: str(v) for k, v in url.query.items()}
    for key, value in given.items():
        if value and SECRET.search(key):
            text = text.replace(value, "***")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _hint(reason: str, url: URL) -> str:
    """Return where a password may be, where it is one that is missing or wrong."""
    places = _PASSWORDS.get(url.get_backend_name())
    if places is None or not _DENIED.search(reason):
        return ""
    return f"; a password is read from {places} where the URL has none"


def _install(url: URL) -> str:
    if url.drivername in _DRIVERS.values():
        return INSTALL
    return f"install it, or leave +{url.get_driver_name()} out"
