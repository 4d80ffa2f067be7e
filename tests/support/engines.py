"""Engines whose workers are killed while they make shards."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
from collections.abc import Callable
from pathlib import Path


class Killer:
    """Progress of a run that kills a worker whenever some more rows have come."""

    def __init__(self, workers: Callable[[], list[int]], every: int) -> None:
        self._workers = workers
        self._every = every
        self._rows = 0
        self.killed = 0

    def begin(self, table: str, rows: int) -> None:
        """See Progress."""

    def advance(self, rows: int) -> None:
        """Kill one of the workers that there are."""
        self._rows += rows
        if self._rows // self._every > (self._rows - rows) // self._every:
            workers = self._workers()
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(random.Random(self._rows).choice(workers), signal.SIGKILL)
                self.killed += 1


def children(pattern: str) -> list[int]:
    """Return the processes below this one whose command line matches."""
    found = []
    for pid in children_of(os.getpid()):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if re.search(pattern, words):
                found.append(pid)
    return found


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started, and those have."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
    found, last = [], [parent]
    while last:
        last = [pid for pid, of in parents.items() if of in last]
        found += last
    return found
