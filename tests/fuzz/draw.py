"""Random choices that one number decides: the same case again, on any machine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

WILDNESS = (0, 0, 0, 0, 0, 0.002, 0.005, 0.01, 0.02, 0.1)
"""Shares of choices that are odd ones; a case has one of them for all that it draws."""


class Draw:
    """
    Choices, most of them sensible.

    `wild` is the share of those that are odd: values at the edges of types and beyond, names and
    texts that are hard to quote, things that do not go together.
    """

    def __init__(self, number: int) -> None:
        self._random = random.Random(number)
        self.wild = self.among(WILDNESS)

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def odd(self) -> bool:
        """Return whether this choice is to be an odd one."""
        return self._random.random() < self.wild

    def among(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def weighted(self, shares: dict[T, float]) -> T:
        return self._random.choices([*shares], [*shares.values()])[0]

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, more often than others a small one or an end."""
        if high <= low:
            return low
        if self.chance(0.1):
            return self.among([low, high])
        if self.chance(0.5):
            return low + self._random.randrange(min(high - low, 9) + 1)
        return low + self._random.randrange(high - low + 1)

    def number(self, low: float, high: float) -> float:
        """Return a number from low to high with a few places, as people write them."""
        if self.chance(0.1):
            return self.among([low, high])
        made = low + self._random.random() * (high - low)
        rounded = round(made, self.among([0, 1, 2, 3, 9]))
        return min(max(rounded, low), high)

    def sample(self, choices: Sequence[T], most: int) -> list[T]:
        """Return one to `most` of the choices, each once, in any order."""
        size = min(self.whole(1, most), len(choices))
        return self._random.sample(list(choices), size)

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        return self._random.sample(list(choices), len(choices))


def pruned(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what is not None: an optional field that was not drawn is left out."""
    return {name: value for name, value in facts.items() if value is not None}
