"""
A folder as target: all its files are put in place when all are complete, or none.

A run that writes one dump does not import this.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from shardgen.errors import OutputError, cannot_write
from shardgen.execution.claims import Note, claimed_folder, remove_stale
from shardgen.execution.names import EARLIER, PARTIAL, SHARDS
from shardgen.execution.signals import signals_blocked
from shardgen.execution.sinks import FolderSink, Sink

OURS = (PARTIAL, SHARDS)
"""How folders end that a run makes meanwhile, or that one which was killed has left."""


@contextlib.contextmanager
def replacing_folder(
    path: Path, out: str, files: Mapping[str, str], note: Note, *, is_new: bool
) -> Iterator[Sink]:
    """
    Give a new folder whose `files` take their place in the folder `path` when all are complete.

    Where `is_new`, there is no such folder yet: it grows beside the path, and takes its name.
    Elsewhere it grows within, for the folder itself may be what cannot be renamed, as a mounted
    one; earlier files of the same names are replaced. OutputError where anything else is in it.
    What a run that was killed has left is removed, and noted.
    """
    remove_stale(path, note)
    if not is_new:
        _refuse_others(path, out, files)
    beside = path if is_new else path / (path.name or "root")
    if not is_new:
        remove_stale(beside, note)
    with claimed_folder(beside, PARTIAL, 0o777, out) as partial:
        folder = FolderSink(partial, out.rstrip(os.sep) or out, files, beside)
        try:
            yield folder
            folder.sync()
        finally:
            folder.close()
        with signals_blocked():
            try:
                if is_new:
                    partial.rename(path)
                else:
                    _move_all(partial, path, list(files.values()))
            except OSError as error:
                raise cannot_write(out, error) from None


def _refuse_others(path: Path, out: str, files: Mapping[str, str]) -> None:
    """Refuse a folder with files that a reader of all of them would take for this run's."""
    ours = set(files.values())
    try:
        with os.scandir(path) as entries:
            others = [entry.name for entry in entries if not _is_expected(entry, ours)]
    except OSError as error:
        raise cannot_write(out, error) from None
    if others:
        what = f"cannot write {out}: {min(others)!r} is in it, which this run would not write"
        raise OutputError(f"{what}; name an empty folder with --out")


def _is_expected(entry: os.DirEntry[str], ours: set[str]) -> bool:
    """Return whether an entry is hidden, a file to be replaced, or a folder of another run."""
    if entry.is_dir(follow_symlinks=False):
        return entry.name.endswith(OURS)
    return entry.name.startswith(".") or (
        entry.name in ours and entry.is_file(follow_symlinks=False)
    )


def _move_all(source: Path, to: Path, names: list[str]) -> None:
    """Move these files, over those of the same names; where one cannot be, move all back."""
    earlier = source / EARLIER
    earlier.mkdir()
    moved: list[tuple[Path, Path]] = []

    def move(path: Path, target: Path) -> None:
        path.rename(target)
        moved.append((path, target))

    try:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                move(to / name, earlier / name)
            move(source / name, to / name)
    except OSError:
        for path, target in reversed(moved):
            with contextlib.suppress(OSError):
                target.rename(path)
        raise
