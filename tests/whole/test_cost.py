"""
What a run may cost, counted and not timed: steps for a batch of rows, and modules for a small job.

Rows are never touched in Python, so a whole batch takes about as many steps as a sixteenth of one.
How fast it is on some machine is what `bench/` measures.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from support.binding import parse_schema
from support.processes import loaded_by
from support.schemas import right

from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, Shard, build_plan
from shardgen.plan.source import Source
from shardgen.tables.batch import BATCH_ROWS

STEPS_A_COLUMN = 950  # 166 to 600, and 900 of loans, which are made from incomes and ledgers
FEW = BATCH_ROWS // 16
SCHEMA = load_schema("fintech-loans")
TABLES = [table.name for table in SCHEMA.tables]
NOT_FOR_A_SMALL_JOB = {
    "asyncio",
    "concurrent",
    "faker",
    "multiprocessing",
    "sqlalchemy",
    "sqlglot",
    "tabulate",
    "tqdm",
    "wcwidth",
}


def steps(function: Callable[[], Any]) -> int:
    """
    Count what Python does in `function()`: lines, loop rounds, calls of Python and C functions.

    What a C function does inside, such as NumPy with a whole array, is one step.
    """
    counted = 0

    def trace(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return trace

    def profile(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return counted


def steps_for_batches(name: str, rows: int) -> list[int]:
    """Return the steps for each of five batches of that many rows, tables of ready bytes apart."""
    tables = Source.bind(build_plan(SCHEMA, Options(scale=200)))
    shards = [
        Shard(n, name, start, start + rows) for n, start in enumerate(range(1, 6 * rows, rows))
    ]
    list(tables.render(shards[0]))  # makes what is kept from batch to batch
    return [steps(lambda shard=shard: list(tables.render(shard))) for shard in shards[1:]]


@pytest.mark.parametrize("name", TABLES)
def test_a_batch_takes_few_steps(name):
    """A column of a batch is some hundreds of lines and calls, however it comes about."""
    most = STEPS_A_COLUMN * len(SCHEMA.table(name).columns)
    assert max(steps_for_batches(name, BATCH_ROWS)) <= most


@pytest.mark.parametrize("name", TABLES)
def test_no_step_is_made_for_a_row(name):
    """
    A batch of sixteen times the rows takes hardly more steps.

    The fewest of five are compared, as some batches also make parents that the next ones share.
    """
    few, many = (min(steps_for_batches(name, rows)) for rows in (FEW, BATCH_ROWS))
    assert many <= 1.25 * few


@pytest.mark.parametrize(
    "loop",
    [
        lambda: [f"{row}" for row in range(BATCH_ROWS)],
        lambda: b"".join(bytes(row % 256) for row in range(BATCH_ROWS)),
        lambda: list(map(lambda row: row + 1, range(BATCH_ROWS))),  # noqa: C417
    ],
)
def test_a_loop_over_the_rows_would_be_seen(loop):
    """The count itself works: a comprehension, a generator and a `map` each show."""
    assert steps(loop) >= BATCH_ROWS


def steps_to_plan(tables: int) -> int:
    """Return the steps to plan so many tables, each with columns of two laws."""
    columns = [
        {"name": "id", "type": "int", "primary_key": True},
        {"name": "price", "type": "decimal(12,2)"},
        {"name": "salary", "type": "decimal(12,2)"},
    ]
    schema = right() | {
        "tables": [{"name": f"t{n}", "record_count": 10, "columns": columns} for n in range(tables)]
    }
    parsed = parse_schema(json.dumps(schema).encode())
    return steps(lambda: build_plan(parsed, Options()))


def test_a_law_of_many_columns_is_prepared_once():
    """A table more to plan takes fewer steps than the 4,096 cells of each of its two laws."""
    few, many = steps_to_plan(4), steps_to_plan(14)
    assert many - few < 10 * 2 * 4096


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a new Python has imported after running `code`."""
    return {name.split(".")[0] for name in loaded_by(code)}


@pytest.mark.parametrize(
    "code",
    [
        (
            "from shardgen.cli.main import cli\n"
            "cli.main(['run', '-o', {null!r}], standalone_mode=False)"
        ),
        "import shardgen\nshardgen.run('fintech-loans', {null!r})",
        "import shardgen\nshardgen.generate('fintech-loans').tables['loans'].slice(0, 10)",
    ],
    ids=["command line", "run", "generate"],
)
def test_a_small_job_imports_little(code):
    """Faker, worker processes, bars and databases are imported by what needs them."""
    modules = modules_after(code.format(null=os.devnull))
    assert "numpy" in modules
    assert set() == modules & NOT_FOR_A_SMALL_JOB


def test_the_package_imports_nothing():
    """Not even NumPy: a public name is imported when it is used."""
    ours = modules_after("import shardgen") - modules_after("pass")
    assert {"shardgen"} == ours & {"shardgen", "numpy", "msgspec", "click", *NOT_FOR_A_SMALL_JOB}
