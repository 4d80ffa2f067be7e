"""Random words by position: streams, words, bounded integers, permutations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.statistics import assert_counts_fit, assert_uncorrelated, assert_uniform

from shardgen.random.permutation import Permutation
from shardgen.random.streams import below, below_each, stream_key, words

MASK = (1 << 64) - 1
SIZES = (
    *(*range(1, 301), 1000, 4095, 4096, 4097, 4098, 5000, 5041, 5042, 8191, 8192, 8193),
    *(10_000, 65_535, 65_536, 65_537, 99_999, 100_000, 123_456, 1_000_003),
)


def splitmix(key: int, row: int) -> int:
    """The published algorithm in Python's own integers."""
    z = (row * 0x9E3779B97F4A7C15 + key) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def drawn(count: int, key: int = 1) -> np.ndarray:
    return words(key, np.arange(count))


# --- Streams


def unit(drawn_words):
    """Words as numbers in [0, 1), by their top 53 bits."""
    return (drawn_words >> np.uint64(11)).astype(float) * 2.0**-53


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("ab", "c"), ("abc",)),
        (("a", ""), ("a",)),
        (("", "a"), ("a", "")),
        (("", ""), ("",)),
        (("",), ()),
        ((1,), ("1",)),
        ((1, 2), (12,)),
        ((1, "2"), ("1", 2)),
        ((-1,), ("-1",)),
        (("a", "b"), ("b", "a")),
        (("a\0b",), ("a", "b")),
        (("s\1\0\0\0\0\0\0\0a",), ("a",)),
        ((0, "loans", "amount", "value"), (0, "loans", "amountvalue", "")),
        (("é",), ("e\u0301",)),
    ],
)
def test_paths_that_look_alike_are_different_streams(one, other):
    """A part enters a key with its kind and its length."""
    assert stream_key(*one) != stream_key(*other)


def test_no_two_paths_share_a_key():
    """All paths of up to three confusable parts have keys of their own."""
    parts = ("", "a", "b", "ab", "aa", "1", 1, 11, "11", 0, "0", "i", "s", "\0", "tz", "v0")
    paths = [p for n in range(4) for p in itertools.product(parts, repeat=n)]
    assert len(paths) == len({stream_key(*path) for path in paths})


part = st.one_of(st.text(max_size=5), st.integers())


@given(st.lists(part, max_size=4), st.lists(part, max_size=4))
def test_keys_are_equal_only_for_equal_paths(one, other):
    """Equality of paths, kinds included, and equality of keys are the same."""
    assert ([(type(p), p) for p in one] == [(type(p), p) for p in other]) == (
        stream_key(*one) == stream_key(*other)
    )


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ((), 0xB4B2797457A0A6E4),
        ((0, "loans", "amount", "value"), 0xDDA3295A0D69B091),
        ((42, "loans", "amount", "value"), 0x89ED0507B8395BE6),
        ((0, "borrowers", "email", "first"), 0x1C655697D1C3D84E),
        ((-1,), 0x067C3460602AFE88),
    ],
)
def test_keys_are_pinned(path, key):
    """Every byte of every dump follows from these; computed apart from this package."""
    assert key == stream_key(*path)


# --- Words


@pytest.mark.parametrize(
    ("key", "row", "word"),
    [
        (0, 0, 0x0),
        (0, 1, 0xE220A8397B1DCDAF),  # the published first three of SplitMix64 from seed 0
        (0, 2, 0x6E789E6AA1B965F4),
        (0, 3, 0x06C45D188009454F),
        (MASK, 1 << 40, 0xE35E5E5E7FE6A2AB),
        (0x0123456789ABCDEF, 1_000_000, 0x1FFEE2D5E612D1C3),
    ],
)
def test_words_are_pinned(key, row, word):
    """Words are those of the published algorithm, computed apart from this package."""
    assert word == splitmix(key, row) == int(words(key, np.array([row]))[0])


@given(st.integers(0, MASK), st.lists(st.integers(0, (1 << 62) - 1), max_size=20))
def test_words_are_splitmix_at_any_row(key, rows):
    """NumPy's wrapping arithmetic gives what Python's big integers give."""
    assert [splitmix(key, row) for row in rows] == words(key, np.array(rows, np.int64)).tolist()


@given(st.integers(0, MASK), st.integers(0, 1 << 40), st.integers(0, 50), st.integers(0, 50))
def test_a_cut_does_not_change_words(key, start, left, right):
    """Drawing a range in two pieces gives the words of drawing it in one."""
    cut, stop = start + left, start + left + right
    pieces = [words(key, np.arange(start, cut)), words(key, np.arange(cut, stop))]
    assert words(key, np.arange(start, stop)).tolist() == np.concatenate(pieces).tolist()


def test_scattered_rows_have_the_words_of_the_range():
    """Any rows in any order, repeats included."""
    rows = words(3, np.arange(5000)).astype(np.int64) % 1000
    assert drawn(1000)[rows].tolist() == words(1, rows).tolist()


