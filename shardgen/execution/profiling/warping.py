"""
Laws of columns that follow parents, as they are drawn, so that rows show what was measured.

A column that follows one of its parent by rank has its own law over all parents. Where some parents
have more children than others, rows show more of what belongs to these. So the law that is written
is bent: rows are drawn here as a run draws them, from the parents that the sample has, and each
quantile gets the share below which that part of them lies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from shardgen.execution.description.correlating import rank_correlation
from shardgen.execution.profiling.facts import ColumnFacts, CorrelationFacts, Points
from shardgen.execution.profiling.ranking import cut, shares_of
from shardgen.execution.profiling.times import DAY
from shardgen.random.normal import normal_ppf
from shardgen.random.streams import stream_key, unit_floats, words

Numbers = npt.NDArray[np.float64]

_ROWS = 20_000
_TRIED = 10
_MOST = 0.995
_BENT = 0.012  # of a share, below which a law is left as it is
_GRID = np.arange(1, 4096) / 4096


class Warping:
    """The columns of one table while their rows are drawn as a run draws them."""

    def __init__(
        self,
        columns: Sequence[ColumnFacts],
        numbers: Mapping[str, Numbers],
        parents: Mapping[str, tuple[ColumnFacts, bool]],
    ) -> None:
        """Keep the facts; `parents` has those of parents' columns, and which of them are times."""
        self._columns = {column.name: column for column in columns}
        self._parents = parents
        rows = len(next(iter(numbers.values()), ()))
        at = np.linspace(0, rows - 1, min(rows, _ROWS)).astype(np.int64)
        self._numbers = {name: values[at] for name, values in numbers.items()}
        self._rows = len(at)
        self._places: dict[str, Numbers] = {}

    def warped(
        self, correlations: Sequence[CorrelationFacts]
    ) -> tuple[tuple[ColumnFacts, ...], tuple[CorrelationFacts, ...]]:
        """Return the columns with the laws that are drawn, and the correlations likewise."""
        left = {each.column: each for each in correlations}
        made: dict[str, CorrelationFacts] = {}
        while left:
            ready = [name for name, each in left.items() if each.other not in left]
            for name in ready:
                made[name] = self._follow(left.pop(name))
            if not ready:  # they follow each other, which `chosen` does not let them
                made |= left
                break
        for name, column in self._columns.items():
            if column.after and column.gap_rho:
                self._columns[name] = self._gap(column)
        return tuple(self._columns.values()), tuple(made[each.column] for each in correlations)

    def _follow(self, fact: CorrelationFacts) -> CorrelationFacts:
        column = self._columns[fact.column]
        drawn, place = self._drawn(fact.column, fact.other, fact.rho, self._numbers[fact.column])
        self._places[fact.column] = place
        if column.taken == "quantiles":
            bent = bend([share for share, _ in column.points], place)
            points = tuple(zip(bent, (v for _, v in column.points), strict=True))
            column = msgspec.structs.replace(column, drawn=points)
        elif column.taken == "values":
            ends = np.cumsum([0.0, *(v.share for v in column.values)])
            bent = bend((ends / ends[-1]).tolist(), place)
            weights = tuple(np.diff(bent).tolist())
            column = msgspec.structs.replace(column, drawn_shares=weights)
        self._columns[fact.column] = column
        return msgspec.structs.replace(fact, drawn=round(drawn, 3))

    def _gap(self, column: ColumnFacts) -> ColumnFacts:
        """Return a column whose time after another one follows that as it was measured."""
        shares, ends = np.array(column.gap).T
        gaps = np.interp(unit(f"{column.name} gap", self._rows), shares, ends)
        drawn, place = self._drawn(f"{column.name} after", column.after, column.gap_rho, gaps)
        bent = bend([share for share, _ in column.gap], place)
        points = tuple(zip(bent, (v for _, v in column.gap), strict=True))
        return msgspec.structs.replace(column, gap=points, gap_rho=round(drawn, 3))

    def _drawn(self, name: str, other: str, rho: float, values: Numbers) -> tuple[float, Numbers]:
        """Return with what correlation a column is drawn, and where its rows' words stand."""
        place, seen = self._place(other)
        x, e = (
            normal_ppf(np.clip(each, 1e-9, 1 - 1e-9)) for each in (place, unit(name, self._rows))
        )
        shares = shares_of(values[~np.isnan(values)])
        sign, low, high = math.copysign(1.0, rho), 0.0, _MOST
        given = ~np.isnan(seen)
        for _ in range(_TRIED):
            middle = (low + high) / 2
            pearson = 2 * math.sin(math.pi / 6 * middle)
            y = sign * pearson * x + math.sqrt(1 - pearson**2) * e
            found = rank_correlation(cut(y, shares)[given], seen[given]) or 0.0
            low, high = (middle, high) if abs(found) < abs(rho) else (low, middle)
        return sign * (low + high) / 2, np.interp(y, normal_ppf(_GRID), _GRID)

    def _place(self, name: str) -> tuple[Numbers, Numbers]:
        """Return where the rows' words of a column stand, 0 to 1, and the values that show it."""
        if name not in self._parents:
            place = self._places.setdefault(name, unit(name, self._rows))
            values = self._numbers[name]
            return place, cut(place, shares_of(values[~np.isnan(values)]))
        facts, is_time = self._parents[name]
        values = self._numbers[name] / (DAY if is_time else 1.0)
        shares, ends = zip(*law_of_rows(facts), strict=True)
        low = np.searchsorted(ends, values, "left"), np.searchsorted(ends, values, "right")
        lows = np.interp(values, ends, shares)
        first = np.asarray(shares)[np.minimum(low[0], len(shares) - 1)]
        last = np.asarray(shares)[np.maximum(low[1] - 1, 0)]
        chance = unit(f"{name} place", self._rows)
        place = np.where(low[1] - low[0] > 1, first + chance * (last - first), lows)
        return np.where(np.isnan(values), chance, place), self._numbers[name]


def law_of_rows(facts: ColumnFacts) -> Points:
    """Return the quantiles by which a column is drawn; of listed values those of their steps."""
    if facts.taken != "values":
        return facts.drawn or facts.points
    shares = facts.drawn_shares or tuple(v.share for v in facts.values)
    ends = np.cumsum([0.0, *shares])
    ends /= ends[-1]
    steps: list[tuple[float, float]] = []
    for n, value in enumerate(facts.values):
        steps += [(float(ends[n]), float(value.value)), (float(ends[n + 1]), float(value.value))]
    return tuple(steps)


def unit(name: str, rows: int) -> Numbers:
    """Return numbers from 0 to 1, the same ones each time."""
    return unit_floats(words(stream_key("profile", name), np.arange(rows)))


def bend(shares: Sequence[float], place: Numbers) -> list[float]:
    """Return below which share of words those shares of the rows lie; rising, from 0 to 1."""
    found = np.quantile(place, shares)
    if np.abs(found - shares).max() < _BENT:
        return list(shares)
    made = [0.0]
    for share in found[1:-1].tolist():
        made.append(round(max(share, made[-1] + 1e-6), 6))
    last = made[-1]
    scale = 1.0 if last < 1 else (1 - 1e-6) / last
    return [*(round(share * scale, 7) for share in made), 1.0]
