"""
How many children each parent has: N children divided among P parents by a law, to the last one.

Parents are numbered by *rank*, and children lie in the order of their parents' ranks. Both
directions, a child's rank and a rank's first child, have a closed form over a table of fixed size,
in whole numbers: counts add up to N exactly, whatever the law.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from shardgen.random.overriding import override
from shardgen.random.streams import words
from shardgen.schema.model import GroupedFanOut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices

_PATTERN = 4096  # parents with a count of their own; more of them repeat these
_HEAD = 1024  # of the parents with the most children, where a law has a long tail
_HEAVY = {"lognormal", "pareto", "zipf", "quantiles"}


class FanOut(Protocol):
    """N children of P ranks; rank r owns children start(r) … start(r+1) - 1."""

    children: int
    parents: int
    most: int
    """No rank owns more children than this."""
    least: int
    """No rank owns fewer children than this."""

    def rank(self, children: Indices) -> Indices:
        """Return the rank that owns each child."""

    def start(self, ranks: Indices) -> Indices:
        """Return the first child of each rank, N for rank P."""

    def percentile_rank(self, ranks: Indices, within: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Return which share of all parents has fewer children, 0 to 1, to within a child each.

        Parents alike have a range of it, and `within`, 0 to 1, says where in the range.
        """

    def words(self) -> str:
        """Return by which law the numbers of children differ, as a clause."""


class FanOutError(ValueError):
    """The children cannot be divided within the bounds on each parent's number."""


def fan_out(shape: GroupedFanOut, children: int, parents: int, key: int) -> FanOut:
    """
    Return how N children are divided among P parents; `key` shuffles the order of ranks.

    FanOutError when `min` and `max` leave no way to, OverflowError from 2^63 pairs on.
    """
    most = children if shape.max is None else shape.max
    if parents * shape.min > children:
        msg = f"{_parents(parents)} at least {shape.min} each need {parents * shape.min} rows"
        raise FanOutError(f"{msg}, and there are {children}")
    if parents * most < children:
        msg = f"{_parents(parents)} at most {most} each have {parents * most} rows"
        raise FanOutError(f"{msg}, and there are {children}")
    if children * parents >= 1 << 63:
        msg = f"{children} rows grouped by {parents} parents are more than 2^63 pairs"
        raise OverflowError(msg)
    if shape.distribution == "even":
        return EvenFanOut(children, parents)
    return PatternFanOut(shape, children, parents, most, key)


def _parents(count: int) -> str:
    return f"{count} parent with" if count == 1 else f"{count} parents with"


