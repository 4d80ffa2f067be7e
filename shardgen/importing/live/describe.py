"""The way in: a live database by its URL, described and left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from shardgen.importing.described import Database
from shardgen.importing.live.connecting import parsed, reading
from shardgen.importing.live.mysql import describe_mysql
from shardgen.importing.live.postgres import describe_postgres
from shardgen.importing.live.selection import Selection
from shardgen.importing.live.sqlite import describe_sqlite

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection


def describe(
    url: str,
    *,
    schemas: Iterable[str] = (),
    tables: Iterable[str] = (),
    exclude: Iterable[str] = (),
) -> Database:
    """
    Return the database at a URL such as postgresql://user@host:5432/shop, as its catalog has it.

    Each pattern may have `*`, `?` and `[ab]`; one of tables may name the schema before a point. In
    MySQL a schema is a database. What has no rows of its own, as views, is among `unread`. Nothing
    is written: it is one transaction that may only read. DatabaseError when the database cannot be
    reached or read, or has no schema or table of a pattern.
    """
    selection = Selection(schemas=tuple(schemas), tables=tuple(tables), exclude=tuple(exclude))
    return described(parsed(url), selection)


def described(url: URL, selection: Selection) -> Database:
    """Return what is selected of the database of a URL that was parsed."""
    with reading(url) as connection:
        return READERS[url.get_backend_name()](connection, selection)


READERS: dict[str, Callable[[Connection, Selection], Database]] = {
    "postgresql": describe_postgres,
    "mysql": describe_mysql,
    "sqlite": describe_sqlite,
}
