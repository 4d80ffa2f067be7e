"""A column as a statement says it: its type, and all that stands behind that."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from shardgen.importing.ddl.parts import (
    Part,
    PrimaryKey,
    bare,
    read_check,
    read_index_options,
    read_method,
    read_reference,
)
from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.ddl.types import TypeRead, read_type
from shardgen.importing.described import Column, ForeignKey, Generated, Index, KeyPart


class ColumnRead(msgspec.Struct, frozen=True, kw_only=True):
    """
    A column, its type as it was read, and the constraints that stand within it.

    `unread` is what stands behind them and is not known, "" where all is.
    """

    column: Column
    type: TypeRead
    parts: tuple[Part, ...] = ()
    unread: str = ""
    after: str | None = None  # MySQL: the column before it; "" where it is the first


_STOPS = {
    *("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "COLLATE", "GENERATED", "DEFAULT"),
    *("COMMENT", "AUTO_INCREMENT", "AUTOINCREMENT", "KEY", "COLUMN_FORMAT", "STORAGE"),
    *("INVISIBLE", "VISIBLE", "DEFERRABLE", "INITIALLY", "FIRST", "AFTER", "STORED", "VIRTUAL"),
}
_NULL = re.compile(r"NULL(?:::[\w \[\](),.\"]+)?", re.IGNORECASE)


def read_default(cursor: Cursor) -> str | None:
    """Read a default up to what stands behind it; None for NULL."""
    first = cursor.at
    if cursor.key() == "(":
        cursor.skip()
    else:
        cursor.next()
        if cursor.key() == "(":
            cursor.skip()
    while not cursor.done and not _stops(cursor, cursor.tokens[cursor.at - 1].key):
        cursor.skip()
    text = bare(Cursor(cursor.statement, cursor.language, cursor.tokens[first : cursor.at]))
    return None if _NULL.fullmatch(text) else text


def _stops(cursor: Cursor, before: str) -> bool:
    key = cursor.key()
    if key == "NULL":
        return before not in ("IS", "NOT", "=", "THEN", "ELSE", ",")
    if key == "NOT":
        return cursor.key(1) in ("NULL", "DEFERRABLE")
    if key == "ON":
        return cursor.key(1) in ("UPDATE", "DELETE", "CONFLICT")
    if key == "AS":
        return cursor.key(1) == "("
    return key in _STOPS


class _Reading:
    """A column while it is read."""

    def __init__(self, cursor: Cursor, name: str) -> None:
        self.cursor = cursor
        self.name = name
        self.fields: dict[str, Any] = {}
        self.parts: list[Part] = []
        self.label = ""
        self.after: str | None = None

    def read(self) -> str:
        """Read to the end, and return what is not known there."""
        while not self.cursor.done:
            first = self.cursor.at
            found = self.cursor.takes(*_BY_WORD.get(self.cursor.key(), ()))
            try:
                _STEPS[found](self)
            except (NotReadError, KeyError):
                self.cursor.at = first
                return self.cursor.rest()
            if found != "CONSTRAINT":
                self.label = ""
        return ""

    # -- one for each word

    def set(self, **values: Any) -> None:
        self.fields.update(values)

    def constraint(self) -> None:
        if self.cursor.key() not in ("CHECK", "UNIQUE") or self.cursor.key(1) != "(":
            self.label = self.cursor.name()

    def default(self) -> None:
        self.set(default=read_default(self.cursor))

    def primary(self) -> None:
        falls = self.cursor.takes("DESC", "ASC") == "DESC"
        self.cursor.takes("KEY")
        read_index_options(self.cursor)
        self.parts.append(PrimaryKey(name=self.label, columns=(self.name,), falls=falls))

    def unique(self) -> None:
        self.cursor.takes("KEY", "INDEX")
        method = read_method(self.cursor) or "btree"
        options = read_index_options(self.cursor)
        parts = (KeyPart(column=self.name),)
        self.parts.append(
            Index(
                name=self.label, parts=parts, unique=True, constraint=True, method=method, **options
            )
        )

    def check(self) -> None:
        # MariaDB names those of a column by it; other names are given where the table is known.
        usual = self.name if self.cursor.language.database == "mysql" else ""
        if part := read_check(self.cursor, self.label or usual):
            self.parts.append(part)

    def references(self) -> None:
        self.parts.append(read_reference(self.cursor, self.label, (self.name,)))

    def identity(self, kind: str) -> None:
        self.set(identity=kind, counts=True, nullable=False)
        if self.cursor.key() == "(":
            self.cursor.skip()  # those of its sequence

    def generated(self) -> None:
        expression = bare(self.cursor.enclosed())
        stored = self.cursor.takes("STORED", "PERSISTENT", "VIRTUAL") in ("STORED", "PERSISTENT")
        self.set(generated=Generated(expression=expression, stored=stored))

    def on_update(self) -> None:
        first = self.cursor.at
        self.cursor.next()
        if self.cursor.key() == "(":
            self.cursor.skip()
        self.set(on_update=self.cursor.text_from(first))

    def counts(self) -> None:
        self.set(counts=True)

    def collation(self) -> None:
        self.cursor.takes("=")
        path = (self.cursor.string(),) if not self.cursor.sees_name() else self.cursor.path()
        self.set(collation=path[-1])

    def comment(self) -> None:
        self.cursor.takes("=")
        self.set(comment=self.cursor.string())

    def charset(self) -> None:
        self.cursor.takes("=")
        self.fields.setdefault("collation", charset_collation(self.cursor.word().lower()))

    def deferrable(self) -> None:
        if self.parts and isinstance(self.parts[-1], ForeignKey | Index):
            self.parts[-1] = msgspec.structs.replace(self.parts[-1], deferrable=True)

    def deferred(self) -> None:
        self.deferrable()
        if self.parts and isinstance(self.parts[-1], ForeignKey):
            self.parts[-1] = msgspec.structs.replace(self.parts[-1], initially_deferred=True)

    def skip_one(self) -> None:
        self.cursor.takes("=")
        self.cursor.next()

    def follow(self) -> None:
        self.after = self.cursor.name()

    def lead(self) -> None:
        self.after = ""

    def nothing(self) -> None:
        pass


_STEPS: dict[str, Callable[[_Reading], None]] = {
    "CONSTRAINT": _Reading.constraint,
    "NOT NULL": lambda reading: reading.set(nullable=False),
    "NOT DEFERRABLE": _Reading.nothing,
    "NULL": lambda reading: reading.set(nullable=True),
    "DEFAULT": _Reading.default,
    "PRIMARY KEY": _Reading.primary,
    "PRIMARY": _Reading.primary,
    "KEY": _Reading.primary,
    "UNIQUE": _Reading.unique,
    "CHECK": _Reading.check,
    "REFERENCES": _Reading.references,
    "GENERATED ALWAYS AS IDENTITY": lambda reading: reading.identity("always"),
    "GENERATED BY DEFAULT ON NULL AS IDENTITY": lambda reading: reading.identity("by default"),
    "GENERATED BY DEFAULT AS IDENTITY": lambda reading: reading.identity("by default"),
    "GENERATED ALWAYS AS": _Reading.generated,
    "AS": _Reading.generated,
    "ON UPDATE": _Reading.on_update,
    "ON CONFLICT": _Reading.skip_one,
    "AUTO_INCREMENT": _Reading.counts,
    "AUTOINCREMENT": _Reading.nothing,
    "COLLATE": _Reading.collation,
    "COMMENT": _Reading.comment,
    "CHARACTER SET": _Reading.charset,
    "CHARSET": _Reading.charset,
    "DEFERRABLE": _Reading.deferrable,
    "INITIALLY DEFERRED": _Reading.deferred,
    "INITIALLY IMMEDIATE": _Reading.nothing,
    "NO INHERIT": _Reading.nothing,
    "STORAGE": _Reading.skip_one,
    "COMPRESSION": _Reading.skip_one,
    "COLUMN_FORMAT": _Reading.skip_one,
    "SRID": _Reading.skip_one,
    "REF_SYSTEM_ID": _Reading.skip_one,
    "INVISIBLE": _Reading.nothing,
    "VISIBLE": _Reading.nothing,
    "COMPRESSED": _Reading.nothing,
    "STORED": _Reading.nothing,
    "VIRTUAL": _Reading.nothing,
    "WITHOUT SYSTEM VERSIONING": _Reading.nothing,
    "WITH SYSTEM VERSIONING": _Reading.nothing,
    "FIRST": _Reading.lead,
    "AFTER": _Reading.follow,
}
_BY_WORD: dict[str, list[str]] = {}
for _phrase in _STEPS:
    _BY_WORD.setdefault(_phrase.split()[0], []).append(_phrase)
_DEFAULT_COLLATIONS = {
    "latin1": "latin1_swedish_ci",
    "binary": "binary",
    "utf8": "utf8mb3_general_ci",
}


def charset_collation(charset: str) -> str:
    """Return the collation that a charset of MySQL has where none is named."""
    return _DEFAULT_COLLATIONS.get(charset, f"{charset}_general_ci")


def read_column(cursor: Cursor) -> ColumnRead:
    """Read a column; NotReadError where its name or type cannot be read."""
    name = cursor.name()
    if cursor.language.database != "sqlite" and cursor.done:
        raise NotReadError("it has no type")
    return read_column_of(cursor, name, read_type(cursor))


def read_column_of(cursor: Cursor, name: str, of_type: TypeRead) -> ColumnRead:
    """Read what stands behind the name and the type of a column."""
    reading = _Reading(cursor, name)
    unread = reading.read()
    fields = reading.fields
    if of_type.counts:
        fields |= {"counts": True, "nullable": False}
        if cursor.language.database == "mysql":
            parts = (KeyPart(column=name),)
            reading.parts.append(Index(name="", parts=parts, unique=True, constraint=True))
    if "collation" not in fields and of_type.charset is not None:
        fields["collation"] = charset_collation(of_type.charset)
    if "generated" in fields:
        fields.pop("default", None)
    return ColumnRead(
        column=Column(name=name, type=of_type.text, **fields),
        type=of_type,
        parts=tuple(reading.parts),
        unread=unread,
        after=reading.after,
    )
