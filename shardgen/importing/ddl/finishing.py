"""The database of a draft, when all statements are read: references, sequences, partitions."""

from __future__ import annotations

import math
import re
from typing import TypeVar

import msgspec

from shardgen.importing.ddl.draft import Draft
from shardgen.importing.ddl.left_out import is_left_out, left_out, with_partitions
from shardgen.importing.described import (
    Check,
    Column,
    Database,
    Exclusion,
    ForeignKey,
    Index,
    Partitioning,
    Table,
    Trigger,
    Unread,
)

_NEXT = re.compile(
    r"nextval\s*\(\s*\(?'((?:[^']|'')*)'(?:\s*::\s*(?:regclass|text|character varying))?"
    r"\)?(?:\s*::\s*regclass)?\s*\)",
    re.IGNORECASE,
)
_NEXT_IN_MARIADB = re.compile(
    r"nextval\s*\(\s*((?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))?)\s*\)", re.IGNORECASE
)
_LENGTH = re.compile(r"(?:var)?(?:char|binary)\((\d+)\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NUMERIC = {
    *("smallint", "integer", "bigint", "numeric", "real", "double"),
    *("tinyint", "mediumint", "int", "decimal", "float"),
}
_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"}
_TRUTHS = {
    **dict.fromkeys(("t", "true", "y", "yes", "on", "1"), "true"),
    **dict.fromkeys(("f", "false", "n", "no", "off", "0"), "false"),
}
_STRING = re.compile(r"'(?:[^']|'')*'")
Named = TypeVar("Named", Index, ForeignKey, Check, Exclusion, Trigger)


def finished(draft: Draft, name: str, notes: tuple[str, ...]) -> Database:
    """Return the database."""
    tables = [
        _table(table, draft) for key, table in draft.tables.items() if not is_left_out(key, draft)
    ]
    tables = [*with_partitions(tables, draft)]
    draft.unread.extend(left_out(draft))
    return Database(
        dialect=draft.language.database,
        name=name,
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        enums=tuple(sorted(draft.enums.values(), key=lambda made: made.name)),
        domains=tuple(
            msgspec.structs.replace(made, checks=_by_name(made.checks, draft))
            for made in sorted(draft.domains.values(), key=lambda made: made.name)
        ),
        composites=tuple(sorted(draft.composites.values(), key=lambda made: made.name)),
        collations=tuple(sorted(draft.collations.values(), key=lambda made: made.name)),
        functions=tuple(
            sorted(draft.called.values(), key=lambda f: (f.name, f.body, f.parameters))
        ),
        unread=tuple(draft.unread),
        notes=notes,
    )


def _table(table: Table, draft: Draft) -> Table:
    keys = tuple(
        key for key in (_reference(key, table, draft) for key in table.foreign_keys) if key
    )
    return msgspec.structs.replace(
        table,
        columns=tuple(_column(column, table, draft) for column in table.columns),
        indexes=tuple(
            sorted((_index(index, table, draft) for index in table.indexes), key=lambda i: i.name)
        ),
        foreign_keys=_by_name(keys, draft),
        checks=_by_name(table.checks, draft),
        exclusions=_by_name(table.exclusions, draft),
        triggers=tuple(
            sorted(
                (_trigger(trigger, draft) for trigger in table.triggers),
                key=lambda trigger: trigger.name,
            )
        ),
        partitioning=_partitioning(table, draft),
    )


def _by_name(parts: tuple[Named, ...], draft: Draft) -> tuple[Named, ...]:
    """Return constraints by their names; those of SQLite, which need none, as they are written."""
    if draft.language.database == "sqlite":
        return parts
    return tuple(sorted(parts, key=lambda part: part.name))


def _trigger(trigger: Trigger, draft: Draft) -> Trigger:
    """Return a trigger with the body of the function that it runs, as that is at the end."""
    if draft.language.database != "postgres":
        return trigger
    named = {str(name): body for name, body in draft.functions.items()}
    body = named.get(trigger.body.split("(")[0])
    if not body:
        return trigger
    arguments = tuple(string[1:-1].replace("''", "'") for string in _STRING.findall(trigger.body))
    return msgspec.structs.replace(trigger, body=body, arguments=arguments)


