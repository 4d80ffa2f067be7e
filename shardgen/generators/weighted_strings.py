"""Strings to pick from by weight, such as a bundled pool of names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from shardgen.errors import BindError
from shardgen.random.alias import alias_draw
from shardgen.tables.values import Pool

if TYPE_CHECKING:
    from shardgen.random.streams import Draw


class WeightedStrings:
    """
    Strings and their weights, in a fixed order; at least one.

    The pool and the table of the draw are made when they are first asked for, and once for all
    columns that pick from the same strings.
    """

    def __init__(self, values: Sequence[str], weights: Sequence[float] | None = None) -> None:
        """Keep the strings; without weights each is as likely."""
        self.values = tuple(values)
        self.weights = (1.0,) * len(self.values) if weights is None else tuple(weights)
        self._fitting: dict[int, WeightedStrings] = {}

    def __len__(self) -> int:
        """Return the number of strings."""
        return len(self.values)

    @cached_property
    def pool(self) -> Pool:
        """The strings as a pool."""
        return Pool(self.values)

    @cached_property
    def draw(self) -> Draw:
        """The draw of an index by weight, in no order."""
        return alias_draw(self.weights)

    @cached_property
    def longest(self) -> int:
        """The length of the longest string."""
        return max(map(len, self.values))

    @cached_property
    def shortest(self) -> int:
        """The length of the shortest string."""
        return min(map(len, self.values))

    def up_to(self, length: int | None) -> WeightedStrings:
        """Return those with at most so many characters; BindError when there are none."""
        if length is None or self.longest <= length:
            return self
        if self.shortest > length:
            shortest = min(self.values, key=len)
            what = f"no value is as short as {length} characters ({shortest!r} is not)"
            raise BindError(what, "choose a longer type")
        if length not in self._fitting:
            fits = [n for n, value in enumerate(self.values) if len(value) <= length]
            self._fitting[length] = WeightedStrings(
                [self.values[n] for n in fits], [self.weights[n] for n in fits]
            )
        return self._fitting[length]


def mix(*shares: tuple[WeightedStrings, float]) -> WeightedStrings:
    """Return strings as one, each with its share of all picks; a value in several adds up."""
    weight_of: dict[str, float] = {}
    for strings, share in shares:
        total = math.fsum(strings.weights)
        for value, weight in zip(strings.values, strings.weights, strict=True):
            weight_of[value] = weight_of.get(value, 0.0) + share * weight / total
    return WeightedStrings(tuple(weight_of), tuple(weight_of.values()))


def shorten(limit: int | None, fixed: int, *pools: WeightedStrings) -> list[WeightedStrings]:
    """
    Return the pools without their longest values, so that one of each and `fixed` more fit.

    The longest values of all pools go first. BindError when the shortest do not fit either.
    """
    caps = [pool.longest for pool in pools]
    least = [pool.shortest for pool in pools]
    if limit is not None and sum(least) + fixed > limit:
        what = f"even the shortest value has {sum(least) + fixed} characters, above {limit}"
        raise BindError(what, "choose a longer type")
    while limit is not None and sum(caps) + fixed > limit:
        reducible = [n for n in range(len(pools)) if caps[n] > least[n]]
        caps[max(reducible, key=lambda n: caps[n])] -= 1
    return [pool.up_to(cap) for cap, pool in zip(caps, pools, strict=True)]
