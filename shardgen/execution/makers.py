"""
Who makes the shards of a run, as a user asks for it → an executor, open as long as it is needed.

That is this process, worker processes of its own, or the workers of an engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.execution.cpus import usable_cpus
from shardgen.execution.events import Tell, engine_unused, ignore
from shardgen.execution.executors import Executor, Here, large_tables
from shardgen.plan.plan import SMALL_JOB, Shard
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from concurrent.futures import Executor as FuturesExecutor

    from shardgen.execution.resuming.resuming import Resuming

MAX_WORKERS = 256


class Makers(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a user says of who makes the shards, where it goes together.

    `workers` is how many, None for the CPUs that there are, or that an engine has.
    """

    workers: int | None
    start_method: str | None
    engine: str | FuturesExecutor | None

    def check(self) -> None:
        """Refuse what does not go together, or names no engine; PlanError."""
        if isinstance(self.engine, str):
            from shardgen.execution.engines.choosing import check_engine  # late, as few name one

            check_engine(self.engine)
        if self.engine is not None and self.start_method is not None:
            what = f"workers are to start by {self.start_method}, and an engine starts its own"
            raise PlanError([Mistake("", what, "leave out the start method, or the engine")])

    @property
    def engine_name(self) -> str | None:
        """What the engine is called, without the place of one that runs."""
        if isinstance(self.engine, str):
            return self.engine.partition(":")[0]
        return None if self.engine is None else type(self.engine).__name__

    def count(self, source: Source) -> int | None:
        """Return how many there will be: 0 for this process alone, None where an engine says it."""
        size = pool_size(source, self.workers)
        return size if self.engine is None else self.workers

    @contextlib.contextmanager
    def open(
        self,
        source: Source,
        beside: Path | None,
        keep_at: Path | None,
        tell: Tell,
        resuming: Resuming | None = None,
    ) -> Iterator[tuple[Executor, int]]:
        """
        Give the executor of all shards of a source, and how many workers it has.

        `beside`, `keep_at` and `resuming` are as for `open_executor`.
        """
        engine = self.engine
        size = pool_size(source, self.workers)
        if engine is not None:
            from shardgen.execution.engines.executor import has_work, open_engine_executor

            if has_work(source):
                with open_engine_executor(
                    source, beside, engine,
                    workers=self.workers, keep_at=keep_at, tell=tell, resuming=resuming,
                ) as opened:  # fmt: skip
                    yield opened
                return
            tell(engine_unused())
            size = 0
        with open_executor(
            source,
            beside,
            workers=size,
            keep_at=keep_at,
            start_method=self.start_method,
            tell=tell,
            resuming=resuming,
        ) as executor:
            yield executor, size


@contextlib.contextmanager
def open_executor(  # noqa: PLR0913 -- keyword-only
    source: Source,
    beside: Path | None,
    *,
    workers: int,
    keep_at: Path | None,
    start_method: str | None,
    tell: Tell = ignore,
    shards: Iterable[Shard] | None = None,
    resuming: Resuming | None = None,
) -> Iterator[Executor]:
    """
    Give the executor for that many worker processes, or for none of them.

    It will be asked to run `shards`, in their order; None stands for all of the source.
    Shard files lie beside the path `beside`, and in the end at `keep_at` where that is given; or
    where `resuming` has them, which sees to them. Nothing of an executor is left when the block
    ends.
    """
    if not workers and keep_at is None and resuming is None:
        yield Here(source)
        return
    from shardgen.execution.folder_of_run import here_by, opened_folder
    from shardgen.execution.shard_folder import ShardFolder

    with opened_folder(beside, keep_at, tell, resuming, ShardFolder) as folder:
        here = here_by(source, folder, keep_at, resuming, is_alone=not workers)
        if not workers:
            yield here
            return
        from shardgen.execution.shard_workers import open_processes

        asked = source.shards() if shards is None else shards
        with open_processes(
            source, asked, here, folder, workers=workers, start_method=start_method
        ) as processes:
            yield processes


def pool_size(source: Source, workers: int | None) -> int:
    """
    Return how many workers to start: 0 when one process does as well.

    `workers` is what was asked for, None for the CPUs that there are. PlanError beyond the limits.
    """
    if workers is not None and not 1 <= workers <= MAX_WORKERS:
        what = f"{workers} workers are asked for"
        raise PlanError([Mistake("", what, f"choose 1 to {MAX_WORKERS}")])
    if sum(source.counts.values()) < SMALL_JOB or workers == 1:
        return 0
    large = large_tables(source.plan)
    shards = sum(shard.table in large for shard in source.shards())
    size = min(usable_cpus() if workers is None else workers, shards)
    return 0 if size == 1 else size
