"""The generator of a column that names none: a plausible value that fits its type."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tables import AS_OF, assert_of_type, bound, cells, values_of

from shardgen.errors import PlanError
from shardgen.schema.types import NAMES

SIMPLE = [name for name in NAMES if name not in ("decimal", "varchar", "char", "enum", "set")]
ARGUED = [
    *("decimal(10,2)", "decimal(1,0)", "decimal(1,1)", "decimal(18,0)", "decimal(18,18)"),
    *("decimal(17,17)", "decimal(18,15)", "decimal(5,3)", "varchar(1)", "varchar(2)", "char(3)"),
    *("varchar(5)", "varchar(11)", "varchar(12)", "varchar(79)", "varchar(80)", "varchar(255)"),
    *("char(1)", "enum('a','b')", "enum('it''s')", "set('a','b')"),
]


@pytest.mark.parametrize("kind", [*SIMPLE, *ARGUED])
def test_every_type_has_a_value_that_fits(kind):
    """Columns without a generator work, however small their type."""
    made = values_of(2000, type=kind)
    assert_of_type(made, kind)
    if kind != "enum('it''s')":
        assert len(set(made)) > 1


@pytest.mark.parametrize("kind", [*SIMPLE, *ARGUED])
def test_edge_values_fit_too(kind):
    """With every cell at an edge: the extremes of a default are values of the type."""
    assert_of_type(cells(bound({"v": {"type": kind}}, 500, edge_case_probability=1.0), "v"), kind)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        *(("tinyint", 100), ("smallint", 1000), ("int", 1000), ("bigint", 1000), ("uuid", 1000)),
        *(("decimal(10,2)", 1000), ("double", 1000), ("date", 300), ("timestamp", 1000)),
        *(("varchar(20)", 1000), ("varchar(5)", 1000), ("text", 1000), ("jsonb", 1000)),
        *(("boolean", 2), ("enum('a','b')", 2), ("varchar(5)", 9001), ("char(3)", 40_000)),
        *(("char(1)", 36), ("varchar(2)", 36**2), ("varchar(4)", 1000)),
    ],
)
def test_unique_columns_of_every_type_repeat_nothing(kind, rows):
    """Up to all values that a narrow type has, such as 2 booleans or 36 single characters."""
    made = values_of(rows, type=kind, unique=True)
    assert_of_type(made, kind)
    assert rows == len(set(made))


@pytest.mark.parametrize("length", [1, 2])
def test_more_unique_texts_than_there_are_of_a_length_are_refused(length):
    """With the numbers: digits and letters give 36 for each character."""
    says = f"{36**length + 1} unique values asked for, and only {36**length} exist"
    with pytest.raises(PlanError, match=says):
        values_of(36**length + 1, type=f"char({length})", unique=True)


@pytest.mark.parametrize("kind", ["varchar(20)", "uuid", "bigint", "jsonb"])
def test_rows_added_at_the_end_change_no_unique_default(kind):
    """A table a hundred times as long begins with the same rows."""
    made = values_of(50_000, type=kind, unique=True)
    assert values_of(500, type=kind, unique=True) == made[:500]


@pytest.mark.parametrize("kind", ["timestamp", "datetime"])
def test_a_default_of_now_is_a_time_within_the_year_before_as_of(kind):
    """Never the word DEFAULT, and no clock is read."""
    made = values_of(5000, type=kind, default="CURRENT_TIMESTAMP")
    newest = dt.datetime.combine(AS_OF, dt.time())
    assert newest - dt.timedelta(365) <= min(made) <= max(made) <= newest


def test_a_default_does_not_fill_the_column():
    """It is what the database fills in for others; generated rows have values."""
    assert len(set(values_of(1000, type="int", default=5))) > 1


@given(st.integers(1, 18).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p))))
@settings(max_examples=60, deadline=None)
def test_every_decimal_has_a_value_that_fits(precision_and_scale):
    """Every precision to 18 digits with every scale, all of them places too."""
    kind = "decimal({},{})".format(*precision_and_scale)
    assert_of_type(values_of(50, type=kind), kind)


@given(st.sampled_from(["varchar", "char"]), st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_every_length_of_text_has_a_value_that_fits(kind, length):
    """From 1 to 300 characters, fixed and varying."""
    assert_of_type(values_of(50, type=f"{kind}({length})"), f"{kind}({length})")


@pytest.mark.parametrize("kind", ["tinyint", "smallint", "int", "bigint"])
def test_a_whole_number_key_counts_the_rows(kind):
    """An integer primary key without a generator is the row's number from 1."""
    made = values_of(100, type=kind, primary_key=True)
    assert list(range(1, 101)) == made
