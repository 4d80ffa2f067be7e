"""What is verified: files, and the pieces of text that each of them should have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from shardgen.execution.verifying.difference import Difference
from shardgen.execution.verifying.texts import Piece
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source
from shardgen.plan.table_files import TableFile


class Stored(msgspec.Struct, frozen=True):
    """A file as it lies there; `size` is its bytes, where they are known and right."""

    path: Path
    compression: str = "none"
    size: int | None = None


class File(ABC):
    """A file that should have the rows of some shards, or all of a dump."""

    def __init__(self, stored: Stored, source: Source) -> None:
        """Stand for a file; `source` compresses no file as a whole."""
        self.stored = stored
        self.source = source
        self.reached = 0
        """How many bytes of its text were right, once it was compared."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.stored.path)

    @property
    def is_columnar(self) -> bool:
        """Whether its values are compared, and not its text."""
        return self.source.plan.format.join() is not None

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """Yield what it should have, in order."""


class DumpFile(File):
    """A dump, or the file of a part of one: all that its source writes."""

    def pieces(self) -> Iterator[Piece]:
        """See File."""
        yield _text("the dump's header", self.source.dump_header())
        yield from map(partial(shard_piece, self.source), self.source.shards())
        yield _text("the dump's footer", self.source.dump_footer())


class RowsFile(File):
    """A file of a table; `first` is the index of its first shard."""

    def __init__(
        self, stored: Stored, source: Source, table: str, rows: TableFile, first: int
    ) -> None:
        """Stand for a file."""
        super().__init__(stored, source)
        self._table = table
        self._rows = rows
        self._first = first

    def pieces(self) -> Iterator[Piece]:
        """See File."""
        rows, step = self._rows, self.source.plan.shard_rows
        for n, start in enumerate(range(rows.start, rows.stop, step)):
            stop = min(start + step, rows.stop)
            shard = Shard(self._first + n, self._table, start, stop, rows.name)
            yield shard_piece(self.source, shard)
        if rows.start == rows.stop and not self.is_columnar:
            yield _text("the file without rows", self.source.empty_table(self._table))
        elif not self.is_columnar:
            yield _text("the file's end", b"")


class Target(msgspec.Struct, frozen=True, eq=False):
    """Files that should be what `source` writes; `difference` where that is wrong already."""

    source: Source
    files: tuple[File, ...]
    difference: Difference | None = None


def shard_piece(source: Source, shard: Shard) -> Piece:
    """Return the rows of a shard as they should be."""
    rows = f"rows {shard.start} to {shard.stop - 1} of table {shard.table!r}"
    return Piece(rows, shard, partial(source.render, shard))


def _text(title: str, text: bytes) -> Piece:
    return Piece(title, None, lambda: iter([text] if text else []))


def uncompressed(plan: Plan) -> Plan:
    """Return a plan of the same rows whose files are not compressed as a whole."""
    if plan.format.is_compressed_within:
        return plan
    return msgspec.structs.replace(
        plan, format=msgspec.structs.replace(plan.format, compression="none")
    )
