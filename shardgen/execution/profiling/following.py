"""Order in time: columns that rise with the rows, and those that come after others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from shardgen.execution.description.correlating import rank_correlation
from shardgen.execution.description.shapes import TableShape
from shardgen.execution.profiling.facts import ColumnFacts
from shardgen.execution.profiling.privacy import CLIPPED, quantile_points
from shardgen.execution.profiling.times import DAY

Numbers = npt.NDArray[np.float64]

_IN_ORDER = 0.999
_FOLLOWED = 0.05  # of a rank correlation that a gap is drawn with
_BETTER = 0.05


def rising_column(
    columns: Sequence[ColumnFacts], shape: TableShape, numbers: Mapping[str, Numbers]
) -> tuple[ColumnFacts, ...]:
    """Return the columns, with a mark on times that rise with a primary key of one number."""
    key = shape.primary_key
    if len(key) != 1 or key[0] not in numbers:
        return tuple(columns)
    order = numbers[key[0]].argsort()
    made = []
    for column in columns:
        is_time = bool(column.points) and shape.column(column.name).kind in ("date", "timestamp")
        if is_time and not column.after and not column.nulls:
            steps = np.diff(numbers[column.name][order])
            if len(steps) and np.mean(steps >= 0) >= _IN_ORDER and steps.any():
                made.append(msgspec.structs.replace(column, rises=True))
                continue
        made.append(column)
    return tuple(made)


def gaps_of(
    columns: Sequence[ColumnFacts],
    shape: TableShape,
    numbers: Mapping[str, Numbers],
    parents: Mapping[str, bool],
    least_rows: int,
) -> tuple[ColumnFacts, ...]:
    """
    Return the columns, with what comes after another time as such, and how long after it.

    Of several that none of its rows comes before, it is the nearest. The other one is never null,
    of the row or of a parent, and the two overlap: else their own laws keep the order anyway.
    `parents` has the times of parents, and of each whether another column may be drawn by it.
    """
    made = {column.name: column for column in columns}
    times = [c.name for c in shape.columns if c.kind in ("date", "timestamp")]
    given = [n for n in (*times, *parents) if n in numbers and not np.isnan(numbers[n]).all()]
    order = sorted(given, key=lambda name: (float(np.nanmean(numbers[name])), name))
    for place, name in enumerate(order):
        if name in parents or not made[name].points:
            continue
        for after in reversed(order[:place]):
            is_known = after in parents or bool(made[after].points)
            if is_known and _comes_after(numbers[name], numbers[after], least_rows):
                follows = parents[after] if after in parents else not made[after].after
                made[name] = _with_gap(
                    made[name], after, shape, numbers, least_rows, follows=follows
                )
                break
    return tuple(made[column.name] for column in columns)


def _comes_after(later: Numbers, earlier: Numbers, least_rows: int) -> bool:
    """Return whether no time comes before another one, which is always given, and they overlap."""
    if np.isnan(earlier).any():
        return False
    given = ~np.isnan(later)
    if given.sum() < 2 * least_rows:
        return False
    gap = later[given] - earlier[given]
    if np.mean(gap >= 0) < _IN_ORDER or not gap.any():
        return False
    overlaps = np.quantile(later[given], CLIPPED) < np.quantile(earlier[given], 1 - CLIPPED)
    return bool(overlaps)


def _with_gap(
    column: ColumnFacts,
    after: str,
    shape: TableShape,
    numbers: Mapping[str, Numbers],
    least_rows: int,
    *,
    follows: bool,
) -> ColumnFacts:
    """
    Return a column by how long it comes after another one.

    That is so long, or such a share of the way to the end, whichever hangs less on when the other
    one is: a delivery takes some days, and orders lie anywhere between sign-up and today.
    """
    given = ~np.isnan(numbers[column.name])
    unit = DAY if shape.column(column.name).kind == "date" else 1.0
    later, earlier = numbers[column.name][given], numbers[after][given]
    earlier = np.floor(earlier / unit) * unit
    gap = np.maximum(np.floor((later - earlier) / unit), 0)
    end = _end(later, earlier)
    way = np.maximum((end - earlier) / unit, 1)
    share = np.minimum(gap / way, 1)
    rho, rho_of_share = (rank_correlation(each, earlier) or 0.0 for each in (gap, share))
    by_share = abs(rho_of_share) < abs(rho) - _BETTER
    if by_share:
        gap, rho = share, rho_of_share
    points = quantile_points(gap, least_rows, 1e-6 if by_share else 1.0)
    return msgspec.structs.replace(
        column,
        taken="gap",
        after=after,
        gap=points,
        gap_rho=round(rho, 3) if follows and abs(rho) >= _FOLLOWED else 0.0,
        gap_end=end if by_share else None,
    )


def _end(later: Numbers, earlier: Numbers) -> float:
    """Return the midnight after nearly all times."""
    last = max(float(np.quantile(each, 1 - CLIPPED)) for each in (later, earlier))
    return (math.floor(last / DAY) + 1) * DAY
