"""
Batch: some rows of one table while they are made, and the bound tables they are rows of.

A bound table knows how to make each of its columns; a batch asks it for the rows it stands for and
remembers the answers. A parent is a batch too: `batch.parent("loan_id").column("amount")` is each
row's loan amount, recomputed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.random.streams import GOLDEN, finalise

if TYPE_CHECKING:
    from shardgen.random.streams import Floats, Indices, Truths, Words
    from shardgen.schema.types import ColumnType
    from shardgen.tables.values import ColumnValues, Integers

BATCH_ROWS = 16_384
"""Rows; a batch's arrays fit in one core's L2 cache, and one NumPy call is spread over enough."""
_CHILD_ROWS = 65_536  # children that are made at once
T = TypeVar("T")


class BoundColumn(msgspec.Struct, frozen=True, eq=False):
    """
    A column that can be made: its values in a batch, and where they are null.

    `null` is None where the column is never null. `latent` are uniform words that rise with the
    values, not to be changed; None where the column has none.
    """

    name: str
    type: ColumnType
    compute: Callable[[Batch], ColumnValues]
    null: Callable[[Batch], Truths] | None = None
    latent: Callable[[Batch], Words] | None = None


class Parents(msgspec.Struct, frozen=True, eq=False):
    """
    The parents of a batch's rows: row `index[i]` of `batch` is the parent of row i.

    If `index` is None, the parent of row i is row i of `batch`. What is computed of `batch` is
    computed once for all children that share a parent.
    """

    batch: Batch
    index: Indices | None = None


class Relation(msgspec.Struct, frozen=True, eq=False):
    """A bound foreign key: which parent each child row has."""

    def draw(self, batch: Batch) -> Parents:
        """Return the parents of a batch's rows; a pure function of them."""
        raise NotImplementedError

    def law(self) -> str:
        """Return how a parent is chosen, as a clause that goes on after "the parent is"."""
        raise NotImplementedError

    @property
    def stream(self) -> int | None:
        """The key of the stream whose word chooses the parent; None where no word does."""
        return None


class RelationWithRuns(Relation, frozen=True, eq=False):
    """A foreign key whose shape knows the children of each parent: they are a run of positions."""

    def runs(self, parents: Indices) -> tuple[Indices, Indices]:
        """
        Return the position of the first child and the number of children of parents by their row.

        Both are int64 of the shape of `parents`. A run may be empty, and its position is then
        anywhere from 0 to the number of rows.
        """
        raise NotImplementedError

    def rows_at(self, positions: Indices) -> Indices:
        """Return the rows of the children at these positions: int64, same shape."""
        return positions

    def positions_of(self, rows: Indices) -> Indices:
        """Return the positions of the children at these rows: int64, same shape."""
        return rows


class RelationWithOrder(RelationWithRuns, frozen=True, eq=False):
    """A foreign key whose shape also knows the order of a parent's children, and of the parents."""

    def ordinal(self, batch: Batch) -> Integers:
        """Return the number of each row among its parent's children, from 0."""
        raise NotImplementedError

    def siblings(self, batch: Batch) -> Integers:
        """Return how many children the parent of each row has, the row itself included."""
        raise NotImplementedError

    def percentile_rank(self, parents: Indices, words: Words) -> Floats:
        """
        Return the share of parents with fewer children than each of these, by their row: float64.

        Parents with as many children have a range of shares, of which a uniform word chooses one.
        """
        raise NotImplementedError


class Children:
    """The children of a batch's rows: `count[i]` positions from `start[i]` on for row i."""

    def __init__(
        self, table: BoundTable, relation: str, of: Batch, start: Indices, count: Indices
    ) -> None:
        """
        Stand for them; nothing is made yet.

        They are of use as long as `of` is there, which keeps them, and do not keep it in turn: what
        is in a circle stays until the garbage collector looks, which arrays hardly ever cause.
        """
        self.start = start
        self.count = count
        self._table = table
        self._relation = relation
        self._of: Batch = weakref.proxy(of)

    def batches(self) -> Iterator[tuple[Batch, Indices]]:
        """
        Yield all children in batches of at most 65,536, each with the positions of its parents.

        However many children a parent has, memory does not grow. A child knows its parent, so that
        what it reads of the parent is not made again.
        """
        ends = np.cumsum(self.count)
        first = self.start - (ends - self.count)
        total = int(ends[-1]) if len(ends) else 0
        relation = self._table.with_runs[self._relation]
        for begin in range(0, total, _CHILD_ROWS):
            nth = np.arange(begin, min(begin + _CHILD_ROWS, total))
            owner = ends.searchsorted(nth, "right")
            batch = Batch(self._table, relation.rows_at(first.take(owner) + nth))
            batch.set_parents(self._relation, Parents(self._of, owner))
            yield batch, owner


