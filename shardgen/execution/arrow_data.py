"""
Rows as Arrow record batches and tables, and what pandas and Polars make of those.

What needs pyarrow is imported where it is used; PlanError says what to install.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.plan import Options, build_plan, options_with
from shardgen.plan.source import Source
from shardgen.tables.batch import BATCH_ROWS

if TYPE_CHECKING:
    from shardgen.output.arrow.batches import RecordBatches


def batches(
    schema: SchemaSource,
    table: str,
    rows: range | tuple[int, int] | None = None,
    *,
    batch_rows: int = BATCH_ROWS,
    options: Options | None = None,
    **arguments: Any,
) -> Iterator[Any]:
    """
    Return an iterator over the rows of a table as Arrow record batches, in the memory of one.

    `rows` is their range, from 0: `range(5, 10)` or `(5, 10)`; all where it is None. Rows that the
    table does not have are left out. A batch has `batch_rows`, the last one what is left. Options
    are given as `generate` takes them, counts of rows in `options`. Whatever is refused is refused
    now: SchemaError or PlanError.
    """
    needed("pyarrow")
    with located(schema):
        plan = build_plan(load_schema(schema), options_with(options, arguments))  # type: ignore[arg-type]
        source = Source.bind(plan)
    if table not in plan.counts:
        hint = nearest(table, plan.counts) or f"the tables are {', '.join(plan.counts)}"
        raise PlanError([Mistake("", f"there is no table {table!r}", hint)])
    if batch_rows < 1:
        raise PlanError([Mistake("", f"batch_rows is {batch_rows}", "it must be at least 1")])
    first, last = (0, plan.counts[table]) if rows is None else _ends(rows)
    stop = min(last, plan.counts[table])
    return record_batches(source, table).batches(first, stop, batch_rows)


def _ends(rows: range | tuple[int, int]) -> tuple[int, int]:
    start, stop, step = (
        (rows.start, rows.stop, rows.step) if isinstance(rows, range) else (*rows, 1)
    )
    if start < 0 or step != 1:
        raise PlanError(
            [Mistake("", f"the rows {rows} are asked for", "count from 0, in steps of 1")]
        )
    return start, stop


def record_batches(source: Source, table: str) -> RecordBatches:
    """Return what makes record batches of a table."""
    from shardgen.output.arrow.batches import RecordBatches

    return RecordBatches(source.bound[table], source.plan.catalog.as_written.table(table))


def arrow_table(source: Source, table: str) -> Any:
    """Return all rows of a table as an Arrow table."""
    pyarrow = needed("pyarrow")
    made = record_batches(source, table)
    return pyarrow.Table.from_batches(made.batches(0, source.plan.counts[table]), made.schema)


def pandas_frame(source: Source, table: str) -> Any:
    """Return all rows of a table as a DataFrame of pandas, with Arrow's types: nothing is lost."""
    pandas = needed("pandas")
    return arrow_table(source, table).to_pandas(types_mapper=pandas.ArrowDtype)


def polars_frame(source: Source, table: str) -> Any:
    """Return all rows of a table as a DataFrame of Polars."""
    return needed("polars").from_arrow(arrow_table(source, table))


_EXTRAS = {"pyarrow": "'shardgen[arrow]'"}


def needed(package: str) -> Any:
    """Return a package that is no dependency; PlanError where it is not installed."""
    try:
        return import_module(package)
    except ImportError:
        hint = f"pip install {_EXTRAS.get(package, package)}"
        raise PlanError([Mistake("", f"{package} is not installed", hint)]) from None
