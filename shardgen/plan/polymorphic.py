"""Polymorphic keys → bound columns: the key itself, and the type that says where it leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError, FollowsFromMistakeError, NotEnoughValuesError
from shardgen.generators.sources import Cell, ParentColumn, Way
from shardgen.generators.value_functions import ListedValues
from shardgen.plan.cast_values import CastValues
from shardgen.plan.lone_keys import LoneKeys
from shardgen.plan.nulls import AllNull, Mask, either_null, null_mask, null_share
from shardgen.random.streams import stream_key
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.alternatives import ChosenValues, TargetOfIndex, WeightedChoice
from shardgen.tables.batch import Batch, BoundColumn, BoundTable
from shardgen.tables.unique_sets import UniqueSet
from shardgen.tables.values import ColumnValues, Dictionary, Integers, Pool

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

Choice = Callable[[Batch], "Indices"]
"""The number of the target of each row."""
Missing = Callable[[Reference], Mask | None]
"""Where a key has no row to lead to."""


class PolymorphicColumn(msgspec.Struct, frozen=True, eq=False):
    """A bound column of a polymorphic key, with what it reads."""

    bound: BoundColumn
    reads: tuple[Cell, ...]
    ways: tuple[Way, ...]


def targets_of(table: CatalogTable, name: str) -> list[Reference]:
    """Return the targets of a polymorphic key, in their order."""
    return [key for key in table.references if key.target_of == name]


def target_sizes(table: CatalogTable, name: str, keys: LoneKeys) -> list[int]:
    """Return how many rows a polymorphic key may lead to in each of its targets."""
    parents = (keys.parent(table, key) for key in targets_of(table, name))
    return [0 if parent.is_empty else parent.rows for parent in parents]


class PolymorphicKeys:
    """Binds the polymorphic keys of all tables, whose targets have their relations already."""

    def __init__(self, tables: Mapping[str, BoundTable], seed: int, keys: LoneKeys) -> None:
        """Bind nothing yet."""
        self._tables = tables
        self._keys = keys
        self._seed = seed
        self._choices: dict[Cell, Choice] = {}
        self._chosen: dict[Cell, Choice] = {}

    def key(
        self,
        table: CatalogTable,
        column: CatalogColumn,
        missing: Missing,
        unique_set: UniqueSet | None,
    ) -> PolymorphicColumn:
        """
        Return the column of the key itself.

        FollowsFromMistakeError where one of its targets has a mistake.
        """
        choice, null = self._choice(table, column, missing, unique_set)
        self._chosen[table.name, column.name] = choice
        targets = targets_of(table, column.name)
        cells = [(key.table, key.parent_columns[0]) for key in targets]
        both = list(zip(targets, cells, strict=True))
        values = ChosenValues(choice, tuple(ParentColumn(key.name, c) for key, (_, c) in both))
        bound = BoundColumn(column.name, column.sql_type, values, null)
        ways = tuple(((key.name,), cell) for key, cell in both)
        return PolymorphicColumn(bound, tuple(dict.fromkeys(cells)), ways)

    def target(self, table: CatalogTable, name: str, batch: Batch) -> int:
        """Return the number of the target that the first row of a batch has, once it is bound."""
        return int(self._chosen[table.name, name](batch)[0])

    def type_of_key(
        self,
        table: CatalogTable,
        column: CatalogColumn,
        missing: Missing,
        unique_set: UniqueSet | None,
    ) -> PolymorphicColumn:
        """Return the column that names the target of the key; else as `key`."""
        key = table.column(table.key_of_type[column.name])
        choice, null = self._choice(table, key, missing, unique_set)
        listed = ListedValues(_type_values(table, key.name), choice)
        compute = CastValues(listed, column.sql_type, is_key=False)
        return PolymorphicColumn(BoundColumn(column.name, column.sql_type, compute, null), (), ())

    def _choice(
        self,
        table: CatalogTable,
        column: CatalogColumn,
        missing: Missing,
        unique_set: UniqueSet | None,
    ) -> tuple[Choice, Mask | None]:
        """Return which target each row has, and where the key is null."""
        asked, targets = table.polymorphic[column.name], targets_of(table, column.name)
        if len(targets) < len(asked.targets):
            raise FollowsFromMistakeError(column.name)
        sizes = target_sizes(table, column.name, self._keys)
        drawn: Mask | None = None
        if column.may_be_null:
            key = stream_key(self._seed, table.name, column.name, "null")
            drawn = null_mask(key, null_share(column))
        if not any(sizes):
            self._check_empty(table, column)
            drawn, sizes = AllNull() if column.may_be_null else None, [1] * len(sizes)
        if unique_set is not None:
            ends = np.cumsum(sizes)
            return TargetOfIndex(unique_set.index_of(column.name), ends), drawn
        weights = [t.weight * (size > 0) for t, size in zip(asked.targets, sizes, strict=True)]
        masks = [missing(key) if size else None for key, size in zip(targets, sizes, strict=True)]
        cell = table.name, column.name
        if cell not in self._choices:
            key = stream_key(self._seed, *cell, "target")
            self._choices[cell] = WeightedChoice(key, tuple(weights), tuple(masks))
        choice = self._choices[cell]
        assert isinstance(choice, WeightedChoice), "made here"
        if not choice.may_be_missing:
            return choice, drawn
        if not column.may_be_null:
            names = ", ".join(repr(key.table) for key in targets)
            what = f"in some rows none of {names} has a row to lead to"
            raise BindError(what, "add a target that has, or make the columns nullable")
        return choice, either_null(choice.is_missing, drawn)

    def _check_empty(self, table: CatalogTable, column: CatalogColumn) -> None:
        rows = self._tables[table.name]
        if not column.may_be_null and not rows.is_empty:
            what = f"{rows.rows} rows need a row to lead to, and no target has any"
            raise NotEnoughValuesError(what, "ask for rows of one, or make the columns nullable")


def type_names(table: CatalogTable, name: str) -> Iterator[str | int]:
    """Yield what the type column says of each target of a polymorphic key."""
    for target in table.polymorphic[name].targets:
        yield target.table if target.type is None else target.type


def _type_values(table: CatalogTable, name: str) -> ColumnValues:
    named = [*type_names(table, name)]
    numbers = [each for each in named if isinstance(each, int)]
    if len(numbers) == len(named):
        return Integers(np.array(numbers, np.int64), min(numbers), max(numbers))
    return Dictionary(np.arange(len(named)), Pool(map(str, named)))
