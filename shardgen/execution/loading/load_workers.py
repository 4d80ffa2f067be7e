"""
Who does the steps of a load: workers with a connection each, or this process alone.

Where a database takes one connection, workers make the shards of large tables into files, as for a
dump, and this process hands them over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from shardgen.execution.loading.database import Connecting, Database, Loader, Session, Work
from shardgen.execution.loading.ledger import Way
from shardgen.execution.loading.steps import Schedule, Step
from shardgen.execution.makers import open_executor
from shardgen.execution.processes import Answering, Pool, open_pool
from shardgen.execution.shard_workers import Supply, bound_again, supply_for
from shardgen.execution.signals import raise_stop
from shardgen.execution.sinks import Describe, Place
from shardgen.output.text.kinds import Buffer
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source

Done = Callable[[Step], None]
"""Is told of each step that is done."""
_steps = msgspec.msgpack.Decoder(Step)


class Loading(msgspec.Struct, frozen=True):
    """The job of doing steps over a connection of one's own; an answer says whether it was new."""

    supply: Supply
    way: Way
    connecting: Connecting
    place: str

    @contextlib.contextmanager
    def open(self) -> Iterator[Answering]:
        """See Job."""
        source = bound_again(self.supply)
        with self.connecting.connect(Work(source, self.way), self.place) as loader:
            yield lambda message: int(loader.do(_steps.decode(message), source.render))


def do_all(  # noqa: PLR0913 -- keyword-only
    steps: Sequence[Step],
    work: Work,
    database: Database,
    session: Session,
    *,
    workers: int,
    start_method: str | None,
    done: Done,
) -> None:
    """Do the steps, by as many worker processes as are asked for: 0 for none of them."""
    connecting = database.by_workers
    if workers and connecting is not None:
        by_workers(
            steps, work, connecting, session, workers=workers, start_method=start_method, done=done
        )
    elif not workers:
        here(steps, work, session, done=done)
    else:
        fed(steps, work, session, workers=workers, start_method=start_method, done=done)


def by_workers(  # noqa: PLR0913 -- keyword-only
    steps: Sequence[Step],
    work: Work,
    connecting: Connecting,
    session: Session,
    *,
    workers: int,
    start_method: str | None,
    done: Done,
) -> None:
    """Have so many workers do the steps, each over a connection of its own."""
    pool = Pool[Step]()
    schedule = Schedule(steps)

    def job_of(method: str) -> Loading:
        return Loading(supply_for(work.source, method), work.way, connecting, session.place)

    with open_pool(pool, job_of, workers, start_method):
        while not schedule.is_over:
            for worker in pool.workers:
                step = None if worker.given else schedule.begin()
                if step is not None:
                    worker.give(step)
            for _, ended, _ in pool.receive(block=True):
                schedule.end(ended)
                done(ended)
            raise_stop()


def here(steps: Sequence[Step], work: Work, session: Session, *, done: Done) -> None:
    """Do the steps in this process."""
    schedule = Schedule(steps)
    with session.loader() as loader:
        while not schedule.is_over:
            step = schedule.begin()
            assert step is not None, "without another step under way, nothing has to wait"
            _do(loader, step, work.source, done)
            schedule.end(step)


def fed(
    steps: Sequence[Step],
    work: Work,
    session: Session,
    *,
    workers: int,
    start_method: str | None,
    done: Done,
) -> None:
    """Do the steps in this process, with shards that so many workers make."""
    of_rows = [step for step in steps if step.shards]
    shards = [shard for step in of_rows for shard in step.shards]
    texts = _Texts()
    with (
        session.loader() as loader,
        open_executor(
            work.source, None, workers=workers, keep_at=None, start_method=start_method,
            shards=shards,
        ) as executor,
    ):  # fmt: skip
        ready = executor.run(shards, texts)
        for step in of_rows:
            for shard in step.shards:
                assert next(ready)[0] == shard, "shards come in their order"
            loader.do(step, texts.take)
            done(step)
            raise_stop()
        for step in steps:
            if not step.shards:
                _do(loader, step, work.source, done)


def _do(loader: Loader, step: Step, source: Source, done: Done) -> None:
    loader.do(step, source.render)
    done(step)
    raise_stop()


class _Texts:
    """A sink that keeps the bytes of the shard that has just come, for whoever takes them."""

    beside: Path | None = None

    def __init__(self) -> None:
        self._texts: list[bytes] = []
        self.size = 0

    def write(self, file: str, text: Buffer) -> None:
        """See Sink."""
        del file
        self._texts.append(bytes(text))
        self.size += len(text)

    def reserve(self, file: str, size: int) -> Place | None:
        """See Sink."""
        del file, size
        return None

    def end_table(self) -> None:
        """See Sink."""

    def complete(self, describe: Describe) -> None:
        """See Sink."""

    def take(self, shard: Shard) -> list[bytes]:
        """Return what has come, and keep it no longer."""
        del shard
        taken, self._texts = self._texts, []
        return taken
