"""Tables that are no tables of their own, and what is lost with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.importing.ddl.draft import Draft
from shardgen.importing.described import Name, Table, Unread, with_unique_of_partition

_SHADOWS = (
    *("content", "data", "idx", "docsize", "config", "segments", "segdir", "stat"),  # texts
    *("node", "rowid", "parent"),  # places
)


def is_left_out(key: Name, draft: Draft) -> bool:
    """Return whether a table is a partition, or the storage of a virtual table of SQLite."""
    return key in draft.partitions or is_shadow(key, draft)


def is_shadow(key: Name, draft: Draft) -> bool:
    """Return whether a table is the storage of a virtual one."""
    start, _, kind = key.name.rpartition("_")
    return kind in _SHADOWS and Name(key.schema, start) in draft.virtual


def left_out(draft: Draft) -> Iterator[Unread]:
    """Yield what is lost: storage, constraints that one partition has alone, and keys to one."""
    for key, table in draft.tables.items():
        if is_shadow(key, draft):
            reason = "it is the storage of a virtual table"
            yield Unread(
                where=str(table.name), text=f"TABLE {table.name}", reason=reason, table=table.name
            )
        elif key in draft.partitions:
            yield from _of_partition(table, draft)
        for foreign in table.foreign_keys:
            if draft.key(foreign.table) in draft.partitions and key not in draft.partitions:
                yield Unread(
                    where=str(table.name),
                    text=f"CONSTRAINT {foreign.name}",
                    reason="a foreign key to one partition of a table is not described",
                    table=table.name,
                )


def _of_partition(table: Table, draft: Draft) -> Iterator[Unread]:
    root = table
    known: set[object] = set()
    while (bound := draft.partitions.get(draft.key(root.name))) is not None:
        root = draft.tables[draft.key(bound.parent)]
        known |= {what for _, what in _constraints(root)}
    unique = {what for _, what, _ in _unique_sets(table)}
    for name, what in _constraints(table):
        if what not in known and what not in unique:
            yield Unread(
                where=str(table.name),
                text=f"CONSTRAINT {name}",
                reason="a constraint of one partition alone is not described",
                table=root.name,
            )


def with_partitions(tables: Iterable[Table], draft: Draft) -> Iterator[Table]:
    """Yield tables that are unique as one of their partitions is."""
    found: dict[Name, list[tuple[str, tuple[str, ...], bool]]] = {}
    for key, table in draft.tables.items():
        root = key
        while (bound := draft.partitions.get(root)) is not None:
            root = draft.key(bound.parent)
        if root != key:
            found.setdefault(root, []).extend(_unique_sets(table))
    for table in tables:
        made = table
        for name, columns, is_primary in sorted(found.get(draft.key(table.name), ())):
            made = with_unique_of_partition(made, name, columns, is_primary=is_primary)
        yield made


def _unique_sets(table: Table) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield the name and the columns of each unique constraint, and whether it is the key."""
    if table.primary_key:
        yield table.primary_key_name, table.primary_key, True
    for index in table.unique_sets:
        if index.columns and not index.where and not index.nulls_not_distinct:
            yield index.name, index.columns, False


def _constraints(table: Table) -> Iterator[tuple[str, object]]:
    """Yield the constraints of a table, each with what it says."""
    if table.primary_key:
        yield table.primary_key_name, table.primary_key
    for index in table.unique_sets:
        yield index.name, index.columns if index.where is None else (index.parts, index.where)
    for key in table.foreign_keys:
        yield key.name, (key.columns, key.table)
    for check in table.checks:
        yield check.name, check.expression
    for exclusion in table.exclusions:
        yield exclusion.name, exclusion.elements
