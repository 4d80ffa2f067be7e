"""Rows of tables as grids."""

from __future__ import annotations

from shardgen.cli.cells import text_rows
from shardgen.cli.grid import grid
from shardgen.errors import Mistake, PlanError, nearest
from shardgen.plan.source import Source

PREVIEW_ROWS = 10
_NUMBERS = ("integer", "decimal", "float")


def preview_report(source: Source, table: str | None, rows: tuple[int, int] | None) -> str:
    """
    Return rows of one table, or the first rows of all, each as a grid under its name.

    `rows` is a half-open range, cut at the end of the table. PlanError when there is no such table,
    or no row of it in the range.
    """
    counts = source.plan.counts
    if table is not None and table not in counts:
        hint = nearest(table, counts) or f"the tables are {', '.join(counts)}"
        raise PlanError([Mistake("", f"no table {table!r} in {source.plan.schema.name}", hint)])
    names = [table] if table is not None else list(counts)
    return "\n\n".join(_preview(source, name, *(rows or (0, PREVIEW_ROWS))) for name in names)


def _preview(source: Source, name: str, start: int, stop: int) -> str:
    count = source.plan.counts[name]
    stop = min(stop, count)
    if start >= count:
        what = f"row {start} is asked for, and {name!r} has rows 0 to {count - 1}"
        raise PlanError([Mistake("", what, "choose an earlier range")])
    columns = [column.name for column in source.plan.catalog.as_written.table(name).columns]
    rows = enumerate(text_rows(source, name, columns, start, stop), start)
    title = f"{name}: rows {start}..{stop} of {count:,}"
    body = grid(
        ("row", *columns),
        [(str(row), *cells) for row, cells in rows],
        to_right={0, *_numeric_columns(source, name)},
    )
    return f"{title}\n{body}"


def _numeric_columns(source: Source, name: str) -> list[int]:
    """Return the columns of numbers by their place in the grid, where the first has index 1."""
    columns = source.plan.catalog.as_written.table(name).columns
    return [n for n, column in enumerate(columns, 1) if column.sql_type.family in _NUMBERS]
