"""Worker processes: their shards come in order, their errors cross, and none is left behind."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import pickle
import re
import signal
import threading
import time

import msgspec
import pytest
from support.processes import needs_proc, until

from shardgen.errors import (
    GenerationError,
    OutputError,
    PlanError,
    ShardFileError,
    WorkerError,
)
from shardgen.execution import cpus, executors, pipeline, processes
from shardgen.execution import shard_workers as workers
from shardgen.execution.executors import Here, HereByFiles
from shardgen.execution.shard_file import TRAILER, open_shard, shard_path, write_shard_of
from shardgen.execution.shard_folder import KeptShardFolder, ShardFolder
from shardgen.execution.shard_workers import (
    SHARDS_EACH,
    ShardFiles,
    Workers,
    open_processes,
    start_workers,
)
from shardgen.execution.sinks import FileSink, StreamSink
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, Shard, build_plan
from shardgen.plan.source import Source

pytestmark = [
    pytest.mark.usefixtures("clean_children"),
    pytest.mark.skipif(os.name != "posix", reason="fork, which lets tests replace what workers do"),
]
COUNT = 2
AHEAD = 1 + 2 * COUNT


@pytest.fixture(scope="module")
def plan():
    """A plan with many small shards."""
    return build_plan(load_schema("fintech-loans"), Options(shard_rows=100))


@pytest.fixture
def replaced(monkeypatch):
    """Replace what workers do with a shard; they are forked, so they get the replacement too."""

    def replace(make):
        monkeypatch.setattr(workers, "write_shard_of", make)

    return replace


@pytest.fixture
def pool(plan, tmp_path):
    """Start two forked workers on all shards of the plan."""

    def start():
        folder = ShardFolder(tmp_path)
        return start_workers(
            Source.bind(plan), plan.shards(), folder, workers=COUNT, start_method="fork"
        )

    return start


def all_of(plan, started: Workers) -> list[Shard]:
    return [started.made()[0] for _ in range(plan.shard_count())]


def test_shards_come_in_order_and_each_has_its_file(plan, pool, tmp_path):
    """made() gives the shards in the order of the plan, each with its file in place."""
    with pool() as started:
        for shard in plan.shards():
            assert started.made()[0] == shard
            assert shard_path(tmp_path, shard).exists()
    assert len(list(tmp_path.iterdir())) == plan.shard_count()


def test_shards_come_in_order_when_later_ones_are_ready_first(plan, pool, replaced):
    """A slow shard holds up the ones behind it, and none is lost or given twice."""

    def make(_source, shard, _folder, _over):
        time.sleep(0.05 if shard.index % 7 == 0 else 0)  # slow is what it is; nobody waits for it
        return 0

    replaced(make)
    with pool() as started:
        assert all_of(plan, started) == list(plan.shards())


def test_workers_are_never_far_ahead(plan, pool, replaced, tmp_path):
    """However long the merge takes, at most 1 + 2 × workers shards are there or being made."""

    def make(_source, shard, folder, _over):
        shard_path(folder, shard).touch()
        return 0

    replaced(make)
    most = 0
    with pool() as started:
        for number in range(plan.shard_count()):
            if number < 5:  # the workers have all the time they could want
                until(lambda: len(list(tmp_path.iterdir())) == len(started._pending), "all given")
            most = max(most, len(list(tmp_path.iterdir())))
            shard_path(tmp_path, started.made()[0]).unlink()
    assert 0 < most <= AHEAD


def test_no_worker_is_idle_while_the_merge_is_busy(pool, replaced, tmp_path):
    """While the merge does something else, each worker has a second shard waiting."""

    def make(_source, shard, folder, _over):
        shard_path(folder, shard).touch()
        return 0

    replaced(make)
    with pool():
        until(lambda: len(list(tmp_path.iterdir())) == 2 * COUNT, "two shards of each worker")


@pytest.mark.parametrize(
    "error",
    [
        GenerationError("text 'a\\0b' has a NUL, which SQL cannot store"),
        OutputError("cannot write x: No space left on device"),
        MemoryError("no room"),
        KeyError("bug"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_in_a_worker_crosses(plan, pool, replaced, error):
    """What a worker raises is raised by made(), with its type and its message."""

    def make(_source, shard, _folder, _over):
        if shard.index == 3:
            raise error
        return 0

    replaced(make)
    with pytest.raises(type(error)) as caught, pool() as started:
        all_of(plan, started)
    assert str(caught.value) == str(error)


def test_a_bug_in_a_worker_brings_its_traceback(plan, pool, replaced):
    """An error that is no user's fault says where in the worker it came from."""

    def make(_source, _shard, _folder, _over):
        raise ZeroDivisionError

    replaced(make)
    with pytest.raises(ZeroDivisionError) as caught, pool() as started:
        all_of(plan, started)
    assert "in make\n    raise ZeroDivisionError" in "".join(caught.value.__notes__)


