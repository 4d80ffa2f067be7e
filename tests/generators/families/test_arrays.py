"""Arrays: how long they are, and what their elements are made by."""

from __future__ import annotations

from collections import Counter

import pytest
from support.statistics import assert_values_fit
from support.tables import bind, bound, cells, schema_of, values_of

from shardgen.errors import PlanError, SchemaError


def arrays(kind="int[]", rows=20_000, nullable=False, **parameters):
    """Return arrays that the generator makes of these parameters."""
    facts = {"type": kind, "generator": "array", "generator_params": parameters}
    return values_of(rows, **facts, nullable=nullable)


def small(most=9):
    return {"generator": "int_range", "generator_params": {"min": 1, "max": most}}


def test_lengths_are_within_their_bounds_each_as_likely():
    """From 0 to 5 where nothing is said."""
    assert_values_fit([len(v) for v in arrays()], dict.fromkeys(range(6), 1))
    made = arrays(min_length=2, max_length=4)
    assert_values_fit([len(v) for v in made], dict.fromkeys((2, 3, 4), 1))


def test_lengths_follow_a_law():
    """A distribution of the generator is one of lengths."""
    law = {"type": "weighted", "params": {"values": [{"value": 1, "weight": 3}, {"value": 4}]}}
    made = arrays(max_length=4, distribution=law)
    assert_values_fit([len(v) for v in made], {1: 3, 4: 1})


def test_elements_follow_the_law_of_their_generator():
    """Wherever they stand in the array."""
    values = [{"value": "a", "weight": 3}, {"value": "b"}]
    element = {"generator": "choice", "generator_params": {"values": values}}
    made = arrays("text[]", element=element, min_length=3, max_length=3)
    for place in range(3):
        assert_values_fit([v[place] for v in made], {"a": 3, "b": 1})
    assert len({tuple(v) for v in made}) == 8, "elements do not follow each other"


def test_a_row_is_made_alone():
    """Any rows, in any order, have the arrays that they have among all."""
    facts = {"type": "int[][]", "nullable": True}
    tags = {"element": "word", "distinct": True}
    words = {"type": "text[]", "generator": "array", "generator_params": tags}
    table = bound({"a": facts, "b": words}, 5000)
    for name in ("a", "b"):
        whole, some = cells(table, name), [4999, 17, 17, 3000, 0, 18]
        assert [whole[n] for n in some] == cells(table, name, some)


def test_rows_that_are_added_change_none():
    """An array depends on its row alone."""
    assert arrays(rows=100) == arrays(rows=1000)[:100]


def test_lengths_and_elements_are_no_others_draws():
    """An array as long as another's has other elements, and a number beside it is no element's."""
    facts = {"type": "int[]", "generator": "array", "generator_params": {"element": small()}}
    columns = {"a": facts, "b": facts, "c": {"type": "int", **small()}}
    table = bound(columns, 20_000)
    a, b, c = (cells(table, name) for name in "abc")
    both = [(x[0], y[0]) for x, y in zip(a, b, strict=True) if x and y]
    assert_values_fit(both, dict.fromkeys([(x, y) for x in range(1, 10) for y in range(1, 10)], 1))
    first = [(x[0], y) for x, y in zip(a, c, strict=True) if x]
    assert_values_fit(first, dict.fromkeys([(x, y) for x in range(1, 10) for y in range(1, 10)], 1))


def test_distinct_elements_are_any_each_as_likely():
    """None comes twice in an array, and every order of every choice is as likely."""
    element = {"generator": "choice", "generator_params": {"values": ["a", "b", "c", "d"]}}
    made = arrays("text[]", element=element, distinct=True, min_length=2, max_length=2)
    pairs = {(x, y): 1 for x in "abcd" for y in "abcd" if x != y}
    assert_values_fit([tuple(v) for v in made], pairs)
    whole = arrays("text[]", element=element, distinct=True, min_length=4, max_length=4)
    assert {tuple(sorted(v)) for v in whole} == {tuple("abcd")}


