"""The zipf law: the k-th value has a share ∝ 1/k^exponent."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from shardgen.random.inverse_cdf import guide_table_draw, inverse_cdf_draw, last_words, stretched
from shardgen.random.quantile_table import each, quantile_draw, tabulated

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Floats, Indices, Words

_ZIPF_HEAD = 1024  # ranks with a probability of their own; above that the law is smooth


_STEEP = 30.0  # above this exponent, all later ranks together have less than 2^-290 of the mass


def zipf_ranks(n: int, exponent: float) -> Draw:
    """Return a rising draw of ranks 0 <= r < n with probability ∝ 1 / (r+1)^exponent."""
    head = [(r + 1) ** -exponent for r in range(min(n, _ZIPF_HEAD))]
    if n <= _ZIPF_HEAD or exponent > _STEEP:
        return inverse_cdf_draw(head)
    place, tail = _zipf_tail(n, exponent)
    last = last_words([*head, tail])
    pick, begin = guide_table_draw(last), int(last[-2]) + 1
    if begin == 1 << 64:  # so steep that no word is left for the tail
        return pick
    pick_tail = quantile_draw(lambda shares: each(place)(shares) - 1, _ZIPF_HEAD, n - 1)

    def draw(word: Words) -> Indices:
        rank = pick(word)
        beyond = np.flatnonzero(rank == _ZIPF_HEAD)
        rank[beyond] = pick_tail(stretched(word[beyond], begin))
        return rank

    return draw


def _zipf_tail(n: int, exponent: float) -> tuple[Callable[[float], float], float]:
    """Return the quantile function of the ranks from 1,024 on, and the mass of all of them."""
    start, end = _ZIPF_HEAD + 0.5, n + 0.5
    power = 1 - exponent
    if abs(power) < 1e-9:  # the integral of 1/x is a logarithm
        return lambda u: start * (end / start) ** u, math.log(end / start)
    tail = (end**power - start**power) / power

    def place(u: float) -> float:
        left = start**power + u * power * tail
        return left ** (1 / power) if left > 0 else end  # rounding may take all that is left

    return place, tail


def zipf_share(n: int, exponent: float) -> Callable[[Floats], Floats]:
    """Return Q with Q(u)·n the rank of the zipf law that a share u of all draws lies below."""
    head = [(r + 1) ** -exponent for r in range(min(n, _ZIPF_HEAD))]
    place, tail = _zipf_tail(n, exponent) if n > len(head) else (lambda u: u, 0.0)
    ends = list(accumulate([*head, tail]))

    def quantile(u: float) -> float:
        reached = u * ends[-1]
        rank = bisect_right(ends, reached)
        if rank < len(head):
            inside: float = (reached - (ends[rank] - head[rank])) / head[rank]
            return (rank + inside) / n
        return place(min(1.0, (reached - ends[len(head) - 1]) / tail)) / n if tail else 1.0

    return tabulated(quantile)
