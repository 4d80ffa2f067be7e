"""
Batch: some rows of one table while they are made, and the bound tables they are rows of.

A bound table knows how to make each of its columns; a batch asks it for the rows it stands for and
remembers the answers. A parent is a batch too: `batch.parent("loan_id").column("amount")` is each
row's loan amount, recomputed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices, Words
    from shardgen.schema.types import ColumnType
    from shardgen.tables.values import Integers, Values

from shardgen.random.streams import GOLDEN, finalise

BATCH_ROWS = (
    16_384  # what a batch computes stays in a core's L2 cache, and calls are few for its rows
)
_PIECE = 65_536  # children that are made at once
T = TypeVar("T")


class BoundColumn(msgspec.Struct, frozen=True, eq=False):
    """A column that can be made: its values in a batch, and where they are null."""

    name: str
    type: ColumnType
    make: Callable[[Batch], Values]
    null: Callable[[Batch], NDArray[np.bool_]] | None = None
    latent: Callable[[Batch], Words] | None = None
    """Uniform words that rise with the values; None where the column has none."""


class Parents(msgspec.Struct, frozen=True, eq=False):
    """
    The parents of a batch's rows: row `index[i]` of `batch` is the parent of row i.

    None in place of the index means that row i of `batch` is. What is computed of `batch` is
    computed once for all children that share a parent.
    """

    batch: Batch
    index: Indices | None = None


class Relation(msgspec.Struct, frozen=True, eq=False):
    """
    A bound foreign key: which parent each child row has.

    Where the shape knows the children of a parent in their order, `ordinal` numbers them from 0,
    `siblings` is how many there are, the row among them, and `runs` says which rows they are:
    the place of the first child and the number of children of parents by their row. `row_at` gives
    the rows at such places; None where they are the same. `percentile_rank` is the share of parents with
    fewer children, a uniform word saying where among those that have as many.
    """

    draw: Callable[[Batch], Parents]
    ordinal: Callable[[Batch], Integers] | None = None
    siblings: Callable[[Batch], Integers] | None = None
    runs: Callable[[Indices], tuple[Indices, Indices]] | None = None
    percentile_rank: Callable[[Indices, Words], NDArray[np.float64]] | None = None
    row_at: Callable[[Indices], Indices] | None = None

    def rows_at(self, places: Indices) -> Indices:
        """Return the children at these places, in the order of their parents."""
        return places if self.row_at is None else self.row_at(places)


class Children:
    """The children of a batch's rows: `count[i]` places from `start[i]` on have those of row i."""

    def __init__(
        self, table: BoundTable, relation: str, of: Batch, start: Indices, count: Indices
    ) -> None:
        """Stand for them; nothing is made yet."""
        self.start = start
        self.count = count
        self._table = table
        self._relation = relation
        self._of = of

    def pieces(self) -> Iterator[tuple[Batch, Indices]]:
        """
        Yield all children in batches of at most 65,536, each with the positions of its parents.

        However many children a parent has, memory does not grow. A child knows its parent, so that
        what it reads of the parent is not made again.
        """
        ends = np.cumsum(self.count)
        first = self.start - (ends - self.count)
        total = int(ends[-1]) if len(ends) else 0
        for begin in range(0, total, _PIECE):
            place = np.arange(begin, min(begin + _PIECE, total))
            owner = ends.searchsorted(place, "right")
            relation = self._table.relations[self._relation]
            batch = Batch(self._table, relation.rows_at(first.take(owner) + place))
            batch.set_parents(self._relation, Parents(self._of, owner))
            yield batch, owner


class BoundTable:
    """A table whose every cell can be made: its columns and its relations by name."""

    def __init__(self, name: str, rows: int) -> None:
        """Begin a table of that many rows; `bind` fills in the columns and relations."""
        self.name = name
        self.rows = rows
        self.columns: dict[str, BoundColumn] = {}
        self.relations: dict[str, Relation] = {}
        self.children: dict[tuple[str, str], BoundTable] = {}
        """The tables that have a foreign key to this one, by their name and the key's."""

    @cached_property
    def whole(self) -> Batch:
        """All rows as one batch that is kept; only for tables of at most BATCH_ROWS rows."""
        return Batch.of_range(self, 0, self.rows)


