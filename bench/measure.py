"""
Measuring whole processes: their time, their processor time, their memory, and the machine.

Linux only (/proc). Standard library only. Everything that pipeline.py knows about the operating
system is here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import IO, Any

# An installed package has its bytecode; with this set, a checkout is compiled in every run.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PAGE = os.sysconf("SC_PAGE_SIZE")
SAMPLE_SECONDS = 0.02
PSS_EVERY = 5  # samples
PIECE = 1 << 20  # bytes of one read or write
Run = dict[str, float]
"""What one process took: wall, user and sys in seconds, memory in bytes."""


class FailedError(Exception):
    """A process that ended with an error, or gave a wrong answer; the message says which."""


class Memory(threading.Thread):
    """
    The most memory that a process and all below it had at once, sampled.

    `rss` (every 20 ms) counts pages that processes share once for each, `pss` (every 100 ms) shares
    them out among those who have them. Reading that walks page tables, so no sampled run is a timed
    one.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.rss, self.pss = pid, 0, 0
        self._stopped = threading.Event()

    def run(self) -> None:
        for number in count():
            if self._stopped.wait(SAMPLE_SECONDS):
                return
            pids = list(tree(self.pid))
            self.rss = max(self.rss, sum(map(rss_of, pids)))
            if number % PSS_EVERY == 0:
                self.pss = max(self.pss, sum(map(pss_of, pids)))

    def stop(self) -> dict[str, float]:
        self._stopped.set()
        self.join()
        return {"peak_rss": self.rss, "peak_pss": self.pss}


def tree(pid: int) -> Iterator[int]:
    """Yield a process and its descendants, without what has just ended."""
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def rss_of(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def pss_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s*(\d+)", told, re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
    return 0


def timed(command: Sequence[str], stdout: Path, *, sampled: bool = False) -> Run:
    """
    Run once with standard output to a file: wall, user and system seconds.

    With descendants, as far as these were waited for. `sampled` adds the peak memory of the tree.
    """
    with stdout.open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        memory = Memory(process.pid) if sampled else None
        if memory is not None:
            memory.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stderr is not None
    with process.stderr as errors:
        told = errors.read().decode(errors="replace")
    if process.returncode:
        raise FailedError(f"exit code {process.returncode}: {last_line(told)}")
    run = {"wall": wall, "user": usage.ru_utime, "sys": usage.ru_stime}
    return run if memory is None else run | memory.stop()


def summary(runs: Iterable[Run]) -> dict[str, Any]:
    """Medians of all figures, and the least and most wall seconds."""
    runs = list(runs)
    walls = [run["wall"] for run in runs]
    medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return {**medians, "wall_min": min(walls), "wall_max": max(walls), "runs": runs}


# Ceilings: what the place itself can take


def write_buffer(size: int, out: Path) -> Run:
    """Write a prepared buffer of 1 MiB again and again, `size` bytes in all, and sync a file."""
    piece = memoryview(os.urandom(PIECE))
    with _timing() as run, out.open("wb", buffering=0) as file:
        left = size
        while left > 0:
            left -= file.write(piece[:left])
        _sync(file)
    return run


def copy_file(source: Path, out: Path) -> Run:
    """Copy a file as Python does it (in the kernel), and sync."""
    with _timing() as run, source.open("rb") as read, out.open("wb", buffering=0) as file:
        left = source.stat().st_size
        while left > 0:
            left -= os.sendfile(file.fileno(), read.fileno(), None, left)
        _sync(file)
    return run


def _sync(file: IO[bytes]) -> None:
    """Wait for the disk, as shardgen does before it renames a dump; a device has nothing to sync."""
    with contextlib.suppress(OSError):
        os.fsync(file.fileno())


@contextlib.contextmanager
def _timing() -> Iterator[Run]:
    run: Run = {}
    start, before = time.perf_counter(), os.times()
    yield run
    after = os.times()
    run["wall"] = time.perf_counter() - start
    run["user"], run["sys"] = after.user - before.user, after.system - before.system


# Answers


def counted(stream: IO[bytes]) -> tuple[int, int, str]:
    """Return bytes, lines that begin with "(", and the SHA-256 of a stream."""
    size, rows, digest, last = 0, 0, hashlib.sha256(), b"\n"
    while piece := stream.read(PIECE):
        size += len(piece)
        rows += (last + piece).count(b"\n(")
        last = piece[-1:]
        digest.update(piece)
    return size, rows, digest.hexdigest()


# The machine


def machine(folder: Path) -> dict[str, Any]:
    """What the numbers depend on, and nothing that names the machine."""
    told = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.+)", told)
    caches = re.search(r"cache size\s*:\s*(.+)", told)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cache": caches[1] if caches else None,
        "hypervisor": "hypervisor" in told,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
        "disk": file_system(folder),
        "disk_free_gib": round(shutil.disk_usage(folder).free / 2**30, 1),
        "load_before": os.getloadavg()[0],
    }


def file_system(folder: Path) -> str:
    """The kind of file system that holds a folder."""
    best = ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if folder.resolve().is_relative_to(place) and len(place) >= len(best[0]):
            best = (place, kind)
    return best[1]


def last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
