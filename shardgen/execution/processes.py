"""
Worker processes: the only code that starts any.

A worker gets the plan once, binds the schema for itself unless fork copied it bound, and turns one
shard after another into a shard file. It needs nothing from the rows of other shards, so which
worker makes which shard, and when, changes no byte.

Each worker has a pipe of its own: shards go down in order, and for each an answer comes back, empty
or an error. So the parent needs no thread and no lock, which makes fork safe and lets signals
arrive where they are waited for; and a worker that dies closes its pipe, which cannot be missed.
(concurrent.futures starts threads, needs named semaphores, lets the shards being made finish before
it gives up, and hangs at exit when a process of its pool cannot be started.)
"""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from shardgen.errors import ShardgenError, WorkerError
from shardgen.execution.shard_file import write_shard
from shardgen.execution.signals import begin_worker, signals_blocked
from shardgen.plan.plan import Shard, decode_plan
from shardgen.plan.source import Source

SHARDS_EACH = 2  # one being made and one waiting in the pipe, so that no worker is ever idle
END = b""  # sent instead of a shard
DONE = b""  # sent instead of an error
Supply = Source | bytes  # what a worker makes shards from: as fork copies it, or an encoded plan
SECONDS_TO_END = 10.0
SECONDS_FOR_OUR_SIGNAL = 0.1


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


