"""Digits of whole numbers, each with a base of its own."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from shardgen.random.mixed_radix import digits_of


@pytest.mark.parametrize("bases", [(7,), (2, 3), (3, 1, 4), (10, 10, 10), (1, 1)])
def test_every_combination_of_digits_comes_once(bases):
    """In the order of the numbers, the first digit the most significant; the numbers stay."""
    numbers = np.arange(math.prod(bases))
    digits = digits_of(numbers, bases)
    assert list(product(*map(range, bases))) == list(
        zip(*(d.tolist() for d in digits), strict=True)
    )
    assert list(range(math.prod(bases))) == numbers.tolist()


def test_numbers_to_the_end_of_62_bits_have_digits():
    """As many as a permutation takes."""
    bases = (1 << 31, 1 << 30, 2)
    digits = digits_of(np.array([(1 << 62) - 1]), bases)
    assert [base - 1 for base in bases] == [int(digit[0]) for digit in digits]
