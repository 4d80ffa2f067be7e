"""Processes of their own: what they import, and real runs watched and stopped from outside."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

GUARD = 60.0  # seconds: far more than anything here takes; only a hang gets there
PROC = Path("/proc")
needs_proc = pytest.mark.skipif(
    not (PROC / "self" / "stat").exists(), reason="looks for processes in /proc, as Linux has it"
)


def loaded_by(statement: str) -> set[str]:
    """Return the modules a new interpreter has after the statement."""
    made = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(made.stdout.split())


def terminal_signals() -> None:
    """Have the signals of a terminal, even where the tests run under nohup or in cron."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _begin(prepare: Callable[[], None] | None) -> None:
    terminal_signals()
    if prepare is not None:
        prepare()


class Run:
    """
    A run of `python -m shardgen` that writes to files of its own.

    Its current folder is `folder`, its temporary files go to `temporary`, and what it says to
    `said`; these lie apart from each other, so that whatever it leaves behind can be seen.
    """

    def __init__(
        self,
        tmp_path: Path,
        temporary: Path,
        *arguments: str,
        prepare: Callable[[], None] | None = None,
        **settings: Any,
    ) -> None:
        self.folder, self.temporary = tmp_path / "work", temporary
        self.folder.mkdir(exist_ok=True)
        self._said = tmp_path / f"said-{time.monotonic_ns()}"
        own = {"TMPDIR": str(self.temporary)}
        environment = os.environ | own | settings.pop("environment", {})
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, *settings.pop("python", ()), "-m", "shardgen", *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=settings.pop("stdout", subprocess.DEVNULL),
                stderr=said,
                start_new_session=True,
                preexec_fn=lambda: _begin(prepare),  # noqa: PLW1509 -- no threads then
                **settings,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def processes(self) -> list[int]:
        """Return the process and all that it started, orphans too, without those that ended."""
        return session(self.pid)

    def workers(self) -> list[int]:
        """Return the processes that it started."""
        return [pid for pid in self.processes() if pid != self.pid]

    def files(self) -> list[str]:
        """Return what lies in its folder and among its temporary files."""
        found = [*self.folder.rglob("*"), *self.temporary.rglob("*")]
        return sorted(path.name for path in found)

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Wait while the run goes on."""

        def reached() -> bool:
            assert self.process.poll() is None, f"ended before {what}: {self.said}"
            return bool(condition())

        until(reached, what)

    def until_merging(self) -> None:
        """Wait until workers make shards and the first of them are in the dump."""

        def merging() -> bool:
            sizes = [_size(path) for path in self.folder.glob("*.partial")]
            return len(self.workers()) >= 2 and any(size > 1_000_000 for size in sizes)

        self.until(merging, "merging")

    def until_shards(self) -> None:
        """Wait until workers make shards, wherever these lie."""

        def making() -> bool:
            folders = (self.folder, self.temporary)
            return any(any(folder.rglob("*.shard")) for folder in folders)

        self.until(making, "a shard")

    def kill_group(self, number: signal.Signals) -> None:
        os.killpg(self.pid, number)

    def kill(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def end(self) -> int:
        """Wait for the end of the process and of all that it started; return its exit code."""
        assert ends(self.pid, GUARD), f"waited in vain for the end; it said {self.said!r}"
        while left := self.processes():
            assert ends(left[0], GUARD), f"waited in vain for the end of {left}"
        return self.process.wait()

    def close(self) -> None:
        """Leave nothing behind, even after a test that failed."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(GUARD)


class Bell:
    """
    A FIFO by which another process says that it has come somewhere.

    `ring` are statements of Python, in one line, that say so. They leave the file open: what is
    raised while a finaliser closes one would be lost.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.ring = f"import os; os.write(os.open({str(path)!r}, os.O_WRONLY), b'x')"
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def wait(self, run: Run) -> None:
        """Wait until it rings, while the run goes on."""
        ended = os.pidfd_open(run.pid)
        try:
            heard, _, _ = select.select([self._end, ended], [], [], GUARD)
        finally:
            os.close(ended)
        assert self._end in heard, f"ended, or waited in vain for the bell: {run.said}"

    def close(self) -> None:
        os.close(self._end)


@contextlib.contextmanager
def bells(tmp_path: Path) -> Iterator[Bell]:
    """Give a bell."""
    bell = Bell(tmp_path / "bell")
    try:
        yield bell
    finally:
        bell.close()


def until(condition: Callable[[], Any], what: str) -> None:
    """
    Wait until the condition holds.

    It looks again and again, since nothing tells of what it is asked for: which processes there
    are, what they have mapped, how large a file has become while another process writes it. Where
    the code under test can ring, `Bell` waits for that.
    """
    limit = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < limit, f"waited in vain for {what}"
        time.sleep(0.005)


def ends(pid: int, within: float) -> bool:
    """Wait at most so many seconds for the end of a process; return whether it has come."""
    try:
        ended = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([ended], [], [], within)[0])
    finally:
        os.close(ended)


def session(leader: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    return [pid for pid, state, of in _stats() if of == leader and state not in "ZX"]


def state(pid: int) -> str:
    """Return what a process does, as one letter of ps: R, S, T …; empty when it has ended."""
    return next((letter for each, letter, _ in _stats() if each == pid), "")


def _stats() -> Iterator[tuple[int, str, int]]:
    for path in PROC.iterdir():
        if path.name.isdecimal():
            with contextlib.suppress(OSError):
                state, _, _, of = (path / "stat").read_text().rpartition(")")[2].split()[:4]
                yield int(path.name), state, int(of)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


@contextlib.contextmanager
def runs(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Give a function that starts runs; all of them are ended at the end."""
    started: list[Run] = []
    # Not in tmp_path: the name of a socket, which a fork server has there, is 107 bytes at most
    with tempfile.TemporaryDirectory(prefix="shardgen-") as temporary:

        def start(*arguments: str, **settings: Any) -> Run:
            started.append(Run(tmp_path, Path(temporary), *arguments, **settings))
            return started[-1]

        try:
            yield start
        finally:
            for run in started:
                run.close()


def plain_lines(text: str) -> Iterable[str]:
    """Return the lines of a message that ends a run, after a look that it is one."""
    assert "Traceback" not in text
    assert "Exception ignored" not in text
    lines = text.splitlines()
    assert all(line.startswith("shardgen: ") for line in lines[:1])
    assert len(lines) <= 2
    return lines
