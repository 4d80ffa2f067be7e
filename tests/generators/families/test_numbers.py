"""Number generators: ranges, distributions in every spelling, booleans, UUIDs, sequences."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest
from support.statistics import (
    assert_counts_fit,
    assert_follows,
    assert_uniform,
    assert_values_fit,
    exponential_cdf,
    lognormal_cdf,
    phi,
)
from support.tables import bound, cells, values_of

from shardgen.errors import PlanError, SchemaError
from shardgen.random.bounds import least_units, most_units


def units(values: list[Decimal]) -> list[int]:
    return [int(value.scaleb(-value.as_tuple().exponent)) for value in values]


@pytest.mark.parametrize(("low", "high"), [(0, 1000), (-50, -10), (7, 7), (-(10**18), 10**18)])
def test_int_range_is_uniform_and_includes_both_ends(low, high):
    """Negative ones, a single value, and spans of nearly 61 bits."""
    made = values_of(
        type="bigint", generator="int_range", generator_params={"min": low, "max": high}
    )
    assert_uniform(made, low, high)
    if high - low < 1000:
        assert (low, high) == (min(made), max(made))


@pytest.mark.parametrize(("low", "high"), [(0, 1000), (-12.34, 56.78), (0.01, 0.03)])
def test_decimal_range_has_the_places_of_its_column(low, high):
    """Bounds in floats become exact hundredths; each hundredth is as likely."""
    made = values_of(
        type="decimal(12,2)", generator="decimal_range", generator_params={"min": low, "max": high}
    )
    assert {-2} == {value.as_tuple().exponent for value in made}
    assert_uniform(units(made), round(low * 100), round(high * 100))


@pytest.mark.parametrize("precision", [0, 1, 3, 6])
def test_float_range_has_the_places_asked_for(precision):
    """The precision is a grid: its points are equally likely, from bound to bound."""
    parameters = {"min": -1, "max": 1, "precision": precision}
    made = values_of(type="double", generator="float_range", generator_params=parameters)
    scale = 10**precision
    assert_uniform([round(float(v) * scale) for v in made], -scale, scale)


def between(low: float, high: float, name: str = "decimal_range", **more) -> dict:
    return {"generator": name, "generator_params": {"min": low, "max": high, **more}}


INWARDS = [
    ("decimal(8,2)", between(0.001, 0.0399), "0.01", "0.03"),
    ("decimal(8,2)", between(-0.0399, -0.001), "-0.03", "-0.01"),
    ("decimal(8,2)", between(-0.001, 0.029), "0.00", "0.02"),
    ("decimal(8,1)", between(0.04, 0.46, "float_range", precision=2), "0.1", "0.4"),
    ("decimal(8,1)", between(-0.46, -0.04, "float_range", precision=3), "-0.4", "-0.1"),
    ("decimal(4,0)", between(0.5, 3.5), "1", "3"),
    ("double", between(0.001, 0.0399, "float_range"), "0.01", "0.03"),
    ("decimal(5,1)", between(3.04, 3.29, "interest_rate", distribution="uniform"), "3.1", "3.2"),
    ("int", between(0.5, 3.5), "1", "3"),
    ("int", between(-3.5, -0.5), "-3", "-1"),
    ("int", between(2.5, 4.5, distribution={"type": "normal", "mean": 3, "std_dev": 9}), "3", "4"),
    ("int", between(0, 9, ranges=[{"min": 0.5, "max": 2.5, "weight": 1}]), "1", "2"),
    ("decimal(6,1)", between(0, 9, ranges=[{"min": 0.04, "max": 0.26, "weight": 1}]), "0.1", "0.2"),
    ("decimal(6,2)", between(0.001, 0.999, "loan_amount", step=0.1, distribution="uniform"),
     "0.10", "0.90"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "facts", "least", "most"), INWARDS)
def test_bounds_are_rounded_inwards(kind, facts, least, most):
    """A bound with more places than the column holds: a CHECK (x > 0) holds for min 0.001."""
    made = values_of(2000, type=kind, **facts)
    assert (least, most) == (str(min(made)), str(max(made)))


@pytest.mark.parametrize(
    ("kind", "facts", "says"),
    [
        ("decimal(8,2)", between(0.001, 0.009), "2 decimal places lies within 0.001 to 0.009"),
        ("int", between(0.2, 0.8), "no whole number lies within 0.2 to 0.8"),
        ("decimal(8,1)", between(0.12, 0.18, "float_range"), "1 decimal places lies within 0.12"),
        ("int", between(0, 9, ranges=[{"min": 0.2, "max": 0.8, "weight": 1}]),
         "ranges[0]: no whole number lies within 0.2 to 0.8"),
        ("decimal(8,2)", between(5.25, 1), "min 5.25 is above max 1"),
    ],
)  # fmt: skip
def test_bounds_with_nothing_between_are_refused(kind, facts, says):
    """With both of them as they are written, and what was looked for between."""
    with pytest.raises(SchemaError, match=re.escape(says)):
        values_of(10, type=kind, **facts)


def test_a_bound_that_its_scale_holds_is_kept():
    """Whatever a float makes of it: 0.29 times 100 is a little less than 29."""
    for scale in range(7):
        for units_ in (*range(-200, 200), 10**12 + 7, 5 * 10**14 + 1):
            bound_ = units_ / 10**scale
            assert units_ == least_units(bound_, scale) == most_units(bound_, scale)


def test_a_unique_column_has_the_places_that_it_stores():
    """A float_range of three places in a decimal of one draws tenths, each once."""
    made = values_of(
        101, type="decimal(8,1)", unique=True, **between(-5.04, 5.04, "float_range", precision=3)
    )
    assert [Decimal(n) / 10 for n in range(-50, 51)] == sorted(made)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.999, 1])
def test_weighted_boolean(share):
    """Shares between are kept, and 0 and 1 are without exception."""
    made = values_of(
        type="boolean", generator="weighted_boolean", generator_params={"true_weight": share}
    )
    if 0 < share < 1:
        assert_values_fit(made, {True: share, False: 1 - share})
    else:
        assert {bool(share)} == set(made)


def test_boolean_is_fair():
    """True and false are equally likely without a weight."""
    assert_values_fit(values_of(type="boolean", generator="boolean"), {True: 1, False: 1})


def test_uuids_are_random_and_version_4():
    """As RFC 9562 writes them, and no two alike."""
    made = values_of(type="uuid", generator="uuid")
    assert len(made) == len(set(made))
    parsed = [uuid.UUID(value) for value in made]
    assert [str(value) for value in parsed] == made
    assert {(4, uuid.RFC_4122)} == {(value.version, value.variant) for value in parsed}
    for bit in {*range(128)} - {*range(76, 80), 62, 63}:
        ones = sum(value.int >> bit & 1 for value in parsed[:20_000])
        assert_counts_fit([ones, 20_000 - ones], [1, 1])


@pytest.mark.parametrize(("start", "step"), [(1, 1), (100, 7), (0, -3), (5, 0), (-(1 << 63), 1)])
def test_sequences_go_by_row(start, step):
    """Upwards, downwards, without a step, and from the least integer that there is."""
    made = values_of(
        1000, type="bigint", generator="sequence", generator_params={"start": start, "step": step}
    )
    assert [start + step * row for row in range(1000)] == made


def test_a_sequence_beyond_64_bits_is_refused():
    """The last row is computed before the first: no number wraps round."""
    with pytest.raises(SchemaError, match="beyond 64 bits"):
        values_of(
            10, type="bigint", generator="sequence", generator_params={"start": (1 << 63) - 5}
        )


@pytest.mark.parametrize(
    "bounds", [{"min": 2, "max": 1}, {"min": 0, "max": 1 << 63}, {"min": -(2**70), "max": 0}]
)
def test_bounds_that_cannot_be_are_refused(bounds):
    """The wrong way round, or beyond 64 bits on either side."""
    with pytest.raises(SchemaError, match=r"above max|64 bits"):
        values_of(10, type="bigint", generator="int_range", generator_params=bounds)


# --- Spellings: {generator_params}, and what stands beside them

NORMAL = {"mean": 50, "std_dev": 10}
RANGES = [{"min": 0, "max": 9, "weight": 3}, {"min": 90, "max": 99, "weight": 1}]
VALUES = [{"value": 1, "weight": 60}, {"value": 2, "weight": 40}]
BOUNDS = {"min": 0, "max": 100}
SPELLINGS = {
    "normal": [
        {"generator_params": BOUNDS | {"distribution": "normal"} | NORMAL},
        {"generator_params": BOUNDS | {"distribution": {"type": "normal", "params": NORMAL}}},
        {"generator_params": BOUNDS | {"distribution": {"type": "normal"} | NORMAL}},
        {"generator_params": BOUNDS | NORMAL, "distribution": "normal"},
        {"generator_params": BOUNDS, "distribution": {"type": "normal", "params": NORMAL}},
        {"generator_params": {}, "distribution": {"type": "normal", "params": NORMAL | BOUNDS}},
        {"generator_params": {"distribution": {"type": "normal", "params": NORMAL | BOUNDS}}},
    ],
    "ranges": [
        {"generator_params": BOUNDS | {"ranges": RANGES}},
        {"generator_params": BOUNDS | {"distribution": "weighted", "ranges": RANGES}},
        {"generator_params": BOUNDS | {"distribution": "weighted_ranges", "ranges": RANGES}},
        {"generator_params": BOUNDS | {"distribution": "ranges", "ranges": RANGES}},
        {"distribution": {"type": "ranges", "params": {"ranges": RANGES}}},
        {"generator_params": BOUNDS | {"distribution": {"type": "weighted", "ranges": RANGES}}},
        {"generator_params": BOUNDS | {"distribution": {"ranges": RANGES}}},
        {
            "generator_params": BOUNDS,
            "distribution": {"type": "weighted_ranges", "params": {"ranges": RANGES}},
        },
    ],
    "values": [
        {"generator_params": BOUNDS | {"values": VALUES}},
        {"generator_params": BOUNDS | {"distribution": "weighted", "values": VALUES}},
        {"generator_params": BOUNDS, "distribution": {"type": "weighted", "values": VALUES}},
    ],
    "uniform": [
        {"generator_params": BOUNDS},
        {"generator_params": BOUNDS | {"distribution": "uniform"}},
        {"generator_params": BOUNDS, "distribution": "uniform"},
        {"generator_params": BOUNDS | {"distribution": {"type": "uniform", "params": {}}}},
    ],
}


@pytest.mark.parametrize(
    ("form", "n"), [(form, n) for form, facts in SPELLINGS.items() for n in range(len(facts))]
)
def test_every_spelling_of_a_distribution_means_the_same(form, n):
    """A string beside its parameters or an object, inside `generator_params` or beside them."""
    made = [
        values_of(2000, type="int", generator="int_range", **facts)
        for facts in (SPELLINGS[form][0], SPELLINGS[form][n])
    ]
    assert made[0] == made[1]


def test_distributions_of_a_number():
    """Each name of SCHEMA.md gives its law."""
    whole = {"type": "int", "generator": "int_range"}
    wide = {"min": 0, "max": 10_000}
    made = values_of(**whole, generator_params=wide | {"distribution": "normal", **NORMAL})
    assert_follows(made, phi(50, 10))
    lognormal = {"distribution": "lognormal", "median": 300, "sigma": 0.5}
    assert_follows(values_of(**whole, generator_params=wide | lognormal), lognormal_cdf(300, 0.5))
    exponential = {"distribution": "exponential", "mean": 70}
    assert_follows(values_of(**whole, generator_params=wide | exponential), exponential_cdf(70))
    zipf = {"min": 1, "max": 5, "distribution": "zipf"}
    shares = {k: 1 / k for k in range(1, 6)}
    assert_values_fit(values_of(**whole, generator_params=zipf), shares)
    made = values_of(**whole, generator_params=BOUNDS | {"ranges": RANGES})
    weights = {v: w / 10 for low, w in ((0, 3), (90, 1)) for v in range(low, low + 10)}
    assert_values_fit(made, weights)


def test_ranges_below_zero():
    """Neighbouring ranges of one weight and width are as one range."""
    ranges = [{"min": -10, "max": -6}, {"min": -5, "max": -1}]
    parameters = {"min": -10, "max": 0, "ranges": ranges}
    made = values_of(type="int", generator="int_range", generator_params=parameters)
    assert_uniform(made, -10, -1)


# --- Edge values and nulls

SMALL = {"type": "int", "generator": "int_range", "generator_params": {"min": 0, "max": 10**6}}


def test_edge_values_are_off_by_default():
    """The ends of a wide range come up by chance, which is next to never."""
    assert sum(v in (0, 10**6) for v in values_of(**SMALL)) < 5


@pytest.mark.parametrize("share", [0.01, 0.25, 1])
@pytest.mark.parametrize("where", ["run", "column", "parameters"])
def test_edge_cells_take_either_end(share, where):
    """That share of cells, half of them at each end, however it is asked for."""
    facts, run = dict(SMALL), 0.0
    if where == "run":
        run = share
    elif where == "column":
        facts["edge_case_probability"] = share
    else:
        facts["generator_params"] = facts["generator_params"] | {"edge_case_probability": share}
    made = cells(bound({"v": facts}, 100_000, edge_case_probability=run), "v")
    ends = made.count(0), made.count(10**6)
    rest = 100_000 - sum(ends)
    assert_counts_fit([*ends, rest], [share / 2, share / 2, 1 - share + 1e-9])


def test_a_column_says_no_to_the_edges_of_the_run():
    """A share of 0 on the column holds against a share of a half for the run."""
    facts = SMALL | {"edge_case_probability": 0.0}
    plain = cells(bound({"v": SMALL}, 1000), "v")
    assert plain == cells(bound({"v": facts}, 1000, edge_case_probability=0.5), "v")


def test_edge_cells_change_no_other_cell():
    """What differs from the run without them is at a bound: the rest is the same."""
    plain = cells(bound({"v": SMALL}, 10_000), "v")
    edged = cells(bound({"v": SMALL}, 10_000, edge_case_probability=0.1), "v")
    assert set() == {e for p, e in zip(plain, edged, strict=True) if p != e} - {0, 10**6}


def test_a_unique_column_has_no_edge_cells():
    """Bounds over and over would repeat: uniqueness goes before."""
    made = cells(bound({"v": SMALL | {"unique": True}}, 1000, edge_case_probability=1.0), "v")
    assert len(made) == len(set(made))


@pytest.mark.parametrize("share", [None, 0, 0.1, 0.5, 1])
def test_a_nullable_column_is_null_in_its_share(share):
    """One tenth where the schema does not say."""
    parameters = SMALL["generator_params"] | ({} if share is None else {"null_probability": share})
    made = values_of(**SMALL | {"nullable": True, "generator_params": parameters})
    share = 0.1 if share is None else share
    nulls = made.count(None)
    if share in (0, 1):
        assert nulls == share * 100_000
    else:
        assert_counts_fit([nulls, 100_000 - nulls], [share, 1 - share])


def test_a_column_that_is_not_nullable_never_is_null():
    """Even where it gives a probability."""
    parameters = SMALL["generator_params"] | {"null_probability": 0.9}
    assert None not in values_of(**SMALL | {"generator_params": parameters})


def test_nulls_of_two_columns_are_independent():
    """Two shares of a tenth meet in a hundredth of the rows."""
    table = bound({n: SMALL | {"nullable": True} for n in "ab"}, 100_000)
    pairs = list(zip(cells(table, "a"), cells(table, "b"), strict=True))
    both = sum(a is None and b is None for a, b in pairs)
    assert_counts_fit([both, 100_000 - both], [0.01, 0.99])


@pytest.mark.parametrize("name", ["null_probability", "edge_case_probability"])
@pytest.mark.parametrize("share", [-0.1, 1.1, "often", None, [0.1]])
def test_a_share_that_is_none_is_refused(name, share):
    """Outside 0 to 1, text, null and a list; the field is named."""
    parameters = SMALL["generator_params"] | {name: share}
    with pytest.raises(SchemaError, match=name):
        values_of(10, **SMALL | {"nullable": True, "generator_params": parameters})


# --- Unique

UNIQUE = [
    {"type": "int", "generator": "int_range", "generator_params": {"min": -500, "max": 499}},
    {"type": "decimal(6,2)", "generator": "decimal_range",
     "generator_params": {"min": 0, "max": 9.99}},
    {"type": "double", "generator": "float_range",
     "generator_params": {"min": 0, "max": 0.999, "precision": 3}},
    {"type": "bigint"},
    {"type": "bigint", "generator": "int_range",
     "generator_params": {"min": -(1 << 63), "max": (1 << 63) - 1}},
    {"type": "uuid"},
    {"type": "int", "generator": "sequence"},
    {"type": "decimal(12,2)", "generator": "loan_amount",
     "generator_params": {"distribution": "uniform", "min": 100, "max": 100_000}},
]  # fmt: skip


@pytest.mark.parametrize("facts", UNIQUE)
def test_unique_numbers_repeat_nothing(facts):
    """Down to the last possibility: a thousand rows of a thousand values."""
    made = values_of(1000, unique=True, **facts)
    assert len(made) == len(set(made))


@pytest.mark.parametrize("facts", UNIQUE[:2])
def test_more_unique_values_than_exist_are_refused(facts):
    """One row too many, with both numbers, for integers and decimals."""
    with pytest.raises(PlanError, match="1001 unique values asked for, and only 1000 exist"):
        values_of(1001, unique=True, **facts)


def test_rows_added_at_the_end_change_no_unique_number():
    """A table a hundred times as long begins with the same numbers."""
    facts = UNIQUE[3] | {"unique": True}
    assert values_of(100, **facts) == values_of(10_000, **facts)[:100]


def test_a_unique_column_follows_no_law():
    """A law draws some values more often, which is what unique forbids."""
    parameters = BOUNDS | NORMAL | {"distribution": "normal"}
    with pytest.raises(SchemaError, match="unique column cannot follow a normal distribution"):
        values_of(5, type="int", generator="int_range", unique=True, generator_params=parameters)


def test_a_law_without_bounds_has_its_own():
    """A speed around 250,000 is not cut at 1000, and an exponential law not at its mean."""
    law = {"distribution": {"type": "normal", "params": {"mean": 250_000, "std_dev": 900}}}
    made = values_of(type="double", generator="float_range", **law)
    assert 249_900 < sum(made) / len(made) < 250_100
    assert min(made) < 248_000
    assert max(made) > 252_000
    made = values_of(
        type="int", generator="int_range", distribution={"type": "exponential", "mean": 5000}
    )
    assert 4900 < sum(made) / len(made) < 5100


def test_decimals_have_the_digits_that_are_asked_for():
    """`scale` decimal places, where the column holds them."""
    facts = {"type": "decimal(10,4)", "generator": "decimal_range"}
    bounds = {"min": 10, "max": 90, "precision": 6, "scale": 2}
    made = values_of(1000, **facts, generator_params=bounds)
    assert all(value == round(value, 2) for value in made)
    assert len(set(made)) > 500


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ({"precision": 12, "scale": 2}, "precision 12 is more than decimal"),
        ({"precision": 10, "scale": 3}, "scale 3 is more than decimal"),
        ({"precision": 2, "scale": 4}, "scale 4 is more than precision 2"),
        ({"precision": 3, "scale": 2}, "90 has more than precision 3"),
    ],
)
def test_digits_that_do_not_fit_are_refused(digits, expected):
    """More than the column holds, or fewer than the bounds need."""
    facts = {"type": "decimal(10,2)", "generator": "decimal_range"}
    with pytest.raises(SchemaError, match=expected):
        values_of(5, **facts, generator_params={"min": 10, "max": 90, **digits})


def test_boolean_random_is_true_by_its_probability():
    """The name that SourceBox has for it."""
    made = values_of(
        type="boolean", generator="boolean_random", generator_params={"probability_true": 0.8}
    )
    assert_values_fit(made, {True: 0.8, False: 0.2})
