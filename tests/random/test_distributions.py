"""Distributions: words to numbers that follow a law."""

from __future__ import annotations

import inspect
import math
from itertools import pairwise
from statistics import NormalDist

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import (
    assert_counts_fit,
    assert_follows,
    assert_uncorrelated,
    assert_uniform,
    assert_values_fit,
    exponential_cdf,
    lognormal_cdf,
    phi,
)

from shardgen.random.alias import alias_draw
from shardgen.random.distributions import (
    DISTRIBUTIONS,
    Exponential,
    Lognormal,
    Normal,
    Quantiles,
    Uniform,
    Weighted,
    WeightedRange,
    WeightedRanges,
    WeightedValues,
    Zipf,
    decode_distribution,
)
from shardgen.random.inverse_cdf import inverse_cdf_draw, last_words, ranges_draw, segments_draw
from shardgen.random.quantile_table import quantile_draw
from shardgen.random.streams import stream_key, words
from shardgen.random.zipf import zipf_ranks, zipf_share

MANY = 100_000
EXTREME_WORDS = np.array([0, 1, (1 << 32) - 1, 1 << 32, 1 << 63, (1 << 64) - 1], np.uint64)


def sample(*path: str | int, count: int = MANY) -> np.ndarray:
    return words(stream_key("distributions", *path), np.arange(count))


# --- The laws


@pytest.mark.parametrize(
    "law", [Normal(mean=3, std_dev=1), Lognormal(median=3), Exponential(mean=2), Zipf()]
)
def test_a_law_is_prepared_once(law):
    """What one column has made of a law and its bounds serves all that have the same."""
    first, again, other = (law.prepare(0, high, 2) for high in (9000, 9000, 9001))
    assert first_table(first) is first_table(again) is not first_table(other)


def first_table(draw):
    """Return the law's own draw: that of ranks where numbers are counted from a bound."""
    return getattr(draw, "draw", draw)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (0, 1), (-5, 5), (0, 999), (-(10**12), 10**15), (1, (1 << 63) - 1)]
)
def test_uniform(low, high):
    """Every value within the bounds, both included, as likely as any other."""
    assert_uniform(Uniform().prepare(low, high, 0)(sample("uniform", low)), low, high)


@pytest.mark.parametrize(
    ("mean", "std_dev", "low", "high", "scale"),
    [
        (680, 80, 300, 850, 0),
        (0, 1, -400, 400, 2),
        (50, 10, 0, 10_000, 2),
        (-1000, 333.3, -3000, 500, 0),
        (0.5, 0.25, 0, 10**6, 6),
        (1e9, 1e8, 0, 2 * 10**9, 0),
    ],
)
def test_normal(mean, std_dev, low, high, scale):
    """The normal law; what lies outside is on the bounds."""
    values = Normal(mean=mean, std_dev=std_dev).prepare(low, high, scale)(sample("normal", mean))
    assert low <= values.min() <= values.max() <= high
    assert_follows(values, phi(mean * 10**scale, std_dev * 10**scale))


@pytest.mark.parametrize(
    ("median", "sigma", "low", "high", "scale"),
    [
        (50_011.08, 0.8, 500_000, 50_000_000, 2),
        (64_860.88, 0.6, 25_000, 500_000, 0),
        (1, 2, 0, 10**9, 4),
        (100, 0.05, 0, 1000, 0),
    ],
)
def test_lognormal(median, sigma, low, high, scale):
    """Median and sigma are those asked for, whatever the bounds and the scale."""
    values = Lognormal(median=median, sigma=sigma).prepare(low, high, scale)(sample("ln", sigma))
    assert low <= values.min() <= values.max() <= high
    assert_follows(values, lognormal_cdf(median * 10**scale, sigma))


