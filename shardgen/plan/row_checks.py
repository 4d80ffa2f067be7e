"""A table's CHECK constraints as laws of its rows, where the engine of expressions reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError, InputWarning, Mistake, join_path, shown
from shardgen.generators.context import ColumnContext
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import Check
from shardgen.schema.sql_text import sql_for
from shardgen.tables.batch import Batch, BoundTable, RowCheck
from shardgen.tables.row_checks import broken_rows

if TYPE_CHECKING:
    from shardgen.generators.expressions.typed import Typed
    from shardgen.generators.sources import Cell
    from shardgen.plan.job import Job
    from shardgen.random.streams import Truths
    from shardgen.schema.catalog import Catalog

CHECKED_ROWS = 1024  # of each table that are held against its laws while it is planned


class NotHeld(msgspec.Struct, frozen=True, eq=False):
    """Where a condition is false: not where it is null."""

    condition: Typed

    def __call__(self, batch: Batch) -> Truths:
        """Return it in a batch."""
        holds, nulls = self.condition.truths(batch)
        kept = np.asarray(holds if nulls is None else holds | nulls)
        return np.broadcast_to(~kept, (len(batch),))


class TableChecks(msgspec.Struct, frozen=True):
    """The laws of a table that are read, and a warning for each that is not."""

    checks: tuple[RowCheck, ...]
    warnings: tuple[InputWarning, ...]


def bind_checks(
    catalog: Catalog,
    table: CatalogTable,
    job: Job,
    bound: BoundTable,
    unread: Collection[Cell],
    failed: Collection[Cell],
) -> TableChecks:
    """
    Return the laws of a table's rows for the databases of a job.

    `unread` has the columns whose values only the database computes, `failed` those with a mistake:
    what reads these is passed over.
    """
    context = ColumnContext(
        catalog,
        table,
        table.columns[0],
        rows=job.counts[table.name] + job.firsts.get(table.name, 0),
        seed=job.seed,
        as_of=job.as_of,
    )
    binder = _LawBinder(context, bound, unread, failed)
    found = [
        binder.bind(check, database, text)
        for check in table.checks
        for database, text in _texts(check, job.databases)
    ]
    warnings = dict.fromkeys(each for each in found if isinstance(each, InputWarning))
    checks = (each for each in found if isinstance(each, RowCheck))
    return TableChecks(tuple(checks), tuple(warnings))


def broken_laws(
    tables: Mapping[str, BoundTable], failed: Collection[tuple[str, str]]
) -> Iterator[Mistake]:
    """
    Yield the laws that a row among the first ones of its table breaks.

    `failed` has the columns that have a mistake: where there are any, no row says much.
    """
    for table in tables.values() if not failed else ():
        if table.checks and not table.is_empty:
            batch = Batch.of_range(table, 0, min(table.rows, CHECKED_ROWS))
            for broken in broken_rows(batch, table.checks):
                hint = "change the generators, or leave out the check"
                yield Mistake(broken.check.path, str(broken), hint)


def _texts(check: Check, databases: Sequence[str]) -> Iterator[tuple[str, str]]:
    for database in databases:
        text = sql_for(check.expression, database)
        if text is not None:
            yield database, text


class _LawBinder(msgspec.Struct, frozen=True, eq=False):
    """Binds laws to a table whose columns are settled."""

    context: ColumnContext
    table: BoundTable
    unread: Collection[Cell]
    failed: Collection[Cell]

    def bind(self, check: Check, database: str, text: str) -> RowCheck | InputWarning | None:
        """Return a law, a warning where it is not read, or None where a mistake keeps it so."""
        # only schemas that have checks pay for the import of the compiler
        from shardgen.generators.expressions.of_sql import SqlReader
        from shardgen.generators.expressions.tokens import ExpressionError

        context = self.context
        path = join_path(context.table.path, "checks", check.name)
        try:
            condition, reads = SqlReader(context.table, database).condition(text, context)
            cells = [(self.table.name, name) for name in reads]
            if any(cell in self.failed for cell in cells):
                return None
            computed = [name for _, name in (cell for cell in cells if cell in self.unread)]
            if computed:
                return _unread(
                    path, check.name, text, f"only the database computes {computed[0]!r}"
                )
            condition.truths(Batch.of_range(self.table, 0, 0))  # its bounds, as in every batch
        except (ExpressionError, BindError) as error:
            return _unread(path, check.name, text, str(error))
        return RowCheck(f"check {check.name!r}", text, path, reads, NotHeld(condition))


def _unread(path: str, name: str, text: str, why: str) -> InputWarning:
    what = f"whether rows keep {name!r} is not known before they are loaded: {why}"
    hint = f"the check is written as it is: {shown(text)}"
    return InputWarning(path, "unread-check", what, hint)
