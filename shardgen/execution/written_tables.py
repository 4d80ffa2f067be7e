"""Tables while they are written: when each begins, how many bytes it has, when it is finished."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

from shardgen.execution.events import Tell, table_begun, table_finished
from shardgen.execution.sinks import Sink
from shardgen.plan.plan import Shard


class WrittenTables:
    """Follows tables, with their numbers of rows, into a sink, and tells of each."""

    def __init__(self, counts: Mapping[str, int], sink: Sink, tell: Tell) -> None:
        """Follow nothing yet."""
        self._counts = counts
        self._sink = sink
        self._tell = tell
        self._begun: dict[str, float] = {}
        self._bytes: dict[str, int] = {}

    def begun(self, shards: Iterable[Shard]) -> Iterator[Shard]:
        """Yield the shards; with the first of a table it begins."""
        for shard in shards:
            if shard.start == 0:
                self.begin(shard.table)
            yield shard

    def begin(self, table: str) -> None:
        """Begin a table: all that comes now is its own."""
        self._begun[table] = time.perf_counter()
        self._bytes[table] = 0
        self._tell(table_begun(table, self._counts[table]))

    def add(self, shard: Shard, size: int) -> None:
        """Note a shard with its bytes that is in the sink; with the last a table is finished."""
        self._bytes[shard.table] += size
        if shard.stop == self._counts[shard.table]:
            self.finish(shard.table)

    def finish(self, table: str, size: int = 0) -> None:
        """Finish a table, whose rows are in the sink: it has `size` bytes beside its shards."""
        before = self._sink.size
        self._sink.end_table()
        size += self._bytes[table] + self._sink.size - before
        seconds = time.perf_counter() - self._begun[table]
        self._tell(table_finished(table, self._counts[table], size, seconds))
