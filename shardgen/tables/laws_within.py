"""Laws by which a key chooses among the rows of an ancestor, of which each has its own number."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from shardgen.random.overriding import override
from shardgen.random.quantile_table import Interpolated, tabulated
from shardgen.random.streams import GOLDEN, finalise, unit_floats
from shardgen.tables.relations import recency
from shardgen.tables.relations_within import LawWithin, spread_evenly

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words

MOST_ROWS = 1 << 16
"""Rows of an ancestor among which a key may be skewed by zipf."""


class RecentWithin(LawWithin, frozen=True, eq=False):
    """The last numbers are more likely: `age` has the share of all rows by that of all draws."""

    age: Interpolated

    @override
    def draw(self, words: Words, counts: Indices, ancestors: Indices) -> Indices:
        del ancestors
        age = np.floor(counts * self.age(unit_floats(words))).astype(np.int64)
        return counts - 1 - np.minimum(age, counts - 1)

    @override
    def words(self) -> str:
        return "late ones more often"


class ZipfWithin(LawWithin, frozen=True, eq=False):
    """
    The k-th most popular row of an ancestor has a share ∝ 1/k^exponent.

    `ends` are the sums of these shares up to each rank. Which row has a rank is the ancestor's own:
    row (s + k·t) mod n of its n rows, where t has no divisor in common with n.
    """

    ends: np.ndarray[tuple[int], np.dtype[np.float64]]
    key: int

    @override
    def draw(self, words: Words, counts: Indices, ancestors: Indices) -> Indices:
        reached = unit_floats(words) * self.ends.take(counts - 1)
        rank = np.minimum(self.ends.searchsorted(reached, "right"), counts - 1)
        word = ancestors.astype(np.uint64) * GOLDEN + np.uint64(self.key)
        return spread_evenly(rank, counts, finalise(word), finalise(~word))

    @override
    def words(self) -> str:
        return "popular ones more often, which each ancestor has its own of"


def recent_within(half: float) -> RecentWithin:
    """Return the law by which half of all draws are among the share `half` of the last rows."""
    power = recency(half)
    return RecentWithin(tabulated(lambda u: u**power))


def zipf_within(most: int, exponent: float, key: int) -> ZipfWithin:
    """Return the law of this exponent among at most `most` rows, which are `MOST_ROWS` at most."""
    shares = ((rank + 1) ** -exponent for rank in range(max(most, 1)))
    return ZipfWithin(np.array([*accumulate(shares)]), key)
