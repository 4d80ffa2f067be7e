"""
Statistics of picks: which strings of a pool there are says the least and the most of them.

pyarrow looks them up for every row, which takes longer for a pool of some thousand strings than all
the rest of the column. So these columns are written without, and their statistics are put into the
footer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shardgen.output.arrow.parquet_join import COLUMNS, MAGIC, META, ROW_GROUPS, TAIL
from shardgen.output.arrow.thrift import BINARY, I64, STRUCT, TRUE, Reader, Struct, encoded
from shardgen.output.text.kinds import Buffer

_STATISTICS = 12  # of a column's metadata
_NULLS, _MOST, _LEAST, _MOST_IS_EXACT, _LEAST_IS_EXACT = 3, 5, 6, 7, 8


class PickStatistics:
    """The statistics of one column, whose dictionary is the same in every shard."""

    def __init__(self) -> None:
        """Begin without the dictionary."""
        self._ordered: list[bytes] = []
        self._ranks = np.zeros(0, np.int64)

    def of(self, column: Any) -> Struct:
        """Return the statistics of a chunked array of dictionaries."""
        statistics: Struct = {_NULLS: (I64, column.null_count)}
        if column.null_count == len(column):
            return statistics
        self._keep(column.chunk(0).dictionary)
        seen = np.zeros(len(self._ranks), np.bool_)
        for chunk in column.chunks:
            seen[_numbers(chunk.indices.drop_null())] = True
        ranks = self._ranks[seen]
        return statistics | {
            _MOST: (BINARY, self._ordered[int(ranks.max())]),
            _LEAST: (BINARY, self._ordered[int(ranks.min())]),
            _MOST_IS_EXACT: (TRUE, True),
            _LEAST_IS_EXACT: (TRUE, True),
        }

    def _keep(self, strings: Any) -> None:
        """Keep the strings in the order of their bytes, as the format has it."""
        if len(self._ranks) == len(strings):
            return
        texts = [text.encode() for text in strings.to_pylist()]
        order = sorted(range(len(texts)), key=texts.__getitem__)
        self._ordered = [texts[n] for n in order]
        self._ranks = np.empty(len(texts), np.int64)
        self._ranks[order] = np.arange(len(texts))


def _numbers(indices: Any) -> Any:
    """Return what an array without nulls has; its own way to NumPy imports pandas."""
    first = indices.offset
    return np.frombuffer(indices.buffers()[1], np.int32)[first : first + len(indices)]


def with_statistics(file: Buffer, found: dict[int, Struct]) -> Buffer:
    """Return a file of one row group with the statistics of some columns, by their numbers."""
    if not found:
        return file
    view = memoryview(file)
    start = len(view) - TAIL - int.from_bytes(view[-TAIL : -len(MAGIC)], "little")
    footer = Reader(bytes(view[start:-TAIL])).struct()
    for group in footer[ROW_GROUPS][1][1]:
        columns = group[COLUMNS][1][1]
        for number, statistics in found.items():
            columns[number][META][1][_STATISTICS] = STRUCT, statistics
    changed = encoded(footer)
    return b"".join((view[:start], changed, len(changed).to_bytes(4, "little"), MAGIC))
