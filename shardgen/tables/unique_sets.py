"""
Columns that are unique together: no two rows have the same values in all of them.

Each column is an index below some size, a key among parents or a value among those possible. All of
them together are one index below the product of the sizes, and a bijection from rows to these
indices makes the combination unique, without memory. Within a grouped foreign key the other columns
differ from child to child of each parent instead, so that the key keeps its fan-out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from shardgen.random.permutation import Permutation
from shardgen.random.streams import GOLDEN, below, below_each, finalise, stream_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch
    from shardgen.tables.relations import GroupedRelation

    Skew = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_MOST = 1 << 62  # of combinations: what a permutation takes
_ROUNDS = 6
_FACTORS = finalise(np.arange(1, _ROUNDS + 1, dtype=np.uint64)) | np.uint64(1)
_32 = np.uint64(32)


class NotEnoughCombinationsError(ValueError):
    """There are more rows than combinations of values; `hint` is the way out."""

    def __init__(self, what: str, hint: str) -> None:
        """Keep both."""
        super().__init__(what)
        self.hint = hint


class UniqueSet:
    """A set of columns that are unique together; columns join it, then it is closed."""

    def __init__(self, rows: int, path: tuple[str | int, ...]) -> None:
        """Begin an empty set of a table of that many rows; `path` names its random streams."""
        self._rows = rows
        self._path = path
        self._sizes: list[int] = []
        self._names: list[str] = []
        self._joint: Callable[[Batch], Indices] | None = None
        self._joined: list[int] = []
        self._base: tuple[str, GroupedRelation] | None = None
        self._skew: Skew | None = None
        self._skewed: int | None = None
        self._is_free = False

    def group_by(self, relation: str, grouped: GroupedRelation) -> None:
        """Let a grouped foreign key of the table be one of the columns."""
        self._base = relation, grouped

    def join(self, size: int, name: str, skew: Skew | None = None) -> Callable[[Batch], Indices]:
        """
        Add an index below `size`, and return its maker; `name` is for messages.

        `skew` maps uniform shares to shares of the size, both 0 to 1, for a key that does not refer
        to all of its parents alike; it works beside a grouped key only, and for one column.
        """
        n = len(self._sizes)
        self._sizes.append(size)
        self._names.append(name)
        if skew is not None:
            self._skew, self._skewed = skew, n
        key = stream_key(*self._path, name, n)

        def make(batch: Batch) -> Indices:
            if n in self._joined:
                return batch.shared(self, self._digits)[self._joined.index(n)]
            return below(batch.words(key), size)

        return make

    def release(self) -> None:
        """Say that one column is unique by itself, or has a mistake: the others are free."""
        self._is_free = True

    def size_of(self, name: str) -> int | None:
        """Return the size of the index that a column joined with; None when it did not."""
        return self._sizes[self._names.index(name)] if name in self._names else None

    def close(self) -> None:
        """Fix the bijection; NotEnoughCombinationsError when there cannot be any."""
        if self._is_free or not self._sizes:
            return
        chosen = self._chosen()
        total = math.prod(self._sizes[n] for n in chosen)
        self._need(total, chosen)
        self._joined = chosen
        if self._base is None:
            permutation = Permutation(min(total, _MOST), stream_key(*self._path, "together"))
            self._joint = lambda batch: permutation(batch.rows)
        else:
            relation, size = self._base[0], min(total, _MOST)
            self._joint = (
                _Shuffled(relation, size, self._path)
                if self._skew is None
                else _Skewed(relation, size, self._path, self._skew)
            )

    def _chosen(self) -> list[int]:
        """
        Return which columns to join, a skewed one first.

        All of them, or as many of the smallest as stay below 2^62 together, or just the largest.
        """
        everyone = sorted(range(len(self._sizes)), key=lambda n: (n != self._skewed, n))
        if math.prod(self._sizes) <= _MOST:
            return everyone
        chosen: list[int] = []
        total = 1
        for n in sorted(everyone, key=lambda n: (n != self._skewed, self._sizes[n])):
            if total * self._sizes[n] <= _MOST:
                chosen.append(n)
                total *= self._sizes[n]
        if total >= self._wanted:
            return [n for n in everyone if n in chosen]
        return [max(everyone, key=self._sizes.__getitem__)]

    @property
    def _wanted(self) -> int:
        """How many rows must differ: all, or the most that a parent of the grouped key has."""
        return self._rows if self._base is None else self._base[1].fan_out.most

    def _need(self, total: int, chosen: Sequence[int]) -> None:
        if self._wanted <= total:
            return
        what, hint = "rows are asked for", f"ask for at most {total} rows"
        if self._base is not None:
            relation = self._base[0]
            what = f"rows with the same {relation} are asked for"
            hint = f'let the fan_out of {relation} be "grouped" with "max": {total}'
        count = f"{total} values of {self._names[chosen[0]]}"
        if len(chosen) > 1:
            sizes = (f"{self._sizes[n]} of {self._names[n]}" for n in chosen)
            count = f"{' × '.join(sizes)} = {total} combinations"
        msg = f"{self._wanted} {what}, and there are {count}"
        raise NotEnoughCombinationsError(msg, f"{hint}, or let these columns have more values")

    def _digits(self, batch: Batch) -> list[Indices]:
        """Return the index of each joined column."""
        assert self._joint is not None, "a set is closed before a row is made"
        rest = self._joint(batch)
        if len(self._joined) == 1 and self._sizes[self._joined[0]] > _MOST:
            # Spread over all values, each at most once: a multiple of 4 is one of 2^62 words.
            return [below(rest.astype(np.uint64) << np.uint64(2), self._sizes[self._joined[0]])]
        indices: list[Indices] = []
        for n in reversed(self._joined[1:]):
            whole = rest // self._sizes[n]
            indices.append(rest - whole * self._sizes[n])
            rest = whole
        return [rest, *reversed(indices)]


class _Shuffled:
    """
    A different index below `size` for each child of a parent: all choices of them are as likely.

    Child j gets the image of j under a permutation that is the parent's own: the network of
    `rng.Permutation`, with constants that come from the parent's row.
    """

    def __init__(self, relation: str, size: int, path: tuple[str | int, ...]) -> None:
        self._relation = relation
        self._size = size
        self._key = np.uint64(stream_key(*path, "shuffle"))
        side = math.isqrt(size - 1) + 1
        self._sides = np.uint64(side), np.uint64(-(-size // side))

    def __call__(self, batch: Batch) -> Indices:
        value = batch.ordinal(self._relation).values.astype(np.uint64)
        parent = batch.parent(self._relation).rows.astype(np.uint64)
        word = finalise(parent * GOLDEN + self._key)
        value = self._once(value, word)
        outside = np.flatnonzero(value >= self._size)
        while outside.size:
            walked = self._once(value[outside], word[outside])
            value[outside] = walked
            outside = outside[walked >= self._size]
        return value.view(np.int64)

    def _once(self, index: Words, word: Words) -> Words:
        """Return the images under the network, below the product of its sides."""
        a, b = self._sides
        left = index // b
        right = index - left * b
        for n in range(0, _ROUNDS, 2):
            left += _hash_below(right + word, a, n)
            left -= a * (left >= a)
            right += _hash_below(left + word, b, n + 1)
            right -= b * (right >= b)
        left *= b
        left += right
        return left


def _hash_below(word: Words, size: np.uint64, n: int) -> Words:
    """Return the n-th of some hashes of words, below a size of at most 2^31."""
    word *= _FACTORS[n]
    word ^= word >> _32
    word *= GOLDEN
    word >>= _32
    word *= size
    word >>= _32
    return word


class _Skewed:
    """
    A different index below `size` for each child of a parent, the skewed column's first digit.

    Child j of n draws a share u within (j … j+1)/n, and gets the index j + ⌊(size - n)·Q(u)⌋, where
    Q is the quantile function of the skew: it grows by one or more from child to child.
    """

    def __init__(self, relation: str, size: int, path: tuple[str | int, ...], skew: Skew) -> None:
        self._relation = relation
        self._size = size
        self._skew = skew
        self._share, self._start = (stream_key(*path, purpose) for purpose in ("share", "start"))

    def __call__(self, batch: Batch) -> Indices:
        ordinal, count = batch.ordinal(self._relation).values, batch.siblings(self._relation).values
        parent = batch.parent(self._relation).rows.astype(np.uint64) * GOLDEN
        first = below_each(finalise(parent + np.uint64(self._start)), count.astype(np.uint64))
        place = (ordinal + first) % count
        within = (batch.words(self._share) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        room = self._size - count
        share = self._skew((place + within) / count)
        index = np.minimum(np.floor(room * share).astype(np.int64), room)
        index += place
        return index
