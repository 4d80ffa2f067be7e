"""Shard files verified and brought to a sink, eight in a row: appended, or copied to places."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shardgen.execution.shard_file import open_shard, write_shard
from shardgen.execution.sinks import fill
from shardgen.execution.targets import open_sink
from shardgen.plan.plan import Shard

PLAN = bytes(range(16))
ROW = b"(1234567,891,'active',36,'2024-02-29','2027-02-28',12345.67),\n"
BATCH = 4096
SHARDS = 8


def written(folder: Path, rows: int) -> list[Shard]:
    """Eight shard files of `rows` rows each."""
    shards = [Shard(n, "loans", n * rows, (n + 1) * rows) for n in range(SHARDS)]
    for shard in shards:
        write_shard(folder, shard, [ROW * BATCH] * (rows // BATCH), plan=PLAN, counted=True)
    return shards


@pytest.mark.parametrize("rows", [4096, 65_536], ids="rows={}".format)
@pytest.mark.parametrize("to", ["null", "file", "places"])
def test_bring_shards(measure, tmp_path, rows, to):
    """A file is synced and renamed, so that its time is mostly the disk's."""
    shards = written(tmp_path, rows)
    out = os.devnull if to == "null" else str(tmp_path / "dump.sql")

    def bring() -> int:
        with open_sink(out, {}) as sink:
            for shard in shards:
                with open_shard(tmp_path, shard, plan=PLAN) as body:
                    if to == "places":
                        fill(sink.reserve("loans", len(body)), body)
                    else:
                        sink.write("loans", body)
            return sink.size

    size = SHARDS * rows * len(ROW)
    assert size == measure(bring, rows=SHARDS * rows, size=size)
    if to != "null":
        assert ROW * (SHARDS * rows) == Path(out).read_bytes()
