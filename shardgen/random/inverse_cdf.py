"""
Inverse transform sampling: all words are divided among indices or numbers, in their order.

A draw here rises: a greater word never gives a smaller index or number. So a word says where a
value stands among all those of its law, and a column can follow another by it. Shares are whole
numbers of words, and positions within a share come from + − × ÷ alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.guide_table import guide_table

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Floats, Indices, Words

_ONE = np.uint64(1)
_INSIDE = 1 - 2.0**-50  # of a range: no product that is rounded up reaches its end


def inverse_cdf_draw(weights: Sequence[float]) -> Draw:
    """Return a draw of indices with probability ∝ weight that rises with the word."""
    return guide_table(last_words(weights))


def last_words(weights: Sequence[float]) -> Words:
    """Return the last word of each index's share of all 2^64, which is ∝ its weight."""
    most = max(weights)
    whole = [int(weight / most * 2.0**100) for weight in weights]  # so that sums are exact
    total = sum(whole)
    return np.array([max((end << 64) // total, 1) - 1 for end in accumulate(whole)], np.uint64)


class RangesDraw(msgspec.Struct, frozen=True, eq=False):
    """
    Draws a range, then a number of it by where in the range's share the word lies.

    Range n has the words from `begin[n]` on, the numbers from `low[n]` on, and `slopes[n]` of them
    for every second word.
    """

    pick: Draw
    begin: Words
    low: Indices
    slopes: Floats

    def __call__(self, word: Words) -> Indices:
        """Return a number for each word: int64, same shape, rising with the word."""
        index = self.pick(word)
        within = _halved(word - self.begin.take(index))
        within *= self.slopes.take(index)
        value = within.astype(np.int64)
        value += self.low.take(index)
        return value


def ranges_draw(lows: Sequence[int], highs: Sequence[int], weights: Sequence[float]) -> Draw:
    """
    Return a rising draw of a range by weight and a number low … high of it, each as likely.

    Ranges may overlap, and stand in any order. Of ranges beyond 2^53 numbers only multiples of some
    power of two are drawn.
    """
    ranges = _disjoint(lows, [high + 1 for high in highs], weights)
    last = last_words([weight for _, _, weight in ranges])
    begin = np.concatenate((np.zeros(1, np.uint64), last[:-1] + _ONE))
    low = np.array([start for start, _, _ in ranges], np.int64)
    words = (max(z - y + 1, 1) for y, z in zip(begin.tolist(), last.tolist(), strict=True))
    sizes = ((stop - start) * _INSIDE for start, stop, _ in ranges)
    slopes = np.array([2 * size / count for size, count in zip(sizes, words, strict=True)])
    return RangesDraw(guide_table(last), begin, low, slopes)


class SegmentsDraw(msgspec.Struct, frozen=True, eq=False):
    """
    Draws a number by where a word lies on a line of straight segments, rounded to the nearest.

    Segment n has the words from `begin[n]` on, and rises from `low[n]` by `slopes[n]` for every
    second word, by `heights[n]` in all.
    """

    pick: Draw
    begin: Words
    low: Indices
    slopes: Floats
    heights: Indices

    def __call__(self, word: Words) -> Indices:
        """Return a number for each word: int64, same shape, rising with the word."""
        index = self.pick(word)
        within = _halved(word - self.begin.take(index))
        within *= self.slopes.take(index)
        within += 0.5
        value = within.astype(np.int64)
        np.minimum(value, self.heights.take(index), out=value)
        value += self.low.take(index)
        return value


def segments_draw(values: Sequence[int], shares: Sequence[float]) -> Draw:
    """
    Return a rising draw from the law below whose `values`, which do not fall, lie these shares.

    Shares rise from 0 to 1. A segment wider than 2^62 is cut in two.
    """
    lows: list[int] = []
    heights: list[int] = []
    weights: list[float] = []
    for (low, high), (less, more) in zip(pairwise(values), pairwise(shares), strict=True):
        middle = [low + (high - low) // 2] if high - low >= 1 << 62 else []
        for start, stop in pairwise([low, *middle, high]):
            lows.append(start)
            heights.append(stop - start)
            weights.append((more - less) / (len(middle) + 1))
    last = last_words(weights)
    begin = np.concatenate((np.zeros(1, np.uint64), last[:-1] + _ONE))
    counts = (max(z - y + 1, 1) for y, z in zip(begin.tolist(), last.tolist(), strict=True))
    slopes = np.array([2 * h / n for h, n in zip(heights, counts, strict=True)])
    starts, rises = np.array(lows, np.int64), np.array(heights, np.int64)
    return SegmentsDraw(guide_table(last), begin, starts, slopes, rises)


def _disjoint(
    starts: Sequence[int], stops: Sequence[int], weights: Sequence[float]
) -> list[tuple[int, int, float]]:
    """
    Return half-open ranges that may overlap as ones in order that do not, and their weights.

    All are cut at 0, so that none is wider than 2^63.
    """
    ranges = list(zip(starts, stops, weights, strict=True))
    most = max(weights)
    disjoint = []
    for start, stop in pairwise(sorted({0, *starts, *stops})):
        inside = [w / most / (b - a) for a, b, w in ranges if a <= start and stop <= b]
        if inside:
            disjoint.append((start, stop, math.fsum(inside) * (stop - start)))
    return disjoint


def stretched(word: Words, begin: int) -> Words:
    """Return the words from `begin` on stretched over all words, in their order."""
    wide = _halved(word - np.uint64(begin))
    wide *= 2.0**64 / (2**64 - begin)
    np.minimum(wide, 2.0**63 - 1024, out=wide)
    return wide.astype(np.int64).view(np.uint64) << _ONE


def _halved(word: Words) -> Floats:
    """Halve the words in place, and return them as floats: all CPUs convert int64 alike."""
    word >>= _ONE
    return word.view(np.int64).astype(np.float64)
