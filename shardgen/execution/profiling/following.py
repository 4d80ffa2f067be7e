"""Order in time: columns that rise with the rows, and those that come after others."""

from __future__ import annotations

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
    least_rows: int,
) -> tuple[ColumnFacts, ...]:
    """
    Return the columns, with what comes after another time as such, and how long after it.

    Of several that none of its rows comes before, it is the nearest. The other one is never null,
    of the row or of a parent, and the two overlap: else their own laws keep the order anyway.
    """
    times = [c.name for c in shape.columns if c.kind in ("date", "timestamp") and c.name in numbers]
    parents = [name for name in numbers if "." in name and _is_time(name, numbers)]
    middles = {name: float(np.nanmean(v)) for name, v in numbers.items() if not _is_empty(v)}
    made = {column.name: column for column in columns}
    for name in sorted((n for n in times if n in middles), key=middles.__getitem__, reverse=True):
        if not made[name].points:
            continue
        before = [n for n in (*times, *parents) if n in middles and middles[n] <= middles[name]]
        gaps = [
            (middles[name] - middles[other], other)
            for other in before
            if other != name and _comes_after(numbers[name], numbers[other], least_rows)
            if "." in other or made[other].points
        ]
        if gaps:
            _, after = min(gaps)
            made[name] = _with_gap(made[name], after, shape, numbers, least_rows)
    return tuple(made[column.name] for column in columns)


def _is_empty(values: Numbers) -> bool:
    return bool(np.isnan(values).all())


def _is_time(name: str, numbers: Mapping[str, Numbers]) -> bool:
    return not _is_empty(numbers[name])


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
) -> ColumnFacts:
    later, earlier = numbers[column.name], numbers[after]
    given = ~np.isnan(later)
    unit = DAY if shape.column(column.name).kind == "date" else 1.0
    starts = np.floor(earlier[given] / unit) * unit
    gap = np.maximum(np.floor((later[given] - starts) / unit), 0)
    points = quantile_points(gap, least_rows, 1.0)
    rho = rank_correlation(gap, earlier[given]) or 0.0
    return msgspec.structs.replace(
        column,
        taken="gap",
        after=after,
        gap=points,
        gap_rho=round(rho, 3) if abs(rho) >= _FOLLOWED else 0.0,
    )
