"""
The folder of a run's shard files: made beside the dump, and removed or kept at the end.

A run without a pool of workers has none, and does not import this.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from shardgen.errors import OutputError, cannot_write
from shardgen.execution.merge import STANDARD_OUTPUT, unused_name
from shardgen.execution.shard_file import SUFFIX
from shardgen.execution.signals import signals_blocked


def kept_folder(out: str, schema_name: str) -> Path:
    """Return where kept shard files go; OutputError when other things are there."""
    folder = Path(f"{schema_name if out == STANDARD_OUTPUT else os.path.realpath(out)}.shards")
    try:
        mine = not folder.is_symlink() and all(f.suffix == SUFFIX for f in folder.iterdir())
    except FileNotFoundError:
        return folder
    except NotADirectoryError:
        mine = False
    except OSError as error:
        raise cannot_write(folder, error) from None
    if not mine:
        raise OutputError(f"cannot keep shards in {folder}: it holds other things; move them away")
    return folder


@contextlib.contextmanager
def shard_folder(out: str, keep_at: Path | None) -> Iterator[Path]:
    """
    Give a new folder for shard files, beside the dump so that they are on the same disk.

    It is removed at the end, whatever happens; or, when all went well and they are to be kept, it
    takes the name `keep_at`, in the place of an earlier one.
    """
    folder = _shard_folder_beside(out, keep_at)
    try:
        try:
            folder.mkdir(0o700 if keep_at is None else 0o777)
        except OSError as error:
            raise cannot_write(folder.parent, error) from None
        yield folder
        if keep_at is not None:
            _keep(folder, keep_at)
    finally:
        with signals_blocked():
            shutil.rmtree(folder, ignore_errors=True)


def _shard_folder_beside(out: str, keep_at: Path | None) -> Path:
    if keep_at is not None:
        return keep_at.with_name(unused_name(keep_at.stem, SUFFIX + "s"))
    target = Path(os.path.realpath(out))
    if out != STANDARD_OUTPUT and (target.is_file() or not target.exists()):
        return target.with_name(unused_name(target.name, SUFFIX + "s"))
    import tempfile

    try:
        return Path(tempfile.gettempdir(), unused_name("shardgen", SUFFIX + "s"))
    except OSError as error:  # no folder may be written to
        raise cannot_write("temporary files", error) from None


def _keep(folder: Path, keep_at: Path) -> None:
    try:
        for old in keep_at.glob(f"*{SUFFIX}"):
            old.unlink()
        if keep_at.exists():
            keep_at.rmdir()
        folder.rename(keep_at)
    except OSError as error:
        raise cannot_write(keep_at, error) from None
