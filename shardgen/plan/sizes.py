"""How many bytes a table's rows will have, estimated from some of them."""

from __future__ import annotations

from fractions import Fraction

from shardgen.output.text.render import Renderer
from shardgen.plan.plan import Shard, TablePlan
from shardgen.plan.source import Source

SAMPLE_ROWS = 512  # of a table


def estimated_bytes(source: Source, table: TablePlan) -> int:
    """Return the bytes of a table's rows in its format, from the middle rows of it."""
    start, stop = _sample(table)
    return _scaled(sum(map(len, source.render(Shard(0, table.name, start, stop)))), table)


def estimated_text_bytes(source: Source, table: TablePlan) -> int:
    """
    Return the bytes of a table's rows as text, from the middle rows of it.

    They are those of the format where it writes text, and of CSV elsewhere; and never those of a
    library that compresses or encodes, which may be another on another machine.
    """
    form, start, stop = source.plan.format, *_sample(table)
    if form.join() is None:
        rows = source.rows_of(table.name)
    else:
        from shardgen.output.csv import SYNTAX, CsvFormat  # late: most formats write text

        frame = CsvFormat().statement_text(source.plan.catalog.as_written.table(table.name))
        rows = Renderer(source.bound[table.name], SYNTAX, frame, None)
    return _scaled(sum(map(len, rows.render(start, stop))), table)


def _sample(table: TablePlan) -> tuple[int, int]:
    start = max(0, table.rows // 2 - SAMPLE_ROWS // 2)
    return start, min(table.rows, start + SAMPLE_ROWS)


def _scaled(size: int, table: TablePlan) -> int:
    """Return the bytes of all rows of a table from those of the sample."""
    start, stop = _sample(table)
    return round(Fraction(size * table.rows, stop - start)) if table.rows else 0
