"""
A pool whose tasks an engine does, which returns a future for each.

The workers of the pool are places for tasks under way, as many as the engine can do at once; which
process does a task is the engine's affair. So is a process that is lost: the engine does its tasks
again, and since a task writes the same bytes each time, nothing else notices.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from typing import Any, Generic, Protocol

import msgspec

import shardgen
from shardgen.errors import WorkerError
from shardgen.execution.pool import Task
from shardgen.execution.processes import Answering, Job, answer, result_of

SECONDS_TO_END = 10.0
"""That a task which is under way has to end; one of threads cannot be broken off."""


class Engine(Protocol):
    """Runs functions somewhere."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def share(self, data: bytes) -> Any:
        """Return what stands for `data` among the arguments of a call: each node gets it once."""

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        """Have a function called, again where its process is lost."""

    def cancel(self, future: Future[bytes]) -> None:
        """Have a call not begin, or end, where that is possible; nobody waits for it."""


class PackedJob(msgspec.Struct, frozen=True):
    """A job as it crosses to a worker: the version that made it, and itself, pickled."""

    version: str
    job: bytes

    @classmethod
    def of(cls, job: Job) -> bytes:
        """Return a job, packed."""
        return msgspec.msgpack.encode(cls(shardgen.__version__, pickle.dumps(job)))

    @staticmethod
    def open(data: bytes) -> Job:
        """Return the job of packed data; WorkerError where another version has made it."""
        packed = msgspec.msgpack.decode(data, type=PackedJob)
        if packed.version != shardgen.__version__:
            what = f"a worker has shardgen {shardgen.__version__}, and the run {packed.version}"
            raise WorkerError(f"{what}; install the same version on every node")
        job: Job = pickle.loads(packed.job)  # noqa: S301 -- from a run of ours
        return job


class _Opened(threading.local):
    """The job that this thread of a worker has open: one, as it may hold much."""

    def __init__(self) -> None:
        self.digest = b""
        self.answering: Answering | None = None
        self.stack = contextlib.ExitStack()

    def of(self, data: bytes) -> Answering:
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if self.answering is None or self.digest != digest:
            self.answering = None
            self.stack.close()
            self.answering = self.stack.enter_context(PackedJob.open(data).open())
            self.digest = digest
        return self.answering


_opened = _Opened()


def do_task(job: bytes, message: bytes) -> bytes:
    """Do a task of a packed job, in a worker of an engine; return what `result_of` reads."""

    def answering(message: bytes) -> int:
        return _opened.of(job)(message)

    return answer(answering, message)


class FuturesWorker(Generic[Task]):
    """A place for tasks under way."""

    def __init__(self, submit: Callable[[bytes], Future[bytes]]) -> None:
        """Bring tasks, as msgpack, to an engine by `submit`."""
        self.given: deque[Task] = deque()
        self.futures: deque[Future[bytes]] = deque()
        self._submit = submit

    def give(self, task: Task) -> None:
        """See TaskWorker: the next is done at the same time, and answered for after it."""
        self.futures.append(self._submit(msgspec.msgpack.encode(task)))
        self.given.append(task)


class FuturesPool(Generic[Task]):
    """So many tasks at once, done by an engine."""

    def __init__(self, engine: Engine, job: Job, count: int) -> None:
        """Share the job with the engine's nodes."""
        self._engine = engine
        self._job = engine.share(PackedJob.of(job))
        self.workers = [FuturesWorker[Task](self._submit) for _ in range(count)]

    def _submit(self, message: bytes) -> Future[bytes]:
        return self._engine.submit(do_task, self._job, message)

    def receive(self, *, block: bool) -> Iterator[tuple[FuturesWorker[Task], Task, int]]:
        """See TaskPool."""
        workers = {worker.futures[0]: worker for worker in self.workers if worker.futures}
        done, _ = wait(workers, None if block else 0, FIRST_COMPLETED)
        for future in done:
            worker = workers[future]
            result = self._result(worker.futures.popleft())
            yield worker, worker.given.popleft(), result

    def cancel(self) -> None:
        """Have what is under way come to nothing, and wait a while for what cannot be cancelled."""
        under_way = [future for worker in self.workers for future in worker.futures]
        for future in under_way:
            self._engine.cancel(future)
        wait(under_way, SECONDS_TO_END)
        for worker in self.workers:
            worker.futures.clear()

    def _result(self, future: Future[bytes]) -> int:
        try:
            message = future.result()
        except (BrokenExecutor, CancelledError, Exception) as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise WorkerError(f"{self._engine.name} could not do a task: {reason}") from error
        return result_of(message)


class ExecutorEngine(msgspec.Struct, frozen=True):
    """Any executor of `concurrent.futures`, or what has its `submit`."""

    executor: Any
    name: str = "the executor"

    def share(self, data: bytes) -> bytes:
        """See Engine: it goes along with each call."""
        return data

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        """See Engine."""
        future: Future[bytes] = self.executor.submit(function, *arguments)
        return future

    def cancel(self, future: Future[bytes]) -> None:
        """See Engine."""
        future.cancel()
