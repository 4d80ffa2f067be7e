"""What an import carried, guessed, simplified, dropped and refused."""

from __future__ import annotations

from typing import Any

import msgspec

from shardgen.cli.grid import grid
from shardgen.importing.imported import Imported
from shardgen.importing.notes import KINDS, Kind

_MOST = 20  # lines of each kind
_LOUD: tuple[Kind, ...] = ("refused", "inferred")
"""Kinds of which each is told; of the others how many there are."""


def import_report(imported: Imported, out: str | None) -> str:
    """Return the report as a person reads it."""
    schema = imported.schema
    columns = sum(len(table.columns) for table in schema.tables)
    empty = [table.name for table in schema.tables if not table.record_count]
    name = out or "the schema"
    lines = [f"{name}: {len(schema.tables)} tables, {columns} columns"]
    if empty:
        more = f" and {len(empty) - _MOST} more" if len(empty) > _MOST else ""
        lines.append(f"{len(empty)} tables have no rows: {', '.join(empty[:_MOST])}{more}")
    for kind, count in imported.counts().items():
        if count:
            lines.append(f"{count} {kind}: {KINDS[kind]}")
        if kind in _LOUD:
            notes = [note for note in imported.notes if note.kind == kind]
            lines += [f"  {note}" for note in notes[:_MOST]]
            if len(notes) > _MOST:
                lines.append(f"  and {len(notes) - _MOST} more, in {name}")
    if out is not None:
        lines.append(f"next: shardgen run {out} --no-ddl")
    return "\n".join(lines)


def import_json(imported: Imported, out: str | None) -> str:
    """Return the report as JSON."""
    made: dict[str, Any] = {
        "out": out,
        "tables": {table.name: table.record_count for table in imported.schema.tables},
        "counts": imported.counts(),
        "notes": [msgspec.structs.asdict(note) for note in imported.notes],
    }
    return msgspec.json.encode(made).decode()


def explanations(imported: Imported) -> str:
    """Return which rule gave which generator to which column, and why."""
    rows = [
        (f"{choice.table}.{choice.column}", choice.generator, choice.rule or "by type",
         choice.reason)
        for choice in imported.choices
    ]  # fmt: skip
    return grid(("column", "generator", "rule", "reason"), rows)
