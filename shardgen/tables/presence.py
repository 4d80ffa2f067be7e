"""
Parents that are there by a time: keys that lead to one of them, and how many there are.

A table whose rows are in the order of a date has, at any time, its first N rows. N is found by
bisection over the rows, so that nothing is stored: for the rows of a batch, which lie close
together in time, over a window of the parent's rows that is made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import FollowsFromMistakeError
from shardgen.random.overriding import override
from shardgen.random.quantile_table import Interpolated, tabulated
from shardgen.random.streams import below_each, chance, unit_floats
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable, Parents, Relation
from shardgen.tables.relations import parents_at, recency
from shardgen.tables.values import DAY, ColumnValues, Dates, Timestamps

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths


def seconds_of(values: ColumnValues) -> Indices:
    """
    Return dates, as their midnights, or timestamps in seconds since 1970-01-01.

    FollowsFromMistakeError for other values: a column of another type is refused by the plan, and
    one whose type is a mistake has any values.
    """
    if isinstance(values, Dates):
        return values.days * DAY
    if not isinstance(values, Timestamps):
        raise FollowsFromMistakeError("the column is no date or timestamp")
    return values.seconds


class TimesWindow:
    """The rows whose times were made last, from `start` on; not pickled."""

    def __init__(self) -> None:
        """Begin without any."""
        self.start = 0
        self.seconds: Indices | None = None

    def __reduce__(self) -> tuple[type[TimesWindow], tuple[()]]:
        return TimesWindow, ()


class Times(msgspec.Struct, frozen=True, eq=False):
    """When each row of a table is there: a column of dates or timestamps that rises by row."""

    table: BoundTable
    column: str
    window: TimesWindow = msgspec.field(default_factory=TimesWindow)

    def count_by(self, seconds: Indices) -> Indices:
        """Return how many rows are there at each of these seconds, int64: those of it too."""
        if not len(seconds):
            return np.zeros(0, np.int64)
        window, least, most = self.window, seconds.min(), seconds.max()
        if not self._covers(least, most):
            window.start, window.seconds = self._window(least)
        if window.seconds is not None and self._covers(least, most):
            return window.seconds.searchsorted(seconds, "right") + window.start
        return self._bisected(seconds)

    def _covers(self, least: Indices, most: Indices) -> bool:
        """Return whether the window has the rows of all times from `least` to `most`."""
        start, made = self.window.start, self.window.seconds
        if made is None:
            return False
        ends = start + len(made) == self.table.rows
        return bool((start == 0 or made[0] <= least) and (ends or made[-1] > most))

    def _window(self, second: Indices) -> tuple[int, Indices]:
        """Return rows around a time: the first of them, and their times."""
        rows = self.table.rows
        start = 0
        if rows > BATCH_ROWS:
            start = max(int(self._bisected(np.array([second]))[0]) - 1, 0)
        return start, self._seconds(np.arange(start, min(start + BATCH_ROWS, rows)))

    def _bisected(self, seconds: Indices) -> Indices:
        low = np.zeros(len(seconds), np.int64)
        high = np.full(len(seconds), self.table.rows)
        while (low < high).any():
            middle = (low + high) >> 1
            there = self._seconds(np.minimum(middle, self.table.rows - 1)) <= seconds
            there &= low < high
            low = np.where(there, middle + 1, low)
            high = np.where(there, high, np.minimum(middle, high))
        return low

    def _seconds(self, rows: Indices) -> Indices:
        return seconds_of(Batch(self.table, rows).column(self.column))


class PresentParents(Relation, frozen=True, eq=False):
    """
    Each child's parent is one of those that are there at the time of its column `at`.

    All of them are alike, or by `age`, a function of a share, which share of the newest to pass
    over. Of the children before which a parent has come since the one before, a share `newest` have
    that one.
    """

    parent: BoundTable
    times: Times
    at: str
    key: int
    age: Interpolated | None = None
    newest: float = 0.0
    newest_key: int = 0

    @override
    def draw(self, batch: Batch) -> Parents:
        count = np.maximum(self.count(batch), 1)
        words = batch.words(self.key)
        if self.age is None:
            rows = below_each(words, count.view(np.uint64))
        else:
            passed = (self.age(unit_floats(words)) * count).astype(np.int64)
            rows = count - 1 - np.minimum(passed, count - 1)
        if self.newest:
            before = np.maximum(self._count_before(batch, count), 0)
            new = (before < count) & chance(batch.words(self.newest_key), self.newest)
            rows = np.where(new, before, rows)
        return parents_at(self.parent, rows)

    @override
    def law(self) -> str:
        among = f"one of those that are there at {self.at}, by their {self.times.column}"
        law = "each as likely as the others" if self.age is None else "late ones more often"
        new = f", and one that has just come in {self.newest:.3g} of the rows after it"
        return f"{among}, {law}{new if self.newest else ''}"

    @property
    @override
    def stream(self) -> int:
        return self.key

    def count(self, batch: Batch) -> Indices:
        """Return how many parents are there at the time of each row."""
        return batch.shared((PresentParents, self.at, self.times.table.name), self._counted)

    def _counted(self, batch: Batch) -> Indices:
        return self.times.count_by(seconds_of(batch.column(self.at)))

    def _count_before(self, batch: Batch, count: Indices) -> Indices:
        """Return how many there were at the time of the row before each, 0 before the first."""
        span = batch.span
        if span is None or span[0] == span[1]:
            before = self._counted(Batch(batch.table, np.maximum(batch.rows - 1, 0)))
            return np.where(batch.rows > 0, before, 0)
        first = 0
        if span[0] > 0:
            first = int(self._counted(Batch(batch.table, batch.rows[:1] - 1))[0])
        return np.concatenate(([first], count[:-1]))


class NoneThere(msgspec.Struct, frozen=True, eq=False):
    """Where no parent is there by the time of a row."""

    relation: PresentParents
    null: str | None

    def __call__(self, batch: Batch) -> Truths:
        """Return it in a batch; a null key leads to nobody."""
        missing: Truths = self.relation.count(batch) == 0
        null = None if self.null is None else batch.null(self.null)
        return missing if null is None else missing & ~null


def age_of_recent(half: float) -> Interpolated:
    """Return the age of a parent as a share of those there; half are below the share `half`."""
    power = recency(half)
    return tabulated(lambda share: float(share**power))
