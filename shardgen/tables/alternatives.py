"""
One of several things for each row: which is drawn by weight, and what of the others is left out.

The tables that a polymorphic key may lead to are such, and columns of which one is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.streams import chance, unit_floats
from shardgen.tables import values as c
from shardgen.tables.batch import Batch

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths

Mask = Callable[[Batch], "Truths"]
"""Rows of a batch that have something: one truth for each."""
MaybeMask = Mask | None
"""The same; None for no row."""


class WeightedChoice(msgspec.Struct, frozen=True, eq=False):
    """
    The number of one alternative for each row, by weight, of those that the row may have.

    A weight of 0 is never chosen; one weight is above 0. `missing` says where an alternative may
    not be chosen. A row that may have none gets any number.
    """

    key: int
    weights: tuple[float, ...]
    missing: tuple[MaybeMask, ...]

    def __call__(self, batch: Batch) -> Indices:
        """Return the numbers: int64, not to be changed."""
        return batch.shared(self, self._draw)

    @property
    def may_be_missing(self) -> bool:
        """Whether there may be rows without any alternative."""
        both = zip(self.weights, self.missing, strict=True)
        return all(mask is not None for weight, mask in both if weight)

    def is_missing(self, batch: Batch) -> Truths:
        """Return which rows may have no alternative: one truth for each row."""
        return np.logical_not(self._open(batch).any(axis=0))

    def _draw(self, batch: Batch) -> Indices:
        share = unit_floats(batch.words(self.key))
        weights = np.array(self.weights)
        ends = np.cumsum(weights)
        chosen: Indices = (ends[:-1] / ends[-1]).searchsorted(share, "right")
        if all(mask is None for mask in self.missing):
            return chosen
        is_open = self._open(batch)
        some = np.flatnonzero(~is_open[weights > 0].all(axis=0))
        left = np.cumsum(is_open[:, some] * weights[:, np.newaxis], axis=0)
        reached = (left[:-1] <= share[some] * left[-1]).sum(axis=0)
        chosen[some] = np.minimum(reached, len(weights) - 1)
        return chosen

    def _open(self, batch: Batch) -> Truths:
        """Return which alternatives each row may have: a truth by number and row."""
        closed = np.zeros((len(self.weights), len(batch)), bool)
        for n, mask in enumerate(self.missing):
            if self.weights[n] == 0:
                closed[n] = True
            elif mask is not None:
                closed[n] = mask(batch)
        return ~closed


class NotChosen(msgspec.Struct, frozen=True, eq=False):
    """Null where another alternative is chosen, or none; `alone` are nulls of its own, if any."""

    choice: WeightedChoice
    number: int
    none: MaybeMask = None

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        null: Truths = self.choice(batch) != self.number
        if self.choice.missing[self.number] is not None:
            null |= self.choice.is_missing(batch)
        return null if self.none is None else null | self.none(batch)


class NotNeeded(msgspec.Struct, frozen=True, eq=False):
    """Null where another alternative is chosen and `drawn` says so, or where it cannot be given."""

    choice: WeightedChoice
    number: int
    drawn: MaybeMask

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        other: Truths = self.choice(batch) != self.number
        null = other & self.drawn(batch) if self.drawn is not None else np.zeros_like(other)
        missing = self.choice.missing[self.number]
        return null if missing is None else null | missing(batch)


class Share(msgspec.Struct, frozen=True, eq=False):
    """True in a share of all rows, by the words of a stream."""

    key: int
    share: float

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        return chance(batch.words(self.key), self.share)


class TargetOfIndex(msgspec.Struct, frozen=True, eq=False):
    """
    The number of the table that an index leads to, where tables lie one after another.

    `ends` has the index after the last row of each table.
    """

    index: Callable[[Batch], Indices]
    ends: Indices

    def __call__(self, batch: Batch) -> Indices:
        """Return the numbers: int64."""
        return self.ends.searchsorted(self.index(batch), "right")


class RowOfIndex(msgspec.Struct, frozen=True, eq=False):
    """The row within one of these tables: any for an index that leads to another one."""

    index: Callable[[Batch], Indices]
    start: int
    rows: int

    def __call__(self, batch: Batch) -> Indices:
        """Return the rows: int64."""
        return (self.index(batch) - self.start).clip(0, self.rows - 1)


class ChosenValues(msgspec.Struct, frozen=True, eq=False):
    """
    The values of one column or another, each made for the rows alone that have it.

    All have values of one kind: whole numbers, or text.
    """

    choice: Callable[[Batch], Indices]
    columns: tuple[Callable[[Batch], c.ColumnValues], ...]

    def __call__(self, batch: Batch) -> c.ColumnValues:
        """Return the value of each row."""
        chosen = self.choice(batch)
        rows = [np.flatnonzero(chosen == n) for n in range(len(self.columns))]
        parts = [
            column(Batch(batch.table, batch.rows[own if len(own) else slice(1)]))
            for column, own in zip(self.columns, rows, strict=True)
        ]
        numbers = [part for part in parts if isinstance(part, c.Integers)]
        if len(numbers) == len(parts):
            return _chosen_numbers(numbers, rows, len(batch))
        return _chosen_texts(parts, rows, chosen)


def _chosen_numbers(
    parts: Sequence[c.Integers], rows: Sequence[Indices], length: int
) -> c.Integers:
    values = np.empty(length, np.result_type(*(part.values for part in parts)))
    for part, own in zip(parts, rows, strict=True):
        values[own] = part.values[: len(own)]
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    return c.Integers(values, low, high, max(part.digits for part in parts))


def _chosen_texts(
    parts: Sequence[c.ColumnValues], rows: Sequence[Indices], chosen: Indices
) -> c.Text:
    branches: list[tuple[c.Element, ...]] = []
    for part, own in zip(parts, rows, strict=True):
        at = np.zeros(len(chosen), np.int64)
        at[own] = np.arange(len(own))
        part = part.take(at)  # noqa: PLW2901
        assert isinstance(part, c.Dictionary | c.Text), "keys are numbers or text, checked before"
        branches.append(part.elements if isinstance(part, c.Text) else (part,))
    return c.Text((c.Union(tuple(branches), chosen),))
