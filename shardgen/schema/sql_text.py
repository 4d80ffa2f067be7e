"""
SQL that a schema carries into its dump: the expression of a CHECK, of an index, of a column.

It is SQL by nature, so it cannot be quoted; it is read as far as it takes to know that none of it
ends the place where it stands, whichever database or client reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shardgen.errors import shown
from shardgen.schema.databases import DATABASES, DatabaseName

SqlText = str | dict[DatabaseName, str]
"""SQL that all databases read alike, or that of each by its name; those unnamed have none."""

MAX_SQL = 4000  # characters
MAX_NESTING = 20  # parentheses and cases in one another: SQLite's parser has room for 100 tokens
_PIECE = re.compile(
    r"""(?P<text>'(?:[^']|'')*')|(?P<name>"(?:[^"]|"")+")|(?P<back>`[\w $]+`)
    |(?P<space>[ \t\r\n]+)|(?P<colons>::)|(?P<bad>--|/\*|\*/|[;\\$:'"`])|(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED_QUOTE = re.compile(r"(?<!\\)(?:\\\\)*\\['\"]")  # which a backslash makes no end, to MySQL
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r'[^\W\d]\w*|"[^"]+"|`[^`]+`')
_NESTED = re.compile(r"[()]|\b(?:case|end)\b", re.IGNORECASE)
_STEPS = {"(": 1, ")": -1, "case": 2, "end": -2}
_CLOSING = {")": "(", "]": "["}


def sql_for(text: SqlText | None, database: str) -> str | None:
    """Return the SQL for a database, on one line; None where there is none for it."""
    if text is None:
        return None
    said = text if isinstance(text, str) else {str(k): v for k, v in text.items()}.get(database)
    return None if said is None else one_line(said)


def sql_texts(text: SqlText | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each SQL text with what leads to it in a path, and the databases that read it."""
    if isinstance(text, str):
        yield "", text, tuple(DATABASES)
    elif text is not None:
        for database, said in text.items():
            yield f".{database}", said, (database,)


def one_line(text: str) -> str:
    """Return SQL with one space where there is any, outside of its texts and names."""
    pieces = (" " if m.lastgroup == "space" else m[0] for m in _PIECE.finditer(text))
    return "".join(pieces).strip()


def words_of(text: str) -> set[str]:
    """Return the words and names of SQL that stand outside of its texts, without case."""
    outside = _TEXT.sub(" ", text)
    return {match.strip('"`').casefold() for match in _NAME.findall(outside)}


def unsafe_sql(text: str, databases: tuple[str, ...]) -> str | None:
    """
    Return why SQL could end the parentheses that it stands in, as a clause; None where it cannot.

    Texts and parentheses end within it, and it has no comment, no end of a statement, and nothing
    that a client reads as its own.
    """
    if not text.strip():
        return "it is empty"
    if len(text) > MAX_SQL:
        return f"it has {len(text)} characters, and {MAX_SQL} are allowed"
    if "sqlite" in databases and _nesting(text) > MAX_NESTING:
        return f"more than {MAX_NESTING} parentheses and cases lie within each other, to SQLite"
    open_signs: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match[0]
        why = _unsafe_piece(match.lastgroup or "", piece, databases, in_list="[" in open_signs)
        if why:
            return why
        if piece in _CLOSING.values():
            open_signs.append(piece)
        elif piece in _CLOSING and (not open_signs or open_signs.pop() != _CLOSING[piece]):
            return f"{piece!r} closes what is not open"
    return f"{open_signs[-1]!r} is not closed" if open_signs else None


def _nesting(text: str) -> int:
    """Return how deep SQL is nested; a case is as deep as two parentheses."""
    deepest = depth = 0
    for match in _NESTED.finditer(_TEXT.sub(" ", text)):
        depth += _STEPS[match[0].lower()]
        deepest = max(deepest, depth)
    return deepest


def _unsafe_piece(
    kind: str, piece: str, databases: tuple[str, ...], *, in_list: bool
) -> str | None:
    if kind == "bad":
        return f"{shown(piece)} may not stand in it"
    if kind == "sign" and piece == "#" and "mysql" in databases:
        return "'#' begins a comment in MySQL"
    if kind != "space" and not piece.isprintable():
        return f"{shown(piece)} has a character that cannot be seen"
    if kind in ("text", "name"):
        if _ESCAPED_QUOTE.search(piece[1:]):
            return f"the backslash in {shown(piece)} would keep MySQL from its end"
        if in_list and "]" in piece:
            return f"{shown(piece)} has a bracket, and stands in brackets"
    return None
