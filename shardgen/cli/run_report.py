"""What a run wrote, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shardgen.plan.job import DEFAULT_AS_OF

if TYPE_CHECKING:
    from shardgen.execution.pipeline import Summary


def summary_lines(summary: Summary) -> str:
    """Return what was written, how fast, how to load it, and of which day it is."""
    seconds = max(summary.seconds, 1e-9)
    out = "standard output" if summary.out == "-" else summary.out
    speed = f"{summary.rows / seconds:,.0f} rows/s, {summary.bytes / seconds / 1e6:,.1f} MB/s"
    wrote = (
        f"Wrote {out}: {summary.rows:,} rows, {summary.bytes:,} bytes "
        f"in {summary.seconds:.2f} s ({speed})"
    )
    again = f"Make it again: --seed {summary.seed} --as-of {summary.as_of}"
    lines = [wrote, *([f"Load it: {summary.load}"] if summary.load else [])]
    return "\n".join([*lines, again] if summary.as_of != DEFAULT_AS_OF else lines)
