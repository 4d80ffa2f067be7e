"""
Connections to MySQL and MariaDB by PyMySQL, from a URL, and what the server says in errors.

What the URL leaves out comes from ~/.my.cnf and MYSQL_PWD, as for `shardgen import`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from shardgen.errors import DatabaseError, missing_package, nearest
from shardgen.execution.loading.urls import without_password
from shardgen.execution.loading.words import said, secrets_of
from shardgen.importing.live.passwords import mysql_settings

if TYPE_CHECKING:
    from pymysql import Connection

SECONDS_TO_CONNECT = 10
_SETTINGS = (
    (
        "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO', "
        "sql_notes = 1, max_error_count = 64, unique_checks = 1, foreign_key_checks = 1, "
        "innodb_lock_wait_timeout = 600, lock_wait_timeout = 3600, wait_timeout = 604800, "
        "net_read_timeout = 3600, net_write_timeout = 3600 /*M! , max_statement_time = 0 */"
    ),
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",  # fewer locks between workers
)
_LOST = (0, 1053, 1317, 1927, 2006, 2013, 2055)
"""The numbers of errors after which there is no connection any more."""
_DENIED = (1044, 1045, 1698)
_DEADLOCK = 1213
_TRIES = 10  # of a transaction that another one is in the way of


def _yes(text: str) -> bool:
    return text.lower() not in ("0", "false", "no", "off")


_PARAMETERS: dict[str, Callable[[str], Any]] = {
    "unix_socket": str, "connect_timeout": int, "read_timeout": int, "write_timeout": int,
    "ssl_ca": str, "ssl_cert": str, "ssl_key": str, "ssl_key_password": str,
    "ssl_disabled": _yes, "ssl_verify_cert": _yes, "ssl_verify_identity": _yes,
}  # fmt: skip
"""The parameters that a URL may have, and what reads them."""


def pymysql() -> Any:
    """Return the driver; PlanError where it is not installed."""
    try:
        import pymysql as driver
    except ImportError:
        raise missing_package("loading into MySQL", "PyMySQL", "mysql") from None
    return driver


@contextlib.contextmanager
def connected(url: str) -> Iterator[Connection[Any]]:
    """Give a connection with the settings that a load needs; DatabaseError where there is none."""
    driver = pymysql()
    shown = without_password(url)
    try:
        connection = driver.connect(**_arguments(url), autocommit=True, local_infile=True)
    except driver.Error as error:
        hint = "; a password is read from ~/.my.cnf or MYSQL_PWD where the URL has none"
        hint = hint if error.args and error.args[0] in _DENIED else ""
        raise DatabaseError(f"cannot connect to {shown}: {words_of(error, url)}{hint}") from None
    try:
        with failing("MySQL", url, "the settings of the connection"):
            for statement in _SETTINGS:
                connection.query(statement)
        yield connection
    finally:
        with contextlib.suppress(driver.Error):  # it may be lost
            connection.close()


def _arguments(url: str) -> dict[str, Any]:
    """Return what PyMySQL connects by; DatabaseError for what it would not know."""
    try:
        parts = urlsplit(url)
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError:
        raise DatabaseError(
            "this is no URL of a MySQL database; write mysql://user@host:3306/name, and %40 for an "
            "@ within a password"
        ) from None
    more = dict(_parameter(*each) for each in parse_qsl(parts.query))
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise DatabaseError(
            f"{without_password(url)} names no database; write mysql://user@host:3306/name"
        )
    settings = mysql_settings()
    if host is None and "unix_socket" not in more and "socket" in settings:
        more["unix_socket"] = settings["socket"]
    if port is None and host is None and settings.get("port", "").isdecimal():
        port = int(settings["port"])
    return {
        "host": host or settings.get("host") or "127.0.0.1",
        "port": port or 3306,
        "user": unquote(user) if user is not None else settings.get("user"),
        "password": settings.get("password", "")
        if parts.password is None
        else unquote(parts.password),
        "database": name,
        "charset": "utf8mb4",
        "connect_timeout": SECONDS_TO_CONNECT,
    } | more


def _parameter(name: str, text: str) -> tuple[str, Any]:
    """Return a parameter of the URL as it is read."""
    if name not in _PARAMETERS:
        hint = nearest(name, _PARAMETERS) or f"known are {', '.join(_PARAMETERS)}"
        raise DatabaseError(f"{name!r} is no parameter of a URL of MySQL; {hint}")
    try:
        return name, _PARAMETERS[name](text)
    except ValueError:
        raise DatabaseError(f"the parameter {name!r} of the URL is no number") from None


def words_of(error: Exception, url: str) -> str:
    """Return what the server says, in a line, without a password."""
    text = error.args[-1] if error.args else error
    secrets = (*secrets_of(url), *filter(None, [mysql_settings().get("password")]))
    return said(text or "the connection is closed", secrets)


@contextlib.contextmanager
def failing(title: str, url: str, what: str) -> Iterator[None]:
    """Make DatabaseErrors of the driver's errors; `what` is what was under way."""
    try:
        yield
    except pymysql().Error as error:
        raise as_database_error(error, title, url, what) from None


def again_after_deadlock(transaction: Callable[[], bool]) -> bool:
    """Return what a transaction does, which is tried again where it was given up for another."""
    for _ in range(_TRIES - 1):
        try:
            return transaction()
        except pymysql().Error as error:
            if not error.args or error.args[0] != _DEADLOCK:
                raise
    return transaction()


def as_database_error(error: Exception, title: str, url: str, what: str) -> DatabaseError:
    """Return the error of a load for one of the driver's."""
    words = words_of(error, url)
    if error.args and error.args[0] in _LOST:
        shown = without_password(url)
        return DatabaseError(
            f"the connection to {shown} was lost before {title} had finished {what}: {words}"
        )
    return DatabaseError(f"{title} refused {what}: {words}")
