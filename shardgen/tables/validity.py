"""
Parents that are valid at a time: keys that lead to one of them, whatever the law of the key.

Rows of a parent table are valid from one time to another. At any time the key is drawn among as
many *places* as there are valid rows when fewest are; each place is held by one row at a time, by
the next when that one ends, and now and then by a new one before. So a law of the key, and what is
unique or alike by it, is one of the places, and hardly changes as rows come and go.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.random.streams import words
from shardgen.tables.batch import Batch, BoundTable, Parents, Relation
from shardgen.tables.presence import seconds_of
from shardgen.tables.relations import parents_at
from shardgen.tables.selection import Selection

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths

FOREVER = (1 << 62) - 1
"""The end of what does not end, in seconds since 1970-01-01."""


class NoneValidError(ValueError):
    """At some time no row is valid."""

    def __init__(self, second: int) -> None:
        """Keep the time, in seconds since 1970-01-01."""
        super().__init__(str(np.datetime64(second, "s")))


class Spans(msgspec.Struct, frozen=True, eq=False):
    """
    From when to when rows are valid.

    `since[i]` is the first second of `rows[i]`, `until[i]` the first after the last: int64. A row
    is not valid at all where that is no later.
    """

    rows: Indices
    since: Indices
    until: Indices


class HeldPlaces(Selection, frozen=True, eq=False):
    """
    Places, and which row holds each at any time from `first` to `last`.

    `begin` has, place by place, when each of its rows comes, in seconds from `first` plus
    `span` times the place; `held` has these rows, those of place n from `start[n]` on.
    """

    count: int
    first: int
    last: int
    begin: Indices
    held: Indices
    start: Indices

    @property
    def span(self) -> int:
        """More seconds than lie between the first time and the last."""
        return self.last - self.first + 2

    @override
    def __len__(self) -> int:
        return self.count

    @override
    def rows_at(self, ranks: Indices) -> Indices:
        return self.rows_when(ranks, np.full(len(ranks), self.first, np.int64))

    @override
    def ranks_of(self, rows: Indices) -> tuple[Indices, Truths]:
        raise AssertionError(f"{len(rows)} rows: keys by time are random, and ask for no runs")

    def rows_when(self, places: Indices, seconds: Indices) -> Indices:
        """Return the row that holds each place at each time, int64."""
        at = self.start.take(places)
        change = np.flatnonzero(self.start.take(places + 1) - at > 1)
        after = seconds.take(change).clip(self.first, self.last) - self.first
        key = places.take(change) * self.span + after
        at[change] = self.begin.searchsorted(key, "right") - 1
        rows: Indices = self.held.take(at)
        return rows


def held_places(spans: Spans, first: int, last: int, key: int) -> HeldPlaces:
    """
    Return the places of a key whose times are from `first` to `last`, drawn by the stream `key`.

    Whoever holds a place is valid while it does. A row that comes takes a place that is free, else
    one that is drawn, and its holder waits for another. NoneValidError where at some time there is
    none.
    """
    holding = _Holding(spans, first, last, key)
    order = np.argsort(np.array(holding.places, np.int64), kind="stable")  # times rise already
    places, times = (np.array(each, np.int64)[order] for each in (holding.places, holding.times))
    held = np.array(holding.rows, np.int64)[order]
    keep = np.ones(len(order), bool)  # of several at one time the last stays
    keep[:-1] = (places[1:] != places[:-1]) | (times[1:] != times[:-1])
    begin = places * (last - first + 2) + times - first
    start = places[keep].searchsorted(np.arange(holding.count + 1))
    return HeldPlaces(holding.count, first, last, begin[keep], spans.rows.take(held[keep]), start)


class _Holding:
    """Who holds which place, from the first time to the last."""

    def __init__(self, spans: Spans, first: int, last: int, key: int) -> None:
        """Let rows come and go in the order of time."""
        self.places: list[int] = []
        self.times: list[int] = []
        self.rows: list[int] = []
        self._since, self._until = spans.since.tolist(), spans.until.tolist()
        self._drawn = words(key, spans.rows).tolist()
        there = np.flatnonzero((spans.since <= first) & (spans.until > first))
        self.count = _fewest(spans, first, last)
        waiting = sorted(there.tolist(), key=self._drawn.__getitem__)
        self._holder = waiting[: self.count]
        self._place = {row: place for place, row in enumerate(self._holder)}
        self._waiting = deque(waiting[self.count :])
        for place, row in enumerate(self._holder):
            self._note(place, first, row)
        self._go_on(spans, first, last)

    def _note(self, place: int, time: int, row: int) -> None:
        self.places.append(place)
        self.times.append(time)
        self.rows.append(row)

    def _go_on(self, spans: Spans, first: int, last: int) -> None:
        lives = spans.until > spans.since
        comes = np.flatnonzero(lives & (spans.since > first) & (spans.since <= last))
        goes = np.flatnonzero(lives & (spans.until > first) & (spans.until <= last))
        moments = sorted(
            [(self._until[row], 0, row) for row in goes.tolist()]
            + [(self._since[row], 1, row) for row in comes.tolist()]
        )
        free: list[int] = []
        for n, (time, is_new, row) in enumerate(moments):
            if is_new and free:
                self._take(free.pop(), time, row)
            elif is_new:
                place = self._drawn[row] % self.count
                self._waiting.append(self._holder[place])
                self._take(place, time, row)
            elif row in self._place:
                free.append(self._place.pop(row))
            if free and (n + 1 == len(moments) or moments[n + 1][0] > time):
                while free:
                    self._take(free.pop(), time, self._next(time))

    def _take(self, place: int, time: int, row: int) -> None:
        self._place.pop(self._holder[place], None)
        self._holder[place] = row
        self._place[row] = place
        self._note(place, time, row)

    def _next(self, time: int) -> int:
        """Return the row that has waited longest and is valid: there is one, by the count."""
        while True:
            row = self._waiting.popleft()
            if self._until[row] > time:
                return row


def _fewest(spans: Spans, first: int, last: int) -> int:
    """Return how many rows are valid when fewest are; NoneValidError where it is none."""
    lives = spans.until > spans.since
    came, gone = np.sort(spans.since[lives]), np.sort(spans.until[lives])
    times = np.concatenate(([first], gone[(gone > first) & (gone <= last)]))
    valid = came.searchsorted(times, "right") - gone.searchsorted(times, "right")
    least = int(valid.argmin())
    if valid[least] <= 0:
        raise NoneValidError(int(times[least]))
    return int(valid[least])


class ValidParents(Relation, frozen=True, eq=False):
    """
    Each child's parent holds, at the child's time, the place that `inner` draws.

    The time is the column `at` of the child's parent along the key `relation`.
    """

    parent: BoundTable
    places: HeldPlaces
    inner: Relation
    relation: str
    at: str

    @override
    def draw(self, batch: Batch) -> Parents:
        drawn = self.inner.draw(batch)
        ranks = drawn.batch.rows
        if drawn.index is not None:
            ranks = ranks.take(drawn.index)
        seconds = seconds_of(batch.parent(self.relation).column(self.at))
        return parents_at(self.parent, self.places.rows_when(ranks, seconds))

    @override
    def law(self) -> str:
        among = f"of the rows that are valid at {self.relation}.{self.at}"
        return f"{among}, {len(self.places):,} at a time, {self.inner.law()}"

    @property
    @override
    def stream(self) -> int | None:
        return self.inner.stream