def test_drawing_leaves_the_rows_as_they_were():
    """Drawing does not write into the array of rows, which a batch asks with again and again."""
    rows = np.arange(100)
    words(1, rows)
    assert list(range(100)) == rows.tolist()


def test_bytes_of_a_million_words_are_uniform():
    """Each of the eight bytes of a word takes its 256 values equally often."""
    octets = drawn(1_000_000).view(np.uint8).reshape(-1, 8)
    for place in range(8):
        counts = np.bincount(octets[:, place], minlength=256)
        assert_counts_fit(counts.tolist(), [1] * 256)


def test_bits_of_a_million_words_are_fair():
    """Each of the 64 bits is one in half of all words."""
    sample = drawn(1_000_000)
    ones = [int(((sample >> np.uint64(bit)) & np.uint64(1)).sum()) for bit in range(64)]
    for count in ones:
        assert_counts_fit([count, len(sample) - count], [1, 1])


@pytest.mark.parametrize("lag", [1, 2, 3, 8, 64, 1000, 4096])
def test_neighbours_are_uncorrelated(lag):
    """The word of a row says nothing of the word `lag` rows later, in the high and low half."""
    sample = drawn(1_000_000)
    for shift in (32, 0):
        half = ((sample >> np.uint64(shift)) & np.uint64(0xFFFFFFFF)).astype(np.float64)
        assert_uncorrelated(half[:-lag], half[lag:])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("t", "a", "value"), ("t", "b", "value")),
        (("t", "a", "value"), ("t", "a", "null")),
        (("t", "a", "value"), ("u", "a", "value")),
    ],
)
def test_equal_rows_of_two_columns_are_uncorrelated(one, other):
    """Two columns, two purposes of a column and two tables have nothing in common."""
    a, b = (unit(drawn(1_000_000, stream_key(0, *path))) for path in (one, other))
    assert_uncorrelated(a, b)
    cells = np.bincount(((a * 16).astype(int) * 16 + (b * 16).astype(int)), minlength=256)
    assert_counts_fit(cells.tolist(), [1] * 256)


def test_two_seeds_are_uncorrelated():
    """Neighbouring seeds give the same column values that have nothing to do with each other."""
    a, b = (unit(drawn(1_000_000, stream_key(seed, "t", "a", "value"))) for seed in (0, 1))
    assert_uncorrelated(a, b)


# --- Bounded integers

BOUNDS = (
    *(1, 2, 3, 7, 10, 1000, 4096, 1_000_003, (1 << 31) - 1, 1 << 31),
    *((1 << 32) - 1, 1 << 32, (1 << 32) + 1, 10**12, (1 << 53) + 1, (1 << 62) - 1),
    *((1 << 63) - 1, 1 << 63, (1 << 63) + 1, MASK),
)
EXTREME_WORDS = (0, 1, (1 << 32) - 1, 1 << 32, 1 << 63, MASK - 1, MASK)


def exact_below(word: int, n: int) -> int:
    """Multiply-shift in big integers, from 32 bits below 2^32 and from 64 above."""
    return ((word >> 32) * n >> 32) if n < 1 << 32 else word * n >> 64


def signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


@pytest.mark.parametrize("n", [*BOUNDS, 1 << 64])
def test_bounded_integers_are_the_exact_products(n):
    """One bound for all words: the formula of the docstring, to the last bit."""
    sample = [*EXTREME_WORDS, *drawn(1000).tolist()]
    expected = [signed(exact_below(word, n)) for word in sample]
    assert expected == below(np.array(sample, np.uint64), n).tolist()


@given(st.lists(st.tuples(st.integers(0, MASK), st.integers(1, 1 << 63)), max_size=50))
def test_a_bound_of_its_own_depends_on_no_other(pairs):
    """Small beside large ones: always the product of 64 bits."""
    sample = np.array([word for word, _ in pairs], np.uint64)
    bounds = np.array([n for _, n in pairs], np.uint64)
    assert [word * n >> 64 for word, n in pairs] == below_each(sample, bounds).tolist()


def test_bounding_leaves_the_words_as_they_were():
    """Below 32 bits, above, and with a bound for each row, it does not write into the words."""
    sample = drawn(100)
    for n in (10, 1 << 40):
        below(sample, n)
    below_each(sample, np.full(100, 10, np.uint64))
    assert drawn(100).tolist() == sample.tolist()


@pytest.mark.parametrize("n", [2, 7, 1000, 10**9, 1 << 40, (1 << 63) - 1])
def test_bounded_integers_are_uniform(n):
    """From a bound of 2 to the greatest one, powers of two and others."""
    assert_uniform(below(drawn(1_000_000), n), 0, n - 1)


# --- Permutations


@pytest.mark.parametrize("n", SIZES)
def test_a_permutation_is_a_bijection(n):
    """Every value from 0 to n-1 is the image of exactly one index."""
    for key in (0, 1, MASK) if n < 10_000 else (5,):
        images = Permutation(n, key)(np.arange(n))
        assert images.dtype == np.int64
        assert list(range(n)) == np.sort(images).tolist()