@pytest.mark.parametrize(
    ("mean", "start", "low", "high"), [(30, 0, 0, 365), (1000, 0, 0, 10**6), (50, 100, 0, 2000)]
)
def test_exponential(mean, start, low, high):
    """The mean counts from the start, and what would lie above the upper bound is on it."""
    values = Exponential(mean=mean, start=start).prepare(low, high, 0)(sample("exp", mean))
    assert low <= values.min() <= values.max() <= high
    assert_follows(values, exponential_cdf(mean, start))


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.2, 2.0])
@pytest.mark.parametrize("size", [1, 2, 10, 1000, 1024, 1025, 5000, 100_000])
def test_zipf(size, exponent):
    """Rank k has a share ∝ 1/k^exponent, exact for a head and smooth beyond it."""
    values = Zipf(exponent=exponent).prepare(10, 9 + size, 0)(sample("zipf", size))
    assert 10 <= values.min() <= values.max() <= 9 + size
    if size == 1:
        return
    shares = np.arange(1, size + 1) ** -exponent
    counts = np.bincount(values - 10, minlength=size)
    head = min(size, 200)
    edges = sorted({*range(head), *np.geomspace(head, size, 30).astype(int).tolist()} - {size})
    grouped = (np.add.reduceat(array, edges).tolist() for array in (counts, shares))
    assert_counts_fit(*grouped)


def test_zipf_over_a_billion_values_needs_no_table_of_them():
    """Halves of the logarithm of the rank have equal shares at exponent 1."""
    ranks = zipf_ranks(10**9, 1.0)(sample("large zipf"))
    assert 0 <= ranks.min() <= ranks.max() < 10**9
    harmonic = [math.log(10**k) + 0.5772156649 for k in (3, 5, 7, 9)]
    counts, _ = np.histogram(ranks, [-0.5, *(10**k - 0.5 for k in (3, 5, 7, 9))])
    assert_counts_fit(
        counts.tolist(), [b - a for a, b in zip([0, *harmonic], harmonic, strict=False)]
    )


WEIGHTS = (
    *([1], [1, 1], [3, 1], [60, 30, 10], [0.6, 0.3, 0.1], [1e-12, 1e-12, 2e-12], [1e200, 3e200]),
    *([5, 0.01, 95], [1] * 1000, list(range(1, 300)), [1e9, *[1] * 20]),
)


DRAWS = pytest.mark.parametrize("drawn_by", [alias_draw, inverse_cdf_draw])


@DRAWS
@pytest.mark.parametrize("weights", WEIGHTS)
def test_weighted_indices(drawn_by, weights):
    """Any positive weights, normalised."""
    counts = np.bincount(drawn_by(weights)(sample("alias", len(weights))), minlength=len(weights))
    assert len(weights) == len(counts)
    if len(weights) > 1:
        assert_counts_fit(counts.tolist(), [w / max(weights) for w in weights])


@DRAWS
@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=50))
@settings(max_examples=50, deadline=None)
def test_any_weights_give_indices_within(drawn_by, weights):
    """Weights of any size, together or apart."""
    draw = drawn_by(weights)
    drawn = draw(np.concatenate((EXTREME_WORDS, sample("any", count=1000))))
    assert 0 <= drawn.min() <= drawn.max() < len(weights)
    assert np.int64 == drawn.dtype


@DRAWS
@pytest.mark.parametrize("weights", [[1.7e308, 1.7e308], [5e-324, 1], [1e308] * 100])
def test_the_largest_and_the_least_weights_work(drawn_by, weights):
    """Weights are any positive numbers; their sum may be none."""
    counts = np.bincount(drawn_by(weights)(sample("huge")), minlength=len(weights))
    assert_counts_fit(counts.tolist(), [w / max(weights) + 1e-12 for w in weights])


def test_weighted_values():
    """Each has its share, negative and fractional ones too; no other value comes up."""
    made = WeightedValues(values=(Weighted(1.5, 60), Weighted(-2, 30), Weighted(7.25, 10)))
    values = made.prepare(-1000, 1000, 2)(sample("values")).tolist()
    assert_values_fit(values, {150: 60, -200: 30, 725: 10})


