"""Keys in a circle that the database checks at once: they are null, where they may be."""

from __future__ import annotations

import msgspec

from shardgen.importing.described import ForeignKey
from shardgen.importing.notes import Note
from shardgen.importing.translation.selection import Selection
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema, Table
from shardgen.schema.references import Reference

_MOST_KEYS = 1000


def without_hard_circles(schema: Schema, selection: Selection) -> tuple[Schema, list[Note]]:
    """
    Return a schema whose rows load in PostgreSQL in one pass, and notes.

    A key to a later table can be checked at the end of a transaction only where it is deferrable.
    Where it is not, its columns are null; where they may not be, the table has no rows.
    """
    notes: list[Note] = []
    if schema.database_type != ("postgres",):
        return schema, notes
    for _ in range(_MOST_KEYS):
        found = _first_hard(schema, selection)
        if found is None:
            break
        table, reference = schema.table(found[0]), found[1]
        made, note = _without(table, reference)
        notes.append(note)
        tables = tuple(made if each is table else each for each in schema.tables)
        schema = msgspec.structs.replace(schema, tables=tables)
    return schema, notes


def _first_hard(schema: Schema, selection: Selection) -> tuple[str, Reference] | None:
    """Return a late key that is checked at once, with its table."""
    catalog = Catalog(schema)
    for table, reference in catalog.late_references:
        if reference.table != table.name:
            declared = selection.tables[table.name].foreign_keys
            if not any(_is(key, reference) and key.deferrable for key in declared):
                return table.name, reference
    return None


def _is(key: ForeignKey, reference: Reference) -> bool:
    return key.columns == reference.columns


def _without(table: Table, reference: Reference) -> tuple[Table, Note]:
    """Return a table without a key, with null in its place, or without rows."""
    nullable = [c.name for c in table.columns if c.name in reference.columns and c.nullable]
    keys = tuple(key for key in table.foreign_keys if key.columns != reference.columns)
    columns = tuple(
        msgspec.structs.replace(
            column,
            foreign_key=None if reference.columns == (column.name,) else column.foreign_key,
            generator_params={"null_probability": 1}
            if column.name in nullable
            else column.generator_params,
        )
        for column in table.columns
    )
    where = f"the key {', '.join(reference.columns)} to {reference.table}"
    what = f"{where} lies in a circle, and is checked at once"
    if nullable:
        note = Note(table.name, reference.columns[0], "simplified", f"{what}: it is null",
                    "declare it DEFERRABLE, and import again")  # fmt: skip
        return msgspec.structs.replace(table, columns=columns, foreign_keys=keys), note
    note = Note(table.name, reference.columns[0], "refused", what,
                "declare it DEFERRABLE, and import again")  # fmt: skip
    made = msgspec.structs.replace(table, columns=columns, foreign_keys=keys, record_count=0)
    return made, note
