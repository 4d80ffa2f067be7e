"""
The elements of arrays as a column: what a generator is bound to that makes them.

Element k of row r is row r * n + k of a table of its own, where n is the most elements that a row
has. So whatever fills a column fills arrays, and any row's elements are made alone.
"""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import NotEnoughValuesError
from shardgen.generators.context import ColumnContext
from shardgen.generators.sources import ColumnDraw
from shardgen.random.overriding import override
from shardgen.random.streams import below
from shardgen.tables.calendar import EPOCH

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.tables.batch import Batch


class ElementContext(ColumnContext):
    """
    The column that arrays of `most` elements have theirs from.

    It stands alone in its table. Where elements are `distinct`, none comes twice in one array:
    generators make such as they make unique columns, and are given indices without repetition.
    """

    def __init__(
        self, of: ColumnContext, element: CatalogColumn, most: int, *, distinct: bool
    ) -> None:
        """Describe the elements of a column; `element` says their type and generator."""
        column = msgspec.structs.replace(
            element, is_key=distinct, unique=distinct, nullable=False, correlation=None, order=None
        )
        super().__init__(
            of.catalog,
            _alone(of.table, column),
            column,
            rows=of.rows * most,
            seed=int(of.path[0]),
            as_of=EPOCH + dt.timedelta(of.as_of),
        )
        self.path = (*of.path, "element")
        self.facts, self.streams = of.facts, of.streams  # what the column is drawn by
        self.most = most

    @override
    def unique_index(self, size: int, *, purpose: str = "value") -> ColumnDraw[Indices]:
        """Return the draw of one of `size` possibilities, each at most once in an array."""
        if not self.unique:
            return super().unique_index(size, purpose=purpose)
        if size < self.most:
            what = f"arrays of up to {self.most} distinct elements are asked for, and {size} exist"
            raise NotEnoughValuesError(what, "ask for shorter arrays, or leave out distinct")
        return ColumnDraw(compute=DistinctIndices(self.key(purpose), size, self.most))


def _alone(table: CatalogTable, column: CatalogColumn) -> CatalogTable:
    """Return a table without keys that has one column: elements have no others beside them."""
    alone = copy.copy(table)
    vars(alone).update(
        columns=(column,), _columns={column.name: column}, references=(), declared_references=(),
        primary_key=(), unique_sets=(), key_groups=(),
    )  # fmt: skip
    return alone


class DistinctIndices(msgspec.Struct, frozen=True, eq=False):
    """
    Numbers below `size` of which `most` rows that follow each other have none twice.

    The k-th of an array is drawn from the size - k numbers that its earlier ones have left.
    """

    key: int
    size: int
    most: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        from shardgen.tables.batch import Batch as Rows

        array, place = np.divmod(batch.numbers, self.most)
        begins = np.ones(len(array), bool)
        begins[1:] = array[1:] != array[:-1]
        arrays = array[begins]
        count = int(place.max(initial=0)) + 1
        taken = np.empty((len(arrays), 0), np.int64)  # of each array, rising
        drawn: list[Indices] = []
        for k in range(count):
            pick = below(
                Rows(batch.table, arrays * self.most + k - batch.table.first).words(self.key),
                self.size - k,
            )
            for earlier in taken.T:
                pick += pick >= earlier
            drawn.append(pick)
            taken = np.sort(np.column_stack((taken, pick)), axis=1)
        picks: Indices = np.column_stack(drawn)[np.cumsum(begins) - 1, place]
        return picks
