"""
Distributions: random words → whole numbers that follow a law, with exact arithmetic only.

A continuous law is its quantile function, tabulated once with Python's `math` and interpolated
linearly; a discrete one is a table of cumulative weights. NumPy's own exp, log and power differ
in the last bit between CPUs, so no row ever meets them. Every law of numbers rises with its word:
a greater word never gives a smaller number, which is what lets one column follow another.

Numbers are *units*: integers that count steps of 10^-scale (cents, days, whole numbers). The
parameters of a distribution are in the user's numbers and are scaled when it is prepared.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.random.bounds import describe_none, least_units, most_units, nearest_units
from shardgen.random.draws import ListedDraw, ShiftedDraw, UniformDraw
from shardgen.random.inverse_cdf import inverse_cdf_draw, ranges_draw, segments_draw
from shardgen.random.normal import normal_ppf
from shardgen.random.overriding import override
from shardgen.random.quantile_table import each, quantile_draw
from shardgen.random.rounding import round_significant_each
from shardgen.random.zipf import zipf_ranks

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Floats

_MOST_EXPONENT = 700.0  # of e, whose power is a float
_SIGMAS = 6.0  # beyond them from the mean lie two values in a thousand million
_Z_OF_BOUND = 3.090232306167813  # the 99.9 % quantile of the normal law
_SAID = 6  # ranges or values that are said in words
_SYMMETRIC = 1e-9  # a logarithm below which a law leans to neither side

Positive = Annotated[float, Meta(gt=0)]
Weight = Annotated[float, Meta(gt=0, le=1e300)]  # so that sums of weights are finite


class Weighted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value and its weight, any positive number."""

    value: str | int | float | bool | list[Any] | None
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
        Return the draw of units within low … high, both included, which rises with its words.

        `low` and `high` are in units of 10^-scale; mass outside is moved onto them (clamped).
        ValueError when the parameters contradict each other or the bounds: ranges that are empty,
        ranges and values that are not within them, values that are not numbers.
        """
        raise NotImplementedError

    def extent(self) -> tuple[float, float] | None:
        """
        Return bounds beyond which a law has one value in a thousand million or fewer.

        Those of listed values and ranges are their own; None for a law that needs to be given some.
        """
        return None

    def words(self) -> str:
        """Return the law in words, as a clause."""
        raise NotImplementedError


class Uniform(Distribution, frozen=True):
    """Every value is as likely as any other."""

    @override
    def prepare(self, low: int, high: int, scale: int) -> Draw:
        del scale
        return UniformDraw(high - low + 1, low)

    @override
    def words(self) -> str:
        return "each as likely as the others"


class _Continuous(Distribution, frozen=True):
    """A law given by its quantile function."""

    def quantiles(self, shares: Floats) -> Floats:
        """Return the values below which these shares, 0 < u < 1, of all values lie."""
        raise NotImplementedError

    def tabulate(self, low: int, high: int, scale: int) -> Draw:
        """Return what `prepare` does, made anew."""
        return quantile_draw(lambda shares: self.quantiles(shares) * 10.0**scale, low, high)

    @override
    def prepare(self, low: int, high: int, scale: int) -> Draw:
        return _tabulated(self, low, high, scale)


@lru_cache(maxsize=128)  # of 64 KiB each: columns with one name have one law in most schemas
def _tabulated(law: _Continuous, low: int, high: int, scale: int) -> Draw:
    return law.tabulate(low, high, scale)


class Normal(_Continuous, frozen=True):
    """The normal law with `mean` and `std_dev`, clamped to the column's bounds."""

    mean: float
    std_dev: Positive

    @override
    def extent(self) -> tuple[float, float]:
        return self.mean - _SIGMAS * self.std_dev, self.mean + _SIGMAS * self.std_dev

    @override
    def quantiles(self, shares: Floats) -> Floats:
        return normal_ppf(shares) * self.std_dev + self.mean

    @override
    def words(self) -> str:
        return (
            f"the normal law around {self.mean:,g}, with a standard deviation of {self.std_dev:,g}"
        )


