"""One run at a time writes to a path; a second waits or fails, and neither leaves anything."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from support.processes import Run, needs_proc, runs, state, until

from shardgen.errors import LockedError, OutputError
from shardgen.execution import locks
from shardgen.execution.events import Event
from shardgen.execution.locks import locked
from shardgen.execution.names import LOCK, lock_name
from shardgen.execution.targets import open_sink

LONG = ("run", "--scale", "20000", "-w", "2")
needs_flock = pytest.mark.skipif(locks.fcntl is None, reason="this system has no flock")


@pytest.fixture
def start(tmp_path):
    with runs(tmp_path) as start_run:
        yield start_run


def until_it_waits(run: Run) -> None:
    """Wait until a run says that it waits, and does."""
    run.until(lambda: "waiting for its end" in run.said, "a word of the wait")
    until(lambda: state(run.pid) == "S", "a run that sleeps")


TARGETS = {
    "file": ("-o", "out.sql"),
    "new folder": ("-o", "out/", "--format", "csv"),
    "folder": ("-o", "there", "--format", "csv"),
    "part": ("-o", "parts/", "--part", "1/2"),
}


@pytest.fixture
def first(start, tmp_path, request):
    """A run that is under way, and will not end; with the target of the test's parameter."""
    (tmp_path / "work" / "there").mkdir(parents=True)
    run = start(*LONG, *request.param)
    run.until_shards()
    run.kill_group(signal.SIGSTOP)
    return run


@needs_proc
@pytest.mark.parametrize("first", TARGETS.values(), ids=TARGETS, indirect=True)
def test_a_second_run_to_a_target_waits_or_fails_as_asked(start, first):
    """It fails with an exit code of its own; or writes when the first has ended, and says so."""
    target = first.process.args[first.process.args.index("-o") :]
    failing = start("run", *target, "--if-locked", "fail")
    assert failing.end() == 10
    name = target[1]
    assert (
        f"shardgen: another run writes {name}; wait for its end with --if-locked wait\n"
        == failing.said
    )
    waiting = start("run", *target)
    until_it_waits(waiting)
    assert f"shardgen: another run writes {name}: waiting for its end\n" == waiting.said
    first.kill_group(signal.SIGCONT)
    first.kill(signal.SIGTERM)
    assert (143, 0) == (first.end(), waiting.end())
    assert [] == [file for file in waiting.files() if file.endswith(LOCK)]


@needs_proc
@pytest.mark.parametrize("first", TARGETS.values(), ids=TARGETS, indirect=True)
def test_a_lock_dies_with_its_run(start, first):
    """A run that was killed holds up nobody, and what it left goes with the next to its target."""
    target = first.process.args[first.process.args.index("-o") :]
    waiting = start("run", *target)
    until_it_waits(waiting)
    first.kill_group(signal.SIGKILL)
    assert waiting.end() == 0
    assert first.end() == -signal.SIGKILL
    assert [] == [file for file in waiting.files() if file.endswith((LOCK, ".partial"))]


@needs_proc
@pytest.mark.parametrize("first", [TARGETS["file"]], ids=["file"], indirect=True)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_ends_a_wait_at_once(start, first, number, code):
    """The first run keeps its lock, and goes on as if nobody had waited."""
    waiting = start("run", *TARGETS["file"])
    until_it_waits(waiting)
    waiting.kill(number)
    assert waiting.end() == code
    assert state(first.pid) == "T"
    assert [lock_name("out.sql")] == [file for file in first.files() if file.endswith(LOCK)]


@needs_flock
def test_many_that_wait_come_one_after_another(tmp_path):
    """No two are ever in the block at once, though the lock's file goes with each of them."""
    (tmp_path / "count").write_text("0")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_count, args=(tmp_path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [0] * 4 == [process.exitcode for process in processes]
    assert "200" == (tmp_path / "count").read_text()
    assert [tmp_path / "count"] == list(tmp_path.iterdir())


def _count(folder: Path) -> None:
    for _ in range(50):
        with locked(folder / "out.sql", "out.sql"):
            inside = folder / "inside"
            inside.mkdir()  # fails where another one is there
            (folder / "count").write_text(str(int((folder / "count").read_text()) + 1))
            inside.rmdir()


@needs_flock
def test_a_run_that_is_not_to_wait_leaves_the_lock_to_its_owner(tmp_path):
    """And another path is free, though it begins alike."""
    out = tmp_path / "out.sql"
    with locked(out, "out.sql"):
        with (
            pytest.raises(LockedError, match=r"another run writes out\.sql"),
            locked(out, "out.sql", "fail"),
        ):
            raise AssertionError
        with locked(tmp_path / "out.sql.gz", "out.sql.gz", "fail"):
            assert 2 == len(list(tmp_path.iterdir()))
    assert [] == list(tmp_path.iterdir())


@needs_flock
def test_a_block_that_fails_lets_go(tmp_path):
    """Whatever is raised; and the file of a run that was killed is taken over, and goes."""
    out = tmp_path / "out.sql"
    (tmp_path / lock_name("out.sql")).touch()
    with contextlib.suppress(KeyError), locked(out, "out.sql", "fail"):
        raise KeyError
    assert [] == list(tmp_path.iterdir())


def test_without_locks_a_run_goes_on_and_says_so_where_it_was_to_fail(tmp_path, monkeypatch):
    """On such a system nobody knows of another run; the file goes all the same."""
    monkeypatch.setattr(locks, "fcntl", None)
    for if_locked, said in (("wait", ""), ("fail", "this system has no flock")):
        told: list[Event] = []
        with locked(tmp_path / "out.sql", "out.sql", if_locked, told.append):
            pass
        assert [("not_locked", True)] == [(e.name, e.line.endswith(said)) for e in told]
        assert [] == list(tmp_path.iterdir())


@needs_flock
def test_a_file_system_without_locks_is_one_without_them(tmp_path, monkeypatch):
    """As some that lie on another machine are."""

    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", flock)
    told: list[Event] = []
    with open_sink(str(tmp_path / "out.sql"), {}, told.append) as sink:
        sink.write("", b"whole")
    assert "No locks available" == told[0].fields["reason"]
    assert [tmp_path / "out.sql"] == list(tmp_path.iterdir())


def test_a_lock_s_file_that_cannot_be_made_is_an_error_of_the_target(tmp_path):
    """With its name and the way out; a link in its place leads nowhere."""
    with (
        pytest.raises(OutputError, match=r"cannot write x: .*make the folder first"),
        locked(tmp_path / "none" / "out.sql", "x"),
    ):
        raise AssertionError
    (tmp_path / lock_name("out.sql")).symlink_to("elsewhere")
    with pytest.raises(OutputError), locked(tmp_path / "out.sql", "x"):
        raise AssertionError
    assert not os.path.lexists(tmp_path / "elsewhere")


@needs_flock
def test_a_folder_that_came_while_its_lock_was_waited_for_is_locked_within(tmp_path, monkeypatch):
    """Or two runs would write to it, each with a lock of its own."""
    out, taken = tmp_path / "out", []
    real = locks._Lock.take

    def take(lock, *arguments):
        taken.append(lock._path.relative_to(tmp_path))
        out.mkdir(exist_ok=True)
        return real(lock, *arguments)

    monkeypatch.setattr(locks._Lock, "take", take)
    with open_sink(f"{out}/", ["a.csv"], ending=".csv") as sink:
        assert [Path(lock_name("out")), Path("out", lock_name("out"))] == taken
        sink.write("a.csv", b"x\n")
        sink.complete(lambda _: {})
    assert [out, out / "a.csv"] == sorted(tmp_path.rglob("*"))
