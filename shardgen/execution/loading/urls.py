"""
URLs of databases: which kind they name, and what may be said of them: never a password.

Credentials that a URL does not have come from where the database's own client takes them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from shardgen.errors import DatabaseError, nearest
from shardgen.execution.loading.database import Database

DATABASES = {
    "postgresql": ("shardgen.execution.loading.postgres", "PostgresDatabase"),
    "postgres": ("shardgen.execution.loading.postgres", "PostgresDatabase"),
    "mysql": ("shardgen.execution.loading.mysql", "MySQLDatabase"),
    "mariadb": ("shardgen.execution.loading.mysql", "MySQLDatabase"),
    "duckdb": ("shardgen.execution.loading.duckdb", "DuckDBDatabase"),
    "sqlite": ("shardgen.execution.loading.sqlite", "SQLiteDatabase"),
}
"""The module and the class of each kind of database, by the scheme of its URLs."""


def database_of(url: str) -> Database:
    """Return the database that a URL names; DatabaseError where it is none that is known."""
    scheme, sign, _ = url.partition("://")
    *most, last = (f"{name}://" for name in DATABASES if name != "postgres")
    known = f"{', '.join(most)} and {last}"
    if not sign:
        if Path(url).suffix in (".db", ".sqlite", ".sqlite3", ".db3"):
            raise DatabaseError(f"{url} is a file; as a database it is sqlite:///{url}")
        raise DatabaseError(  # without what was given: it may have a password in it
            "this is no URL of a database; write postgresql://user@host:5432/name or sqlite:///FILE"
        )
    kind = scheme.partition("+")[0].lower()
    if kind not in DATABASES:
        hint = nearest(kind, DATABASES) or f"known are {known}"
        raise DatabaseError(f"{kind!r} is no database that rows can be loaded into; {hint}")
    module, name = DATABASES[kind]
    made: Database = getattr(import_module(module), name)(f"{kind}{url[len(scheme) :]}")
    return made


def without_password(url: str) -> str:
    """Return a URL without its password and its parameters."""
    start, at, rest = url.partition("?")[0].rpartition("@")
    if not at:
        return rest
    scheme, sign, who = start.partition("://")
    return f"{scheme}{sign}{who.partition(':')[0]}@{rest}"
