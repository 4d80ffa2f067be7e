"""
Stated rows → bound tables that have them.

A stated cell is laid over what its generator makes, so that whatever reads the column reads what
was said. Then every set of columns that is unique is looked through for rows that have by chance
what a stated row has, and each of them gets what that row would have had. What still contradicts
the schema is refused: a null, two equal rows, parents of two ancestors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from shardgen.errors import BindError, Mistake, shown
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.alternatives import columns_null_together, weights_of
from shardgen.plan.columns import Columns
from shardgen.plan.equal_rows import EqualRows
from shardgen.plan.job import Job
from shardgen.plan.mistakes import Mistakes
from shardgen.plan.stated_keys import StatedKeys, ancestors_agree
from shardgen.plan.stated_row import StatedRow, path_of
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.listed_literals import column_of
from shardgen.tables.row_checks import broken_rows
from shardgen.tables.stated_rows import ByRow, StatedNulls, StatedValues
from shardgen.tables.values import (
    ColumnValues,
    Dates,
    Decimals,
    Integers,
    Seconds,
)


class Stating:
    """Lays the stated rows of a job over tables that are bound."""

    def __init__(
        self, catalog: Catalog, job: Job, tables: Mapping[str, BoundTable], mistakes: Mistakes
    ) -> None:
        """Begin with tables that have no columns yet."""
        self._catalog = catalog
        self._job = job
        self._tables = tables
        self._mistakes = mistakes

    def rows_of(self, table: CatalogTable) -> Sequence[StatedRow]:
        """Return the stated rows of a table."""
        return self._job.stated.get(table.name, ())

    def lay_over(self, table: CatalogTable, column: CatalogColumn) -> None:
        """Let a column that is bound have the values that rows state of it."""
        rows = self.rows_of(table)
        said = {
            n: v for n, row in enumerate(rows) if (v := row.values.get(column.name)) is not None
        }
        if not said or _leads(column):
            return
        values = self._values(table, column, said)
        if values is None:
            return
        columns = self._tables[table.name].columns
        bound = columns[column.name]
        place = ByRow({row: number for number, row in enumerate(said)})
        compute = StatedValues(bound.compute, values, place, ByRow({}))
        columns[column.name] = msgspec.structs.replace(bound, compute=compute)

    def _values(
        self, table: CatalogTable, column: CatalogColumn, said: Mapping[int, Any]
    ) -> ColumnValues | None:
        """Return what is stated as values of the column; None where it has a mistake."""
        wrong = False
        for row, value in said.items():
            for what, hint in self._refusals(table, column, value):
                at = path_of(table.name, row, column.name)
                self._mistakes.add_of_options(Mistake(at, what, hint))
                wrong = True
        return None if wrong else column_of([*said.values()], column.sql_type)

    def _refusals(
        self, table: CatalogTable, column: CatalogColumn, value: Any
    ) -> Iterator[tuple[str, str]]:
        try:
            values = column_of([value], column.sql_type)
        except (ValueError, ArithmeticError) as error:
            yield _of_value(value, str(error)), error.hint if isinstance(error, BindError) else ""
            return
        for name in self._job.databases if not column.hidden else ():
            refused = DIALECTS[name].unsupported_values(table, column, values)
            if refused is not None:
                yield _of_value(value, refused[0]), refused[1]

    def lay_over_nulls(self, table: CatalogTable) -> None:
        """Let columns be null where rows state so, once it is known where they are else."""
        nulls: dict[str, dict[int, int]] = {}
        keys = {key.name: key for key in table.references}
        for n, row in enumerate(self.rows_of(table)):
            for name, value in row.values.items():
                nulls.setdefault(name, {})[n] = int(value is None)
            for name in row.parents:
                for own in keys[name].columns if name in keys else ():
                    nulls.setdefault(own, {})[n] = 0
            for name, null in self._alternatives(table, n, row):
                nulls.setdefault(name, {})[n] = int(null)
        columns = self._tables[table.name].columns
        for name, stated in nulls.items():
            bound = columns[name]
            if bound.null is not None or any(stated.values()):
                mask = StatedNulls(bound.null, ByRow(stated))
                columns[name] = msgspec.structs.replace(bound, null=mask)

    def _alternatives(
        self, table: CatalogTable, n: int, row: StatedRow
    ) -> Iterator[tuple[str, bool]]:
        """Yield which other columns are null where one of several is stated."""
        led = {own for key in table.references if key.name in row.parents for own in key.columns}
        for one_of in table.one_of if one_of_is_touched(table, row, led) else ():
            names = [*weights_of(one_of)]
            given = [x for x in names if x in led or row.values.get(x) is not None]
            empty = [x for x in names if x in row.values and row.values[x] is None]
            if one_of.given == "at_least_one" or not (given or empty):
                continue
            if len(given) > 1:
                what = f"{' and '.join(map(repr, given))} are stated, of which one is given"
                self._refuse(table, n, given[1], what, "state one of them")
                continue
            left = [x for x in names if x not in given and x not in empty]
            if not given and left and one_of.given != "at_most_one":
                given = left[:1]
                yield from ((each, False) for each in columns_null_together(table, left[0]))
            others = [x for x in left if x not in given]
            yield from ((e, True) for x in others for e in columns_null_together(table, x))

    def settle(self, table: CatalogTable, done: Collection[str], unknown: Collection[str]) -> None:
        """
        Give stated rows their parents, and other rows what stated ones would have had.

        `unknown` are columns that read rows of tables which come later: what is equal in them is
        found in the end, and refused.
        """
        rows = self.rows_of(table)
        if not rows or self._mistakes.all():
            return
        equal = EqualRows(table, self._tables[table.name], self._job.databases, unknown)
        self._note(equal.exchange(rows))
        self._forget(table)
        keys = StatedKeys(self._catalog, self._tables, self._job.stated, done)
        wanted = keys.lead(table, rows)
        self._note(keys.mistakes)
        self._forget(table)
        if not self._mistakes.all():
            self._note(equal.exchange(rows, wanted))
            self._forget(table)

    def _forget(self, table: CatalogTable) -> None:
        """Drop what was made of the rows before they were settled."""
        vars(self._tables[table.name]).pop("whole", None)

    def check(self, columns: Columns) -> None:
        """Refuse stated rows that contradict the schema, once all tables are bound."""
        for table in self._catalog.tables:
            rows = self.rows_of(table)
            if rows and not self._mistakes.all():
                self._note(self._contradictions(table, rows, columns))

    def _contradictions(
        self, table: CatalogTable, rows: Sequence[StatedRow], columns: Columns
    ) -> Iterator[Mistake]:
        bound = self._tables[table.name]
        numbers = [n for n, row in enumerate(rows) if row.values or row.parents]
        if not numbers:
            return
        yield from EqualRows(table, bound, self._job.databases).left(rows)
        for row, reference, own in ancestors_agree(table, bound, numbers):
            what = f"the parent by {reference.name} has another {own} than the row"
            hint = f"state {own} too, or a parent with the same"
            yield Mistake(path_of(table.name, row, reference.name), what, hint)
        batch = Batch(bound, np.array(numbers, np.int64))
        for column in table.columns:
            if (table.name, column.name) not in columns.of_database:
                yield from _unfit(batch, table, column)

    def check_laws(self) -> None:
        """Refuse stated rows that break a CHECK constraint, once these are bound."""
        for table in self._catalog.tables:
            rows, bound = self.rows_of(table), self._tables[table.name]
            for n in range(len(rows)) if bound.checks and not self._mistakes.all() else ():
                broken = broken_rows(Batch.of_range(bound, n, n + 1), bound.checks)
                for told in dict.fromkeys(map(str, broken)):  # one check may be read by databases
                    what = told.removeprefix(f"row {n + 1} ")
                    self._refuse(table, n, "", what, "state other values")

    def _refuse(self, table: CatalogTable, row: int, column: str, what: str, hint: str) -> None:
        self._mistakes.add_of_options(Mistake(path_of(table.name, row, column), what, hint))

    def _note(self, mistakes: Collection[Mistake] | Iterator[Mistake]) -> None:
        for mistake in mistakes:
            self._mistakes.add_of_options(mistake)


def _of_value(value: Any, refused: str) -> str:
    """Return what is said of a generator's values as of one that is stated."""
    told = refused.removeprefix("yields ")
    return told if told == refused else f"{shown(value)}: {told}"


