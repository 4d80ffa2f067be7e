"""
A sink for files that are made of their shards by a join, such as those of Parquet.

A run whose shards follow each other as they are does not import this.
"""

from __future__ import annotations

from pathlib import Path

from shardgen.execution.sinks import Describe, Place, Sink
from shardgen.output.format import Format, Join
from shardgen.output.text.kinds import Buffer


class JoiningSink:
    """Takes whole shards, and writes the files that they make to another sink."""

    def __init__(self, sink: Sink, form: Format) -> None:
        """Write to `sink`; the files are those of a format with a join."""
        self._sink = sink
        self._form = form
        self._file = ""
        self._join: Join | None = None

    @property
    def size(self) -> int:
        """See Sink."""
        return self._sink.size

    @property
    def beside(self) -> Path | None:
        """See Sink."""
        return self._sink.beside

    def write(self, file: str, text: Buffer) -> None:
        """See Sink; the text is that of one shard."""
        if self._join is None or self._file != file:
            self._end_file()
            self._file, self._join = file, self._form.join()
        assert self._join is not None, "the format has a join"
        for part in self._join.join(text):
            self._sink.write(file, part)

    def reserve(self, file: str, size: int) -> Place | None:
        """See Sink: how many bytes become of a shard is known by the join."""
        del file, size
        return None

    def end_table(self) -> None:
        """See Sink."""
        self._end_file()
        self._sink.end_table()

    def complete(self, describe: Describe) -> None:
        """See Sink."""
        self._end_file()
        self._sink.complete(describe)

    def _end_file(self) -> None:
        if self._join is not None:
            for part in self._join.end():
                self._sink.write(self._file, part)
        self._join = None
