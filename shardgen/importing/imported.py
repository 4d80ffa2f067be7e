"""A described database → a schema that can be run, in one call, and what became of what."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from shardgen.importing.described import Database
from shardgen.importing.merging import merged
from shardgen.importing.notes import KINDS, Kind, Note
from shardgen.importing.settling import settle
from shardgen.importing.translation.asked_values import with_asked_values
from shardgen.importing.translation.circles import without_hard_circles
from shardgen.importing.translation.conditions import counting_tables, with_laws
from shardgen.importing.translation.flagged import with_flags
from shardgen.importing.translation.guessing import with_guesses
from shardgen.importing.translation.selection import Selection, select
from shardgen.importing.translation.tables import imported_table, rows_by_table
from shardgen.importing.translation.trigger_functions import Emptied, emptied_tables
from shardgen.importing.translation.triggers import filled_tables
from shardgen.plan.inferred import Choice
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Column, Schema, Table

_FEWER = 10
_OWN_ROWS = "give it rows that differ from those, and that table rows too"
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


_ROWS = 1000  # of each table, where nothing is said


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many rows tables get: `rows` each, or `like` the database's own, times `scale`.

    Where neither is said, it is 1000, or those of the schema that is merged.
    """

    rows: int | None = None
    like: bool = False
    scale: float = 1.0


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """
    A schema made from a database, the notes on it, and how its generators were chosen.

    `changes` is what the database has otherwise than the schema that it was merged with.
    """

    schema: Schema
    notes: tuple[Note, ...]
    choices: tuple[Choice, ...]
    changes: tuple[Note, ...] = ()

    def counts(self) -> dict[Kind, int]:
        """Return how many notes there are of each kind."""
        return {kind: sum(note.kind == kind for note in self.notes) for kind in KINDS}


def import_schema(
    database: Database, sizes: Sizes, *, guess_keys: bool = False, old: Schema | None = None
) -> Imported:
    """
    Return a schema that makes rows for a database.

    With `guess_keys`, foreign keys that only names tell of are in it. What a person wrote in an
    `old` schema of the same database is kept. What cannot be carried is simplified, and at last a
    table has no rows: a note says of each why.
    """
    database, guesses = with_guesses(database, take=guess_keys)
    selection = select(database)
    emptied = emptied_tables(selection) if database.dialect == "postgres" else {}
    schema, notes = _with_tables(selection, database, sizes, emptied)
    schema, laws = _with_laws(schema, selection, database, emptied)
    schema = with_flags(schema, selection)
    schema, circles = without_hard_circles(schema, selection)
    changes: tuple[Note, ...] = ()
    spare: Mapping[tuple[str, str], Column] = {}
    if old is not None:
        keeps_rows = sizes.rows is None and not sizes.like
        both = merged(schema, old, scale=sizes.scale if keeps_rows else None)
        schema, changes, spare = both.schema, both.changes, both.spare
    settled = settle(schema, spare)
    return Imported(
        schema=settled.schema,
        notes=tuple(dict.fromkeys((*notes, *laws, *circles, *guesses, *settled.notes))),
        choices=settled.choices,
        changes=changes,
    )


def _with_tables(
    selection: Selection, database: Database, sizes: Sizes, emptied: Emptied
) -> tuple[Schema, list[Note]]:
    """Return a schema of the selected tables, each by itself, and notes."""
    each = _ROWS if sizes.rows is None else sizes.rows
    rows = rows_by_table(selection.tables, each, like=sizes.like, scale=sizes.scale)
    filled = filled_tables(selection, database)
    rows |= dict.fromkeys((*filled, *emptied), 0)
    notes = [Note(n, "", "simplified", f"{why} fills it") for n, why in filled.items()]
    notes += [
        Note(n, "", "refused", f"it has no rows, or {why} may refuse some of that", _OWN_ROWS)
        for n, why in emptied.items()
    ]
    tables: list[Table] = []
    for name, table in selection.tables.items():
        made = imported_table(name, table, rows[name], selection, database)
        tables.append(made.table)
        notes += made.notes
    schema = Schema(
        schema_version="1.0",
        name=_NOT_IN_A_NAME.sub("-", database.name).strip("-.") or "imported",
        database_type=(database.dialect,),
        tables=tuple(tables),
    )
    return (schema if sizes.like else _with_fewer_ancestors(schema)), notes


def _with_laws(
    schema: Schema, selection: Selection, database: Database, emptied: Emptied
) -> tuple[Schema, list[Note]]:
    """Return a schema whose rows meet the conditions of its tables, and notes."""
    catalog = Catalog(schema)
    counting = counting_tables(catalog)
    tables: list[Table] = []
    notes: list[Note] = []
    for table in schema.tables:
        made, more = with_laws(table, selection, database, catalog, counting, emptied)
        tables.append(made)
        notes += more
    schema = msgspec.structs.replace(schema, tables=tuple(tables))
    return with_asked_values(schema), notes


def _with_fewer_ancestors(schema: Schema) -> Schema:
    """
    Return a schema with a tenth of the rows in tables that others find each other by.

    An organisation whose tasks are assigned to its own members needs several of both.
    """
    followed = Catalog(schema).shared_keys.following.values()
    ancestors = {each.ancestor for each in followed if each.down}
    tables = tuple(
        msgspec.structs.replace(table, record_count=-(-table.record_count // _FEWER))
        if table.name in ancestors
        else table
        for table in schema.tables
    )
    return msgspec.structs.replace(schema, tables=tables)
