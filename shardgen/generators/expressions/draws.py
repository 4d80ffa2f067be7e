"""What differs from row to row by itself: random draws, and the number of the row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.expressions.conversions import alike, common_kind
from shardgen.generators.expressions.numbers import (
    Numbers,
    aligned,
    checked_bounds,
    whole_numbers,
)
from shardgen.generators.expressions.resolution import refuse_null
from shardgen.generators.expressions.syntax import Node
from shardgen.generators.expressions.typed import (
    KIND_NAMES,
    NUMBER_KINDS,
    TEMPORAL_KINDS,
    Computed,
    Typed,
    either_null,
    first_reason,
)
from shardgen.random.streams import below, below_each, unit_floats

if TYPE_CHECKING:
    from shardgen.random.streams import Words
    from shardgen.tables.batch import Batch


class RandomBetween(msgspec.Struct, frozen=True, eq=False):
    """A number from low to high, both included, by the words of the stream `key`."""

    low: Typed
    high: Typed
    key: int

    def __call__(self, batch: Batch) -> Computed:
        """Return the numbers in a batch."""
        (low, no_low), (high, no_high) = self.low.numbers(batch), self.high.numbers(batch)
        drawn = _drawn(batch.words(self.key), *aligned(low, high))
        return drawn, either_null(no_low, no_high)


def random_between(node: Node, args: Sequence[Typed], key: int) -> Typed:
    """Return a random number, date or timestamp between two; ExpressionError for other kinds."""
    refuse_null(args)
    low, high = alike(args)
    kind = common_kind([low, high])
    if kind not in (*NUMBER_KINDS, *TEMPORAL_KINDS):
        what = f"random takes numbers, dates or timestamps, not {KIND_NAMES[kind]}"
        raise node.wrong(what, "write date('2024-12-31') for a date" if kind == "text" else "")
    return Typed(node, kind, RandomBetween(low, high, key), first_reason(low, high))


def _drawn(words: Words, low: Numbers, high: Numbers) -> Numbers:
    """Return numbers from low to high, both included; low where high is below it."""
    top = max(low.high, high.high)
    checked_bounds(low.low, top - low.low + 1, low.scale)
    count = np.maximum(high.units, low.units) - low.units + 1  # the difference fits: see above
    if np.ndim(count) == 0:
        drawn = below(words, int(count))
    else:
        drawn = below_each(words, count.astype(np.uint64))
    return Numbers(drawn + low.units, low.scale, low.low, top)


class Chance(msgspec.Struct, frozen=True, eq=False):
    """True with the given probability, by the words of the stream `key`."""

    probability: Typed
    key: int

    def __call__(self, batch: Batch) -> Computed:
        """Return the truths in a batch."""
        number, nulls = self.probability.numbers(batch)
        return unit_floats(batch.words(self.key)) < number.units / float(10**number.scale), nulls


def chance(node: Node, args: Sequence[Typed], key: int) -> Typed:
    """Return a condition that is true at random; ExpressionError where 0 … 1 is exceeded."""
    (of,) = args
    if of.kind not in NUMBER_KINDS:
        raise node.wrong(f"chance takes a number from 0 to 1, not {KIND_NAMES[of.kind]}")
    if isinstance(of.constant, Decimal) and not 0 <= of.constant <= 1:
        raise of.node.wrong(f"{of.constant} is not between 0 and 1")
    return Typed(node, "boolean", Chance(of, key), of.null_reason)


def row_number(batch: Batch) -> Computed:
    """Return the number of each row in its table, from 1."""
    return whole_numbers(batch.numbers + 1, 1, batch.table.total), None
