"""What a source makes, whole or in ranges, by either writer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from fuzz.values import Values

from shardgen.generators.expressions.column import ExpressionColumn
from shardgen.output.text import native_writer
from shardgen.plan.cast_values import CastValues
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source
from shardgen.tables.batch import BoundColumn
from shardgen.tables.python_values import column_values


@contextlib.contextmanager
def numpy_alone() -> Iterator[None]:
    """Write rows with NumPy, as where there was no compiler."""
    before, native_writer.compiled = native_writer.compiled, None
    try:
        yield
    finally:
        native_writer.compiled = before


def rendered(source: Source, table: str, start: int, stop: int) -> bytes:
    """Return the text of rows start … stop-1."""
    return b"".join(map(bytes, source.render(Shard(0, table, start, stop))))


def written(source: Source) -> bytes:
    """Return the whole dump."""
    tables = (
        rendered(source, name, 0, rows) if rows else source.empty_table(name)
        for name, rows in source.plan.counts.items()
    )
    return b"".join([source.dump_header(), *tables, source.dump_footer()])


def all_values(source: Source) -> dict[str, Values]:
    """Return every value of every table, but for what only the database computes."""
    made = {}
    for name, rows in source.plan.counts.items():
        batch = source.batch(name, 0, rows)
        made[name] = {column: column_values(batch, column) for column in made_here(source, name)}
    return made


def made_here(source: Source, name: str) -> list[str]:
    """Return the columns of a table, but for those that only the database computes."""
    table, bound = source.plan.schema.table(name), source.bound[name].columns
    computed = {c.name for c in table.columns if c.generated is not None}
    return [n for n in bound if n not in computed or is_read(bound[n])]


def is_read(column: BoundColumn) -> bool:
    """Return whether the SQL of a generated column is read, and no other values stand for it."""
    made = column.compute
    return isinstance(made, CastValues) and isinstance(made.generated, ExpressionColumn)
