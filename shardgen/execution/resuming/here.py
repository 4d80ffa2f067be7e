"""Shards made in this process, by a run that another one may go on with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.execution.checksum import crc32
from shardgen.execution.shard_folder import ShardFolder
from shardgen.execution.sinks import FilePlace, Sink
from shardgen.execution.written import is_whole, keep_place
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source


class HereResuming:
    """Makes every shard that is not there in this process, straight into the sink."""

    def __init__(self, source: Source, folder: ShardFolder) -> None:
        """Make shards of this source; `folder` knows which are there."""
        self._source = source
        self._folder = folder

    def run(self, shards: Iterable[Shard], sink: Sink) -> Iterator[tuple[Shard, int]]:
        """See Executor."""
        for shard in shards:
            before = sink.size
            written = self._folder.written(shard)
            if written is not None:
                is_kept = is_whole(written)
                self._folder.note(shard, is_kept=is_kept)
                if is_kept:
                    keep_place(sink, shard, written)
                    yield shard, sink.size - before
                    continue
            self._make(shard, sink)
            yield shard, sink.size - before

    def _make(self, shard: Shard, sink: Sink) -> None:
        place = sink.reserve(shard.file, 0)
        assert isinstance(place, FilePlace), "the target is a file, or a folder of files"
        size = checksum = 0
        for text in self._source.render(shard):
            checksum = crc32(text, checksum)
            sink.write(shard.file, text)
            size += len(text)
        made = FilePlace(place.path, place.name, place.offset, size)
        self._folder.copied(shard, made, checksum)
