"""Numbers of more digits than 64 bits hold: the first by the law, the others after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.functions import StreamWords
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.sources import IndexFunction
from shardgen.random.streams import below
from shardgen.tables.values import Decimals

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.random.distributions import Distribution
    from shardgen.tables.batch import Batch

_DIGITS = 18  # that a word has
_MAX_DIGITS = 300  # before the point, of what a law can be asked for


def bind_wide(
    context: ColumnContext, distribution: Distribution, least: int, most: int, scale: int
) -> BoundGenerator:
    """
    Return decimals within least … most units of 10^-scale.

    The first 18 digits follow the distribution, and the rest is uniform. The first and the last of
    what those can be are the bounds themselves, so that edge cells have them.
    """
    rest = len(str(max(-least, most))) - _DIGITS
    step = 10**rest
    low, high = least // step, most // step
    if rest - scale > _MAX_DIGITS:
        raise BindError(f"numbers of {rest + _DIGITS} digits are too large")
    heads = context.units(distribution, low, high, scale - rest)
    counts = [_DIGITS] * (rest // _DIGITS) + [rest % _DIGITS] * (rest % _DIGITS > 0)
    words = tuple((context.words(f"digits {n}"), 10**digits) for n, digits in enumerate(counts))
    made = WideDecimals(heads.compute, words, step, scale, least, most)
    return BoundGenerator.of(made, msgspec.structs.replace(heads, apart=None))


class WideDecimals(msgspec.Struct, frozen=True, eq=False):
    """Decimals of the first digits, which are drawn, and of others by words of their own."""

    heads: IndexFunction
    words: tuple[tuple[StreamWords, int], ...]
    step: int
    scale: int
    low: int
    high: int

    def __call__(self, batch: Batch) -> Decimals:
        """Return the number of each row."""
        heads = self.heads(batch)
        units = heads.astype(object)
        for words, size in self.words:
            units = units * size + below(words(batch), size).astype(object)
        units[heads == self.low // self.step] = self.low
        units[heads == self.high // self.step] = self.high
        return Decimals(np.asarray(units, object), self.scale, self.low, self.high)
