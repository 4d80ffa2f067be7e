"""Distributions: words to whole numbers that follow a law."""

from __future__ import annotations

import numpy as np
import pytest

from shardgen.random.distributions import decode_distribution
from shardgen.random.streams import stream_key, words

KEY = stream_key(0, "t", "c", "value")
W = [{"value": v, "weight": w} for v, w in ((12, 15), (24, 20), (36, 30), (48, 20), (60, 15))]
MANY = [{"value": v, "weight": 1 + v % 7} for v in range(1000)]
RANGES = [
    {"min": 300, "max": 600, "weight": 60},
    {"min": 601, "max": 1000, "weight": 30},
    {"min": 1001, "max": 1500, "weight": 10},
]
CASES = {  # id: name, parameters, bounds, mean
    "uniform": ("uniform", {}, (0, 999), 499.5),
    "uniform-above-32-bits": ("uniform", {}, (0, 10**12), 5e11),
    "normal": ("normal", {"mean": 680, "std_dev": 80}, (300, 850), 679),
    "lognormal": ("lognormal", {"median": 50_011, "sigma": 0.8}, (5000, 500_000), 68_100),
    "exponential": ("exponential", {"mean": 100}, (0, 100_000), 100),
    "zipf-1000": ("zipf", {"exponent": 1.0}, (0, 999), 132.6),
    "zipf-1000000": ("zipf", {"exponent": 1.0}, (0, 999_999), 69_480),
    "weighted-5": ("weighted", {"values": W}, (0, 100), 36),
    "weighted-1000": ("weighted", {"values": MANY}, (0, 1000), 500.5),
    "ranges-3": ("weighted_ranges", {"ranges": RANGES}, (0, 2000), 635.2),
}


@pytest.mark.parametrize("rows", [4096, 1_000_000], ids="rows={}".format)
@pytest.mark.parametrize("case", CASES)
def test_draw(measure, rows, case):
    """Words that are there already, and the mean of what is drawn is that of the law."""
    name, parameters, (low, high), mean = CASES[case]
    draw = decode_distribution(name, parameters).prepare(low, high, 0)
    word = words(KEY, np.arange(rows))
    made = measure(lambda: draw(word), rows=rows, size=8 * rows)
    assert low <= made.min() <= made.max() <= high
    if rows == 1_000_000:
        assert made.mean() == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize("case", ["normal", "weighted-1000", "zipf-1000000"])
def test_prepare(measure, case):
    """What a column with this law costs before its first row."""
    name, parameters, (low, high), _ = CASES[case]
    law = decode_distribution(name, parameters)
    draw = measure(lambda: law.prepare(low, high, 0), rows=1, size=8)
    assert low <= draw(words(KEY, np.arange(1)))[0] <= high
