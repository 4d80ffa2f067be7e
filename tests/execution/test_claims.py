"""What a run that was killed has left goes with the next one; nothing of a living one does."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from support.processes import needs_proc, runs

from shardgen.execution import claims
from shardgen.execution.claims import Claim, claimed_folder, remove_stale
from shardgen.execution.events import Event
from shardgen.execution.names import PARTIAL, SHARDS, unused_name
from shardgen.execution.pipeline import run as run_here
from shardgen.execution.targets import open_sink

LONG = ("run", "--scale", "20000", "-w", "2")
needs_flock = pytest.mark.skipif(claims.fcntl is None, reason="this system has no flock")


@pytest.fixture
def start(tmp_path):
    with runs(tmp_path) as start_run:
        yield start_run


def removed_by(said: str) -> list[str]:
    """Return the endings of what a run says that it removed."""
    found = []
    for line in said.splitlines():
        assert line.startswith("shardgen: removed "), line
        assert line.endswith(", which a run that was killed had left")
        found.append(Path(line.split()[2].rstrip(",")).suffix)
    return sorted(found)


TARGETS = {
    "dump": (("-o", "out.sql"), [PARTIAL, SHARDS]),
    "folder": (("-o", "out/", "--format", "csv"), [PARTIAL, SHARDS]),
    "kept shards": (("-o", "out.sql", "--keep-shards"), [PARTIAL, SHARDS]),
    "standard output": (("-o", "-"), [SHARDS]),
}


@needs_proc
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize(("target", "left"), TARGETS.values(), ids=TARGETS)
def test_what_a_killed_run_left_is_removed_by_the_next(start, target, left, method):
    """To the same target, which says so; whichever way its workers had been started."""
    killed = start(*LONG, *target, "--start-method", method)
    killed.until_shards()
    killed.kill(signal.SIGKILL)
    killed.end()
    assert sorted(Path(name).suffix for name in killed.files() if "." in name)
    following = start("run", "--scale", "100", "-w", "2", "-q", *target)
    assert following.end() == 0, following.said
    assert left == removed_by(following.said)
    kept = {"out.sql.shards"} if "--keep-shards" in target else set()
    names = {name for name in following.files() if name.endswith((PARTIAL, SHARDS))}
    assert kept == names


@needs_proc
def test_a_small_run_removes_the_shards_of_a_large_one(start):
    """Though it has none itself; and nothing of a run to another target."""
    for name in ("out.sql", "other.sql"):
        killed = start(*LONG, "-o", name)
        folder, pattern = killed.folder, f"{name}.*/*.shard"
        killed.until(lambda a=folder, b=pattern: list(a.glob(b)), "a shard")
        killed.kill(signal.SIGKILL)
        killed.end()
    following = start("run", "-o", "out.sql")
    assert following.end() == 0
    assert [PARTIAL, SHARDS] == removed_by(following.said)
    assert all(name.startswith("other.sql.") for name in following.files() if "sql." in name)


def stale(folder: Path, ending: str, name: str = "out.sql") -> Path:
    """Return a path that a run might have used."""
    return folder / unused_name(name, ending)


@needs_flock
def test_what_is_no_run_s_stays(tmp_path):
    """Other names, links and pipes, however alike they look."""
    names = [
        "out.sql.partial",
        "out.sql.0123456789abcdef.partial.bak",
        "out.sql.0123456789ABCDEF.partial",
        "out.sql.0123456789abcde.partial",
        "xout.sql.0123456789abcdef.partial",
        "outxsql.0123456789abcdef.partial",
    ]
    for name in names:
        (tmp_path / name).write_text("mine")
    stale(tmp_path, PARTIAL).symlink_to("out.sql.partial")
    before = sorted(tmp_path.iterdir())
    notes: list[Event] = []
    remove_stale(tmp_path / "out.sql", notes.append)
    assert before == sorted(tmp_path.iterdir())
    assert all("cannot be locked" in note.line for note in notes)


@needs_flock
def test_files_of_before_are_not_removed(tmp_path):
    """A run that was killed while it put a folder in place has them in its own."""
    partial = stale(tmp_path, PARTIAL)
    (partial / "earlier").mkdir(parents=True)
    (partial / "earlier" / "loans.csv").write_text("of before")
    notes: list[Event] = []
    remove_stale(tmp_path / "out.sql", notes.append)
    assert (partial / "earlier" / "loans.csv").exists()
    assert [True] == ["move back what you need" in note.line for note in notes]


@needs_flock
def test_a_new_file_that_was_taken_for_a_dead_one_s_is_made_again(tmp_path, monkeypatch):
    """Another run may look between the making and the lock; the sink has a file all the same."""
    real, seen = claims._opened, []

    def opened(path):
        if not seen:
            seen.append(path)
            path.unlink()
        return real(path)

    monkeypatch.setattr(claims, "_opened", opened)
    with open_sink(str(tmp_path / "out.sql"), {}) as sink:
        sink.write("t", b"whole")
    assert [tmp_path / "out.sql"] == list(tmp_path.iterdir())
    assert b"whole" == (tmp_path / "out.sql").read_bytes()


@needs_flock
def test_a_lock_held_by_another_is_a_claim_lost(tmp_path):
    """As by a run that is about to remove the file."""
    path = stale(tmp_path, PARTIAL)
    path.touch()
    first = Claim(path)
    assert (first.is_lost, Claim(path).is_lost) == (False, True)
    first.release()
    assert not Claim(path).is_lost


@needs_flock
def test_two_that_look_at_once_remove_a_thing_once(tmp_path):
    """Many processes that find the same remains all go on, and one of them says so for each."""
    for _ in range(40):
        stale(tmp_path, PARTIAL).touch()
        folder = stale(tmp_path, SHARDS)
        folder.mkdir()
        (folder / "00000000.shard").touch()
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        notes = pool.map(_removing, [str(tmp_path / "out.sql")] * 3)
    assert [] == list(tmp_path.iterdir())
    assert 80 == sum(map(len, notes))


def _removing(target: str) -> list[Event]:
    notes: list[Event] = []
    remove_stale(Path(target), notes.append)
    return notes


def test_without_locks_nothing_is_removed_and_that_is_said(tmp_path, monkeypatch):
    """On such a system nobody can know whether its owner lives; the dump is written anyway."""
    monkeypatch.setattr(claims, "fcntl", None)
    left = stale(tmp_path, PARTIAL)
    left.touch()
    notes: list[Event] = []
    run_here("fintech-loans", tmp_path / "out.sql", tell=notes.append)
    assert left.exists()
    told = "may be left by a run that was killed, but cannot be locked: this system has no flock"
    assert [f"{left} {told}"] == [note.line for note in notes if note.line]
    assert {left, tmp_path / "out.sql"} == set(tmp_path.iterdir())


def test_a_claimed_folder_goes_at_the_end(tmp_path):
    """Whatever happens in the block."""
    with claimed_folder(tmp_path / "out.sql", SHARDS, 0o700, "out.sql") as path:
        (path / "file").touch()
        assert os.name != "posix" or 0o700 == path.stat().st_mode & 0o777
    assert [] == list(tmp_path.iterdir())
