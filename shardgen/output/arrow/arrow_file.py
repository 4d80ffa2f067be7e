"""Rows of a table in Arrow's file format: each shard a stream of one record batch, to be joined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from shardgen.output.arrow.batches import RecordBatches
from shardgen.output.text.kinds import Buffer
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BoundTable


class ArrowRows:
    """Makes shards of a table."""

    def __init__(self, bound: BoundTable, table: CatalogTable) -> None:
        """Prepare for a table."""
        self._rows = RecordBatches(bound, table)

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """Yield one stream with rows start … stop-1 as a record batch; none for no rows."""
        rows = pa.Table.from_batches(self._rows.batches(start, stop), self._rows.schema)
        out = pa.BufferOutputStream()
        with pa.ipc.new_stream(out, rows.schema) as writer:
            writer.write_table(rows.combine_chunks())
        yield memoryview(out.getvalue())


class ArrowJoin:
    """Joins streams of one schema into a file; each is given whole."""

    def __init__(self, compression: str) -> None:
        """Begin a file; `compression` is that of buffers."""
        codec = None if compression == "none" else compression
        self._options = pa.ipc.IpcWriteOptions(compression=codec)
        self._out = _Written()
        self._writer: Any = None

    def join(self, stream: Buffer) -> Iterator[Buffer]:
        """Yield what the joined file has of the next one."""
        # A copy: the writer keeps the dictionaries, and the shard's memory is used again.
        with pa.ipc.open_stream(pa.py_buffer(bytes(stream))) as reader:
            if self._writer is None:
                self._writer = pa.ipc.new_file(self._out, reader.schema, options=self._options)
            for batch in reader:
                self._writer.write_batch(batch)
        yield from self._out.taken()

    def end(self) -> Iterator[Buffer]:
        """Yield the end of the joined file."""
        self._writer.close()
        yield from self._out.taken()


class _Written:
    """A file for pyarrow that keeps what is written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._texts: list[bytes] = []

    def write(self, text: Any) -> int:
        """Keep a copy: the memory is used again."""
        self._texts.append(bytes(text))
        return len(self._texts[-1])

    def flush(self) -> None:
        """Have nothing to do."""

    def taken(self) -> list[bytes]:
        """Return what was written since this was called last."""
        texts, self._texts = self._texts, []
        return texts
