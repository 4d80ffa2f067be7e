"""
Distributions: random words → whole numbers that follow a law, with exact arithmetic only.

A continuous law is its quantile function, tabulated once with Python's `math` and interpolated
linearly; a discrete one is a table of cumulative weights. NumPy's own exp, log and power differ
in the last bit between CPUs, so no row ever meets them. Every law of numbers rises with its word:
a greater word never gives a smaller number, which is what lets one column follow another.

Values are *units*: integers that count steps of 10^-scale (cents, days, whole numbers). The
parameters of a distribution are in the user's numbers and are scaled when it is prepared.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.digits import twelve_digits_each
from shardgen.normal import deviates
from shardgen.ordered import guided_draw, last_words, ordered_draw, ranges_draw, stretched
from shardgen.rng import below

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.rng import Indices, Words

    Floats = NDArray[np.float64]

Positive = Annotated[float, Meta(gt=0)]
Weight = Annotated[float, Meta(gt=0, le=1e300)]  # so that a sum of them is no infinity
Draw = Callable[["Words"], "Indices"]

_NODES = 4096
_ZIPF_HEAD = 1024  # ranks with a probability of their own; above that the law is smooth
_STEEP = 30.0  # above this exponent, all later ranks together have less than 2^-290 of the mass
_52 = np.uint64(52)
_LOW_32, _LOW_52 = np.uint64((1 << 32) - 1), np.uint64((1 << 52) - 1)


class Weighted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value and its weight, any positive number."""

    value: str | int | float | bool | None
    weight: Weight = 1.0


class WeightedRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers min … max, both included, and the weight of all of them together."""

    min: float
    max: float
    weight: Weight = 1.0


class Distribution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The law of a number between two bounds; subclasses say which."""

    def prepare(self, low: int, high: int, scale: int) -> Draw:
        """
        Return the function from words to units within low … high, both included.

        It rises with the word. `low`, `high` are in units of 10^-scale; mass outside is moved onto
        the bounds (clamped).
        ValueError when the parameters contradict each other or the bounds.
        """
        raise NotImplementedError


class Uniform(Distribution, frozen=True):
    """Every value is as likely as any other."""

    def prepare(self, low: int, high: int, scale: int) -> Draw:
        """See Distribution."""
        del scale
        size = high - low + 1

        def draw(word: Words) -> Indices:
            value = below(word, size)
            value += low
            return value

        return draw


class _Continuous(Distribution, frozen=True):
    """A law given by its quantile function."""

    def quantiles(self, shares: Floats) -> Floats:
        """Return the values below which these shares, 0 < u < 1, of all values lie."""
        raise NotImplementedError

    def prepare(self, low: int, high: int, scale: int) -> Draw:
        """See Distribution."""
        return quantile_draw(lambda shares: self.quantiles(shares) * 10.0**scale, low, high)


class Normal(_Continuous, frozen=True):
    """The normal law with `mean` and `std_dev`, clamped to the column's bounds."""

    mean: float
    std_dev: Positive

    def quantiles(self, shares: Floats) -> Floats:
        """See _Continuous."""
        return deviates(shares) * self.std_dev + self.mean


class Lognormal(_Continuous, frozen=True):
    """The law of exp(N(ln median, sigma)), clamped to the column's bounds."""

    median: Positive
    sigma: Positive

    def quantiles(self, shares: Floats) -> Floats:
        """See _Continuous."""
        return each(math.exp)(deviates(shares) * self.sigma) * self.median


class Exponential(_Continuous, frozen=True):
    """The exponential law with the given `mean`, counted from `start`, clamped to the bounds."""

    mean: Positive
    start: float = 0.0

    def quantiles(self, shares: Floats) -> Floats:
        """See _Continuous."""
        return self.start - each(math.log1p)(-shares) * self.mean


class Zipf(Distribution, frozen=True):
    """The k-th of the values from the lower bound upwards has a share ∝ 1 / k^exponent."""

    exponent: Annotated[float, Meta(gt=0, le=20)] = 1.0  # beyond, shares are 0

    def prepare(self, low: int, high: int, scale: int) -> Draw:
        """See Distribution. The first 1,024 shares are exact, the rest is interpolated."""
        del scale
        rank = zipf_ranks(high - low + 1, self.exponent)

        def draw(word: Words) -> Indices:
            value = rank(word)
            value += low
            return value

        return draw


