"""
Statements of DDL, described by a real database that runs them: in a scratch one, dropped then.

Only what makes the structure is run, with the rights of the URL's user. Rows and rights are passed
over; what would reach beyond the scratch database is not run; what the database refuses is said,
with its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shardgen.importing.described import Database, Unread
from shardgen.importing.live.connecting import connecting, parsed, said
from shardgen.importing.live.describe import described
from shardgen.importing.live.scratch import autocommitting, scratch
from shardgen.importing.live.selection import Selection

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

_SHOWN = 60  # characters of a statement in a report
_STRUCTURE = re.compile(
    r"(?:CREATE|ALTER|DROP|COMMENT|RENAME|SET|DO)\b|SELECT\s+(?:pg_catalog\s*\.\s*)?set_config\s*\(",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"ALTER\b.*\bOWNER\s+TO\b|ALTER\s+DEFAULT\s+PRIVILEGES\b", re.IGNORECASE | re.DOTALL
)
_ITS_OWN = re.compile(r"CREATE\s+TABLE\s+[\"'`\[]?sqlite_", re.IGNORECASE)
_SHARED = r"ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE|SUBSCRIPTION|SYSTEM|INSTANCE"
_BEYOND = re.compile(
    rf"(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:{_SHARED})\b"
    r"|SET\s+(?:GLOBAL|PERSIST|PERSIST_ONLY|PASSWORD|ROLE|DEFAULT\s+ROLE|SESSION\s+AUTHORIZATION"
    r"|LOCAL\s+ROLE|@@(?:GLOBAL|PERSIST))\b"
    rf"|DO\b.*\b(?:(?:CREATE|ALTER|DROP)\s+(?:{_SHARED})|COPY|EXECUTE|dblink\w*)\b",
    re.IGNORECASE | re.DOTALL,
)
_BEYOND_MYSQL = re.compile(r"(?:CREATE|ALTER|DROP)\s+SCHEMA\b|DO\b", re.IGNORECASE)
_DEFINER = re.compile(
    r"\bDEFINER\s*=\s*(?:CURRENT_USER(?:\s*\(\s*\))?|(?:`[^`]*`|'[^']*'|\w+)\s*@\s*"
    r"(?:`[^`]*`|'[^']*'|[\w.%]+))",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A statement without its delimiter, and the line that it begins in."""

    number: int
    text: str


def described_via(statements: Iterable[tuple[int, str]], url: str, *, name: str) -> Database:
    """
    Return the database that statements make on a server, each with its line, under the name given.

    Statements that fail are tried again after the others, so that their order does not matter.
    Nothing stays on the server, and no other database of it is touched. DatabaseError when it
    cannot be reached, or no scratch database be made there.
    """
    lines = [Line(number, text) for number, text in statements]
    with scratch(parsed(url)) as place:
        mysql = place.get_backend_name() == "mysql"
        chosen = [line for line in lines if not _why_not(line.text, mysql=mysql)]
        failed = _run(chosen, place)
        database = described(place, Selection())
    passed = [(line, why) for line in lines if (why := _why_not(line.text, mysql=mysql))]
    unread = (*_counted(passed), *failed, *database.unread)
    tables = tuple(msgspec.structs.replace(table, rows=None) for table in database.tables)
    return msgspec.structs.replace(database, name=name, tables=tables, unread=unread)


def _why_not(text: str, *, mysql: bool) -> str:
    """Return why a statement is not run, "" where it is."""
    if not _STRUCTURE.match(text):
        return "it makes no table"
    if _RIGHTS.match(text):
        return "rights and owners concern no row"
    if _ITS_OWN.match(text):
        return "SQLite makes the table itself"
    if _BEYOND.match(text) or (mysql and _BEYOND_MYSQL.match(text)):
        return "it would change more than a scratch database"
    return ""


def _counted(passed: Sequence[tuple[Line, str]]) -> list[Unread]:
    """Return what was not run: the first of each kind, with how many there are of it."""
    kinds: dict[tuple[str, str], list[Line]] = {}
    for line, why in passed:
        first = (line.text.split(None, 1) or [""])[0].upper()
        kinds.setdefault((first, why), []).append(line)
    return [
        _unread(lines[0], why if len(lines) == 1 else f"{why} ({len(lines)} such statements)")
        for (_, why), lines in kinds.items()
    ]


def _unread(line: Line, reason: str) -> Unread:
    words = " ".join(line.text.split())
    text = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
    return Unread(where=f"line {line.number}", text=text, reason=reason)


def _run(lines: Sequence[Line], place: URL) -> list[Unread]:
    """Run statements, those that failed again after the others; return what failed to the end."""
    mysql = place.get_backend_name() == "mysql"
    with connecting(place, autocommitting) as connection:
        if mysql:
            connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")  # parents may come later
        reasons: dict[Line, str] = {}
        waiting = list(lines)
        while waiting:
            reasons = {
                line: reason
                for line in waiting
                if (reason := _refused(connection, line.text, place, mysql=mysql))
            }
            if len(reasons) == len(waiting):
                break
            waiting = list(reasons)
    return [_unread(line, reason) for line, reason in reasons.items()]


def _refused(connection: Connection, text: str, place: URL, *, mysql: bool) -> str:
    """Run a statement, and return what the database says where it refuses it."""
    from sqlalchemy.exc import DBAPIError

    try:
        connection.exec_driver_sql(_for_mysql(text) if mysql else text)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return said(error, place)
    return ""


def _for_mysql(text: str) -> str:
    """Return a statement without who defined it, whose comments for MySQL open as they close."""
    text = _DEFINER.sub("", text)
    return text if text.count("*/") == text.count("/*") else f"/*! {text}"
