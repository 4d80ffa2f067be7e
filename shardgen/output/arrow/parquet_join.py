"""
Row groups of several Parquet files as one file: their bytes as they are, and one footer for all.

A footer says where in the file each column of a row group begins; so its row groups are moved by
as much as their bytes are. https://github.com/apache/parquet-format has the numbers of the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shardgen.output.arrow.thrift import I64, LIST, Reader, Struct, encoded
from shardgen.output.text.kinds import Buffer

MAGIC = b"PAR1"
TAIL = 8  # bytes: the length of the footer, and MAGIC again
_ROWS, ROW_GROUPS = 3, 4  # of the file
COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7  # of a row group
_CHUNK_OFFSET, META = 2, 3  # of a column within one
_OFFSETS = (9, 10, 11, 14)  # of its metadata: pages of data, index and dictionary, bloom filter
_INDEXES = (4, 6)  # of the column: where its indexes are


class ParquetJoin:
    """Joins files of one schema into one; each is given whole."""

    def __init__(self) -> None:
        """Begin a file."""
        self._footer: Struct | None = None
        self._groups: list[Struct] = []
        self._rows = 0
        self._size = 0

    def join(self, file: Buffer) -> Iterator[Buffer]:
        """Yield what the joined file has of the next one."""
        view = memoryview(file)
        start = len(view) - TAIL - int.from_bytes(view[-TAIL : -len(MAGIC)], "little")
        footer = Reader(bytes(view[start:-TAIL])).struct()
        if self._footer is None:
            self._footer = footer
            self._size = len(MAGIC)
            yield MAGIC
        self._rows += footer[_ROWS][1]
        for group in footer[ROW_GROUPS][1][1]:
            self._groups.append(_moved(group, self._size - len(MAGIC), len(self._groups)))
        self._size += start - len(MAGIC)
        yield view[len(MAGIC) : start]

    def end(self) -> Iterator[Buffer]:
        """Yield the end of the joined file."""
        assert self._footer is not None, "a file without rows has a schema too"
        kind = self._footer[ROW_GROUPS][1][0]
        whole = self._footer | {
            _ROWS: (I64, self._rows),
            ROW_GROUPS: (LIST, (kind, self._groups)),
        }
        footer = encoded(whole)
        yield footer + len(footer).to_bytes(4, "little") + MAGIC


def _moved(group: Struct, by: int, ordinal: int) -> Struct:
    """Return a row group whose bytes lie that much later, and which has that number."""
    kind, columns = group[COLUMNS][1]
    moved = group | {COLUMNS: (LIST, (kind, [_moved_column(column, by) for column in columns]))}
    if _GROUP_OFFSET in group:
        moved |= _later(group, (_GROUP_OFFSET,), by)
    if _ORDINAL in group:
        moved[_ORDINAL] = group[_ORDINAL][0], ordinal
    return moved


def _moved_column(column: Struct, by: int) -> Struct:
    of_meta, meta = column[META]
    # 0 is what writers put there that have no copy of the metadata beside the pages.
    offset = (_CHUNK_OFFSET,) if column[_CHUNK_OFFSET][1] else ()
    return column | _later(column, (*offset, *_INDEXES), by) | {
        META: (of_meta, meta | _later(meta, _OFFSETS, by))
    }  # fmt: skip


def _later(fields: Struct, numbers: tuple[int, ...], by: int) -> dict[int, tuple[int, Any]]:
    return {n: (fields[n][0], fields[n][1] + by) for n in numbers if n in fields}
