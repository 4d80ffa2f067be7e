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

import msgspec
import numpy as np

from shardgen.random.feistel import FeistelNetwork
from shardgen.random.mixed_radix import digits_of
from shardgen.random.permutation import Permutation, keyed_network
from shardgen.random.streams import (
    GOLDEN,
    below,
    below_each,
    finalise,
    stream_key,
    unit_floats,
)
from shardgen.tables.values import Integers

if TYPE_CHECKING:
    from shardgen.random.streams import Floats, Indices, Words
    from shardgen.tables.batch import Batch

Skew = Callable[["Floats"], "Floats"]
"""A growing function of shares, both 0 to 1: float64, a new array of the same shape."""

_MOST = 1 << 62  # of combinations: what a permutation takes


class NotEnoughCombinationsError(ValueError):
    """
    There are more rows than combinations of values; `hint` is the way out.

    `most` is how many rows there may be, None where that depends on how they are grouped.
    """

    def __init__(self, what: str, hint: str, most: int | None = None) -> None:
        """Keep them."""
        super().__init__(what)
        self.hint = hint
        self.most = most


class UniqueSet:
    """A set of columns that are unique together; columns join it, then it is closed."""

    def __init__(self, rows: int, path: tuple[str | int, ...], *, by_number: bool = False) -> None:
        """
        Begin an empty set of a table of that many rows; `path` names its random streams.

        Rows differ from each other, or, `by_number`, from all that were there before them too.
        """
        self._rows = rows
        self._by_number = by_number
        self._path = path
        self._sizes: list[int] = []
        self._names: list[str] = []
        self._joint: Callable[[Batch], Indices] | None = None
        self._grouped: tuple[str, int] | None = None
        self._skew: Skew | None = None
        self._skewed: int | None = None
        self._alike: str | None = None
        self._is_free = False
        self.joined: list[int] = []
        """The numbers of the columns whose indices are made together."""
        self.indices: dict[str, UniqueIndex] = {}
        """The index of each column that has joined, by the column's name."""

    def group_by(self, relation: str, most: int) -> None:
        """
        Let a grouped foreign key of the table be one of the columns.

        `most` is how many children a parent has at most.
        """
        self._grouped = relation, most

    def join(self, size: int, name: str) -> UniqueIndex:
        """Add a column, and return its index below `size`; `name` is for messages."""
        n = len(self._sizes)
        self._sizes.append(size)
        self._names.append(name)
        index = UniqueIndex(self, n, size, stream_key(*self._path, name, n))
        self.indices[name] = index
        return index

    def join_skewed(self, size: int, name: str, skew: Skew) -> UniqueIndex:
        """
        Add a foreign key that does not refer to all of its parents alike; else as `join`.

        `skew` maps uniform shares to shares of the size. It works beside a grouped key only, and
        for one column.
        """
        self._skew, self._skewed = skew, len(self._sizes)
        return self.join(size, name)

    def draw_alike(self, column: str) -> None:
        """Let parents of the grouped key draw alike that have the same number in a column."""
        self._alike = column

    def index_of(self, name: str) -> IndexOfColumn:
        """Return the index of another column, which may join only later."""
        return IndexOfColumn(self, name)

    def release(self) -> None:
        """Say that one column is unique by itself, or has a mistake: the others are free."""
        self._is_free = True

    def close(self) -> None:
        """Fix the bijection; NotEnoughCombinationsError when there cannot be any."""
        if self._is_free or self._rows <= 1:
            return
        if not self._sizes:
            raise NotEnoughCombinationsError("nothing differs from row to row", "add a column")
        chosen = self._chosen()
        total = math.prod(self._sizes[n] for n in chosen)
        self._need(total, chosen)
        self.joined = chosen
        size = min(total, _MOST)
        if self._grouped is None:
            key = stream_key(*self._path, "together")
            self._joint = IndexOfRow(Permutation(size, key), self._by_number)
            return
        group = Group(self._grouped[0], self._alike)
        if self._skew is None:
            key = stream_key(*self._path, "shuffle")
            self._joint = ShuffledIndex(group, keyed_network(size), np.uint64(key))
        else:
            keys = [stream_key(*self._path, purpose) for purpose in ("share", "start")]
            self._joint = SkewedIndex(group, size, self._skew, *keys)

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
        return self._rows if self._grouped is None else self._grouped[1]

    def _need(self, total: int, chosen: Sequence[int]) -> None:
        if self._wanted <= total:
            return
        what, hint = "rows are asked for", f"ask for at most {total} rows"
        if self._grouped is not None:
            relation = self._grouped[0]
            what = f"rows with the same {relation} are asked for"
            hint = f'let the fan_out of {relation} be "grouped" with "max": {total}'
        count = f"{total} values of {self._names[chosen[0]]}"
        if len(chosen) > 1:
            sizes = (f"{self._sizes[n]} of {self._names[n]}" for n in chosen)
            count = f"{' × '.join(sizes)} = {total} combinations"
        msg = f"{self._wanted} {what}, and there are {count}"
        most = total if self._grouped is None else None
        raise NotEnoughCombinationsError(
            msg, f"{hint}, or let these columns have more values", most
        )

    def digits(self, batch: Batch) -> list[Indices]:
        """Return the index of each joined column, int64, in the order of `joined`."""
        assert self._joint is not None, "a set is closed before a row is made"
        joint = self._joint(batch)
        sizes = [self._sizes[n] for n in self.joined]
        if len(sizes) == 1 and sizes[0] > _MOST:
            # Spread over all values, each at most once: a multiple of 4 is one of 2^62 words.
            return [below(joint.astype(np.uint64) << np.uint64(2), sizes[0])]
        return digits_of(joint, sizes)


