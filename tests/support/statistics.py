"""
Goodness of fit without SciPy: chi-square and Kolmogorov–Smirnov at a fixed significance.

Every test draws with a fixed seed, so it passes always or never. One in a million is far enough out
that a right generator is not refused by chance in any of the hundreds of tests, and near enough
that a share off by a few percent fails on 100,000 values.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np

SIGNIFICANCE = 1e-6


def chi_square_limit(freedom: int) -> float:
    """Return the value a chi-square exceeds with probability SIGNIFICANCE (Wilson and Hilferty)."""
    z = NormalDist().inv_cdf(1 - SIGNIFICANCE)
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + z * math.sqrt(spread)) ** 3


def chi_square(observed: Sequence[float], expected: Sequence[float]) -> float:
    """Return Σ (o - e)² / e."""
    pairs = zip(observed, expected, strict=True)
    return math.fsum((o - e) ** 2 / e for o, e in pairs)


def assert_counts_fit(observed: Sequence[float], shares: Sequence[float]) -> None:
    """Fail when counts differ from these shares of their sum by more than chance."""
    total, whole = math.fsum(observed), math.fsum(shares)
    expected = [total * share / whole for share in shares]
    observed, expected = merge_small(observed, expected)
    if len(observed) == 1:
        return
    statistic, limit = chi_square(observed, expected), chi_square_limit(len(observed) - 1)
    assert statistic < limit, (statistic, limit, list(observed)[:20], expected[:20])


def assert_values_fit(values: Iterable[Any], weights: Mapping[Any, float]) -> None:
    """Fail when values occur that have no weight, or not in proportion to their weights."""
    counts = Counter(values)
    assert set() == counts.keys() - weights.keys()
    assert_counts_fit([counts[value] for value in weights], list(weights.values()))


def assert_uniform(values: Any, low: int, high: int, *, bins: int = 100) -> None:
    """Fail when whole numbers are outside low … high or not uniform there."""
    values = np.asarray(values)
    assert low <= values.min() <= values.max() <= high
    edges = [low + (high + 1 - low) * n // bins for n in range(bins + 1)]
    edges = sorted(set(edges))
    counts, _ = np.histogram(values, np.array(edges) - 0.5)
    widths = [float(b - a) for a, b in pairwise(edges)]
    assert_counts_fit(counts.tolist(), widths)


def assert_follows(values: Any, cdf: Callable[[float], float], *, step: float = 1.0) -> None:
    """
    Fail when numbers rounded to multiples of `step` and clamped do not have this law.

    `cdf` is the law before rounding and clamping: the mass outside is on the two ends.
    """
    values = np.sort(np.asarray(values, np.float64))
    low, high = values[0], values[-1]
    cuts = np.unique(np.quantile(values, np.linspace(0, 1, 61)))[1:-1]
    cuts = np.unique(np.floor(cuts / step + 0.5)) * step
    cuts = cuts[(cuts > low) & (cuts < high)]
    edges = [cut + step / 2 for cut in cuts.tolist()]
    counts = np.diff([0, *np.searchsorted(values, edges).tolist(), len(values)])
    below = [0.0, *map(cdf, edges), 1.0]
    shares = [b - a for a, b in pairwise(below)]
    assert_counts_fit(counts.tolist(), shares)


def merge_small(
    observed: Sequence[float], expected: Sequence[float], least: float = 5.0
) -> tuple[list[float], list[float]]:
    """Join neighbouring cells until each expects `least`, as chi-square needs."""
    merged: list[tuple[float, float]] = []
    for o, e in zip(observed, expected, strict=True):
        if merged and merged[-1][1] < least:
            merged[-1] = merged[-1][0] + o, merged[-1][1] + e
        else:
            merged.append((o, e))
    if len(merged) > 1 and merged[-1][1] < least:
        o, e = merged.pop()
        merged[-1] = merged[-1][0] + o, merged[-1][1] + e
    return [o for o, _ in merged], [e for _, e in merged]


def correlation(a: Any, b: Any) -> float:
    """Return Pearson's r; for independent values of count n it is about normal with σ = 1/√n."""
    return float(np.corrcoef(a, b)[0, 1])


def assert_uncorrelated(a: Any, b: Any) -> None:
    """Fail when r is farther from 0 than chance."""
    limit = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2) / math.sqrt(len(a))
    assert abs(correlation(a, b)) < limit


def phi(mean: float, std_dev: float) -> Callable[[float], float]:
    """Return the distribution function of the normal law."""
    return NormalDist(mean, std_dev).cdf


def lognormal_cdf(median: float, sigma: float) -> Callable[[float], float]:
    """Return that of exp(N(ln median, sigma))."""
    return lambda x: NormalDist(math.log(median), sigma).cdf(math.log(x)) if x > 0 else 0.0


def exponential_cdf(mean: float, start: float = 0.0) -> Callable[[float], float]:
    """Return that of the exponential law from `start`."""
    return lambda x: 1 - math.exp(-(x - start) / mean) if x > start else 0.0
