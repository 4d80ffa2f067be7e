"""
Random numbers by position: every word is a pure function of (stream key, row index).

There is no generator state and no "next" number. A stream is 64 bits of key; its word at a row is
SplitMix64 (Steele, Lea and Flood, 2014) read at that row. Reading any set of rows, in any order, in
any process, gives the same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

try:
    from _blake2 import blake2b  # that of hashlib, which loads OpenSSL for the sake of others
except ImportError:  # another Python
    from hashlib import blake2b

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Indices = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]
    Draw = Callable[[Words], Indices]
    """A function from uniform words to whole numbers: int64, a new array of the same shape."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, odd: the Weyl increment
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31, _32 = (np.uint64(n) for n in (11, 27, 30, 31, 32))
_LOW_32 = np.uint64(0xFFFFFFFF)


def stream_key(*path: str | int) -> int:
    """
    Return the 64-bit key of the stream at `path`, such as (seed, table, column, purpose).

    Each step enters with its kind and its length, so that no two different paths are the same
    bytes: ("ab", "c") and ("a", "bc") are two streams, and so are 1 and "1". A text may be of any
    characters; halves of surrogate pairs are in names that are refused, but not before all is read.
    """
    digest = blake2b(digest_size=8)
    for step in path:
        kind = b"i" if isinstance(step, int) else b"s"
        text = str(step).encode(errors="surrogatepass")
        digest.update(kind + len(text).to_bytes(8, "little") + text)
    return int.from_bytes(digest.digest(), "little")


def finalise(z: Words) -> Words:
    """Mix `z` in place with the finaliser of SplitMix64, a bijection of 64 bits; return it."""
    shifted = z >> _30
    z ^= shifted
    z *= _MIX_1
    np.right_shift(z, _27, out=shifted)
    z ^= shifted
    z *= _MIX_2
    np.right_shift(z, _31, out=shifted)
    z ^= shifted
    return z


def words(key: int, rows: Indices) -> Words:
    """Return the stream's words at `rows`, any array of row indices: uint64, same shape."""
    z = rows.astype(np.uint64)
    z *= GOLDEN
    z += np.uint64(key)
    return finalise(z)


def unit_floats(word: Words) -> Floats:
    """Return words as numbers 0 <= u < 1 of 53 bits: float64, same shape."""
    return (word >> _11).astype(np.float64) * 2.0**-53


def words_of_shares(share: Floats) -> Words:
    """
    Return numbers from 0 to 1 as words, 1 as the last one: uint64, same shape.

    The numbers are overwritten.
    """
    share *= 2.0**53
    np.minimum(share, 2.0**53 - 1, out=share)
    return share.astype(np.int64).view(np.uint64) << _11


def chance(word: Words, share: float) -> Truths:
    """Return where a uniform word falls into the first `share` (0 to 1) of all words."""
    if share >= 1:
        return np.ones(word.shape, bool)
    return word < np.uint64(int(share * 2.0**64))


def below(word: Words, n: int) -> Indices:
    """
    Map uniform words to integers 0 <= i < n <= 2^64 by multiply-shift (Lemire, 2019), as int64.

    The bias is below n / 2^32 for n < 2^32, and below n / 2^64 above that. No rejection, so each
    word gives one integer; one from 2^63 on wraps below zero.
    """
    high = word >> _32
    if n < 1 << 32:
        high *= np.uint64(n)
        high >>= _32
        return high.view(np.int64)
    return _high_product(high, word & _LOW_32, n).view(np.int64)


def below_each(word: Words, n: Words) -> Indices:
    """
    Map each word to an integer below its own bound n <= 2^63, as int64.

    By the 64-bit product always, so that a word's integer does not depend on other bounds; where
    all of these are below 2^32, half of it is zero.
    """
    high, low = word >> _32, word & _LOW_32
    if n.size and n.max() > _LOW_32:
        return _high_product(high, low, n).view(np.int64)
    low *= n
    low >>= _32
    high *= n
    high += low
    high >>= _32
    return high.view(np.int64)


def _high_product(high: Words, low: Words, n: int | Words) -> Words:
    """Return the top 64 of 128 bits of (high·2^32 + low)·n; `high` and `low` are overwritten."""
    n_high: Any = np.uint64(n >> 32) if isinstance(n, int) else n >> _32
    n_low: Any = np.uint64(n & 0xFFFFFFFF) if isinstance(n, int) else n & _LOW_32
    middle = low * n_low
    middle >>= _32
    cross = high * n_low
    middle += cross
    np.bitwise_and(middle, _LOW_32, out=cross)
    low *= n_high
    low += cross
    low >>= _32
    middle >>= _32
    high *= n_high
    high += middle
    high += low
    return high
