"""
Worker processes: the only code that starts any.

A worker is given its job once, opens it, and then does one task after another. What is in a task is
the job's: to make the file of a shard, or to bring one into a database.

Each worker has a pipe of its own: tasks go down in order, and for each an answer comes back. So the
parent needs no thread and no lock, which makes fork safe and lets signals arrive where they are
waited for; and a worker that dies closes its pipe, which cannot be missed. (concurrent.futures
starts threads, needs named semaphores, lets the tasks under way finish before it gives up, and
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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, TypeVar

import msgspec

from shardgen.errors import ShardgenError, WorkerError
from shardgen.execution.signals import begin_worker, signals_blocked

END = b""  # sent instead of a task
SECONDS_TO_END = 10.0
SECONDS_FOR_OUR_SIGNAL = 0.1

Task = TypeVar("Task", bound=msgspec.Struct)
Answering = Callable[[bytes], int]
"""Does a task, which is given as msgpack, and returns a number that says what came of it."""


class Job(Protocol):
    """What a worker does with its tasks. It crosses to the worker: by fork, or pickled."""

    def open(self) -> AbstractContextManager[Answering]:
        """Begin, in the worker; what is open is closed when the worker ends in order."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """Answer: the task is done, and that came of it."""

    result: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Answer: `error`, pickled, came in the way of the task."""

    error: bytes


_answers: msgspec.msgpack.Decoder[Done | Failed] = msgspec.msgpack.Decoder(Done | Failed)


def default_start_method() -> str:
    """Return fork where that is quick and safe, else what Python prefers on this system."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return "fork"
    return multiprocessing.get_start_method()


class Worker(Generic[Task]):
    """A worker as the parent sees it; `given` are the tasks it has not answered for."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        """Stand for a process at the other end of a pipe."""
        self.process = process
        self.pipe = pipe
        self.given: deque[Task] = deque()

    def give(self, task: Task) -> None:
        """Send a task, to be done after those that it was given before."""
        self.given.append(task)
        self._send(msgspec.msgpack.encode(task))

    def end(self) -> None:
        """Have it end once it has done what it was given."""
        self._send(END)

    def _send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # a dead worker is found where its answer is awaited
            self.pipe.send_bytes(message)


class Pool(Generic[Task]):
    """Worker processes of one job."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self.workers: list[Worker[Task]] = []

    def start(self, context: BaseContext, job: Job, count: int) -> None:
        """Start the processes; WorkerError when that fails."""
        if multiprocessing.current_process().daemon:
            raise WorkerError("a daemonic process may start no workers; use workers=1")
        try:
            _start_servers(context.get_start_method())
            for _ in range(count):
                self._start_one(context, job)
        except OSError as error:
            raise _cannot_start(error) from None

    def receive(self, *, block: bool) -> Iterator[tuple[Worker[Task], Task, int]]:
        """
        Yield the answers that are there, or wait for one, each with its worker and its task.

        What a worker has raised is raised; WorkerError when one has died.
        """
        workers = {worker.pipe: worker for worker in self.workers if worker.given}
        for pipe in wait(list(workers), None if block else 0):
            worker = workers[pipe]  # type: ignore[index]  # wait() gives back what it was given
            try:
                message = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                raise _died(worker.process) from None
            result = result_of(message)
            yield worker, worker.given.popleft(), result

    def join(self) -> None:
        """Have the workers end by themselves, and wait for it."""
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            worker.process.join(SECONDS_TO_END)

    def kill(self) -> None:
        """End what is left, at once: nothing in a worker is worth waiting for."""
        with signals_blocked():
            for worker in self.workers:
                worker.process.kill()
            for worker in self.workers:
                worker.process.join()
                worker.process.close()
                worker.pipe.close()
            self.workers = []

    def _start_one(self, context: BaseContext, job: Job) -> None:
        ours, theirs = context.Pipe()
        with theirs:
            others = [worker.pipe for worker in self.workers] + [ours]
            copied = others if context.get_start_method() == "fork" else []
            process = context.Process(  # type: ignore[attr-defined]  # every context has one
                target=_work, args=(theirs, copied, job), daemon=True
            )
            worker = Worker[Task](process, ours)
            with signals_blocked():  # until the worker has set its signals
                process.start()
                self.workers.append(worker)


@contextlib.contextmanager
def open_pool(
    pool: Pool[Task], job_of: Callable[[str], Job], count: int, start_method: str | None
) -> Iterator[None]:
    """
    Start so many workers in a pool; none of them is left when the block ends.

    `job_of` returns their job for a way to start processes: fork copies whatever there is.
    """
    method = start_method or default_start_method()
    try:
        pool.start(multiprocessing.get_context(method), job_of(method), count)
        yield
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


def _died(process: BaseProcess) -> WorkerError:
    time.sleep(SECONDS_FOR_OUR_SIGNAL)  # what ended it may have been sent to us too, and says more
    process.join(SECONDS_TO_END)
    code = process.exitcode
    how = f"exit code {code}"
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            how = f"killed by {signal.Signals(-code).name}"
    return WorkerError(
        f"a worker process died ({how}) before its shard was finished; if the system killed it for "
        "memory, use fewer --workers or smaller --shard-rows"
    )


def _work(pipe: Connection, copied: list[Connection], job: Job) -> None:
    """Be a worker: answer for one task after another, until there are no more."""
    begin_worker()
    for each in copied:  # the parent's ends, copied by fork: they must close when the parent dies
        each.close()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone, and nobody is left to tell
        serve(pipe, job)


def serve(pipe: Connection, job: Job) -> None:
    """Answer for the tasks that come through a pipe; or, where the job does not open, say why."""
    with contextlib.ExitStack() as stack:
        try:
            answering = stack.enter_context(job.open())
        except Exception as error:  # noqa: BLE001 -- raised again in the parent
            pipe.send_bytes(msgspec.msgpack.encode(Failed(_packed(error))))
            return
        while (message := pipe.recv_bytes()) != END:
            pipe.send_bytes(answer(answering, message))


def answer(answering: Answering, message: bytes) -> bytes:
    """Do a task, and return what `result_of` reads."""
    try:
        return msgspec.msgpack.encode(Done(answering(message)))
    except Exception as error:  # noqa: BLE001 -- raised again in the parent
        return msgspec.msgpack.encode(Failed(_packed(error)))


def result_of(message: bytes) -> int:
    """Return what came of a task, from its worker's answer; raise what the worker has raised."""
    found = _answers.decode(message)
    if isinstance(found, Failed):
        raise pickle.loads(found.error)  # noqa: S301 -- from a worker of ours
    return found.result


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
