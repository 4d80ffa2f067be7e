"""Rows of a dataset that have the values which other columns of a row have there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.families.dataset_cells import key_of
from shardgen.generators.sources import ColumnFunction, ColumnRead, WordsFunction
from shardgen.random.overriding import override
from shardgen.random.weighted import WeightedIntervals
from shardgen.tables.values import Booleans, Dictionary, Integers, Pool, PoolFunction

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch

_MOST_INTEGERS = 1 << 20  # values of an integer column that rows are given by
_MOST_TOGETHER = 1 << 20  # combinations of the values of several columns
_LISTED = 5  # values that a message lists

Key = tuple[str, ...]
"""A value of each column that is given."""


class Groups:
    """The rows of a dataset that have a key, grouped by it."""

    def __init__(self, keys: Sequence[Key | None], weights: Sequence[float]) -> None:
        self.numbers: dict[Key, int] = {}
        """The number of each group, by its key."""
        numbers = self.numbers
        group = np.array(
            [-1 if key is None else numbers.setdefault(key, len(numbers)) for key in keys]
        )
        self._order = group.argsort(kind="stable")[np.count_nonzero(group < 0) :]
        self._starts = group[self._order].searchsorted(np.arange(len(numbers) + 1))
        self._intervals = WeightedIntervals([weights[n] for n in self._order.tolist()] or [1.0])

    def draw(self, words: Words, number: Indices) -> Indices:
        """Return a row of each group by weight."""
        first, stop = self._starts.take(number), self._starts.take(number + 1)
        return self._order.take(self._intervals.draw_within(words, first, stop))


class GivenColumn:
    """
    A column that is given, and the values of the dataset that it is matched with.

    `keys` has the value of each row of the dataset, `numbers` each of them once, with its number.
    """

    def __init__(
        self, read: ColumnRead, path: str, cells: Sequence[Any], listed: Sequence[Any] | None
    ) -> None:
        """
        Match the column at a path with the cells of the dataset's own.

        `listed` has the only values that the column has; None where they are not listed.
        """
        family = read.column.sql_type.family
        self.read = read
        self.path = path
        self.keys = [None if cell is None else key_of(cell, family) for cell in cells]
        values = dict.fromkeys(key for key in self.keys if key is not None)
        self.numbers = {key: n for n, key in enumerate(values)}
        self._listed = None if listed is None else {key_of(value, family) for value in listed}

    def occurs(self, key: str) -> bool:
        """Return whether the column may have the value, for all that is known."""
        return self._listed is None or key in self._listed

    def match(self, dataset: str, name: str) -> ColumnMatch:
        """Return the number of each row's value; the names are for messages."""
        what = f"finds no row of {dataset!r} that has the {name} "
        found = KeyNumbers(self.numbers, self._listed, self.path, what)
        return ColumnMatch(self.read.compute, found)


class GivenGroups:
    """
    The group of each row: the rows of the dataset that have the values of all given columns there.

    BindError when the dataset has each of some values that a row may have, but no row with all.
    """

    def __init__(
        self, dataset: str, given: dict[str, GivenColumn], weights: Sequence[float]
    ) -> None:
        """Group the rows of a dataset, which have these weights; `given` is by its columns."""
        columns, names = [*given.values()], " and ".join(given)
        cells = zip(*(column.keys for column in columns), strict=True)
        keys = [None if None in row else tuple(map(str, row)) for row in cells]
        self.groups = Groups(keys, weights)
        if math.prod(len(column.numbers) for column in columns) > _MOST_TOGETHER:
            what = f"{names} have more than {_MOST_TOGETHER} combinations of values"
            raise BindError(what, "give fewer columns")
        together = list(product(*(column.numbers for column in columns)))
        missing = [key for key in together if key not in self.groups.numbers]
        missing = [key for key in missing if all(map(GivenColumn.occurs, columns, key))]
        if missing:
            what = f"{missing[0][-1]!r} with " + ", ".join(map(repr, missing[0][:-1]))
            more = f", nor {len(missing) - 1} others" if len(missing) > 1 else ""
            what = f"no row of dataset {dataset!r} has the {names} {what}{more}"
            raise BindError(what, "add a row for each, or give fewer columns")
        numbers = [self.groups.numbers.get(key, 0) for key in together]
        self._groups = np.array(numbers, np.int64)
        self._matches = [column.match(dataset, name) for name, column in given.items()]
        self._sizes = [len(column.numbers) for column in columns]

    def __call__(self, batch: Batch) -> Indices:
        """Return the number of the group of each row."""
        first, *others = self._matches
        combined = first(batch)
        for match, size in zip(others, self._sizes[1:], strict=True):
            combined = combined * size + match(batch)
        return self._groups.take(combined)


class GivenRows(msgspec.Struct, frozen=True, eq=False):
    """A row of a dataset by weight, of those that have the values of the given columns."""

    given: GivenGroups
    words: WordsFunction

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of a row of the dataset for each row."""
        return self.given.groups.draw(self.words(batch), self.given(batch))


class KeyNumbers(PoolFunction["Indices"], frozen=True, eq=False):
    """
    The number of each string of a pool among the values of a dataset's column.

    Strings outside `listed` never occur, and get any number. BindError for others that the dataset
    does not have: `path` is the column's, `what` how the message begins.
    """

    numbers: dict[str, int]
    listed: set[str] | None
    path: str
    what: str

    @override
    def __call__(self, pool: Pool) -> Indices:
        return self.of(pool.values)

    def of(self, keys: Sequence[str]) -> Indices:
        """Return the number of each of some strings: int64."""
        numbers, listed = self.numbers, self.listed
        missing = [key for key in keys if key not in numbers and (listed is None or key in listed)]
        if missing:
            more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
            hint = f"add a row for each, or let {self.path} have values of the dataset only"
            raise BindError(self.what + ", ".join(map(repr, missing[:_LISTED])) + more, hint)
        return np.array([numbers.get(key, 0) for key in keys], np.int64)


class ColumnMatch:
    """
    The value which a column has in each row, as its number in a dataset's column.

    BindError when that column is not a choice among values, or the dataset lacks one of them.
    """

    def __init__(self, column: ColumnFunction, found: KeyNumbers) -> None:
        self._column = column
        self._found = found
        self._of_span: dict[tuple[int, int], Indices] = {}

    def __call__(self, batch: Batch) -> Indices:
        """Return the number of each row's value."""
        match self._column(batch):
            case Dictionary(indices, pool):
                return pool.mapped(self._found).take(indices)
            case Booleans(values):
                return self._found.of(("false", "true")).take(values.astype(np.int64))
            case Integers(values, low, high):
                if (low, high) not in self._of_span:
                    self._of_span[low, high] = self._found.of(self._between(low, high))
                return self._of_span[low, high].take(values - low)
        what = f"cannot match {self._found.path}, which is composed text and no choice among values"
        raise BindError(what, "give a column that is picked from a list")

    def _between(self, low: int, high: int) -> list[str]:
        if high - low >= _MOST_INTEGERS:
            what = f"cannot match {self._found.path}, which has values from {low} to {high}"
            raise BindError(what, f"at most {_MOST_INTEGERS} different ones can be given")
        return list(map(str, range(low, high + 1)))
