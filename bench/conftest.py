"""Fixtures of the micro benchmarks: how a stage is timed, and what is noted beside its time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable

HERE = Path(__file__).parent
SECONDS_EACH = 0.25  # of timed rounds; a hundred benchmarks must not take longer than a coffee


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every benchmark the same short time, at least five rounds, and its file as group."""
    for item in items:
        if HERE in item.path.parents:
            group = item.path.stem.removeprefix("bench_")
            item.add_marker(
                pytest.mark.benchmark(
                    group=group, max_time=SECONDS_EACH, min_rounds=5, disable_gc=True
                )
            )


@pytest.fixture
def measure(benchmark: Any) -> Callable[..., Any]:
    """
    Time `function()`, note how many rows and bytes it is per second, and return its result.

    `size` is the bytes the stage makes or moves: words, text, or a file.
    """

    def run(function: Callable[[], Any], *, rows: int, size: int, setup: Any = None) -> Any:
        if setup is None:
            result = benchmark(function)
        else:  # one call a round, with the set-up outside the timed part
            result = benchmark.pedantic(function, setup=setup, rounds=20, warmup_rounds=1)
        benchmark.extra_info.update(rows=rows, bytes=size)
        if benchmark.stats is not None:  # none with --benchmark-disable
            seconds = benchmark.stats.stats.median
            benchmark.extra_info["rows_per_s"] = round(rows / seconds)
            benchmark.extra_info["mb_per_s"] = round(size / seconds / 1e6, 1)
        return result

    return run


@pytest.fixture
def batches() -> Callable[[BoundTable], Callable[[], Batch]]:
    """Return a function to the next batch of a table, from its first to its last and around."""

    def through(table: BoundTable) -> Callable[[], Batch]:
        starts = cycle(range(0, max(1, table.rows - BATCH_ROWS + 1), BATCH_ROWS))

        def following() -> Batch:
            start = next(starts)
            return Batch.of_range(table, start, min(start + BATCH_ROWS, table.rows))

        return following

    return through
