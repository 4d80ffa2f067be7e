"""The summary of a run."""

from __future__ import annotations

from shardgen.cli.run_report import summary_lines
from shardgen.execution.pipeline import Summary


def summary(**facts) -> Summary:
    known = {
        "schema": "shop", "dialect": "sqlite", "seed": 0, "out": "shop.sql", "rows": 1234567,
        "bytes": 10**8, "seconds": 0.5, "workers": 2, "tables": {},
        "format": "sql", "load": "sqlite3 -bail shop.db < shop.sql",
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
