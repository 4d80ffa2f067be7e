"""Described databases in a form in which a file of DDL and a catalog can be compared."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from shardgen.importing.described import Database, Index, Table

_CAST = re.compile(
    r"::\s*(?:\w+\.)?\w+(?: varying| precision| with(?:out)? time zone)?(?:\([\d, ]+\))?(?:\[\])*",
    re.IGNORECASE,
)
_WIDTH = re.compile(r"\b(tinyint|smallint|mediumint|int|bigint)\(\d+\)")
_SAME = {"current_timestamp": "now", "!=": "<>"}


def same_expression(text: str | None) -> str | None:
    """Return an expression without what a catalog adds: casts, parentheses, quotes, spaces."""
    if text is None:
        return None
    plain = re.sub(r"[()\s`\"]", "", _CAST.sub("", text)).lower()
    for written, same in _SAME.items():
        plain = plain.replace(written, same)
    number = re.fullmatch(r"'?(-?\d+(?:\.\d+)?)'?", plain)
    return str(float(number[1])) if number else plain


def facts(database: Database) -> dict[str, Any]:
    """Return all that a database says by what it is of, expressions in the same form."""
    found: dict[str, Any] = {
        f"{kind[:-1]} {made.name}": _same(made)
        for kind in ("enums", "domains", "composites", "collations")
        for made in getattr(database, kind)
    }
    for table in database.tables:
        found |= _facts_of(table, database.dialect)
    return found


def _facts_of(table: Table, dialect: str) -> dict[str, Any]:
    name = str(table.name)
    found: dict[str, Any] = {
        f"{name} is": (table.options, table.comment, table.inherits),
        f"{name} columns": [column.name for column in table.columns],
        f"{name} primary key": (table.primary_key, table.primary_key_name),
        f"{name} cut": _same(table.partitioning),
    }
    for column in table.columns:
        type_ = _WIDTH.sub(r"\1", column.type) if dialect == "mysql" else column.type
        collation = None if dialect == "mysql" else column.collation
        plain = msgspec.structs.replace(column, type=type_, collation=collation)
        found[f"{name}.{column.name}"] = _same(plain)
    for kind in ("foreign_keys", "checks", "exclusions", "triggers"):
        for number, part in enumerate(getattr(table, kind)):
            found[f"{name} {kind} {part.name or number}"] = _same(part)
    for index in table.indexes:
        if not _follows_from_a_key(index, table, dialect):
            found[f"{name} index {index.name}"] = _same(index)
    return found


def _follows_from_a_key(index: Index, table: Table, dialect: str) -> bool:
    """Return whether it is an index that MySQL makes for a foreign key by itself."""
    keys = {key.columns for key in table.foreign_keys}
    return dialect == "mysql" and not index.unique and index.columns in keys


_EXPRESSIONS = ("default", "expression", "where", "condition", "on_update", "by", "body")


def _same(value: Any) -> Any:
    """Return a struct as plain values, its expressions in the same form; RESTRICT is NO ACTION."""
    if isinstance(value, msgspec.Struct):
        fields = {field: _same(held) for field, held in msgspec.structs.asdict(value).items()}
        for field in set(fields) & set(_EXPRESSIONS):
            fields[field] = same_expression(fields[field])
        for field in set(fields) & {"bounds", "elements"}:
            fields[field] = [same_expression(str(bound)) for bound in fields[field]]
        return fields
    if isinstance(value, list | tuple):
        return [_same(part) for part in value]
    return "NO ACTION" if value == "RESTRICT" else value
