"""Runs that are killed at any moment, or whose disk fills, and gone on with to their end."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from support.processes import session

_POOL = """
import resource, shardgen.execution.executors as executors, shardgen.execution.makers as makers
makers.SMALL_JOB = executors.SMALL_TABLE = 0
{before}
from shardgen.__main__ import main
main()
"""
"""The command line, whose workers make small tables too."""
_LIMIT = "resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"

WHOM = ("parent", "worker", "all")
"""Who is killed: the process that began the run, one of its workers, or all of them at once."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM)
GUARD = 120


class Job(msgspec.Struct, frozen=True):
    """A run: its target in `folder`, and what else it is asked for."""

    folder: Path
    name: str
    asked: tuple[str, ...]

    @property
    def target(self) -> Path:
        return self.folder / self.name

    def start(self, workers: int, before: str = "") -> subprocess.Popen[str]:
        """Start the run in a session of its own; `before` are statements that come first."""
        fixed = ("run", "fintech-loans", "--resume", "--quiet", "--workers", str(workers))
        command = [*fixed, "--out", str(self.target), *self.asked]
        return subprocess.Popen(
            [sys.executable, "-c", _POOL.format(before=before), *command],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def digest(self) -> str:
        """Return one SHA-256 of all files of the target, with their names."""
        found = hashlib.sha256()
        for path in self.files():
            own = hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(f"{path.relative_to(self.folder)} {own}\n".encode())
        return found.hexdigest()

    def largest(self) -> int:
        """Return the bytes of the largest file of the target, which is complete."""
        return max(path.stat().st_size for path in self.files())

    def files(self) -> list[Path]:
        """Return the files of the target, in order of their names."""
        paths = [self.target] if self.target.is_file() else sorted(self.target.rglob("*"))
        return [path for path in paths if path.is_file()]

    def left(self) -> list[str]:
        """Return what is there beside the target."""
        mine = {self.target, *self.target.rglob("*")}
        found = [path for path in self.folder.rglob("*") if path not in mine]
        ours = (".partial", ".shards", ".lock", ".new", ".shard")
        found += [path for path in self.target.rglob("*") if path.suffix in ours]
        return sorted(str(path) for path in found)


class Tally:
    """What came of runs that were disturbed."""

    def __init__(self) -> None:
        self.kills = self.runs = self.kept = self.made = 0

    def __str__(self) -> str:
        shares = f"{self.kept} shards kept, {self.made} made by runs that came to their end"
        return f"{self.kills} kills, {self.runs} runs complete, {shares}"

    def note(self, said: str) -> None:
        """Note the run that came to its end."""
        (line,) = [line for line in said.splitlines() if "shards were kept, and" in line]
        words = line.removeprefix("shardgen: ").split()
        self.runs += 1
        self.kept += int(words[0])
        self.made += int(words[5])


def kill_until_complete(
    job: Job, kills: int, seconds: float, chance: random.Random, tally: Tally
) -> None:
    """Run until it is complete, killed within so many seconds at most so often."""
    for _ in range(kills):
        process = job.start(chance.choice((1, 2, 3)))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, seconds))
        if process.poll() is None:
            _kill(process.pid, chance.choice(WHOM), chance.choice(SIGNALS))
            tally.kills += 1
        _, said = process.communicate(timeout=GUARD)
        _until_over(process.pid)
        if process.returncode == 0:
            tally.note(said)
            return
        assert "Traceback" not in said, said
        assert process.returncode in (6, 143, -signal.SIGKILL, -signal.SIGTERM), said
    finish(job, tally)


def finish(job: Job, tally: Tally, workers: int = 2) -> None:
    """Run undisturbed."""
    process = job.start(workers)
    _, said = process.communicate(timeout=GUARD)
    assert 0 == process.returncode, said
    tally.note(said)


def fill_until_complete(job: Job, sizes: list[int], tally: Tally) -> None:
    """
    Run with files of so many bytes at most, one size after another; then finish.

    Each is less than the largest file that is written, so that every run but the last one fails.
    """
    for size in sizes:
        process = job.start(2, _LIMIT.format(size))
        _, said = process.communicate(timeout=GUARD)
        assert 8 == process.returncode, said
        assert "File too large" in said, said
    finish(job, tally)


def _kill(pid: int, whom: str, number: signal.Signals) -> None:
    """Send a signal to a run: to who is asked for, as far as there is one."""
    workers = [each for each in session(pid) if each != pid]
    with contextlib.suppress(ProcessLookupError):
        if whom == "all":
            os.killpg(pid, number)
        elif whom == "worker" and workers:
            os.kill(workers[-1], number)
        else:
            os.kill(pid, number)


def _until_over(pid: int) -> None:
    """Wait for the end of all processes of a run; nothing tells of that of orphans."""
    limit = time.monotonic() + GUARD
    while session(pid):
        assert time.monotonic() < limit, "processes stay"
        time.sleep(0.002)
