"""
Shard files: the only code that knows their bytes.

A shard file is one msgpack map, written by msgspec; docs/shard-file.md describes its fields. It
is complete as soon as it has its name: it is written under another one and renamed.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shardgen.errors import OutputError, ShardFileError
from shardgen.plan import Shard

VERSION = 1
SUFFIX = ".shard"


class ShardFile(msgspec.Struct, frozen=True, eq=False):
    """
    A finished shard.

    `plan` is the digest of the plan it belongs to, `first_key` and `last_key` the auto-increment
    keys of its rows (None where the table has none), `size` and `crc32` those of `body`, the SQL
    text of its rows.
    """

    version: int
    plan: bytes
    table: str
    index: int
    first_row: int
    rows: int
    first_key: int | None
    last_key: int | None
    size: int
    crc32: int
    body: memoryview | bytes


class _ReadShardFile(ShardFile, frozen=True, eq=False):
    body: memoryview


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_ReadShardFile)


def shard_path(folder: Path, shard: Shard) -> Path:
    """Return where the shard's file lies; the names sort in the order of the dump."""
    return folder / f"{shard.index:08d}{SUFFIX}"


def write_shard(
    folder: Path, shard: Shard, body: bytes, *, plan: bytes, counted: bool
) -> None:
    """Write a shard's file; `counted` says that the table's key numbers its rows."""
    record = ShardFile(
        version=VERSION,
        plan=plan,
        table=shard.table,
        index=shard.index,
        first_row=shard.start,
        rows=shard.rows,
        first_key=shard.start + 1 if counted else None,
        last_key=shard.stop if counted else None,
        size=len(body),
        crc32=zlib.crc32(body),
        body=body,
    )
    path = shard_path(folder, shard)
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(_encoder.encode(record))
        partial.rename(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise cannot_write(path, error) from None


@contextlib.contextmanager
def open_shard(folder: Path, shard: Shard, *, plan: bytes) -> Iterator[memoryview]:
    """
    Give the body of the shard's file, mapped and not copied.

    ShardFileError when it is missing, cut, changed, of another plan or in another's place.
    """
    path = shard_path(folder, shard)
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise ShardFileError(f"{path}: cannot be read ({error})") from None
    with mapped:
        record = _decode(path, mapped)
        try:
            _verify(path, record, shard, plan)
            yield record.body
        finally:
            record.body.release()


def _decode(path: Path, mapped: mmap.mmap) -> _ReadShardFile:
    try:
        return _decoder.decode(mapped)
    except msgspec.DecodeError as error:
        message = str(error)
    raise ShardFileError(f"{path}: no whole shard file ({message}); run again")


def _verify(path: Path, record: _ReadShardFile, shard: Shard, plan: bytes) -> None:
    if record.version != VERSION:
        raise ShardFileError(f"{path}: format version {record.version}, not {VERSION}")
    if record.plan != plan:
        raise ShardFileError(f"{path}: made for another schema, seed, count or version; run again")
    found = (record.table, record.index, record.first_row, record.rows)
    wanted = (shard.table, shard.index, shard.start, shard.rows)
    if found != wanted:
        raise ShardFileError(f"{path}: holds {found}, and {wanted} belongs here; run again")
    if record.size != len(record.body):
        raise ShardFileError(f"{path}: {len(record.body)} bytes of {record.size}; run again")
    if record.crc32 != zlib.crc32(record.body):
        raise ShardFileError(f"{path}: the CRC-32 does not match, the bytes were changed; run again")


def cannot_write(path: Path | str, error: OSError) -> OutputError:
    """Return the error for a file that cannot be written, with what can be done about it."""
    hints = {
        errno.ENOSPC: "make room, or choose another place with --out",
        errno.EDQUOT: "make room, or choose another place with --out",
        errno.EFBIG: "raise the limit on file sizes (ulimit -f), or ask for fewer rows",
        errno.EACCES: "choose a place you may write to with --out",
        errno.EROFS: "choose a place you may write to with --out",
        errno.ENOENT: "make the folder first, or choose another place with --out",
        errno.EMFILE: "raise the limit on open files (ulimit -n)",
    }
    reason = error.strerror or str(error)
    hint = hints.get(error.errno or 0)
    return OutputError(f"cannot write {os.fspath(path)}: {reason}" + (f"; {hint}" if hint else ""))
