"""Which database a text of SQL is of, by signs that others do not write."""

from __future__ import annotations

import re

import msgspec

from shardgen.schema.databases import DatabaseName

READ = 1_000_000
"""Characters from the beginning of a text that are looked at."""
_STRONG, _PLAIN, _WEAK = 20, 3, 1
_OFTEN, _SELDOM = 10, 3
_SIGNS: dict[DatabaseName, tuple[tuple[str, int, int], ...]] = {
    "postgres": (
        (r"\bpg_catalog\b|\bplpgsql\b|\bsearch_path\b|^\\(?:c|connect|copy|set|i)\s", _STRONG, 1),
        (r"\bCREATE\s+(?:EXTENSION|DOMAIN|SEQUENCE|TYPE)\b|\bCOMMENT\s+ON\s", _PLAIN, _OFTEN),
        (r"\b(?:big|small)?serial\b|\bnextval\s*\(|::\s*[a-z]", _PLAIN, _OFTEN),
        (
            r"\bALTER\s+TABLE\s+ONLY\b|\bUSING\s+(?:btree|gin|gist|brin)\b|\$\$|\bOWNER\s+TO\b",
            _PLAIN,
            _OFTEN,
        ),
        (r"\bAS\s+IDENTITY\b|^COPY\s.*\sFROM\s+stdin;|\bINHERITS\s*\(", _PLAIN, _OFTEN),
        (
            r"\b(?:timestamptz|jsonb|bytea|tsvector|citext|inet|text\[\]|int4|int8)\b",
            _WEAK,
            _SELDOM,
        ),
        (r"\btime\s+zone\b|\bcharacter\s+varying\b|\bdouble\s+precision\b", _WEAK, _SELDOM),
    ),
    "mysql": (
        (r"\bENGINE\s*=\s*\w|/\*!\d{5}|^\s*DELIMITER\s+\S+\s*$", _STRONG, 1),
        (r"\bAUTO_INCREMENT\b", _PLAIN, _OFTEN),
        (r"\bCHARSET\s*=|\bCHARACTER\s+SET\s+\w", _PLAIN, _OFTEN),
        (
            r"\bON\s+UPDATE\s+CURRENT_TIMESTAMP|^\s*(?:UNIQUE\s+|FULLTEXT\s+)?KEY\s+`",
            _PLAIN,
            _OFTEN,
        ),
        (r"\bint\s*\(\d+\)|\bdatetime\s*\(\d\)|\benum\s*\(''", _WEAK, _SELDOM),
        (
            r"\bunsigned\b|\b(?:tiny|medium)(?:int|text|blob)\b|\blong(?:text|blob)\b",
            _WEAK,
            _SELDOM,
        ),
        (r"^\s*`\w+`\s|\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?`", _WEAK, _SELDOM),
    ),
    "sqlite": (
        (r"\bPRAGMA\s+\w|\bsqlite_(?:sequence|master)\b|\bWITHOUT\s+ROWID\b", _STRONG, 1),
        (r"\bAUTOINCREMENT\b|\)\s*STRICT\s*;", _PLAIN, _OFTEN),
        (
            r"\bUSING\s+fts[345]\b|\bON\s+CONFLICT\s+(?:REPLACE|IGNORE|FAIL|ABORT)\s*[,)]",
            _STRONG,
            1,
        ),
        (
            r"\bCOLLATE\s+NOCASE\b|\bdatetime\s*\(''|\b(?:strftime|unixepoch|julianday)\s*\(",
            _PLAIN,
            _OFTEN,
        ),
        (r"\bINTEGER\s+(?:NOT\s+NULL\s+)?PRIMARY\s+KEY\b", _WEAK, _OFTEN),
        (r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\[", _WEAK, _SELDOM),
    ),
}
_PATTERNS = {
    database: [
        (re.compile(pattern, re.IGNORECASE | re.MULTILINE), weight, most)
        for pattern, weight, most in signs
    ]
    for database, signs in _SIGNS.items()
}
_DUMPS: tuple[tuple[DatabaseName, re.Pattern[str]], ...] = (
    ("postgres", re.compile(r"^-- PostgreSQL database dump", re.MULTILINE)),
    (
        "mysql",
        re.compile(
            r"^-- (?:MySQL|MariaDB) dump|^-- Host: .*Database: |^-- phpMyAdmin", re.MULTILINE
        ),
    ),
)
_UNSAID = re.compile(
    r"'[^'\\]*(?:\\.[^'\\]*)*'|(?P<comment>--[^\n]*|/\*(?!M?!).*?\*/|(?m:^\s*#)[^\n]*)", re.DOTALL
)


_STRANGERS = (
    (
        "SQL Server",
        re.compile(r"^\s*GO\s*$|\[dbo\]\.|\bIDENTITY\s*\(\s*\d+\s*,", re.IGNORECASE | re.MULTILINE),
    ),
    ("Oracle", re.compile(r"\b(?:N?VARCHAR2|NUMBER)\s*\(\s*\d", re.IGNORECASE)),
)


class Recognised(msgspec.Struct, frozen=True):
    """The database that a text is of, and whether the signs leave no doubt."""

    database: DatabaseName
    sure: bool


def recognise(text: str) -> Recognised:
    """Return which database a text is of; PostgreSQL, and unsure, where nothing tells."""
    head = text[:READ]
    for database, mark in _DUMPS:
        if mark.search(head):
            return Recognised(database, sure=True)
    # What strings and comments say is no sign, but that a string is there may be one.
    head = _UNSAID.sub(lambda found: " " if found["comment"] else "''", head)
    weights = {
        database: sum(weight * _count(pattern, head, most) for pattern, weight, most in patterns)
        for database, patterns in _PATTERNS.items()
    }
    best, second = sorted(weights, key=lambda database: -weights[database])[:2]
    tells = any(weight > _WEAK and pattern.search(head) for pattern, weight, _ in _PATTERNS[best])
    return Recognised(best, tells and weights[best] > 2 * weights[second])


def _count(pattern: re.Pattern[str], text: str, most: int) -> int:
    """Return how often a sign is there, up to what says no more."""
    found = 0
    for found, _ in enumerate(pattern.finditer(text), 1):
        if found == most:
            break
    return found


def stranger(text: str) -> str:
    """Return the database, of those that are not read here, that a text seems to be of."""
    head = text[:READ]
    return next((title for title, sign in _STRANGERS if sign.search(head)), "")