class _Worker:
    """A worker as the parent sees it; `given` are the shards it has not answered for."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.given: deque[int] = deque()

    def give(self, shard: Shard, over: Shard | None) -> None:
        self.given.append(shard.index)
        self._send(msgspec.msgpack.encode((shard, over)))

    def end(self) -> None:
        self._send(END)

    def _send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # a dead worker is found where its answer is awaited
            self.pipe.send_bytes(message)


class Workers:
    """A pool of worker processes that makes shards ahead of the merge, but never far ahead."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        """Start nothing yet."""
        self._waiting = iter(shards)
        self._pending: deque[Shard] = deque()  # given to a worker, not yet handed on
        self._made: set[int] = set()
        self._merged: deque[Shard] = deque()  # whose files may be written over
        self._workers: list[_Worker] = []
        self._ahead = 0
        self._all_given = False

    def start(self, context: BaseContext, arguments: tuple[Supply, str], count: int) -> None:
        """Start the processes and give them their first shards; WorkerError when that fails."""
        self._ahead = 1 + SHARDS_EACH * count
        if multiprocessing.current_process().daemon:
            raise WorkerError("a daemonic process may start no workers; use workers=1")
        try:
            _start_servers(context.get_start_method())
            for _ in range(count):
                self._start_one(context, arguments)
        except OSError as error:
            raise _cannot_start(error) from None
        self._give()

    def finished(self) -> Shard:
        """Wait for the next shard in order, and start on one more."""
        shard = self._pending[0]
        while True:
            self._receive(block=shard.index not in self._made)
            if shard.index in self._made:
                break
            self._give()
        self._pending.popleft()
        self._made.remove(shard.index)
        self._give()
        return shard

    def reuse(self, shard: Shard) -> None:
        """Let a later shard be written over the file of this one, which is merged."""
        self._merged.append(shard)

    def join(self) -> None:
        """Wait for the workers to end by themselves, which they do when all shards are made."""
        if not self._all_given:
            return
        for worker in self._workers:
            worker.process.join(SECONDS_TO_END)

    def kill(self) -> None:
        """End what is left, at once: nothing in a worker is worth waiting for."""
        with signals_blocked():
            for worker in self._workers:
                worker.process.kill()
            for worker in self._workers:
                worker.process.join()
                worker.process.close()
                worker.pipe.close()
            self._workers = []

    def _start_one(self, context: BaseContext, arguments: tuple[Supply, str]) -> None:
        ours, theirs = context.Pipe()
        with theirs:
            others = [worker.pipe for worker in self._workers] + [ours]
            copied = others if context.get_start_method() == "fork" else []
            process = context.Process(  # type: ignore[attr-defined]  # every context has one
                target=_work, args=(theirs, copied, *arguments), daemon=True
            )
            worker = _Worker(process, ours)
            with signals_blocked():  # until the worker has set its signals
                process.start()
                self._workers.append(worker)

    def _give(self) -> None:
        """Give shards to the workers that have the fewest, as far as the merge may be behind."""
        while not self._all_given and len(self._pending) < self._ahead:
            worker = min(self._workers, key=lambda worker: len(worker.given))
            if len(worker.given) >= SHARDS_EACH:
                return
            shard = next(self._waiting, None)
            if shard is None:
                self._all_given = True
                for each in self._workers:
                    each.end()
            else:
                self._pending.append(shard)
                worker.give(shard, self._merged.popleft() if self._merged else None)

    def _receive(self, *, block: bool) -> None:
        """Take the answers that are there, or wait for one."""
        workers = {worker.pipe: worker for worker in self._workers if worker.given}
        for pipe in wait(list(workers), None if block else 0):
            worker = workers[pipe]  # type: ignore[index]  # wait() gives back what it was given
            try:
                answer = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                raise _died(worker) from None
            if answer != DONE:
                raise pickle.loads(answer)  # noqa: S301 -- from a worker of ours
            self._made.add(worker.given.popleft())


@contextlib.contextmanager
def start_workers(
    tables: Source, shards: Iterable[Shard], folder: Path, *, workers: int, start_method: str | None
) -> Iterator[Workers]:
    """Give a pool that makes `shards` into files in `folder`; none of it is left at the end."""
    method = start_method or default_start_method()
    context = multiprocessing.get_context(method)
    source = tables if method == "fork" else tables.plan.encode()
    pool = Workers(shards)
    try:
        pool.start(context, (source, str(folder)), workers)
        yield pool
        pool.join()
    finally:
        pool.kill()


def _start_servers(method: str) -> None:
    """Start what Python starts on the way to a first worker, with the signals as they are."""
    if method != "fork" and sys.platform != "win32":
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()  # it would end signals_blocked()
        if method == "forkserver":
            forkserver.ensure_running()  # all its later children would hold stops back


def _cannot_start(error: OSError) -> WorkerError:
    hint = "raise the limit on open files (ulimit -n), or " if error.errno == errno.EMFILE else ""
    reason = error.strerror or str(error)
    return WorkerError(f"cannot start worker processes: {reason}; {hint}use fewer --workers")


def _died(worker: _Worker) -> WorkerError:
    time.sleep(SECONDS_FOR_OUR_SIGNAL)  # what ended it may have been sent to us too, and says more
    worker.process.join(SECONDS_TO_END)
    code = worker.process.exitcode
    how = f"exit code {code}"
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            how = f"killed by {signal.Signals(-code).name}"
    return WorkerError(
        f"a worker process died ({how}) before its shard was finished; if the system killed it for "
        "memory, use fewer --workers or smaller --shard-rows"
    )


def _work(pipe: Connection, copied: list[Connection], source: Supply, folder: str) -> None:
    """Be a worker: answer for one shard after another, until there are no more."""
    begin_worker()
    for each in copied:  # the parent's ends, copied by fork: they must close when the parent dies
        each.close()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone, and nobody is left to tell
        _serve(pipe, source, Path(folder))


def _serve(pipe: Connection, source: Supply, folder: Path) -> None:
    try:
        tables = source if isinstance(source, Source) else Source.bind_again(decode_plan(source))
    except Exception as error:  # noqa: BLE001 -- raised again in the parent
        pipe.send_bytes(_packed(error))
        return
    while (message := pipe.recv_bytes()) != END:
        pipe.send_bytes(_answer(tables, message, folder))


def _answer(tables: Source, message: bytes, folder: Path) -> bytes:
    try:
        shard, over = msgspec.msgpack.decode(message, type=tuple[Shard, Shard | None])
        write_shard_of(tables, shard, folder, over)
    except Exception as error:  # noqa: BLE001 -- raised again in the parent
        return _packed(error)
    return DONE


def _packed(error: Exception) -> bytes:
    """Return the error as it crosses to the parent; a bug takes its traceback along."""
    if not isinstance(error, ShardgenError):
        error.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        data = pickle.dumps(error)
        pickle.loads(data)  # noqa: S301 -- our own; some errors can be pickled, but not loaded
    except Exception:  # noqa: BLE001 -- a plugin's error class can be anything
        return pickle.dumps(WorkerError("".join(traceback.format_exception(error)).rstrip()))
    return data


def _end_with_parent() -> None:
    """Leave when the parent process is gone, however it ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "workers are started by a parent"
    wait([parent.sentinel])
    os._exit(1)


def write_shard_of(tables: Source, shard: Shard, folder: Path, over: Shard | None = None) -> None:
    """Make a shard and write its file, over that of another one where it is given."""
    write_shard(
        folder,
        shard,
        tables.render(shard),
        plan=tables.plan.digest(),
        counted=tables.is_counted(shard.table),
        over=over,
    )