@pytest.mark.parametrize("element", ["email", "uuid", "phrase", "int_range", "date_past"])
def test_generators_that_fill_unique_columns_make_distinct_elements(element):
    """By what they draw a unique column with."""
    kinds = {"int_range": "int", "uuid": "uuid", "date_past": "date"}
    kind = kinds.get(element, "varchar(80)")
    made = arrays(f"{kind}[]", 3000, element=element, distinct=True, min_length=5)
    assert all(len(set(v)) == len(v) for v in made)


def test_as_many_distinct_elements_as_there_are():
    """One more is refused with the numbers."""
    said = {"element": small(5), "distinct": True}
    assert {5} == {len(set(v)) for v in arrays(min_length=5, max_length=5, **said)}
    with pytest.raises(PlanError, match="up to 6 distinct elements are asked for, and 5 exist"):
        arrays(max_length=6, **said)


def test_a_share_of_elements_is_null():
    """And arrays themselves are by the column."""
    made = [v for each in arrays(element_null_probability=0.25) for v in each]
    assert 0.23 < made.count(None) / len(made) < 0.27
    whole = arrays(nullable=True, null_probability=0.5, element_null_probability=1)
    assert {None} == {v for each in whole if each is not None for v in each}
    assert 0.47 < whole.count(None) / len(whole) < 0.53


def test_dimensions_have_one_length_in_a_row():
    """As PostgreSQL's have; an array without rows has no columns either."""
    made = arrays("int[][]", max_length=4)
    assert all(len({*map(len, v)}) <= 1 for v in made)
    shapes = Counter((len(v), len(v[0]) if v else 0) for v in made)
    assert shapes.keys() == {(0, 0)} | {(x, y) for x in range(1, 5) for y in range(1, 5)}
    assert {len(v) for v in arrays("int[][]", min_length=2, max_length=2)} == {2}


def test_timestamps_have_fractions_in_arrays_too():
    """With as many digits as the type has."""
    made = [v for each in arrays("timestamp(6)[]", 2000) for v in each]
    assert len({v.microsecond for v in made}) > 0.9 * len(made)


@pytest.mark.parametrize(
    ("kind", "parameters", "what"),
    [
        ("int", {}, "array makes arrays, and the column is int"),
        ("int[]", {"min_length": 6, "max_length": 3}, "min 6 is above max 3"),
        ("int[]", {"max_length": 257}, "max_length"),
        ("int[][]", {"max_length": 17}, "17 times 17 are more than 256 elements"),
        ("int[]", {"element": "emial"}, "unknown generator 'emial'"),
        ("int[]", {"element": "email"}, "yields text, and the column is int"),
        ("int[]", {"element": {"generator": "int_range", "generator_params": {"mim": 1}}},
         "unknown parameter 'mim'"),
        ("tinyint[]", {"element": {"generator": "int_range",
                                   "generator_params": {"min": 0, "max": 200}}},
         "values such as 200, and tinyint holds -128 to 127"),
        ("int[]", {"element": {"generator": "expression",
                               "generator_params": {"expression": "id + 1"}}},
         "column 'id' is not in table"),
        ("int[]", {"element": "ordinal"}, "its elements"),
    ],
)  # fmt: skip
def test_what_no_array_can_be_made_of_is_refused(kind, parameters, what):
    """Before a row is made, with the parameter that is wrong."""
    facts = {"type": kind, "generator": "array", "generator_params": parameters}
    with pytest.raises((SchemaError, PlanError), match=what):
        bind(schema_of(t=(10, {"v": facts})))


def test_unique_arrays_are_refused():
    """Two may be equal."""
    with pytest.raises(SchemaError, match="arrays may be equal, and the column v is unique"):
        bind(schema_of(t=(10, {"v": {"type": "int[]", "unique": True}})))


def test_an_expression_reads_no_array():
    """And says so."""
    columns = {
        "a": {"type": "int[]"},
        "b": {"type": "int", "generator": "expression", "generator_params": {"expression": "a"}},
    }
    with pytest.raises(SchemaError, match=r"a is int\[\], which no expression reads"):
        bind(schema_of(t=(10, columns)))
