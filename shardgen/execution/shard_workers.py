"""
Shards by worker processes: each becomes a file, and the file goes to its place in the sink.

A worker gets the plan once, binds the schema for itself unless fork copied it bound, and turns one
shard after another into a shard file. It needs nothing from the rows of other shards, so which
worker makes which shard, and when, changes no byte. Once the sizes of all earlier shards are known,
the worker that made a shard copies it to its place in the sink, where that has places: so the
parent assigns, and carries no bytes of the workers'.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from shardgen.errors import ShardFileError
from shardgen.execution.executors import Executor, large_tables
from shardgen.execution.pool import TaskPool, TaskWorker
from shardgen.execution.processes import Answering, Pool, open_pool
from shardgen.execution.shard_file import (
    open_shard,
    open_with_footer,
    shard_path,
    whole_size,
    write_shard_of,
)
from shardgen.execution.shard_folder import ShardFolder
from shardgen.execution.sinks import Place, Sink, fill
from shardgen.execution.written import Written, is_whole, keep_place
from shardgen.plan.plan import Shard, decode_plan
from shardgen.plan.source import Source

SHARDS_EACH = 2  # one being made and one waiting in the pipe, so that no worker is ever idle
Supply = Source | bytes  # what a worker makes shards from: as fork copies it, or an encoded plan


class Make(msgspec.Struct, frozen=True, tag=True):
    """
    Task: write the file of a shard, over that of the shard `over` where it is given.

    Where its bytes are `written` already, or it `has_file`, it is looked whether these are whole.
    An answer is the size of the body; where nothing had to be made, its complement (-1 - size).
    """

    shard: Shard
    over: Shard | None
    written: Written | None = None
    has_file: bool = False


class Copy(msgspec.Struct, frozen=True, tag=True):
    """Task: copy the body of a shard's file to a place; an answer is its CRC-32."""

    shard: Shard
    place: Place


Task = Make | Copy
_tasks: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)


def supply_for(source: Source, start_method: str) -> Supply:
    """Return what workers that are started so make shards from."""
    return source if start_method == "fork" else source.plan.encode()


def bound_again(supply: Supply) -> Source:
    """Return the source of what a worker was given."""
    return supply if isinstance(supply, Source) else Source.bind_again(decode_plan(supply))


class ShardFiles(msgspec.Struct, frozen=True):
    """The job of making the files of shards in a folder."""

    supply: Supply
    folder: str

    @contextlib.contextmanager
    def open(self) -> Iterator[Answering]:
        """See Job."""
        source, folder = bound_again(self.supply), Path(self.folder)

        def answering(message: bytes) -> int:
            match _tasks.decode(message):
                case Make() as make:
                    return made_or_kept(source, make, folder)
                case Copy(shard=shard, place=place):
                    return copy_shard(source, shard, folder, place)

        yield answering


