"""Rank correlations: which column follows which, and with what a law of few values is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from shardgen.execution.description.correlating import rank_correlation, ranks
from shardgen.execution.profiling.facts import CorrelationFacts
from shardgen.random.normal import normal_ppf
from shardgen.random.streams import stream_key, unit_floats, words

Numbers = npt.NDArray[np.float64]

LEAST_RHO = 0.05
_SIGNIFICANT = 4.0  # standard deviations of chance
_DRAWN = 8192
_TRIED = 12
_FEW = 1000  # different values, below which ranks are tied noticeably


def pair_correlation(
    name: str, other: str, one: Numbers, two: Numbers, least_rows: int
) -> CorrelationFacts | None:
    """Return the correlation of two columns of the same rows; None where chance may make it."""
    both = ~(np.isnan(one) | np.isnan(two))
    rows = int(both.sum())
    if rows < max(2 * least_rows, 50):
        return None
    rho = rank_correlation(one[both], two[both])
    if rho is None or abs(rho) < max(LEAST_RHO, _SIGNIFICANT / rows**0.5):
        return None
    drawn = drawn_with(rho, one[both], two[both])
    return CorrelationFacts(
        column=name, other=other, rho=round(rho, 3), drawn=round(drawn, 3), rows=rows
    )


def drawn_with(rho: float, one: Numbers, two: Numbers) -> float:
    """
    Return the correlation of the words behind two columns whose ranks then show `rho`.

    Where values come again, ranks show less than words have. It is sought by halving, over pairs
    of a Gaussian copula that are cut where the columns' values are.
    """
    shares = [_shares(values) for values in (one, two)]
    if min(len(each) for each in shares) > _FEW:
        return rho
    x, e = _normal("one"), _normal("other")
    sign, target = (1.0, rho) if rho > 0 else (-1.0, -rho)
    low, high = 0.0, 0.995
    for _ in range(_TRIED):
        middle = (low + high) / 2
        pearson = 2 * math.sin(math.pi / 6 * middle)
        y = sign * (pearson * x + math.sqrt(1 - pearson**2) * e)
        cut = [_cut(values, each) for values, each in zip((x, y), shares, strict=True)]
        seen = rank_correlation(*cut)
        low, high = (middle, high) if abs(seen or 0.0) < target else (low, middle)
    return sign * (low + high) / 2


def _normal(name: str) -> Numbers:
    """Return normal numbers, the same ones each time."""
    key = stream_key("profile", name)
    return normal_ppf(np.maximum(unit_floats(words(key, np.arange(_DRAWN))), 1e-9))


def _shares(values: Numbers) -> Numbers:
    """Return the shares of the different values, in their order."""
    _, counts = np.unique(values, return_counts=True)
    found: Numbers = counts / len(values)
    return found


def _cut(normal: Numbers, shares: Numbers) -> Numbers:
    """Return numbers by which value each of a sample's ranks would have."""
    if len(shares) > _FEW:
        return normal
    at = (ranks(normal) + 0.5) / len(normal)
    found: Numbers = np.cumsum(shares[:-1]).searchsorted(at).astype(np.float64)
    return found


def chosen(
    own: Sequence[str],
    found: Iterable[CorrelationFacts],
    free: Mapping[str, bool],
) -> tuple[CorrelationFacts, ...]:
    """
    Return for each column the strongest correlation with one that is made before it.

    `free` says which columns may follow. Of a row's own pairs, the later column follows.
    """
    by_column: dict[str, CorrelationFacts] = {}
    for each in sorted(found, key=lambda fact: -abs(fact.rho)):
        pair = [each.column, each.other] if each.other in own else [each.column]
        followers = [name for name in pair if free.get(name) and name not in by_column]
        for name in sorted(followers, key=own.index, reverse=True):
            other = each.other if name == each.column else each.column
            if not _leads_back(other, name, by_column):
                fact = CorrelationFacts(
                    column=name, other=other, rho=each.rho, drawn=each.drawn, rows=each.rows
                )
                by_column[name] = fact
                break
    return tuple(by_column[name] for name in own if name in by_column)


def _leads_back(start: str, name: str, by_column: Mapping[str, CorrelationFacts]) -> bool:
    """Return whether a column follows another one, by any number of steps."""
    while start in by_column:
        if start == name:
            return True
        start = by_column[start].other
    return start == name
