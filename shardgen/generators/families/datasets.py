"""Datasets: rows whose values belong together, such as a city with its state and its zip code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np

from shardgen.errors import BindError, FollowsFromMistakeError, nearest
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.choice import Choice, Constant
from shardgen.generators.families.dataset_cells import column_of, value_of, weight_of
from shardgen.generators.families.dataset_groups import GivenColumn, GivenGroups, GivenRows
from shardgen.generators.functions import DrawnIndices, PermutedRows
from shardgen.generators.generator import BoundGenerator, Generator, Nulls
from shardgen.generators.parameters import decode_generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import (
    ColumnDraw,
    ColumnRead,
    IndexFunction,
)
from shardgen.generators.value_functions import ListedValues
from shardgen.random.distributions import Weighted
from shardgen.random.overriding import override
from shardgen.random.permutation import Permutation
from shardgen.random.weighted import WeightedIntervals

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.random.streams import Indices, Truths
    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.schema.model import ReferenceDataset
    from shardgen.tables.batch import Batch


@generator("dataset")
class FromDataset(Generator, frozen=True):
    """
    A value of a row of `dataset`, one of the schema's `datasets`, by the weights of its rows.

    `column` is the dataset's, by default that of the column's own name. All columns of a row that
    name the same dataset, `draw` and `given` have their values from one row of it; another `draw`,
    any word, is another row. With `given`, such as {"state": "address.state"}, it is a row whose
    value there equals that column, of the same table or of the parent's; with several, all of them.
    On a unique column no row comes twice.
    """

    beside: ClassVar[tuple[str, ...]] = ("dataset",)

    dataset: str
    column: str | None = None
    draw: str = ""
    given: dict[str, str] = msgspec.field(default_factory=dict)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        rows = _Rows(context, self)
        cells = rows.cells(context.column)
        table = column_of(context, cells)
        index, sources = rows.index()
        missing = np.array([cell is None for cell in cells])
        nulls: MissingCells | Nulls = Nulls.DRAWN
        if missing.any():
            if not context.column.may_be_null:
                what = f"row {int(missing.argmax()) + 1} of dataset {self.dataset!r} has no value"
                raise BindError(f"{what}, and the column is not nullable", 'set "nullable": true')
            nulls = MissingCells(missing, index)
        return BoundGenerator.of(ListedValues(table, index), *sources, nulls=nulls)


class MissingCells(msgspec.Struct, frozen=True, eq=False):
    """Where the row of a dataset has no value: `missing` by its index."""

    missing: Truths
    index: IndexFunction

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row of the batch."""
        return self.missing.take(self.index(batch))


class SharedRows(msgspec.Struct, frozen=True, eq=False):
    """The row of a dataset that each row has, found once for all columns that have `key`."""

    key: str
    rows: IndexFunction

    def __call__(self, batch: Batch) -> Indices:
        """Return indices that are not to be changed."""
        return batch.shared(self.key, self.rows)


