"""
The first values of every column, held against its type and against what each database has room for.

What differs from row to row is checked by bounds and proofs, which are the same in every batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shardgen.errors import FollowsFromMistakeError, Mistake
from shardgen.generators.foreign import PluginError
from shardgen.plan.columns import Columns
from shardgen.plan.distinct import merged_values, must_differ
from shardgen.plan.mistakes import Mistakes, as_bind_error
from shardgen.plan.reading_order import sources_first
from shardgen.plan.row_checks import broken_laws
from shardgen.plan.stored_texts import long_texts, unsupported_json
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.tables.batch import Batch
from shardgen.tables.casts import check_fit
from shardgen.tables.values import ColumnValues

if TYPE_CHECKING:
    from shardgen.output.sql.dialect import Dialect

_QUICK_ROWS = 1 << 22  # of a table, all of which may be the children of one row


class CheckValues:
    """Checks columns that are all bound, and whose order of reading is known."""

    def __init__(self, columns: Columns, mistakes: Mistakes) -> None:
        """Check these columns, and note mistakes there."""
        self._columns = columns
        self._catalog = columns.catalog
        self._tables = columns.tables
        self._failed = columns.failed
        self._reads = columns.reads
        self._mistakes = mistakes
        most = max((table.rows for table in self._tables.values()), default=0)
        self._is_quick = most <= _QUICK_ROWS

    def check(self, dialects: Sequence[Dialect]) -> None:
        """
        Make the first row of every column, and hold its kind and bounds against its type.

        Kind and bounds are the same in every batch. So where a table is so large that adding up the
        children of one row would take long, the batch is empty.
        A column comes after those that it reads. One that reads a column with a mistake is passed
        over: whatever is wrong with its values may only follow from that.
        """
        rows = int(self._is_quick)
        batches = {name: Batch.of_range(table, 0, rows) for name, table in self._tables.items()}
        cells = [
            (table.name, column.name) for table in self._catalog.tables for column in table.columns
        ]
        made: dict[str, dict[str, ColumnValues]] = {name: {} for name in self._tables}
        for cell in sources_first(cells, self._reads):
            if cell in self._failed or not self._failed.isdisjoint(self._reads.get(cell, ())):
                self._failed.add(cell)
                continue
            table = self._catalog.table(cell[0])
            column = table.column(cell[1])
            is_made = not column.hidden and column.generated is None
            asked = dialects if is_made else ()
            values = self._check_column(batches[table.name], table, column, asked)
            if values is not None and not column.hidden:
                made[table.name][column.name] = values
        for table in self._catalog.as_written.tables:
            if all(column.name in made[table.name] for column in table.row_columns):
                self._check_rows(table, made[table.name], dialects)

    def check_laws(self) -> None:
        """Hold the first rows of each table against its CHECK constraints, where that is quick."""
        if self._is_quick:
            failed = self._failed - self._columns.of_database
            for mistake in broken_laws(self._tables, failed):
                self._mistakes.add(mistake)

    def _check_rows(
        self, table: CatalogTable, values: dict[str, ColumnValues], dialects: Sequence[Dialect]
    ) -> None:
        """
        Hold the values of a row together against what databases have room for.

        Of a table with a column that only the database computes, that is not known.
        """
        for dialect in dialects if len(values) == len(table.columns) else ():
            for mistake in dialect.unsupported_rows(table, values):
                self._mistakes.add(mistake)
        self._tables[table.name].text_bytes = long_texts(table, values)

    @staticmethod
    def _is_computed(batch: Batch, column: CatalogColumn) -> bool:
        """Return whether a generated column has bounds here, so that it can be computed."""
        try:
            batch.column(column.name)
        except ValueError:
            return False
        return True

    def _check_column(
        self, batch: Batch, table: CatalogTable, column: CatalogColumn, dialects: Sequence[Dialect]
    ) -> ColumnValues | None:
        """Return the values of a column; None where they do not fit, which is noted."""
        refers = column.reference is not None
        name = "the key" if refers else column.generator or "its type"
        if column.generated is not None and not self._is_computed(batch, column):
            self._columns.leave_to_database(table, column)
            return None
        try:
            values = batch.column(column.name)
            check_fit(values, column.sql_type)
        except FollowsFromMistakeError:
            self._failed.add((table.name, column.name))
            return None
        except PluginError as error:
            self._mistakes.add(Mistake(column.path, error.what))
            self._failed.add((table.name, column.name))
            return None
        except (ValueError, ArithmeticError) as error:
            refused = as_bind_error(error)
            self._mistakes.add(Mistake(column.path, f"{name} {refused}", refused.hint))
            self._failed.add((table.name, column.name))
            return None
        for dialect in dialects:
            unsupported = dialect.unsupported_values(table, column, values)
            unsupported = unsupported or unsupported_json(dialect, column, values)
            if unsupported is not None:
                what, hint = unsupported
                self._mistakes.add(Mistake(column.path, f"{name} {what}", hint))
        alone = (table.name, column.name) in self._columns.keys.unique
        if column.generated is None and (
            alone or must_differ(column, self._columns.keys.unique_sets_of(table))
        ):
            made_by = self._columns.generated.get((table.name, column.name))
            for mistake in merged_values(column, values, made_by, dialects):
                self._mistakes.add(mistake)
        return values