class EvenFanOut(FanOut):
    """
    The same number for each parent, to within one: rank r owns ⌈N·r/P⌉ … ⌈N·(r+1)/P⌉ - 1.

    Both directions are one integer division: child i has rank ⌊i·P/N⌋. As all parents are alike,
    the percentile rank is whatever `within` says.
    """

    def __init__(self, children: int, parents: int) -> None:
        """Divide N children; N·P must be below 2^63."""
        self.children = children
        self.parents = parents
        self.most = -(-children // parents)
        self.least = children // parents

    @override
    def rank(self, children: Indices) -> Indices:
        return children * self.parents // self.children

    @override
    def start(self, ranks: Indices) -> Indices:
        return -(-ranks * self.children // self.parents)

    @override
    def percentile_rank(self, ranks: Indices, within: NDArray[np.float64]) -> NDArray[np.float64]:
        del ranks
        return within

    @override
    def words(self) -> str:
        return "as evenly as can be"


class RepeatedFanOut(EvenFanOut):
    """Stands in where the children cannot be divided: those beyond N begin anew."""

    @override
    def rank(self, children: Indices) -> Indices:
        return super().rank(children % self.children)


class PatternFanOut(FanOut):
    """
    A pattern of counts that repeats, and the parents with the most children between its repeats.

    The pattern holds the quantiles of the law, shuffled. A long tail needs more of them than it
    has. So its greatest counts stand apart, evenly between the repetitions: 1,024 of them, or one
    for each parent beyond the pattern where these are fewer. Leftover children: in each of the
    first `extra` repetitions the pattern's last parent gets one more.
    """

    def __init__(
        self, shape: GroupedFanOut, children: int, parents: int, most: int, key: int
    ) -> None:
        self.children = children
        self.parents = parents
        self._shape = shape
        heads = min(_HEAD, max(0, parents - _PATTERN)) if shape.distribution in _HEAVY else 0
        self._size = min(parents - heads, _PATTERN)
        head, pattern = _counts(shape, children, parents, most, heads, self._size)
        repeats, rest = divmod(parents - heads, self._size)
        order = _shuffled(self._size, rest, key)
        counts = np.array(pattern, np.int64)[order]
        extra = _level(counts, children - sum(head), (repeats, rest), (shape.min, most))
        self._starts = np.concatenate(([0], np.cumsum(counts)))
        self._order = order
        self._heads = len(head)
        self.most = int(max([*head, counts.max(), counts[-1] + (extra > 0)]))
        self.least = int(min([*head, counts.min()]))
        self._lay_out(head, repeats, rest, extra)

    def _lay_out(self, head: Sequence[int], repeats: int, rest: int, extra: int) -> None:
        """Make the table of sections: repeats of the pattern, or one parent of the head."""
        size, total = self._size, int(self._starts[-1])
        after = [-(-repeats * (n + 1) // len(head)) for n in range(len(head))]
        cuts = sorted({0, extra, repeats, *after})
        # ranks, children, children per repetition, whether it is a single head parent
        sections: list[tuple[int, int, int, bool]] = []
        for start, stop in zip(cuts, [*cuts[1:], repeats], strict=True):
            each = total + (start < extra)
            sections.append(((stop - start) * size, (stop - start) * each, each, False))
            heads_here = (n for n, at in enumerate(after) if at == stop > start)
            sections += ((1, head[n], head[n], True) for n in heads_here)
        sections.append((rest, int(self._starts[rest]), total + 1, False))
        table = np.array([section for section in sections if section[0]], np.int64)
        self._rank0 = np.concatenate(([0], np.cumsum(table[:, 0])))
        self._child0 = np.concatenate(([0], np.cumsum(table[:, 1])))
        self._each = table[:, 2].copy()
        self._single = table[:, 3].astype(np.bool_)
        heads = np.cumsum(self._single) - 1
        self._head = np.where(self._single, heads, 0)

    @override
    def rank(self, children: Indices) -> Indices:
        section = self._child0.searchsorted(children, "right") - 1
        single = self._single.take(section)
        at = children - self._child0.take(section)
        each = self._each.take(section)  # not 0: a section that holds the child has some
        repeat = at // each
        at -= repeat * each
        rank = self._starts.searchsorted(at, "right") - 1
        np.minimum(rank, self._size - 1, out=rank)
        rank += repeat * self._size
        rank[single] = 0
        rank += self._rank0.take(section)
        return rank

    @override
    def start(self, ranks: Indices) -> Indices:
        section = self._rank0.searchsorted(ranks, "right") - 1
        end = section == len(self._each)
        section[end] = 0
        repeat, at = np.divmod(ranks - self._rank0.take(section), self._size)
        start = self._child0.take(section)
        start += repeat * self._each.take(section)
        start += self._starts.take(at)
        start[end] = self.children
        return start

    @override
    def percentile_rank(self, ranks: Indices, within: NDArray[np.float64]) -> NDArray[np.float64]:
        section = self._rank0.searchsorted(ranks, "right") - 1
        at = (ranks - self._rank0.take(section)) % self._size
        low = (self._size - 1 - self._order.take(at) + within) / self._size
        low *= (self.parents - self._heads) / self.parents
        top = (self.parents - 1 - self._head.take(section) + within) / self.parents
        return np.where(self._single.take(section), top, low)

    @override
    def words(self) -> str:
        named = ("sigma", "alpha", "exponent")
        given = [f"{n} {v:g}" for n in named if (v := getattr(self._shape, n)) is not None]
        mean = f"{self.children / self.parents:.4g} in the mean"
        return ", ".join((f"{mean} by the law {self._shape.distribution}", *given))


def _shuffled(size: int, rest: int, key: int) -> NDArray[np.int64]:
    """
    Return the ranks of a pattern in a random order, the one with the fewest children last.

    The first `rest` ranks, which come once more than the others, are evenly spaced among all of
    them, so that they have their share of the children, too.
    """
    order = words(key, np.arange(size)).argsort(kind="stable")
    spaced = np.diff((np.arange(size + 1) * rest + size // 2) // size) > 0
    if spaced[-1]:
        spaced[[np.flatnonzero(~spaced)[-1], -1]] = True, False
    chosen, last = spaced.take(order), order == size - 1
    return np.concatenate((order[chosen], order[~chosen & ~last], order[last]))


def _level(
    counts: NDArray[np.int64], total: int, repeats: tuple[int, int], bounds: tuple[int, int]
) -> int:
    """
    Change a pattern's counts, in place, until the repetitions sum to `total` or slightly less.

    Return the difference, at most one per repetition. `repeats` is how often the pattern comes
    whole, and how many of its first counts come once more. All counts change alike, within their
    bounds, and the last one stays the least: below the upper bound if there is a difference.
    """
    whole, rest = repeats
    least, most = bounds
    worth = np.full(len(counts), whole)
    worth[:rest] += 1
    left: int = total - sum(int(w) * n for w, n in zip(worth, counts.tolist(), strict=True))
    step = 1 if left > 0 else -1
    numbers = [*range(rest, len(counts) - 1), *range(rest)]
    numbers = [*numbers, len(counts) - 1] if step > 0 else [len(counts) - 1, *numbers]
    while not 0 <= left <= whole:
        room = most - counts if step > 0 else counts - least
        free = room > 0
        turn = int(worth[free].sum())
        times = min(abs(left) // turn, int(room[free].min()))
        counts[free] += step * times
        left -= step * times * turn
        for n in numbers if times == 0 else ():
            if free[n] and not 0 <= left <= whole:
                counts[n] += step
                left -= step * int(worth[n])
    return left


def _counts(
    shape: GroupedFanOut, children: int, parents: int, most: int, heads: int, size: int
) -> tuple[list[int], list[int]]:
    """
    Return the counts of the head and of the pattern, the greatest first.

    Weights by rank are scaled until the counts, kept within the bounds, add up to N; whole numbers
    come from them by the greatest remainders.
    """
    mean = children / parents
    ranks = [r + 0.5 for r in range(heads)]
    ranks += (heads + (parents - heads) * (t + 0.5) / size for t in range(size))
    weight = _law(shape, mean, parents, most)
    weights = np.array([float(f"{weight(rank):.12g}") for rank in ranks])
    times = np.array([1.0] * heads + [(parents - heads) / size] * size)

    def kept(scale: float) -> NDArray[np.float64]:
        return np.clip(weights * scale, shape.min, most)

    def total(scale: float) -> float:
        return math.fsum((kept(scale) * times).tolist())  # NumPy's own sum differs between CPUs

    counts = np.where(weights > 0, float(most), float(shape.min))
    if math.fsum((counts * times).tolist()) > children:  # or no scale is enough: weights may be 0
        counts = kept(_crossing(total, children))
    exact = counts.tolist()
    return _rounded(exact[:heads], most), _rounded(exact[heads:], most)


def _crossing(growing: Callable[[float], float], value: float) -> float:
    """Return where a growing function reaches a value that it does reach."""
    low, high = 0.0, 1.0
    while growing(high) < value:
        low, high = high, high * 2
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if growing(middle) < value else (low, middle)
    return high


def _rounded(exact: list[float], most: int) -> list[int]:
    """Return whole numbers whose sum is that of `exact`, rounded, each within one of its own."""
    whole = [math.floor(x) for x in exact]
    missing = round(math.fsum(exact)) - sum(whole)
    for n in sorted(range(len(exact)), key=lambda n: whole[n] - exact[n])[:missing]:
        whole[n] += whole[n] < most
    return whole


def _law(shape: GroupedFanOut, mean: float, parents: int, most: int) -> Callable[[float], float]:
    """Return the weight of the parent at a rank, counted from the one with the most children."""
    match shape.distribution:
        case "lognormal":
            from statistics import NormalDist

            sigma = 1.0 if shape.sigma is None else shape.sigma
            return lambda rank: math.exp(-sigma * NormalDist().inv_cdf(rank / parents))
        case "pareto":
            alpha = 1.5 if shape.alpha is None else shape.alpha
            return lambda rank: (rank / parents) ** (-1 / alpha)
        case "zipf":
            exponent = 1.0 if shape.exponent is None else shape.exponent
            return lambda rank: (rank + 0.5) ** -exponent
        case "quantiles":
            assert shape.points is not None, "the check of the schema asks for them"
            shares, counts = zip(*shape.points, strict=True)
            return lambda rank: _between(shares, counts, 1 - rank / parents)
        case "uniform":
            high = 2 * mean - shape.min if shape.max is None else most
            # Every count takes as much: half a step below the least and above the most.
            low, span = shape.min - 0.5, high - shape.min + 1
            return lambda rank: float(round(low + (1 - rank / parents) * span))
    return _poisson_law(mean, parents)


def _poisson_law(mean: float, parents: int) -> Callable[[float], float]:
    """Return the weight of the parent at a rank, as `_law` does, by Poisson's law."""
    if mean > 10_000:  # the normal law is as good, and its quantiles need no table
        from statistics import NormalDist

        normal = NormalDist(mean, math.sqrt(mean))
        return lambda rank: float(round(normal.inv_cdf(1 - rank / parents)))
    quantiles = _poisson(mean)
    return lambda rank: float(bisect_left(quantiles, 1 - rank / parents))


def _between(shares: Sequence[float], values: Sequence[float], share: float) -> float:
    """Return the value at a share, on the lines between those of rising shares from 0 to 1."""
    n = min(max(bisect_left(shares, share), 1), len(shares) - 1)
    part = (share - shares[n - 1]) / (shares[n] - shares[n - 1])
    return values[n - 1] + (values[n] - values[n - 1]) * part


def _poisson(mean: float) -> list[float]:
    """Return P(X <= k) for k = 0, 1 … while it is below 1."""
    term, k = -mean, 0  # logarithms: e^-mean may be below what a float holds
    shares = [math.exp(term)]
    while shares[-1] < 1 - 1e-15 and k < mean + 40 * math.sqrt(mean) + 40:
        k += 1
        term += math.log(mean / k)
        shares.append(shares[-1] + math.exp(term))
    return shares
