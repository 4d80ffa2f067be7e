"""
generate(): the same rows as a dump's, in memory, as Python values.

For tests and notebooks; a dump of any size is `shardgen.run`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from shardgen.plan.job import DEFAULT_AS_OF
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Schema
from shardgen.tables.batch import BATCH_ROWS, Batch


class TableData:
    """The rows of one table: `columns` in order, `rows` as dicts, made when first asked for."""

    def __init__(self, name: str, columns: tuple[str, ...], rows: int, tables: Source) -> None:
        """Stand for all rows of a table of a plan."""
        self.name = name
        self.columns = columns
        self._count = rows
        self._tables = tables

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows one after another, in the memory of one batch."""
        for start in range(0, self._count, BATCH_ROWS):
            yield from self.slice(start, min(start + BATCH_ROWS, self._count))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """All rows: int, Decimal, float, str, bool, date, datetime (UTC) or None by column."""
        return list(self)

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Return rows start … stop-1, as far as there are any, without making the others."""
        start, stop, _ = slice(start, stop).indices(self._count)
        batch = self._tables.batch(self.name, start, stop)
        columns = [_column_values(batch, name) for name in self.columns]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]


class Dataset(msgspec.Struct, frozen=True, eq=False):
    """All tables of a schema, parents before children."""

    schema: Schema
    tables: dict[str, TableData]


def generate(
    schema: Schema | str | Path,
    *,
    rows: Mapping[str, int] | None = None,
    scale: float = 1.0,
    seed: int = 0,
    as_of: dt.date = DEFAULT_AS_OF,
    edge_case_probability: float = 0.0,
) -> Dataset:
    """
    Return the rows that a dump of `schema` with the same arguments has, value for value.

    `rows` maps table names to counts, `scale` multiplies those of the other tables. SchemaError or
    PlanError when that cannot be done.
    """
    schema = load_schema(schema)
    options = Options(
        rows=rows or {},
        scale=scale,
        seed=seed,
        as_of=as_of,
        edge_case_probability=edge_case_probability,
    )
    tables = Source.bind(build_plan(schema, options))
    return Dataset(schema, table_data(tables))


def table_data(tables: Source) -> dict[str, TableData]:
    """Return the rows of every table of a plan, by name in the order of the dump."""
    plan = tables.plan
    names = {t.name: tuple(c.name for c in t.columns) for t in plan.schema.tables}
    return {t.name: TableData(t.name, names[t.name], t.rows, tables) for t in plan.tables}


def _column_values(batch: Batch, name: str) -> list[Any]:
    values = batch.column(name).python()
    if batch.table.columns[name].type.family == "float":
        values = [float(value) for value in values]
    null = batch.null(name)
    if null is not None:
        for row in np.flatnonzero(null).tolist():
            values[row] = None
    return values