@pytest.mark.parametrize(
    "ranges",
    [
        [(3, 6, 60), (6.01, 10, 30), (10.01, 15, 10)],
        [(-10, -5, 1)],
        [(-10, -5, 1), (5, 5, 3)],
        [(0, 100, 1), (0, 1, 1), (50, 60, 2)],
        [(-1000, 1000, 1), (-3, 1e6, 0.1)],
    ],
)
def test_weighted_ranges(ranges):
    """A range by weight, then uniform in it; ranges may overlap and lie below zero."""
    made = WeightedRanges(ranges=tuple(WeightedRange(*r) for r in ranges))
    values = made.prepare(-(10**9), 10**9, 2)(sample("ranges", len(ranges)))
    units = [(round(a * 100), round(b * 100), w) for a, b, w in ranges]
    bounds = sorted({e for a, b, _ in units for e in (a, b + 1)})
    cuts = sorted({c for a, b in pairwise(bounds)
                   for c in np.linspace(a, b, 11).astype(int).tolist()})  # fmt: skip
    assert cuts[0] <= values.min() <= values.max() < cuts[-1]
    counts, _ = np.histogram(values, np.array(cuts) - 0.5)

    def share(low: int, high: int) -> float:
        return sum(w * max(0, min(high, b + 1) - max(low, a)) / (b + 1 - a) for a, b, w in units)

    shares = [share(a, b) for a, b in pairwise(cuts)]
    inside = [(c, s) for c, s in zip(counts.tolist(), shares, strict=True) if s > 0]
    assert sum(counts) == sum(c for c, _ in inside)
    assert_counts_fit([c for c, _ in inside], [s for _, s in inside])


POINTS = ((0, -3.5), (0.2, 0), (0.3, 0), (0.75, 10.25), (1, 1e6))


def test_quantiles():
    """Below each value lies its share, with lines between; a value of two points has theirs."""
    values = Quantiles(points=POINTS).prepare(-1000, 10**9, 2)(sample("quantiles"))
    assert (-350, 10**8) == pytest.approx((values.min(), values.max()), rel=1e-3)
    below = [np.mean(values < at) for at in (-175, 0, 1, 512, 1025, 50_000_512)]
    expected = [0.1, 0.2, 0.3 + 0.5 / 1025 * 0.45, 0.525, 0.75, 0.875]
    assert expected == pytest.approx(below, abs=0.006)


def test_quantiles_round_to_the_nearest_unit():
    """Words at equal steps give the whole numbers nearest to the line, to the last word."""
    draw = Quantiles(points=((0, 0), (1, 4))).prepare(0, 4, 0)
    at = np.array([0, 2**61 - 2**12, 2**61 + 2**12, 7 * 2**61 - 2**12, 2**64 - 1], np.uint64)
    assert [0, 0, 1, 3, 4] == draw(at).tolist()
    wide = Quantiles(points=((0, -(2.0**62)), (1, 2.0**62))).prepare(-(1 << 62), 1 << 62, 0)
    assert [-(1 << 62), 1 << 62] == wide(np.array([0, (1 << 64) - 1], np.uint64)).tolist()


def test_shares_of_whole_numbers_are_those_drawn():
    """What a day weighs by the law is how often it is drawn."""
    law = Quantiles(points=((0, 0), (0.5, 3), (0.6, 3), (1, 9)))
    counts = np.bincount(law.prepare(0, 9, 0)(sample("shares")), minlength=10)
    shares = law.shares_of(9)
    assert 1 == pytest.approx(shares.sum())
    assert_counts_fit(counts.tolist(), shares.tolist())


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([(0.1, 0), (1, 1)], "the first has the share 0"),
        ([(0, 0), (0.9, 1)], "the last one 1"),
        ([(0, 0), (0.5, 1), (0.5, 2), (1, 3)], "points[2]: the share 0.5 is not above"),
        ([(0, 0), (0.5, 2), (1, 1)], "points[2]: 1 is below the value before it"),
        ([(0, 0), (1, 11)], "points[1]: 11 is not within 0 to 10"),
    ],
)
def test_points_that_are_no_quantiles_are_refused(points, says):
    """Each is named, with its value."""
    with pytest.raises(ValueError, match=says.replace("[", r"\[")):
        Quantiles(points=tuple(points)).prepare(0, 10, 0)


def test_the_place_in_a_range_is_independent_of_the_range():
    """One word gives both, and the first says nothing of the second."""
    made = WeightedRanges(ranges=(WeightedRange(0, 99, 1), WeightedRange(100, 199, 2)))
    values = made.prepare(0, 199, 0)(sample("independent"))
    assert_uncorrelated((values >= 100).astype(float), (values % 100).astype(float))


