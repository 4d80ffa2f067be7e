"""How children are shared out over parents: exactly, within bounds, and by the law asked for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import assert_counts_fit, lognormal_cdf

from shardgen.random.streams import stream_key
from shardgen.schema.model import GroupedFanOut
from shardgen.tables import fan_out as fanout
from shardgen.tables.fan_out import FanOut, FanOutError, fan_out

LAWS: dict[str, dict[str, Any]] = {
    "even": {},
    "poisson": {},
    "uniform": {},
    "lognormal": {"sigma": 1.0},
    "pareto": {"alpha": 1.5},
    "zipf": {"exponent": 1.0},
    "quantiles": {"points": ((0, 0), (0.3, 0), (0.8, 2), (0.99, 9), (1, 80))},
}
MANY = settings(max_examples=150, deadline=None)


def shares_of(
    law: str, children: int, parents: int, *, key: int = 3, least: int = 0, **more: Any
) -> FanOut:
    """Return children shared out by a law."""
    shape = GroupedFanOut(distribution=law, min=least, **{**LAWS[law], **more})
    return fan_out(shape, children, parents, stream_key("fan-out", key))


def counts_of(shares: FanOut) -> np.ndarray:
    """Return the number of children of each rank."""
    return np.diff(shares.start(np.arange(shares.parents + 1)))


def assert_shared_out(shares: FanOut, least: int, most: int) -> np.ndarray:
    """Fail unless every child has one rank; return the counts."""
    counts = counts_of(shares)
    assert shares.children == counts.sum()
    assert least <= counts.min() <= counts.max() <= most
    assert counts.max() == shares.most
    ranks = shares.rank(np.arange(shares.children))
    assert np.repeat(np.arange(shares.parents), counts).tolist() == ranks.tolist()
    return counts


@st.composite
def requests(draw: st.DrawFn, most_parents: int = 60) -> dict[str, Any]:
    """A law, parents, bounds that leave a way to share, and children within what they leave."""
    law = draw(st.sampled_from(sorted(LAWS)))
    parents, least = draw(st.integers(1, most_parents)), draw(st.integers(0, 4))
    most = draw(st.one_of(st.none(), st.integers(max(1, least), least + 40)))
    high = parents * (least + 60) if most is None else parents * most
    children = draw(st.integers(max(1, parents * least), high))
    made = {"law": law, "parents": parents, "children": children, "least": least, "max": most}
    parameter = {
        "lognormal": ("sigma", st.floats(0.01, 5)),
        "pareto": ("alpha", st.floats(1.01, 100)),
        "zipf": ("exponent", st.floats(0.01, 20)),
    }.get(law)
    if parameter:
        made[parameter[0]] = draw(parameter[1])
    return made


@given(requests(), st.integers(0, 5))
@MANY
def test_every_child_has_one_parent_within_the_bounds(request, key):
    """Counts add up, `most` is the greatest of them, and ranks and first children are inverse."""
    most = request["max"] or request["children"]
    assert_shared_out(shares_of(key=key, **request), request["least"], most)


@given(requests(most_parents=200), st.integers(0, 5))
@MANY
def test_patterns_that_repeat_share_out_as_exactly(request, key):
    """As for many thousands of parents, with a pattern of 8 counts and up to 4 that stand apart."""
    patch = pytest.MonkeyPatch()
    with patch.context() as small:
        small.setattr(fanout, "_PATTERN", 8)
        small.setattr(fanout, "_HEAD", 4)
        most = request["max"] or request["children"]
        assert_shared_out(shares_of(key=key, **request), request["least"], most)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("parents", [1, 4095, 4096, 4097, 5120, 5121, 8193, 16_384, 16_385, 50_000])
@pytest.mark.parametrize("mean", [0.01, 1, 7.3])
def test_sizes_around_those_of_the_tables(law, parents, mean):
    """The pattern holds 4,096 counts, and 1,024 stand apart."""
    children = max(1, round(parents * mean))
    assert_shared_out(shares_of(law, children, parents), 0, children)


@pytest.mark.parametrize("law", LAWS)
def test_billions_are_shared_out_in_a_moment(law):
    """Both directions agree wherever they are asked, at the ends too."""
    shares = shares_of(law, 1 << 40, (1 << 22) + 5)
    ranks = np.concatenate([np.arange(3000), np.arange(1 << 21, (1 << 21) + 3000)])
    ranks = np.concatenate([ranks, shares.parents - 1 - np.arange(3000)])
    start, stop = shares.start(ranks), shares.start(ranks + 1)
    assert 0 < (stop - start).max() <= shares.most
    some = start < stop
    for child in (start, (start + stop) // 2, stop - 1):
        assert ranks[some].tolist() == shares.rank(child[some]).tolist()
    assert [0, 1 << 40] == shares.start(np.array([0, shares.parents])).tolist()


@pytest.mark.parametrize(
    ("law", "more"),
    [
        ("uniform", {"max": 100_000, "children": 5000 * 99_000}),
        ("uniform", {"children": 5000 * 200_000}),
        ("poisson", {"max": 30, "children": 5000 * 30}),
        ("poisson", {"least": 30, "children": 5000 * 30}),
        ("zipf", {"exponent": 20.0, "max": 1000, "children": 5000 * 999}),
        ("lognormal", {"sigma": 5.0, "children": 10**9}),
    ],
)
def test_far_from_what_the_law_gives_it_still_adds_up(law, more):
    """Bounds that cut most of a law away, or a part of the pattern that weighs much."""
    least, most = more.get("least", 0), more.get("max", 1 << 62)
    shares = shares_of(law, parents=5000, **more)
    counts = counts_of(shares)
    assert more["children"] == counts.sum()
    assert least <= counts.min() <= counts.max() == shares.most <= most


def test_no_rows_have_no_ranks():
    """An empty array is answered with an empty array by every law, in both directions."""
    for law in LAWS:
        shares = shares_of(law, 10, 5000)
        none = np.arange(0)
        assert [] == shares.rank(none).tolist() == shares.start(none).tolist()


# --- The laws


def test_even_counts_differ_by_one():
    """3,500 children of 1,000 parents: all have three or four."""
    assert {3, 4} == set(counts_of(shares_of("even", 3500, 1000)).tolist())


@pytest.mark.parametrize("mean", [0.05, 1.0, 3.5, 40.0, 300.0, 30_000.0])
@pytest.mark.parametrize("parents", [4000, 100_000])
def test_poisson_counts_have_their_mean_for_variance(mean, parents):
    """From a child for every twentieth parent to 30,000 each, of few parents and of many."""
    counts = counts_of(shares_of("poisson", round(mean * parents), parents)).astype(float)
    assert counts.var() == pytest.approx(counts.mean(), rel=0.02)


def test_poisson_counts_have_the_shares_of_poisson():
    """At a mean of 3, each count has its share: the variance alone would let other laws through."""
    counts = counts_of(shares_of("poisson", 300_000, 100_000))
    found = np.bincount(counts, minlength=30)
    assert_counts_fit(found.tolist(), [math.exp(-3) * 3**k / math.factorial(k) for k in range(30)])


@pytest.mark.parametrize("parents", [4000, 5000, 100_000])
def test_uniform_counts_are_as_likely_from_the_least_to_the_most(parents):
    """Both bounds come up as often as what lies between, and nothing lies outside."""
    counts = counts_of(shares_of("uniform", 6 * parents, parents, least=2, max=10))
    assert {0, 1, 11, 12} & set(counts.tolist()) == set()
    assert_counts_fit(np.bincount(counts)[2:].tolist(), [1] * 9)


def test_uniform_counts_without_a_bound_reach_twice_the_mean():
    """At a mean of 5 the counts 0 to 10 are equally likely."""
    counts = counts_of(shares_of("uniform", 50_000, 10_000))
    assert_counts_fit(np.bincount(counts).tolist(), [1] * 11)


@pytest.mark.parametrize("parents", [300, 20_000])
def test_quantiles_are_those_of_the_counts(parents):
    """Where children are as many as the law's mean asks for; else all counts are scaled alike."""
    points = ((0, 0), (0.3, 0), (0.3001, 1), (0.8, 1), (0.8001, 5), (1, 15))
    mean = 0.5 * 1 + 0.2 * 10
    counts = counts_of(shares_of("quantiles", round(parents * mean), parents, points=points))
    shares = [np.mean(counts <= n) for n in (0, 1, 10)]
    assert [0.3, 0.8, 0.9] == pytest.approx(shares, abs=0.02)
    assert 15 == pytest.approx(counts.max(), abs=1)
    twice = counts_of(shares_of("quantiles", round(parents * mean * 2), parents, points=points))
    assert 30 == pytest.approx(twice.max(), abs=1)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("parents", [4000, 5000, 20_000, 100_000])
