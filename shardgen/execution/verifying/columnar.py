"""Files of Parquet and Arrow compared with what a run would write: value by value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shardgen.execution.signals import raise_stop
from shardgen.execution.verifying.difference import Difference, FoundDifferenceError
from shardgen.execution.verifying.texts import Piece
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source


def compare_columnar(path: Path, name: str, source: Source, pieces: Iterable[Piece]) -> int:
    """
    Compare the chosen shards of a file, a row group or record batch each; return their rows.

    FoundDifferenceError with the first difference.
    """
    import pyarrow as pa

    rows = 0
    try:
        groups = _groups(path)
        count, read = len(groups), groups
        shards = [piece for piece in pieces if piece.shard is not None]
        if count != len(shards):
            raise _differs(name, f"{count} groups of rows are in it, and not {len(shards)}")
        for number, piece in enumerate(shards):
            raise_stop()
            if piece.is_chosen and piece.shard is not None:
                _compare_rows(read[number](), piece.shard, source, name)
                rows += piece.shard.rows
    except (pa.ArrowException, OSError) as error:
        raise _differs(name, f"cannot be read: {error}") from None
    return rows


def _groups(path: Path) -> list[Any]:
    """Return what reads each group of rows of a file as a table of Arrow."""
    import pyarrow as pa

    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        file = pq.ParquetFile(path)
        return [lambda n=n: file.read_row_group(n) for n in range(file.num_row_groups)]
    opened = pa.ipc.open_file(pa.memory_map(str(path)))
    return [
        lambda n=n: pa.Table.from_batches([opened.get_batch(n)])
        for n in range(opened.num_record_batches)
    ]


def _compare_rows(found: Any, shard: Shard, source: Source, name: str) -> None:
    import pyarrow as pa

    from shardgen.execution.arrow_data import record_batches

    made = record_batches(source, shard.table)
    wanted = pa.Table.from_batches(made.batches(shard.start, shard.stop), made.schema)
    if found.column_names != wanted.column_names:
        what = f"the columns of table {shard.table!r} are others"
        raise _differs(name, what, shard.table, str(found.column_names), str(wanted.column_names))
    if found.num_rows != wanted.num_rows:
        what = f"{found.num_rows} rows stand where rows {shard.start} to {shard.stop} of table "
        raise _differs(name, f"{what}{shard.table!r} belong", shard.table)
    differing = [
        (row, column)
        for column in wanted.column_names
        if (row := _first_difference(found.column(column), wanted.column(column))) is not None
    ]
    if differing:
        row, column = min(differing, key=lambda each: each[0])
        values = (str(table.column(column)[row].as_py()) for table in (found, wanted))
        at = shard.start + row
        what = f"row {at} of table {shard.table!r} differs in column {column!r}"
        raise FoundDifferenceError(
            Difference(
                file=name,
                what=what,
                table=shard.table,
                row=at,
                column=column,
                **dict(zip(("found", "wanted"), values, strict=True)),
            )
        )


def _first_difference(found: Any, wanted: Any) -> int | None:
    """Return the first row in which two columns differ."""
    found, wanted = _plain(found), _plain(wanted)
    if found.type == wanted.type and found.equals(wanted):
        return None
    pairs = enumerate(zip(_values(found), _values(wanted), strict=True))
    return next((row for row, (one, other) in pairs if one != other), None)


def _values(column: Any) -> Iterator[Any]:
    for chunk in column.chunks:
        yield from chunk.to_pylist()


def _plain(column: Any) -> Any:
    """Return a column without dictionaries: which values there are is not which are said."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.combine_chunks() if not column.num_chunks else column


def _differs(
    name: str,
    what: str,
    table: str | None = None,
    found: str | None = None,
    wanted: str | None = None,
) -> FoundDifferenceError:
    return FoundDifferenceError(
        Difference(file=name, what=what, table=table, found=found, wanted=wanted)
    )
