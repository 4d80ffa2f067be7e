"""What a column with a correlation follows: a column of its row or of a parent, or a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import GroupedFanOut, UniqueFanOut

if TYPE_CHECKING:
    from shardgen.random.streams import Words
    from shardgen.tables.batch import Batch

_COUNT = re.compile(r"count\s*\(\s*(.*?)\s*\)")


class CorrelationSource(msgspec.Struct, frozen=True, eq=False):
    """
    The words that another column follows, in order of what they stand for.

    `cell` is the table and column that they belong to; None for a number of children.
    """

    words: Callable[[Batch], Words]
    cell: tuple[str, str] | None = None


def resolve_followed(context: ColumnContext, path: str) -> CorrelationSource:
    """
    Return what `income`, `borrower.income` or `count(visits)` means; BindError when it is nothing.

    All words of a path but the last are foreign keys, by any name that `ColumnContext.relation_called`
    takes, or tables whose rows lead here one by one, as `borrower.credit_scores.score` has. A count
    is of the rows that lead here along a grouped foreign key.
    """
    counted = _COUNT.fullmatch(path)
    return _column(context, path) if counted is None else _children(context, counted[1])


def _column(context: ColumnContext, path: str) -> CorrelationSource:
    names = [column.name for column in context.table.columns]
    *steps, name = [path] if path in names else path.split(".")
    ways: list[Callable[[Batch], Batch]] = []
    for step in steps:
        child = _one_child(context, step)
        if child is not None:
            ways.append(partial(_first_child, table=step, relation=child))
            context = context.seen_from(step)
        else:
            reference = context.relation_called(step)
            ways.append(partial(_parent, relation=reference.name))
            context = context.seen_from(reference.table)
    context.reads_column(name)

    def words(batch: Batch) -> Words:
        for way in ways:
            batch = way(batch)
        return batch.latent(name)

    return CorrelationSource(words, (context.table.name, name))


def _parent(batch: Batch, relation: str) -> Batch:
    return batch.parent(relation)


def _first_child(batch: Batch, table: str, relation: str) -> Batch:
    return batch.first_child(table, relation)


def _one_child(context: ColumnContext, step: str) -> str | None:
    """Return the key by which a table leads here with one row at most, or evenly; or None."""
    table = next((t for t in context.catalog.tables if t.name == step), None)
    if table is None or table.name == context.table.name:
        return None
    for reference in table.references:
        shape = reference.shape
        one = isinstance(shape, UniqueFanOut) or table.is_key_together(reference.columns)
        even = isinstance(shape, GroupedFanOut) and shape.distribution == "even"
        if reference.table == context.table.name and (one or even):
            return reference.name
    return None


def _children(context: ColumnContext, word: str) -> CorrelationSource:
    table, relation = context.child_relation(word)
    key = next(r for r in context.catalog.table(table).references if r.name == relation)
    assert isinstance(key.shape, GroupedFanOut), "child_relation refuses others"
    if key.shape.distribution == "even" or key.shape.min == key.shape.max:
        what = f"each row of {context.table.name!r} has as many {table} as any other"
        hint = '"fan_out": {"type": "grouped", "distribution": "poisson"}'
        raise BindError(what, f"let their number differ: {hint} on {table}.{relation}")
    within = context.shared_words(f"standing in {table}.{relation}")

    def words(batch: Batch) -> Words:
        share = batch.percentile_rank(table, relation, within(batch))
        share *= 2.0**53
        np.minimum(share, 2.0**53 - 1, out=share)
        return share.astype(np.int64).view(np.uint64) << np.uint64(11)

    return CorrelationSource(
        lambda batch: batch.shared((CorrelationSource, table, relation), words)
    )


def why_not(table: CatalogTable, column: CatalogColumn, *, is_derived: bool) -> tuple[str, str]:
    """Return why a column cannot be resolve_followed and the way out; `is_derived`: from other columns."""
    name = f"{table.name}.{column.name}"
    if column.reference is not None:
        return f"{name} is a foreign key", "follow a column of its parent"
    sets = (table.primary_key, *table.unique_sets)
    if column.is_key or any(column.name in names for names in sets):
        return f"{name} is a key, and its values are spread evenly", "follow another column"
    if is_derived:
        return f"{name} comes from other columns", "follow one of those"
    made_by = column.generator or f"a column of type {column.type}"
    what = f"{name}: the values of {made_by} are drawn in no order"
    return what, f"let {column.name!r} follow this column instead, or follow a number or a date"
