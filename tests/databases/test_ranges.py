"""Ranges, loaded: the bounds that were asked for, and periods that do not overlap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.databases import TARGETS, Database
from support.loading import Dump, assert_loaded, assert_sound, column, expected_rows, table

import shardgen
from shardgen.errors import SchemaError
from shardgen.schema.model import Schema

EXPONENTIAL = {"distribution": "exponential"}


def ranges(**parameters: Any) -> dict[str, Any]:
    return {"generator": "range", "generator_params": parameters}


def test_ranges_arrive(database: Database, dump: Dump, schema_of: Callable[..., Schema]) -> None:
    """Of each type, with all bounds, empty ones and such without an upper bound."""
    some = {"empty_probability": 0.2, "unbounded_probability": 0.3}
    columns = [
        column("plain", "int4range", **ranges()),
        column("signed", "int8range", unique=True, **ranges(min=-(10**12), max=10**12)),
        column("near", "int4range", **ranges(min=-3, max=3, min_length=2, max_length=2, **some)),
        column("sums", "numrange", **ranges(min=-1.5, max=99.25, min_length=0.01)),
        column("days", "daterange", nullable=True, **ranges(min="2024-02-28", max="2024-03-01")),
        column("past", "daterange", **ranges(**some)),
        column("stay", "tsrange", **ranges(**some)),
        column("zone", "tstzrange", **ranges(min="2024-01-01 10:00:00", max="2024-01-02")),
    ]
    columns += [
        column(f"b{n}", kind, **ranges(bounds=bounds, **some))
        for n, bounds in enumerate(("[]", "(]", "()", "[)"))
        for kind in (["numrange", "tsrange"][n % 2],)
    ]
    schema = schema_of(table("t", 300, *columns))
    database.load(dump(schema))
    assert_sound(database, schema)
    assert_loaded(database, schema)
    rows = expected_rows(schema, "t")
    assert 30 < sum(row["near"] == "empty" for row in rows) < 95
    assert 40 < sum(row["near"].endswith(",)") for row in rows) < 115
    assert not any("empty" in row["plain"] or ",)" in row["plain"] for row in rows)


@pytest.mark.parametrize("target", TARGETS[:2], indirect=True)
def test_ranges_have_the_lengths_that_were_asked_for(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """As PostgreSQL itself reads them."""
    columns = [
        column("days", "daterange", **ranges(min_length=2, max_length=9)),
        column("stay", "tsrange", **ranges(min_length=60, max_length=600)),
        column("sums", "numrange", **ranges(min=10, max=20, min_length=0.5, max_length=1)),
    ]
    database.load(dump(schema_of(table("t", 500, *columns))))
    wanted = {
        "upper(days) - lower(days)": (2, 9),
        "extract(epoch FROM upper(stay) - lower(stay))": (60, 600),
        "upper(sums) - lower(sums)": (0.5, 1),
    }
    for what, (low, high) in wanted.items():
        assert database.count("t", f"NOT {what} BETWEEN {low} AND {high}") == 0, what
    assert database.count("t", "NOT lower(sums) BETWEEN 10 AND 20") == 0


@pytest.mark.parametrize("target", TARGETS[:2], indirect=True)
def test_periods_of_a_parent_do_not_overlap(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """One after another by their number, they meet an EXCLUDE constraint."""
    period = "'[' || (room.since + 30 * n) || ',' || (room.since + 30 * (n + 1)) || ')'"
    columns = [
        column("room_id", "int", foreign_key={
            "table": "room", "column": "id", "fan_out": {"type": "grouped"}}),
        column("n", "int", generator="ordinal",
               generator_params={"relation": "room_id", "start": 0}),
        column("period", "daterange", generator="expression",
               generator_params={"expression": period}),
    ]  # fmt: skip
    schema = schema_of(table("room", 20, column("since", "date")), table("stay", 400, *columns))
    database.load(dump(schema))
    database.execute(
        "ALTER TABLE stay ADD EXCLUDE USING gist "
        "(int4range(room_id, room_id, '[]') WITH =, period WITH &&)"
    )
    assert_loaded(database, schema)
    assert database.count("stay", "isempty(period)") == 0


@pytest.mark.parametrize(
    ("kind", "parameters", "what"),
    [
        ("int", {}, "range makes ranges, and the column is int"),
        ("int4range", {"bounds": "[]"}, r"bounds \[\] are not how PostgreSQL writes a int4range"),
        ("int4range", {"min": 5}, "one of min and max is given without the other"),
        ("int4range", {"min": 5, "max": 4}, "min 5 is above max 4"),
        ("int4range", {"min": 0, "max": 2**31 - 1}, "ends beyond what int4range holds"),
        ("int4range", {"min": "a", "max": "b"}, "'a' is no number"),
        ("daterange", {"min": 1, "max": 2}, "1 is no date"),
        ("daterange", {"min": "9999-12-01", "max": "9999-12-31"}, "ends beyond what daterange"),
        ("numrange", {"min_length": 5, "max_length": 4}, "no length lies within 5 to 4"),
        ("int4range", {**EXPONENTIAL, "mean": 5000}, "mean 5000 is not within 0 to 1000, where"),
        ("numrange", {**EXPONENTIAL, "mean": 1001}, "mean 1001 is not within 0 to 1000, where"),
        ("daterange", {**EXPONENTIAL, "mean": 1}, "mean 1 is not within .*, in days since 1970"),
        (
            "tsrange",
            {**EXPONENTIAL, "mean": 1, "min": "2024-01-01", "max": "2024-02-01"},
            "mean 1 is not within 1704067200 to 1706745600, in seconds since 1970-01-01, where",
        ),
    ],
)
def test_what_is_no_range_is_refused(
    schema_of: Callable[..., Schema], kind: str, parameters: dict[str, Any], what: str
) -> None:
    """Before a row is made, with the bounds."""
    schema = schema_of(table("t", 5, column("x", kind, **ranges(**parameters))))
    with pytest.raises(SchemaError, match=what):
        shardgen.generate(schema)


@pytest.mark.parametrize("kind", ["int4range", "numrange"])
def test_lower_bounds_have_a_law_where_no_bounds_are_said(
    schema_of: Callable[..., Schema], kind: str
) -> None:
    """From 0 to 1000, by the law."""
    law = ranges(**EXPONENTIAL, mean=20)
    rows = shardgen.generate(schema_of(table("t", 500, column("x", kind, **law))))["t"].rows
    lower = [float(row["x"][1:].partition(",")[0]) for row in rows]
    assert 15 < sum(lower) / 500 < 25


def test_equal_ranges_are_no_key(schema_of: Callable[..., Schema]) -> None:
    """Empty ranges are all one."""
    empty = ranges(empty_probability=0.5)
    schema = schema_of(table("t", 5, column("x", "int4range", unique=True, **empty)))
    with pytest.raises(SchemaError, match="empty ranges are equal, and the column is unique"):
        shardgen.generate(schema)


DAYS = [column(name, "date", generator="date_past") for name in "xy"]


def test_ranges_whose_bounds_fall_are_refused(schema_of: Callable[..., Schema]) -> None:
    """Listed or put together: PostgreSQL takes none, and writes each in one form."""
    for kind, text in (
        ("daterange", "[2024-01-05,2024-01-01)"),
        ("daterange", "[2024-02-30,2024-03-01)"),
        ("int4range", "[1,4]"),
        ("int4range", "[1,99999999999)"),
        ("numrange", "[1,1)"),
    ):
        listed = {"generator": "choice", "generator_params": {"values": [text]}}
        with pytest.raises(SchemaError, match=f"which is no {kind}"):
            shardgen.generate(schema_of(table("t", 3, column("r", kind, **listed))))
    joined = {"expression": "'[' || x || ',' || y || ')'"}
    period = column("r", "daterange", generator="expression", generator_params=joined)
    with pytest.raises(SchemaError, match="breaks the order of bounds: the lower bound of a dater"):
        shardgen.generate(schema_of(table("t", 90, *DAYS, period)))


def test_ranges_that_an_expression_puts_together_load(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Where each row's bounds rise, or are equal."""
    joined = {"expression": "'[' || least(x, y) || ',' || greatest(x, y) || ')'"}
    period = column("r", "daterange", generator="expression", generator_params=joined)
    schema = schema_of(table("t", 90, *DAYS, period))
    database.load(dump(schema))
    assert 90 == database.count("t", "r IS NOT NULL")
