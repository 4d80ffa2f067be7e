"""What the command line prints."""

from __future__ import annotations

import pytest
from support.schemas import parsed, right, with_column

from shardgen.cli.report import generator_report, preview_report, summary_lines
from shardgen.errors import PlanError
from shardgen.execution.pipeline import Summary
from shardgen.generators.context import GENERATORS
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source


def summary(**facts) -> Summary:
    known = {
        "schema": "shop", "dialect": "sqlite", "seed": 0, "out": "shop.sql", "rows": 1234567,
        "bytes": 10**8, "seconds": 0.5, "workers": 2, "tables": {},
    }  # fmt: skip
    return Summary(**(known | facts))


def test_the_summary_says_what_how_fast_and_how_to_load_it():
    assert (
        "Wrote shop.sql: 1,234,567 rows, 100,000,000 bytes in 0.50 s "
        "(2,469,134 rows/s, 200.0 MB/s)\n"
        "Load it: sqlite3 -bail shop.db < shop.sql"
    ) == summary_lines(summary())


def test_a_run_too_quick_to_measure_has_a_summary():
    assert "in 0.00 s" in summary_lines(summary(seconds=0.0))


def test_standard_output_needs_no_load_hint():
    assert "Wrote standard output" in summary_lines(summary(out="-"))
    assert "Load it" not in summary_lines(summary(out="-"))


# Preview


def preview(raw, *arguments, **options) -> str:
    return preview_report(Source.bind(build_plan(parsed(raw), Options(**options))), *arguments)


def test_a_preview_is_a_grid_with_numbers_to_the_right():
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
    parameters = {"min": 0, "max": 0.0000009, "precision": 9}
    raw = with_column(type="float", generator="float_range", generator_params=parameters)
    text = preview(raw, "users", None)
    assert "0.00000" in text
    assert "E-" not in text


def test_a_preview_of_a_table_that_is_not_there():
    with pytest.raises(PlanError, match=r"no table 'user' in shop; did you mean 'users'\?"):
        preview(right(), "user", None)


# Generators


def test_the_report_of_a_generator_has_types_defaults_and_distributions():
    text = generator_report("credit_score")
    assert "distribution           distribution   normal(mean=680, std_dev=80)" in text
    assert "distributions: uniform(), normal(mean, std_dev), " in text


def test_a_generator_without_examples_says_why():
    assert "examples: none (Faker has no method 'nope')" in generator_report("faker.nope")


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_parameters_are_described_in_words(name):
    """Not in Python's notation."""
    for word in ("Annotated", "Optional", "typing", "msgspec", "Meta(", "<class", "NoneType"):
        assert word not in generator_report(name)
