"""Values as the type of their column: what is changed, what is refused, what is held against it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tables import bound, schema_of, values_of

from shardgen.errors import SchemaError
from shardgen.schema.types import parse_type
from shardgen.tables import values as c
from shardgen.tables.casts import cast, check_fit


def array(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


VALUES = {
    "integers": c.Integers(array(0, 1, 7), 0, 7),
    "negative": c.Integers(array(-3, 1), -3, 1),
    "bits": c.Integers(array(0, 1), 0, 1),
    "decimals": c.Decimals(array(0, 150, 1005), 2, 0, 1005),
    "cents": c.Decimals(array(-5, 150), 2, -5, 150),
    "whole": c.Decimals(array(0, 150), 0, 0, 150),
    "dates": c.Dates(array(0, 19_782), 0, 19_782),
    "timestamps": c.Timestamps(array(-1, 86_400), -1, 86_400),
    "booleans": c.Booleans(np.array([True, False])),
    "picks": c.Dictionary(array(1, 0), c.Pool(["a", "bc"])),
    "text": c.Text((c.Dictionary(array(1, 0), c.Pool(["a", "bc"])), "!")),
    "hex": c.HexDigits(np.array([255, 0], np.uint64), 4),
}

TEXT = parse_type("text")

CHANGED = [
    ("integers", "int", [0, 1, 7]),
    ("booleans", "int", [1, 0]),
    ("whole", "bigint", [0, 150]),
    ("integers", "decimal(8,2)", ["0.00", "1.00", "7.00"]),
    ("decimals", "decimal(8,2)", ["0.00", "1.50", "10.05"]),
    ("decimals", "decimal(8,4)", ["0.0000", "1.5000", "10.0500"]),
    ("decimals", "decimal(8,1)", ["0.0", "1.5", "10.1"]),
    ("decimals", "decimal(8,0)", ["0", "2", "10"]),
    ("decimals", "double", ["0.00", "1.50", "10.05"]),
    ("integers", "float", ["0", "1", "7"]),
    ("dates", "date", ["1970-01-01", "2024-02-29"]),
    ("timestamps", "date", ["1969-12-31", "1970-01-02"]),
    ("dates", "timestamp", ["1970-01-01 00:00:00", "2024-02-29 00:00:00"]),
    ("timestamps", "datetime", ["1969-12-31 23:59:59", "1970-01-02 00:00:00"]),
    ("booleans", "boolean", [True, False]),
    ("bits", "boolean", [False, True]),
    ("picks", "varchar(2)", ["bc", "a"]),
    ("text", "text", ["bc!", "a!"]),
    ("hex", "char(4)", ["00ff", "0000"]),
    ("integers", "varchar(5)", ["0", "1", "7"]),
    ("booleans", "varchar(5)", ["true", "false"]),
    ("decimals", "varchar(9)", ["0.00", "1.50", "10.05"]),
    ("dates", "varchar(10)", ["1970-01-01", "2024-02-29"]),
    ("negative", "varchar(2)", ["-3", "1"]),
    ("cents", "varchar(5)", ["-0.05", "1.50"]),
    ("whole", "varchar(3)", ["0", "150"]),
    ("timestamps", "varchar(19)", ["1969-12-31 23:59:59", "1970-01-02 00:00:00"]),
    ("picks", "enum('a','bc')", ["bc", "a"]),
]


@pytest.mark.parametrize(("values", "kind", "expected"), CHANGED)
def test_values_become_what_the_type_stores(values, kind, expected):
    """Where nothing is lost but decimals, the kind changes and the value stays."""
    made = cast(VALUES[values], parse_type(kind))
    assert list(map(str, expected)) == list(map(str, made.python()))
    check_fit(made, parse_type(kind))


@pytest.mark.parametrize(("values", "kind", "expected"), CHANGED)
def test_bounds_hold_for_what_values_become(values, kind, expected):
    """Bounds change with the kind and the scale: writers and fit checks believe them unseen."""
    del expected
    made = cast(VALUES[values], parse_type(kind))
    for name in ("values", "units", "days", "seconds"):
        numbers = getattr(made, name, None)
        if numbers is not None and hasattr(made, "low"):
            assert made.low <= numbers.min() <= numbers.max() <= made.high


@pytest.mark.parametrize(
    ("values", "kind", "says"),
    [
        ("decimals", "int", "yields decimal numbers, and the column is int"),
        ("text", "int", "yields text, and the column is int"),
        ("dates", "int", "yields dates, and the column is int"),
        ("picks", "date", "yields text, and the column is date"),
        ("integers", "date", "yields whole numbers, and the column is date"),
        ("integers", "boolean", "yields whole numbers, and the column is boolean"),
        ("booleans", "date", "yields true or false, and the column is date"),
        ("timestamps", "decimal(8,2)", "yields timestamps, and the column is decimal(8,2)"),
    ],
)
def test_what_a_type_cannot_store_is_refused(values, kind, says):
    """The message says in words what is yielded and what the column is."""
    with pytest.raises(ValueError, match=re.escape(says)):
        cast(VALUES[values], parse_type(kind))


DAY = 86_400


@pytest.mark.parametrize(
    ("values", "kind", "says"),
    [
        (c.Integers(array(0), 0, 128), "tinyint", "yields values such as 128, and tinyint holds"),
        (c.Integers(array(0), -129, 0), "tinyint", "yields values such as -129"),
        (c.Integers(array(0), 0, 1 << 31), "int", "yields values such as 2147483648"),
        (c.Decimals(array(0), 2, 0, 100_000), "decimal(5,2)", "yields values such as 1000.00, and"),
        (c.Decimals(array(0), 2, -100_000, 0), "decimal(5,2)", "yields values such as -1000.00,"),
        (
            c.Dates(array(0), -354_286, 0),
            "date",
            "yields values such as 0999-12-31, and date holds",
        ),
        (c.Dates(array(0), 0, 2_932_897), "date", "yields values such as 10000-01-01, and date"),
        (
            c.Timestamps(array(0), 0, 2_932_897 * DAY + 3661),
            "timestamp",
            (
                "yields values such as 10000-01-01 01:01:01, "
                "and timestamp holds 1000-01-01 00:00:00 to 9999-12-31 23:59:59"
            ),
        ),
        (VALUES["picks"], "varchar(1)", "yields up to 2 characters, and varchar(1) holds 1"),
        (cast(VALUES["negative"], TEXT), "varchar(1)", "yields up to 2 characters, and varchar(1)"),
        (cast(VALUES["cents"], TEXT), "char(4)", "yields up to 5 characters, and char(4) holds 4"),
        (
            cast(VALUES["timestamps"], TEXT),
            "varchar(18)",
            "yields up to 19 characters, and varchar",
        ),
        (VALUES["text"], "char(2)", "yields up to 3 characters, and char(2) holds 2"),
        (VALUES["picks"], "enum('a','b')", "yields 'bc', which is none of enum('a','b')"),
        (VALUES["text"], "enum('a','b')", "yields free text, and the column is enum('a','b')"),
        (VALUES["picks"], "json", "yields 'a', which is no JSON, and the column is json"),
        (VALUES["text"], "jsonb", "yields 'a!', which is no JSON, and the column is jsonb"),
        (VALUES["picks"], "uuid", "yields 'a', which is no uuid, and the column is uuid"),
    ],
)
def test_bounds_beyond_the_type_are_refused(values, kind, says):
    """The bounds of a column hold for all rows, so one look settles it."""
    with pytest.raises(ValueError, match=re.escape(says)):
        check_fit(values, parse_type(kind))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (c.Integers(array(0), -128, 127), "tinyint"),
        (c.Integers(array(0), -(1 << 63), (1 << 63) - 1), "bigint"),
        (c.Decimals(array(0), 2, -99_999, 99_999), "decimal(5,2)"),
        (c.Dates(array(0), -354_285, 2_932_896), "date"),
        (c.Timestamps(array(0), -354_285 * DAY, 2_932_897 * DAY - 1), "timestamp"),
        (VALUES["picks"], "varchar(2)"),
    ],
)
def test_bounds_at_the_ends_of_the_type_fit(values, kind):
    """The last value that a type stores is not refused, nor is the last day of the calendar."""
    check_fit(values, parse_type(kind))


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_decimals_are_rounded_half_up_or_kept(units, scale, to):
    """More places exactly; fewer to the nearest, halves upwards."""
    low, high = min(units), max(units)
    made = cast(c.Decimals(np.array(units), scale, low, high), parse_type(f"decimal(18,{to})"))
    step = Decimal(1).scaleb(-to)
    exact = [Decimal(u).scaleb(-scale) / step for u in units]
    expected = [(e + Decimal("0.5")).__floor__() * step for e in exact]
    assert expected == made.python()
    assert made.low <= made.units.min() <= made.units.max() <= made.high


def test_whole_numbers_too_large_for_a_decimal_are_refused():
    """10^17 with two places is beyond an int64; it does not wrap."""
    values = c.Integers(array(10**17), 0, 10**17)
    with pytest.raises(ValueError, match="holds -99"):
        check_fit(cast(values, parse_type("decimal(18,2)")), parse_type("decimal(18,2)"))
    kind = parse_type("decimal(18,16)")
    widened = cast(c.Decimals(array(10**12), 2, 0, 10**12), kind)
    with pytest.raises(ValueError, match="holds -99"):
        check_fit(widened, kind)


# --- Through the binder


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "date", "generator": "timestamp_past"},
        {"type": "date", "generator": "timestamp_future"},
    ],
)
def test_unique_values_are_not_rounded_together(facts):
    """A unique column of a coarser type than its generator is refused, not filled with repeats."""
    bound({"v": facts}, 3)
    with pytest.raises(SchemaError, match="finer"):
        bound({"v": {**facts, "unique": True}}, 3)


def test_a_date_generator_fills_a_text_column():
    """As ISO dates, which are the same days."""
    made = values_of(100, type="varchar(10)", generator="date_past")
    assert all(dt.date(2024, 1, 1) <= dt.date.fromisoformat(v) for v in made)


def test_a_value_that_does_not_fit_names_its_column():
    """The message has the refused value, the type and the path of the column."""
    with pytest.raises(SchemaError, match=r"300.*tinyint.*tables\.t\.columns\.v"):
        bound(
            {
                "v": {
                    "type": "tinyint",
                    "generator": "int_range",
                    "generator_params": {"min": 0, "max": 300},
                }
            }
        )


def test_a_foreign_key_narrower_than_its_parent_is_refused():
    """Few parents would fit today; more rows would not."""
    with pytest.raises(SchemaError, match="smallint"):
        schema_of(
            p=(5, {"id": {"type": "int", "primary_key": True}}),
            c=(5, {"p": {"type": "smallint", "foreign_key": {"table": "p", "column": "id"}}}),
        )
