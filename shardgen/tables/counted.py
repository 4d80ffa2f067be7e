"""
Children in runs as long as a column of their parent says: whole ledgers of some loans, or of all.

Parents are divided into blocks, and children among these in proportion to what is asked for in
each, so that no row needs more than the parents of its own block. Where a block has fewer rows than
its parents ask for, some of these, chosen by a word each, have all of theirs, and the others none.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable, Parents
from shardgen.tables.fan_out import FanOut
from shardgen.tables.grouped import GroupedRelation
from shardgen.tables.values import Integers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices

_BLOCK = BATCH_ROWS  # parents
_KEPT = 4  # blocks
_SAMPLE = 8  # every so many-th parent of a block is summed, where there are several


class CountedFanOut(FanOut):
    """N children of P parents in the order of their rows; a column has how many each asks for."""

    def __init__(self, parent: BoundTable, column: str, children: int, key: int) -> None:
        """Divide N children; `key` chooses the parents that have theirs."""
        self.children = children
        self.parents = parent.rows
        self.least = 0
        self._parent = parent
        self._column = column
        self._key = key
        self._blocks: dict[int, Indices] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_bounds"} | {"_blocks": {}}

    @cached_property
    def most(self) -> int:  # type: ignore[override]
        """No parent owns more: what the column's bound is, and an even share of what is left."""
        return max(self._asked(np.zeros(1, np.int64)).high, 0) + -(-self.children // self.parents)

    @override
    def rank(self, children: Indices) -> Indices:
        blocks = self._bounds.searchsorted(children, "right") - 1
        ranks = np.empty(len(children), np.int64)
        for block in np.unique(blocks).tolist():
            at = blocks == block
            found = self._starts(block).searchsorted(children[at], "right")
            ranks[at] = found - 1 + block * _BLOCK
        return ranks

    @override
    def start(self, ranks: Indices) -> Indices:
        blocks = np.minimum(ranks, self.parents - 1) // _BLOCK
        starts = np.empty(len(ranks), np.int64)
        for block in np.unique(blocks).tolist():
            at = blocks == block
            starts[at] = self._starts(block).take(ranks[at] - block * _BLOCK)
        return starts

    @override
    def percentile_rank(self, ranks: Indices, within: NDArray[np.float64]) -> NDArray[np.float64]:
        del ranks
        return within

    @override
    def words(self) -> str:
        return f"as many as its {self._column} says, or none"

    @cached_property
    def _bounds(self) -> Indices:
        """The first child of each block, and N: in proportion to what is asked for in each."""
        count = -(-self.parents // _BLOCK)
        sums = [0] * (count + 1)
        sampled = -(-self.parents // _SAMPLE) if count > 1 else 0
        for start in range(0, sampled, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, sampled)) * _SAMPLE
            asked = np.maximum(self._asked(rows).values, 0).cumsum()
            ends = rows.searchsorted(np.arange(1, _SAMPLE + 1) * _BLOCK + rows[0])
            whole = np.concatenate(([0], asked))[np.minimum(ends, len(rows))]
            first = start * _SAMPLE // _BLOCK
            for n, until in enumerate(whole.tolist()[: count - first]):
                sums[first + n + 1] = sums[first] + until
        if not sums[-1]:
            sums = [*range(count + 1)]
        return np.array([self.children * asked // sums[-1] for asked in sums], np.int64)

    def _starts(self, block: int) -> Indices:
        """Return the first child of each parent of a block, and that behind the last."""
        starts = self._blocks.get(block)
        if starts is None:
            first, stop = block * _BLOCK, min((block + 1) * _BLOCK, self.parents)
            begin, end = self._bounds[block : block + 2].tolist()
            rows = np.arange(first, stop)
            order = Batch(self._parent, rows).words(self._key).argsort()  # no two are the same
            counts = fitted(np.maximum(self._asked(rows).values, 0), order, end - begin)
            starts = np.concatenate(([begin], begin + counts.cumsum()))
            if len(self._blocks) >= _KEPT:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[block] = starts
        return starts

    def _asked(self, rows: Indices) -> Integers:
        values = Batch(self._parent, rows).column(self._column)
        if isinstance(values, Integers):
            return values
        return Integers(np.ones(len(rows), np.int64), 1, 1)  # of a mistake that is told elsewhere


class CountedWindow:
    """The parents with children that were made last, of those from `start` on; not pickled."""

    def __init__(self) -> None:
        """Begin without any."""
        self.start = self.stop = 0
        self.batch: Batch | None = None

    def __reduce__(self) -> tuple[type[CountedWindow], tuple[()]]:
        return CountedWindow, ()


class CountedRelation(GroupedRelation, frozen=True, eq=False):
    """Children in runs of which many are empty: parents without children are not made."""

    having: CountedWindow = msgspec.field(default_factory=CountedWindow)

    @override
    def draw(self, batch: Batch) -> Parents:
        runs = batch.shared(self, self._runs)
        if runs.index is None or self.parent.rows <= BATCH_ROWS:
            return super().draw(batch)
        first, last = int(runs.ranks[0]), int(runs.ranks[-1])
        window = self.having
        if window.batch is None or not window.start <= first <= last < window.stop:
            stop = min(max(first + 2 * BATCH_ROWS, last + 1), self.parent.rows)
            starts = self.fan_out.start(np.arange(first, stop + 1))
            window.start, window.stop = first, stop
            window.batch = Batch(self.parent, np.flatnonzero(np.diff(starts)) + first)
        return Parents(window.batch, window.batch.rows.searchsorted(runs.index + first))


def fitted(asked: Indices, order: Indices, total: int) -> Indices:
    """
    Return counts whose sum is `total`: all that is asked for at some places, and 0 at the others.

    Places are taken in this order, and one of them is changed for another where that makes the sum
    exact; where none does, the last place has what is left. A total above the sum of all that is
    asked for is shared out evenly beyond that.
    """
    beyond = total - int(asked.sum())
    if beyond >= 0:
        share, more = divmod(beyond, len(asked))
        return asked + share + (np.arange(len(asked)) < more)
    sums = asked[order].cumsum()
    taken = int(sums.searchsorted(total, "right"))
    left = total - (int(sums[taken - 1]) if taken else 0)
    counts = np.zeros(len(asked), np.int64)
    counts[order[:taken]] = asked[order[:taken]]
    if left:
        kinds, at = np.unique(asked[order[taken:]], return_index=True)
        free = dict(zip(kinds.tolist(), order[taken:][at].tolist(), strict=True))
        swapped = next((n for n in order[:taken].tolist() if int(asked[n]) + left in free), None)
        if left in free:
            counts[free[left]] = left
        elif swapped is not None:
            counts[swapped], other = 0, free[int(asked[swapped]) + left]
            counts[other] = asked[other]
        else:
            counts[order[taken]] = left
    return counts
