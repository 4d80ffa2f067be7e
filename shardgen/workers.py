"""
Worker processes: the only code that starts any.

A worker gets the plan once, binds the schema for itself, and turns one shard after another into a
shard file. It needs nothing from the rows of other shards, so which worker makes which shard, and
when, changes no byte.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path

from shardgen.errors import WorkerError
from shardgen.plan import Plan, Shard, decode_plan
from shardgen.shardfile import write_shard
from shardgen.tables import Tables

SHARDS_AHEAD = 2  # for each worker: one being made and one waiting, so that none is ever idle


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_start_method() -> str:
    """Return fork where that is quick and safe, else what Python prefers on this system."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return "fork"
    return multiprocessing.get_start_method()


class Workers:
    """A pool of worker processes that makes shards ahead of the merge, but never far ahead."""

    def __init__(self, executor: ProcessPoolExecutor, workers: int, shards: Iterable[Shard]) -> None:
        """Start on the first of `shards`."""
        self._executor = executor
        self._waiting = iter(shards)
        self._pending: deque[tuple[Shard, Future[None]]] = deque()
        self._submit(1 + SHARDS_AHEAD * workers)

    def finished(self) -> Shard:
        """Wait for the next shard in order, and start on one more."""
        shard, future = self._pending.popleft()
        try:
            future.result()
        except BrokenProcessPool:
            raise WorkerError(
                "a worker process died before its shard was finished; if the system killed it for "
                "memory, use fewer --workers or smaller --shard-rows"
            ) from None
        self._submit(1)
        return shard

    def _submit(self, count: int) -> None:
        for _, shard in zip(range(count), self._waiting, strict=False):
            try:
                self._pending.append((shard, self._executor.submit(_make_shard, shard)))
            except BrokenProcessPool:
                raise WorkerError("a worker process died; run again") from None


@contextlib.contextmanager
def start_workers(
    plan: Plan, shards: Iterable[Shard], folder: Path, *, workers: int, start_method: str | None
) -> Iterator[Workers]:
    """Give a pool that makes `shards` into files in `folder`; none of it is left at the end."""
    executor = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context(start_method or default_start_method()),
        initializer=_begin,
        initargs=(plan.encode(), str(folder)),
    )
    try:
        yield Workers(executor, workers, shards)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)  # waits for the shards being made


class _Worker:
    """What a worker process keeps from shard to shard."""

    tables: Tables
    folder: Path


def _begin(plan: bytes, folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent ends the rest
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Worker.tables = Tables(decode_plan(plan))
    _Worker.folder = Path(folder)


def _end_with_parent() -> None:
    """Leave when the parent process is gone, however it ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "workers are started by a parent"
    wait([parent.sentinel])
    os._exit(1)


def _make_shard(shard: Shard) -> None:
    write_shard_of(_Worker.tables, shard, _Worker.folder)


def write_shard_of(tables: Tables, shard: Shard, folder: Path) -> None:
    """Make a shard and write its file."""
    write_shard(
        folder,
        shard,
        tables.render(shard),
        plan=tables.plan.digest(),
        counted=tables.is_counted(shard.table),
    )
