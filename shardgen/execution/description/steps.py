"""Into which steps a histogram is cut, and into which ranges children per parent are."""

from __future__ import annotations

import math
from collections.abc import Iterable

from shardgen.execution.description.description import Fan
from shardgen.execution.description.shapes import ColumnShape

_MOST = 30
_MOST_WHOLE = 40  # different whole numbers that get a step each
_LONG_TAIL = 1.5  # of what comes before it
_DAY = 86_400.0
_MOST_FANS = 30


def steps(
    column: ColumnShape, low: float, high: float, quantiles: tuple[float, ...], rows: int
) -> tuple[float, float, int]:
    """
    Return where the first step begins, how wide each is, and how many there are.

    A long tail is left out: `quantiles` has that of 99.5 % last, or is empty.
    """
    if quantiles and high > low + _LONG_TAIL * (quantiles[-1] - low) > low:
        high = quantiles[-1]
    count = min(_MOST, max(8, round(1.5 * math.sqrt(rows))))
    if column.kind in ("date", "timestamp"):
        start = math.floor(low / _DAY) * _DAY
        days = max(1.0, (high - start) / _DAY)
        width = _DAY * math.ceil(days / count)
        return start, width, max(1, math.ceil((high - start + 1) / width))
    if column.is_whole:
        start, whole = math.floor(low), math.floor(high) - math.floor(low) + 1
        width = 1 if whole <= _MOST_WHOLE else math.ceil(whole / count)
        return float(start), float(width), math.ceil(whole / width)
    if high <= low:
        return low, 1.0, 1
    width = _round((high - low) / count)
    start = math.floor(low / width) * width
    return start, width, max(1, math.ceil((high - start) / width - 1e-9))


def _round(width: float) -> float:
    """Return the next width of one or two digits that a person would choose."""
    size = 10.0 ** math.floor(math.log10(width))
    return float(next(size * n for n in (1, 2, 2.5, 4, 5, 10) if size * n >= width * (1 - 1e-9)))


def fans(counts: Iterable[tuple[int, int]], like: int | None = None) -> tuple[Fan, ...]:
    """
    Return the ranges of children per parent; `counts` has parents by children, in order.

    They are as wide as those up to `like` children, where that is given.
    """
    found = [(n, parents) for n, parents in counts if parents]
    if not found:
        return ()
    most = found[-1][0] if like is None else like
    width = -(-(most + 1) // _MOST_FANS)
    if width == 1:
        return tuple(Fan(low=n, high=n, parents=parents) for n, parents in found)
    sums: dict[int, int] = {}
    for n, parents in found:
        at = 0 if not n else 1 + (n - 1) // width
        sums[at] = sums.get(at, 0) + parents
    return tuple(
        Fan(low=0 if not at else (at - 1) * width + 1, high=at * width, parents=parents)
        for at, parents in sums.items()
    )