def _leads(column: CatalogColumn) -> bool:
    """Return whether a column's values are those of a parent's key."""
    return column.reference is not None and column.polymorphic is None


def one_of_is_touched(table: CatalogTable, row: StatedRow, led: Collection[str]) -> bool:
    """Return whether a row states a column of which one of several is given."""
    names = {name for one_of in table.one_of for name in weights_of(one_of)}
    return not names.isdisjoint({*row.values, *led})


def _unfit(batch: Batch, table: CatalogTable, column: CatalogColumn) -> Iterator[Mistake]:
    """Yield stated rows where a column is null or out of its bounds, and should not be."""
    null = batch.null(column.name)
    numbers = batch.rows.tolist()
    nulls = np.zeros(len(batch), bool) if null is None else null
    if not column.may_be_null:
        for at in np.flatnonzero(nulls).tolist():
            what = f"{column.name} follows from what is stated, is null then, and is not nullable"
            yield Mistake(path_of(table.name, numbers[at]), what, f"state {column.name} too")
    within = _within(batch.column(column.name)) | nulls
    for at in np.flatnonzero(~within).tolist():
        what = f"{column.name} follows from what is stated, and has no value then"
        yield Mistake(path_of(table.name, numbers[at]), what, f"state {column.name} too")


def _within(values: ColumnValues) -> np.ndarray[Any, Any]:
    """Return which rows are within the bounds that hold in every batch."""
    match values:
        case Integers(values=numbers, low=low, high=high):
            pass
        case Decimals(units=numbers, low=low, high=high):
            pass
        case Dates(days=numbers, low=low, high=high):
            pass
        case Seconds(seconds=numbers, low=low, high=high):
            pass
        case _:
            return np.ones(1, bool)
    return np.asarray((numbers >= low) & (numbers <= high), bool)
