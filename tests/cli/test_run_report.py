"""The summary of a run."""

from __future__ import annotations

import datetime as dt

from shardgen.cli.run_report import summary_lines
from shardgen.execution.pipeline import Summary
from shardgen.plan.job import DEFAULT_AS_OF


def summary(**facts) -> Summary:
    known = {
        "schema": "shop", "dialect": "sqlite", "seed": 0, "out": "shop.sql", "rows": 1234567,
        "bytes": 10**8, "seconds": 0.5, "workers": 2, "tables": {},
        "as_of": DEFAULT_AS_OF, "format": "sql", "load": "sqlite3 -bail shop.db < shop.sql",
    }  # fmt: skip
    return Summary(**(known | facts))


def test_the_summary_says_what_how_fast_and_how_to_load_it():
    """Rows and bytes, both speeds, and the command of the database's own client."""
    assert (
        "Wrote shop.sql: 1,234,567 rows, 100,000,000 bytes in 0.50 s "
        "(2,469,134 rows/s, 200.0 MB/s)\n"
        "Load it: sqlite3 -bail shop.db < shop.sql"
    ) == summary_lines(summary())


def test_a_run_too_quick_to_measure_has_a_summary():
    """No speed is a division by zero."""
    assert "in 0.00 s" in summary_lines(summary(seconds=0.0))


def test_standard_output_needs_no_load_hint():
    """The dump is on its way already; there is no file to load."""
    assert "Wrote standard output" in summary_lines(summary(out="-", load=""))
    assert "Load it" not in summary_lines(summary(out="-", load=""))


def test_a_day_of_one_s_own_is_said_with_what_makes_the_bytes_again():
    """As `--as-of today` is another one tomorrow."""
    last = summary_lines(summary(as_of=dt.date(2026, 1, 31), seed=7)).splitlines()[-1]
    assert "Make it again: --seed 7 --as-of 2026-01-31" == last
