"""A described database → a schema that can be run, in one call, and what became of what."""

from __future__ import annotations

import re

import msgspec

from shardgen.importing.described import Database
from shardgen.importing.notes import KINDS, Kind, Note
from shardgen.importing.settling import settle
from shardgen.importing.translation.conditions import with_laws
from shardgen.importing.translation.selection import Selection, select
from shardgen.importing.translation.tables import imported_table, rows_by_table
from shardgen.plan.inferred import Choice
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema, Table

_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows tables get: `rows` each, or `like` the database's own, times `scale`."""

    rows: int = 1000
    like: bool = False
    scale: float = 1.0


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A schema made from a database, the notes on it, and how its generators were chosen."""

    schema: Schema
    notes: tuple[Note, ...]
    choices: tuple[Choice, ...]

    def counts(self) -> dict[Kind, int]:
        """Return how many notes there are of each kind."""
        return {kind: sum(note.kind == kind for note in self.notes) for kind in KINDS}


def import_schema(database: Database, sizes: Sizes) -> Imported:
    """
    Return a schema that makes rows for a database.

    What cannot be carried is simplified, and at last a table has no rows: a note says of each why.
    """
    selection = select(database)
    rows = rows_by_table(selection.tables, sizes.rows, like=sizes.like, scale=sizes.scale)
    made = [
        imported_table(name, table, rows[name], selection, database)
        for name, table in selection.tables.items()
    ]
    schema = Schema(
        schema_version="1.0",
        name=_NOT_IN_A_NAME.sub("-", database.name).strip("-.") or "imported",
        database_type=(database.dialect,),
        tables=tuple(each.table for each in made),
    )
    schema, laws = _with_laws(schema, selection, database)
    settled = settle(schema)
    notes = [*(note for each in made for note in each.notes), *laws]
    unread = [
        Note(str(u.table or ""), "", "dropped", f"{u.where}: {u.reason}: {u.text}")
        for u in database.unread
    ]
    return Imported(
        schema=settled.schema,
        notes=tuple(dict.fromkeys((*unread, *notes, *settled.notes))),
        choices=settled.choices,
    )


def _with_laws(
    schema: Schema, selection: Selection, database: Database
) -> tuple[Schema, list[Note]]:
    """Return a schema whose rows meet the conditions of its tables, and notes."""
    catalog = Catalog(schema)
    tables: list[Table] = []
    notes: list[Note] = []
    for table in schema.tables:
        described = selection.tables[table.name]
        made, more = with_laws(table, described, database, catalog.table(table.name))
        tables.append(made)
        notes += more
    return msgspec.structs.replace(schema, tables=tuple(tables)), notes
