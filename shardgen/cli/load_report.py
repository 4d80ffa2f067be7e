"""What a load put into a database, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shardgen.execution.loading.load import LoadSummary


def summary_lines(summary: LoadSummary) -> str:
    """Return what was loaded, and how fast."""
    loaded = summary.rows - summary.resumed
    speed = f"{loaded / max(summary.seconds, 1e-9):,.0f} rows/s"
    before = f", {summary.resumed:,} of them before" if summary.resumed else ""
    tables = len(summary.tables)
    return (
        f"Loaded {summary.rows:,} rows into {tables} {'table' if tables == 1 else 'tables'} of "
        f"{summary.url} by {summary.by}{before} in {summary.seconds:.2f} s ({speed})"
    )
