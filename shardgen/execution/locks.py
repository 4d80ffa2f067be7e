"""
One run at a time writes to a path: a second waits for the end of the first, or fails, as asked.

The lock is that of the system (flock) on an empty file beside the path, which goes when the run
ends. The system lets go of it when the run dies, whatever its file does. So nothing has to be known
of who holds it, and none is ever broken.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from shardgen.errors import LockedError, cannot_write
from shardgen.execution.claims import FLAGS, fcntl, is_at
from shardgen.execution.events import Tell, ignore, not_locked, waited, waiting
from shardgen.execution.names import lock_name
from shardgen.execution.signals import signals_blocked

IfLocked = Literal["wait", "fail"]
"""What becomes of a run whose target another one writes: it waits for its end, or fails."""


@contextlib.contextmanager
def locked(
    beside: Path,
    name: object,
    if_locked: IfLocked = "wait",
    tell: Tell = ignore,
    *,
    makes_folder: bool = False,
) -> Iterator[None]:
    """
    Hold the lock of the path `beside` for the block; messages call it `name`.

    LockedError where another run has it and `if_locked` says "fail"; else `tell` is told of the
    wait, which a stop ends at once. Where the system has no locks, `tell` is told that, and the
    block runs. OutputError where no file can be made beside the path. The folder that the path is
    in may go with another run that made it: where this one `makes_folder`, it is made again.
    """
    path = beside.with_name(lock_name(beside.name))
    lock: _Lock | None = None
    try:
        while lock is None or not lock.is_held:
            if lock is not None:  # its file went with the run that had it
                lock.release()
            with signals_blocked():
                lock = _Lock(path, name, makes_folder=makes_folder)
            if not lock.take(tell, if_locked):
                break
        yield
    finally:
        with signals_blocked():
            if lock is not None:
                lock.release()


class _Lock:
    """An open lock file, which may be held; released in any case."""

    def __init__(self, path: Path, name: object, *, makes_folder: bool) -> None:
        self._path = path
        self._name = name
        self._has_locks = fcntl is not None
        try:
            if makes_folder:
                path.parent.mkdir(exist_ok=True)
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | FLAGS, 0o666)
        except OSError as error:
            raise cannot_write(name, error) from None

    @property
    def is_held(self) -> bool:
        """Whether what is locked is still the file at the path: else others lock another."""
        return is_at(self._descriptor, self._path)

    def take(self, tell: Tell, if_locked: IfLocked) -> bool:
        """Lock it, however long that takes; return whether there are locks."""
        if not self._has_locks:
            return self._has_none(tell, if_locked, "this system has no flock")
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait(tell, if_locked)
        except OSError as error:
            return self._has_none(tell, if_locked, error.strerror or str(error))
        return True

    def release(self) -> None:
        """Remove the file where nobody else has locked it, and let go of it."""
        with contextlib.suppress(OSError):
            if self._has_locks:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self.is_held:
                self._path.unlink()
        os.close(self._descriptor)

    def _wait(self, tell: Tell, if_locked: IfLocked) -> None:
        if if_locked == "fail":
            what = f"another run writes {self._name}"
            raise LockedError(f"{what}; wait for its end with --if-locked wait")
        tell(waiting(self._name))
        began = time.monotonic()
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # a signal comes through
        tell(waited(self._name, time.monotonic() - began))

    def _has_none(self, tell: Tell, if_locked: IfLocked, reason: str) -> bool:
        self._has_locks = False
        tell(not_locked(self._name, reason, is_said=if_locked == "fail"))
        return False