class UniqueIndex(msgspec.Struct, frozen=True, eq=False):
    """
    The index below `size` that a column has in a unique set, as its column `number`.

    Where the set does without the column, or is free, it is drawn by the stream `key`.
    """

    unique_set: UniqueSet
    number: int
    size: int
    key: int

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of each row: int64, not to be changed."""
        unique_set = self.unique_set
        if self.number in unique_set.joined:
            digits = batch.shared(unique_set, unique_set.digits)
            return digits[unique_set.joined.index(self.number)]
        return below(batch.words(self.key), self.size)


class IndexOfColumn(msgspec.Struct, frozen=True, eq=False):
    """The index that a column has in a unique set, once it has joined."""

    unique_set: UniqueSet
    name: str

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of each row: int64, not to be changed."""
        return self.unique_set.indices[self.name](batch)


class IndexOfRow(msgspec.Struct, frozen=True, eq=False):
    """A different index for each row, by its number where others were there before."""

    permutation: Permutation
    by_number: bool = False

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of each row."""
        return self.permutation(batch.numbers if self.by_number else batch.rows)


class Group(msgspec.Struct, frozen=True, eq=False):
    """
    The parent of a grouped key, by which its children draw.

    `alike` is a column of whole numbers there: parents with the same number draw alike.
    """

    relation: str
    alike: str | None = None

    def numbers(self, batch: Batch) -> Words:
        """Return the number of each row's parent, that of its row where none is said."""
        parent = batch.parent(self.relation)
        if self.alike is None:
            return parent.numbers.astype(np.uint64)
        said = parent.column(self.alike)
        assert isinstance(said, Integers), "the checks admit only columns of whole numbers"
        return said.values.astype(np.int64).view(np.uint64)

    def words(self, batch: Batch, key: int) -> Words:
        """Return a word for each row: its own, or that of its place among its parent's children."""
        if self.alike is None:
            return batch.words(key)
        place = batch.ordinal(self.relation).values.astype(np.uint64)
        return finalise(finalise(self.numbers(batch) * GOLDEN + np.uint64(key)) + place * GOLDEN)


class ShuffledIndex(msgspec.Struct, frozen=True, eq=False):
    """
    A different index for each child of a parent: all choices of them are as likely.

    Child j gets the image of j under a permutation that is the parent's own: a Feistel network that
    is keyed by the parent's row, or the number by which it draws.
    """

    group: Group
    network: FeistelNetwork
    key: np.uint64

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of each row."""
        keys = finalise(self.group.numbers(batch) * GOLDEN + self.key)
        return self.network.image(batch.ordinal(self.group.relation).values, keys)


class SkewedIndex(msgspec.Struct, frozen=True, eq=False):
    """
    A different index below `size` for each child of a parent, the skewed column's first digit.

    Child j of n draws a share u within (j … j+1)/n, and gets the index j + ⌊(size - n)·Q(u)⌋, where
    Q is the quantile function of the skew: it grows by one or more from child to child. Which child
    is first is drawn for each parent.
    """

    group: Group
    size: int
    skew: Skew
    share_key: int
    start_key: int

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of each row."""
        relation = self.group.relation
        ordinal, count = batch.ordinal(relation).values, batch.siblings(relation).values
        parent = self.group.numbers(batch) * GOLDEN
        first = below_each(finalise(parent + np.uint64(self.start_key)), count.astype(np.uint64))
        number = (ordinal + first) % count
        within = unit_floats(self.group.words(batch, self.share_key))
        room = self.size - count
        share = self.skew((number + within) / count)
        index = np.minimum(np.floor(room * share).astype(np.int64), room)
        index += number
        return index
