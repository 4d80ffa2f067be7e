"""What a column with a correlation follows: a column of its row or of a parent, or a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import BindError
from shardgen.generators.lookups import SchemaLookups
from shardgen.generators.sources import CorrelationSource
from shardgen.random.streams import stream_key, unit_floats, words_of_shares
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import GroupedFanOut, UniqueFanOut

if TYPE_CHECKING:
    from shardgen.random.streams import Words
    from shardgen.tables.batch import Batch

_COUNT = re.compile(r"count\s*\(\s*(.*?)\s*\)")


def resolve_followed(lookups: SchemaLookups, seed: int, path: str) -> CorrelationSource:
    """
    Return what `income`, `borrower.income` or `count(visits)` means; BindError for nothing.

    All words of a path but the last are foreign keys, by any name that `relation_called` takes, or
    tables whose rows lead here one by one, as `borrower.credit_scores.score` has. A count is of the
    rows that lead here along a grouped foreign key.
    """
    counted = _COUNT.fullmatch(path)
    return _column(lookups, path) if counted is None else _children(lookups, seed, counted[1])


class ParentStep(msgspec.Struct, frozen=True, eq=False):
    """From rows to their parents along a foreign key."""

    relation: str

    def __call__(self, batch: Batch) -> Batch:
        """Return a parent for each row."""
        return batch.parent(self.relation)


class FirstChildStep(msgspec.Struct, frozen=True, eq=False):
    """From rows to their only child, or the first one, along a foreign key of another table."""

    table: str
    relation: str

    def __call__(self, batch: Batch) -> Batch:
        """Return a child for each row."""
        return batch.first_child(self.table, self.relation)


class FollowedWords(msgspec.Struct, frozen=True, eq=False):
    """The words by which the values of a column rise, some steps away from the row."""

    steps: tuple[Callable[[Batch], Batch], ...]
    column: str

    def __call__(self, batch: Batch) -> Words:
        """Return words that are not to be changed."""
        for step in self.steps:
            batch = step(batch)
        return batch.latent(self.column)


class ChildCountWords(msgspec.Struct, frozen=True, eq=False):
    """Words that rise with the number of a row's children, made once for each batch."""

    table: str
    relation: str
    key: int

    def __call__(self, batch: Batch) -> Words:
        """Return words that are not to be changed."""
        return batch.shared((ChildCountWords, self.table, self.relation), self._computed)

    def _computed(self, batch: Batch) -> Words:
        share = batch.percentile_rank(self.table, self.relation, batch.words(self.key))
        return words_of_shares(share)


class RowOrderWords(msgspec.Struct, frozen=True, eq=False):
    """
    Words that rise from row to row, or fall: those of n rows in the order of their size.

    Row j of n has one of the j-th n-th of all words. The rows are the children of one parent along
    a grouped foreign key, `relation`, or where that is empty all `rows` of the table.
    """

    relation: str
    rows: int
    key: int
    is_falling: bool

    def __call__(self, batch: Batch) -> Words:
        """Return words that are not to be changed."""
        share = unit_floats(batch.words(self.key))
        if self.relation:
            share += batch.ordinal(self.relation).values
            share /= batch.siblings(self.relation).values
        else:
            share += batch.numbers
            share /= self.rows
        words = words_of_shares(share)
        return ~words if self.is_falling else words


def order_of_rows(
    table: CatalogTable, column: CatalogColumn, rows: int, seed: int
) -> CorrelationSource:
    """Return the words that a column with an `order` has."""
    grouped = (r.name for r in table.references if isinstance(r.shape, GroupedFanOut))
    key = stream_key(seed, table.name, column.name, "value")
    words = RowOrderWords(next(grouped, ""), rows, key, column.order == "falling")
    return CorrelationSource(words)


def _column(lookups: SchemaLookups, path: str) -> CorrelationSource:
    names = [column.name for column in lookups.table.columns]
    *words, name = [path] if path in names else path.split(".")
    steps: list[Callable[[Batch], Batch]] = []
    for word in words:
        child = _one_child(lookups, word)
        if child is not None:
            steps.append(FirstChildStep(word, child))
            lookups = lookups.seen_from(word)
        else:
            reference = lookups.relation_called(word)
            steps.append(ParentStep(reference.name))
            lookups = lookups.seen_from(reference.table)
    read = lookups.read_column(name)
    return CorrelationSource(FollowedWords(tuple(steps), name), read.cell)


def _one_child(lookups: SchemaLookups, word: str) -> str | None:
    """Return the key by which a table leads here with one row at most, or evenly; or None."""
    table = next((t for t in lookups.catalog.tables if t.name == word), None)
    if table is None or table.name == lookups.table.name:
        return None
    for reference in table.references:
        shape = reference.shape
        one = isinstance(shape, UniqueFanOut) or table.is_key_together(reference.columns)
        even = isinstance(shape, GroupedFanOut) and shape.distribution == "even"
        if reference.table == lookups.table.name and (one or even):
            return reference.name
    return None


def _children(lookups: SchemaLookups, seed: int, word: str) -> CorrelationSource:
    table, relation = lookups.child_relation(word)
    key = next(r for r in lookups.catalog.table(table).references if r.name == relation)
    assert isinstance(key.shape, GroupedFanOut), "child_relation refuses others"
    if key.shape.distribution == "even" or key.shape.min == key.shape.max:
        what = f"each row of {lookups.table.name!r} has as many {table} as any other"
        hint = '"fan_out": {"type": "grouped", "distribution": "poisson"}'
        raise BindError(what, f"let their number differ: {hint} on {table}.{relation}")
    stream = stream_key(seed, lookups.table.name, "", f"standing in {table}.{relation}")
    return CorrelationSource(ChildCountWords(table, relation, stream))


def why_not(table: CatalogTable, column: CatalogColumn, *, is_derived: bool) -> tuple[str, str]:
    """
    Return why a column cannot be followed, and the way out.

    `is_derived` says that it is made from other columns.
    """
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
