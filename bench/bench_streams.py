"""Random numbers: words, bounded integers, permutations."""

from __future__ import annotations

import numpy as np
import pytest

from shardgen.random.permutation import Permutation
from shardgen.random.streams import below, below_each, stream_key, words

KEY = stream_key(0, "t", "c", "value")
MASK = (1 << 64) - 1
ROWS = pytest.mark.parametrize("rows", [4096, 1_000_000], ids="rows={}".format)


def splitmix64(key: int, row: int) -> int:
    """The published algorithm, in whole numbers."""
    z = (row * 0x9E3779B97F4A7C15 + key) & MASK
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


@ROWS
def test_words(measure, rows):
    """Words of consecutive rows, the first and the last of which are those of the reference."""
    index = np.arange(rows)
    made = measure(lambda: words(KEY, index), rows=rows, size=8 * rows)
    assert [splitmix64(KEY, row) for row in (0, 1, rows - 1)] == made[[0, 1, -1]].tolist()


@ROWS
@pytest.mark.parametrize("n", [7, 10**6, 10**12], ids="n={}".format)
def test_below(measure, rows, n):
    """Words bounded by a small, a large and a huge number, as whole numbers of Python are."""
    word = words(KEY, np.arange(rows))
    made = measure(lambda: below(word, n), rows=rows, size=8 * rows)
    bits = 32 if n < 1 << 32 else 64
    expected = [(w >> (64 - bits)) * n >> bits for w in word[:100].tolist()]
    assert expected == made[:100].tolist()


@ROWS
def test_below_each_its_own(measure, rows):
    """As a row that refers to an earlier row draws it."""
    word, bounds = words(KEY, np.arange(rows)), np.arange(1, rows + 1, dtype=np.uint64)
    made = measure(lambda: below_each(word, bounds), rows=rows, size=8 * rows)
    assert made.min() >= 0
    assert (made < np.arange(1, rows + 1)).all()


@ROWS
@pytest.mark.parametrize("n", [4096, 10**6, 2**32, 10**12], ids="n={}".format)
def test_permutation(measure, rows, n):
    """`n` = 4,096 is a table; sides are 32 bits up to 2³² and 64 bits above."""
    permutation, index = Permutation(n, KEY), np.arange(rows) % n
    made = measure(lambda: permutation(index), rows=rows, size=8 * rows)
    assert 0 <= made.min() <= made.max() < n
    assert len(np.unique(made)) == min(rows, n)


@pytest.mark.parametrize("n", [4096, 10**6], ids="n={}".format)
def test_permutation_setup(measure, n):
    """What a unique column costs before its first row."""
    made = measure(lambda: Permutation(n, KEY), rows=1, size=8)
    assert made.n == n
