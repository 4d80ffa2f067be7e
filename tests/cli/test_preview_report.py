"""Rows of tables as a preview shows them."""

from __future__ import annotations

import pytest
from support.schemas import parsed, right, with_column

from shardgen.cli.preview_report import preview_report
from shardgen.errors import PlanError
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source


def preview(raw, *arguments, **options) -> str:
    return preview_report(Source.bind(build_plan(parsed(raw), Options(**options))), *arguments)


def test_a_preview_is_a_grid_with_numbers_to_the_right():
    """A title with the range and the total, one line a row, and control characters escaped."""
    raw = with_column(
        type="varchar(20)", generator="enum", generator_params={"values": ["tab\there"]}
    )
    title, head, dashes, *rows = preview(raw, "users", (0, 2)).split("\n")
    assert "users: rows 0..2 of 20" == title
    assert ["row", "id", "email", "born", "c"] == head.split()
    assert len(dashes.split()) == 5
    assert ["  0   1 ", "  1   2 "] == [row[:8] for row in rows]
    assert all(row.endswith(r"tab\there") for row in rows)


def test_small_numbers_are_not_written_with_exponents():
    """Shown as they stand in the dump, not as Python's `repr` has them."""
    parameters = {"min": 0, "max": 0.0000009, "precision": 9}
    raw = with_column(type="float", generator="float_range", generator_params=parameters)
    text = preview(raw, "users", None)
    assert "0.00000" in text
    assert "E-" not in text


def test_a_preview_of_a_table_that_is_not_there():
    """The nearest name is offered, as for a mistake in a schema."""
    with pytest.raises(PlanError, match=r"no table 'user' in shop; did you mean 'users'\?"):
        preview(right(), "user", None)
