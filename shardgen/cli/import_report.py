"""What an import carried, guessed, simplified, dropped and refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from shardgen.cli.grid import grid
from shardgen.importing.described import Database, Unread
from shardgen.importing.imported import Imported
from shardgen.importing.notes import KINDS, Kind, Note

_MOST = 20  # lines of each kind
_LOUD: tuple[Kind, ...] = ("refused", "inferred")
"""Kinds of which each is told; of the others how many there are."""


def import_report(imported: Imported, database: Database, out: str | None) -> str:
    """Return the report as a person reads it."""
    schema = imported.schema
    columns = sum(len(table.columns) for table in schema.tables)
    empty = [table.name for table in schema.tables if not table.record_count]
    name = out or "the schema"
    lines = [f"{name}: {len(schema.tables)} tables, {columns} columns", *database.notes]
    if empty:
        more = f" and {len(empty) - _MOST} more" if len(empty) > _MOST else ""
        lines.append(f"{len(empty)} tables have no rows: {', '.join(empty[:_MOST])}{more}")
    if database.unread:
        lines.append(f"{len(database.unread)} not read:")
        lines += _listed([_said(unread) for unread in database.unread], name)
    if imported.changes:
        lines.append(f"{len(imported.changes)} changed since the schema that is merged:")
        lines += _listed(imported.changes, name)
    for kind, count in imported.counts().items():
        if count:
            lines.append(f"{count} {kind}: {KINDS[kind]}")
        if kind in _LOUD:
            lines += _listed([note for note in imported.notes if note.kind == kind], name)
    if out is not None:
        lines.append(f"next: shardgen run {out} --no-ddl")
    return "\n".join(lines)


def _listed(said: Sequence[Note | str], name: str) -> Iterator[str]:
    yield from (f"  {each}" for each in said[:_MOST])
    if len(said) > _MOST:
        yield f"  and {len(said) - _MOST} more, in {name}"


def _said(unread: Unread) -> str:
    return f"{unread.where}: {unread.reason}: {unread.text}"


def import_json(imported: Imported, database: Database, out: str | None) -> str:
    """Return the report as JSON."""
    made: dict[str, Any] = {
        "out": out,
        "tables": {table.name: table.record_count for table in imported.schema.tables},
        "counts": imported.counts(),
        "notes": [msgspec.structs.asdict(note) for note in imported.notes],
        "changes": [msgspec.structs.asdict(note) for note in imported.changes],
        "unread": [{"where": u.where, "text": u.text, "reason": u.reason} for u in database.unread],
        "source": database.notes,
    }
    return msgspec.json.encode(made).decode()


def not_carried(imported: Imported, database: Database) -> list[str]:
    """Return what is not in the schema as it is in the database; a guess beside it is no loss."""
    notes = [str(note) for note in imported.notes if note.kind != "inferred"]
    return [*notes, *(_said(unread) for unread in database.unread)]


def explanations(imported: Imported) -> str:
    """Return which rule gave which generator to which column, and why; then those of laws."""
    rows = [
        (f"{choice.table}.{choice.column}", choice.generator, choice.rule or "by type",
         choice.reason)
        for choice in imported.choices
    ]  # fmt: skip
    chosen = {(choice.table, choice.column) for choice in imported.choices}
    rows += [
        (f"{table.name}.{column.name}", column.generator, "by law",
         "a condition or the type of the database asks for it")
        for table in imported.schema.tables
        for column in table.columns
        if column.generator is not None and (table.name, column.name) not in chosen
    ]  # fmt: skip
    return grid(("column", "generator", "rule", "reason"), rows)
