"""Keys in a circle that the database checks at once: they are null, where they may be."""

from __future__ import annotations

from collections.abc import Iterator

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
    Where it is not, its columns are null; where they may not be, the dump makes it deferrable for
    its transaction, and only the tables' owner can load it.
    """
    notes: list[Note] = []
    if schema.database_type != ("postgres",):
        return schema, notes
    for _ in range(_MOST_KEYS):
        hard = [*_hard(schema, selection)]
        found = next((each for each in hard if _may_be_null(schema.table(each[0]), each[1])), None)
        if found is None:
            return schema, notes + [_owned(name, reference) for name, reference in hard]
        table, reference = schema.table(found[0]), found[1]
        made, note = _without(table, reference)
        notes.append(note)
        tables = tuple(made if each is table else each for each in schema.tables)
        schema = msgspec.structs.replace(schema, tables=tables)
    return schema, notes


def _hard(schema: Schema, selection: Selection) -> Iterator[tuple[str, Reference]]:
    """Yield the late keys that are checked at once, each with its table."""
    for table, reference in Catalog(schema).late_references:
        if reference.table != table.name:
            declared = selection.tables[table.name].foreign_keys
            if not any(_is(key, reference) and key.deferrable for key in declared):
                yield table.name, reference


def _may_be_null(table: Table, reference: Reference) -> bool:
    return any(table.column(name).nullable for name in reference.columns)


def _owned(table: str, reference: Reference) -> Note:
    what = (
        f"the key {', '.join(reference.columns)} to {reference.table} lies in a circle: "
        "it is made deferrable while rows are loaded"
    )
    return Note(table, reference.columns[0], "inferred", what, "load as the owner of the tables")


def _is(key: ForeignKey, reference: Reference) -> bool:
    return key.columns == reference.columns


def _without(table: Table, reference: Reference) -> tuple[Table, Note]:
    """Return a table without a key, with null in its place."""
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
    what = f"{where} lies in a circle, and is checked at once: it is null"
    note = Note(table.name, reference.columns[0], "simplified", what,
                "declare it DEFERRABLE, and import again")  # fmt: skip
    return msgspec.structs.replace(table, columns=columns, foreign_keys=keys), note