def test_lognormal_counts_have_their_sigma(sigma, parents):
    """The logarithms of the counts are spread as asked for, and so are the quantiles."""
    counts = counts_of(shares_of("lognormal", parents * 1_000_000, parents, sigma=sigma))
    logs = np.log(counts)
    assert logs.std() == pytest.approx(sigma, rel=0.02)
    law = lognormal_cdf(1_000_000 * math.exp(-(sigma**2) / 2), sigma)
    for share in (0.01, 0.1, 0.5, 0.9, 0.99, 0.999):
        assert law(np.quantile(counts, share)) == pytest.approx(share, abs=0.004)


@pytest.mark.parametrize("parents", [4000, 5000, 20_000, 100_000])
@pytest.mark.parametrize("alpha", [1.2, 2.5])
def test_pareto_counts_have_their_tail(parents, alpha):
    """The share of parents with more than x children falls as x^-alpha: a line in logarithms."""
    counts = np.sort(counts_of(shares_of("pareto", parents * 1000, parents, alpha=alpha)))[::-1]
    at = np.unique(np.geomspace(1, parents - 1, 40).astype(int))
    slope = np.polyfit(np.log(at + 0.5), np.log(counts[at]), 1)[0]
    assert slope == pytest.approx(-1 / alpha, rel=0.01)


