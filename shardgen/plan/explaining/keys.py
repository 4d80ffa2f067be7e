"""The keys of a row: which parents they lead to, by which law, and which children lead here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shardgen.plan.columns import Columns
from shardgen.plan.explaining.explanation import Children, ParentRow, Stream
from shardgen.random.streams import stream_key, unit_floats
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import Batch, BoundTable

_COUNTED = 1 << 20  # children of which it is looked which have no parent


def stream_at(batch: Batch, path: tuple[str | int, ...]) -> Stream:
    """Return a stream with its word at the first row of a batch."""
    key = stream_key(*path)
    word = batch.words(key)
    return Stream(
        path=path,
        key=f"{key:016x}",
        word=f"{int(word[0]):016x}",
        share=round(float(unit_floats(word)[0]), 9),
    )


def key_streams(batch: Batch, seed: int, reference: Reference) -> tuple[Stream, ...]:
    """Return the stream whose word chose the parent, if one did."""
    table = batch.table
    path = (seed, table.name, reference.name, "parent")
    drawn = table.relations[reference.name].stream == stream_key(*path)
    return (stream_at(batch, path),) if drawn else ()


def parent_row(batch: Batch, reference: Reference, *, is_null: bool) -> ParentRow:
    """Return the parent of the first row of a batch along a foreign key."""
    name, table = reference.name, batch.table
    knows = name in table.with_order and not is_null
    return ParentRow(
        key=name,
        columns=reference.columns,
        table=reference.table,
        row=None if is_null else int(batch.parent(name).rows[0]),
        law=table.relations[name].law(),
        ordinal=int(batch.ordinal(name).values[0]) if knows else None,
        siblings=int(batch.siblings(name).values[0]) if knows else None,
    )


def children_of(batch: Batch, columns: Columns) -> Iterator[Children]:
    """Yield the keys by which rows of other tables lead to the first row of a batch."""
    for table in columns.catalog.tables:
        child = columns.tables[table.name]
        for reference in table.references:
            if reference.table == batch.table.name and not reference.target_of:
                yield _children(batch, child, table, reference)


def _children(batch: Batch, child: BoundTable, table: CatalogTable, key: Reference) -> Children:
    relation = child.relations[key.name]
    return Children(
        table=child.name,
        key=key.name,
        count=0 if child.is_empty else _count(batch, child, table, key),
        law=relation.law(),
    )


def _count(batch: Batch, child: BoundTable, table: CatalogTable, key: Reference) -> int | None:
    """Return how many children there are whose key is not null; None where it is not known."""
    if key.name not in child.with_runs:
        return None
    found = batch.children(child.name, key.name)
    count = int(found.count.sum())
    if not any(table.column(name).may_be_null for name in key.columns):
        return count
    if count > _COUNTED:
        return None
    nulls = (
        mask
        for rows, _ in found.batches()
        if (mask := _any_null(rows, key)) is not None
    )  # fmt: skip
    return count - sum(int(mask.sum()) for mask in nulls)


def _any_null(batch: Batch, key: Reference) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    masks = [mask for name in key.columns if (mask := batch.null(name)) is not None]
    return np.logical_or.reduce(masks) if masks else None
