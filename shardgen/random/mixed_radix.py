"""One number as several: its digits, each of which has a base of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shardgen.random.streams import Indices


def digits_of(numbers: Indices, bases: Sequence[int]) -> list[Indices]:
    """
    Return the digits of whole numbers below the product of `bases`, the most significant first.

    Digit n lies below `bases[n]`; every number has digits of its own. Arrays of the shape of
    `numbers`, which are not changed.
    """
    rest = numbers
    digits: list[Indices] = []
    for base in reversed(bases[1:]):
        whole = rest // base
        digits.append(rest - whole * base)
        rest = whole
    return [rest, *reversed(digits)]