class Stubborn(Exception):  # noqa: N818 -- says what it does
    """An error that can be pickled, but not loaded."""

    def __init__(self, one, two):
        super().__init__(f"{one}{two}")


def test_an_error_that_cannot_cross_is_told(plan, pool, replaced):
    """An error whose class does not survive pickling, as a plugin's may not, is told in words."""

    def make(_source, _shard, _folder, _over):
        raise Stubborn("on", "e")

    replaced(make)
    with pytest.raises(WorkerError, match="Stubborn: one"), pool() as started:
        all_of(plan, started)


def test_a_plan_that_a_worker_cannot_bind_is_an_error(tmp_path):
    """An error before the first shard is a worker's answer too."""
    ours, theirs = multiprocessing.Pipe()
    processes.serve(theirs, ShardFiles(b"no plan", str(tmp_path)))
    answer = msgspec.msgpack.decode(ours.recv_bytes(), type=processes.Failed)
    assert isinstance(pickle.loads(answer.error), msgspec.DecodeError)
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "killed by SIGTERM"),
        (lambda: os._exit(3), "exit code 3"),
        (lambda: os._exit(0), "exit code 0"),
    ],
)
def test_a_worker_that_dies_is_told(plan, pool, replaced, end, how):
    """A worker that ends without an answer is a WorkerError that says how it ended."""

    def make(_source, shard, _folder, _over):
        if shard.index == 4:
            end()
        return 0

    replaced(make)
    with pytest.raises(WorkerError) as caught, pool() as started:
        all_of(plan, started)
    assert str(caught.value).startswith(f"a worker process died ({how}) before its shard was")


def test_a_worker_killed_while_idle_is_told(plan, pool, replaced, tmp_path):
    """A worker that dies while it waits for a shard is told as soon as it is given one."""

    def make(_source, shard, folder, _over):
        shard_path(folder, shard).touch()
        return 0

    replaced(make)

    def kill_all(started):
        until(lambda: len(list(tmp_path.iterdir())) == 2 * COUNT, "workers without a task")
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        all_of(plan, started)

    with pytest.raises(WorkerError, match="killed by SIGKILL"), pool() as started:
        kill_all(started)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_of_the_merge_ends_the_workers_at_once(pool, replaced, error):
    """Workers busy with a long shard are not waited for when the merge has failed."""
    replaced(lambda _source, _shard, _folder, _over: signal.pause())  # it is killed

    def fail():
        with pool():
            raise error

    with pytest.raises(error):
        fail()
    assert multiprocessing.active_children() == []


def test_processes_that_cannot_start_are_told(plan, pool, monkeypatch):
    """When the second worker cannot be started, the first is ended, and the way out is said."""
    real, calls = os.fork, []

    def fork():
        calls.append(1)
        if len(calls) == 2:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    monkeypatch.setattr(os, "fork", fork)
    with pytest.raises(WorkerError) as caught, pool() as started:
        all_of(plan, started)
    wanted = "cannot start worker processes: Resource temporarily unavailable; use fewer --workers"
    assert str(caught.value) == wanted


def test_a_daemon_is_told_to_use_one_worker(plan, tmp_path, monkeypatch):
    """Inside a daemonic process, which may have no children, the way out is said."""
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    with (
        pytest.raises(WorkerError, match="use workers=1"),
        start_workers(
            Source.bind(plan), plan.shards(), ShardFolder(tmp_path), workers=2, start_method="fork"
        ),
    ):
        pytest.fail("no worker may start")


