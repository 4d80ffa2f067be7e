"""Draws of an index by weight, in no order: Walker's alias method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.guide_table import FirstOfOne

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Words

_LOW_32 = np.uint64((1 << 32) - 1)


class AliasDraw(msgspec.Struct, frozen=True, eq=False):
    """
    Draws indices by weight with one look-up: Walker's alias method, Vose's tables (1991).

    The high bits of a word, those above `shift`, choose a column of the table, and the low 32 bits
    one of its two `sides`: the second below the column's entry in `limits`, else the first.
    """

    shift: np.uint64
    limits: Words
    sides: Indices

    def __call__(self, word: Words) -> Indices:
        """Return an index for each word: int64, same shape."""
        slot = (word >> self.shift).view(np.int64)
        keep = (word & _LOW_32) < self.limits.take(slot)
        slot += slot
        slot += keep
        return self.sides.take(slot)


def alias_draw(weights: Sequence[float]) -> Draw:
    """
    Return a draw of indices with probability ∝ weight; all weights are above 0.

    The table has a power of two of columns, those beyond the weights with weight 0.
    """
    if len(weights) == 1:
        return FirstOfOne()
    bits = (len(weights) - 1).bit_length()
    columns = [*weights, *[0.0] * ((1 << bits) - len(weights))]
    shares, alias = _alias_table(columns)
    sides = np.column_stack((alias, np.arange(len(columns)))).ravel()
    limits = np.minimum(np.rint(np.array(shares) * 2.0**32), 2.0**32).astype(np.uint64)
    return AliasDraw(np.uint64(64 - bits), limits, sides)


def _alias_table(weights: Sequence[float]) -> tuple[list[float], list[int]]:
    n, most = len(weights), max(weights)
    relative = [weight / most for weight in weights]  # so that the sum is finite
    total = math.fsum(relative)
    share = [weight * n / total for weight in relative]
    alias = list(range(n))
    small = [i for i in range(n) if share[i] < 1]
    large = [i for i in range(n) if share[i] >= 1]
    while small and large:
        less, more = small.pop(), large[-1]
        alias[less] = more
        share[more] -= 1 - share[less]
        if share[more] < 1:
            small.append(large.pop())
    for i in small + large:  # what rounding left over is a whole column
        share[i] = 1.0
    return share, alias
