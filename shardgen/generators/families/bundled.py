"""Columns of a row that are from one line of a data set that comes with shardgen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from shardgen.errors import BindError, FollowsFromMistakeError
from shardgen.generators.bundled_lines import Lines, lines_within
from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import DrawnIndices, PermutedRows
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import GENERATORS
from shardgen.generators.sources import ColumnFunction, IndexFunction, WordsFunction
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override
from shardgen.random.permutation import Permutation
from shardgen.random.weighted import WeightedIntervals
from shardgen.tables.values import Dictionary, Pool, PoolFunction

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.random.streams import Indices, Words
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.tables.batch import Batch


class BundledColumn(Generator, frozen=True):
    """
    Base of a field of a line; all columns of a row from one data set are from the same line.

    `dataset` and `field` say which. Lines are drawn by their weights, and of those that fit all
    columns; where one column is unique, each at most once.
    """

    dataset: ClassVar[str]
    field: ClassVar[str]

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        line = LineOfRow(context, self.dataset)
        values = line.values(self.field)
        is_leader = context.table.column(context.column.name).is_key
        if context.unique_set is not None or (context.unique and not is_leader):
            pick = context.pick(WeightedStrings(tuple(dict.fromkeys(values))))
            return BoundGenerator.of(pick.compute, pick)
        return BoundGenerator.of(field_of(values, line.index), *line.sources)


def field_of(values: Sequence[str], index: IndexFunction) -> FieldOfLine:
    """Return a field, by its value in every line and the line of each row."""
    pool = Pool(dict.fromkeys(values))
    number = {value: n for n, value in enumerate(pool.values)}
    return FieldOfLine(pool, np.array([number[value] for value in values], np.int64), index)


class FieldOfLine(msgspec.Struct, frozen=True, eq=False):
    """A field of the line of each row: `numbers` has which of the pool each line has."""

    pool: Pool
    numbers: Indices
    index: IndexFunction

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the field of each row."""
        return Dictionary(self.numbers.take(self.index(batch)), self.pool)


class LineOfRow:
    """The lines that a table's rows can have, and which one each row has."""

    def __init__(self, context: ColumnContext, name: str) -> None:
        """Choose the lines for a column of the table, or beside its columns."""
        fields = columns_of(context.table, name)
        leader = next((c for c in fields.values() if c.is_key), None)
        self.lines = _fitting(name, fields, leader)
        self.sources: tuple[Source, ...] = ()
        self.index: IndexFunction
        count = len(self.lines.fields)
        if leader is None:
            words = context.shared_words(f"bundled {name}")
            self.index = DrawnIndices(WeightedIntervals(self.lines.weights).draw, words)
        elif leader.name == context.column.name:
            draw = context.unique_index(count)
            self.index, self.sources = draw.compute, (draw,)
        elif context.rows > count:
            raise FollowsFromMistakeError(leader.name)
        else:
            self.index = PermutedRows(Permutation(count, context.key_beside(leader.name, "value")))

    def values(self, field: str) -> list[str]:
        """Return a field of every line."""
        return [line[field] for line in self.lines.fields]


def columns_of(table: CatalogTable, name: str) -> dict[str, CatalogColumn]:
    """
    Return the columns of a table that are fields of a bundled data set, by the field.

    Of several with one field it is the unique one, else the shortest.
    """
    found: dict[str, CatalogColumn] = {}
    for column in table.columns:
        field = field_name(column, name)
        if field is not None and (field not in found or _order(column) < _order(found[field])):
            found[field] = column
    return found


def _order(column: CatalogColumn) -> tuple[bool, int]:
    return not column.is_key, column.sql_type.max_length or 1 << 30


def field_name(column: CatalogColumn, name: str) -> str | None:
    """Return which field of the data set the column has; None where it has none."""
    if column.generator is None or column.generator not in GENERATORS or column.reference:
        return None
    kind = GENERATORS[column.generator]
    if not issubclass(kind, BundledColumn) or kind.dataset != name:
        return None
    return None if "values" in column.generator_params else kind.field


def _fitting(name: str, fields: Mapping[str, CatalogColumn], leader: CatalogColumn | None) -> Lines:
    """Return the lines that fit all columns, and of which no two have the leader's value."""
    leading = next((field for field, column in fields.items() if column is leader), None)
    lengths = ((field, column.sql_type.max_length) for field, column in sorted(fields.items()))
    limits = tuple((field, length) for field, length in lengths if length is not None)
    lines = lines_within(name, limits, leading)
    if not lines.fields:
        raise BindError("no value fits the columns of the row", "choose longer types")
    return lines


class LinesOfGroups:
    """The lines of a data set that have one value in a field, by weight."""

    def __init__(self, lines: Lines, field: str, groups: Sequence[str]) -> None:
        """Group the lines by their field, in the order of `groups`, each of which occurs."""
        number = {value: n for n, value in enumerate(groups)}
        group = np.array([number.get(line[field], -1) for line in lines.fields])
        self._order = group.argsort(kind="stable")[np.count_nonzero(group < 0) :]
        self._starts = group[self._order].searchsorted(np.arange(len(groups) + 1))
        self._intervals = WeightedIntervals([lines.weights[n] for n in self._order.tolist()])

    def draw(self, words: Words, group: Indices) -> Indices:
        """Return a line of each group by weight."""
        first, stop = self._starts.take(group), self._starts.take(group + 1)
        return self._order.take(self._intervals.draw_within(words, first, stop))


class GivenLine(msgspec.Struct, frozen=True, eq=False):
    """A line of each row's group; `group_of` has the group of each index."""

    groups: LinesOfGroups
    index: IndexFunction
    group_of: Indices
    words: WordsFunction

    def __call__(self, batch: Batch) -> Indices:
        """Return a line for each row."""
        return self.groups.draw(self.words(batch), self.group_of.take(self.index(batch)))


class NumberOfString(PoolFunction["Indices"], frozen=True):
    """Which of some strings each of a pool is; the first for all others."""

    strings: tuple[str, ...]

    @override
    def __call__(self, pool: Pool) -> Indices:
        number = {string: n for n, string in enumerate(self.strings)}
        return np.array([number.get(value, 0) for value in pool.values], np.int64)


class PickedIndex(msgspec.Struct, frozen=True, eq=False):
    """Which string of a known list each row picks."""

    column: ColumnFunction
    number: NumberOfString

    def __call__(self, batch: Batch) -> Indices:
        """Return a position in the list for each row."""
        picked = self.column(batch)
        assert isinstance(picked, Dictionary), "a field of a line is a pick"
        return picked.pool.mapped(self.number).take(picked.indices)