class RowCheck(msgspec.Struct, frozen=True, eq=False):
    """
    A law of one table's rows.

    `broken` says where rows break it; where the law is null, it is kept. `text` is the law as its
    author wrote it, `path` where, and `reads` the columns that it is about.
    """

    name: str
    text: str
    path: str
    reads: tuple[str, ...]
    broken: Callable[[Batch], Truths]


class BoundTable:
    """
    A table whose every cell can be made: its columns and its relations by name.

    One without rows is bound as if it had one, which nothing refers to: `is_empty` says so. Before
    row 0 there may be `first` others that are somewhere already: they have the rows below 0, down
    to -first, and all rows together are numbered from 0.
    `with_runs` and `with_order` have those of the relations that know their children. `children`
    has the tables with a foreign key to this one, by their name and the key's. `text_bytes` has the
    most bytes of each long column of type text, where the table was checked. `checks` are laws that
    each row keeps.
    """

    def __init__(self, name: str, rows: int, first: int = 0) -> None:
        """Begin a table of that many rows; binding fills in the columns and relations."""
        self.name = name
        self.rows = max(rows, 1)
        self.first = first
        self.is_empty = rows == 0
        self.hidden: frozenset[str] = frozenset()
        """The names of the columns that are made for others alone."""
        self.columns: dict[str, BoundColumn] = {}
        self.relations: dict[str, Relation] = {}
        self.with_runs: dict[str, RelationWithRuns] = {}
        self.with_order: dict[str, RelationWithOrder] = {}
        self.children: dict[tuple[str, str], BoundTable] = {}
        self.text_bytes: dict[str, int] = {}
        self.checks: tuple[RowCheck, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "whole"}

    def refer(self, name: str, parent: BoundTable, relation: Relation) -> None:
        """Add a foreign key to a parent, and the table to that parent's children."""
        self.relations[name] = relation
        if isinstance(relation, RelationWithRuns):
            self.with_runs[name] = relation
        if isinstance(relation, RelationWithOrder):
            self.with_order[name] = relation
        parent.children[self.name, name] = self

    @property
    def total(self) -> int:
        """The number of rows, those before row 0 among them."""
        return self.first + self.rows

    @cached_property
    def whole(self) -> Batch:
        """All rows as one batch that is kept; only for tables of at most BATCH_ROWS rows."""
        return Batch.of_range(self, 0, self.rows)