# --- Order

TINY = [1e-9] * 100  # so many in one cell of a guide table that a step does not lead to each


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=300) | st.just([*TINY, 1, *TINY, 5]))
@settings(max_examples=60, deadline=None)
def test_an_ordered_draw_shares_the_words_out_in_order(weights):
    """Each index has the words from the one after the last of the index before to its own last."""
    last = last_words(weights)
    near = np.concatenate([last + np.uint64(n) for n in (0, 1, (1 << 64) - 1)])
    drawn = np.concatenate((near, EXTREME_WORDS, sample("ordered", count=1000)))
    assert last.searchsorted(drawn).tolist() == inverse_cdf_draw(weights)(drawn).tolist()
    whole = math.fsum(weights)
    for n, end in enumerate(last.tolist()):
        assert math.fsum(weights[: n + 1]) / whole == pytest.approx((end + 1) / 2**64, rel=1e-9)


numbers = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-1000, 1000)
some_ranges = st.lists(
    st.tuples(numbers, numbers, st.floats(1e-200, 1e200)).map(
        lambda r: (min(r[:2]), max(r[:2]), r[2])
    ),
    min_size=1,
    max_size=12,
)


@given(some_ranges)
@settings(max_examples=100, deadline=None)
def test_numbers_of_ranges_lie_in_one_of_them_and_rise(ranges):
    """However they overlap, whatever their order and weights, up to all of 64 bits."""
    lows, highs, weights = zip(*ranges, strict=True)
    drawn = np.sort(np.concatenate((EXTREME_WORDS, sample("ranges", count=500))))
    values = ranges_draw(lows, highs, weights)(drawn)
    assert (values[1:] >= values[:-1]).all()
    assert all(any(low <= v <= high for low, high, _ in ranges) for v in values.tolist())


def test_a_range_has_each_of_its_numbers_alike():
    """The word at which each number begins is that of its share, to the last few."""
    draw = ranges_draw([0, 10], [9, 12], [1, 3])
    shares = [n / 40 for n in range(1, 10)] + [0.25, 0.5, 0.75]
    firsts = np.array([round(share * 2**64) for share in shares], np.uint64)
    room = np.uint64(1 << 20)
    assert [*range(1, 10), 10, 11, 12] == draw(firsts + room).tolist()
    assert [*range(9), 9, 10, 11] == draw(firsts - room).tolist()


units = st.integers(-(10**15), 10**15)
positive = st.floats(1e-3, 1e12)
some_laws = st.one_of(
    st.just(Uniform()),
    st.builds(Normal, mean=st.floats(-1e15, 1e15), std_dev=positive),
    st.builds(Lognormal, median=positive, sigma=st.floats(1e-3, 20)),
    st.builds(Exponential, mean=positive, start=st.floats(-1e15, 1e15)),
    st.builds(Zipf, exponent=st.floats(1e-3, 20)),
)


@given(st.lists(numbers, min_size=2, max_size=9), st.data())
@settings(max_examples=50, deadline=None)
def test_quantiles_rise_within_their_values(values, data):
    """Up to all of 64 bits, whatever the shares."""
    values = sorted(values)
    between = st.lists(
        st.floats(0, 1, exclude_min=True, exclude_max=True),
        min_size=len(values) - 2, max_size=len(values) - 2, unique=True,
    )  # fmt: skip
    shares = [0.0, *sorted(data.draw(between)), 1.0]
    drawn = segments_draw(values, shares)(
        np.sort(np.concatenate((EXTREME_WORDS, sample("quantiles", count=500))))
    )
    assert (drawn[1:] >= drawn[:-1]).all()
    assert values[0] <= drawn[0] <= drawn[-1] <= values[-1]


