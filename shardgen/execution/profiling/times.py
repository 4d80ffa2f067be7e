"""Laws of times: quantiles of days, weekdays and hours, and how long one comes after another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shardgen.execution.profiling.facts import Points
from shardgen.execution.profiling.privacy import quantile_points
from shardgen.random.distributions import Quantiles

Numbers = npt.NDArray[np.float64]

DAY = 86_400.0
_MONDAY = 3  # days from the Monday before 1970-01-01
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNEVEN = 0.01  # of a weekday's share, beyond what the days' quantiles say
_UNEVEN_HOURS = 0.004
_MOST_DAYS = 300_000


def day_points(seconds: Numbers, least_rows: int) -> Points:
    """Return the quantiles of days since 1970-01-01."""
    return quantile_points(np.floor(seconds / DAY), least_rows, 1.0)


def weekday_weights(seconds: Numbers, points: Points, least_rows: int) -> dict[str, float]:
    """Return how often each weekday comes against what the quantiles say; {} if as often."""
    first, last = int(points[0][1]), int(points[-1][1])
    if last - first >= _MOST_DAYS or len(seconds) < 20 * least_rows:
        return {}
    law = Quantiles(points=tuple((share, value - first) for share, value in points))
    expected = _by_weekday(np.arange(first, last + 1), law.shares_of(last - first))
    days = np.floor(seconds / DAY)
    inside = days[(days >= first) & (days <= last)].astype(np.int64)
    found = _by_weekday(inside, np.full(len(inside), 1 / max(1, len(inside))))
    if np.abs(found - expected).max() < _UNEVEN:
        return {}
    weights = found / np.maximum(expected, 1e-9)
    return {
        name: round(float(weight), 3)
        for name, weight, share in zip(_WEEKDAYS, weights, expected, strict=True)
        if share > 0 and abs(weight - 1) > _UNEVEN
    }


def _by_weekday(days: npt.NDArray[np.int64], shares: Numbers) -> Numbers:
    found = np.bincount((days + _MONDAY) % 7, weights=shares, minlength=7)
    return found.astype(np.float64)


def hour_weights(seconds: Numbers, least_rows: int) -> dict[str, float]:
    """Return the share of each hour of the day, as weights whose mean is 1; {} if all are alike."""
    if len(seconds) < 10 * least_rows:
        return {}
    hours = np.floor(seconds % DAY / 3600).astype(np.int64)
    shares = np.bincount(hours, minlength=24) / len(hours)
    if np.abs(shares - 1 / 24).max() < _UNEVEN_HOURS:
        return {}
    return {str(hour): round(float(share * 24), 3) for hour, share in enumerate(shares)}


def are_midnights(seconds: Numbers) -> bool:
    """Return whether all times are the first second of a day."""
    return bool(len(seconds)) and not (seconds % DAY).any()
