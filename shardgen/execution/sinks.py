"""
Sinks: where a run's bytes go, a file, a folder with a file for each table or several, or a stream.

Bytes come in order, file by file. A sink knows neither what they mean nor who makes them. One
whose files have places lets others write: it reserves the next bytes of a file, and whoever
has their text fills the place, in any process and in any order.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from shardgen.errors import cannot_write
from shardgen.execution.part_places import PartPlace, fill_part
from shardgen.output.text.kinds import Buffer

SYNC_BYTES = 8 << 20  # fewer are not worth a call
WRITE_BYTES = 1 << 20  # of a call; 5 MB at once took Linux 2 to 3 times the system time on ext4
_BINARY: int = getattr(os, "O_BINARY", 0)  # of Windows, which would make CRLF of LF


class FilePlace(msgspec.Struct, frozen=True, tag=True):
    """`size` bytes at `offset` of the file at `path`, which error messages call `name`."""

    path: str
    name: str
    offset: int
    size: int


Place = FilePlace | PartPlace


def fill(place: Place, text: Buffer) -> None:
    """Write `text`, as long as the place, to it; OutputError when that fails."""
    assert len(text) == place.size, "a place is reserved for a text of its size"
    if isinstance(place, PartPlace):
        fill_part(place, text)
        return
    try:
        with Path(place.path).open("r+b", buffering=0) as file:
            file.seek(place.offset)
            _write_all(file.write, text)
            _begin_sync(file.fileno(), place.offset, place.size)
    except OSError as error:
        raise cannot_write(place.name, error) from None


class FileFacts(msgspec.Struct, frozen=True):
    """What can be said of a file that is complete: its bytes, and their SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


Describe = Callable[[Mapping[str, FileFacts]], Mapping[str, bytes]]
"""Returns the files that tell of others, by name, from the facts of those."""


class Sink(Protocol):
    """
    Takes the text of all files, in order: one file after another, each from its beginning on.

    Where all goes into one, any name of a file is that one's.
    """

    @property
    def size(self) -> int:
        """The bytes that it has, with those of reserved places."""

    @property
    def beside(self) -> Path | None:
        """
        A path on the sink's own disk, beside which lies what a run needs meanwhile.

        None where the sink is not on a disk.
        """

    def write(self, file: str, text: Buffer) -> None:
        """Append all of `text` to the file of that name; OutputError when that fails."""

    def reserve(self, file: str, size: int) -> Place | None:
        """Return the place of the next bytes of a file; None where only `write` appends."""

    def end_table(self) -> None:
        """Have all rows of the table whose text came last, before there is any of another."""

    def complete(self, describe: Describe) -> None:
        """Have all rows, and add what tells of the files where they lie in a folder."""


