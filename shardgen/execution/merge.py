"""
Shard files → one dump: verified on the way, appended in order, and put in place when complete.

A reader never sees half a dump. It grows beside its target under another name, and takes the
target's name by a rename once its bytes are on the disk; whatever ends a run early removes it and
leaves an earlier dump as it was.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from shardgen.errors import OutputError, cannot_write
from shardgen.execution.signals import signals_blocked
from shardgen.plan.plan import Shard

STANDARD_OUTPUT = "-"


class Dump:
    """An open dump that bytes are appended to; `size` counts them."""

    def __init__(self, descriptor: int, name: str) -> None:
        """Write to an open file descriptor; `name` is for error messages."""
        self._descriptor = descriptor
        self._name = name
        self.size = 0

    def write(self, text: bytes | bytearray | memoryview) -> None:
        """Append all of `text`; OutputError when that fails, BrokenPipeError when nobody reads."""
        with memoryview(text) as view:
            done = 0
            while done < len(view):
                with view[done:] as rest:
                    done += self._write_some(rest)
        self.size += done

    def append_shard(self, folder: Path, shard: Shard, *, plan: bytes) -> None:
        """Append the body of the shard's file; ShardFileError when it is not whole."""
        from shardgen.execution.shard_file import open_shard

        with open_shard(folder, shard, plan=plan) as body:
            self.write(body)

    def sync(self) -> None:
        """Wait until all is on the disk: a later rename must not outlive the bytes."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise cannot_write(self._name, error) from None

    def _write_some(self, text: memoryview) -> int:
        try:
            return os.write(self._descriptor, text)
        except BlockingIOError:  # a pipe that whoever started us made non-blocking
            import select

            select.select([], [self._descriptor], [])
            return 0
        except BrokenPipeError:
            raise
        except OSError as error:
            raise cannot_write(self._name, error) from None


@contextlib.contextmanager
def open_dump(out: str) -> Iterator[Dump]:
    """
    Open the dump at path `out`, or standard output for "-".

    A regular file appears under its name when the block ends without an error. A device or a pipe
    is written to directly.
    """
    if out == STANDARD_OUTPUT:
        with _opened(lambda: os.dup(1), "standard output") as dumped:  # fails when it is closed
            yield dumped
        return
    path, mode = _target(out)
    if mode is None or stat.S_ISREG(mode):
        with _replacing(path, out, mode) as dumped:
            yield dumped
        return
    with _opened(lambda: os.open(path, os.O_WRONLY), out) as dumped:
        yield dumped


def _target(out: str) -> tuple[Path, int | None]:
    """
    Return the file to write, which is what a link points to, with its kind and permissions.

    Those are None when there is no such file yet.
    """
    if not out or "\0" in out:
        raise OutputError(f"cannot write {out!r}: that is no name; name a file with --out")
    path = Path(os.path.realpath(out))
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise cannot_write(out, error) from None
    if out.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
        raise OutputError(f"cannot write {out}: it is a folder; name a file with --out")
    return path, mode


@contextlib.contextmanager
def _opened(open_it: Callable[[], int], name: str) -> Iterator[Dump]:
    try:
        descriptor = open_it()
    except OSError as error:
        raise cannot_write(name, error) from None
    try:
        yield Dump(descriptor, name)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _replacing(path: Path, out: str, mode: int | None) -> Iterator[Dump]:
    """Give a new file beside `path` that takes its place and permissions when it is complete."""
    partial = path.with_name(unused_name(path.name, ".partial"))

    def create() -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(partial, flags, 0o666 if mode is None else 0o600)
        if mode is not None:
            with contextlib.suppress(OSError):  # a file system without permissions
                partial.chmod(stat.S_IMODE(mode))
        return descriptor

    try:
        with _opened(create, out) as dumped:
            yield dumped
            dumped.sync()
        try:
            partial.replace(path)
        except OSError as error:
            raise cannot_write(out, error) from None
    finally:
        with signals_blocked(), contextlib.suppress(OSError):
            partial.unlink()


def unused_name(name: str, ending: str) -> str:
    """Return a name that nothing has, told apart by 64 random bits; `name` may be a long one."""
    return f"{name[:40]}.{os.urandom(8).hex()}{ending}"
