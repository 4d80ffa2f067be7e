"""
The folder of a run's shard files: made beside the target, and removed or kept at the end.

A run without a pool of workers has none, and does not import this.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from shardgen.errors import OutputError, cannot_write
from shardgen.execution.claims import claimed_folder, remove_stale
from shardgen.execution.events import Tell, ignore
from shardgen.execution.names import SHARDS
from shardgen.execution.shard_file import SUFFIX, shard_path
from shardgen.execution.sinks import Place
from shardgen.execution.targets import STANDARD_OUTPUT
from shardgen.execution.written import Written
from shardgen.plan.plan import Shard
from shardgen.random.overriding import override


class ShardFolder:
    """A folder whose files are of no more use once their bodies are in the sink."""

    def __init__(self, path: Path) -> None:
        """Stand for the folder at `path`."""
        self.path = path
        self._spare: deque[Shard] = deque()

    def release(self, shard: Shard) -> None:
        """Let a later shard be written over the file of this one."""
        self._spare.append(shard)

    def take_spare(self) -> Shard | None:
        """Return a shard whose file may be written over, for one shard alone; None without one."""
        return self._spare.popleft() if self._spare else None

    def written(self, shard: Shard) -> Written | None:
        """Return where another run has put the bytes of a shard; None where it has not."""
        del shard
        return None

    def has_file(self, shard: Shard) -> bool:
        """Return whether another run has left a file under the name of a shard's."""
        del shard
        return False

    def note(self, shard: Shard, *, is_kept: bool) -> None:
        """Note whether what another run has left of a shard is whole, and kept."""

    def copied(self, shard: Shard, place: Place, crc32: int) -> None:
        """Note that the bytes of a shard are in their place, with their CRC-32."""


class SharedShardFolder(ShardFolder):
    """A folder whose files other machines write: none is written over, as a task may come twice."""

    @override
    def release(self, shard: Shard) -> None:
        with contextlib.suppress(OSError):  # whoever removes the folder says what is in the way
            shard_path(self.path, shard).unlink()


class KeptShardFolder(ShardFolder):
    """A folder whose files all stay."""

    def release(self, shard: Shard) -> None:
        """See ShardFolder."""
        del shard


def kept_folder(out: str, schema_name: str) -> Path:
    """Return where kept shard files go; OutputError when other things are there."""
    folder = Path(f"{schema_name if out == STANDARD_OUTPUT else os.path.realpath(out)}{SHARDS}")
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
def shard_folder(
    beside: Path | None,
    keep_at: Path | None,
    tell: Tell = ignore,
    kind: type[ShardFolder] = ShardFolder,
) -> Iterator[ShardFolder]:
    """
    Give a new folder for shard files: beside a path, or among temporary files where that is None.

    It is of that kind, or one whose files stay where they are to be kept.

    It is removed at the end, whatever happens; or, when all went well and they are to be kept, it
    takes the name `keep_at`, in the place of an earlier one. What a run that was killed has left
    is removed and told of where the sink, which has no place on a disk, has not seen to it.
    """
    near = _near(beside, keep_at)
    if beside is None:
        remove_stale(near, tell, (SHARDS,))
    mode = 0o700 if keep_at is None else 0o777
    with claimed_folder(near, SHARDS, mode, near.parent) as path:
        yield kind(path) if keep_at is None else KeptShardFolder(path)
        if keep_at is not None:
            keep(path, keep_at)


def _near(beside: Path | None, keep_at: Path | None) -> Path:
    """Return the path beside which the folder is made."""
    if keep_at is not None:
        return keep_at.with_name(keep_at.stem)
    if beside is not None:
        return beside
    import tempfile

    try:
        return Path(tempfile.gettempdir(), "shardgen")
    except OSError as error:  # no folder may be written to
        raise cannot_write("temporary files", error) from None


def keep(folder: Path, keep_at: Path) -> None:
    """Have a folder of shards take the name `keep_at`, in the place of an earlier one."""
    try:
        for old in keep_at.glob(f"*{SUFFIX}"):
            old.unlink()
        if keep_at.exists():
            keep_at.rmdir()
        folder.rename(keep_at)
    except OSError as error:
        raise cannot_write(keep_at, error) from None