class StreamSink:
    """A pipe or a device: bytes pass in order, and none can be taken back."""

    beside: Path | None = None

    def __init__(self, descriptor: int, name: str) -> None:
        """Write to an open file descriptor; `name` is for error messages."""
        self._descriptor = descriptor
        self._name = name
        self.size = 0

    def write(self, file: str, text: Buffer) -> None:
        """See Sink. BrokenPipeError when nobody reads."""
        del file
        try:
            _write_all(self._write_some, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise cannot_write(self._name, error) from None
        self.size += len(text)

    def reserve(self, file: str, size: int) -> Place | None:
        """See Sink."""
        del file, size
        return None

    def end_table(self) -> None:
        """See Sink."""

    def complete(self, describe: Describe) -> None:
        """See Sink."""

    def _write_some(self, text: Buffer) -> int:
        try:
            return os.write(self._descriptor, text)
        except BlockingIOError:  # a pipe that whoever started us made non-blocking
            import select

            select.select([], [self._descriptor], [])
            return 0


class FileSink:
    """A regular file, new and empty; all tables go into it, one after another."""

    def __init__(
        self, path: Path, name: str, beside: Path, mode: int = 0o666, *, is_left: bool = False
    ) -> None:
        """
        Make the file, with those permissions of `mode` that the umask leaves.

        Where it `is_left` by another run, it may be there: its bytes stay until others take their
        places. `name` is what error messages call it. OutputError where it cannot be made.
        """
        self._path = path
        self._is_left = is_left
        self._name = name
        self.beside: Path | None = beside
        self.size = 0
        self._unsynced = 0  # from here on, nothing was asked to go to the disk
        with self._failing_as_output():
            flags = os.O_WRONLY | os.O_CREAT | (0 if is_left else os.O_EXCL) | _BINARY
            self._descriptor = os.open(path, flags, mode)

    def write(self, file: str, text: Buffer) -> None:
        """See Sink."""
        del file
        with self._failing_as_output():
            _write_all(lambda rest: os.write(self._descriptor, rest), text)
        self.size += len(text)
        if self.size - self._unsynced >= SYNC_BYTES:
            self._begin_sync()

    def reserve(self, file: str, size: int) -> Place | None:
        """See Sink."""
        del file
        self._begin_sync()
        place = FilePlace(str(self._path), self._name, self.size, size)
        self._unsynced = self.size = self.size + size  # whoever fills the place begins its sync
        with self._failing_as_output():
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
        return place

    def end_table(self) -> None:
        """See Sink."""

    def complete(self, describe: Describe) -> None:
        """See Sink."""
        del describe
        self.end()

    def end(self) -> None:
        """Have no bytes behind its own; others have written all that is in places of it."""
        if self._is_left:
            with self._failing_as_output():
                os.ftruncate(self._descriptor, self.size)

    def sync(self) -> None:
        """Wait until all is on the disk, with what others wrote to places of the file."""
        with self._failing_as_output():
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Write no more."""
        os.close(self._descriptor)

    def _begin_sync(self) -> None:
        _begin_sync(self._descriptor, self._unsynced, self.size - self._unsynced)
        self._unsynced = self.size

    @contextlib.contextmanager
    def _failing_as_output(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise cannot_write(self._name, error) from None


class FolderSink:
    """A folder, new and empty, for files of these names; `/` in one leads to a folder within."""

    def __init__(
        self,
        folder: Path,
        name: str,
        files: Sequence[str],
        beside: Path,
        *,
        is_left: bool = False,
    ) -> None:
        """
        Make no file yet; `name` is what error messages call the folder.

        Where it `is_left` by another run, files of it may be there.
        """
        self._is_left = is_left
        self._folder = folder
        self._name = name
        self._files = [*files]
        self._open_name = ""
        self._file: FileSink | None = None
        self._size_before = 0
        self.beside: Path | None = beside

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return self._size_before + (0 if self._file is None else self._file.size)

    def write(self, file: str, text: Buffer) -> None:
        """See Sink."""
        self._opened(file).write(file, text)

    def reserve(self, file: str, size: int) -> Place | None:
        """See Sink."""
        return self._opened(file).reserve(file, size)

    def end_table(self) -> None:
        """See Sink."""

    def complete(self, describe: Describe) -> None:
        """See Sink. All files are complete, with what others wrote to places of them."""
        self._end_file()
        facts = {file: self._facts(file) for file in self._files}
        for name, text in describe(facts).items():
            self.write(name, text)
            self._files.append(name)
        self._end_file()

    def sync(self) -> None:
        """Wait until all files are on the disk, with what others wrote to places of them."""
        self.close()
        for file in self._files:
            try:
                descriptor = os.open(self._folder / file, os.O_RDWR | _BINARY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            except OSError as error:
                raise cannot_write(self._path(file), error) from None

    def close(self) -> None:
        """Close the file that is open, if any."""
        self._size_before = self.size
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.end()
        self.close()

    def _opened(self, file: str) -> FileSink:
        """Return the file of a name; no other is open, as they come one after another."""
        if self._file is None or self._open_name != file:
            self._end_file()
            path = self._folder / file
            if "/" in file:
                with contextlib.suppress(OSError):  # where it is not made, neither is the file
                    path.parent.mkdir(exist_ok=True)
            self._open_name = file
            self._file = FileSink(path, self._path(file), self._folder, is_left=self._is_left)
        return self._file

    def _facts(self, file: str) -> FileFacts:
        import hashlib  # late: a dump without a folder has no use for it

        path = self._folder / file
        try:
            with path.open("rb", buffering=0) as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
                return FileFacts(os.fstat(opened.fileno()).st_size, digest)
        except OSError as error:
            raise cannot_write(self._path(file), error) from None

    def _path(self, file: str) -> str:
        return f"{self._name}/{file}"


if sys.platform == "linux":

    def _begin_sync(descriptor: int, offset: int, size: int) -> None:
        """
        Have the system begin to bring these bytes to the disk, so that `sync` finds little to do.

        Bytes that are not needed in memory are first written to the disk, in the background, where
        they have to be; being on their way, they stay in memory too. It is advice: what comes in
        its way is found by `sync`.
        """
        if size:
            with contextlib.suppress(OSError):
                os.posix_fadvise(descriptor, offset, size, os.POSIX_FADV_DONTNEED)

else:

    def _begin_sync(descriptor: int, offset: int, size: int) -> None:
        """Leave it to the system when bytes go to the disk."""


def _write_all(write: Callable[[memoryview], int | None], text: Buffer) -> None:
    """Write all of `text`, by a function that is given some of it and may take less."""
    with memoryview(text) as view:
        done = 0
        while done < len(view):
            with view[done : done + WRITE_BYTES] as rest:
                done += write(rest) or 0
