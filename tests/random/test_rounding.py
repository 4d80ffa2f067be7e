"""Twelve digits of a whole array at once."""

from __future__ import annotations

import numpy as np
import pytest

from shardgen.random.rounding import round_significant, round_significant_each
from shardgen.random.streams import stream_key, words

MANY = 20_000


def drawn(name: str) -> np.ndarray:
    """Return numbers of 0 … 1."""
    return words(stream_key("digits", name), np.arange(MANY)) * 2.0**-64


def tens(low: int, high: int) -> np.ndarray:
    return np.array([float(f"1e{n}") for n in range(low, high)])


TIES = np.floor(drawn("ties") * 9e11 + 1e11) + 0.5
NUMBERS = {
    "shares": drawn("shares"),
    "of any size": (drawn("sign") - 0.5) * tens(-300, 300)[(drawn("size") * 600).astype(int)],
    "of a size that tables have": drawn("table") * tens(-14, 36)[(drawn("tens") * 50).astype(int)],
    "powers of ten": tens(-320, 309),
    "just above powers of ten": np.nextafter(tens(-320, 308), np.inf),
    "just below powers of ten": np.nextafter(tens(-320, 309), -np.inf),
    "ties": TIES,
    "ties of other sizes": TIES * tens(-13, 13)[(drawn("shift") * 26).astype(int)],
    "just above ties": np.nextafter(TIES, np.inf),
    "just below ties": np.nextafter(TIES, 0),
    "extremes": np.array([0.0, -0.0, 5e-324, -5e-324, 2.0**63, 1.7e308, -1.7e308]),
    "none": np.array([]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_each_number_has_the_digits_it_has_alone(name):
    """To the last bit, ties and zeros with a sign included."""
    numbers = NUMBERS[name]
    expected = np.array([round_significant(number) for number in numbers.tolist()])
    made = round_significant_each(numbers)
    assert expected.view(np.int64).tolist() == made.view(np.int64).tolist()


def test_numbers_are_left_as_they_were():
    """Rounding makes a new array and does not write into the old one."""
    numbers = drawn("kept")
    round_significant_each(numbers)
    assert drawn("kept").tolist() == numbers.tolist()


def test_a_last_bit_makes_no_difference():
    """What another C library may give is the same number then."""
    numbers = drawn("bits") + 0.1
    other = round_significant_each(np.nextafter(numbers, 1))
    assert (round_significant_each(numbers) == other).mean() > 0.999
