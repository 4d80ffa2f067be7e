"""
Shard files: the only code that knows their bytes.

A shard file is the body, a footer that msgspec writes, and a trailer of fixed length that says
where the footer begins; docs/shard-file.md describes them. It is complete as soon as it has its
name: it is written under another one and renamed.
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

import msgspec

from shardgen.errors import ShardFileError, cannot_write
from shardgen.execution.checksum import crc32
from shardgen.execution.names import PARTIAL, unused_name
from shardgen.output.text.kinds import Buffer
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source

VERSION = 2
SUFFIX = ".shard"
TRAILER = struct.Struct("<IH6s")
"""The footer's length, the version and MAGIC."""
MAGIC = b"SHARD\n"


class ShardFooter(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a finished shard says of itself.

    `plan` is the digest of the plan it belongs to, `first_key` and `last_key` the auto-increment
    keys of its rows (None where the table has none), `size` and `crc32` those of the body, the text
    of its rows.
    """

    plan: bytes
    table: str
    index: int
    first_row: int
    rows: int
    first_key: int | None
    last_key: int | None
    size: int
    crc32: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ShardFooter)


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
) -> int:
    """
    Write a shard's file and return the size of its body: all of `texts`, joined.

    None of it is kept in memory. `counted` says that the table's key numbers its rows. The file of
    the shard `over`, which is of no more use, is written over: its pages are there already.
    OutputError when the file cannot be written.
    """
    path = shard_path(folder, shard)
    partial = path.with_name(unused_name(path.name, PARTIAL))  # the task may be done twice at once
    try:
        if over is not None:
            shard_path(folder, over).rename(partial)
        with partial.open("wb" if over is None else "r+b", buffering=0) as file:
            size = _write(file, shard, texts, plan, counted=counted)
        partial.rename(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return size


def _write(
    file: FileIO, shard: Shard, texts: Iterable[Buffer], plan: bytes, *, counted: bool
) -> int:
    size = checksum = 0
    for text in texts:
        _write_all(file, text)
        size += len(text)
        checksum = crc32(text, checksum)
    footer = ShardFooter(
        plan=plan,
        table=shard.table,
        index=shard.index,
        first_row=shard.start,
        rows=shard.rows,
        first_key=shard.start + 1 if counted else None,
        last_key=shard.stop if counted else None,
        size=size,
        crc32=checksum,
    )
    encoded = _encoder.encode(footer)
    _write_all(file, encoded + TRAILER.pack(len(encoded), VERSION, MAGIC))
    file.truncate()  # the file that is written over may have been longer
    return size


def _write_all(file: FileIO, text: Buffer) -> None:
    done = file.write(text)
    while done < len(text):  # a disk that fills up takes some of it, and then refuses the rest
        done += file.write(memoryview(text)[done:])


@contextlib.contextmanager
def open_shard(folder: Path, shard: Shard, *, plan: bytes) -> Iterator[memoryview]:
    """
    Give the body of the shard's file, mapped and not copied.

    ShardFileError when it is missing, cut, changed, of another plan or in another's place.
    """
    with open_with_footer(folder, shard, plan=plan) as (body, _):
        yield body


@contextlib.contextmanager
def open_with_footer(
    folder: Path, shard: Shard, *, plan: bytes
) -> Iterator[tuple[memoryview, ShardFooter]]:
    """Give the body of the shard's file as `open_shard` does, and its footer, which holds."""
    path = shard_path(folder, shard)
    mapped = _map(path)
    try:
        footer, size = _read_footer(path, mapped)
        _verify_place(path, footer, shard, plan)
        if footer.size != size:
            raise ShardFileError(f"{path}: {size} bytes of {footer.size}; run again")
        with memoryview(mapped) as whole, whole[:size] as body:
            if footer.crc32 != crc32(body):
                raise ShardFileError(f"{path}: the CRC-32 is that of other bytes; run again")
            yield body, footer
    finally:
        with contextlib.suppress(BufferError):  # somebody keeps a view: closed when it is freed
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


def _read_footer(path: Path, mapped: mmap.mmap) -> tuple[ShardFooter, int]:
    """Return the footer, and how many bytes stand before it."""
    end = len(mapped) - TRAILER.size
    if end < 0:
        raise _not_whole(path, f"{len(mapped)} bytes, less than its trailer")
    length, version, magic = TRAILER.unpack_from(mapped, end)
    if magic != MAGIC:
        raise _not_whole(path, "it does not end as one")
    if version != VERSION:
        raise ShardFileError(f"{path}: format version {version}, not {VERSION}; run again")
    if length > end:
        raise _not_whole(path, f"a footer of {length} bytes, with {end} before its end")
    try:
        return _decoder.decode(mapped[end - length : end]), end - length
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_whole(path, str(error)) from None


def _not_whole(path: Path, reason: str) -> ShardFileError:
    return ShardFileError(f"{path}: no whole shard file ({reason}); run again")


def _verify_place(path: Path, footer: ShardFooter, shard: Shard, plan: bytes) -> None:
    """Refuse the file of another plan or of another shard."""
    if footer.plan != plan:
        raise ShardFileError(f"{path}: made for another schema, seed, count or version; run again")
    found = (footer.table, footer.index, footer.first_row, footer.rows)
    wanted = (shard.table, shard.index, shard.start, shard.rows)
    if found != wanted:
        raise ShardFileError(f"{path}: holds {found}, and {wanted} belongs here; run again")
    keys = (footer.first_key, footer.last_key)
    if keys not in ((None, None), (shard.start + 1, shard.stop)):
        raise ShardFileError(f"{path}: keys {keys} are not those of rows {wanted}; run again")


def write_shard_of(source: Source, shard: Shard, folder: Path, over: Shard | None = None) -> int:
    """Make a shard of a source and write its file, as `write_shard` does."""
    return write_shard(
        folder,
        shard,
        source.render(shard),
        plan=source.plan.digest(),
        counted=source.is_counted(shard.table),
        over=over,
    )


def whole_size(source: Source, shard: Shard, folder: Path) -> int | None:
    """Return the size of the body of a shard's file; None where it is not whole, or not there."""
    try:
        with open_shard(folder, shard, plan=source.plan.digest()) as body:
            return len(body)
    except ShardFileError:
        return None
