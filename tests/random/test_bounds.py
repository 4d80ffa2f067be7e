"""Bounds in units: rounded inwards, from the number as it is written."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shardgen.random.bounds import least_units, most_units


@given(st.floats(-1e17, 1e17), st.integers(0, 4))
def test_no_unit_lies_outside_of_its_bound(bound, scale):
    """The next one does: for floats of any size, read as they are written."""
    written = Fraction(repr(bound)) * 10**scale
    assert least_units(bound, scale) - 1 < written <= least_units(bound, scale)
    assert most_units(bound, scale) <= written < most_units(bound, scale) + 1


def test_a_bound_of_many_digits_is_kept():
    """A float of 16 digits has other numbers of four places that are the same float."""
    assert -382751617380267100 == least_units(-38275161738026.71, 4)