@pytest.mark.parametrize("n", SIZES)
def test_the_inverse_leads_back(n):
    """Both ways, for every index."""
    index = np.arange(n)
    for key in (0, 1, MASK) if n < 10_000 else (5,):
        permutation = Permutation(n, key)
        back = permutation.inverse(index)
        assert back.dtype == np.int64
        assert index.tolist() == permutation(back).tolist()
        assert index.tolist() == permutation.inverse(permutation(index)).tolist()


@pytest.mark.parametrize(
    "n", [10**9, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, (1 << 62) - 1, 1 << 62]
)
def test_the_inverse_of_a_large_permutation_leads_back(n):
    """From both ends and the middle, without changing what it is given."""
    permutation = Permutation(n, 9)
    index = np.concatenate([np.arange(start, start + 5000) for start in (0, n // 2, n - 5000)])
    image = permutation(index)
    kept = image.copy()
    assert index.tolist() == permutation.inverse(image).tolist()
    assert kept.tolist() == image.tolist()
    assert [] == permutation.inverse(np.arange(0)).tolist()


@pytest.mark.parametrize(
    "n",
    [10**9, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, 10**12, (1 << 40) + 7, (1 << 62) - 1, 1 << 62],
)
def test_large_permutations_stay_inside_and_repeat_nothing(n):
    """A hundred thousand indices from both ends and the middle."""
    third = 33_000
    starts = (0, n // 2, n - third)
    index = np.concatenate([np.arange(start, start + third) for start in starts])
    images = Permutation(n, 9)(index)
    assert 0 <= images.min() <= images.max() < n
    assert len(index) == len(np.unique(images))
    assert_uniform(images, 0, n - 1)


@pytest.mark.parametrize("n", [100, 5000, 100_000, 1 << 40])
def test_an_image_does_not_depend_on_the_other_indices(n):
    """Any indices in any order have the images they have in the range."""
    permutation = Permutation(n, 3)
    index = words(8, np.arange(100)).astype(np.int64) % 100
    assert permutation(np.arange(100))[index].tolist() == permutation(index).tolist()
    assert permutation(np.arange(0)).tolist() == []


def test_permuting_leaves_the_indices_as_they_were():
    """By a table and by rounds: neither writes into the array of indices."""
    for n in (100, 100_000):
        index = np.arange(100)
        Permutation(n, 3)(index)
        assert list(range(100)) == index.tolist()


@pytest.mark.parametrize("n", [20, 4096, 4097, 100_000])
def test_keys_draw_different_permutations(n):
    """A hundred keys give a hundred orders, of sizes with a table and of sizes without."""
    index = np.arange(min(n, 1000))
    assert len({tuple(Permutation(n, key)(index).tolist()) for key in range(100)}) == 100


@pytest.mark.parametrize("n", [2, 3, 10, 4096, 4097, 5000, 10_000, 1_000_000, 1 << 40])
def test_the_image_of_an_index_is_uniform_over_keys(n):
    """Over 4,000 keys the first, the second and the last index land everywhere equally often."""
    indices = np.array([0, 1, n - 1])
    images = np.array([Permutation(n, stream_key(n, key))(indices) for key in range(4000)])
    for image in images.T:
        assert_uniform(image, 0, n - 1, bins=min(n, 40))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_all_permutations_of_a_few_values_are_as_likely(n):
    """Each of the n! orders comes up."""
    orders = [tuple(Permutation(n, stream_key("order", k))(np.arange(n))) for k in range(6000)]
    everything = list(itertools.permutations(range(n)))
    assert_counts_fit([orders.count(order) for order in everything], [1] * math.factorial(n))


@pytest.mark.parametrize("n", [4097, 5000, 8192, 65_537, 1_000_003, 1 << 40])
@pytest.mark.parametrize("lag", [1, 2, 3, "side"])
def test_images_of_neighbours_look_independent(n, lag):
    """
    Uncorrelated, spread over a grid of pairs, and at uniform distances from each other.

    A side is the distance of two indices that enter the Feistel network with one equal half.
    """
    lag = -(-n // (math.isqrt(n - 1) + 1)) if lag == "side" else lag
    index = np.arange(min(n - lag, 200_000))
    permutation = Permutation(n, stream_key("neighbours", n))
    first, second = permutation(index), permutation(index + lag)
    scale = 1.0 / n
    assert_uncorrelated(first.astype(float), second.astype(float))
    grid = (first * (16 * scale)).astype(int) * 16 + (second * (16 * scale)).astype(int)
    assert_counts_fit(np.bincount(grid, minlength=256).tolist(), [1] * 256)
    distance = (second - first) % n
    assert_uniform(distance, 0, n - 1, bins=64)


def test_a_permutation_has_about_one_fixed_point():
    """As random ones do: over 500 keys their number is about Poisson with mean 1."""
    index = np.arange(5000)
    fixed = [int((Permutation(5000, stream_key("f", k))(index) == index).sum()) for k in range(500)]
    counts = [fixed.count(k) for k in range(4)]
    shares = [math.exp(-1) / math.factorial(k) for k in range(4)]
    assert_counts_fit([*counts, 500 - sum(counts)], [*shares, 1 - sum(shares)])
