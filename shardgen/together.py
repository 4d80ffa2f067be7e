"""
Columns that are unique together: no two rows have the same values in all of them.

Each column is an index below some size, a key among parents or a value among those possible. All of
them together are one index below the product of the sizes, and a bijection from rows to these
indices makes the combination unique, without memory. Within a grouped foreign key the other columns
differ from child to child of each parent instead, so that the key keeps its fan-out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from shardgen.rng import GOLDEN, Permutation, below, finalise, stream_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.batch import Batch
    from shardgen.relations import Grouped
    from shardgen.rng import Indices

    Skew = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_MOST = 1 << 62  # of combinations: what a permutation takes


class TooFewCombinations(ValueError):  # noqa: N818 -- caught by the binder, never seen by a user
    """There are more rows than combinations of values."""


class Together:
    """A set of columns that are unique together; columns join it, then it is closed."""

    def __init__(self, rows: int, path: tuple[str | int, ...]) -> None:
        """Begin an empty set of a table of that many rows; `path` names its random streams."""
        self._rows = rows
        self._path = path
        self._sizes: list[int] = []
        self._names: list[str] = []
        self._joint: Callable[[Batch], Indices] | None = None
        self._joined: list[int] = []
        self._base: tuple[str, Grouped] | None = None
        self._skew: Skew | None = None
        self.is_unique_anyway = False
        """Whether one of the columns is unique by itself, so that the others are free."""

    def group_by(self, relation: str, grouped: Grouped) -> None:
        """Let a grouped foreign key of the table be one of the columns."""
        self._base = relation, grouped

    def join(self, size: int, name: str, skew: Skew | None = None) -> Callable[[Batch], Indices]:
        """
        Add an index below `size`, and return its maker; `name` is for messages.

        `skew` maps uniform shares to shares of the size, both 0 to 1, for a key that does not refer
        to all of its parents alike; it works beside a grouped key only.
        """
        n = len(self._sizes)
        self._sizes.append(size)
        self._names.append(name)
        self._skew = skew or self._skew
        key = stream_key(*self._path, name, n)

        def make(batch: Batch) -> Indices:
            if n in self._joined:
                return batch.shared(self, self._digits)[self._joined.index(n)]
            return below(batch.words(key), size)

        return make

    def size_of(self, name: str) -> int | None:
        """Return the size of the index that a column joined with; None when it did not."""
        return self._sizes[self._names.index(name)] if name in self._names else None

    def close(self) -> None:
        """Fix the bijection; TooFewCombinations when there cannot be any."""
        if self.is_unique_anyway or not self._sizes:
            return
        self._joined = self._chosen()
        total = math.prod(self._sizes[n] for n in self._joined)
        if self._base is None:
            self._need(self._rows, total, "rows are asked for")
            permutation = Permutation(total, stream_key(*self._path, "together"))
            self._joint = lambda batch: permutation(batch.rows)
            return
        relation, grouped = self._base
        most = grouped.shares.most
        self._need(most, total, f"rows with the same {relation} are asked for")
        self._joint = _Within(relation, total, self._path, self._skew)

    def _chosen(self) -> list[int]:
        """Return which columns to join: all, or as many of the smallest as stay below 2^62."""
        if math.prod(self._sizes) < _MOST:
            return list(range(len(self._sizes)))
        chosen: list[int] = []
        total = 1
        for n in sorted(range(len(self._sizes)), key=self._sizes.__getitem__):
            if total * self._sizes[n] < _MOST:
                chosen.append(n)
                total *= self._sizes[n]
        wanted = self._rows if self._base is None else self._base[1].shares.most
        if total >= wanted:
            return sorted(chosen)
        largest = max(range(len(self._sizes)), key=self._sizes.__getitem__)
        self._sizes[largest] = min(self._sizes[largest], _MOST)
        return [largest]

    def _need(self, wanted: int, total: int, what: str) -> None:
        if wanted <= total:
            return
        sizes = " × ".join(f"{self._sizes[n]} of {self._names[n]}" for n in self._joined)
        count = f"{sizes} = {total}" if len(self._joined) > 1 else f"{total} of {self._names[0]}"
        msg = f"{wanted} {what}, and there are {count} combinations"
        raise TooFewCombinations(msg)

    def _digits(self, batch: Batch) -> list[Indices]:
        """Return the index of each joined column."""
        assert self._joint is not None, "a set is closed before a row is made"
        rest = self._joint(batch)
        indices: list[Indices] = []
        for n in reversed(self._joined[1:]):
            whole = rest // self._sizes[n]
            indices.append(rest - whole * self._sizes[n])
            rest = whole
        return [rest, *reversed(indices)]


class _Within:
    """
    A different index below `size` for each child of a parent.

    Child j of n draws a share u within (j … j+1)/n, and gets the index j + ⌊(size - n)·Q(u)⌋, where
    Q is the quantile function of the skew, u itself without one: it grows by one or more from child
    to child. Without a skew a turn that differs from parent to parent makes all indices alike.
    """

    def __init__(
        self, relation: str, size: int, path: tuple[str | int, ...], skew: Skew | None
    ) -> None:
        self._relation = relation
        self._size = size
        self._skew = skew
        self._share, self._turn, self._start = (
            stream_key(*path, purpose) for purpose in ("share", "turn", "start")
        )
        self._scatter = Permutation(size, stream_key(*path, "scatter"))

    def __call__(self, batch: Batch) -> Indices:
        ordinal, count = batch.ordinal(self._relation).values, batch.siblings(self._relation).values
        parent = batch.parent(self._relation).rows.astype(np.uint64) * GOLDEN
        first = below(finalise(parent + np.uint64(self._start)), count.astype(np.uint64))
        place = (ordinal + first) % count
        within = (batch.words(self._share) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        share = (place + within) / count
        if self._skew is not None:
            share = self._skew(share)
        room = self._size - count
        index = np.minimum(np.floor(room * share).astype(np.int64), room)
        index += place
        if self._skew is None:
            index += below(finalise(parent + np.uint64(self._turn)), self._size)
            index %= self._size
            return self._scatter(index)
        return index
