"""Files that are read once, from their beginning to their end, in constant memory."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from shardgen.errors import DifferenceError, missing_package
from shardgen.execution.signals import raise_stop

READ_BYTES = 1 << 20


class Reader:
    """The bytes of a file, decompressed, in order."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        """Begin at the beginning."""
        self._file = file
        self._path = path
        self._error: DifferenceError | None = None  # what comes after `_ahead`
        self._ahead = b""  # read from the file, and not yet from here
        self.position = 0
        """How many bytes were read, or skipped."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end; DifferenceError where they are damaged."""
        while len(self._ahead) < size and self._fill():
            pass
        text, self._ahead = self._ahead[:size], self._ahead[size:]
        self.position += len(text)
        return text

    def skip_to(self, text: bytes) -> bool:
        """Skip what stands before the next place with a text; return whether there is one."""
        while (at := self._ahead.find(text)) < 0:
            done = max(0, len(self._ahead) - len(text) + 1)
            self._ahead = self._ahead[done:]
            self.position += done
            if not self._fill():
                return False
        self._ahead = self._ahead[at:]
        self.position += at
        return True

    def rest(self) -> int:
        """Return how many bytes are left, and read them."""
        size = 0
        while text := self.read(READ_BYTES):
            size += len(text)
        return size

    def _fill(self) -> bool:
        raise_stop()
        if self._error is None:
            try:
                more = self._file.read1(READ_BYTES)  # type: ignore[attr-defined]  # all have it
                self._ahead += more
                return bool(more)
            except (OSError, EOFError, zlib.error) as error:  # those of gzip, and of the disk
                self._error = self._damaged(error)
            except Exception as error:  # zstandard's own class is imported late
                if type(error).__name__ != "ZstdError":
                    raise
                self._error = self._damaged(error)
        if not self._ahead:
            raise self._error
        return False  # what was read before is looked at first

    def _damaged(self, error: Exception) -> DifferenceError:
        what = f"cannot be read from byte {self.position + len(self._ahead)} of its text on"
        return DifferenceError(f"{self._path}: {what}: {error}")


@contextlib.contextmanager
def reading(path: Path, compression: str) -> Iterator[Reader]:
    """Give a reader of a file; DifferenceError where it cannot be opened."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DifferenceError(f"{path}: cannot be read ({error.strerror})") from None
    with file, _decompressed(file, compression) as plain:
        yield Reader(plain, path)


def _decompressed(file: IO[bytes], compression: str) -> contextlib.AbstractContextManager[Any]:
    if compression == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=file)
    if compression == "zstd":
        try:
            import zstandard
        except ImportError:
            raise missing_package("a file in .zst", "zstandard", "zstd") from None
        opened: Any = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return contextlib.closing(opened)
    return contextlib.nullcontext(file)
