"""The parameters of skewed keys, with what they are where a schema does not say."""

from __future__ import annotations

from shardgen.schema.model import PresentFanOut, RandomFanOut

_HALF = 0.1  # where "recent" does not say


def half_of(shape: RandomFanOut | PresentFanOut) -> float:
    """Return which share of the parents, the newest, half of the children have."""
    return shape.half or _HALF


def exponent_of(shape: RandomFanOut) -> float:
    """Return the exponent of a key that is skewed by zipf."""
    return 1.0 if shape.exponent is None else shape.exponent
