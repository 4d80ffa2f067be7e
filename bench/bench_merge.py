"""Merging: shard files verified and appended to a dump, eight in a row."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shardgen.execution.merge import open_dump
from shardgen.execution.shard_file import write_shard
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
@pytest.mark.parametrize("to", ["null", "file"])
def test_append_shards(measure, tmp_path, rows, to):
    """The file is synced and renamed, so that its time is mostly the disk's."""
    shards = written(tmp_path, rows)
    out = os.devnull if to == "null" else str(tmp_path / "dump.sql")

    def merge() -> int:
        with open_dump(out) as dumped:
            for shard in shards:
                dumped.append_shard(tmp_path, shard, plan=PLAN)
            return dumped.size

    size = SHARDS * rows * len(ROW)
    assert size == measure(merge, rows=SHARDS * rows, size=size)
    if to == "file":
        assert ROW * (SHARDS * rows) == Path(out).read_bytes()
