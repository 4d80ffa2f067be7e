"""Draws of an index by weight, in no order: Walker's alias method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Words

_LOW_32 = np.uint64((1 << 32) - 1)


def alias_draw(weights: Sequence[float]) -> Draw:
    """
    Return a draw of indices with probability ∝ weight: Walker's alias method, Vose's tables (1991).

    The table has a power of two of columns, those beyond the weights with weight 0. The high bits
    of a word choose a column, the low 32 bits a side of it.
    """
    if len(weights) == 1:
        return lambda word: np.zeros(word.shape, np.int64)
    bits = (len(weights) - 1).bit_length()
    columns = [*weights, *[0.0] * ((1 << bits) - len(weights))]
    shares, alias = _alias_table(columns)
    sides = np.column_stack((alias, np.arange(len(columns)))).ravel()
    limits = np.array([min(round(share * 2**32), 2**32) for share in shares], np.uint64)
    shift = np.uint64(64 - bits)

    def draw(word: Words) -> Indices:
        slot = (word >> shift).view(np.int64)
        keep = (word & _LOW_32) < limits.take(slot)
        slot += slot
        slot += keep
        return sides.take(slot)

    return draw


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