class Lognormal(_Continuous, frozen=True):
    """
    The law of exp(N(ln median, sigma)), clamped to the column's bounds.

    Without `sigma` it is that of a shifted lognormal, θ + exp(N(μ, σ)), whose median is `median`
    and of whose values 0.1 % lie below the lower bound and 0.1 % above the upper one. There is one
    for any median between two bounds: with k = (high - median)/(median - low) it is
    median + (high - median)·(kᶻ - 1)/(k - 1), where z is normal and 1 at 99.9 %.
    """

    median: Positive
    sigma: Positive | None = None

    @override
    def extent(self) -> tuple[float, float] | None:
        if self.sigma is None:
            return None
        return 0.0, self.median * math.exp(min(_SIGMAS * self.sigma, _MOST_EXPONENT))

    @override
    def tabulate(self, low: int, high: int, scale: int) -> Draw:
        if self.sigma is not None:
            return super().tabulate(low, high, scale)
        median = self.median * 10.0**scale
        if not low < median < high:
            span = f"{low / 10**scale:g} and {high / 10**scale:g}"
            msg = f"without sigma the median {self.median:g} must lie between min and max, {span}"
            raise ValueError(msg)
        above, below = high - median, median - low
        rate = math.log(above / below)
        growth = each(math.expm1)

        def quantiles(shares: Floats) -> Floats:
            z = normal_ppf(shares) / _Z_OF_BOUND
            if abs(rate) < _SYMMETRIC:
                return z * above + median
            return growth(z * rate) * (above / math.expm1(rate)) + median

        return quantile_draw(quantiles, low, high)

    @override
    def quantiles(self, shares: Floats) -> Floats:
        assert self.sigma is not None, "`tabulate` does without quantiles then"
        return each(math.exp)(normal_ppf(shares) * self.sigma) * self.median

    @override
    def words(self) -> str:
        spread = "" if self.sigma is None else f", and a sigma of {self.sigma:g}"
        return f"a lognormal law, with a long tail above: half are below {self.median:,g}{spread}"


class Exponential(_Continuous, frozen=True):
    """The exponential law with the given `mean`, counted from `start`, clamped to the bounds."""

    mean: Positive
    start: float = 0.0

    @override
    def extent(self) -> tuple[float, float]:
        return self.start, self.start + self.mean * math.log(1e9)

    @override
    def quantiles(self, shares: Floats) -> Floats:
        return self.start - each(math.log1p)(-shares) * self.mean

    @override
    def words(self) -> str:
        mean = f"the exponential law, which falls from {self.start:,g} on"
        return f"{mean}: {self.mean:,g} above it in the mean"


class Zipf(Distribution, frozen=True):
    """The k-th of the values from the lower bound upwards has a share ∝ 1 / k^exponent."""

    exponent: Annotated[float, Meta(gt=0, le=20)] = 1.0  # beyond, shares are 0

    @override
    def prepare(self, low: int, high: int, scale: int) -> Draw:
        del scale
        return ShiftedDraw(zipf_ranks(high - low + 1, self.exponent), low)

    @override
    def words(self) -> str:
        return f"Zipf's law: the k-th from below has a share as 1/k^{self.exponent:g}"


class WeightedRanges(Distribution, frozen=True):
    """
    A range is drawn by weight, then a value uniformly from it.

    Its ends are rounded inwards: 0.001 to 0.05 with two places is 0.01 to 0.05.
    """

    ranges: Annotated[tuple[WeightedRange, ...], Meta(min_length=1, max_length=1000)]

    @override
    def extent(self) -> tuple[float, float]:
        return min(r.min for r in self.ranges), max(r.max for r in self.ranges)

    def overlap(self) -> tuple[int, int] | None:
        """Return the positions of two ranges with more than an end in common; None without any."""
        order = sorted(range(len(self.ranges)), key=lambda n: self.ranges[n].min)
        for first, second in pairwise(order):
            if self.ranges[second].min < self.ranges[first].max:
                return (first, second) if first < second else (second, first)
        return None

    @override
    def prepare(self, low: int, high: int, scale: int) -> Draw:
        lows = [least_units(r.min, scale) for r in self.ranges]
        highs = [most_units(r.max, scale) for r in self.ranges]
        for n, (least, most) in enumerate(zip(lows, highs, strict=True)):
            if least > most:
                what = describe_none(self.ranges[n].min, self.ranges[n].max, scale)
                raise ValueError(f"ranges[{n}]: {what}")
            if least < low or most > high:
                msg = (
                    f"ranges[{n}]: {self.ranges[n].min:g} to {self.ranges[n].max:g} is not within "
                    f"{low / 10**scale:g} to {high / 10**scale:g}"
                )
                raise ValueError(msg)
        weights = [r.weight for r in self.ranges]
        return ranges_draw(lows, highs, weights)

    @override
    def words(self) -> str:
        total = sum(r.weight for r in self.ranges)
        listed = [
            f"{r.min:,g} to {r.max:,g} in {r.weight / total:.3g}" for r in self.ranges[:_SAID]
        ]
        more = f" and {len(self.ranges) - _SAID} more" if len(self.ranges) > _SAID else ""
        return f"ranges by weight: {', '.join(listed)} of the rows{more}"


