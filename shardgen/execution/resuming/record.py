"""
What a run leaves in its folder of shards for one that goes on: whose they are, and what is done.

docs/shard-file.md describes both files; this is the only code that knows their bytes.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shardgen.errors import cannot_write
from shardgen.execution.checksum import crc32
from shardgen.output.manifest import PartManifest

RECORD_NAME = "run.json"
JOURNAL_NAME = "done.journal"
RECORD_VERSION = 1
LINE = struct.Struct("<QQQII")
"""A shard's index, the offset of its bytes in its file, how many, their CRC-32; the line's own."""
_CHECKED = LINE.size - 4


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """
    Whose shards these are: `made_from` says what is made from what, as the manifest of a part does.

    `partial` is the unfinished target, as a path from the folder that the shards' own is in.
    """

    version: int = RECORD_VERSION
    partial: str
    made_from: PartManifest


def write_record(folder: Path, record: Record) -> None:
    """Write the record of a folder, whole or not at all; OutputError where that fails."""
    path = folder / RECORD_NAME
    new = path.with_suffix(".new")
    try:
        new.write_bytes(msgspec.json.encode(record) + b"\n")
        new.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None


def read_record(folder: Path) -> Record | None:
    """Return the record of a folder; None where there is none that can be read."""
    try:
        record = msgspec.json.decode((folder / RECORD_NAME).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return record if record.version == RECORD_VERSION else None


class Entry(msgspec.Struct, frozen=True):
    """Where the bytes of a shard are in its file, and their CRC-32."""

    offset: int
    size: int
    crc32: int


class Journal:
    """
    Which shards have their bytes in the unfinished target: a line for each, added when that is so.

    Of two lines for one shard the later holds.
    """

    def __init__(self, folder: Path) -> None:
        """
        Begin the journal of a folder, or go on with it: `entries` has what it says, by index.

        What comes after its last whole line, such as one that was broken off, is dropped.
        """
        self._path = folder / JOURNAL_NAME
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with self._failing_as_output():
            self._descriptor = os.open(self._path, flags, 0o666)
            with os.fdopen(self._descriptor, "rb", closefd=False) as file:
                self.entries, length = _entries(file.read())
            os.ftruncate(self._descriptor, length)

    def clear(self) -> None:
        """Drop all that it says."""
        with self._failing_as_output():
            os.ftruncate(self._descriptor, 0)
        self.entries = {}

    def add(self, index: int, entry: Entry) -> None:
        """Note a shard whose bytes are in their place; OutputError when that fails."""
        line = LINE.pack(index, entry.offset, entry.size, entry.crc32, 0)[:_CHECKED]
        rest = line + crc32(line).to_bytes(4, "little")
        with self._failing_as_output():
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self.entries[index] = entry

    def close(self) -> None:
        """Add no more."""
        os.close(self._descriptor)

    @contextlib.contextmanager
    def _failing_as_output(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise cannot_write(self._path, error) from None


def read_journal(folder: Path) -> dict[int, Entry]:
    """Return what the journal of a folder says, by index, as far as its lines are whole."""
    try:
        return _entries((folder / JOURNAL_NAME).read_bytes())[0]
    except OSError:
        return {}


def _entries(data: bytes) -> tuple[dict[int, Entry], int]:
    """Return what whole lines say, and how many bytes these are."""
    entries: dict[int, Entry] = {}
    for start in range(0, len(data) - LINE.size + 1, LINE.size):
        index, offset, size, checksum, own = LINE.unpack_from(data, start)
        if own != crc32(data[start : start + _CHECKED]):
            return entries, start
        entries[index] = Entry(offset, size, checksum)
    return entries, len(data) // LINE.size * LINE.size
