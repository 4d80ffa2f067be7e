"""Quantiles that tell of many rows and of none alone, and laws that are bent for children."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shardgen.execution.profiling.facts import ColumnFacts, CorrelationFacts
from shardgen.execution.profiling.privacy import counts_points, quantile_points
from shardgen.execution.profiling.warping import Warping, unit

LEAST = 50


@pytest.mark.parametrize("name", ["uniform", "heavy", "few", "lumps"])
def test_quantiles_lie_near_those_of_the_values(name):
    """Within a hundredth of the shares, half a percent at each end aside."""
    u = unit(name, 20_000)
    values = {
        "uniform": u * 1000, "heavy": 1 / (1 - u + 1e-5) ** 2, "few": np.floor(u * 9),
        "lumps": np.where(u < 0.4, 7.0, np.floor(u * 500)),
    }[name]  # fmt: skip
    points = quantile_points(values, LEAST, 0.0)
    shares, ends = np.array(points).T
    drawn = np.interp(unit("drawn", 50_000), shares, ends)
    at = np.quantile(values, np.linspace(0.02, 0.98, 49))
    away = [abs(np.mean(drawn <= v) - np.mean(values <= v)) for v in at if name != "few"]
    assert max(away, default=0) < 0.015


@given(st.lists(st.integers(0, 10**9), min_size=2 * LEAST, max_size=300, unique=True))
@settings(max_examples=30, deadline=None)
def test_no_quantile_is_a_value_that_one_row_has_beyond_chance(values):
    """Those that are no round number are none of the data; all lie in order, within the values."""
    points = quantile_points(np.array(values, float), LEAST, 1.0)
    ends = [value for _, value in points]
    assert ends == sorted(ends)
    assert {0.0, 1.0} == {points[0][0], points[-1][0]}
    exact = [v for v in ends if v in {*map(float, values)} and int(v) % 2]
    assert [] == exact


def test_few_values_have_no_quantiles():
    """Between two of them lie as many rows as asked for."""
    assert () == quantile_points(np.arange(2 * LEAST - 1.0), LEAST, 1.0)
    assert 3 >= len(quantile_points(np.arange(2 * LEAST + 0.0), LEAST, 1.0))


@pytest.mark.parametrize("many", [20, 400])
def test_children_keep_their_mean_and_their_deviation(many):
    """Whether each number of children stands there, or ranges of them do."""
    counts = [(n, 1 + 100_000 // (n + 1) ** 2) for n in range(many)]
    points = counts_points(counts)
    shares, ends = np.array(points).T
    drawn = np.interp((np.arange(200_000) + 0.5) / 200_000, shares, ends)
    weights = [parents for _, parents in counts]
    mean = np.average(range(many), weights=weights)
    deviation = np.sqrt(np.average((np.arange(many) - mean) ** 2, weights=weights))
    assert (mean, deviation) == pytest.approx((drawn.mean(), drawn.std()), rel=0.02)
    assert () == counts_points([(0, 9)])


def test_a_law_is_bent_for_rows_whose_parents_have_more_children():
    """Rows show the law that was measured, though most of them have parents of high rank."""
    high = unit("parents", 10_000) ** 0.25  # most rows are of parents near the top
    parent = ColumnFacts(name="p", nulls=0, taken="quantiles", points=((0, 0), (1, 1)))
    column = ColumnFacts(name="c", nulls=0, taken="quantiles", points=((0, 0), (0.5, 5), (1, 10)))
    values = {"c": unit("c", 10_000) * 10, "f.p": high}
    fact = CorrelationFacts(column="c", other="f.p", rho=0.6, drawn=0.6, rows=10_000)
    (made,), (follows,) = Warping([column], values, {"f.p": (parent, False)}).warped([fact])
    assert made.drawn[1][0] > 0.6
    assert follows.drawn > 0.6