class WeightedValues(Distribution, frozen=True):
    """One of the numbers listed, by weight."""

    values: Annotated[tuple[Weighted, ...], Meta(min_length=1)]

    @override
    def extent(self) -> tuple[float, float] | None:
        listed = [e.value for e in self.values if isinstance(e.value, (int, float))]
        return (min(listed), max(listed)) if listed else None

    @override
    def prepare(self, low: int, high: int, scale: int) -> Draw:
        units = []
        for n, entry in enumerate(self.values):
            if not isinstance(entry.value, (int, float)):
                msg = f"values[{n}]: {entry.value!r} is not a number"
                raise ValueError(msg)  # noqa: TRY004 -- the planner reports ValueErrors
            units.append(nearest_units(entry.value, scale))
            if not low <= units[-1] <= high:
                span = f"{low / 10**scale:g} to {high / 10**scale:g}"
                msg = f"values[{n}]: {entry.value!r} is not within {span}"
                raise ValueError(msg)
        order = sorted(range(len(units)), key=units.__getitem__)
        pick = inverse_cdf_draw([self.values[n].weight for n in order])
        table = np.array(units, np.int64)[order]
        return ListedDraw(table, pick)

    @override
    def words(self) -> str:
        total = sum(each.weight for each in self.values)
        listed = [f"{e.value} in {e.weight / total:.3g}" for e in self.values[:_SAID]]
        more = f" and {len(self.values) - _SAID} more" if len(self.values) > _SAID else ""
        return f"listed values by weight: {', '.join(listed)} of the rows{more}"


class Quantiles(Distribution, frozen=True):
    """
    A law by its quantile function: below each value lies a share of all, with lines between.

    `points` are shares that rise from 0 to 1, each with its value; these do not fall. A value that
    two or more points have comes in the share between them. A number in a line is rounded to the
    nearest unit, so that those at an end of it come in half of a unit's share.
    """

    points: Annotated[tuple[tuple[float, float], ...], Meta(min_length=2, max_length=1000)]

    @override
    def extent(self) -> tuple[float, float]:
        return self.points[0][1], self.points[-1][1]

    @override
    def prepare(self, low: int, high: int, scale: int) -> Draw:
        return segments_draw(*self._units(low, high, scale))

    def shares_of(self, most: int) -> Floats:
        """
        Return the share of each whole number from 0 to `most`; ValueError as `prepare` does.

        Numbers have twelve digits, which all machines compute alike.
        """
        units, shares = self._units(0, most, 0)
        below = np.interp(np.arange(most + 2) - 0.5, units, shares, left=0.0, right=1.0)
        return round_significant_each(np.diff(below))

    def _units(self, low: int, high: int, scale: int) -> tuple[list[int], list[float]]:
        """Return the values in units within the bounds, and their shares; else ValueError."""
        shares = [share for share, _ in self.points]
        units = [nearest_units(value, scale) for _, value in self.points]
        if shares[0] != 0 or shares[-1] != 1:
            raise ValueError("points: the first has the share 0, and the last one 1")
        for n, (share, value) in enumerate(self.points):
            if n and share <= shares[n - 1]:
                raise ValueError(f"points[{n}]: the share {share:g} is not above the one before it")
            if n and value < self.points[n - 1][1]:
                raise ValueError(f"points[{n}]: {value:g} is below the value before it")
            if not low <= units[n] <= high:
                span = f"{low / 10**scale:g} to {high / 10**scale:g}"
                raise ValueError(f"points[{n}]: {value:g} is not within {span}")
        return units, shares

    @override
    def words(self) -> str:
        shares, values = zip(*self.points, strict=True)
        quarters = np.interp((0.25, 0.5, 0.75), shares, values)
        least, most = values[0], values[-1]
        middle = ", ".join(f"{value:,.6g}" for value in quarters)
        return f"quantiles from {least:,.6g} to {most:,.6g}, with the quarters {middle}"


DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "normal": Normal,
    "lognormal": Lognormal,
    "exponential": Exponential,
    "zipf": Zipf,
    "weighted": WeightedValues,
    "weighted_ranges": WeightedRanges,
    "quantiles": Quantiles,
}
"""The names a schema may use."""

SPELLINGS = {"ranges": "weighted_ranges"}
"""Other names of some."""

DISTRIBUTION_NAMES = {kind: name for name, kind in DISTRIBUTIONS.items()}


def decode_distribution(form: str, parameters: dict[str, Any]) -> Distribution:
    """
    Build the distribution named `form`; a form that takes `ranges` or `values` is found by them.

    ValueError for an unknown name, msgspec.ValidationError for a wrong parameter.
    """
    kind = DISTRIBUTIONS.get(SPELLINGS.get(form, form))
    if kind is None:
        from shardgen.errors import nearest

        hint = nearest(form, DISTRIBUTIONS) or f"known are {', '.join(DISTRIBUTIONS)}"
        msg = f"unknown distribution {form!r}; {hint}"
        raise ValueError(msg)
    if kind is WeightedValues and "ranges" in parameters:
        kind = WeightedRanges
    return msgspec.convert(parameters, kind)
