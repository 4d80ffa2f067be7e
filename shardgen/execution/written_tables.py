"""Tables while they are written: when each begins, how many bytes it has, when it is finished."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

from shardgen.execution.events import Tell, table_begun, table_finished
from shardgen.execution.sinks import Sink
from shardgen.plan.plan import Shard


class WrittenTables:
    """Follows tables, with the rows that are written of each, into a sink, and tells of them."""

    def __init__(self, counts: Mapping[str, int], sink: Sink, tell: Tell) -> None:
        """Follow nothing yet."""
        self._counts = counts
        self._sink = sink
        self._tell = tell
        self._begun: dict[str, float] = {}
        self._rows: dict[str, int] = {}
        self._bytes: dict[str, int] = {}

    def begun(self, shards: Iterable[Shard]) -> Iterator[Shard]:
        """Yield the shards; with the first of a table it begins."""
        for shard in shards:
            self._begin(shard.table)
            yield shard

    def add(self, shard: Shard, size: int) -> None:
        """Note a shard with its bytes that is in the sink; with the last a table is finished."""
        self._rows[shard.table] += shard.rows
        self._bytes[shard.table] += size
        if self._rows[shard.table] == self._counts[shard.table]:
            self._finish(shard.table)

    def add_empty(self, table: str, size: int) -> None:
        """Note a file of a table without rows, with its bytes."""
        self._begin(table)
        self._bytes[table] += size

    def finish_all(self) -> None:
        """Finish the tables without rows, which have no shards."""
        for table in dict.fromkeys((*self._counts, *self._begun)):
            if not self._counts.get(table):
                self._begin(table)
                self._finish(table)

    def _begin(self, table: str) -> None:
        if table not in self._begun:
            self._begun[table] = time.perf_counter()
            self._rows[table] = self._bytes[table] = 0
            self._tell(table_begun(table, self._counts.get(table, 0)))

    def _finish(self, table: str) -> None:
        before = self._sink.size
        self._sink.end_table()
        size = self._bytes[table] + self._sink.size - before
        seconds = time.perf_counter() - self._begun[table]
        self._tell(table_finished(table, self._rows[table], size, seconds))