class Workers:
    """
    A pool of workers that makes shards ahead of the sink, but never far ahead.

    Of each shard in order `made` is called; then `copy`, `release` where it is brought to the sink
    in another way, or `forget` where its bytes are there already.
    """

    def __init__(self, shards: Iterable[Shard], folder: ShardFolder, pool: TaskPool[Task]) -> None:
        """Give nothing to the pool yet."""
        self._waiting = iter(shards)
        self._folder = folder
        self._pending: deque[Shard] = deque()  # given to a worker, not yet handed on
        self._made: dict[int, tuple[int, TaskWorker[Task]]] = {}  # sizes, and who made them
        self._there: dict[int, Written] = {}  # of those that are made, what is in the sink
        self._copying: set[int] = set()
        self._pool = pool
        self._ahead = 0

    def begin(self) -> None:
        """Give the workers, which are there, their first shards."""
        self._ahead = 1 + SHARDS_EACH * len(self._pool.workers)
        self._give()

    def made(self) -> tuple[Shard, int, Written | None]:
        """
        Wait for the file of the next shard, and start more.

        Return the shard with its body's size, and its bytes where these are in the sink already.
        """
        self._receive(block=False)
        while not self._pending or self._pending[0].index not in self._made:
            self._receive(block=True)
        shard = self._pending.popleft()
        self._give()
        return shard, self._made[shard.index][0], self._there.pop(shard.index, None)

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
        self.forget(shard)
        self._folder.release(shard)

    def forget(self, shard: Shard) -> None:
        """Note that the bytes of a shard are in the sink already."""
        del self._made[shard.index]

    def _give(self) -> None:
        """Give shards to the workers that have the fewest, as far as the sink may be behind."""
        while len(self._pending) + len(self._copying) < self._ahead:
            worker = min(self._pool.workers, key=_to_make)
            if _to_make(worker) >= SHARDS_EACH:
                return
            shard = next(self._waiting, None)
            if shard is None:
                return
            self._pending.append(shard)
            written, has_file = self._folder.written(shard), self._folder.has_file(shard)
            is_there = written is not None or has_file
            over = None if is_there else self._folder.take_spare()
            worker.give(Make(shard, over, written, has_file))

    def _note_made(self, make: Make, answer: int, worker: TaskWorker[Task]) -> None:
        is_kept, index = answer < 0, make.shard.index
        if make.written is not None or make.has_file:
            self._folder.note(make.shard, is_kept=is_kept)
        if is_kept and make.written is not None:
            self._there[index] = make.written
        self._made[index] = ~answer if is_kept else answer, worker

    def _receive(self, *, block: bool) -> None:
        """Take the answers that are there, or wait for one; and start on as many shards more."""
        for worker, task, result in self._pool.receive(block=block):
            match task:
                case Make() as make:
                    self._note_made(make, result, worker)
                case Copy(shard=shard, place=place):
                    self._copying.remove(shard.index)
                    self._folder.copied(shard, place, result)
                    self._folder.release(shard)
        self._give()


def made_or_kept(source: Source, make: Make, folder: Path) -> int:
    """Do a task, and return its answer."""
    if make.written is not None and is_whole(make.written):
        return ~make.written.place.size
    size = whole_size(source, make.shard, folder) if make.has_file else None
    return write_shard_of(source, make.shard, folder, make.over) if size is None else ~size


def _to_make(worker: TaskWorker[Task]) -> int:
    """Return how many shards a worker has been given to make."""
    return sum(isinstance(task, Make) for task in worker.given)


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
        shard, size, there = self._workers.made()
        if there is not None:
            keep_place(sink, shard, there)
            self._workers.forget(shard)
            return
        place = sink.reserve(shard.file, size)
        if place is not None:
            self._workers.copy(shard, place)
            return
        with open_shard(self._folder.path, shard, plan=self._plan) as body:
            sink.write(shard.file, body)
        self._workers.release(shard)


@contextlib.contextmanager
def open_processes(
    source: Source,
    shards: Iterable[Shard],
    here: Executor,
    folder: ShardFolder,
    *,
    workers: int,
    start_method: str | None,
) -> Iterator[Processes]:
    """
    Give an executor with a pool of so many workers; none of them is left at the end.

    `shards` are those that it will be asked to run, in their order.
    """
    large = large_tables(source.plan)
    far = (shard for shard in shards if shard.table in large)
    with start_workers(source, far, folder, workers=workers, start_method=start_method) as started:
        yield Processes(source, started, here, folder)


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
    pool = Pool[Task]()
    started = Workers(shards, folder, pool)

    def job_of(method: str) -> ShardFiles:
        return ShardFiles(supply_for(source, method), str(folder.path))

    with open_pool(pool, job_of, workers, start_method):
        started.begin()
        yield started


def copy_shard(source: Source, shard: Shard, folder: Path, place: Place) -> int:
    """
    Copy the body of a shard's file to its place in the sink, and return its CRC-32.

    ShardFileError when the file is not whole or not that which was made, OutputError when the place
    cannot be written. The body is written from where it was verified: copy_file_range, within the
    kernel, takes longer on ext4, as it goes page by page.
    """
    with open_with_footer(folder, shard, plan=source.plan.digest()) as (body, footer):
        if len(body) != place.size:
            path = shard_path(folder, shard)
            raise ShardFileError(f"{path}: {len(body)} bytes, and not {place.size}; run again")
        fill(place, body)
        return footer.crc32