@given(some_laws, units, st.integers(0, 10**6) | st.integers(0, 10**18), st.randoms())
@settings(max_examples=60, deadline=None)
def test_every_law_rises_with_its_word(law, low, span, chance):
    """A greater word gives no smaller number, so that a word says where the number stands."""
    near = chance.getrandbits(64)
    close = [min(max(near + step, 0), 2**64 - 1) for step in (-(1 << 40), -1, 0, 1, 1 << 40)]
    mixed = np.concatenate((np.array(close, np.uint64), EXTREME_WORDS, sample("rises", count=500)))
    drawn = np.sort(mixed)
    values = law.prepare(low, low + span, 0)(drawn)
    assert (values[1:] >= values[:-1]).all()


@given(st.lists(st.tuples(st.integers(-99, 99), st.floats(0.1, 9)), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_listed_numbers_rise_with_their_word(listed):
    """However they are listed."""
    law = WeightedValues(values=tuple(Weighted(number, weight) for number, weight in listed))
    values = law.prepare(-99, 99, 0)(np.sort(sample("listed", count=1000)))
    assert (values[1:] >= values[:-1]).all()


# --- Bounds

LAWS = {
    "uniform": Uniform(),
    "normal": Normal(mean=0, std_dev=1e30),
    "narrow normal": Normal(mean=3, std_dev=1e-9),
    "lognormal": Lognormal(median=1e12, sigma=20),
    "exponential": Exponential(mean=1e15),
    "zipf": Zipf(exponent=1.1),
    "steep zipf": Zipf(exponent=300),
    "flat zipf": Zipf(exponent=1e-6),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0, 0),
        (-1, 1),
        (0, 1234567890126),  # 13 digits: nodes are rounded to 12
        (0, 1234567890125),
        (-1234567890126, 1234567890126),
        (7, 10**18 - 1),
        (-(10**18) + 1, 10**18 - 1),
        (-(1 << 63), (1 << 63) - 1),
        ((1 << 62) + 1, (1 << 62) + 3),
        (999_999_999_999_999_997, 999_999_999_999_999_999),
    ],
)
def test_no_value_is_outside_the_bounds(law, low, high):
    """Clamping is exact for whole numbers that floats cannot hold."""
    draw = LAWS[law].prepare(low, high, 0)
    values = draw(np.concatenate((EXTREME_WORDS, sample("bounds", count=5000)))).tolist()
    assert low <= min(values) <= max(values) <= high


def test_mass_outside_the_bounds_is_on_them():
    """A normal law cut at one deviation has 15.87 percent on each end."""
    values = Normal(mean=50, std_dev=10).prepare(40, 60, 0)(sample("clamped"))
    tail = NormalDist(50, 10).cdf(40.5)
    ends = int((values == 40).sum()), int((values == 60).sum())
    assert_counts_fit([*ends, MANY - sum(ends)], [tail, tail, 1 - 2 * tail])


@pytest.mark.parametrize("name", ["normal", "lognormal", "exponential", "zipf", "uniform"])
def test_drawing_leaves_the_words_as_they_were(name):
    """A law does not write into its input: other columns may share the words."""
    drawn = sample("kept", count=100)
    LAWS[name].prepare(0, 10**6, 0)(drawn)
    assert sample("kept", count=100).tolist() == drawn.tolist()


@pytest.mark.parametrize("sigma", [100.0, 1000.0, 1e300])
def test_laws_that_leave_the_floats_are_clamped(sigma):
    """A quantile beyond 10^308 is beyond every bound."""
    values = Lognormal(median=5, sigma=sigma).prepare(0, 1000, 0)(sample("overflow"))
    assert 0 <= values.min() <= values.max() <= 1000
    ends = int((values == 0).sum()), int((values == 1000).sum())
    outside = NormalDist(math.log(5), sigma)
    low, high = outside.cdf(math.log(0.5)), 1 - outside.cdf(math.log(999.5))
    assert_counts_fit([*ends, MANY - sum(ends)], [low, high, 1 - low - high + 1e-9])


def test_a_quantile_table_is_rounded_half_up():
    """Every word of a cell maps between its nodes, and halves go up."""
    draw = quantile_draw(lambda shares: 10 * shares, 0, 10)
    low, mid, high = draw(np.array([0, 1 << 63, (1 << 64) - 1], np.uint64)).tolist()
    assert (0, 5, 10) == (low, mid, high)


