"""How far apart numbers must lie for a float to keep both."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shardgen.tables.precision import kept_apart_to, least_gap


def stored(units: int, scale: int, bits: int) -> float:
    number = float(Fraction(units, 10**scale))
    return float(np.float32(number)) if bits == 24 else number


@given(
    st.integers(0, 10**18),
    st.integers(0, 12),
    st.sampled_from([24, 53]),
    st.integers(0, 10**18),
    st.integers(0, 1000),
)
@example(3_668_640_934, 0, 24, 2_516_474_496 - 256, 0)  # both half way between two floats
@example(16_777_216, 0, 24, 16_777_215, 0)
def test_floats_keep_numbers_apart_that_lie_as_far_apart(most, scale, bits, lower, more):
    """Whatever two of them are chosen, on either side of zero."""
    gap = least_gap(most, scale, bits)
    lower %= most + 1
    upper = lower + gap + more
    if upper <= most:
        assert stored(lower, scale, bits) < stored(upper, scale, bits)
        assert stored(-upper, scale, bits) < stored(-lower, scale, bits)


@pytest.mark.parametrize(
    ("most", "scale", "bits", "gap"),
    [
        (16_777_216, 0, 24, 1),
        (2 * 16_777_216, 0, 24, 3),
        (16_383_999, 3, 24, 1),
        (16_384_001, 3, 24, 2),
        (10**9, 3, 24, 63),
        (2**53, 0, 53, 1),
        (10**18, 6, 53, 123),
        (0, 2, 24, 1),
    ],
)
def test_the_least_gap_is_no_wider_than_it_must_be(most, scale, bits, gap):
    """Numbers of six digits always fit into 24 bits, and those of fifteen into 53."""
    assert gap == least_gap(most, scale, bits)


def test_the_number_that_is_told_is_where_floats_get_coarser():
    """Thousandths up to 16,384 and whole numbers up to 2^24, in 24 bits."""
    assert kept_apart_to(1, 3, 24) == 16_384
    assert kept_apart_to(1, 0, 24) == 1 << 24