def test_fork_is_left_alone_where_threads_run():
    """With other threads about, which fork would break, Python's own choice is made."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    alone = processes.default_start_method()
    thread.start()
    try:
        assert processes.default_start_method() == multiprocessing.get_start_method()
    finally:
        done.set()
        thread.join()
    assert threading.active_count() > 1 or os.uname().sysname != "Linux" or alone == "fork"


@needs_proc
def test_usable_cpus_are_those_this_process_may_use():
    """A process bound to one CPU counts one."""
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cpus.usable_cpus() == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_start_methods_write_the_same_bytes(shardgen, tmp_path, method):
    """However workers start, the dump is that of a run without any; nothing warns."""
    base = ("run", "--scale", "100", "-q")
    one = shardgen(*base, "-w", "1", "-o", "one.sql")
    done = shardgen(
        *(*base, "-w", "2", "-o", "out.sql", "--start-method", method), PYTHONWARNINGS="error"
    )
    assert (one.stderr, done.stderr) == ("", "")
    assert (one.returncode, done.returncode) == (0, 0)
    assert (tmp_path / "out.sql").read_bytes() == (tmp_path / "one.sql").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.sql", "out.sql"]


@pytest.mark.parametrize("count", [0, -1, 257])
def test_impossible_numbers_of_workers_are_refused(tmp_path, count):
    """Workers below 1 or above the limit are a PlanError before anything starts."""
    with pytest.raises(PlanError, match=f"{count} workers are asked for; choose 1 to 256"):
        pipeline.run("fintech-loans", tmp_path / "out.sql", workers=count)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [2, 8, 40])
def test_more_workers_than_shards_do_no_harm(tmp_path, count):
    """Fewer shards than workers, and more workers than CPUs, write the same dump."""
    options = Options(scale=100.0, shard_rows=30_000)
    one = pipeline.run("fintech-loans", tmp_path / "one.sql", workers=1, options=options)
    many = pipeline.run("fintech-loans", tmp_path / "out.sql", workers=count, options=options)
    assert one.workers == 0
    assert 2 <= many.workers <= count
    assert (tmp_path / "out.sql").read_bytes() == (tmp_path / "one.sql").read_bytes()


@pytest.mark.parametrize("arguments", [("--scale", "100", "-w", "2"), ("--scale", "1")])
def test_kept_shards_join_to_the_dump(shardgen, tmp_path, arguments):
    """With --keep-shards all bodies in order, between header and footer, are the dump."""
    done = shardgen("run", *arguments, "--shard-rows", "900", "--keep-shards", "-o", "out.sql")
    assert (done.stderr, done.returncode) == ("", 0)
    files = sorted((tmp_path / "out.sql.shards").iterdir())
    whole = [path.read_bytes() for path in files]
    ends = [len(file) - TRAILER.size - TRAILER.unpack(file[-TRAILER.size :])[0] for file in whole]
    fields = [
        msgspec.msgpack.decode(file[end : -TRAILER.size])
        for file, end in zip(whole, ends, strict=True)
    ]
    assert [field["index"] for field in fields] == list(range(len(files)))
    bodies = b"".join(file[:end] for file, end in zip(whole, ends, strict=True))
    dump = (tmp_path / "out.sql").read_bytes()
    assert dump.count(bodies) == 1
    header, footer = dump.split(bodies)
    assert b"CREATE TABLE" in header
    assert footer.rstrip().endswith(b"COMMIT;")
    rows = json.loads(shardgen("run", *arguments, "--json", "-o", "out.sql").stdout)["rows"]
    assert sum(field["rows"] for field in fields) == rows


def test_kept_shards_are_replaced_by_the_next_run(shardgen, tmp_path):
    """The kept folder holds the shards of the last run that kept them, and no others."""
    folder = tmp_path / "out.sql.shards"
    for scale, shard_rows in (("2", "100"), ("1", "1000")):
        shardgen(
            "run", "--scale", scale, "--shard-rows", shard_rows, "--keep-shards", "-o", "out.sql"
        )
        counts = len(list(folder.iterdir()))
    assert (
        counts == build_plan(load_schema("fintech-loans"), Options(shard_rows=1000)).shard_count()
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.sql", "out.sql.shards"]


def test_a_folder_with_other_things_is_refused_before_work(shardgen, tmp_path):
    """A folder that holds more than shards is refused: no dump, and nothing deleted."""
    folder = tmp_path / "out.sql.shards"
    folder.mkdir()
    (folder / "thesis.tex").write_bytes(b"mine")
    done = shardgen("run", "--scale", "4000", "-w", "2", "--keep-shards", "-o", "out.sql")
    assert done.returncode == 8
    assert done.stderr.endswith("it holds other things; move them away\n")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["out.sql.shards", "thesis.tex"]


def test_merged_files_are_written_over(plan, pool, tmp_path):
    """A merged file is given to one later shard: few files ever exist, and each is whole."""
    most = 0
    with pool() as started:
        for shard in plan.shards():
            assert started.made()[0] == shard
            with open_shard(tmp_path, shard, plan=plan.digest()) as body:
                assert b"".join(map(bytes, Source.bind(plan).render(shard))) == bytes(body)
            started.release(shard)
            most = max(most, len(list(tmp_path.iterdir())))
    assert most <= 2 + 2 * SHARDS_EACH * COUNT
    assert most < plan.shard_count() / 3


# Places


@pytest.fixture
def all_large(monkeypatch):
    """Have workers make the shards of all tables but the smallest."""
    monkeypatch.setattr(executors, "SMALL_TABLE", 500)


@pytest.fixture
def out(tmp_path):
    """A sink with places, in a folder of its own."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "out.partial"
    return FileSink(path, "out.sql", path)


@contextlib.contextmanager
def opened(plan, tmp_path):
    """Give an executor of two forked workers, with their files in a folder of its own."""
    (tmp_path / "files").mkdir()
    folder, source = ShardFolder(tmp_path / "files"), Source.bind(plan)
    with open_processes(
        source, plan.shards(), Here(source), folder, workers=COUNT, start_method="fork"
    ) as executor:
        yield executor


