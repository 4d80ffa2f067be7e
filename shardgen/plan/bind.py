"""
Schema columns → bound tables: every generator given its column, and all that can be refused is.

Binding is where tables are computed, uniqueness is counted, types are held against values and
cycles between columns are found. After it, making a batch cannot fail for a reason of the input.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from shardgen.errors import Mistake, PlanError, SchemaError
from shardgen.generators.by_type import default_generator
from shardgen.generators.context import (
    BindError,
    ColumnContext,
    ColumnFunction,
    NotEnoughValuesError,
)
from shardgen.generators.correlation import why_not
from shardgen.generators.parameters import decode_generator
from shardgen.plan.keys import Keys, Mask, null_mask, null_share, where
from shardgen.random.streams import stream_key
from shardgen.schema.model import Column, Schema, Table
from shardgen.tables.batch import Batch, BoundColumn, BoundTable
from shardgen.tables.casts import cast, check_fit, is_coarser
from shardgen.tables.values import Integers, Values

if TYPE_CHECKING:
    from shardgen.output.sql.dialect import Dialect

Cell = tuple[str, str]
"""A table and a column of it."""


def bind_tables(
    schema: Schema,
    counts: Mapping[str, int],
    *,
    seed: int = 0,
    as_of: dt.date,
    edge_case_probability: float = 0.0,
    dialects: Sequence[Dialect] = (),
) -> dict[str, BoundTable]:
    """
    Return every table of `schema`, ready to make any of its `counts[name]` rows.

    SchemaError or PlanError with every column that cannot be made, or whose values the database of
    one of `dialects` would refuse.
    """
    binder = _Binder(schema, counts, seed, as_of, edge_case_probability, dialects)
    binder.bind()
    return binder.tables


class _Binder:
    def __init__(
        self,
        schema: Schema,
        counts: Mapping[str, int],
        seed: int,
        as_of: dt.date,
        edge_case_probability: float,
        dialects: Sequence[Dialect],
    ) -> None:
        self.schema = schema
        self.seed = seed
        self.as_of = as_of
        self.edge_case_probability = edge_case_probability
        self.dialects = dialects
        self.tables = {t.name: BoundTable(t.name, counts[t.name]) for t in schema.tables}
        self.keys = Keys(schema, self.tables, seed)
        self.reads: dict[Cell, list[Cell]] = {}
        self.nulls: dict[Cell, Mask | None] = {}
        """Where columns are null whose makers say so themselves."""
        self.contexts: dict[Cell, ColumnContext] = {}
        self.mistakes: list[Mistake] = []
        self.too_many: list[Mistake] = []

    def bind(self) -> None:
        """Bind all foreign keys, then all columns; raise what was refused."""
        for table in self.schema.tables:
            self.keys.bind(table)
        for table in self.schema.tables:
            for column in table.columns:
                self._bind_column(table, column)
        self.keys.close()
        self.mistakes += self.keys.mistakes
        self.too_many += self.keys.too_many
        if not self.mistakes and not self.too_many:
            self._check_values()
        if self.mistakes:
            raise SchemaError([*self.mistakes, *self.too_many], self.schema.name)
        if self.too_many:
            raise PlanError(self.too_many, self.schema.name)

    def _bind_column(self, table: Table, column: Column) -> None:
        try:
            make = self._maker(table, column)
            null = self._null(table, column)
        except NotEnoughValuesError as error:
            place = where(table.name, column.name)
            self.too_many.append(Mistake(place, str(error), error.hint))
        except BindError as error:
            self._refuse(table, column, str(error), error.hint)
        else:
            context = self.contexts.get((table.name, column.name))
            latent = None if context is None else context.latent
            bound = BoundColumn(column.name, column.sql_type, make, null, latent)
            self.tables[table.name].columns[column.name] = bound

    def _maker(self, table: Table, column: Column) -> ColumnFunction:
        bound = self.tables[table.name]
        cell = table.name, column.name
        reference = table.reference_of(column.name)
        if table.counts_rows(column):
            return partial(_row_numbers, high=bound.rows)
        if reference is not None:
            key = reference.parent_columns[reference.columns.index(column.name)]
            self.reads[cell] = [(reference.table, key)]
            return partial(_parent_key, relation=reference.name, key=key)
        numbered = table.numbers_children(column)
        if numbered is not None:
            return partial(_child_numbers, relation=numbered.name)
        context = self._site(table, column)
        is_key = table.is_key(column)
        if column.generator is not None:
            made_by = decode_generator(column)
        else:
            made_by = default_generator(column, unique=is_key)
        make = made_by.bind(context)
        if column.correlation is not None and context.follows is None:
            name = column.generator or f"a column of type {column.type}"
            hint = "numbers, dates, booleans and listed values can"
            raise BindError(f"{name} cannot follow another column", hint)
        self.contexts[cell] = context
        if context.together is not None and context.together.size_of(column.name) is None:
            context.together.is_unique_anyway = True
        self.reads[cell] = context.reads
        if hasattr(make, "null"):
            self.nulls[cell] = make.null
        return partial(_conformed, make=make, column=column, is_key=context.unique)

    def _site(self, table: Table, column: Column) -> ColumnContext:
        share = column.edge_case_probability
        if share is None:
            share = column.generator_params.get("edge_case_probability", self.edge_case_probability)
        if not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise BindError(f"edge_case_probability {share!r} is not between 0 and 1")
        return ColumnContext(
            self.schema,
            table,
            column,
            rows=self.tables[table.name].rows,
            seed=self.seed,
            as_of=self.as_of,
            edge_case_probability=share,
            together=self.keys.together.get((table.name, column.name)),
        )

    def _null(self, table: Table, column: Column) -> Mask | None:
        """Return where the column is null; None when it never is."""
        if not column.nullable or column.primary_key:
            return None
        reference = table.reference_of(column.name)
        if reference is not None:
            return self.keys.null(table, reference)
        share, cell = null_share(column), (table.name, column.name)
        if cell in self.nulls and "null_probability" not in column.generator_params:
            share = 0.0
        drawn = null_mask(stream_key(self.seed, table.name, column.name, "null"), share)
        return _either(self.nulls.get(cell), drawn)

    def _check_values(self) -> None:
        """Refuse columns that need each other, then values that do not fit their types."""
        for cycle in _cycles(self.reads):
            path = " → ".join(f"{table}.{column}" for table, column in cycle)
            what = f"columns that need each other: {path}"
            self.mistakes.append(Mistake(where(*cycle[0]), what, "let one of them stand alone"))
        self._check_followed()
        if not self.mistakes:
            self._probe()

    def _check_followed(self) -> None:
        """Refuse to follow columns whose values have no order that is known, now that all are."""
        for cell, context in self.contexts.items():
            followed = None if context.follows is None else context.follows.cell
            if followed is None:
                continue
            other = self.contexts.get(followed)
            is_derived = other is not None and other.is_derived
            if other is None or other.latent is None or is_derived:
                table = self.schema.table(followed[0])
                column = table.column(followed[1])
                what, hint = why_not(table, column, is_derived=is_derived)
                self.mistakes.append(Mistake(f"{where(*cell)}.correlation", what, hint))

    def _probe(self) -> None:
        """Make the first row of every column, and hold its kind and bounds against its type."""
        for table in self.schema.tables:
            batch = Batch.of_range(self.tables[table.name], 0, 1)
            for column in table.columns:
                refers = table.reference_of(column.name) is not None
                name = "the key" if refers else column.generator or "its type"
                try:
                    values = batch.column(column.name)
                    check_fit(values, column.sql_type)
                except (BindError, ValueError) as error:
                    self._refuse(table, column, f"{name} {error}", getattr(error, "hint", ""))
                    continue
                for dialect in self.dialects:
                    unsupported_values = dialect.unsupported_values(table, column, values)
                    if unsupported_values is not None:
                        self._refuse(
                            table, column, f"{name} {unsupported_values[0]}", unsupported_values[1]
                        )

    def _refuse(self, table: Table, column: Column, what: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(where(table.name, column.name), what, hint))


def _either(a: Mask | None, b: Mask | None) -> Mask | None:
    """Return where one of both says null."""
    if a is None or b is None:
        return b if a is None else a
    return lambda batch: a(batch) | b(batch)


def _row_numbers(batch: Batch, high: int) -> Integers:
    return Integers(batch.rows + 1, 1, high)


def _parent_key(batch: Batch, relation: str, key: str) -> Values:
    return batch.parent(relation).column(key)


def _child_numbers(batch: Batch, relation: str) -> Integers:
    ordinal = batch.ordinal(relation)
    return Integers(ordinal.values + 1, 1, ordinal.high + 1)


def _conformed(batch: Batch, make: ColumnFunction, column: Column, *, is_key: bool) -> Values:
    made = make(batch)
    try:
        values = cast(made, column.sql_type)
    except ValueError as error:
        raise BindError(str(error)) from None
    if is_key and is_coarser(values, made):
        raise BindError(f"yields finer values than {column.sql_type}, where they may repeat")
    return values


def _cycles(reads: Mapping[Cell, list[Cell]]) -> list[list[Cell]]:
    """Return each cycle once, as the cells along it, ending where it begins."""
    done: set[Cell] = set()
    cycles: list[list[Cell]] = []

    def visit(cell: Cell, path: list[Cell]) -> None:
        if cell in path:
            cycles.append([*path[path.index(cell) :], cell])
        elif cell not in done:
            for read in reads.get(cell, ()):
                visit(read, [*path, cell])
            done.add(cell)

    for cell in reads:
        visit(cell, [])
    return cycles
