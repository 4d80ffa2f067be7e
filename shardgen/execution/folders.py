"""
A folder as target: all its files are put in place when all are complete, or none.

A run that writes one dump does not import this.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from shardgen.errors import OutputError, cannot_write
from shardgen.execution.claims import claimed_folder
from shardgen.execution.events import Tell
from shardgen.execution.names import EARLIER, PARTIAL, SHARDS, lock_name, within
from shardgen.execution.remains import Remains
from shardgen.execution.signals import signals_blocked
from shardgen.execution.sinks import FolderSink, Sink
from shardgen.output import manifest

OURS = (PARTIAL, SHARDS)
"""How folders end that a run makes meanwhile, or that one which was killed has left."""


@contextlib.contextmanager
def replacing_folder(
    path: Path, out: str, files: Sequence[str], tell: Tell, remains: Remains, *, is_new: bool
) -> Iterator[Sink]:
    """
    Give a new folder whose `files` take their place in the folder `path` when all are complete.

    Where `is_new`, there is no such folder yet: it grows beside the path, and takes its name.
    Elsewhere it grows within, for the folder itself may be what cannot be renamed, as a mounted
    one; files of the same names, and all that an earlier run's manifest lists, are replaced.
    OutputError where anything else is in it. What a run that was killed has left is seen to by
    `remains`. Whoever calls holds the lock of the path.
    """
    earlier = [] if is_new else _earlier_entries(path, out, files)
    paths = (path,) if is_new else (within(path), path)

    def move(partial: Path) -> None:
        if is_new:
            partial.rename(path)
        else:
            _move_all(partial, path, earlier)

    with (
        remains.beside(*paths, is_folder=True, tell=tell),
        growing_folder(paths[0], out, files, move, remains) as folder,
    ):
        yield folder


@contextlib.contextmanager
def growing_folder(
    beside: Path,
    out: str,
    files: Sequence[str],
    move: Callable[[Path], None],
    remains: Remains,
) -> Iterator[Sink]:
    """
    Give a new folder, named after `beside`, that `move` brings to its place when it is complete.

    It may be one of the `remains`. What is not brought to its place is removed, unless these stay.
    `out` is what messages call the target.
    """
    left = remains.partial
    with claimed_folder(beside, PARTIAL, 0o777, out, left, remains.stays) as partial:
        remains.begin(partial)
        name = out.rstrip(os.sep) or out
        folder = FolderSink(partial, name, files, beside, is_left=left is not None)
        try:
            yield folder
            folder.sync()
        finally:
            folder.close()
        with signals_blocked():
            try:
                move(partial)
            except OSError as error:
                raise cannot_write(out, error) from None


def _earlier_entries(path: Path, out: str, files: Sequence[str]) -> list[str]:
    """
    Return the names in a folder that this run's take the place of.

    OutputError where there are others, which a reader of all of them would take for this run's.
    """
    lock = lock_name(within(path).name)
    ours = {*files, *manifest.BESIDE, *_listed(path)}
    entries: list[str] = []
    try:
        with os.scandir(path) as found:
            for entry in found:
                if entry.name.startswith(".") or entry.name == lock:
                    continue
                other = _other_in(entry, ours)
                if other:
                    what = f"cannot write {out}: {other!r} is in it, which this run would not write"
                    raise OutputError(f"{what}; name an empty folder with --out")
                if not entry.name.endswith(OURS):
                    entries.append(entry.name)
    except OSError as error:
        raise cannot_write(out, error) from None
    return entries


def _other_in(entry: os.DirEntry[str], ours: set[str]) -> str:
    """Return the name of what is not ours, in an entry of the folder or the entry itself."""
    if not entry.is_dir(follow_symlinks=False):
        return "" if entry.name in ours and entry.is_file(follow_symlinks=False) else entry.name
    if entry.name.endswith(OURS):
        return ""
    if not any(name.startswith(f"{entry.name}/") for name in ours):
        return entry.name
    with os.scandir(entry) as within:
        others = [
            f"{entry.name}/{each.name}"
            for each in within
            if f"{entry.name}/{each.name}" not in ours or not each.is_file(follow_symlinks=False)
        ]
    return min(others, default="")


def _listed(path: Path) -> set[str]:
    """Return the files that the manifest of an earlier run lists, as long as they are its own."""
    try:
        with (path / manifest.NAME).open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return set()
            return manifest.listed_files(file.read())
    except OSError:
        return set()


def _move_all(source: Path, to: Path, replaced: list[str]) -> None:
    """Move all of a folder into another, of which some go away; where one cannot be, move back."""
    names = sorted(path.name for path in source.iterdir())
    earlier = source / EARLIER
    earlier.mkdir()
    moved: list[tuple[Path, Path]] = []

    def move(path: Path, target: Path) -> None:
        path.rename(target)
        moved.append((path, target))

    try:
        for name in sorted(replaced):
            with contextlib.suppress(FileNotFoundError):
                move(to / name, earlier / name)
        for name in names:
            move(source / name, to / name)
    except OSError:
        for path, target in reversed(moved):
            with contextlib.suppress(OSError):
                target.rename(path)
        raise