class Batch:
    """
    Some rows of a table, at any indices; what was made of them is remembered.

    The indices of a relation are rows; what is drawn for a row hangs on its number alone. `span` is
    the range start … stop-1 that the rows are, in order, or None.
    """

    def __init__(
        self, table: BoundTable, rows: Indices, span: tuple[int, int] | None = None
    ) -> None:
        """Stand for these rows; nothing is made yet."""
        self.table = table
        self.rows = rows
        self.span = span
        self._columns: dict[str, ColumnValues] = {}
        self._nulls: dict[str, Truths | None] = {}
        self._parents: dict[str, Batch] = {}
        self._drawn: dict[str, Parents] = {}
        self._first_children: dict[tuple[str, str], Batch] = {}
        self._latents: dict[str, Words] = {}
        self._shared: dict[object, Any] = {}

    @classmethod
    def of_range(cls, table: BoundTable, start: int, stop: int) -> Batch:
        """Return rows start … stop-1."""
        return cls(table, np.arange(start, stop), (start, stop))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    @cached_property
    def numbers(self) -> Indices:
        """The numbers of the rows in their table, those before row 0 counted; not to be changed."""
        return self.rows + self.table.first if self.table.first else self.rows

    @cached_property
    def _weyl(self) -> Words:
        """What all streams have in common of a word's computation."""
        return self.numbers.view(np.uint64) * GOLDEN

    def words(self, key: int) -> Words:
        """Return the words of a stream at these rows; the caller may change the array."""
        return finalise(self._weyl + np.uint64(key))

    def column(self, name: str) -> ColumnValues:
        """Return the column's values, whether they are shown or null."""
        values = self._columns.get(name)
        if values is None:
            values = self._columns[name] = self.table.columns[name].compute(self)
        return values

    def shared(self, key: object, compute: Callable[[Batch], T]) -> T:
        """
        Return a function of this batch, computed once for all columns that ask by `key`.

        All of them give the same function, and do not change what it returns.
        """
        if key not in self._shared:
            self._shared[key] = compute(self)
        shared: T = self._shared[key]
        return shared

    def null(self, name: str) -> Truths | None:
        """Return where the column is null; None when it never is."""
        if name not in self._nulls:
            null = self.table.columns[name].null
            self._nulls[name] = None if null is None else null(self)
        return self._nulls[name]

    def latent(self, name: str) -> Words:
        """Return uniform words that rise with the column's values; not to be changed."""
        words = self._latents.get(name)
        if words is None:
            latent = self.table.columns[name].latent
            assert latent is not None, "the binder admits only columns that can be followed"
            words = self._latents[name] = latent(self)
        return words

    def parents(self, relation: str) -> Parents:
        """Return the parents along a foreign key, each of them once where that is known."""
        drawn = self._drawn.get(relation)
        if drawn is None:
            drawn = self._drawn[relation] = self.table.relations[relation].draw(self)
        return drawn

    def set_parents(self, relation: str, parents: Parents) -> None:
        """Say what is known already: the parents along a foreign key."""
        self._drawn[relation] = parents

    def ordinal(self, relation: str) -> Integers:
        """Return each row's number, from 0, among the children of its parent; grouped keys only."""
        return self.table.with_order[relation].ordinal(self)

    def siblings(self, relation: str) -> Integers:
        """Return how many children each row's parent has, itself included; grouped keys only."""
        return self.table.with_order[relation].siblings(self)

    def percentile_rank(self, table: str, relation: str, words: Words) -> Floats:
        """
        Return the share of rows with fewer children than each of these, in another table: float64.

        `relation` is that table's grouped foreign key. Rows with as many children have a range of
        shares, of which a uniform word chooses one.
        """
        key = self.table.children[table, relation].with_order[relation]
        return key.percentile_rank(self.rows, words)

    def first_child(self, table: str, relation: str) -> Batch:
        """
        Return a row of another table for each of these: its first child along a foreign key.

        The key is a grouped or a unique one. For a row without any child it is a row of another's,
        so that there is always one.
        """
        key = table, relation
        if key not in self._first_children:
            child = self.table.children[key]
            bound = child.with_runs[relation]
            first = bound.rows_at(bound.runs(self.rows)[0] % child.rows)
            self._first_children[key] = Batch(child, first)
        return self._first_children[key]

    def children(self, table: str, relation: str) -> Children:
        """Return the rows of another table that lead here along its grouped foreign key."""
        child = self.table.children[table, relation]
        start, count = child.with_runs[relation].runs(self.rows)
        return Children(child, relation, self, start, count * (not child.is_empty))

    def parent(self, relation: str) -> Batch:
        """Return the parent rows, one for each row of this batch, as a batch."""
        parent = self._parents.get(relation)
        if parent is None:
            drawn = self.parents(relation)
            parent = drawn.batch if drawn.index is None else _Spread(drawn.batch, drawn.index)
            self._parents[relation] = parent
        return parent


class _Spread(Batch):
    """Rows of another batch, each as often as needed: what it makes is made once, then taken."""

    def __init__(self, source: Batch, index: Indices) -> None:
        """Stand for `source`'s rows at `index`."""
        super().__init__(source.table, source.rows[index])
        self._source = source
        self._index = index

    @override
    def column(self, name: str) -> ColumnValues:
        values = self._columns.get(name)
        if values is None:
            values = self._columns[name] = self._source.column(name).take(self._index)
        return values

    @override
    def null(self, name: str) -> Truths | None:
        null = self._source.null(name)
        return None if null is None else null[self._index]

    @override
    def latent(self, name: str) -> Words:
        words = self._latents.get(name)
        if words is None:
            words = self._latents[name] = self._source.latent(name).take(self._index)
        return words

    @override
    def parents(self, relation: str) -> Parents:
        parents = self._source.parents(relation)  # they stay the source's own
        index = self._index if parents.index is None else parents.index.take(self._index)
        return Parents(parents.batch, index)

    @override
    def first_child(self, table: str, relation: str) -> Batch:
        key = table, relation
        if key not in self._first_children:
            child = self._source.first_child(table, relation)
            self._first_children[key] = _Spread(child, self._index)
        return self._first_children[key]

    @override
    def ordinal(self, relation: str) -> Integers:
        return self._source.ordinal(relation).take(self._index)

    @override
    def siblings(self, relation: str) -> Integers:
        return self._source.siblings(relation).take(self._index)