class Ranges(Distribution, frozen=True):
    """A range is drawn by weight, then a value uniformly from it."""

    ranges: Annotated[tuple[WeightedRange, ...], Meta(min_length=1)]

    def prepare(self, low: int, high: int, scale: int) -> Draw:
        """See Distribution."""
        lows = [_units(r.min, scale) for r in self.ranges]
        highs = [_units(r.max, scale) for r in self.ranges]
        for n, (least, most) in enumerate(zip(lows, highs, strict=True)):
            if least > most:
                msg = f"ranges[{n}]: min {self.ranges[n].min:g} is above max {self.ranges[n].max:g}"
                raise ValueError(msg)
            if least < low or most > high:
                msg = (
                    f"ranges[{n}]: {self.ranges[n].min:g} to {self.ranges[n].max:g} is not within "
                    f"{low / 10**scale:g} to {high / 10**scale:g}"
                )
                raise ValueError(msg)
        weights = [r.weight for r in self.ranges]
        return ranges_draw(lows, highs, weights)


class Values(Distribution, frozen=True):
    """One of the numbers listed, by weight."""

    values: Annotated[tuple[Weighted, ...], Meta(min_length=1)]

    def prepare(self, low: int, high: int, scale: int) -> Draw:
        """See Distribution."""
        units = []
        for n, entry in enumerate(self.values):
            if not isinstance(entry.value, (int, float)):
                msg = f"values[{n}]: {entry.value!r} is not a number"
                raise ValueError(msg)  # noqa: TRY004 -- the planner reports ValueErrors
            units.append(_units(entry.value, scale))
            if not low <= units[-1] <= high:
                span = f"{low / 10**scale:g} to {high / 10**scale:g}"
                msg = f"values[{n}]: {entry.value!r} is not within {span}"
                raise ValueError(msg)
        order = sorted(range(len(units)), key=units.__getitem__)
        pick = ordered_draw([self.values[n].weight for n in order])
        table = np.array(units, np.int64)[order]
        return lambda word: table.take(pick(word))


DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "normal": Normal,
    "lognormal": Lognormal,
    "exponential": Exponential,
    "zipf": Zipf,
    "weighted": Values,
    "weighted_ranges": Ranges,
}
"""The names a schema may use."""


def decode_distribution(form: str, parameters: dict[str, Any]) -> Distribution:
    """
    Build the distribution named `form`; a form that takes `ranges` or `values` is found by them.

    ValueError for an unknown name, msgspec.ValidationError for a wrong parameter.
    """
    kind = DISTRIBUTIONS.get(form)
    if kind is None:
        from shardgen.errors import nearest

        hint = nearest(form, DISTRIBUTIONS) or f"known are {', '.join(DISTRIBUTIONS)}"
        msg = f"unknown distribution {form!r}; {hint}"
        raise ValueError(msg)
    if kind is Values and "ranges" in parameters:
        kind = Ranges
    return msgspec.convert(parameters, kind)


