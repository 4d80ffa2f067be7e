"""Which rows of a table are in which file, and how a plan's shards are cut into parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from shardgen.output.file_names import numbered_files, part_name, table_stems


class TableFile(msgspec.Struct, frozen=True):
    """A file with rows `start` … `stop`-1 of a table; its name has `/` after a folder's."""

    name: str
    start: int
    stop: int


def table_files(
    counts: Mapping[str, int], ending: str, file_rows: int | None
) -> dict[str, tuple[TableFile, ...]]:
    """Return the files of each table in order, at least one, each of `file_rows` rows or of all."""
    stems = table_stems(counts)
    return {
        name: tuple(
            TableFile(*file) for file in numbered_files(stems[name], ending, rows, file_rows)
        )
        for name, rows in counts.items()
    }


def files_of_parts(
    counts: Mapping[str, int], ending: str, shard_rows: int, cut: tuple[int, ...]
) -> dict[str, tuple[TableFile, ...]]:
    """
    Return the files of each table in order where each part has its own, at least one.

    `cut` has the first shard of each part, and the number of shards. A table without rows is in
    the first part.
    """
    stems, parts = table_stems(counts), len(cut) - 1
    files: dict[str, tuple[TableFile, ...]] = {}
    first = 0
    for name, rows in counts.items():
        last = first + -(-rows // shard_rows)
        files[name] = tuple(
            TableFile(f"{stems[name]}/{part_name(number, parts)}{ending}", start, stop)
            for number, start, stop in _ranges(first, last, rows, shard_rows, cut)
        )
        first = last
    return files


def _ranges(
    first: int, last: int, rows: int, shard_rows: int, cut: tuple[int, ...]
) -> Iterator[tuple[int, int, int]]:
    """Yield the parts, from 1, that have shards of `first` … `last`-1, and the rows of each."""
    if not rows:
        yield 1, 0, 0
    for number in range(1, len(cut)):
        start, stop = max(cut[number - 1], first), min(cut[number], last)
        if start < stop:
            yield number, (start - first) * shard_rows, min((stop - first) * shard_rows, rows)
