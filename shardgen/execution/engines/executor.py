"""The executor whose shards an engine makes."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import Executor as FuturesExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from shardgen.errors import WorkerError
from shardgen.execution.engines.choosing import open_engine
from shardgen.execution.engines.futures import FuturesPool
from shardgen.execution.events import Tell
from shardgen.execution.executors import large_tables
from shardgen.execution.folder_of_run import here_by, opened_folder
from shardgen.execution.processes import Answering
from shardgen.execution.shard_folder import SharedShardFolder
from shardgen.execution.shard_workers import Processes, ShardFiles, Task, Workers
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from shardgen.execution.resuming.resuming import Resuming


class SharedShardFiles(ShardFiles, frozen=True):
    """The job of making shard files in a folder that all nodes of an engine share."""

    @contextlib.contextmanager
    def open(self) -> Iterator[Answering]:
        """See Job; WorkerError where the folder is not there."""
        if not Path(self.folder).is_dir():
            what = f"the worker at {socket.gethostname()} does not reach {self.folder}"
            way_out = (
                "write to a disk that all nodes have under the same name; for object storage set "
                "TMPDIR to a folder on one; or have each machine make a --part, which needs none"
            )
            raise WorkerError(f"{what}, where the run has its shards: {way_out}")
        with super().open() as answering:
            yield answering


def has_work(source: Source) -> bool:
    """Return whether there is a shard that is worth a worker's time."""
    large = large_tables(source.plan)
    return any(shard.table in large for shard in source.shards())


@contextlib.contextmanager
def open_engine_executor(  # noqa: PLR0913 -- keyword-only
    source: Source,
    beside: Path | None,
    engine: str | FuturesExecutor,
    *,
    workers: int | None,
    keep_at: Path | None,
    tell: Tell,
    resuming: Resuming | None = None,
) -> Iterator[tuple[Processes, int]]:
    """
    Give an executor that has the shards of large tables made by an engine, so many at once.

    `engine` and `workers` are as for `open_engine`, the others as for `opened_folder`: every
    worker reaches both folders under their names. What is under way when the block ends is
    cancelled, and an engine that was started here ends too.
    """
    large = large_tables(source.plan)
    shards = (shard for shard in source.shards() if shard.table in large)
    with (
        opened_folder(beside, keep_at, tell, resuming, SharedShardFolder) as folder,
        open_engine(engine, workers) as (opened, count),
    ):
        here = here_by(source, folder, keep_at, resuming, is_alone=False)
        job = SharedShardFiles(source.plan.encode(), str(folder.path))
        pool = FuturesPool[Task](opened, job, count)
        try:
            started = Workers(shards, folder, pool)
            started.begin()
            yield Processes(source, started, here, folder), count
        finally:
            pool.cancel()
