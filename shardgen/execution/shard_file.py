"""
Shard files: the only code that knows their bytes.

A shard file is one msgpack map, written by msgspec; docs/shard-file.md describes its fields. It
is complete as soon as it has its name: it is written under another one and renamed.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

import msgspec

from shardgen.errors import OutputError, ShardFileError, cannot_write
from shardgen.output.text.fields import Buffer
from shardgen.plan.plan import Shard

try:
    from isal.isal_zlib import crc32  # that of zlib, at ten times the speed
except ImportError:  # no wheel for this machine
    from zlib import crc32

VERSION = 1
SUFFIX = ".shard"
NARROW = b"\xa4size\x00\xa5crc32\x00\xa4body\xc4\x00"  # how a head ends in msgspec's msgpack
MAX_BODY = (1 << 32) - 1  # bytes, the longest bin of msgpack


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
    folder: Path,
    shard: Shard,
    texts: Iterable[Buffer],
    *,
    plan: bytes,
    counted: bool,
    over: Shard | None = None,
) -> None:
    """
    Write a shard's file; its body is all of `texts`, joined, and none of it is kept in memory.

    `counted` says that the table's key numbers its rows. The file of the shard `over`, which is
    merged, is written over: its pages are there already. OutputError when it cannot be written.
    """
    path = shard_path(folder, shard)
    partial = path.with_suffix(".partial")
    size = checksum = 0
    try:
        if over is not None:
            shard_path(folder, over).rename(partial)
        with partial.open("wb" if over is None else "r+b", buffering=0) as file:
            _write_all(file, _head(shard, plan, counted=counted))
            for text in texts:
                _write_all(file, text)
                size += len(text)
                checksum = crc32(text, checksum)
            if size > MAX_BODY:
                what = f"{shard.rows} rows are {size} bytes, and a shard file holds {MAX_BODY}"
                raise OutputError(f"cannot write {path}: {what}; use smaller --shard-rows")
            file.truncate()
            file.seek(0)
            _write_all(file, _head(shard, plan, counted=counted, size=size, checksum=checksum))
        partial.rename(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _head(shard: Shard, plan: bytes, *, counted: bool, size: int = 0, checksum: int = 0) -> bytes:
    """Return the file's bytes up to the body, as many for any size and CRC-32."""
    record = ShardFile(
        version=VERSION,
        plan=plan,
        table=shard.table,
        index=shard.index,
        first_row=shard.start,
        rows=shard.rows,
        first_key=shard.start + 1 if counted else None,
        last_key=shard.stop if counted else None,
        size=0,
        crc32=0,
        body=b"",
    )
    wide = b"\xa4size\xce%b\xa5crc32\xce%b\xa4body\xc6%b"
    numbers = (number.to_bytes(4, "big") for number in (size, checksum, size))
    return _encoder.encode(record).removesuffix(NARROW) + wide % tuple(numbers)


def _write_all(file: FileIO, text: Buffer) -> None:
    done = file.write(text)
    while done < len(text):  # a disk that fills up takes a part, and then refuses the rest
        done += file.write(memoryview(text)[done:])


@contextlib.contextmanager
def open_shard(folder: Path, shard: Shard, *, plan: bytes) -> Iterator[memoryview]:
    """
    Give the body of the shard's file, mapped and not copied.

    ShardFileError when it is missing, cut, changed, of another plan or in another's place.
    """
    path = shard_path(folder, shard)
    mapped = _map(path)
    try:
        record = _decode(path, mapped)
        try:
            _verify(path, record, shard, plan)
            yield record.body
        finally:
            record.body.release()
    finally:
        with contextlib.suppress(BufferError):  # a signal came between two lines: freed a bit later
            mapped.close()


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise ShardFileError(f"{path}: missing; run again, and leave its folder alone") from None
    except OSError as error:
        raise ShardFileError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:  # nothing can be mapped
        raise ShardFileError(f"{path}: empty; run again") from None


def _decode(path: Path, mapped: mmap.mmap) -> _ReadShardFile:
    try:
        return _decoder.decode(mapped)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)
    # Out here, because the error's traceback may hold a view of the file.
    raise ShardFileError(f"{path}: no whole shard file ({reason}); run again")


def _verify(path: Path, record: _ReadShardFile, shard: Shard, plan: bytes) -> None:
    if record.version != VERSION:
        raise ShardFileError(f"{path}: format version {record.version}, not {VERSION}; run again")
    if record.plan != plan:
        raise ShardFileError(f"{path}: made for another schema, seed, count or version; run again")
    found = (record.table, record.index, record.first_row, record.rows)
    wanted = (shard.table, shard.index, shard.start, shard.rows)
    if found != wanted:
        raise ShardFileError(f"{path}: holds {found}, and {wanted} belongs here; run again")
    keys = (record.first_key, record.last_key)
    if keys not in ((None, None), (shard.start + 1, shard.stop)):
        raise ShardFileError(f"{path}: keys {keys} are not those of rows {wanted}; run again")
    if record.size != len(record.body):
        raise ShardFileError(f"{path}: {len(record.body)} bytes of {record.size}; run again")
    if record.crc32 != crc32(record.body):
        raise ShardFileError(f"{path}: the CRC-32 is that of other bytes; run again")
