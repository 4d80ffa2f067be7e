"""
A schema that was imported before and changed by a person → the new one, with what the person wrote.

What the database says is taken over: tables, columns, types, keys. What makes values is kept:
generators and their parameters, laws, orders, fan-outs, rows, datasets, hidden columns.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shardgen.importing.notes import Note
from shardgen.schema.model import Column, CompositeForeignKey, ForeignKey, Schema, Table

_OF_COLUMNS = (
    "generator", "generator_params", "locale", "correlation", "order", "distribution",
    "edge_case_probability",
)  # fmt: skip
_OF_KEYS = ("fan_out", "within", "differs_from")
_OF_SCHEMAS = ("author", "version", "metadata", "datasets", "locale", "relationships")


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """
    A schema of both, and what changed between them.

    `spare` has the columns as the database alone asks for them: for those whose old generator does
    not fit any more.
    """

    schema: Schema
    changes: tuple[Note, ...]
    spare: Mapping[tuple[str, str], Column]


def merged(new: Schema, old: Schema, *, scale: float | None = 1.0) -> Merged:
    """
    Return the new schema with what a person wrote in the old one, and what else is new.

    Rows are those of the old schema times `scale`; None takes the new ones.
    """
    changes: list[Note] = []
    before = {table.name: table for table in old.tables}
    tables = []
    for table in new.tables:
        earlier = before.pop(table.name, None)
        if earlier is None:
            changes.append(Note(table.name, "", "inferred", "the table is new"))
            tables.append(table)
        else:
            both = _table(table, earlier, changes)
            rows = table.record_count if scale is None else round(earlier.record_count * scale)
            tables.append(msgspec.structs.replace(both, record_count=rows))
    changes += [Note(name, "", "dropped", "the table is no longer there") for name in before]
    kept = {name: getattr(old, name) for name in _OF_SCHEMAS}
    made = msgspec.structs.replace(new, name=old.name, tables=tuple(tables), **kept)
    spare = {(table.name, c.name): c for table in new.tables for c in table.columns}
    return Merged(schema=made, changes=tuple(changes), spare=spare)


def _table(new: Table, old: Table, changes: list[Note]) -> Table:
    before = {column.name: column for column in old.columns}
    columns = []
    for column in new.columns:
        earlier = before.pop(column.name, None)
        if earlier is None:
            changes.append(Note(new.name, column.name, "inferred", "the column is new"))
            columns.append(column)
        else:
            columns.append(_column(new.name, column, earlier, changes))
    hidden = [column for column in before.values() if column.hidden]
    for column in before.values():
        if not column.hidden:
            gone = Note(new.name, column.name, "dropped", "the column is no longer there")
            changes.append(gone)
    keys = {(key.columns, key.table, key.references): key for key in old.foreign_keys}
    return msgspec.structs.replace(
        new,
        columns=(*columns, *hidden),
        foreign_keys=tuple(_key(key, keys) for key in new.foreign_keys),
        one_of=old.one_of or new.one_of,
    )


def _column(table: str, new: Column, old: Column, changes: list[Note]) -> Column:
    kept = {name: getattr(old, name) for name in _OF_COLUMNS}
    if new.type != old.type or new.nullable != old.nullable:
        was, now = (f"{c.type}{' null' if c.nullable else ''}" for c in (old, new))
        changes.append(Note(table, new.name, "inferred", f"the column was {was}, and is {now}"))
    key = new.foreign_key
    if key is not None and old.foreign_key is not None and _leads_there(key, old.foreign_key):
        laws = {name: getattr(old.foreign_key, name) for name in _OF_KEYS}
        key = msgspec.structs.replace(key, **laws)
    elif (key is None) != (old.foreign_key is None):
        what = "the column is no longer a key" if key is None else "the column is a key now"
        changes.append(Note(table, new.name, "inferred", what))
        kept = {}
    if kept and _is_asked_for(new) and _values(new) != _values(old):
        said = new.generator or "a value by its type"
        what = f"the database asks for {said}{_shown(new)}; the generator of the file is kept"
        changes.append(Note(table, new.name, "inferred", what))
    return msgspec.structs.replace(new, foreign_key=key, **kept)


def _is_asked_for(column: Column) -> bool:
    """Return whether a condition of the database decides what a column holds."""
    return column.generator is not None or bool(column.generator_params)


def _values(column: Column) -> tuple[str | None, object]:
    return column.generator, column.generator_params


def _shown(column: Column) -> str:
    made = ", ".join(f"{name}={value!r}" for name, value in column.generator_params.items())
    return f"({made})" if made else ""


def _leads_there(key: ForeignKey, other: ForeignKey) -> bool:
    return (key.table, key.column) == (other.table, other.column)


def _key(
    new: CompositeForeignKey,
    old: dict[tuple[tuple[str, ...], str, tuple[str, ...]], CompositeForeignKey],
) -> CompositeForeignKey:
    earlier = old.get((new.columns, new.table, new.references))
    if earlier is None:
        return new
    laws = {name: getattr(earlier, name) for name in (*_OF_KEYS, "name")}
    return msgspec.structs.replace(new, **laws)
