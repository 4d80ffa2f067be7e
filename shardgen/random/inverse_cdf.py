"""
Ordered draws: all words shared out over indices or numbers in their order, by weight.

A draw here rises: a greater word never gives a smaller index or number. So a word says where a
value stands among all those of its law, and a column can follow another by it. Shares are whole
numbers of words, and places within a share come from + − × ÷ alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices, Words

_ONE = np.uint64(1)
_DOUBLINGS = 5  # of a guide table, beyond one cell for each weight
_INSIDE = 1 - 2.0**-50  # of a range: no product that is rounded up reaches its end


def inverse_cdf_draw(weights: Sequence[float]) -> Callable[[Words], Indices]:
    """Return a draw of indices with probability ∝ weight that rises with the word."""
    return guide_table_draw(last_words(weights))


def last_words(weights: Sequence[float]) -> Words:
    """Return the last word of each index's share of all 2^64, which is ∝ its weight."""
    most = max(weights)
    whole = [int(weight / most * 2.0**100) for weight in weights]  # so that sums are exact
    total = sum(whole)
    return np.array([max((end << 64) // total, 1) - 1 for end in accumulate(whole)], np.uint64)


def guide_table_draw(last: Words) -> Callable[[Words], Indices]:
    """
    Return the draw of the first index whose last word is not below the word.

    A guide table (Chen and Asau, 1974) over the high bits of words says which index they have at
    least; nearly always it is that one or the next.
    """
    if len(last) == 1:
        return lambda word: np.zeros(word.shape, np.int64)
    shift, least, crowded = _guide(last)

    def draw(word: Words) -> Indices:
        cell = (word >> shift).view(np.int64)
        index = least.take(cell)
        index += word > last.take(index)
        if crowded is not None:
            many = np.flatnonzero(crowded.take(cell))
            index[many] = last.searchsorted(word[many])
        return index

    return draw


def _guide(last: Words) -> tuple[np.uint64, Indices, NDArray[np.bool_] | None]:
    """
    Return the bits below a cell's number, each cell's least index, and where one step is too few.

    The table is doubled until no cell is so crowded (None), or is 32 times as long as the weights.
    """
    fewest = max(1, (len(last) - 1).bit_length())
    for bits in range(fewest, fewest + _DOUBLINGS + 1):
        shift = np.uint64(64 - bits)
        lowest = np.arange(1 << bits, dtype=np.uint64) << shift
        least = last.searchsorted(lowest)
        crowded = last.searchsorted(lowest | ((_ONE << shift) - _ONE)) > least + 1
        if not crowded.any():
            return shift, least, None
    return shift, least, crowded


def ranges_draw(
    lows: Sequence[int], highs: Sequence[int], weights: Sequence[float]
) -> Callable[[Words], Indices]:
    """
    Return a rising draw of a range by weight and a number low … high of it, each as likely.

    Ranges may overlap, and stand in any order. Of ranges beyond 2^53 numbers only multiples of some
    power of two are drawn.
    """
    pieces = _disjoint(lows, [high + 1 for high in highs], weights)
    last = last_words([weight for _, _, weight in pieces])
    pick, begin = guide_table_draw(last), np.concatenate((np.zeros(1, np.uint64), last[:-1] + _ONE))
    low = np.array([start for start, _, _ in pieces], np.int64)
    words = (max(z - y + 1, 1) for y, z in zip(begin.tolist(), last.tolist(), strict=True))
    sizes = ((stop - start) * _INSIDE for start, stop, _ in pieces)
    slopes = np.array([2 * size / count for size, count in zip(sizes, words, strict=True)])

    def draw(word: Words) -> Indices:
        index = pick(word)
        place = _half(word - begin.take(index))
        place *= slopes.take(index)
        value = place.astype(np.int64)
        value += low.take(index)
        return value

    return draw


def _disjoint(
    starts: Sequence[int], stops: Sequence[int], weights: Sequence[float]
) -> list[tuple[int, int, float]]:
    """
    Return half-open ranges that may overlap as ones in order that do not, and their weights.

    All are cut at 0, so that none is wider than 2^63.
    """
    ranges = list(zip(starts, stops, weights, strict=True))
    most = max(weights)
    pieces = []
    for start, stop in pairwise(sorted({0, *starts, *stops})):
        inside = [w / most / (b - a) for a, b, w in ranges if a <= start and stop <= b]
        if inside:
            pieces.append((start, stop, math.fsum(inside) * (stop - start)))
    return pieces


def stretched(word: Words, begin: int) -> Words:
    """Return the words from `begin` on stretched over all words, in their order."""
    wide = _half(word - np.uint64(begin))
    wide *= 2.0**64 / (2**64 - begin)
    np.minimum(wide, 2.0**63 - 1024, out=wide)
    return wide.astype(np.int64).view(np.uint64) << _ONE


def _half(word: Words) -> NDArray[np.float64]:
    """Return half the words, which are overwritten, as floats: all CPUs convert int64 alike."""
    word >>= _ONE
    return word.view(np.int64).astype(np.float64)
