"""The bytes of a shard that are in the target already, and whether they are whole."""

from __future__ import annotations

import contextlib
import mmap
from pathlib import Path

import msgspec

from shardgen.errors import ShardFileError
from shardgen.execution.checksum import crc32
from shardgen.execution.sinks import FilePlace, Sink
from shardgen.plan.plan import Shard


class Written(msgspec.Struct, frozen=True):
    """A shard's bytes: their place, and their CRC-32."""

    place: FilePlace
    crc32: int


def is_whole(written: Written) -> bool:
    """Return whether the bytes are those that were written there; not where they cannot be read."""
    place = written.place
    if not place.size:
        return written.crc32 == 0
    before = place.offset % mmap.ALLOCATIONGRANULARITY
    start, length = place.offset - before, before + place.size
    with (
        contextlib.suppress(OSError, ValueError),  # ValueError where the file is too short
        Path(place.path).open("rb") as file,
        mmap.mmap(file.fileno(), length, offset=start, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as whole,
        whole[before:] as body,
    ):
        return crc32(body) == written.crc32
    return False


def keep_place(sink: Sink, shard: Shard, written: Written) -> None:
    """
    Have a sink leave the bytes of a shard, which are whole, where they are.

    ShardFileError where their place is another one now, which no plan does.
    """
    wanted, place = written.place, sink.reserve(shard.file, written.place.size)
    assert isinstance(place, FilePlace), "whose bytes are in a file has places in files"
    if (place.path, place.offset) != (wanted.path, wanted.offset):
        what = f"{wanted.path}: rows {shard.start} to {shard.stop} of {shard.table!r} are at"
        found = f"{wanted.offset}, and belong at {place.offset} of {place.path}"
        raise ShardFileError(f"{what} {found}; run again without --resume")
