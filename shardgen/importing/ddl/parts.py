"""
The parts of a table as a statement says them, before the table is known that they belong to.

Names of constraints are "" where none is given, and columns of a reference () where they are the
primary key of the other table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.described import (
    Action,
    Check,
    Exclusion,
    ForeignKey,
    Index,
    KeyPart,
    Name,
)


class PrimaryKey(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a primary key; `falls` says that it stands within a column, with DESC."""

    name: str = ""
    columns: tuple[str, ...]
    falls: bool = False


class NotNull(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is never NULL, where that is a constraint with a name."""

    column: str


Part = PrimaryKey | NotNull | Index | ForeignKey | Check | Exclusion
_ACTIONS: tuple[Action, ...] = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")
_OPTIONS_WITH_PARENTHESES = ("INCLUDE", "WITH", "STORING")


def bare(cursor: Cursor) -> str:
    """Read all that is left, and return it without the parentheses around all of it."""
    first, end = cursor.at, len(cursor.tokens)
    closes = _closings(cursor)
    while end - first > 1 and closes.get(first) == end - 1:
        first, end = first + 1, end - 1
    cursor.skip_all()
    return Cursor(cursor.statement, cursor.language, cursor.tokens[first:end]).rest()


def _closings(cursor: Cursor) -> dict[int, int]:
    """Return where each parenthesis closes that is left."""
    closes: dict[int, int] = {}
    opened: list[int] = []
    for place in range(cursor.at, len(cursor.tokens)):
        key = cursor.tokens[place].key
        if key == "(":
            opened.append(place)
        elif key == ")" and opened:
            closes[opened.pop()] = place
    return closes


def read_check(cursor: Cursor, name: str) -> Check | None:
    """Read a check behind its word; None for one that the database does not enforce."""
    expression = bare(cursor.enclosed())
    enforced = True
    while found := cursor.takes("NO INHERIT", "NOT VALID", "NOT ENFORCED", "ENFORCED"):
        enforced = enforced and found != "NOT ENFORCED"
    return Check(name=name, expression=expression) if enforced else None


def read_reference(cursor: Cursor, name: str, columns: tuple[str, ...]) -> ForeignKey:
    """Read a foreign key behind the word REFERENCES; its table is named as it is written."""
    path = cursor.path()
    table = Name(path[-2] if len(path) > 1 else "", path[-1])
    references = cursor.names() if cursor.key() == "(" else ()
    said: dict[str, Any] = {}
    while found := cursor.takes(
        *("ON DELETE", "ON UPDATE", "MATCH", "NOT DEFERRABLE", "DEFERRABLE"),
        *("INITIALLY DEFERRED", "INITIALLY IMMEDIATE", "NOT VALID", "NOT ENFORCED", "ENFORCED"),
    ):
        if found.startswith("ON "):
            said["on_delete" if found.endswith("DELETE") else "on_update"] = _action(cursor)
        elif found == "MATCH":
            is_full = cursor.next().key == "FULL"
            # Others know the word, and do not do it.
            said["match_full"] = is_full and cursor.language.database == "postgres"
        elif found == "DEFERRABLE":
            said["deferrable"] = True
        elif found == "INITIALLY DEFERRED":
            said["initially_deferred"] = said["deferrable"] = True
    return ForeignKey(name=name, columns=columns, table=table, references=references, **said)


def _action(cursor: Cursor) -> Action:
    found = cursor.takes(*_ACTIONS)
    if not found:
        raise NotReadError(f"{cursor.shown()} is no action of a foreign key")
    if found.startswith("SET") and cursor.key() == "(":
        cursor.skip()  # the columns of it that are set
    return found  # type: ignore[return-value]  # it is one of them


def read_key_parts(cursor: Cursor) -> tuple[KeyPart, ...]:
    """Read the columns and expressions of an index, in parentheses."""
    return tuple(_key_part(part) for part in cursor.enclosed().by_commas())


def _key_part(cursor: Cursor) -> KeyPart:
    first = cursor.at
    said: dict[str, Any] = {}
    if not cursor.sees_name():
        return _expression(cursor, said)
    column = cursor.name()
    if cursor.key() == "(":
        inner = cursor.enclosed()
        if cursor.language.database != "mysql" or not inner.token().text.isdecimal():
            cursor.at = first
            return _expression(cursor, said)
        said["length"] = inner.integer()
    elif cursor.key() == ".":
        cursor.at = first
        return _expression(cursor, said)
    _key_options(cursor, said)
    if cursor.done:
        return KeyPart(column=column, **said)
    cursor.at = first
    return _expression(cursor, {})


def _expression(cursor: Cursor, said: dict[str, Any]) -> KeyPart:
    """Read an expression: in parentheses, a call, or all up to what stands behind one."""
    first = cursor.at
    if cursor.key() == "(":
        cursor.skip()
    else:
        cursor.path()
        if cursor.key() == "(":
            cursor.skip()
    end = cursor.at
    _key_options(cursor, said)
    if not cursor.done:  # SQLite has any expression here
        cursor.at, end = first, len(cursor.tokens)
        while not cursor.done and not cursor.sees("ASC") and not cursor.sees("DESC"):
            cursor.skip()
        end = cursor.at
        said = {"descending": True} if cursor.takes("DESC") else {}
    cursor.takes("ASC")
    inner = Cursor(cursor.statement, cursor.language, cursor.tokens[first:end])
    return KeyPart(expression=bare(inner), **said)


def _key_options(cursor: Cursor, said: dict[str, Any]) -> None:
    """Read what may stand behind a part: its collation, its operators, its direction."""
    if cursor.sees("WITHOUT OVERLAPS"):
        raise NotReadError("a key over periods is not described")
    while not cursor.done:
        if cursor.takes("COLLATE"):
            said["collation"] = cursor.path()[-1]
        elif cursor.takes("DESC"):
            said["descending"] = True
        elif cursor.takes("ASC", "NULLS FIRST", "NULLS LAST"):
            continue
        elif cursor.language.database == "postgres" and cursor.sees_name():
            cursor.path()  # a class of operators
            if cursor.key() == "(":
                cursor.skip()
        else:
            return


def read_unique(cursor: Cursor, name: str) -> Index:
    """Read a UNIQUE constraint of a table behind its word."""
    cursor.takes("KEY", "INDEX")
    distinct = cursor.takes("NULLS NOT DISTINCT", "NULLS DISTINCT")
    if cursor.key() != "(" and not cursor.sees("USING") and cursor.sees_name():
        name = cursor.name() or name
    method = read_method(cursor) or "btree"
    parts = read_key_parts(cursor)
    said = read_index_options(cursor)
    return Index(
        name=name,
        parts=parts,
        unique=True,
        constraint=True,
        method=said.pop("method", method),
        nulls_not_distinct=distinct == "NULLS NOT DISTINCT",
        **said,
    )


def read_method(cursor: Cursor) -> str:
    """Read USING and a method, if they are there."""
    return cursor.name().lower() if cursor.takes("USING") else ""


def read_index_options(cursor: Cursor) -> dict[str, Any]:
    """Read what stands behind the columns of a key or an index; what counts is returned."""
    said: dict[str, Any] = {}
    while not cursor.done:
        if cursor.takes("WHERE"):
            said["where"] = bare(cursor)
        elif cursor.takes("NULLS NOT DISTINCT"):
            said["nulls_not_distinct"] = True
        elif cursor.takes("DEFERRABLE", "INITIALLY DEFERRED"):
            said["deferrable"] = True
        elif cursor.sees("USING") and not cursor.sees("USING INDEX"):
            said["method"] = read_method(cursor)
        elif not _takes_option(cursor):
            break
    return said


def _takes_option(cursor: Cursor) -> bool:
    """Read an option that says nothing of what may be in a row; False where there is none."""
    if cursor.takes(
        "USING INDEX TABLESPACE", "ON CONFLICT", "TABLESPACE", "WITH PARSER", "COMMENT"
    ):
        cursor.next()
    elif cursor.takes("KEY_BLOCK_SIZE", "ALGORITHM", "LOCK", "CLUSTERING"):
        cursor.takes("=")
        cursor.next()
    elif cursor.takes(*_OPTIONS_WITH_PARENTHESES):
        cursor.skip()
    else:
        return bool(cursor.takes(*_WITHOUT_MEANING))
    return True


_WITHOUT_MEANING = (
    *("NOT DEFERRABLE", "INITIALLY IMMEDIATE", "NULLS DISTINCT", "NOT VALID", "VISIBLE"),
    *("INVISIBLE", "IGNORED", "NOT IGNORED", "ENFORCED", "NOT ENFORCED", "AUTOINCREMENT"),
)


def read_primary_key(cursor: Cursor, name: str) -> PrimaryKey:
    """Read a PRIMARY KEY of a table behind its words."""
    read_method(cursor)
    if cursor.key() != "(":
        cursor.name()  # MySQL takes a name, and forgets it
        read_method(cursor)
    parts = read_key_parts(cursor)
    read_index_options(cursor)
    if any(not part.column for part in parts):
        raise NotReadError("an expression is no part of a primary key")
    return PrimaryKey(name=name, columns=tuple(part.column for part in parts))


def read_foreign_key(cursor: Cursor, name: str) -> ForeignKey:
    """Read a FOREIGN KEY of a table behind its words."""
    cursor.takes("IF NOT EXISTS")
    if cursor.key() != "(":
        name = name or cursor.name()
        if cursor.key() != "(":
            cursor.name()
    columns = cursor.names()
    cursor.expect("REFERENCES")
    return read_reference(cursor, name, columns)


def read_exclusion(cursor: Cursor, name: str) -> Exclusion:
    """Read an EXCLUDE constraint behind its word."""
    method = read_method(cursor) or "gist"
    elements = []
    for part in cursor.enclosed().by_commas():
        place = next((n for n, token in enumerate(part.tokens) if token.key == "WITH"), -1)
        if place < 0:
            raise NotReadError("WITH and an operator are missing")
        first = Cursor(part.statement, part.language, part.tokens[:place])
        part.at = place + 1
        key = _key_part(first)
        elements.append((key.column or key.expression, _operator(part)))
    where = read_index_options(cursor).get("where")
    return Exclusion(name=name, elements=tuple(elements), method=method, where=where)


def _operator(cursor: Cursor) -> str:
    if cursor.takes("OPERATOR"):
        cursor = cursor.enclosed()
        while cursor.key(1) == ".":
            cursor.at += 2
    return re.sub(r"\s", "", cursor.rest())


def read_index(cursor: Cursor, method: str) -> Index:
    """Read a KEY or INDEX of MySQL behind its words."""
    name = ""
    if cursor.key() != "(" and not cursor.sees("USING"):
        cursor.takes("IF NOT EXISTS")
        name = cursor.name()
    method = read_method(cursor) or method
    parts = read_key_parts(cursor)
    said = read_index_options(cursor)
    return Index(name=name, parts=parts, method=said.pop("method", method), **said)


def read_part(cursor: Cursor) -> Part | None:
    """Read a constraint or a key of a table, whole; None for one that does not count."""
    name = ""
    if cursor.takes("CONSTRAINT"):
        cursor.takes("IF NOT EXISTS")
        if (
            not cursor.sees("PRIMARY KEY")
            and not cursor.sees("FOREIGN KEY")
            and not _starts(cursor)
        ):
            name = cursor.name()
    part = _named_part(cursor, name)
    cursor.ends()
    return part


def _starts(cursor: Cursor) -> bool:
    """Return whether a constraint begins that has no name, as MySQL takes it."""
    return cursor.key() in ("CHECK", "UNIQUE") and cursor.key(1) in ("(", "KEY")


def _named_part(cursor: Cursor, name: str) -> Part | None:
    if cursor.takes("NOT NULL"):
        column = cursor.name()
        read_index_options(cursor)
        cursor.takes("NO INHERIT")
        return NotNull(column=column)
    if found := cursor.takes("FULLTEXT", "SPATIAL", "VECTOR"):
        cursor.takes("KEY", "INDEX")
        return read_index(cursor, found.lower())
    if cursor.takes("KEY", "INDEX"):
        return read_index(cursor, "btree")
    found = cursor.takes(*_CONSTRAINTS)
    if not found:
        raise NotReadError(f"{cursor.shown()} is no constraint that is known here")
    return _CONSTRAINTS[found](cursor, name)


_CONSTRAINTS: dict[str, Callable[[Cursor, str], Part | None]] = {
    "PRIMARY KEY": read_primary_key,
    "UNIQUE": read_unique,
    "FOREIGN KEY": read_foreign_key,
    "CHECK": read_check,
    "EXCLUDE": read_exclusion,
}


_ALWAYS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"}
_IN_MYSQL = {"KEY", "INDEX", "FULLTEXT", "SPATIAL"}


def is_part(cursor: Cursor) -> bool:
    """Return whether what comes next in a table is a constraint or key, and no column."""
    key = cursor.key()
    if cursor.language.database == "mysql":
        return (
            key in _ALWAYS or key in _IN_MYSQL or (key == "VECTOR" and cursor.key(1) in _IN_MYSQL)
        )
    if cursor.sees("NOT NULL"):
        return True
    return key in _ALWAYS or (key == "EXCLUDE" and cursor.key(1) in ("USING", "("))