def each(function: Callable[[float], float]) -> Callable[[Floats], Floats]:
    """Return the function of every number, by Python's own arithmetic; inf where it overflows."""

    def finite(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf

    return lambda values: np.array([finite(value) for value in values.tolist()])


def quantile_draw(quantiles: Callable[[Floats], Floats], low: int, high: int) -> Draw:
    """
    Return a draw from the law whose quantile function is given, rounded and clamped to units.

    The table has 4,096 cells over equal shares; within a cell the law is taken as flat. The outer
    nodes stand at a sixth of a cell's share, near the mean of the tail beyond them.
    """
    span = high - low
    coarse = max(0, span.bit_length() - 62)  # bits too many for int64: such wide laws lose them
    ends = 1 / (6 * _NODES)
    shares = np.array([ends, *(i / _NODES for i in range(1, _NODES)), 1 - ends])
    with np.errstate(over="ignore", invalid="ignore"):
        above = quantiles(shares) - float(low)
    if np.isnan(above).any():
        msg = "its parameters are beyond what numbers can hold"
        raise ValueError(msg)
    nodes = twelve_digits_each(np.clip(above, 0.0, float(span)))
    nodes *= 2.0**-coarse
    starts, slopes = nodes[:-1] + 0.5, np.diff(nodes) * 2.0**-52

    def draw(word: Words) -> Indices:
        cell = (word >> _52).view(np.int64)
        place = (word & _LOW_52).view(np.int64).astype(np.float64)
        place *= slopes.take(cell)
        place += starts.take(cell)
        value = np.floor(place, out=place).astype(np.int64)
        np.minimum(value, span >> coarse, out=value)  # a node's twelve digits may lie above
        value <<= coarse
        value += low
        return value

    return draw


def alias_draw(weights: Sequence[float]) -> Draw:
    """
    Return a draw of indices with probability ∝ weight: Walker's alias method, Vose's tables (1991).

    The table has a power of two of columns, those beyond the weights with weight 0. The high bits
    of a word choose a column, the low 32 bits a side of it.
    """
    if len(weights) == 1:
        return lambda word: np.zeros(word.shape, np.int64)
    bits = (len(weights) - 1).bit_length()
    columns = [*weights, *[0.0] * ((1 << bits) - len(weights))]
    shares, alias = _alias_table(columns)
    sides = np.column_stack((alias, np.arange(len(columns)))).ravel()
    limits = np.array([min(round(share * 2**32), 2**32) for share in shares], np.uint64)
    shift = np.uint64(64 - bits)

    def draw(word: Words) -> Indices:
        slot = (word >> shift).view(np.int64)
        keep = (word & _LOW_32) < limits.take(slot)
        slot += slot
        slot += keep
        return sides.take(slot)

    return draw


def _alias_table(weights: Sequence[float]) -> tuple[list[float], list[int]]:
    n, most = len(weights), max(weights)
    relative = [weight / most for weight in weights]  # so that the sum is finite
    total = math.fsum(relative)
    share = [weight * n / total for weight in relative]
    alias = list(range(n))
    small = [i for i in range(n) if share[i] < 1]
    large = [i for i in range(n) if share[i] >= 1]
    while small and large:
        less, more = small.pop(), large[-1]
        alias[less] = more
        share[more] -= 1 - share[less]
        if share[more] < 1:
            small.append(large.pop())
    for i in small + large:  # what rounding left over is a whole column
        share[i] = 1.0
    return share, alias


def zipf_ranks(n: int, exponent: float) -> Draw:
    """Return a rising draw of ranks 0 <= r < n with probability ∝ 1 / (r+1)^exponent."""
    head = [(r + 1) ** -exponent for r in range(min(n, _ZIPF_HEAD))]
    if n <= _ZIPF_HEAD or exponent > _STEEP:
        return ordered_draw(head)
    place, tail = _zipf_tail(n, exponent)
    last = last_words([*head, tail])
    pick, begin = guided_draw(last), int(last[-2]) + 1
    if begin == 1 << 64:  # so steep that no word is left for the tail
        return pick
    pick_tail = quantile_draw(lambda shares: each(place)(shares) - 1, _ZIPF_HEAD, n - 1)

    def draw(word: Words) -> Indices:
        rank = pick(word)
        beyond = np.flatnonzero(rank == _ZIPF_HEAD)
        rank[beyond] = pick_tail(stretched(word[beyond], begin))
        return rank

    return draw


def _zipf_tail(n: int, exponent: float) -> tuple[Callable[[float], float], float]:
    """Return the quantile function of the ranks from 1,024 on, and the mass of all of them."""
    start, end = _ZIPF_HEAD + 0.5, n + 0.5
    power = 1 - exponent
    if abs(power) < 1e-9:  # the integral of 1/x is a logarithm
        return lambda u: start * (end / start) ** u, math.log(end / start)
    tail = (end**power - start**power) / power

    def place(u: float) -> float:
        left = start**power + u * power * tail
        return left ** (1 / power) if left > 0 else end  # rounding may take all that is left

    return place, tail


def zipf_share(n: int, exponent: float) -> Callable[[Floats], Floats]:
    """Return Q with Q(u)·n the rank of the zipf law that a share u of all draws lies below."""
    head = [(r + 1) ** -exponent for r in range(min(n, _ZIPF_HEAD))]
    place, tail = _zipf_tail(n, exponent) if n > len(head) else (lambda u: u, 0.0)
    ends = list(accumulate([*head, tail]))

    def quantile(u: float) -> float:
        reached = u * ends[-1]
        rank = bisect_right(ends, reached)
        if rank < len(head):
            inside: float = (reached - (ends[rank] - head[rank])) / head[rank]
            return (rank + inside) / n
        return place(min(1.0, (reached - ends[len(head) - 1]) / tail)) / n if tail else 1.0

    return tabulated(quantile)


def tabulated(function: Callable[[float], float]) -> Callable[[Floats], Floats]:
    """Return a growing function from 0 … 1 to 0 … 1, interpolated over 4,096 cells."""
    nodes = np.array([function(i / _NODES) for i in range(_NODES + 1)])
    nodes = np.clip(twelve_digits_each(nodes), 0.0, 1.0)
    starts, slopes = nodes[:-1], np.diff(nodes)

    def interpolated(share: Floats) -> Floats:
        place = share * _NODES
        cell = np.minimum(place.astype(np.int64), _NODES - 1)
        place -= cell
        place *= slopes.take(cell)
        place += starts.take(cell)
        return place

    return interpolated


def _units(number: float, scale: int) -> int:
    units: int = round(number * 10**scale)
    return units
