"""
One column after the other → bound columns: its generator is given the column, or its key leads it.

A column with a mistake is bound to plain values of its type, so that one pass finds the mistakes of
all columns, and none that only follow from another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import BindError, FollowsFromMistakeError, InputWarning, Mistake
from shardgen.generators.by_type import default_generator, stand_in_generator
from shardgen.generators.context import ColumnContext
from shardgen.generators.correlation import order_of_rows, resolve_followed
from shardgen.generators.foreign import bind_generator
from shardgen.generators.generator import BoundGenerator, Generator, Nulls
from shardgen.generators.lookups import SchemaLookups
from shardgen.generators.parameters import decode_generator
from shardgen.generators.sources import Cell, CorrelationSource, ParentColumn, Way
from shardgen.generators.value_functions import ChildNumbers, RowNumbers, WithFractions
from shardgen.plan.cast_values import CastValues
from shardgen.plan.check_effects import idle_warnings, unread_warnings
from shardgen.plan.check_presence import cells_read, is_in_order
from shardgen.plan.generated import bind_generated
from shardgen.plan.job import Job
from shardgen.plan.keys import Keys
from shardgen.plan.mistakes import Mistakes, as_bind_error
from shardgen.plan.nulls import Mask, either_null, null_mask, null_share
from shardgen.plan.polymorphic import PolymorphicKeys
from shardgen.random.streams import stream_key
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.tables.batch import BoundColumn, BoundTable
from shardgen.tables.presence import Times

if TYPE_CHECKING:
    from shardgen.tables.unique_sets import UniqueSet


class Made(msgspec.Struct, frozen=True, eq=False):
    """A column that was bound: its generator, None where the database computes it, and for what."""

    made_by: Generator | None
    context: ColumnContext


class Columns:
    """Binds columns whose table has its keys, and knows what each of them reads."""

    def __init__(
        self,
        catalog: Catalog,
        job: Job,
        tables: Mapping[str, BoundTable],
        keys: Keys,
        mistakes: Mistakes,
    ) -> None:
        """Begin with tables that have no columns yet."""
        self.catalog = catalog
        self.job = job
        self.tables = tables
        self.keys = keys
        self.mistakes = mistakes
        self.warnings: list[InputWarning] = []
        self.polymorphic = PolymorphicKeys(tables, job.seed, keys.alone)
        self.reads: dict[Cell, list[Cell]] = {}
        self.key_ways: dict[Cell, tuple[Way, ...]] = {}
        self.generated: dict[Cell, BoundGenerator] = {}
        self.child_tables: dict[Cell, set[str]] = {}
        self.counted: dict[Cell, set[str]] = {}
        self.failed: set[Cell] = set()
        self.made: dict[Cell, Made] = {}
        """What makes the values of each column that a generator makes, or that is computed."""
        self.of_database: set[Cell] = set()
        """Columns that only the database computes."""

    def bind(self, table: CatalogTable, column: CatalogColumn) -> None:
        """Bind a column of a table, or let plain values stand for it where it has a mistake."""
        if column.broken or self.keys.has_failed(table, column):
            self.stand_in(table, column)
            return
        try:
            bound = self._bound(table, column)
        except FollowsFromMistakeError:
            self.stand_in(table, column)
        except (BindError, ArithmeticError) as error:
            self.mistakes.refuse(column.path, as_bind_error(error))
            self.stand_in(table, column)
        else:
            self.tables[table.name].columns[column.name] = bound

    def stand_in(self, table: CatalogTable, column: CatalogColumn) -> None:
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
            rows=self.tables[table.name].total,
            seed=self.job.seed,
            as_of=self.job.as_of,
        )
        compute = stand_in_generator(plain).bind(context).compute
        bound = BoundColumn(
            column.name, column.sql_type, CastValues(compute, plain.sql_type, is_key=False)
        )
        self.tables[table.name].columns[column.name] = bound

    def leave_to_database(self, table: CatalogTable, column: CatalogColumn) -> None:
        """Note that only the database computes a generated column; refuse what reads it."""
        self.stand_in(table, column)
        self.of_database.add((table.name, column.name))
        self.refuse_readers()

    def null_warnings(self) -> Iterator[InputWarning]:
        """Yield the columns that only the database computes, and of which null is not known."""
        for cell in self.of_database:
            column = self.column(cell)
            if not column.nullable:
                what = "whether it is null in some rows is not known before they are loaded"
                hint = 'set "nullable": true where it may be'
                yield InputWarning(f"{column.path}.generated", "unread-generated", what, hint)

    def refuse_readers(self) -> None:
        """Refuse to read columns that only the database computes."""
        for cell, sources in [*self.reads.items()]:
            for source in sources:
                if source in self.of_database:
                    column = self.column(cell)
                    what = f"{column.generator or 'the column'} reads {'.'.join(source)}"
                    what += ", which only the database computes"
                    hint = "make it by a generator, or write an expression that shardgen reads"
                    self.mistakes.add(Mistake(column.path, what, hint))
                    self.stand_in(self.catalog.table(cell[0]), column)

    def make_unique(self, table: CatalogTable, names: Sequence[str]) -> bool:
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

    def column(self, cell: Cell) -> CatalogColumn:
        """Return the column of a cell."""
        return self.catalog.table(cell[0]).column(cell[1])

    def _bound(self, table: CatalogTable, column: CatalogColumn) -> BoundColumn:
        """Return the column, ready to be made; BindError where it cannot be."""
        name, cell = column.name, (table.name, column.name)
        reference = column.reference
        if column.counts_rows:
            rows = self.tables[table.name].total
            first = column.first_number
            numbers = RowNumbers(first, 1, first, first + rows - 1)
            return BoundColumn(name, column.sql_type, numbers)
        if column.generated is not None:
            return self._computed(table, column)
        if reference is not None:
            key = reference.parent_columns[reference.columns.index(name)]
            self.reads[cell] = [(reference.table, key), *cells_read(table, reference)]
            self.key_ways[cell] = (((reference.name,), (reference.table, key)),)
            null = self.keys.null(table, reference) if column.may_be_null else None
            return BoundColumn(name, column.sql_type, ParentColumn(reference.name, key), null)
        if name in table.polymorphic or name in table.key_of_type:
            return self._key_to_one_of(table, column)
        numbered = column.numbers_children
        if numbered is not None:
            if name in self.keys.unique_sets_of(table):
                what = f"numbers the children of {numbered.name!r}, and is unique beside another"
                raise BindError(what, f"add {', '.join(numbered.columns)} to the unique columns")
            return BoundColumn(name, column.sql_type, ChildNumbers(numbered.name, 1, 1))
        return self._generated(table, column)

    def _key_to_one_of(self, table: CatalogTable, column: CatalogColumn) -> BoundColumn:
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
            self.keys.make_unique(table, column)
        null = self._nulls(table, column, bound.nulls) if column.may_be_null else None
        self.generated[cell], self.made[cell] = bound, Made(made_by, context)
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
        self.generated[cell], self.made[cell] = bound, Made(None, context)
        self.reads[cell] = [*bound.reads]
        compute = CastValues(bound.compute, column.sql_type, is_key=False)
        null = None if isinstance(bound.nulls, Nulls) else bound.nulls
        return BoundColumn(column.name, column.sql_type, compute, null)

    def _followed(self, table: CatalogTable, column: CatalogColumn) -> CorrelationSource | None:
        """Return what the column's values follow, another column or its rows; None for nothing."""
        if column.order is not None:
            rows = self.tables[table.name].total
            return order_of_rows(table, column, rows, self.job.seed)
        if column.correlation is None:
            return None
        lookups = SchemaLookups(self.catalog, table, column)
        followed = resolve_followed(lookups, self.job.seed, column.correlation.column)
        self.counted[table.name, column.name] = lookups.child_tables
        return followed

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
            rows=self.tables[table.name].total,
            seed=self.job.seed,
            as_of=self.job.as_of,
            edge_case_probability=edge_case_probability,
            unique_sets=unique_sets,
            follows=follows,
            times=self._times,
        )

    def _times(self, table: str, name: str) -> Times:
        """Return when each row of a table is there by a column; BindError where none can say."""
        if (table, name) in self.failed:
            raise FollowsFromMistakeError(name)
        if not is_in_order(self.catalog.table(table), name):
            what = f"{table}.{name} does not rise from row to row"
            raise BindError(what, 'give it "order": "rising", in a table without a grouped key')
        if name not in self.tables[table].columns:
            raise BindError(f"rows of {table!r} come later", "let a parent that comes first say it")
        return Times(self.tables[table], name)

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


def _generator(column: CatalogColumn) -> Generator:
    """Return the generator of a column, by its type where it names none."""
    if column.generator is not None:
        return decode_generator(column)
    return default_generator(column, unique=column.is_key)
