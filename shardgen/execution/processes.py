"""
Worker processes: the only code that starts any.

A worker gets the plan once, binds the schema for itself unless fork copied it bound, and turns one
shard after another into a shard file. It needs nothing from the rows of other shards, so which
worker makes which shard, and when, changes no byte. Once the sizes of all earlier shards are known,
the worker that made a shard copies it to its place in the sink, where that has places: so the
parent assigns, and carries no bytes of the workers'.

Each worker has a pipe of its own: tasks go down in order, and for each an answer comes back. So the
parent needs no thread and no lock, which makes fork safe and lets signals arrive where they are
waited for; and a worker that dies closes its pipe, which cannot be missed. (concurrent.futures
starts threads, needs named semaphores, lets the shards being made finish before it gives up, and
hangs at exit when a process of its pool cannot be started.)
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

from shardgen.errors import ShardFileError, ShardgenError, WorkerError
from shardgen.execution.executors import Executor, large_tables
from shardgen.execution.shard_file import open_shard, shard_path, write_shard_of
from shardgen.execution.shard_folder import ShardFolder
from shardgen.execution.signals import begin_worker, signals_blocked
from shardgen.execution.sinks import Place, Sink, fill
from shardgen.plan.plan import Shard, decode_plan
from shardgen.plan.source import Source

SHARDS_EACH = 2  # one being made and one waiting in the pipe, so that no worker is ever idle
END = b""  # sent instead of a task
Supply = Source | bytes  # what a worker makes shards from: as fork copies it, or an encoded plan
SECONDS_TO_END = 10.0
SECONDS_FOR_OUR_SIGNAL = 0.1


class Make(msgspec.Struct, frozen=True, tag=True):
    """Task: write the file of a shard, over that of the shard `over` where it is given."""

    shard: Shard
    over: Shard | None


class Copy(msgspec.Struct, frozen=True, tag=True):
    """Task: copy the body of a shard's file to a place."""

    shard: Shard
    place: Place


Task = Make | Copy


class Done(msgspec.Struct, frozen=True, tag=True):
    """Answer: the task is done; `size` is that of the shard's body."""

    size: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Answer: `error`, pickled, came in the way of the task."""

    error: bytes


_tasks: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)
_answers: msgspec.msgpack.Decoder[Done | Failed] = msgspec.msgpack.Decoder(Done | Failed)


def default_start_method() -> str:
    """Return fork where that is quick and safe, else what Python prefers on this system."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return "fork"
    return multiprocessing.get_start_method()


class _Worker:
    """A worker as the parent sees it; `given` are the tasks it has not answered for."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.given: deque[Task] = deque()

    @property
    def to_make(self) -> int:
        """How many shards it has been given to make."""
        return sum(isinstance(task, Make) for task in self.given)

    def give(self, task: Task) -> None:
        self.given.append(task)
        self._send(msgspec.msgpack.encode(task))

    def end(self) -> None:
        self._send(END)

    def _send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # a dead worker is found where its answer is awaited
            self.pipe.send_bytes(message)


class Workers:
    """
    A pool of worker processes that makes shards ahead of the sink, but never far ahead.

    Of each shard in order `made` is called, then `copy` or, for a shard that is brought to the sink
    in another way, nothing.
    """

    def __init__(self, shards: Iterable[Shard], folder: ShardFolder) -> None:
        """Start nothing yet."""
        self._waiting = iter(shards)
        self._folder = folder
        self._pending: deque[Shard] = deque()  # given to a worker, not yet handed on
        self._made: dict[int, tuple[int, _Worker]] = {}  # sizes, and who made them
        self._copying: set[int] = set()
        self._workers: list[_Worker] = []
        self._ahead = 0

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

    def made(self) -> tuple[Shard, int]:
        """Wait for the file of the next shard; return it with its body's size, and start more."""
        self._receive(block=False)
        while not self._pending or self._pending[0].index not in self._made:
            self._receive(block=True)
        shard = self._pending.popleft()
        self._give()
        return shard, self._made[shard.index][0]

    def copy(self, shard: Shard, place: Place) -> None:
        """Have a shard that is made copied to its place; its file is of no more use then."""
        _, maker = self._made.pop(shard.index)
        self._copying.add(shard.index)
        maker.give(Copy(shard, place))

    def is_copied(self, shard: Shard) -> bool:
        """Return whether no copy of the shard is under way."""
        return shard.index not in self._copying

    def finish_copy(self, shard: Shard) -> None:
        """Wait until the shard's copy is in its place."""
        while not self.is_copied(shard):
            self._receive(block=True)

    def release(self, shard: Shard) -> None:
        """Note that the file of a shard, which was not copied, is of no more use."""
        del self._made[shard.index]
        self._folder.release(shard)

    def join(self) -> None:
        """Have the workers end by themselves, and wait for it."""
        for worker in self._workers:
            worker.end()
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
        """Give shards to the workers that have the fewest, as far as the sink may be behind."""
        while len(self._pending) + len(self._copying) < self._ahead:
            worker = min(self._workers, key=lambda worker: worker.to_make)
            if worker.to_make >= SHARDS_EACH:
                return
            shard = next(self._waiting, None)
            if shard is None:
                return
            self._pending.append(shard)
            worker.give(Make(shard, self._folder.take_spare()))

    def _receive(self, *, block: bool) -> None:
        """Take the answers that are there, or wait for one; and start on as many shards more."""
        workers = {worker.pipe: worker for worker in self._workers if worker.given}
        for pipe in wait(list(workers), None if block else 0):
            worker = workers[pipe]  # type: ignore[index]  # wait() gives back what it was given
            try:
                answer = _answers.decode(worker.pipe.recv_bytes())
            except (EOFError, OSError):
                raise _died(worker) from None
            if isinstance(answer, Failed):
                raise pickle.loads(answer.error)  # noqa: S301 -- from a worker of ours
            match worker.given.popleft():
                case Make(shard=shard):
                    self._made[shard.index] = answer.size, worker
                case Copy(shard=shard):
                    self._copying.remove(shard.index)
                    self._folder.release(shard)
        self._give()