def bytes_of(plan) -> bytes:
    source = Source.bind(plan)
    return b"".join(bytes(text) for shard in source.shards() for text in source.render(shard))


@pytest.mark.usefixtures("all_large")
def test_workers_fill_the_places_of_their_shards(plan, tmp_path, out):
    """Whoever writes which bytes, and when, they are those of one process; shards end in order."""
    with opened(plan, tmp_path) as executor:
        assert list(plan.shards()) == [shard for shard, _ in executor.run(plan.shards(), out)]
        assert bytes_of(plan) == (tmp_path / "out" / "out.partial").read_bytes()


@pytest.mark.usefixtures("all_large")
def test_places_filled_late_are_waited_for(plan, tmp_path, out, monkeypatch):
    """Shards whose copies take long hold up nobody, and are there in the end."""
    real = workers.copy_shard

    def slow(source, shard, folder, place):
        time.sleep(0.05 if shard.index % 7 == 0 else 0)  # as above
        return real(source, shard, folder, place)

    monkeypatch.setattr(workers, "copy_shard", slow)
    most = 0
    with opened(plan, tmp_path) as executor:
        for _ in executor.run(plan.shards(), out):
            most = max(most, len(list((tmp_path / "files").iterdir())))
    assert bytes_of(plan) == (tmp_path / "out" / "out.partial").read_bytes()
    assert 0 < most <= AHEAD + 1


@pytest.mark.usefixtures("all_large")
def test_an_error_while_a_place_is_filled_crosses(plan, tmp_path, out, monkeypatch):
    """A full disk in a worker is the error that it would be in the parent."""

    def full(_source, shard, _folder, _place):
        if shard.index == 5:
            raise OutputError("cannot write out.sql: No space left on device; make room")
        return 0

    monkeypatch.setattr(workers, "copy_shard", full)
    with (
        pytest.raises(OutputError, match=r"out\.sql: No space left"),
        opened(plan, tmp_path) as executor,
    ):
        list(executor.run(plan.shards(), out))
    assert [] == multiprocessing.active_children()


@pytest.mark.usefixtures("all_large")
def test_a_worker_that_dies_while_it_copies_is_told(plan, tmp_path, out, monkeypatch):
    """Its place stays empty, so the run ends."""

    def die(_source, shard, _folder, _place):
        if shard.index == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    monkeypatch.setattr(workers, "copy_shard", die)
    with (
        pytest.raises(WorkerError, match="killed by SIGKILL"),
        opened(plan, tmp_path) as executor,
    ):
        list(executor.run(plan.shards(), out))


@pytest.mark.parametrize("damage", ["changed", "cut", "gone", "another size"])
def test_no_byte_of_a_damaged_file_reaches_its_place(plan, tmp_path, out, damage):
    """The worker verifies before it writes, and the size must be the one that was told."""
    source, shard = Source.bind(plan), next(plan.shards())
    size = write_shard_of(source, shard, tmp_path)
    path = shard_path(tmp_path, shard)
    whole = path.read_bytes()
    place = out.reserve(shard.table, size + (1 if damage == "another size" else 0))
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"changed": b"X" + whole[1:], "cut": whole[:-1], "another size": whole}[damage]
        )
    with pytest.raises(ShardFileError, match=re.escape(str(path))):
        workers.copy_shard(source, shard, tmp_path, place)
    assert b"" == (tmp_path / "out" / "out.partial").read_bytes()


@pytest.mark.usefixtures("all_large")
def test_a_stream_gets_the_same_bytes(plan, tmp_path):
    """Without places the parent brings each body, in order."""
    reading, writing = os.pipe()
    read = []

    def take():
        with os.fdopen(reading, "rb") as pipe:
            read.append(pipe.read())

    with opened(plan, tmp_path) as executor:
        reader = threading.Thread(target=take)
        reader.start()
        list(executor.run(plan.shards(), StreamSink(writing, "standard output")))
        os.close(writing)
        reader.join(20)
    assert [bytes_of(plan)] == read


@pytest.mark.parametrize("keep", [False, True])
def test_one_process_has_the_same_bytes_with_and_without_files(plan, tmp_path, out, keep):
    """Kept shard files change nothing, and all of them stay."""
    source = Source.bind(plan)
    (tmp_path / "files").mkdir()
    here = HereByFiles(source, KeptShardFolder(tmp_path / "files")) if keep else Here(source)
    assert list(plan.shards()) == [shard for shard, _ in here.run(plan.shards(), out)]
    assert bytes_of(plan) == (tmp_path / "out" / "out.partial").read_bytes()
    assert (plan.shard_count() if keep else 0) == len(list((tmp_path / "files").iterdir()))
