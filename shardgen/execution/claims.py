"""
What a run makes meanwhile is claimed by a lock, which the system lets go when the run dies.

So a later run knows what one that was killed has left, and removes it. Process ids would not tell:
they are used again, and those of other machines mean nothing here. Workers that fork has made share
the lock, and let go of it when they end, soon after their parent.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from shardgen.errors import cannot_write
from shardgen.execution.events import Tell, left, removed
from shardgen.execution.names import EARLIER, PARTIAL, SHARDS, name_pattern, unused_name
from shardgen.execution.signals import signals_blocked

try:
    import fcntl as fcntl  # noqa: PLC0414 -- locks.py has it from here
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

_MAYBE = "may be left by a run that was killed, but cannot be"
_WAY_OUT = "move back what you need"
FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # of a link, of a pipe
"""Of an opening that follows no link, and waits for no writer of a pipe."""
_REMOVALS = 3
"""Of a folder, to which a task that is late may still add a file."""


class Claim:
    """
    The lock on a file or folder that was made a moment ago, held until it is released.

    It `is_lost` where another run has taken that moment for its owner's death, and has removed it.
    Where there are no locks, nothing is locked and nothing lost.
    """

    def __init__(self, path: Path) -> None:
        """Lock what is at `path`."""
        self._descriptor: int | None = None
        self.is_lost = False
        try:
            self._descriptor = _opened(path)
            locked = _lock(self._descriptor, path)
        except FileNotFoundError:
            self.is_lost = True
        except OSError as error:
            self.release()
            if error.errno in (errno.EMFILE, errno.ENFILE):  # it could be locked by another run
                raise cannot_write(path, error) from None
            # else there are no locks here, for others neither
        else:
            self.is_lost = not locked
        if self.is_lost:
            self.release()

    @property
    def is_held(self) -> bool:
        """Whether there is a lock, and it is ours."""
        return self._descriptor is not None

    def release(self) -> None:
        """Let go of it: it is removed, or has a name that nobody takes for a run's own."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class Claimed(NamedTuple):
    """What is at a path, with its lock."""

    path: Path
    claim: Claim


def claim_left(path: Path) -> Claimed | None:
    """Claim what a dead run has left at a path; None where it is gone, or cannot be claimed."""
    claim = Claim(path)
    if claim.is_lost or not claim.is_held:
        claim.release()
        return None
    return Claimed(path, claim)


def _never() -> bool:
    return False


@contextlib.contextmanager
def claimed_folder(
    beside: Path,
    ending: str,
    mode: int,
    name: object,
    left: Claimed | None = None,
    stays: Callable[[], bool] = _never,
) -> Iterator[Path]:
    """
    Give a new folder beside a path, claimed, and removed at the end where it is still there.

    It is the one that was `left`, where that is given; and where the block fails and it `stays`, it
    is not removed. OutputError, which calls it `name`, where it cannot be made.
    """
    claim, is_kept = None, False
    try:
        if left is not None:
            path, claim = left
        while claim is None or claim.is_lost:
            path = beside.with_name(unused_name(beside.name, ending))
            try:
                path.mkdir(mode)
            except OSError as error:
                raise cannot_write(name, error) from None
            claim = Claim(path)
        try:
            yield path
        except BaseException:
            is_kept = stays()
            raise
    finally:
        with signals_blocked():
            if claim is not None:
                claim.release()  # first: the removal needs a descriptor, and there may be few
            if not is_kept:
                _remove_folder(path)


def _remove_folder(path: Path) -> None:
    import shutil  # late: a dump without workers has no folder

    for _ in range(_REMOVALS):
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):  # without a descriptor an empty one goes too
            path.rmdir()
        if not path.exists():
            break


def remove_stale(beside: Path, tell: Tell, endings: Iterable[str] = (PARTIAL, SHARDS)) -> None:
    """
    Remove what runs to the path `beside` have left that were killed, and tell of it.

    What a living run holds stays, and so does whatever is not a run's.
    """
    remove_stale_named(
        beside.parent, "|".join(name_pattern(beside.name, ending) for ending in endings), tell
    )


def remove_stale_named(folder: Path, pattern: str, tell: Tell) -> None:
    """Remove what runs have left in a folder that were killed: all whose names the pattern has."""
    names = re.compile(pattern)
    with contextlib.suppress(OSError):  # whether the folder is fit is found out where it is used
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 -- quicker than paths
            if names.fullmatch(name):
                _remove_if_stale(folder / name, tell)


def _remove_if_stale(path: Path, tell: Tell) -> None:
    try:
        descriptor = _opened(path)
    except FileNotFoundError:
        return
    except OSError as error:
        tell(left(path, f"{_MAYBE} locked: {error.strerror}"))
        return
    try:
        if _lock(descriptor, path):
            _remove(path, tell)
    except OSError as error:
        tell(left(path, f"{_MAYBE} removed: {error.strerror or error}"))
    finally:
        os.close(descriptor)


def _remove(path: Path, tell: Tell) -> None:
    if path.is_dir():
        if any((path / EARLIER).glob("*")):
            what = "was left by a run that was killed while it put files in place"
            tell(left(path, f"{what}; those of before are in its folder {EARLIER!r}: {_WAY_OUT}"))
            return
        import shutil  # late, as above

        shutil.rmtree(path)
    else:
        path.unlink()
    tell(removed(path))


def _opened(path: Path) -> int:
    """Return a descriptor that can be locked; OSError where there is none."""
    if fcntl is None:
        path.lstat()
        raise OSError(0, "this system has no flock")
    return os.open(path, os.O_RDONLY | FLAGS)


def _lock(descriptor: int, path: Path) -> bool:
    """Lock what was opened; return whether it is ours now, and still at its path."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return is_at(descriptor, path)


def is_at(descriptor: int, path: Path) -> bool:
    """Return whether what was opened is still what is at its path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
