"""
The normal copula: words that follow other words by a rank correlation, and stay uniform.

Two uniform numbers u and v become normal deviates, x = Φ⁻¹(u) and y = Φ⁻¹(v). Then r·x + s·y with
s = √(1 - r²) is a normal deviate too, and Φ of it is a uniform number that follows u. Spearman's
correlation of the two is ρ for r = 2·sin(πρ/6) (Pearson, 1907; Kruskal, "Ordinal measures of
association", 1958). Φ and Φ⁻¹ are tables of twelve digits, so that every machine has the same
words.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.normal import normal_cdf, normal_ppf
from shardgen.random.rounding import round_significant, round_significant_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Words

    Floats = NDArray[np.float64]

_MANTISSA = 52  # bits of a float
_FINE = 7  # bits of the mantissa that choose a node: 128 nodes for each halving of the tail
_INSIDE = np.int64((1 << (_MANTISSA - _FINE)) - 1)
_LEAST = np.float64(0.5).view(np.int64)  # bits of 0.5: the smallest tail, in units of 2^-64
_TAILS = 64 << _FINE  # cells from there to the median
_SIGN, _ONE = np.uint64(1 << 63), np.uint64(1)
_STEPS = 256  # nodes of Φ for each standard deviation
_REACH = 9  # standard deviations: beyond, less than one in 2^64 lies


class GaussianCopula(msgspec.Struct, frozen=True, eq=False):
    """
    The function from followed words and independent ones to words that follow.

    Both kinds are uniform over 64 bits and so are the words that follow, to within some 10^-6 of
    any share.
    """

    of_followed: Deviates
    of_own: Deviates

    def __call__(self, followed: Words, own: Words) -> Words:
        """Return the words that follow: uint64, a new array of the same shape."""
        deviate = self.of_followed(followed)
        deviate += self.of_own(own)
        return _uniform(deviate)


class Deviates(msgspec.Struct, frozen=True, eq=False):
    """
    Normal deviates of words, times a factor, in steps of the table of Φ.

    A tail is halved again and again, and each half has the same number of nodes: they lie as dense
    as a float can count. A word above the median is its mirror image below, with the other sign.
    """

    starts: Floats
    slopes: Floats

    def __call__(self, word: Words) -> Floats:
        """Return the deviate of each word: float64, a new array of the same shape."""
        mirrored = ~word
        tail = np.minimum(word, mirrored).view(np.int64).astype(np.float64)
        tail += 0.5
        bits = tail.view(np.int64)
        bits -= _LEAST
        cell = bits >> (_MANTISSA - _FINE)
        bits &= _INSIDE
        deviate = bits.astype(np.float64)
        deviate *= self.slopes.take(cell)
        deviate += self.starts.take(cell)
        mirrored &= _SIGN  # set below the median, where deviates are negative
        signed = deviate.view(np.uint64)
        signed ^= mirrored
        return deviate


def gaussian_copula(rho: float) -> GaussianCopula:
    """Return the function to words whose rank correlation with followed ones is `rho`, -1 … 1."""
    r = round_significant(2 * math.sin(math.pi * rho / 6))
    return GaussianCopula(_deviates(r), _deviates(math.sqrt(max(0.0, 1 - r * r))))


def _deviates(factor: float) -> Deviates:
    nodes = _tail_nodes() * (factor * _STEPS)
    return Deviates(nodes, np.append(np.diff(nodes) * 2.0 ** (_FINE - _MANTISSA), 0.0))


def _uniform(deviate: Floats) -> Words:
    """Return the words of normal deviates in steps of the table; the deviates are overwritten."""
    starts, slopes = _phi_nodes()
    deviate += _REACH * _STEPS
    np.maximum(deviate, 0.0, out=deviate)
    np.minimum(deviate, len(slopes) - 1.0, out=deviate)
    cell = deviate.astype(np.int64)
    deviate -= cell
    deviate *= slopes.take(cell)
    deviate += starts.take(cell)
    word = deviate.astype(np.int64).view(np.uint64)
    word <<= _ONE
    return word


@cache
def _tail_nodes() -> Floats:
    """Return how far from the mean the tail of each node's share begins; shares of 2^-65 … 1/2."""
    octave, within = np.divmod(np.arange(_TAILS + 1), 1 << _FINE)
    shares = np.ldexp(1 + within / (1 << _FINE), octave - 65)
    return round_significant_each(np.abs(normal_ppf(shares)))


@cache
def _phi_nodes() -> tuple[Floats, Floats]:
    """Return the cells of Φ over ±9 standard deviations, their starts and slopes, of 2^63."""
    points = np.arange(-_REACH * _STEPS, _REACH * _STEPS + 1) / _STEPS
    highest = 2.0**63 - 4096  # less by what rounding adds to it
    nodes = np.minimum(round_significant_each(normal_cdf(points)) * 2.0**63, highest)
    return nodes, np.append(np.diff(nodes), 0.0)
