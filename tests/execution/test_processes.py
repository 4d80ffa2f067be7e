"""Worker processes: their shards come in order, their errors cross, and none is left behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import time

import msgspec
import pytest
from support.processes import needs_proc, until

from shardgen.errors import GenerationError, OutputError, PlanError, WorkerError
from shardgen.execution import pipeline
from shardgen.execution import processes as workers
from shardgen.execution.processes import SHARDS_EACH, Workers, start_workers
from shardgen.execution.shard_file import open_shard, shard_path
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
        return start_workers(
            Source.bind(plan), plan.shards(), tmp_path, workers=COUNT, start_method="fork"
        )

    return start


def all_of(plan, started: Workers) -> list[Shard]:
    return [started.finished() for _ in range(plan.shard_count())]


def nothing(_tables, _shard, _folder, _over):
    """Make no file."""


def test_shards_come_in_order_and_each_has_its_file(plan, pool, tmp_path):
    """finished() gives the shards in the order of the plan, each with its file in place."""
    with pool() as started:
        for shard in plan.shards():
            assert started.finished() == shard
            assert shard_path(tmp_path, shard).exists()
    assert len(list(tmp_path.iterdir())) == plan.shard_count()


def test_shards_come_in_order_when_later_ones_are_ready_first(plan, pool, replaced):
    """A slow shard holds up the ones behind it, and none is lost or given twice."""

    def make(_tables, shard, _folder, _over):
        time.sleep(0.05 if shard.index % 7 == 0 else 0)

    replaced(make)
    with pool() as started:
        assert all_of(plan, started) == list(plan.shards())


def test_workers_are_never_far_ahead(plan, pool, replaced, tmp_path):
    """However long the merge takes, at most 1 + 2 × workers shards are there or being made."""

    def make(_tables, shard, folder, _over):
        shard_path(folder, shard).touch()

    replaced(make)
    most = 0
    with pool() as started:
        for number in range(plan.shard_count()):
            if number < 5:
                time.sleep(0.05)  # the workers have all the time they could want
            most = max(most, len(list(tmp_path.iterdir())))
            shard_path(tmp_path, started.finished()).unlink()
    assert 0 < most <= AHEAD


def test_no_worker_is_idle_while_the_merge_is_busy(pool, replaced, tmp_path):
    """While the merge does something else, each worker has a second shard waiting."""

    def make(_tables, shard, folder, _over):
        shard_path(folder, shard).touch()

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
    """What a worker raises is raised by finished(), with its type and its message."""

    def make(_tables, shard, _folder, _over):
        if shard.index == 3:
            raise error

    replaced(make)
    with pytest.raises(type(error)) as caught, pool() as started:
        all_of(plan, started)
    assert str(caught.value) == str(error)


def test_a_bug_in_a_worker_brings_its_traceback(plan, pool, replaced):
    """An error that is no user's fault says where in the worker it came from."""

    def make(_tables, _shard, _folder, _over):
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

    def make(_tables, _shard, _folder, _over):
        raise Stubborn("on", "e")

    replaced(make)
    with pytest.raises(WorkerError, match="Stubborn: one"), pool() as started:
        all_of(plan, started)


def test_a_plan_that_a_worker_cannot_bind_is_an_error(tmp_path):
    """An error before the first shard is a worker's answer too."""
    ours, theirs = multiprocessing.Pipe()
    workers._serve(theirs, b"no plan", tmp_path)
    assert isinstance(pickle.loads(ours.recv_bytes()), msgspec.DecodeError)
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

    def make(_tables, shard, _folder, _over):
        if shard.index == 4:
            end()

    replaced(make)
    with pytest.raises(WorkerError) as caught, pool() as started:
        all_of(plan, started)
    assert str(caught.value).startswith(f"a worker process died ({how}) before its shard was")


def test_a_worker_killed_while_idle_is_told(plan, pool, replaced):
    """A worker that dies while it waits for a shard is told as soon as it is given one."""
    replaced(nothing)

    def kill_all(started):
        time.sleep(0.2)
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        all_of(plan, started)

    with pytest.raises(WorkerError, match="killed by SIGKILL"), pool() as started:
        kill_all(started)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_of_the_merge_ends_the_workers_at_once(pool, replaced, error):
    """Workers busy with a long shard are not waited for when the merge has failed."""
    replaced(lambda _tables, _shard, _folder: time.sleep(1000))

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
        start_workers(Source.bind(plan), plan.shards(), tmp_path, workers=2, start_method="fork"),
    ):
        pytest.fail("no worker may start")


def test_fork_is_left_alone_where_threads_run():
    """With other threads about, which fork would break, Python's own choice is made."""
    import threading

    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    alone = workers.default_start_method()
    thread.start()
    try:
        assert workers.default_start_method() == multiprocessing.get_start_method()
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
        assert workers.usable_cpus() == 1
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
    """With --keep-shards all bodies in order, between head and foot, are the dump."""
    from msgspec import msgpack

    done = shardgen("run", *arguments, "--shard-rows", "900", "--keep-shards", "-o", "out.sql")
    assert (done.stderr, done.returncode) == ("", 0)
    files = sorted((tmp_path / "out.sql.shards").iterdir())
    fields = [msgpack.decode(path.read_bytes()) for path in files]
    assert [field["index"] for field in fields] == list(range(len(files)))
    bodies = b"".join(field["body"] for field in fields)
    dump = (tmp_path / "out.sql").read_bytes()
    assert dump.count(bodies) == 1
    head, foot = dump.split(bodies)
    assert b"CREATE TABLE" in head
    assert foot.rstrip().endswith(b"COMMIT;")
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
            assert started.finished() == shard
            with open_shard(tmp_path, shard, plan=plan.digest()) as body:
                assert b"".join(map(bytes, Source.bind(plan).render(shard))) == bytes(body)
            started.reuse(shard)
            most = max(most, len(list(tmp_path.iterdir())))
    assert most <= 2 + 2 * SHARDS_EACH * COUNT
    assert most < plan.shard_count() / 3
