"""
Statements of DDL, described by a real database that runs them: in a scratch one, dropped then.

Only what makes the structure is run, with the rights of the URL's user. Rows and rights are passed
over; what would reach beyond the scratch database is not run; what the database refuses is said,
with its own words.
"""

from __future__ import annotations

import re
from collections import Counter
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
_MAY_MAKE = re.compile(r"DO\b", re.IGNORECASE)
_DEFINER = re.compile(
    r"\bDEFINER\s*=\s*(?:CURRENT_USER(?:\s*\(\s*\))?|(?:`[^`]*`|'[^']*'|\w+)\s*@\s*"
    r"(?:`[^`]*`|'[^']*'|[\w.%]+))",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A statement without its delimiter, and the line that it begins in."""

    number: int
    text: str


def described_via(
    statements: Iterable[tuple[int, str, *tuple[str, ...]]], url: str, *, name: str
) -> Database:
    """
    Return the database that statements make on a server, under the name given.

    Each begins with its line and its text, without a delimiter; what follows these is not read.
    Statements that fail are tried again after the others, so that their order does not matter.
    Nothing stays on the server, and no other database of it is touched. DatabaseError when it
    cannot be reached, or no scratch database be made there.
    """
    lines = [Line(statement[0], statement[1]) for statement in statements]
    with scratch(parsed(url)) as place:
        mysql = place.get_backend_name() == "mysql"
        chosen = [line for line in lines if not _is_passed(line.text, mysql=mysql)]
        failed = _run(chosen, place)
        database = described(place, Selection())
    passed = [line for line in lines if _is_passed(line.text, mysql=mysql)]
    refused = [line for line in passed if _MAY_MAKE.match(line.text)]
    unread = [_unread(line, "it may change more than a scratch database") for line in refused]
    return msgspec.structs.replace(
        database,
        name=name,
        tables=tuple(msgspec.structs.replace(table, rows=None) for table in database.tables),
        unread=(*unread, *failed, *database.unread),
        notes=_notes([line for line in passed if line not in refused]),
    )


def _is_passed(text: str, *, mysql: bool) -> bool:
    """Return whether a statement is not run: it makes no table, or would reach too far."""
    if not _STRUCTURE.match(text) or _RIGHTS.match(text) or _ITS_OWN.match(text):
        return True
    return bool(_BEYOND.match(text) or (mysql and _BEYOND_MYSQL.match(text)))


def _notes(passed: Sequence[Line]) -> tuple[str, ...]:
    """Return how many statements of each kind were not run."""
    counts = Counter(_kind(line.text) for line in passed)
    if not counts:
        return ()
    listed = ", ".join(f"{count} × {kind}" for kind, count in sorted(counts.items()))
    return (f"passed over, as it makes no table of the scratch database: {listed}",)


def _kind(text: str) -> str:
    """Return what a statement is counted as: its first word, or two where they say more."""
    words = text.upper().split(None, 2)
    return " ".join(words[:2] if words[0] in ("CREATE", "ALTER", "DROP", "SET") else words[:1])


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