class Processes:
    """
    Makes the shards of large tables in worker processes.

    Those of small tables come from another executor, while the workers are busy.
    """

    def __init__(
        self, source: Source, workers: Workers, here: Executor, folder: ShardFolder
    ) -> None:
        """Take what `workers` make of the large tables into `folder`, and the rest from `here`."""
        self._plan = source.plan.digest()
        self._large = large_tables(source.plan)
        self._workers = workers
        self._here = here
        self._folder = folder

    def run(self, shards: Iterable[Shard], sink: Sink) -> Iterator[tuple[Shard, int]]:
        """See Executor. Places are filled by workers, while later shards are waited for."""
        on_the_way: deque[tuple[Shard, int]] = deque()
        for shard in shards:
            before = sink.size
            if shard.table in self._large:
                self._bring_next(sink)
            else:
                deque(self._here.run([shard], sink), maxlen=0)
            on_the_way.append((shard, sink.size - before))
            while on_the_way and self._workers.is_copied(on_the_way[0][0]):
                yield on_the_way.popleft()
        for shard, size in on_the_way:
            self._workers.finish_copy(shard)
            yield shard, size

    def _bring_next(self, sink: Sink) -> None:
        """Bring the next shard of the workers to the sink, or have it brought there."""
        shard, size = self._workers.made()
        place = sink.reserve(shard.file, size)
        if place is not None:
            self._workers.copy(shard, place)
            return
        with open_shard(self._folder.path, shard, plan=self._plan) as body:
            sink.write(shard.file, body)
        self._workers.release(shard)


@contextlib.contextmanager
def open_processes(
    source: Source, here: Executor, folder: ShardFolder, *, workers: int, start_method: str | None
) -> Iterator[Processes]:
    """Give an executor with a pool of so many workers; none of them is left at the end."""
    large = large_tables(source.plan)
    far = (shard for shard in source.shards() if shard.table in large)
    with start_workers(source, far, folder, workers=workers, start_method=start_method) as pool:
        yield Processes(source, pool, here, folder)


@contextlib.contextmanager
def start_workers(
    source: Source,
    shards: Iterable[Shard],
    folder: ShardFolder,
    *,
    workers: int,
    start_method: str | None,
) -> Iterator[Workers]:
    """Give a pool that makes `shards` into files in `folder`; none of it is left at the end."""
    method = start_method or default_start_method()
    context = multiprocessing.get_context(method)
    supply = source if method == "fork" else source.plan.encode()
    pool = Workers(shards, folder)
    try:
        pool.start(context, (supply, str(folder.path)), workers)
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


def _work(pipe: Connection, copied: list[Connection], supply: Supply, folder: str) -> None:
    """Be a worker: answer for one task after another, until there are no more."""
    begin_worker()
    for each in copied:  # the parent's ends, copied by fork: they must close when the parent dies
        each.close()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone, and nobody is left to tell
        _serve(pipe, supply, Path(folder))


def _serve(pipe: Connection, supply: Supply, folder: Path) -> None:
    try:
        source = supply if isinstance(supply, Source) else Source.bind_again(decode_plan(supply))
    except Exception as error:  # noqa: BLE001 -- raised again in the parent
        pipe.send_bytes(msgspec.msgpack.encode(Failed(_packed(error))))
        return
    while (message := pipe.recv_bytes()) != END:
        pipe.send_bytes(msgspec.msgpack.encode(_answer(source, _tasks.decode(message), folder)))


def _answer(source: Source, task: Task, folder: Path) -> Done | Failed:
    try:
        match task:
            case Make(shard=shard, over=over):
                return Done(write_shard_of(source, shard, folder, over))
            case Copy(shard=shard, place=place):
                copy_shard(source, shard, folder, place)
                return Done(place.size)
    except Exception as error:  # noqa: BLE001 -- raised again in the parent
        return Failed(_packed(error))


def copy_shard(source: Source, shard: Shard, folder: Path, place: Place) -> None:
    """
    Copy the body of a shard's file to its place in the sink.

    ShardFileError when the file is not whole or not that which was made, OutputError when the place
    cannot be written. The body is written from where it was verified: copy_file_range, within the
    kernel, takes longer on ext4, as it goes page by page.
    """
    with open_shard(folder, shard, plan=source.plan.digest()) as body:
        if len(body) != place.size:
            path = shard_path(folder, shard)
            raise ShardFileError(f"{path}: {len(body)} bytes, and not {place.size}; run again")
        fill(place, body)


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
