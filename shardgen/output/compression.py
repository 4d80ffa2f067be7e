"""
Compressed text: each shard is a member of a gzip file, or a frame of a zstd one.

Members and frames that follow each other are one valid file, so shards are compressed where they
are made. What a shard becomes depends on its bytes alone: a compressor is given them in pieces of
one size, however they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from shardgen.errors import Mistake
from shardgen.output.endings import COMPRESSED_BY
from shardgen.output.text.kinds import Buffer

_PIECE = 1 << 20  # bytes that a compressor is given at once
_GZIP_LEVEL = 2  # of igzip: as quick as 1, and smaller
_ZSTD_LEVEL = 1
_GZIP_FORMAT = 31  # bits of the window, and 16 for the header of gzip


class Compressor(Protocol):
    """Makes one member or frame."""

    def compress(self, data: Buffer, /) -> bytes:
        """Return what is ready."""

    def flush(self) -> bytes:
        """Return the rest."""


def compression_mistakes(compression: str) -> Iterator[Mistake]:
    """Yield that what a compression needs is not installed."""
    try:
        if compression != "none":
            _open(compression)
    except ImportError:
        what = f"{COMPRESSED_BY[compression]} is not installed, and {compression} needs it"
        yield Mistake("", what, f"pip install 'shardgen[{compression}]', or --compress none")


def compressed(texts: Iterable[Buffer], compression: str) -> Iterator[bytes]:
    """Yield all texts as one member or frame; nothing where there is no text."""
    compressor: Compressor | None = None
    for piece in _pieces(texts):
        compressor = compressor or _open(compression)
        ready = compressor.compress(piece)
        if ready:
            yield ready
    if compressor is not None:
        yield compressor.flush()


def compressed_text(text: bytes, compression: str) -> bytes:
    """Return a text as one member or frame; nothing for none."""
    return b"".join(compressed([text], compression))


def _open(compression: str) -> Compressor:
    if compression == "gzip":
        from isal import isal_zlib

        gzip: Compressor = isal_zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_FORMAT)
        return gzip
    from zstandard import ZstdCompressor

    frame: Compressor = ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compressobj()
    return frame


def _pieces(texts: Iterable[Buffer]) -> Iterator[bytearray]:
    """Yield the bytes of all texts, `_PIECE` at a time; the last ones may be fewer."""
    piece = bytearray()
    for text in texts:
        with memoryview(text) as view:
            done = 0
            while done < len(view):
                taken = min(_PIECE - len(piece), len(view) - done)
                piece += view[done : done + taken]
                done += taken
                if len(piece) == _PIECE:
                    yield piece
                    piece = bytearray()
    if piece:
        yield piece
