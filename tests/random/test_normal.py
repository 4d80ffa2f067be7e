"""The normal law, beside that of the standard library."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from shardgen.random.normal import normal_cdf, normal_ppf
from shardgen.random.rounding import round_significant_each

LAW = NormalDist()
SHARES = {
    "of a table": np.arange(1, 4096) / 4096,
    "of the far tails": np.concatenate((2.0 ** -np.arange(1, 70), 1 - 2.0 ** -np.arange(1, 53))),
    "where ranges meet": np.array([0.075, np.nextafter(0.075, 0), 0.5, 0.925, np.exp(-25.0)]),
    "none": np.array([]),
}


@pytest.mark.parametrize("name", SHARES)
def test_deviates_are_those_of_the_standard_library(name):
    """To twelve digits: its C code may add and multiply in one step, and round once less."""
    expected = np.array([LAW.inv_cdf(share) for share in SHARES[name].tolist()])
    made = normal_ppf(SHARES[name])
    assert round_significant_each(expected).tolist() == round_significant_each(made).tolist()


def test_shares_are_those_of_the_standard_library():
    """From nine sigmas below to nine above, in steps of 1/256, to 15 decimals."""
    points = np.arange(-9 * 256, 9 * 256 + 1) / 256
    expected = [LAW.cdf(point) for point in points.tolist()]
    assert expected == pytest.approx(normal_cdf(points), abs=1e-15)


def test_a_law_is_its_own_inverse():
    """The share below the quantile of a share is that share, over a whole table of them."""
    shares = SHARES["of a table"]
    assert shares == pytest.approx(normal_cdf(normal_ppf(shares)), abs=1e-14)
