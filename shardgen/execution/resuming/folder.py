"""The folder of shards of a run that another one may go on with."""

from __future__ import annotations

from shardgen.execution.resuming.record import Entry
from shardgen.execution.resuming.resuming import Resuming
from shardgen.execution.shard_folder import ShardFolder
from shardgen.execution.sinks import FilePlace, Place
from shardgen.execution.written import Written
from shardgen.plan.plan import Shard
from shardgen.random.overriding import override


class ResumableFolder(ShardFolder):
    """Knows of what is there already, and notes what comes; files are those of another kind."""

    def __init__(self, resuming: Resuming, kind: type[ShardFolder]) -> None:
        """Take the folder that is open; its files become what those of `kind` do."""
        self._files = resuming.shard_folder(kind)
        super().__init__(self._files.path)
        self._resuming = resuming
        assert resuming.journal is not None, "the folder is open"
        self._journal = resuming.journal

    @override
    def release(self, shard: Shard) -> None:
        self._files.release(shard)

    @override
    def take_spare(self) -> Shard | None:
        return self._files.take_spare()

    @override
    def written(self, shard: Shard) -> Written | None:
        entry = self._journal.entries.get(shard.index)
        if entry is None:
            return None
        target = self._resuming.target
        path = target / shard.file if target.is_dir() else target
        return Written(FilePlace(str(path), str(path), entry.offset, entry.size), entry.crc32)

    @override
    def has_file(self, shard: Shard) -> bool:
        return shard.index in self._resuming.files

    @override
    def note(self, shard: Shard, *, is_kept: bool) -> None:
        del shard
        if is_kept:
            self._resuming.kept += 1
        else:
            self._resuming.damaged += 1

    @override
    def copied(self, shard: Shard, place: Place, crc32: int) -> None:
        if isinstance(place, FilePlace):
            self._journal.add(shard.index, Entry(place.offset, place.size, crc32))
