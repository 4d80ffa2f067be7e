"""
generate(): the same rows as a dump's, in memory, as Python values.

For tests and notebooks; a dump of any size is `shardgen.run`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import ModuleType
from typing import Any, Unpack

import msgspec

from shardgen.errors import InputWarning, nearest
from shardgen.execution.dataset_texts import ROWS, dataset_text, table_text
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.plan import OptionArguments, Options, build_plan, options_with
from shardgen.plan.source import Source
from shardgen.schema.model import Schema
from shardgen.tables.batch import BATCH_ROWS
from shardgen.tables.python_values import stored_values


class TableData:
    """The rows of one table: `columns` in order, `rows` as dicts, made when first asked for."""

    def __init__(self, name: str, columns: tuple[str, ...], rows: int, tables: Source) -> None:
        """Stand for all rows of a table of a plan."""
        self.name = name
        self.columns = columns
        self._count = rows
        self._tables = tables

    @property
    def source(self) -> Source:
        """What makes the rows, of all tables."""
        return self._tables

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows one after another, in the memory of one batch."""
        for start in range(0, self._count, BATCH_ROWS):
            yield from self.slice(start, min(start + BATCH_ROWS, self._count))

    def __repr__(self) -> str:
        """Return the number of rows and the first of them, no wider and no longer than a screen."""
        return table_text(self.name, self._count, self.columns, self.slice(0, ROWS))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """All rows: int, Decimal, float, str, bool, date, datetime (UTC) or None by column."""
        return list(self)

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Return rows start … stop-1, as far as there are any, without making the others."""
        start, stop, _ = slice(start, stop).indices(self._count)
        batch = self._tables.batch(self.name, start, stop)
        columns = [stored_values(batch, name) for name in self.columns]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def to_arrow(self) -> Any:
        """Return all rows as a pyarrow.Table; PlanError where pyarrow is not installed."""
        return _arrow_data().arrow_table(self._tables, self.name)

    def to_pandas(self) -> Any:
        """Return all rows as a pandas.DataFrame with the types of Arrow, which lose nothing."""
        return _arrow_data().pandas_frame(self._tables, self.name)

    def to_polars(self) -> Any:
        """Return all rows as a polars.DataFrame."""
        return _arrow_data().polars_frame(self._tables, self.name)


class Dataset(msgspec.Struct, frozen=True, eq=False):
    """
    All tables of a schema, parents before children.

    `dataset["users"]` is a table. `warnings` has what the schema says and what has no effect,
    `options` what was asked for.
    """

    schema: Schema
    tables: dict[str, TableData]
    warnings: tuple[InputWarning, ...] = ()
    options: Options = Options()

    def __getitem__(self, table: str) -> TableData:
        """Return a table; KeyError with the name that may be meant."""
        try:
            return self.tables[table]
        except KeyError:
            hint = nearest(table, self.tables) or f"the tables are {', '.join(self.tables)}"
            raise KeyError(f"there is no table {table!r}; {hint}") from None

    def __repr__(self) -> str:
        """Return each table with the number of its rows, no wider and no longer than a screen."""
        tables = {name: (len(table), table.columns) for name, table in self.tables.items()}
        return dataset_text(self.schema.name, self.options.seed, tables)

    def with_rows(self, **tables: Sequence[Mapping[str, Any]]) -> Dataset:
        """
        Return the same data set with rows that are stated: `with_rows(users=[{"email": "a@b.c"}])`.

        Row k of a list is row k of its table, and has what it says; more rows of a table that has
        stated ones already come after these. All else stays as it is, but for rows that had by
        chance a unique value that is stated. A foreign key is said by its value, or as the parent's
        own values in a dict. PlanError lists what cannot be.
        """
        stated = dict(self.options.with_rows)
        for name, rows in tables.items():
            stated[name] = [*stated.get(name, ()), *rows]
        return generate(
            self.schema, options=msgspec.structs.replace(self.options, with_rows=stated)
        )

    def to_arrow(self) -> dict[str, Any]:
        """Return each table as a pyarrow.Table; PlanError where pyarrow is not installed."""
        return {name: table.to_arrow() for name, table in self.tables.items()}

    def to_pandas(self) -> dict[str, Any]:
        """Return each table as a pandas.DataFrame with the types of Arrow, which lose nothing."""
        return {name: table.to_pandas() for name, table in self.tables.items()}

    def to_polars(self) -> dict[str, Any]:
        """Return each table as a polars.DataFrame."""
        return {name: table.to_polars() for name, table in self.tables.items()}

    def to_sqlite(self, path: str | os.PathLike[str]) -> None:
        """
        Make a SQLite database of all tables, with their keys, at a path where nothing is yet.

        PlanError lists what SQLite would not take, OutputError says why there is no such file.
        """
        from shardgen.execution.sqlite_file import write_sqlite

        (source,) = {id(table.source): table.source for table in self.tables.values()}.values()
        write_sqlite(source, path)


def generate(
    schema: SchemaSource,
    *,
    strict: bool = False,
    options: Options | None = None,
    **arguments: Unpack[OptionArguments],
) -> Dataset:
    """
    Return the rows that a dump of `schema` with the same options has, value for value.

    `schema` is a Schema, a dict as a file has it, a bundled schema's name or a path.

    Options are given as `run` takes them: as fields of `options`, or each as an argument. Those
    that decide values are `rows` (table names → counts), `scale` (of the counts of other tables),
    `seed`, `as_of` and `edge_case_probability`, and `with_rows` that states rows, as
    `Dataset.with_rows` has it. SchemaError or PlanError when there can be no such dump. Where it is
    `strict`, what would be a warning is a mistake.
    """
    asked = options_with(options, arguments)
    with located(schema):
        loaded = load_schema(schema)
        source = Source.bind(build_plan(loaded, asked), strict=strict)
    return Dataset(loaded, table_data(source), source.warnings, asked)


def table_data(tables: Source) -> dict[str, TableData]:
    """Return the rows of every table of a plan, by name in the order of the dump."""
    plan = tables.plan
    written = plan.catalog.as_written.tables
    names = {t.name: tuple(c.name for c in t.row_columns) for t in written}
    return {t.name: TableData(t.name, names[t.name], t.rows, tables) for t in plan.tables}


def _arrow_data() -> ModuleType:
    from shardgen.execution import arrow_data  # late: few ask for it

    return arrow_data