class _Rows:
    """The rows of a dataset that a column has its values from, and which one each row has."""

    def __init__(self, context: ColumnContext, made: FromDataset) -> None:
        known = context.catalog.datasets
        if made.dataset not in known:
            hint = nearest(made.dataset, known) or (
                _named("there are", known) if known else 'add it to the schema: "datasets"'
            )
            raise BindError(f"there is no dataset {made.dataset!r}", hint)
        self.context = context
        self.made = made
        self.data: ReferenceDataset = known[made.dataset]
        self.count = len(self.data.rows)
        if not self.count:
            raise BindError(f"the dataset {made.dataset!r} has no rows")

    def cells(self, column: CatalogColumn) -> list[Any]:
        """Return the dataset's values for a column, one for each row, None for a missing one."""
        name = str(column.generator_params.get("column") or column.name)
        return [
            None if cell is None else value_of(cell, column.sql_type, self._where(n))
            for n, cell in enumerate(self.raw(name))
        ]

    def index(self) -> tuple[SharedRows, tuple[Source, ...]]:
        """Return the row of the dataset that each row has, and what it is found by."""
        purpose = msgspec.json.encode([*self._row_choice()]).decode()
        leader = self._leader()
        if leader is None:
            rows, sources = self._by_weight(purpose)
        elif leader.name != self.context.column.name:
            rows, sources = self._of_leader(leader, purpose)
        elif self.context.unique:
            index = self._each_once()
            rows, sources = index.compute, (index,)
        else:
            rows, sources = self._by_weight(purpose)
        return SharedRows(purpose, rows), sources

    def raw(self, name: str) -> list[Any]:
        """Return a column of the dataset as it is given; BindError when there is none."""
        if name not in self.data.columns:
            hint = nearest(name, self.data.columns) or _named("it has", self.data.columns)
            what = f"the dataset {self.made.dataset!r} has no column {name!r}"
            raise BindError(what, hint)
        at = self.data.columns.index(name)
        return [row[at] for row in self.data.rows]

    def _where(self, n: int) -> str:
        return f"row {n + 1} of dataset {self.made.dataset!r}"

    def _row_choice(self) -> tuple[str, str, dict[str, str]]:
        return self.made.dataset, self.made.draw, self.made.given

    # Rows by weight

    def weights(self) -> list[float]:
        """Return the weight of each row."""
        if self.data.weight is None:
            return [1.0] * self.count
        return [weight_of(cell) or 0.0 for cell in self.raw(self.data.weight)]

    def _by_weight(self, purpose: str) -> tuple[IndexFunction, tuple[Source, ...]]:
        """Return rows by weight, of all or of those that are given, and what they are found by."""
        words = self.context.shared_words(f"dataset {purpose}")
        if not self.made.given:
            return DrawnIndices(WeightedIntervals(self.weights()).draw, words), ()
        given = {name: self._given(name, path) for name, path in self.made.given.items()}
        groups = GivenGroups(self.made.dataset, given, self.weights())
        return GivenRows(groups, words), tuple(column.read for column in given.values())

    def _given(self, name: str, path: str) -> GivenColumn:
        read = self.context.read_path(path, "text", "enum", "integer", "boolean")
        return GivenColumn(read, path, self.raw(name), _listed_values(self.context, read))

    # Unique columns

    def _members(self) -> list[CatalogColumn]:
        """Return the columns of the table that have their values from the same row."""
        return [c for c in self.context.table.columns if _row_choice_of(c) == self._row_choice()]

    def _leader(self) -> CatalogColumn | None:
        """Return which of these all rows follow: one that must not repeat, alone or with others."""
        table, members = self.context.table, self._members()
        together = {name for names in table.unique_sets for name in names}
        led = [c for c in members if c.is_key] or [c for c in members if c.name in together]
        return led[0] if led else None

    def _each_once(self) -> ColumnDraw[Indices]:
        """Return the draw of rows each at most once; BindError when that repeats values."""
        if self.made.given:
            raise BindError("a unique column cannot be given by another", "leave out one of them")
        column, table = self.context.column, self.context.table
        sets = [names for names in table.unique_sets if column.name in names]
        for names in [(column.name,)] if column.is_key else sets:
            self._refuse_twins([c for c in self._members() if c.name in names])
        return self.context.unique_index(self.count)

    def _refuse_twins(self, columns: list[CatalogColumn]) -> None:
        """Refuse values of these columns that more than one row of the dataset has."""
        seen: set[tuple[Any, ...]] = set()
        for n, row in enumerate(zip(*map(self.cells, columns), strict=True)):
            if row in seen and None not in row:
                shown = ", ".join(map(str, row))
                what = f"{self._where(n)} has {shown} a second time, and the column is unique"
                raise BindError(what, "leave out unique, or that row")
            seen.add(row)

    def _of_leader(
        self, leader: CatalogColumn, purpose: str
    ) -> tuple[IndexFunction, tuple[Source, ...]]:
        """
        Return the rows that another column chooses, and what they are found by.

        Whichever of the columns is made first finds them for all.
        """
        context, name = self.context, leader.name
        sources: tuple[Source, ...] = (context.read_column(name),)
        if context.unique_set is not None:
            sources += (context.unique_index(1),)
        elif context.unique:
            self._refuse_twins([context.column])
        unique_set = context.unique_sets.get(name)
        if unique_set is not None:
            return unique_set.index_of(name), sources
        if not leader.is_key:
            rows, more = self._by_weight(purpose)
            return rows, (*sources, *more)
        if context.rows > self.count:
            raise FollowsFromMistakeError(name)
        permutation = Permutation(self.count, context.key_beside(name, "value"))
        return PermutedRows(permutation), sources


def _row_choice_of(column: CatalogColumn) -> tuple[object, object, object] | None:
    """Return the dataset, draw and given of a column; None when no dataset makes it."""
    if column.generator != "dataset":
        return None
    said = column.generator_params
    return said.get("dataset"), said.get("draw") or "", said.get("given") or {}


def _listed_values(context: ColumnContext, read: ColumnRead) -> list[Any] | None:
    """Return the only values that a column has; None where they are all within its bounds."""
    column, data = read.column, context.catalog.datasets
    if column.generator is None or column.reference is not None:
        return None
    try:
        made = decode_generator(column)
    except BindError:
        return None  # reported where that column stands
    listed: list[Any] | None = None
    if isinstance(made, Choice):
        listed = [v.value if isinstance(v, Weighted) else v for v in made.values]
    elif isinstance(made, Constant):
        listed = [made.value]
    elif isinstance(made, FromDataset) and made.dataset in data:
        listed = _Rows(context, made).raw(made.column or column.name)
    return None if listed is None else [value for value in listed if value is not None]


def _named(start: str, names: Iterable[str]) -> str:
    return f"{start} {', '.join(names)}"
