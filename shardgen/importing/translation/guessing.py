"""Foreign keys that no constraint declares, by name: `customer_id` leads to `customers`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shardgen.generators.inference import singular, words_of
from shardgen.importing.described import Column, Database, ForeignKey, Name, Table
from shardgen.importing.notes import Note

_ENDINGS = ("id", "uuid", "key")


def guessed_keys(database: Database) -> Iterator[tuple[Table, ForeignKey]]:
    """
    Yield the keys that names tell of: a column `<table>_id` of the type of that table's `id`.

    The table's whole name must stand before the ending, or its last word where one table alone ends
    in it; in the same database schema. Columns with a key of their own have none.
    """
    by_words: dict[tuple[str, ...], list[Table]] = {}
    for table in database.tables:
        words = tuple(singular(word) for word in words_of(table.name.name))
        by_words.setdefault(words, []).append(table)
    for table in database.tables:
        taken = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            if column.name in taken or (column.name,) == table.primary_key or column.generated:
                continue
            parent = _parent(table, column, by_words)
            if parent is not None:
                yield (
                    table,
                    ForeignKey(
                        name="",
                        columns=(column.name,),
                        table=parent.name,
                        references=parent.primary_key,
                    ),
                )


def _parent(
    table: Table, column: Column, by_words: dict[tuple[str, ...], list[Table]]
) -> Table | None:
    *before, ending = words_of(column.name) or ("",)
    if ending not in _ENDINGS or not before:
        return None
    wanted = tuple(singular(word) for word in before)
    found = [t for t in by_words.get(wanted, ()) if t.name.schema == table.name.schema]
    if len(found) != 1 or len(found[0].primary_key) != 1:
        return None
    own = found[0].column(found[0].primary_key[0])
    return found[0] if _alike(own.type, column.type) else None


def _alike(one: str, other: str) -> bool:
    """Return whether two types hold the same keys: both whole numbers, or the same words."""
    words = [text.lower().partition("(")[0].strip() for text in (one, other)]
    return words[0] == words[1] or all("int" in word or "serial" in word for word in words)


def with_guesses(database: Database, *, take: bool) -> tuple[Database, tuple[Note, ...]]:
    """Return a database with its guessed keys where they are taken, and a note of each."""
    notes: list[Note] = []
    more: dict[Name, list[ForeignKey]] = {}
    for table, key in guessed_keys(database):
        target = f"{key.table}.{key.references[0]}"
        hint = "" if take else "--guess-keys takes it"
        what = f"by its name it is a key to {target}, which no constraint says"
        notes.append(Note(str(table.name), key.columns[0], "inferred", what, hint))
        more.setdefault(table.name, []).append(key)
    if not take:
        return database, tuple(notes)
    tables = tuple(
        msgspec.structs.replace(t, foreign_keys=(*t.foreign_keys, *more.get(t.name, ())))
        for t in database.tables
    )
    return msgspec.structs.replace(database, tables=tables), tuple(notes)
