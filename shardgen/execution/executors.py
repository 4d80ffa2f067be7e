"""
Executors: who runs the shards of a source, and brings their text to a sink.

Whoever does it, the sink has the same bytes in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from shardgen.execution.sinks import Sink
from shardgen.plan.plan import SMALL_TABLE, Plan, Shard
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from shardgen.execution.shard_folder import ShardFolder


class Executor(Protocol):
    """Runs shards."""

    def run(self, shards: Iterable[Shard], sink: Sink) -> Iterator[tuple[Shard, int]]:
        """
        Yield each shard, and its bytes, when its text is in the sink, in the order of `shards`.

        That is the order of the dump, in which the text goes to the sink too. The next of `shards`
        is asked for when the bytes before it have their places.
        """


class Here:
    """Makes every shard in this process, straight into the sink."""

    def __init__(self, source: Source) -> None:
        """Make shards of this source."""
        self._source = source

    def run(self, shards: Iterable[Shard], sink: Sink) -> Iterator[tuple[Shard, int]]:
        """See Executor."""
        for shard in shards:
            before = sink.size
            for text in self._source.render(shard):
                sink.write(shard.file, text)
            yield shard, sink.size - before


class HereByFiles:
    """Makes every shard in this process, by way of a shard file that stays."""

    def __init__(self, source: Source, folder: ShardFolder) -> None:
        """Make shards of this source, with files in `folder`."""
        self._source = source
        self._folder = folder

    def run(self, shards: Iterable[Shard], sink: Sink) -> Iterator[tuple[Shard, int]]:
        """See Executor."""
        from shardgen.execution.shard_file import open_shard, whole_size, write_shard_of

        for shard in shards:
            before = sink.size
            is_kept = False
            if self._folder.has_file(shard):
                is_kept = whole_size(self._source, shard, self._folder.path) is not None
                self._folder.note(shard, is_kept=is_kept)
            if not is_kept:
                write_shard_of(self._source, shard, self._folder.path)
            with open_shard(self._folder.path, shard, plan=self._source.plan.digest()) as body:
                sink.write(shard.file, body)
            yield shard, sink.size - before


def large_tables(plan: Plan) -> set[str]:
    """Return the names of the tables whose shards are worth a worker's time."""
    return {table.name for table in plan.tables if table.rows > SMALL_TABLE}
