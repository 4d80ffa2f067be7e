"""
What may be said of values without saying one that few rows have: quantiles, rounded and clipped.

Between two quantiles lie at least so many rows as asked for. A quantile is a value of the data only
where as many rows share it; else it is rounded to a tenth to a quarter of the way to the next one.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shardgen.execution.profiling.facts import Points

Numbers = npt.NDArray[np.float64]

CLIPPED = 0.005
"""The share of the least values, and of the greatest, that is not looked at."""
_SEGMENTS = 200
_TOLERANCE = 0.002  # of a share: what a point that is left out may lie from the line
_ROUNDED = 6  # digits of a share
_APART = 1e-7  # how far two shares lie apart between which a law steps
_FEW_COUNTS = 60


def quantile_points(values: Numbers, least_rows: int, unit: float) -> Points:
    """
    Return quantiles of finite values, of which there may be none: () where rows are too few.

    `unit` is the step of the column's numbers, 0 where they have none.
    """
    count = len(values)
    segments = min(_SEGMENTS, count // least_rows)
    if segments < 2:
        return ()
    ordered = np.sort(values)
    shares = np.arange(segments + 1) / segments
    at = np.clip(shares, CLIPPED, 1 - CLIPPED) * (count - 1)
    found = ordered[np.rint(at).astype(np.int64)]
    first, last = (ordered.searchsorted(found, side) for side in ("left", "right"))
    kept = [
        value if rows >= least_rows else None
        for value, rows in zip(found.tolist(), (last - first).tolist(), strict=True)
    ]
    rounded = _rounded(found, kept, unit)
    return simplified([*zip(shares.tolist(), rounded, strict=True)])


def _rounded(found: Numbers, kept: Sequence[float | None], unit: float) -> list[float]:
    """Return values that rise, those that are not kept rounded by the way to their neighbours."""
    exact = found.tolist()
    different = sorted({*exact})
    made = []
    for n, value in enumerate(exact):
        keeps = kept[n]
        if keeps is not None:
            made.append(keeps)
            continue
        at = bisect_left(different, value)
        near = different[max(0, at - 1) : at + 2]
        ways = [abs(value - other) for other in near if other != value]
        step = _step(min(ways, default=abs(value)) / 4, unit)
        turned = math.ceil if n == 0 else math.floor if n == len(exact) - 1 else round
        made.append(float(f"{turned(value / step) * step:.12g}"))
    low, high = made[0], max(made[0], made[-1])
    return np.maximum.accumulate(np.clip(made, low, high)).tolist()  # type: ignore[no-any-return]


def _step(most: float, unit: float) -> float:
    """Return 1, 2 or 5 times a power of ten up to `most`, and at least two units."""
    least = max(2 * unit, 1e-12)
    if most <= least:
        return least
    size = 10.0 ** math.floor(math.log10(most))
    return max(least, *(size * n for n in (1, 2, 5) if size * n <= most))


def simplified(points: Sequence[tuple[float, float]], tolerance: float = _TOLERANCE) -> Points:
    """Return points without those that lie on the lines between others, to within a share."""
    kept = [0]
    while kept[-1] < len(points) - 1:
        start = kept[-1]
        end = start + 1
        while end + 1 < len(points) and _is_line(points, start, end + 1, tolerance):
            end += 1
        kept.append(end)
    return tuple((round(points[n][0], _ROUNDED), points[n][1]) for n in kept)


def _is_line(points: Sequence[tuple[float, float]], start: int, end: int, tolerance: float) -> bool:
    (share, low), (more, high) = points[start], points[end]
    if high == low:
        return True
    slope = (more - share) / (high - low)
    return all(
        abs(points[n][0] - share - (points[n][1] - low) * slope) <= tolerance
        for n in range(start + 1, end)
    )


def counts_points(counts: Sequence[tuple[int, int]]) -> Points:
    """
    Return which share of the parents has at most so many children.

    `counts` has parents by children, in order. Where there are many different numbers, parents are
    cut into ranges, the finer the more children they have, each with its mean in three digits: so
    mean and deviation stay. () where no parent has a child.
    """
    given = [(n, parents) for n, parents in counts if parents]
    total = sum(parents for _, parents in given)
    if not any(n for n, _ in given):
        return ()
    edges = np.cumsum([0, *(parents for _, parents in given)]) / total
    sums = np.concatenate(([0.0], np.cumsum([n * parents for n, parents in given]) / total))
    if len(given) > _FEW_COUNTS:
        tail = 1 - 0.5 ** np.arange(1, math.log2(total) + 1)
        cells = np.unique(np.concatenate((np.arange(101) / 100, tail)).round(_ROUNDED))
        edges, sums = cells, np.interp(cells, edges, sums)
    means = [float(f"{mean:.3g}") for mean in (np.diff(sums) / np.diff(edges)).tolist()]
    points: list[tuple[float, float]] = []
    for (begin, end), mean in zip(pairwise(edges.tolist()), means, strict=True):
        start = round(begin, _ROUNDED) + (_APART if points else 0.0)
        if start < round(end, _ROUNDED):
            points += [(round(start, 7), mean), (round(end, _ROUNDED), mean)]
    rising: list[float] = np.maximum.accumulate([value for _, value in points]).tolist()
    values = [int(value) if value == int(value) else value for value in rising]
    shares = [*(share for share, _ in points[:-1]), 1.0]
    return tuple(zip(shares, values, strict=True))
