"""
Shard files → one dump: verified on the way, appended in order, and put in place when complete.

A reader never sees half a dump. It grows beside its target under another name, and takes the
target's name by a rename once its bytes are on the disk; whatever ends a run early removes it and
leaves an earlier dump as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shardgen.errors import OutputError
from shardgen.plan import Shard
from shardgen.shardfile import SUFFIX, cannot_write, open_shard, shard_path

STANDARD_OUTPUT = "-"


class Dump:
    """An open dump that bytes are appended to; `size` counts them."""

    def __init__(self, descriptor: int, name: str) -> None:
        """Write to an open file descriptor; `name` is for error messages."""
        self._descriptor = descriptor
        self._name = name
        self.size = 0

    def write(self, text: bytes | memoryview) -> None:
        """Append all of `text`; OutputError when that fails, BrokenPipeError when nobody reads."""
        self.size += len(text)
        rest = memoryview(text)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise cannot_write(self._name, error) from None
        finally:
            rest.release()

    def append_shard(self, folder: Path, shard: Shard, *, plan: bytes, keep: bool) -> None:
        """Append the shard's body, and delete its file unless it is to be kept."""
        with open_shard(folder, shard, plan=plan) as body:
            self.write(body)
        if not keep:
            shard_path(folder, shard).unlink()


@contextlib.contextmanager
def open_dump(out: str) -> Iterator[Dump]:
    """
    Open the dump at path `out`, or standard output for "-".

    A regular file appears under its name when the block ends without an error. A device or a pipe
    is written to directly.
    """
    if out == STANDARD_OUTPUT:
        yield Dump(1, "standard output")
        return
    path = Path(os.path.realpath(out))  # replace what a link points to, not the link
    if path.is_dir():
        raise OutputError(f"cannot write {out}: it is a folder; name a file with --out")
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with _opened(path, os.O_WRONLY) as descriptor:
            yield Dump(descriptor, out)
        return
    with _partial(path, out) as partial:
        with _opened(partial, os.O_WRONLY) as descriptor:
            yield Dump(descriptor, out)
            try:
                os.fsync(descriptor)  # before the rename, or the name may outlive the bytes
            except OSError as error:
                raise cannot_write(out, error) from None
        partial.rename(path)


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise cannot_write(path, error) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _partial(path: Path, out: str) -> Iterator[Path]:
    """Give a new file beside `path` with the permissions it will have; remove what is left of it."""
    try:
        descriptor, name = tempfile.mkstemp(".partial", f"{path.name}.", path.parent)
    except OSError as error:
        raise cannot_write(out, error) from None
    partial = Path(name)
    try:
        os.fchmod(descriptor, path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
        os.close(descriptor)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def kept_folder(out: str, schema_name: str) -> Path:
    """Return where kept shard files go: beside the dump."""
    return Path(f"{schema_name if out == STANDARD_OUTPUT else os.path.realpath(out)}.shards")


@contextlib.contextmanager
def shard_folder(out: str, keep_at: Path | None) -> Iterator[Path]:
    """
    Give a new folder for shard files, beside the dump so that they are on the same disk.

    It is removed at the end, whatever happens; or, when all went well and they are to be kept, it
    takes the name `keep_at`, in the place of an earlier one.
    """
    if keep_at is not None:
        _check_replaceable(keep_at)
    near = Path(os.path.realpath(out)).parent if out != STANDARD_OUTPUT else None
    if near is not None and not os.access(near, os.W_OK):
        near = None  # a device's folder, such as that of /dev/null
    if keep_at is not None:
        near = keep_at.resolve().parent
    try:
        name = tempfile.mkdtemp(".shards", f"{Path(out).name}." if near else "shardgen.", near)
    except OSError as error:
        raise cannot_write(near or tempfile.gettempdir(), error) from None
    folder = Path(name)
    try:
        yield folder
        if keep_at is not None:
            if keep_at.exists():
                shutil.rmtree(keep_at)
            folder.rename(keep_at)
            keep_at.chmod(0o777 & ~_umask())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_replaceable(folder: Path) -> None:
    if folder.exists() and not (
        folder.is_dir() and all(f.suffix == SUFFIX for f in folder.iterdir())
    ):
        raise OutputError(f"cannot keep shards in {folder}: it holds other things; move them away")
