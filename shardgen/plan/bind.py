"""
Catalog → bound tables: every generator is given its column, and all that can be refused is.

Binding is where tables of laws are computed, uniqueness is counted, types are held against values
and cycles between columns are found. After it, making a batch cannot fail for a reason of the
input. A column with a mistake is bound to plain values of its type, so that one pass finds the
mistakes of all columns, and none that only follow from another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import (
    BindError,
    FollowsFromMistakeError,
    InputWarning,
    Mistake,
    PlanError,
    SchemaError,
)
from shardgen.generators.by_type import default_generator, stand_in_generator
from shardgen.generators.context import ColumnContext
from shardgen.generators.correlation import order_of_rows, resolve_followed, why_not
from shardgen.generators.foreign import PluginError, bind_generator
from shardgen.generators.generator import BoundGenerator, Generator, Nulls
from shardgen.generators.lookups import SchemaLookups
from shardgen.generators.parameters import decode_generator
from shardgen.generators.sources import (
    Cell,
    CorrelationSource,
    ParentColumn,
    Way,
)
from shardgen.generators.value_functions import ChildNumbers, RowNumbers, WithFractions
from shardgen.output.sql.dialects import DIALECTS, unsupported_schema
from shardgen.plan.alternatives import Alternatives
from shardgen.plan.cast_values import CastValues
from shardgen.plan.check_effects import idle_warnings, schema_warnings, unread_warnings
from shardgen.plan.conditions import Conditions
from shardgen.plan.distinct import merged_values, must_differ
from shardgen.plan.generated import bind_generated
from shardgen.plan.job import Job
from shardgen.plan.keys import Keys
from shardgen.plan.mistakes import Mistakes, as_bind_error
from shardgen.plan.nesting import CALLS_OF_KEY, MAX_BATCHES, MAX_CALLS, Reach, too_deep
from shardgen.plan.nulls import Mask, either_null, null_mask, null_share
from shardgen.plan.polymorphic import PolymorphicKeys
from shardgen.plan.reading_order import cycles, sources_first
from shardgen.plan.row_checks import bind_checks, broken_laws
from shardgen.plan.stored_texts import long_texts, unsupported_json
from shardgen.random.streams import stream_key
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import Batch, BoundColumn, BoundTable
from shardgen.tables.casts import check_fit
from shardgen.tables.values import ColumnValues

if TYPE_CHECKING:
    from shardgen.output.sql.dialect import Dialect
    from shardgen.tables.unique_sets import UniqueSet

_QUICK_ROWS = 1 << 22  # of a table, all of which may be the children of one row


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
    binder = _Binder(catalog, job)
    mistakes, warnings = binder.check(), binder.all_warnings()
    if mistakes.of_schema:
        raise SchemaError(mistakes.all(), catalog.name, warnings)
    if mistakes.of_options:
        raise PlanError(mistakes.all(), catalog.name, warnings)
    return binder.tables, warnings


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
    binder = _Binder(catalog, job)
    mistakes = binder.check()
    return Attempt(binder.tables, tuple(mistakes.all()), binder.all_warnings(), dict(mistakes.room))


def bind_again(catalog: Catalog, job: Job) -> dict[str, BoundTable]:
    """Return the tables of a job that `bind_tables` has found nothing wrong with elsewhere."""
    return _Binder(catalog, job).tables


def binding_mistakes(catalog: Catalog, job: Job) -> tuple[list[Mistake], tuple[InputWarning, ...]]:
    """
    Return what binding finds in a catalog that may have broken columns, and not what follows.

    With it what has no effect of all the rest.
    """
    binder = _Binder(catalog, job)
    return binder.check().all(), binder.all_warnings()


class _Binder:
    def __init__(self, catalog: Catalog, job: Job) -> None:
        """Bind all foreign keys, then all columns."""
        self.catalog = catalog
        self.job = job
        self.mistakes = Mistakes()
        self.warnings: list[InputWarning] = []
        self.tables = {t.name: BoundTable(t.name, job.counts[t.name]) for t in catalog.tables}
        for table in catalog.tables:
            hidden = frozenset(c.name for c in table.columns if c.hidden or c.generated)
            self.tables[table.name].hidden = hidden
        self.keys = Keys(self.tables, job.seed, self.mistakes, catalog.shared_keys)
        self.polymorphic = PolymorphicKeys(self.tables, job.seed)
        self.reads: dict[Cell, list[Cell]] = {}
        self.key_ways: dict[Cell, tuple[Way, ...]] = {}
        self.generated: dict[Cell, BoundGenerator] = {}
        self.child_tables: dict[Cell, set[str]] = {}
        self.failed: set[Cell] = set()
        self.of_database: set[Cell] = set()
        """Columns that only the database computes."""
        self.conditions = Conditions(catalog, job, self.tables, self.reads, self.child_tables)
        done: set[str] = set()
        for name in catalog.order:  # conditions look at rows of parents
            self._bind_table(catalog.table(name), done)
            done.add(name)
        self._check_of_database()
        self.keys.close()
        for table in catalog.tables:
            self._bind_checks(table)

    def check(self) -> Mistakes:
        """Return every mistake: those of binding, then what values and databases do not allow."""
        listed = self.catalog.schema.database_type
        others = [name for name in self.job.databases if name not in listed]
        for mistake in unsupported_schema(self.catalog.as_written, others):
            self.mistakes.add_of_options(mistake)
        self._check_cycles()
        self._check_followed()
        self._check_nesting()
        self._check_values([DIALECTS[name] for name in self.job.databases])
        if max((t.rows for t in self.tables.values()), default=0) <= _QUICK_ROWS:
            for mistake in broken_laws(self.tables, self.failed):
                self.mistakes.add(mistake)
        self.mistakes.sort(self.catalog.position)
        return self.mistakes

    def _bind_table(self, table: CatalogTable, done: Collection[str]) -> None:
        """Bind a table's keys, then its columns; `done` are bound already."""
        for reference in table.references:
            if reference.where is not None:
                self._select(table, reference, done)
        before = len(self.keys.overlaps)
        self.keys.bind(table)
        for _, at, names, error in self.keys.overlaps[before:]:
            if not self._has_unique(table, names):
                self.mistakes.refuse(at, error)
        for column in table.columns:
            self._bind_column(table, column)
        self._bind_alternatives(table)

    def _select(self, table: CatalogTable, reference: Reference, done: Collection[str]) -> None:
        """Let a key with a condition lead to the rows alone that satisfy it."""
        self.keys.fix_sets()
        try:
            selection = self.conditions.selection(reference, done, self.failed)
        except FollowsFromMistakeError:
            return
        except BindError as error:
            self.mistakes.refuse(f"{reference.path}.where", error)
            return
        self.keys.select(table, reference, selection)

    def _bind_alternatives(self, table: CatalogTable) -> None:
        """Let one of several columns be given in each row, where the table says so."""
        bound = Alternatives(self.tables, self.job.seed, self.keys.missing, self.generated)
        names = {column.name for column in table.columns if not column.broken}
        for n, one_of in enumerate(table.one_of):
            cells = {(table.name, name) for name in one_of.columns}
            if not (self.failed.isdisjoint(cells) and names.issuperset(one_of.columns)):
                continue  # reported where those columns stand
            try:
                bound.bind(table, one_of)
            except BindError as error:
                self.mistakes.refuse(f"{table.path}.one_of[{n}]", error)
            for cell, read in bound.reads(table, one_of):
                self.reads[cell].append(read)

    def _has_unique(self, table: CatalogTable, names: Sequence[str]) -> bool:
        """Make one of these columns unique, if its generator has enough values for all rows."""
        columns = [table.column(name) for name in names if not table.refers(name)]
        for column in columns:
            if (table.name, column.name) in self.keys.unique:
                return True
        for column in columns:
            if column.broken or column.correlation is not None or column.numbers_children:
                continue
            alone = msgspec.structs.replace(column, is_key=True)
            context = self._context(table, alone, 0, None, {})
            try:
                bind_generator(_generator(alone), context)
            except BindError:
                continue
            self.keys.make_unique(table, column)
            return True
        return False

    def all_warnings(self) -> tuple[InputWarning, ...]:
        """Return what has no effect, in the order of the schema."""
        found = [*schema_warnings(self.catalog, self.job.databases), *self.warnings]
        return tuple(sorted(found, key=lambda warning: self.catalog.position(warning.path)))

    def _bind_column(self, table: CatalogTable, column: CatalogColumn) -> None:
        if column.broken or self.keys.has_failed(table, column):
            self._stand_in(table, column)
            return
        try:
            bound = self._bound(table, column)
        except FollowsFromMistakeError:
            self._stand_in(table, column)
        except (BindError, ArithmeticError) as error:
            self.mistakes.refuse(column.path, as_bind_error(error))
            self._stand_in(table, column)
        else:
            self.tables[table.name].columns[column.name] = bound

    def _stand_in(self, table: CatalogTable, column: CatalogColumn) -> None:
        """Fill a column that cannot be made with plain values, for the columns that read it."""
        cell = table.name, column.name
        self.failed.add(cell)
        self.reads.pop(cell, None)
        self.generated.pop(cell, None)
        unique_set = self.keys.unique_sets_of(table).get(column.name)
        if unique_set is not None:
            unique_set.release()
        plain = msgspec.structs.replace(column, is_key=False, correlation=None, unique=False)
        context = ColumnContext(
            self.catalog,
            table,
            plain,
            rows=self.tables[table.name].rows,
            seed=self.job.seed,
            as_of=self.job.as_of,
        )
        compute = stand_in_generator(plain).bind(context).compute
        bound = BoundColumn(
            column.name, column.sql_type, CastValues(compute, plain.sql_type, is_key=False)
        )
        self.tables[table.name].columns[column.name] = bound

    def _bound(self, table: CatalogTable, column: CatalogColumn) -> BoundColumn:
        """Return the column, ready to be made; BindError where it cannot be."""
        name, cell = column.name, (table.name, column.name)
        reference = column.reference
        if column.counts_rows:
            rows = self.tables[table.name].rows
            first = column.first_number
            numbers = RowNumbers(first, 1, first, first + rows - 1)
            return BoundColumn(name, column.sql_type, numbers)
        if column.generated is not None:
            return self._computed(table, column)
        if reference is not None:
            key = reference.parent_columns[reference.columns.index(name)]
            self.reads[cell] = [(reference.table, key)]
            self.key_ways[cell] = (((reference.name,), (reference.table, key)),)
            null = self.keys.null(table, reference) if column.may_be_null else None
            return BoundColumn(name, column.sql_type, ParentColumn(reference.name, key), null)
        if name in table.polymorphic or name in table.key_of_type:
            return self._polymorphic(table, column)
        numbered = column.numbers_children
        if numbered is not None:
            if name in self.keys.unique_sets_of(table):
                what = f"numbers the children of {numbered.name!r}, and is unique beside another"
                raise BindError(what, f"add {', '.join(numbered.columns)} to the unique columns")
            return BoundColumn(name, column.sql_type, ChildNumbers(numbered.name, 1, 1))
        return self._generated(table, column)

    def _polymorphic(self, table: CatalogTable, column: CatalogColumn) -> BoundColumn:
        """Return a column of a polymorphic key: the key, or the type that says where it leads."""
        key = table.key_of_type.get(column.name, column.name)
        made_by = self.polymorphic.key if key == column.name else self.polymorphic.type_of_key
        unique_set = self.keys.unique_sets_of(table).get(key)
        made = made_by(table, column, partial(self.keys.missing, table), unique_set)
        cell = table.name, column.name
        self.reads[cell], self.key_ways[cell] = [*made.reads], made.ways
        return made.bound

    def _generated(self, table: CatalogTable, column: CatalogColumn) -> BoundColumn:
        cell = table.name, column.name
        if cell in self.keys.unique:
            column = msgspec.structs.replace(column, is_key=True)
        share = self._edge_case_probability(column)
        followed = self._followed(table, column)
        context = self._context(table, column, share, followed, self.keys.unique_sets_of(table))
        made_by = _generator(column)
        bound = bind_generator(made_by, context)
        self.child_tables[cell] = context.child_tables
        self.warnings += unread_warnings(column, context.reads)
        self.warnings += idle_warnings(column, made_by, bound, context)
        if (column.correlation or column.order) and bound.follows is None:
            name = column.generator or f"a column of type {column.type}"
            what = "rise or fall" if column.correlation is None else "follow another column"
            hint = "numbers, dates, booleans and listed values can"
            raise BindError(f"{name} cannot {what}", hint)
        if context.unique_set is not None and not bound.joins_unique_set:
            context.unique_set.release()
        null = self._nulls(table, column, bound.nulls) if column.may_be_null else None
        self.generated[cell] = bound
        followed_cell = None if bound.follows is None else bound.follows.cell
        self.reads[cell] = [*bound.reads, *([] if followed_cell is None else [followed_cell])]
        made, digits = bound.compute, column.sql_type.precision
        if made_by.at_any_fraction and digits and not context.in_order:
            made = WithFractions(made, context.words("fraction"), digits)
        compute = CastValues(made, column.sql_type, is_key=context.unique)
        return BoundColumn(column.name, column.sql_type, compute, null, bound.latent)

    def _computed(self, table: CatalogTable, column: CatalogColumn) -> BoundColumn:
        """Return a column that the database computes, for those that read it."""
        cell = table.name, column.name
        context = self._context(table, column, 0, None, {})
        bound = bind_generated(context, column, self.job.databases)
        if bound is None:
            self.of_database.add(cell)
            raise FollowsFromMistakeError(column.name)
        self.generated[cell] = bound
        self.reads[cell] = [*bound.reads]
        compute = CastValues(bound.compute, column.sql_type, is_key=False)
        null = None if isinstance(bound.nulls, Nulls) else bound.nulls
        return BoundColumn(column.name, column.sql_type, compute, null)

    def _check_of_database(self) -> None:
        """Refuse to read columns that only the database computes."""
        for cell, sources in [*self.reads.items()]:
            for source in sources:
                if source in self.of_database:
                    what = f"reads {'.'.join(source)}, which only the database computes"
                    name = self._column(cell).generator or "the column"
                    hint = "make it by a generator, or write an expression that shardgen reads"
                    self.mistakes.add(Mistake(self._column(cell).path, f"{name} {what}", hint))
                    self._stand_in(self.catalog.table(cell[0]), self._column(cell))

    def _bind_checks(self, table: CatalogTable) -> None:
        if table.checks:
            unread = [name for of, name in self.of_database if of == table.name]
            found = bind_checks(self.catalog, table, self.job, unread)
            self.tables[table.name].checks = found.checks
            self.warnings += found.warnings

    def _followed(self, table: CatalogTable, column: CatalogColumn) -> CorrelationSource | None:
        """Return what the column's values follow, another column or its rows; None for nothing."""
        if column.order is not None:
            rows = self.tables[table.name].rows
            return order_of_rows(table, column, rows, self.job.seed)
        if column.correlation is None:
            return None
        lookups = SchemaLookups(self.catalog, table, column)
        return resolve_followed(lookups, self.job.seed, column.correlation.column)

    def _edge_case_probability(self, column: CatalogColumn) -> float:
        share = column.edge_case_probability
        if share is None:
            share = column.generator_params.get(
                "edge_case_probability", self.job.edge_case_probability
            )
        if not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise BindError(f"edge_case_probability {share!r} is not between 0 and 1")
        return share

    def _context(
        self,
        table: CatalogTable,
        column: CatalogColumn,
        edge_case_probability: float,
        follows: CorrelationSource | None,
        unique_sets: Mapping[str, UniqueSet],
    ) -> ColumnContext:
        return ColumnContext(
            self.catalog,
            table,
            column,
            rows=self.tables[table.name].rows,
            seed=self.job.seed,
            as_of=self.job.as_of,
            edge_case_probability=edge_case_probability,
            unique_sets=unique_sets,
            follows=follows,
        )

    def _nulls(
        self, table: CatalogTable, column: CatalogColumn, nulls: Mask | Nulls
    ) -> Mask | None:
        """
        Return where a nullable column is null, of what its generator says of nulls.

        Where the generator decides itself, nulls are drawn for `null_probability` alone.
        """
        share = null_share(column)
        drawn = null_mask(stream_key(self.job.seed, table.name, column.name, "null"), share)
        if nulls is Nulls.DRAWN:
            return drawn
        asked = drawn if "null_probability" in column.generator_params else None
        return asked if isinstance(nulls, Nulls) else either_null(nulls, asked)

    def _check_cycles(self) -> None:
        """Refuse columns that need each other."""
        for cycle in cycles(self.reads):
            path = " → ".join(f"{table}.{column}" for table, column in cycle)
            what = f"columns that need each other: {path}"
            first = self._column(cycle[0])
            self.mistakes.add(Mistake(first.path, what, "let one of them stand alone"))
            for cell in cycle:
                self._stand_in(self.catalog.table(cell[0]), self._column(cell))

    def _check_followed(self) -> None:
        """Refuse to follow columns whose values have no order that is known, now that all are."""
        for cell, bound in [*self.generated.items()]:
            followed = None if bound.follows is None else bound.follows.cell
            if followed is None:
                continue
            if followed not in self.failed:
                other = self.generated.get(followed)
                is_derived = other is not None and other.is_derived
                if other is not None and other.latent is not None and not is_derived:
                    continue
                table = self.catalog.table(followed[0])
                what, hint = why_not(table, table.column(followed[1]), is_derived=is_derived)
                path = self._column(cell).path
                self.mistakes.add(Mistake(f"{path}.correlation", what, hint))
            self._stand_in(self.catalog.table(cell[0]), self._column(cell))

    def _check_nesting(self) -> None:
        """Refuse columns that read others too deep, and tables that need too many batches."""
        calls = dict.fromkeys(self.key_ways, CALLS_OF_KEY)
        calls |= {c: b.calls for c, b in self.generated.items() if b.calls is not None}
        cells = sources_first([*self.reads], self.reads)
        for cell, depth in [*too_deep(cells, self.reads, calls)]:
            what = f"columns that read each other up to this one nest {depth} calls deep"
            hint = f"at most {MAX_CALLS} are possible: let it read fewer that read others in turn"
            self.mistakes.add(Mistake(self._column(cell).path, what, hint))
            self._stand_in(self.catalog.table(cell[0]), self._column(cell))
        ways = {cell: bound.ways for cell, bound in self.generated.items()}
        ways |= {cell: ways_of for cell, ways_of in self.key_ways.items() if cell in self.reads}
        parents = {(t.name, r.name): r.table for t in self.catalog.tables for r in t.references}
        reach = Reach(ways, {t.name: t.rows for t in self.tables.values()}, parents)
        wide = [t for t in self.catalog.tables if reach.batches(t) > MAX_BATCHES]
        self.failed.update((table.name, column.name) for table in wide for column in table.columns)
        for table in wide[:1]:  # those that come after are mostly so because of it
            what = f"each batch of rows is made from more than {MAX_BATCHES} of other tables"
            hint = "let columns read fewer parents that read several parents in turn"
            self.mistakes.add_of_options(Mistake(table.path, what, hint))

    def _column(self, cell: Cell) -> CatalogColumn:
        return self.catalog.table(cell[0]).column(cell[1])

    def _check_values(self, dialects: Sequence[Dialect]) -> None:
        """
        Make the first row of every column, and hold its kind and bounds against its type.

        Kind and bounds are the same in every batch. So where a table is so large that adding up the
        children of one row would take long, the batch is empty.
        A column comes after those that it reads. One that reads a column with a mistake is passed
        over: whatever is wrong with its values may only follow from that.
        """
        most = max((table.rows for table in self.tables.values()), default=0)
        rows = int(most <= _QUICK_ROWS)
        batches = {name: Batch.of_range(table, 0, rows) for name, table in self.tables.items()}
        cells = [
            (table.name, column.name) for table in self.catalog.tables for column in table.columns
        ]
        made: dict[str, dict[str, ColumnValues]] = {name: {} for name in self.tables}
        for cell in sources_first(cells, self.reads):
            if cell in self.failed or not self.failed.isdisjoint(self.reads.get(cell, ())):
                self.failed.add(cell)
                continue
            table = self.catalog.table(cell[0])
            column = table.column(cell[1])
            is_made = not column.hidden and column.generated is None
            asked = dialects if is_made else ()
            values = self._check_column(batches[table.name], table, column, asked)
            if values is not None and not column.hidden:
                made[table.name][column.name] = values
        for table in self.catalog.as_written.tables:
            if all(column.name in made[table.name] for column in table.row_columns):
                self._check_rows(table, made[table.name], dialects)

    def _check_rows(
        self, table: CatalogTable, values: dict[str, ColumnValues], dialects: Sequence[Dialect]
    ) -> None:
        """
        Hold the values of a row together against what databases have room for.

        Of a table with a column that only the database computes, that is not known.
        """
        for dialect in dialects if len(values) == len(table.columns) else ():
            for mistake in dialect.unsupported_rows(table, values):
                self.mistakes.add(mistake)
        self.tables[table.name].text_bytes = long_texts(table, values)

    def _check_column(
        self, batch: Batch, table: CatalogTable, column: CatalogColumn, dialects: Sequence[Dialect]
    ) -> ColumnValues | None:
        """Return the values of a column; None where they do not fit, which is noted."""
        refers = column.reference is not None
        name = "the key" if refers else column.generator or "its type"
        try:
            values = batch.column(column.name)
            check_fit(values, column.sql_type)
        except PluginError as error:
            self.mistakes.add(Mistake(column.path, error.what))
            self.failed.add((table.name, column.name))
            return None
        except (ValueError, ArithmeticError) as error:
            refused = as_bind_error(error)
            self.mistakes.add(Mistake(column.path, f"{name} {refused}", refused.hint))
            self.failed.add((table.name, column.name))
            return None
        for dialect in dialects:
            unsupported = dialect.unsupported_values(table, column, values)
            unsupported = unsupported or unsupported_json(dialect, column, values)
            if unsupported is not None:
                what, hint = unsupported
                self.mistakes.add(Mistake(column.path, f"{name} {what}", hint))
        alone = (table.name, column.name) in self.keys.unique
        if column.generated is None and (
            alone or must_differ(column, self.keys.unique_sets_of(table))
        ):
            made_by = self.generated.get((table.name, column.name))
            for mistake in merged_values(column, values, made_by, dialects):
                self.mistakes.add(mistake)
        return values


def _generator(column: CatalogColumn) -> Generator:
    """Return the generator of a column, by its type where it names none."""
    if column.generator is not None:
        return decode_generator(column)
    return default_generator(column, unique=column.is_key)
