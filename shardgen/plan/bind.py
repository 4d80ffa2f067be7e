"""
Catalog → bound tables: every generator is given its column, and all that can be refused is.

Binding is where tables of laws are computed, uniqueness is counted, types are held against values
and cycles between columns are found. After it, making a batch cannot fail for a reason of the
input.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from shardgen.errors import (
    BindError,
    FollowsFromMistakeError,
    InputWarning,
    Mistake,
    PlanError,
    SchemaError,
)
from shardgen.output.sql.dialects import DIALECTS, unsupported_schema
from shardgen.plan.alternatives import Alternatives
from shardgen.plan.check_effects import schema_warnings
from shardgen.plan.check_presence import presence_checks
from shardgen.plan.check_reading import CheckReading
from shardgen.plan.check_values import CheckValues
from shardgen.plan.columns import Columns
from shardgen.plan.conditions import Conditions
from shardgen.plan.job import Job
from shardgen.plan.keys import Keys
from shardgen.plan.mistakes import Mistakes
from shardgen.plan.range_checks import range_checks
from shardgen.plan.reach import Reach
from shardgen.plan.reading_old import (
    Key,
    adds_up_later,
    keys_that_read,
    looked_through,
    unknown_reads,
)
from shardgen.plan.row_checks import bind_checks
from shardgen.plan.stating import Stating
from shardgen.plan.times_read import by_time
from shardgen.plan.valid_rows import ValidRows
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import BoundTable
from shardgen.tables.selection import Selection


def bind_tables(catalog: Catalog, job: Job) -> dict[str, BoundTable]:
    """
    Return every table of the catalog, ready to make any of its `job.counts[name]` rows.

    SchemaError or PlanError with every column that cannot be made, or whose values one of the
    databases would refuse.
    """
    return bind_with_warnings(catalog, job)[0]


def bind_with_warnings(
    catalog: Catalog, job: Job
) -> tuple[dict[str, BoundTable], tuple[InputWarning, ...]]:
    """Return the tables as `bind_tables` does, and what the catalog says that has no effect."""
    binder = _bound(catalog, job)
    return binder.tables, _checked(binder)


def bind_columns(catalog: Catalog, job: Job) -> Columns:
    """Bind the tables as `bind_tables` does; return all columns with what each is made from."""
    binder = _bound(catalog, job)
    _checked(binder)
    return binder.columns


def _checked(binder: _Binder) -> tuple[InputWarning, ...]:
    """Return the warnings; SchemaError or PlanError with the mistakes, if there are any."""
    mistakes, warnings = binder.check(), binder.all_warnings()
    if mistakes.of_schema:
        raise SchemaError(mistakes.all(), binder.catalog.name, warnings)
    if mistakes.of_options:
        raise PlanError(mistakes.all(), binder.catalog.name, warnings)
    return warnings


class Attempt(msgspec.Struct, frozen=True, eq=False):
    """
    The tables of a catalog that was bound, and everything that was found wrong with it.

    `room` has how many rows there may be, by the path of the mistake that there are more.
    """

    tables: dict[str, BoundTable]
    mistakes: tuple[Mistake, ...]
    warnings: tuple[InputWarning, ...]
    room: Mapping[str, int] = {}


def try_to_bind(catalog: Catalog, job: Job) -> Attempt:
    """Bind a catalog, and raise nothing."""
    binder = _bound(catalog, job)
    mistakes = binder.check()
    return Attempt(binder.tables, tuple(mistakes.all()), binder.all_warnings(), dict(mistakes.room))


def bind_again(catalog: Catalog, job: Job) -> dict[str, BoundTable]:
    """Return the tables of a job that `bind_tables` has found nothing wrong with elsewhere."""
    binder = _bound(catalog, job)
    binder.bind_laws()
    return binder.tables


def binding_mistakes(catalog: Catalog, job: Job) -> tuple[list[Mistake], tuple[InputWarning, ...]]:
    """
    Return what binding finds in a catalog that may have broken columns, and not what follows.

    With it what has no effect of all the rest.
    """
    binder = _bound(catalog, job)
    return binder.check().all(), binder.all_warnings()


def _bound(catalog: Catalog, job: Job) -> _Binder:
    """Return what binds the catalog, with no key to rows of which it would read the unknown."""
    kept: frozenset[Key] = frozenset()
    while True:
        binder = _Binder(catalog, job, kept)
        wrong = keys_that_read(binder.columns, binder.reach.reaching)
        if not wrong:
            return binder
        kept |= wrong


class _Binder:
    def __init__(self, catalog: Catalog, job: Job, kept: frozenset[Key]) -> None:
        """Bind all foreign keys, then all columns; `kept` are keys to added rows alone."""
        self.catalog = catalog
        self.job = job
        idle = (t.path for t in catalog.tables if t.name in job.settled and not job.counts[t.name])
        self.mistakes = Mistakes(idle)
        self.warnings: list[InputWarning] = []
        self.tables = {
            t.name: BoundTable(t.name, job.counts[t.name], job.firsts.get(t.name, 0))
            for t in catalog.tables
        }
        for table in catalog.tables:
            hidden = frozenset(c.name for c in table.columns if c.hidden or c.generated)
            self.tables[table.name].hidden = hidden
        self.reach = reach = Reach(self.tables, job, kept | looked_through(catalog))
        self.keys = Keys(self.tables, job.seed, self.mistakes, catalog.shared_keys, reach)
        self.columns = Columns(catalog, job, self.tables, self.keys, self.mistakes)
        reads, child_tables = self.columns.reads, self.columns.child_tables
        self.conditions = Conditions(catalog, job, self.tables, reads, child_tables, reach)
        self.stating = Stating(catalog, job, self.tables, self.mistakes)
        done: set[str] = set()
        for name in catalog.order:  # conditions look at rows of parents
            self._bind_table(catalog.table(name), done)
            done.add(name)
        self.columns.refuse_readers()
        self.keys.close()

    def check(self) -> Mistakes:
        """Return every mistake: those of binding, then what values and databases do not allow."""
        listed = self.catalog.schema.database_type
        others = [name for name in self.job.databases if name not in listed]
        for mistake in unsupported_schema(self.catalog.as_written, others):
            self.mistakes.add_of_options(mistake)
        for mistake in unknown_reads(self.columns, self.reach) if self.job.settled else ():
            self.mistakes.add_of_options(mistake)
        CheckReading(self.columns, self.mistakes).check()
        dialects = [DIALECTS[name] for name in self.job.databases]
        if self.job.stated:
            self.stating.check(self.columns)
        values = CheckValues(self.columns, self.mistakes)
        values.check(dialects)
        self.bind_laws()
        if self.job.stated:
            self.stating.check_laws()
        if not self.mistakes.of_options:  # a stated row among the first ones is told once
            values.check_laws()
        self.mistakes.sort(self.catalog.position)
        return self.mistakes

    def _bind_table(self, table: CatalogTable, done: Collection[str]) -> None:
        """Bind a table's keys, then its columns; `done` are bound already."""
        for reference in table.references:
            if reference.where is not None or by_time(reference) is not None:
                self._select(table, reference, done)
        before = len(self.keys.overlaps)
        self.keys.bind(table)
        for _, at, names, error in self.keys.overlaps[before:]:
            if not self.columns.make_unique(table, names):
                self.mistakes.refuse(at, error)
        for column in table.columns:
            self.columns.bind(table, column)
            self.stating.lay_over(table, column)
        self._bind_alternatives(table)
        if self.stating.rows_of(table):
            self.stating.lay_over_nulls(table)
            self.keys.fix_sets()
            cells = [(table.name, column.name) for column in table.columns]
            bound = {*done, table.name}
            unknown = {cell[1] for cell in cells if adds_up_later(cell, self.columns, bound)}
            self.stating.settle(table, done, unknown)

    def _select(self, table: CatalogTable, reference: Reference, done: Collection[str]) -> None:
        """Let a key with a condition, or a time, lead to the rows alone that satisfy it."""
        self.keys.fix_sets()
        failed, is_by_time = self.columns.failed, by_time(reference) is not None
        selection: Selection
        try:
            if is_by_time:
                span = self.reach.span(table.name, reference.table)
                valid = ValidRows(self.tables, self.conditions, self.job.seed)
                selection = valid.places(table, reference, span, done, failed)
            else:
                selection = self.conditions.selection(table, reference, done, failed)
        except FollowsFromMistakeError:
            return
        except BindError as error:
            self.mistakes.refuse(f"{reference.path}.{'fan_out' if is_by_time else 'where'}", error)
            return
        self.keys.select(table, reference, selection)

    def _bind_alternatives(self, table: CatalogTable) -> None:
        """Let one of several columns be given in each row, where the table says so."""
        bound = Alternatives(self.tables, self.job.seed, self.keys.missing, self.columns.generated)
        names = {column.name for column in table.columns if not column.broken}
        for n, one_of in enumerate(table.one_of):
            cells = {(table.name, name) for name in one_of.columns}
            if not (self.columns.failed.isdisjoint(cells) and names.issuperset(one_of.columns)):
                continue  # reported where those columns stand
            try:
                bound.bind(table, one_of)
            except BindError as error:
                self.mistakes.refuse(f"{table.path}.one_of[{n}]", error)
            for cell, read in bound.reads(table, one_of):
                self.columns.reads[cell].append(read)

    def all_warnings(self) -> tuple[InputWarning, ...]:
        """Return what has no effect, in the order of the schema."""
        found = [*schema_warnings(self.catalog, self.job.databases)]
        found += [*self.columns.warnings, *self.columns.null_warnings()]
        found += [*self.warnings, *self.keys.warnings]
        return tuple(sorted(found, key=lambda warning: self.catalog.position(warning.path)))

    def bind_laws(self) -> None:
        """Give each table the CHECK constraints that are read, once all columns are settled."""
        for table in self.catalog.tables:
            bound = self.tables[table.name]
            bound.checks = (*range_checks(table), *presence_checks(table, bound))
            if table.checks and table.columns:
                unread = self.columns.of_database
                failed = self.columns.failed - unread
                found = bind_checks(self.catalog, table, self.job, bound, unread, failed)
                bound.checks += found.checks
                self.warnings += found.warnings