@pytest.mark.parametrize("parents", [100, 4097, 5000, 16_384, 20_000, 100_000])
@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.3])
def test_zipf_counts_fall_by_rank(parents, exponent):
    """The k-th greatest count is the greatest over k^exponent, in the head and in the tail."""
    counts = np.sort(counts_of(shares_of("zipf", parents * 5000, parents, exponent=exponent)))[::-1]
    for k in (1, 2, 3, 10, 100, 1000, 5000, 16_000, parents):
        if k <= parents and counts[k - 1] > 100:
            expected = counts[0] / k**exponent
            assert counts[k - 1] == pytest.approx(expected, rel=0.02, abs=2), k


def test_ranks_are_shuffled():
    """The parents with many children do not lie together, and another key has another order."""
    counts = counts_of(shares_of("lognormal", 500_000, 50_000))
    first, second = counts[:25_000].sum(), counts[25_000:].sum()
    assert first == pytest.approx(second, rel=0.1)
    assert counts.tolist() != counts_of(shares_of("lognormal", 500_000, 50_000, key=4)).tolist()


# --- Standing


@pytest.mark.parametrize("law", sorted(LAWS.keys() - {"even"}))
@pytest.mark.parametrize("parents", [50, 4096, 5000, 30_000])
def test_a_parents_standing_is_the_share_of_those_with_fewer_children(law, parents):
    """Uniform over all parents, and in the order of their counts, to within one child."""
    shares = shares_of(law, parents * 20, parents)
    ranks = np.arange(parents)
    percentile_rank = shares.percentile_rank(ranks, np.full(parents, 0.5))
    assert 0 <= percentile_rank.min() <= percentile_rank.max() <= 1
    histogram, _ = np.histogram(percentile_rank, np.linspace(0, 1, 11))
    assert max(abs(histogram - parents / 10)) <= max(3, parents * 0.01)
    counts = counts_of(shares)
    below = np.searchsorted(np.sort(counts), counts - 1, "left") / parents
    upto = np.searchsorted(np.sort(counts), counts + 1, "right") / parents
    slack = 0.003 + 2 / parents
    assert (percentile_rank >= below - slack).all()
    assert (percentile_rank <= upto + slack).all()


@pytest.mark.parametrize("law", sorted(LAWS.keys() - {"even"}))
def test_few_parents_stand_anywhere_in_their_share(law):
    """Each of 30 has a thirtieth of all standings, of which the word chooses one."""
    shares = shares_of(law, 600, 30)
    within = np.linspace(0, 1, 1000, endpoint=False)
    standings = np.array([shares.percentile_rank(np.full(1000, r), within) for r in range(30)])
    standings.sort(axis=0)
    expected = (np.arange(30)[:, None] + within) / 30
    np.testing.assert_allclose(standings, expected, rtol=0, atol=1e-12)


def test_alike_parents_stand_anywhere():
    """Where all have as many children, the standing is the tie-breaker alone, and so uniform."""
    within = np.linspace(0, 1, 100)
    assert (
        within.tolist()
        == shares_of("even", 50, 100).percentile_rank(np.arange(100), within).tolist()
    )


# --- What cannot be shared out


@pytest.mark.parametrize(
    ("least", "most", "children", "says"),
    [
        (3, None, 11, "4 parents with at least 3 each need 12 rows, and there are 11"),
        (0, 3, 13, "4 parents with at most 3 each have 12 rows, and there are 13"),
    ],
)
@pytest.mark.parametrize("law", LAWS)
def test_children_that_bounds_leave_no_way_for(law, least, most, children, says):
    """One child too few or too many is refused by every law, with the numbers of both sides."""
    with pytest.raises(FanOutError) as caught:
        shares_of(law, children, 4, least=least, max=most)
    assert says == str(caught.value)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("least", "most", "children"), [(3, None, 12), (0, 3, 12), (3, 3, 12)])
def test_children_that_bounds_leave_one_way_for(law, least, most, children):
    """Exactly as many children as the bounds need are shared out, by any law."""
    shares = shares_of(law, children, 4, least=least, max=most)
    assert [3] * 4 == counts_of(shares).tolist()


def test_more_pairs_than_64_bits_hold():
    """Their product is computed with: an error names both, and nothing wraps round."""
    with pytest.raises(OverflowError, match=r"4294967296 rows grouped by 2147483648 parents"):
        shares_of("even", 1 << 32, 1 << 31)
