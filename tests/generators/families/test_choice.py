"""Choice: one of the listed values, by weight, as the type of its column."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from support.statistics import assert_values_fit
from support.tables import bound, cells, values_of

from shardgen.errors import PlanError, SchemaError


def chosen(values, kind="varchar(20)", rows=100_000, **facts):
    parameters = {"values": values} | facts.pop("generator_params", {})
    generator = facts.pop("generator", "enum")
    return values_of(rows, type=kind, generator=generator, generator_params=parameters, **facts)


@pytest.mark.parametrize("generator", ["enum", "weighted", "choice"])
def test_values_come_by_weight(generator):
    """Under each of its names; weights are any positive numbers."""
    listed = [{"value": "a", "weight": 60}, {"value": "b", "weight": 0.5}, {"value": "c"}]
    assert_values_fit(chosen(listed, generator=generator), {"a": 60, "b": 0.5, "c": 1})


@pytest.mark.parametrize("scale", [1e-9, 1, 1e12])
def test_weights_are_normalised(scale):
    """Only their proportions count."""
    one = [{"value": v, "weight": w} for v, w in (("a", 3), ("b", 1))]
    other = [{"value": v, "weight": w * scale} for v, w in (("a", 3), ("b", 1))]
    assert chosen(one, rows=1000) == chosen(other, rows=1000)


def test_plain_values_are_as_likely_as_each_other():
    """Without weights each weighs 1."""
    assert_values_fit(chosen(["a", "b", "c"]), dict.fromkeys("abc", 1))


@pytest.mark.parametrize(
    ("kind", "listed", "expected"),
    [
        ("int", [1, 2, -3], [1, 2, -3]),
        ("int", [1, 2.0], [1, 2]),
        ("bigint", [(1 << 62) + 1, 5], [(1 << 62) + 1, 5]),
        ("decimal(8,2)", [1, 2.5, 0.07], [Decimal("1.00"), Decimal("2.50"), Decimal("0.07")]),
        ("decimal(8,4)", [0.1, 0.0001], [Decimal("0.1000"), Decimal("0.0001")]),
        ("double", [0.125, 0.5], [Decimal("0.125"), Decimal("0.500")]),
        ("float", [1e-6, 3], [Decimal("0.000001"), Decimal("3.000000")]),
        ("boolean", [True, False], [True, False]),
        ("date", ["2024-02-29", "1999-12-31"], [dt.date(2024, 2, 29), dt.date(1999, 12, 31)]),
        (
            "timestamp",
            ["2024-02-29T10:00:00", "1999-12-31 23:59:59"],
            [dt.datetime(2024, 2, 29, 10), dt.datetime(1999, 12, 31, 23, 59, 59)],
        ),
        ("varchar(9)", ["x", 5, 2.5, True], ["x", "5", "2.5", "true"]),
        ("enum('a','b')", ["a"], ["a"]),
        ("text", ["'", "\\", "😀"], ["'", "\\", "😀"]),
        (
            "json",
            ['{"a": [1, null]}', '"x"', 5, 2.5, True],
            ['{"a": [1, null]}', '"x"', "5", "2.5", "true"],
        ),
        ("jsonb", ["[]", "null"], ["[]", "null"]),
    ],
)
def test_values_become_the_type_of_their_column(kind, listed, expected):
    """What JSON can only write as a number or as text is exact in the column, to the last bit."""
    made = chosen(listed, kind, rows=200)
    assert set(expected) == set(made)
    assert {type(value) for value in expected} == {type(value) for value in made}


@pytest.mark.parametrize(
    ("kind", "listed", "says"),
    [
        ("int", [1, 2.5], "2.5 is not a number that int holds"),
        ("decimal(8,2)", [12345.678], r"12345.678 is not a number that decimal\(8,2\)"),
        ("decimal(12,2)", [12345678.9012], "12345678.9012 is not"),
        ("decimal(8,2)", [1e30], r"1e\+30 is not"),
        ("tinyint", [1, 300], "300"),
        ("int", ["one"], "neither numbers nor ISO dates"),
        ("int", [1, "2"], "values of one kind"),
        ("date", ["2024-02-30"], "2024-02-30|range|ISO"),
        ("varchar(3)", ["abc", "abcd"], "'abcd' has 4 characters"),
        ("enum('a','b')", ["a", "c"], "'c', which is none of"),
        ("varchar(9)", ["a", "b", "a"], "'a' is listed twice"),
        ("json", ["{}", "x"], "'x', which is no JSON"),
        ("jsonb", ["{'a': 1}"], "no JSON"),
        ("json", ["NaN"], "no JSON"),
        ("varchar(9)", [1, "1"], "'1' is listed twice"),
        ("varchar(9)", [{"value": None}, "b"], "null"),
        ("varchar(9)", [], "length >= 1|empty|at least"),
        ("varchar(9)", [{"value": "a", "weight": 0}], "> 0|above 0|positive"),
        ("varchar(9)", [{"value": "a", "weight": -1}], "> 0|above 0|positive"),
    ],
)
def test_values_that_cannot_stand_in_the_column_are_refused(kind, listed, says):
    """With the value in the message, and before a row is made."""
    with pytest.raises(SchemaError, match=says):
        chosen(listed, kind, rows=5)


@pytest.mark.parametrize("kind", ["varchar(9)", "int"])
def test_a_unique_column_takes_each_value_once(kind):
    """Seven rows of seven values; the eighth row is refused with both numbers."""
    listed = list(range(7))
    made = chosen(listed, kind, rows=7, unique=True)
    assert 7 == len(set(made))
    with pytest.raises(PlanError, match="8 unique values asked for, and only 7 exist"):
        chosen(listed, kind, rows=8, unique=True)


def test_a_constant_is_the_same_in_every_row():
    """With the decimal places of the column."""
    facts = {"type": "decimal(5,2)", "generator": "constant", "generator_params": {"value": 1.5}}
    assert {Decimal("1.50")} == set(values_of(100, **facts))


def test_edge_cells_take_the_shortest_or_the_longest_text():
    """Either as often as the other, whatever the order of the list."""
    facts = {
        "type": "text",
        "generator": "enum",
        "generator_params": {"values": ["ab", "c", "def"]},
    }
    made = cells(bound({"v": facts}, 10_000, edge_case_probability=1.0), "v")
    assert_values_fit(made, {"c": 1, "def": 1})


@pytest.mark.parametrize(
    "facts",
    [
        {"distribution": "weighted"},
        {"generator_params": {"distribution": "weighted"}},
    ],
)
def test_a_choice_may_call_itself_weighted(facts):
    """Real schemas do; it changes nothing."""
    listed = [{"value": "a", "weight": 3}, {"value": "b", "weight": 1}]
    assert chosen(listed, rows=1000) == chosen(listed, rows=1000, **facts)
