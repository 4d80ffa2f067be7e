"""Memory and disk do not grow with the number of rows, measured over all processes of a run."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import time
import weakref
from pathlib import Path

import msgspec
import pytest
from support.processes import GUARD, PROC, Run, ends, needs_proc, runs

from shardgen.execution.shard_file import SUFFIX
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.tables.batch import Batch

LIMIT = 400  # MiB
WORKERS = 2
SAMPLE_SECONDS = 0.02
SHARDS_AHEAD = 1 + 2 * WORKERS


class Peak(msgspec.Struct):
    """The most of each that was seen at once: MiB of all processes, files in the shard folder."""

    rss: float = 0
    pss: float = 0
    shards: int = 0
    samples: int = 0


def memory(pid: int, kind: str) -> float:
    """Return the resident memory of a process in MiB: all of it (Rss), or its share (Pss)."""
    with contextlib.suppress(OSError):
        text = (PROC / str(pid) / "smaps_rollup").read_text()
        if found := re.search(rf"^{kind}:\s+(\d+) kB", text, re.MULTILINE):
            return int(found[1]) / 1024
    return 0


def shard_files(folder: Path) -> int:
    """
    Return how many shard files are there, whole or begun, without a run's record and journal.

    They are told apart by inode: one that is renamed may be listed twice.
    """
    found: set[int] = set()
    for shards in folder.glob("*.shards"):
        with contextlib.suppress(OSError), os.scandir(shards) as entries:
            found |= {entry.inode() for entry in entries if SUFFIX in entry.name}
    return len(found)


def watch(run: Run) -> Peak:
    """Look at a run until it has ended."""
    peak = Peak()
    limit = time.monotonic() + GUARD
    while not ends(run.pid, within=SAMPLE_SECONDS):
        pids = run.processes()
        peak.rss = max(peak.rss, sum(memory(pid, "Rss") for pid in pids))
        peak.pss = max(peak.pss, sum(memory(pid, "Pss") for pid in pids))
        peak.shards = max(peak.shards, shard_files(run.folder))
        peak.samples += 1
        assert time.monotonic() < limit
    return peak


@needs_proc
@pytest.mark.slow
def test_memory_and_shard_files_do_not_grow_with_rows(tmp_path, record_property):
    """
    Four million rows with two workers need less than 400 MiB, and about as much as one million.

    Resident memory is summed over all processes, so pages that they share count several times. At
    no time are there more shard files than the workers may be ahead.
    """
    peaks = []
    with runs(tmp_path) as start:
        for scale in ("200", "800"):
            run = start("run", "--scale", scale, "-w", str(WORKERS), "-o", "out.sql")
            peaks.append(watch(run))
            assert run.end() == 0, run.said
            (run.folder / "out.sql").unlink()
    few, many = peaks
    for name, value in msgspec.structs.asdict(many).items():
        record_property(name, round(value))
    print(f"1 million rows: {few}\n4 million rows: {many}")  # noqa: T201 -- shown by pytest -s
    assert many.samples > 10
    assert 0 < many.pss <= many.rss < LIMIT
    assert many.rss < 1.25 * few.rss
    assert 0 < many.shards <= SHARDS_AHEAD + 1  # one is being brought to the sink


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "compress"),
    [("csv", "zstd"), ("jsonl", "gzip"), ("parquet", "zstd"), ("arrow", "zstd")],
)
def test_memory_of_a_format_does_not_grow_with_rows(form, compress, tmp_path):
    """Four times as many rows need about the same, whatever becomes of them."""
    peaks = []
    with runs(tmp_path) as start:
        for scale in ("200", "800"):
            what = ("--tables", "payments", "--format", form, "--compress", compress)
            run = start("run", "--scale", scale, "-w", str(WORKERS), *what, "-o", f"{scale}/")
            peaks.append(watch(run))
            assert run.end() == 0, run.said
    few, many = peaks
    assert many.samples > 10
    assert 0 < many.rss < 1.25 * few.rss


@pytest.mark.parametrize("name", [*bundled_schemas(), "sums"])
def test_no_batch_waits_for_the_garbage_collector(name, tmp_path):
    """
    What was made of a batch is gone with it: nothing in it leads back to it.

    The collector looks where many objects are made, which a batch of arrays hardly does; so batches
    in a circle, as with their children, would be memory that grows with the rows.
    """
    if name == "sums":
        (tmp_path / "sums.json").write_text(json.dumps(SUMS))
        name = str(tmp_path / "sums.json")
    source = Source.bind(build_plan(load_schema(name), Options(shard_rows=500)))
    gc.collect()
    gc.disable()
    try:
        for table in source.plan.tables:
            batch = source.batch(table.name, 0, min(table.rows, 100))
            for column in batch.table.columns:
                batch.column(column)
                batch.null(column)
            alive = weakref.ref(batch)
            del batch
            assert alive() is None, table.name
        for shard in source.shards():
            for text in source.render(shard):
                del text
        # Whatever waits is still here in the end; looking is slow where many tests ran before.
        waiting = sum(isinstance(each, Batch) for each in gc.get_objects())
    finally:
        gc.enable()
    assert waiting <= 20 * len(source.plan.tables)  # windows, and small tables made whole


SUMS = {
    "schema_version": "1.0",
    "name": "sums",
    "database_type": ["sqlite"],
    "tables": [
        {
            "name": "orders",
            "record_count": 2000,
            "columns": [
                {"name": "id", "type": "int", "primary_key": True},
                *(
                    {
                        "name": f"c{number}",
                        "type": "decimal(14,2)",
                        "generator": "expression",
                        "generator_params": {"expression": f"coalesce({call}, 0)"},
                    }
                    for number, call in enumerate(
                        [
                            "sum(items.amount)",
                            "max(amount from items where amount > 5)",
                            "count(items)",
                            "sum(sum(parts.weight) from items)",
                        ]
                    )
                ),
            ],
        },
        *(
            {
                "name": name,
                "record_count": 5000,
                "columns": [
                    {"name": "id", "type": "int", "primary_key": True},
                    {
                        "name": "of",
                        "type": "int",
                        "foreign_key": {"table": of, "column": "id", "fan_out": "grouped"},
                    },
                    {
                        "name": value,
                        "type": "decimal(8,2)",
                        "generator": "decimal_range",
                        "generator_params": {"min": 1, "max": 10},
                    },
                    {
                        "name": "above",
                        "type": "decimal(18,2)",
                        "generator": "expression",
                        "generator_params": {"expression": f"of.{read} + {value}"},
                    },
                ],
            }
            for name, of, value, read in (
                ("items", "orders", "amount", "c0"),
                ("parts", "items", "weight", "above"),
            )
        ),
    ],
}
"""Sums of sums, which children read in turn."""


@needs_proc
def test_large_shards_are_mapped_and_not_copied(tmp_path):
    """A shard file that is brought to a sink takes no memory of its own, however large it is."""
    from shardgen.execution.shard_file import open_shard, write_shard
    from shardgen.execution.sinks import fill
    from shardgen.execution.targets import open_sink
    from shardgen.plan.plan import Shard

    shard, size = Shard(0, "t", 0, 1), 64
    write_shard(tmp_path, shard, [bytes(1 << 20)] * size, plan=b"", counted=True)
    own = Path("/proc/self/status")

    def anonymous() -> float:
        found = re.search(r"^RssAnon:\s+(\d+) kB", own.read_text(), re.MULTILINE)
        if found is None:
            pytest.skip("an old kernel without RssAnon")
        return int(found[1]) / 1024

    before = anonymous()
    with open_sink(str(tmp_path / "out.sql"), {}) as sink:
        with open_shard(tmp_path, shard, plan=b"") as body:
            sink.write("t", body)
            assert anonymous() - before < size / 4
        with open_shard(tmp_path, shard, plan=b"") as body:
            fill(sink.reserve("t", len(body)), body)
            assert anonymous() - before < size / 4
    assert (tmp_path / "out.sql").stat().st_size == 2 * size << 20
