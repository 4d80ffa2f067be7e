"""The zipf law: the k-th value has a share ∝ 1/k^exponent."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.guide_table import guide_table
from shardgen.random.inverse_cdf import inverse_cdf_draw, last_words, stretched
from shardgen.random.quantile_table import Interpolated, each, quantile_draw, tabulated

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Words

_ZIPF_HEAD = 1024  # ranks with a probability of their own; above that the law is smooth
_STEEP = 30.0  # above this exponent, all later ranks together have less than 2^-290 of the mass


class ZipfDraw(msgspec.Struct, frozen=True, eq=False):
    """Draws one of the first 1,024 ranks by its own share, or a later one from words `begin` on."""

    pick: Draw
    pick_tail: Draw
    begin: int

    def __call__(self, word: Words) -> Indices:
        """Return a rank for each word: int64, same shape, rising with the word."""
        rank = self.pick(word)
        beyond = np.flatnonzero(rank == _ZIPF_HEAD)
        rank[beyond] = self.pick_tail(stretched(word[beyond], self.begin))
        return rank


@lru_cache(maxsize=64)
def zipf_ranks(n: int, exponent: float) -> Draw:
    """
    Return a rising draw of ranks 0 <= r < n with probability ∝ 1 / (r+1)^exponent.

    The first 1,024 shares are exact, the rest is interpolated.
    """
    head = [(r + 1) ** -exponent for r in range(min(n, _ZIPF_HEAD))]
    if n <= _ZIPF_HEAD or exponent > _STEEP:
        return inverse_cdf_draw(head)
    rank_at, tail = _zipf_tail(n, exponent)
    last = last_words([*head, tail])
    pick, begin = guide_table(last), int(last[-2]) + 1
    if begin == 1 << 64:  # so steep that no word is left for the tail
        return pick
    tail_draw = quantile_draw(lambda shares: each(rank_at)(shares) - 1, _ZIPF_HEAD, n - 1)
    return ZipfDraw(pick, tail_draw, begin)


def _zipf_tail(n: int, exponent: float) -> tuple[Callable[[float], float], float]:
    """Return the quantile function of the ranks from 1,024 on, and the mass of all of them."""
    start, end = _ZIPF_HEAD + 0.5, n + 0.5
    power = 1 - exponent
    if abs(power) < 1e-9:  # the integral of 1/x is a logarithm
        return lambda u: start * (end / start) ** u, math.log(end / start)
    tail = (end**power - start**power) / power

    def rank_at(u: float) -> float:
        left = start**power + u * power * tail
        return left ** (1 / power) if left > 0 else end  # rounding may take all that is left

    return rank_at, tail


@lru_cache(maxsize=64)
def zipf_share(n: int, exponent: float) -> Interpolated:
    """Return Q with Q(u)·n the rank of the zipf law that a share u of all draws lies below."""
    head = [(r + 1) ** -exponent for r in range(min(n, _ZIPF_HEAD))]
    rank_at, tail = _zipf_tail(n, exponent) if n > len(head) else (lambda u: u, 0.0)
    ends = list(accumulate([*head, tail]))

    def quantile(u: float) -> float:
        reached = u * ends[-1]
        rank = bisect_right(ends, reached)
        if rank < len(head):
            inside: float = (reached - (ends[rank] - head[rank])) / head[rank]
            return (rank + inside) / n
        return rank_at(min(1.0, (reached - ends[len(head) - 1]) / tail)) / n if tail else 1.0

    return tabulated(quantile)