def _index(index: Index, table: Table, draft: Draft) -> Index:
    """Return an index; one of first characters that are all there may be is one of all."""
    if draft.language.database != "mysql":
        return index
    parts = tuple(
        msgspec.structs.replace(part, length=None)
        if part.length is not None and part.length >= _most(draft.column(table, part.column))
        else part
        for part in index.parts
    )
    return msgspec.structs.replace(index, parts=parts)


def _most(column: Column) -> float:
    """Return how many characters a column of MySQL holds; infinity for texts without a length."""
    found = _LENGTH.fullmatch(column.type)
    return int(found[1]) if found else math.inf


def _plain(column: Column, draft: Draft) -> str | None:
    """Return a default as the catalog has it: of numbers and truths without quotes."""
    text = column.default
    if text is None or draft.language.database == "sqlite":
        return text
    word = text.strip("'").lower()
    kind = column.type.split("(")[0].split(" ")[0]
    if kind == "boolean":
        return _TRUTHS.get(word, text)
    if kind in _TEXTS and draft.language.database == "mysql":
        return f"'{text}'" if _NUMBER.fullmatch(text) else text
    if kind not in _NUMERIC:
        return text
    if draft.language.database == "mysql" and word in ("true", "false"):
        return "1" if word == "true" else "0"
    return word if text.startswith("'") and _NUMBER.fullmatch(word) else text


def _column(column: Column, table: Table, draft: Draft) -> Column:
    if column.default is None:
        return column
    column = msgspec.structs.replace(column, default=_plain(column, draft))
    assert column.default is not None
    path = _sequence(column.default)
    if not path:
        return column
    name = draft.found(path, draft.sequences)
    sequence = draft.sequences.get(draft.key(name))
    owned = sequence is not None and (sequence.table, sequence.column) == (table.name, column.name)
    if owned:
        return msgspec.structs.replace(column, default=None, counts=True)
    return msgspec.structs.replace(column, sequence=str(name))


def _sequence(default: str) -> tuple[str, ...]:
    """Return the name of the sequence that a default reads; none where it reads none."""
    if found := _NEXT.fullmatch(default):
        names = re.findall(r'"((?:[^"]|"")+)"|([^."]+)', found[1].replace("''", "'"))
        return tuple(quoted.replace('""', '"') or plain.lower() for quoted, plain in names)
    if found := _NEXT_IN_MARIADB.fullmatch(default):
        return tuple(part.strip("`") for part in found[1].split("."))
    return ()


def _reference(key: ForeignKey, table: Table, draft: Draft) -> ForeignKey | None:
    """Return a key with its table and columns as that one spells them; None where it has none."""
    parent = draft.tables.get(draft.key(key.table))
    if draft.key(key.table) in draft.partitions:
        return None  # among what is left out
    if parent is None:
        if key.references or draft.language.database == "sqlite":
            return key
        _drop(key, table, f"no table {key.table} is there", draft)
        return None
    # MySQL takes the columns of the same names where none are given, others the primary key.
    usual = key.columns if draft.language.database == "mysql" else parent.primary_key
    references = key.references or usual
    spelled = {draft.language.same(column.name): column.name for column in parent.columns}
    found = tuple(spelled.get(draft.language.same(column), "") for column in references)
    if len(found) != len(key.columns) or "" in found:
        _drop(key, table, f"{key.table} has no such columns", draft)
        return None
    return msgspec.structs.replace(key, table=parent.name, references=found)


def _drop(key: ForeignKey, table: Table, reason: str, draft: Draft) -> None:
    listed = ", ".join(key.references)
    text = f"FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {key.table} ({listed})"
    where = str(table.name)
    draft.unread.append(Unread(where=where, text=text, reason=reason, table=table.name))


def _partitioning(table: Table, draft: Draft) -> Partitioning | None:
    """Return how a table is cut, with what its partitions take."""
    cut = table.partitioning
    if cut is None or draft.language.database != "postgres":
        return cut
    children = sorted(
        (bound.text, key) for key, bound in draft.partitions.items() if bound.parent == table.name
    )
    within = [(text, _partitioning(draft.tables[key], draft)) for text, key in children]
    return Partitioning(
        method=cut.method,
        by=cut.by,
        bounds=tuple(text for text, _ in children),
        within=tuple((text, inner) for text, inner in within if inner is not None),
    )
