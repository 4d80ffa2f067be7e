"""Quantile functions as tables, by Python's own arithmetic: every machine has the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.random.rounding import round_significant_each

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Floats, Indices, Words

_NODES = 4096
_52 = np.uint64(52)
_LOW_52 = np.uint64((1 << 52) - 1)


def each(function: Callable[[float], float]) -> Callable[[Floats], Floats]:
    """Return the function of every number, by Python's own arithmetic; inf where it overflows."""

    def finite(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf

    def of_all(values: Floats) -> Floats:
        numbers = values.tolist()
        try:
            return np.array([function(value) for value in numbers])
        except OverflowError:
            return np.array([finite(value) for value in numbers])

    return of_all


class QuantileDraw(msgspec.Struct, frozen=True, eq=False):
    """
    Draws from a law by its quantile function, a line in each of 4,096 cells over equal shares.

    Cell n begins at `starts[n]` and rises by `slopes[n]` for each of its 2^52 words. Numbers are
    at most `span`, shifted left by `coarse` bits, and counted from `low`.
    """

    starts: Floats
    slopes: Floats
    span: int
    coarse: int
    low: int

    def __call__(self, word: Words) -> Indices:
        """Return a number for each word: int64, same shape, rising with the word."""
        cell = (word >> _52).view(np.int64)
        above = (word & _LOW_52).view(np.int64).astype(np.float64)
        above *= self.slopes.take(cell)
        above += self.starts.take(cell)
        value = np.floor(above, out=above).astype(np.int64)
        np.minimum(value, self.span, out=value)  # a node's twelve digits may lie above
        value <<= self.coarse
        value += self.low
        return value


def quantile_draw(quantiles: Callable[[Floats], Floats], low: int, high: int) -> Draw:
    """
    Return a draw from the law whose quantile function is given, rounded and clamped to units.

    Within a cell of the table the law is taken as flat. The outer nodes stand at a sixth of a
    cell's share, near the mean of the tail beyond them. ValueError when a quantile is not a number.
    """
    span = high - low
    coarse = max(0, span.bit_length() - 62)  # bits too many for int64: such wide laws lose them
    ends = 1 / (6 * _NODES)
    shares = np.concatenate(([ends], np.arange(1, _NODES) / _NODES, [1 - ends]))
    with np.errstate(over="ignore", invalid="ignore"):
        above = quantiles(shares) - float(low)
    if np.isnan(above).any():
        msg = "its parameters are beyond what numbers can hold"
        raise ValueError(msg)
    nodes = round_significant_each(np.clip(above, 0.0, float(span)))
    nodes *= 2.0**-coarse
    starts, slopes = nodes[:-1] + 0.5, np.diff(nodes) * 2.0**-52
    return QuantileDraw(starts, slopes, span >> coarse, coarse, low)


class Interpolated(msgspec.Struct, frozen=True, eq=False):
    """A growing function from 0 … 1 to 0 … 1, a line in each of 4,096 cells."""

    starts: Floats
    slopes: Floats

    def __call__(self, share: Floats) -> Floats:
        """Return the function of each number: float64, same shape."""
        value = share * _NODES
        cell = np.minimum(value.astype(np.int64), _NODES - 1)
        value -= cell
        value *= self.slopes.take(cell)
        value += self.starts.take(cell)
        return value


def tabulated(function: Callable[[float], float]) -> Interpolated:
    """Return a growing function from 0 … 1 to 0 … 1, interpolated over 4,096 cells."""
    nodes = np.array([function(i / _NODES) for i in range(_NODES + 1)])
    nodes = np.clip(round_significant_each(nodes), 0.0, 1.0)
    return Interpolated(nodes[:-1], np.diff(nodes))
