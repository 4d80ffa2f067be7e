"""Tables and columns under other names, and whatever names them."""

from __future__ import annotations

import msgspec

from shardgen.importing.ddl.draft import Bound, Draft
from shardgen.importing.ddl.tokens import NotReadError
from shardgen.importing.described import Check, ForeignKey, Index, Name

replace = msgspec.structs.replace


def rename_table(draft: Draft, old: Name, new: Name) -> Name:
    """Give a table another name, and return it."""
    if draft.key(new) in draft.tables and draft.key(new) != draft.key(old):
        raise NotReadError(f"the table {new} is there already")
    table = draft.tables.pop(draft.key(old))
    draft.put(replace(table, name=new))
    if bound := draft.partitions.pop(draft.key(old), None):
        draft.partitions[draft.key(new)] = bound
    for child, bound in draft.partitions.items():
        if bound.parent == old:
            draft.partitions[child] = Bound(new, bound.text)
    for name, sequence in draft.sequences.items():
        if sequence.table == old:
            draft.sequences[name] = replace(sequence, table=new)
    for other in list(draft.tables.values()):
        if any(key.table == old for key in other.foreign_keys):
            keys = (
                replace(key, table=new) if key.table == old else key for key in other.foreign_keys
            )
            draft.change(other.name, foreign_keys=tuple(keys))
    return new


def rename_column(draft: Draft, name: Name, old: str, new: str) -> None:
    """Give a column another name, wherever the database has it."""
    table = draft.tables[draft.key(name)]
    draft.change(
        name,
        columns=tuple(
            replace(column, name=new) if column.name == old else column for column in table.columns
        ),
        primary_key=_renamed(table.primary_key, old, new),
        indexes=tuple(_index(draft, index, old, new) for index in table.indexes),
        foreign_keys=tuple(
            replace(key, columns=_renamed(key.columns, old, new)) for key in table.foreign_keys
        ),
        checks=tuple(_check(draft, check, old, new) for check in table.checks),
    )
    for key, sequence in draft.sequences.items():
        if sequence.table == name and sequence.column == old:
            draft.sequences[key] = replace(sequence, column=new)
    for other in list(draft.tables.values()):
        if any(key.table == name for key in other.foreign_keys):
            keys = (_reference(key, name, old, new) for key in other.foreign_keys)
            draft.change(other.name, foreign_keys=tuple(keys))


def _renamed(columns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if column == old else column for column in columns)


def _reference(key: ForeignKey, name: Name, old: str, new: str) -> ForeignKey:
    if key.table != name:
        return key
    return replace(key, references=_renamed(key.references, old, new))


def _index(draft: Draft, index: Index, old: str, new: str) -> Index:
    parts = [
        replace(
            part,
            column=new if part.column == old else part.column,
            expression=draft.renamed(part.expression, old, new),
        )
        for part in index.parts
    ]
    where = index.where and draft.renamed(index.where, old, new)
    return replace(index, parts=tuple(parts), where=where)


def _check(draft: Draft, check: Check, old: str, new: str) -> Check:
    return replace(check, expression=draft.renamed(check.expression, old, new))


def drop_table(draft: Draft, name: Name) -> None:
    """Drop a table; in PostgreSQL the keys that refer to it go too, and its partitions."""
    key = draft.key(name)
    del draft.tables[key]
    draft.partitions.pop(key, None)
    if draft.language.database != "postgres":
        return
    for other in list(draft.tables.values()):
        if any(known.table == name for known in other.foreign_keys):
            keys = tuple(known for known in other.foreign_keys if known.table != name)
            draft.change(other.name, foreign_keys=keys)
    parts = [child for child, bound in draft.partitions.items() if bound.parent == name]
    for child in parts:
        if child in draft.tables:
            drop_table(draft, draft.tables[child].name)
