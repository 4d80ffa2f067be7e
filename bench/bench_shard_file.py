"""Shard files: written, and read with everything in them verified; bytes are those of the body."""

from __future__ import annotations

import pytest

from shardgen.execution.shard_file import open_shard, shard_path, write_shard
from shardgen.plan.plan import Shard

PLAN = bytes(range(16))
ROW = b"(1234567,891,'active',36,'2024-02-29','2027-02-28',12345.67),\n"
BATCH = 4096
SHARDS = pytest.mark.parametrize("rows", [4096, 65_536, 1_048_576], ids="rows={}".format)


def shard_and_body(rows: int) -> tuple[Shard, list[bytes]]:
    return Shard(3, "loans", rows, 2 * rows), [ROW * BATCH] * (rows // BATCH)


@SHARDS
def test_write(measure, tmp_path, rows):
    """A shard written with its checks: the bytes of the rows end the file."""
    shard, body = shard_and_body(rows)
    measure(
        lambda: write_shard(tmp_path, shard, body, plan=PLAN, counted=True),
        rows=rows,
        size=rows * len(ROW),
    )
    assert shard_path(tmp_path, shard).read_bytes().startswith(b"".join(body))


@SHARDS
def test_read_and_verify(measure, tmp_path, rows):
    """Mapped, not copied; the CRC-32 is what takes time."""
    shard, body = shard_and_body(rows)
    write_shard(tmp_path, shard, body, plan=PLAN, counted=True)

    def read() -> int:
        with open_shard(tmp_path, shard, plan=PLAN) as text:
            return len(text)

    assert rows * len(ROW) == measure(read, rows=rows, size=rows * len(ROW))
    with open_shard(tmp_path, shard, plan=PLAN) as text:
        assert b"".join(body) == text