# --- Mistakes


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (WeightedRanges(ranges=(WeightedRange(5, 3),)), r"ranges\[0\]: min 5 is above max 3"),
        (
            WeightedRanges(ranges=(WeightedRange(0, 3), WeightedRange(0, 11))),
            r"ranges\[1\]: 0 to 11 is not",
        ),
        (WeightedValues(values=(Weighted(1), Weighted("x"))), r"values\[1\]: 'x' is not a number"),
        (WeightedValues(values=(Weighted(11),)), r"values\[0\]: 11 is not within 0 to 10"),
        (WeightedValues(values=(Weighted(None),)), r"values\[0\]: None is not a number"),
    ],
)
def test_contradictions_are_refused_with_their_place(made, says):
    """What only the bounds of the column show too; the message counts to the entry."""
    with pytest.raises(ValueError, match=says):
        made.prepare(0, 10, 0)


@pytest.mark.parametrize(
    ("form", "parameters", "says"),
    [
        ("normal", {"mean": 5}, "std_dev"),
        ("normal", {"mean": 5, "std_dev": 0}, "> 0"),
        ("lognormal", {"median": -1, "sigma": 1}, "> 0"),
        ("zipf", {"exponent": 0}, "> 0"),
        ("weighted_ranges", {"ranges": []}, "length >= 1"),
        ("weighted_ranges", {"ranges": [{"min": 1, "max": 2, "weight": 0}]}, "> 0"),
        ("uniform", {"mean": 1}, "mean"),
    ],
)
def test_wrong_parameters_are_refused(form, parameters, says):
    """Missing ones, ones outside their range, and ones of another law, with the reason."""
    with pytest.raises(msgspec.ValidationError, match=says):
        decode_distribution(form, parameters)


def test_an_unknown_distribution_is_refused_with_the_nearest_name():
    """A name that is near to no other gets the list of all."""
    with pytest.raises(ValueError, match=r"unknown distribution 'norml'; did you mean 'normal'"):
        decode_distribution("norml", {})
    with pytest.raises(ValueError, match=r"known are uniform, .*weighted_ranges"):
        decode_distribution("xyzzy", {})


@pytest.mark.parametrize("form", DISTRIBUTIONS)
def test_every_distribution_has_a_contract(form):
    """The class and its `prepare` say what is drawn; the command line and the docs show it."""
    assert inspect.getdoc(DISTRIBUTIONS[form]).endswith(".")
    assert inspect.getdoc(DISTRIBUTIONS[form].prepare)


@pytest.mark.parametrize(
    ("n", "exponent"), [(10**8, 6.0), (53_915_981, 5.753412912532722), (10**12, 20.0)]
)
def test_shares_of_a_steep_law_reach_from_0_to_1(n, exponent):
    """Also where rounding takes all that the last ranks have."""
    made = zipf_share(n, exponent)(np.linspace(0, 1, 1000))
    assert (np.diff(made) >= 0).all()
    assert 0 <= made[0] <= made[-1] <= 1


@pytest.mark.parametrize(
    ("low", "median", "high"),
    [(200, 1200, 9000), (25_000, 65_000, 500_000), (0, 50, 100), (0, 80, 100)],
)
def test_a_lognormal_law_by_its_median_reaches_its_bounds(low, median, high):
    """Half lie below the median, and a thousandth beyond each bound, whichever way it leans."""
    draw = Lognormal(median=median).prepare(low, high, 0)
    words = np.linspace(0, 2**64 - 2**12, 200_001).astype(np.uint64)
    made = draw(words)
    assert abs(int(np.median(made)) - median) <= max(1, (high - low) // 5000)
    assert 0.0005 < (made <= low).mean() < 0.003 + 1 / (high - low)
    assert 0.0005 < (made >= high).mean() < 0.003 + 1 / (high - low)
    assert (np.diff(made) >= 0).all()


@pytest.mark.parametrize("median", [100, 900, 50, 1000])
def test_a_median_at_a_bound_needs_sigma(median):
    """No law has half of its values beyond a bound that it reaches once in a thousand."""
    with pytest.raises(ValueError, match="must lie between min and max, 100 and 900"):
        Lognormal(median=median).prepare(100, 900, 0)