class Batch:
    """
    Some rows of a table, at any indices; what was made of them is remembered.

    `span` is the range start … stop-1 that the rows are, in order, or None.
    """

    def __init__(
        self, table: BoundTable, rows: Indices, span: tuple[int, int] | None = None
    ) -> None:
        """Stand for these rows; nothing is made yet."""
        self.table = table
        self.rows = rows
        self.span = span
        self._columns: dict[str, Values] = {}
        self._nulls: dict[str, NDArray[np.bool_] | None] = {}
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
    def _weyl(self) -> Words:
        """The part of a word's computation that all streams share."""
        return self.rows.view(np.uint64) * GOLDEN

    def words(self, key: int) -> Words:
        """Return the words of a stream at these rows; the caller may change the array."""
        return finalise(self._weyl + np.uint64(key))

    def column(self, name: str) -> Values:
        """Return the column's values, whether they are shown or null."""
        values = self._columns.get(name)
        if values is None:
            values = self._columns[name] = self.table.columns[name].make(self)
        return values

    def shared(self, key: object, make: Callable[[Batch], T]) -> T:
        """Return what `make` makes of this batch, made once for all columns that ask by `key`."""
        if key not in self._shared:
            self._shared[key] = make(self)
        made: T = self._shared[key]
        return made

    def null(self, name: str) -> NDArray[np.bool_] | None:
        """Return where the column is null; None when it never is."""
        if name not in self._nulls:
            null = self.table.columns[name].null
            self._nulls[name] = None if null is None else null(self)
        return self._nulls[name]

    def latent(self, name: str) -> Words:
        """Return uniform words that rise with the column's values; not to be changed."""
        words = self._latents.get(name)
        if words is None:
            make = self.table.columns[name].latent
            assert make is not None, "the binder admits only columns that can be followed"
            words = self._latents[name] = make(self)
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
        """Return each row's number, from 0, among the children of its parent."""
        ordinal = self.table.relations[relation].ordinal
        assert ordinal is not None, "the binder admits only grouped relations here"
        return ordinal(self)

    def siblings(self, relation: str) -> Integers:
        """Return how many children each row's parent has, the row among them."""
        siblings = self.table.relations[relation].siblings
        assert siblings is not None, "the binder admits only grouped relations here"
        return siblings(self)

    def percentile_rank(self, table: str, relation: str, within: Words) -> NDArray[np.float64]:
        """Return `Relation.percentile_rank` of these rows among all, by their children in a table."""
        percentile_rank = self.table.children[table, relation].relations[relation].percentile_rank
        assert percentile_rank is not None, "the binder admits only grouped relations here"
        return percentile_rank(self.rows, within)

    def first_child(self, table: str, relation: str) -> Batch:
        """
        Return a row of another table for each of these: its first child along a foreign key.

        For a row without any child it is a row of another's, so that there is always one.
        """
        key = table, relation
        if key not in self._first_children:
            child = self.table.children[key]
            bound = child.relations[relation]
            assert bound.runs is not None, "the binder admits only grouped and unique relations"
            first = bound.rows_at(bound.runs(self.rows)[0] % child.rows)
            self._first_children[key] = Batch(child, first)
        return self._first_children[key]

    def children(self, table: str, relation: str) -> Children:
        """Return the rows of another table that lead here along its grouped foreign key."""
        child = self.table.children[table, relation]
        runs = child.relations[relation].runs
        assert runs is not None, "the binder admits only grouped relations here"
        return Children(child, relation, self, *runs(self.rows))

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

    def column(self, name: str) -> Values:
        """See Batch."""
        values = self._columns.get(name)
        if values is None:
            values = self._columns[name] = self._source.column(name).take(self._index)
        return values

    def null(self, name: str) -> NDArray[np.bool_] | None:
        """See Batch."""
        null = self._source.null(name)
        return None if null is None else null[self._index]

    def latent(self, name: str) -> Words:
        """See Batch."""
        words = self._latents.get(name)
        if words is None:
            words = self._latents[name] = self._source.latent(name).take(self._index)
        return words

    def parents(self, relation: str) -> Parents:
        """See Batch. Positions are composed; the parents are the source's own."""
        parents = self._source.parents(relation)
        index = self._index if parents.index is None else parents.index.take(self._index)
        return Parents(parents.batch, index)

    def first_child(self, table: str, relation: str) -> Batch:
        """See Batch."""
        key = table, relation
        if key not in self._first_children:
            child = self._source.first_child(table, relation)
            self._first_children[key] = _Spread(child, self._index)
        return self._first_children[key]

    def ordinal(self, relation: str) -> Integers:
        """See Batch."""
        return self._source.ordinal(relation).take(self._index)

    def siblings(self, relation: str) -> Integers:
        """See Batch."""
        return self._source.siblings(relation).take(self._index)
