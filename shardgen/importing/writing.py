"""An imported schema → the text of its file, with a comment where something was not carried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from shardgen.importing.described import Database
from shardgen.importing.notes import Note
from shardgen.schema.files.decoding import FileFormat
from shardgen.schema.files.encoding import file_text
from shardgen.schema.files.yaml_text import Comments, yaml_text
from shardgen.schema.model import Schema
from shardgen.schema.spellings.shortening import short_form
from shardgen.schema.struct_fields import fields_of

_MOST_UNREAD = 20


def imported_text(
    schema: Schema, notes: Iterable[Note], head: Iterable[str], form: FileFormat, name: str
) -> str:
    """
    Return the file of a schema: YAML with the notes as comments, JSON or TOML without.

    `head` are the lines of the comment at its top.
    """
    raw = decoded(schema)
    if form != "yaml":
        return file_text(raw, form, name)
    return yaml_text(short_form(raw), _comments(notes, head))


def decoded(schema: Schema) -> dict[str, Any]:
    """Return a schema as its file says it, without what is so by default."""
    made: dict[str, Any] = _without_defaults(msgspec.to_builtins(schema), schema)
    return made


def _without_defaults(made: Any, struct: Any) -> Any:
    """Return the fields of a struct that say something; structs within it likewise."""
    if isinstance(struct, (list, tuple)):
        return [_without_defaults(m, s) for m, s in zip(made, struct, strict=True)]
    if not isinstance(struct, msgspec.Struct):
        return made
    kept: dict[str, Any] = {}
    tag = struct.__struct_config__.tag
    if tag is not None:
        kept["type"] = tag
    for name, encoded, default in _fields(type(struct)):
        value = getattr(struct, name)
        if value == default and type(value) is type(default):
            continue
        kept[encoded] = _without_defaults(made[encoded], value)
    return kept


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    """Return the fields of a struct: their names, those in a file, and their defaults."""
    return tuple((each.name, each.encode_name, _default(each)) for each in fields_of(kind))


def _default(field: FieldInfo) -> Any:
    if field.default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _comments(notes: Iterable[Note], head: Iterable[str]) -> Comments:
    by_table: dict[str, dict[str, list[str]]] = {}
    for note in notes:
        said = f"{note.what}; {note.hint}" if note.hint else note.what
        lines = by_table.setdefault(note.table, {}).setdefault(note.column, [])
        lines.append(f"{note.kind}: {said}")
    tables = {name: _of_table(columns) for name, columns in by_table.items()}
    return Comments(tuple(head), {"tables": Comments(inside=tables)})


def _of_table(columns: Mapping[str, list[str]]) -> Comments:
    inside = {name: Comments(lines) for name, lines in columns.items() if name}
    return Comments(columns.get("", ()), {"columns": Comments(inside=inside)})


def head_of(database: Database) -> tuple[str, ...]:
    """Return the comment at the top of a file: where it comes from, and how it is run."""
    version = f" {database.version}" if database.version else ""
    count = f"{len(database.tables)} tables"
    return (
        f"Imported from {database.name} ({database.dialect}{version}), {count}.",
        "Above each thing that is not as in the database stands why; whatever makes values may be",
        "changed. `shardgen run FILE --no-ddl` writes rows for the tables that are there.",
        *(f"Not read: {u.where}: {u.reason}: {u.text}" for u in database.unread[:_MOST_UNREAD]),
    )
