"""What a run wrote, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shardgen.execution.pipeline import Summary


def summary_lines(summary: Summary) -> str:
    """Return what was written, how fast, and how to load it."""
    seconds = max(summary.seconds, 1e-9)
    out = "standard output" if summary.out == "-" else summary.out
    speed = f"{summary.rows / seconds:,.0f} rows/s, {summary.bytes / seconds / 1e6:,.1f} MB/s"
    wrote = (
        f"Wrote {out}: {summary.rows:,} rows, {summary.bytes:,} bytes "
        f"in {summary.seconds:.2f} s ({speed})"
    )
    return f"{wrote}\nLoad it: {summary.load}" if summary.load else wrote
