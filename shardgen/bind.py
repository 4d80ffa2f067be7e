"""
Schema columns → bound tables: every generator given its column, and all that can be refused is.

Binding is where tables are computed, uniqueness is counted, types are held against values and
cycles between columns are found. After it, making a batch cannot fail for a reason of the input.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from shardgen import relations
from shardgen.batch import Batch, BoundColumn, BoundTable, Relation
from shardgen.columns import Integers, Values
from shardgen.conform import check_fit, conform, is_coarser
from shardgen.errors import Mistake, PlanError, SchemaError, nearest
from shardgen.generators import Maker, Refused, Site, TooMany, decode_generator, default_generator
from shardgen.generators.base import chance
from shardgen.rng import stream_key
from shardgen.schema import Column, Schema, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.dialects import Dialect

NULL_SHARE = 0.10  # of the cells of a nullable column, where the schema does not say

Cell = tuple[str, str]
"""A table and a column of it."""


def bind_tables(
    schema: Schema,
    counts: Mapping[str, int],
    *,
    seed: int = 0,
    as_of: dt.date,
    edge_share: float = 0.0,
    dialects: Sequence[Dialect] = (),
) -> dict[str, BoundTable]:
    """
    Return every table of `schema`, ready to make any of its `counts[name]` rows.

    SchemaError or PlanError with every column that cannot be made, or whose values the database of
    one of `dialects` would refuse.
    """
    binder = _Binder(schema, counts, seed, as_of, edge_share, dialects)
    for table in schema.tables:
        binder.bind(table)
    binder.finish()
    return binder.tables


class _Binder:
    def __init__(
        self,
        schema: Schema,
        counts: Mapping[str, int],
        seed: int,
        as_of: dt.date,
        edge_share: float,
        dialects: Sequence[Dialect],
    ) -> None:
        self.schema = schema
        self.seed = seed
        self.as_of = as_of
        self.edge_share = edge_share
        self.dialects = dialects
        self.tables = {t.name: BoundTable(t.name, counts[t.name]) for t in schema.tables}
        self.reads: dict[Cell, list[Cell]] = {}
        self.mistakes: list[Mistake] = []
        self.too_many: list[Mistake] = []

    def bind(self, table: Table) -> None:
        bound = self.tables[table.name]
        for column in table.columns:  # relations first: a column may read a parent's
            if column.foreign_key is not None:
                with_relation = self._relation(table, column)
                if with_relation is not None:
                    bound.relations[column.name] = with_relation
        for column in table.columns:
            try:
                make = self._maker(table, column)
            except TooMany as error:
                place = where(table.name, column.name)
                self.too_many.append(Mistake(place, str(error), error.hint))
                continue
            except Refused as error:
                self._refuse(table, column, str(error), error.hint)
                continue
            bound.columns[column.name] = BoundColumn(
                column.name, column.sql_type, make, self._null(table, column)
            )

    def finish(self) -> None:
        """Refuse cycles, then values that do not fit; raise what was refused."""
        complete = not self.mistakes and not self.too_many
        if complete:
            for cycle in _cycles(self.reads):
                path = " → ".join(f"{table}.{column}" for table, column in cycle)
                what = f"columns that need each other: {path}"
                self.mistakes.append(Mistake(where(*cycle[0]), what, "let one of them stand alone"))
            if not self.mistakes:
                self._probe()
        if self.mistakes:
            raise SchemaError([*self.mistakes, *self.too_many], self.schema.name)
        if self.too_many:
            raise PlanError(self.too_many, self.schema.name)

    def _maker(self, table: Table, column: Column) -> Maker:
        bound = self.tables[table.name]
        if column.counts_rows:
            return partial(_row_numbers, high=bound.rows)
        if column.foreign_key is not None:
            parent = column.foreign_key
            self.reads[table.name, column.name] = [(parent.table, parent.column)]
            return partial(_parent_key, relation=column.name, key=parent.column)
        site = self._site(table, column)
        made_by = decode_generator(column) if column.generator else default_generator(column)
        make = made_by.bind(site)
        read = [(self._table_of(table, relation), name) for relation, name in site.reads]
        for owner, name in read:
            names = [c.name for c in self.schema.table(owner).columns]
            if name not in names:
                what = f"{column.generator} needs a column {name!r} of table {owner!r}"
                raise Refused(what, nearest(name, names))
        self.reads[table.name, column.name] = read
        return partial(_conformed, make=make, column=column)

    def _site(self, table: Table, column: Column) -> Site:
        share = column.edge_case_probability
        if share is None:
            share = column.generator_params.get("edge_case_probability", self.edge_share)
        if not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise Refused(f"edge_case_probability {share!r} is not between 0 and 1")
        return Site(
            table,
            column,
            rows=self.tables[table.name].rows,
            seed=self.seed,
            as_of=self.as_of,
            edge_share=share,
        )

    def _table_of(self, table: Table, relation: str | None) -> str:
        if relation is None:
            return table.name
        foreign_key = table.column(relation).foreign_key
        assert foreign_key is not None, "relations are foreign keys"
        return foreign_key.table

    def _relation(self, table: Table, column: Column) -> Relation | None:
        foreign_key = column.foreign_key
        assert foreign_key is not None, "called for foreign keys only"
        parent, children = self.tables[foreign_key.table], self.tables[table.name].rows
        key = stream_key(self.seed, table.name, column.name, "parent")
        shape = foreign_key.fan_out or ("unique" if column.is_key else "random")
        if foreign_key.table == table.name:
            return self._relation_to_itself(table, column, shape)
        if shape == "random":
            return relations.random_parents(parent, key)
        if shape == "unique":
            if children > parent.rows:
                what = (
                    f"{children} rows need a parent of their own, "
                    f"and {foreign_key.table!r} has {parent.rows}"
                )
                hint = f"ask for at most {parent.rows} rows, or more of {foreign_key.table!r}"
                self.too_many.append(Mistake(where(table.name, column.name), what, hint))
                return None
            return relations.unique_parents(parent, key)
        if children * parent.rows >= 1 << 63:
            what = f"{children} rows grouped by {parent.rows} parents are more than 2^63 pairs"
            self.too_many.append(Mistake(where(table.name, column.name), what))
            return None
        return relations.Grouped(children, parent, key).relation()

    def _relation_to_itself(self, table: Table, column: Column, shape: str) -> Relation | None:
        """
        Refer to no later row, which a database would not know yet.

        So a unique key makes a chain, whose first row has none; where that must not be null, only
        each row itself is left for it.
        """
        own = self.tables[table.name]
        if shape == "random":
            key = stream_key(self.seed, table.name, column.name, "parent")
            return relations.earlier_rows(own, key)
        if shape == "unique":
            return relations.previous_rows(own) if column.nullable else relations.same_rows(own)
        what = f"a table that refers to itself cannot be {shape}: rows would refer to later ones"
        self._refuse(table, column, what, "leave out fan_out")
        return None

    def _null(self, table: Table, column: Column) -> Callable[[Batch], NDArray[np.bool_]] | None:
        """Return where the column is null; None when it never is."""
        if not column.nullable or column.primary_key:
            return None
        share = column.generator_params.get("null_probability", NULL_SHARE)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            self._refuse(table, column, f"null_probability {share!r} is not between 0 and 1")
            return None
        key = stream_key(self.seed, table.name, column.name, "null")
        refers_back = column.foreign_key is not None and column.foreign_key.table == table.name
        if share == 0 and not refers_back:
            return None

        def null(batch: Batch) -> NDArray[np.bool_]:
            mask = chance(batch.words(key), share)
            if refers_back:
                mask |= batch.rows == 0  # the first row has no earlier one
            return mask

        return null

    def _probe(self) -> None:
        """Make the first row of every column, and hold its kind and bounds against its type."""
        for table in self.schema.tables:
            batch = Batch.of_range(self.tables[table.name], 0, 1)
            for column in table.columns:
                name = column.generator or ("the key" if column.foreign_key else "its type")
                try:
                    values = batch.column(column.name)
                    check_fit(values, column.sql_type)
                except (Refused, ValueError) as error:
                    self._refuse(table, column, f"{name} {error}", getattr(error, "hint", ""))
                    continue
                for dialect in self.dialects if column.foreign_key is None else ():
                    misfit = dialect.misfit(column, values)
                    if misfit is not None:
                        self._refuse(table, column, f"{name} {misfit[0]}", misfit[1])

    def _refuse(self, table: Table, column: Column, what: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(where(table.name, column.name), what, hint))


def where(table: str, column: str) -> str:
    """Return the path of a column in error messages."""
    return f"tables.{table}.columns.{column}"


def _row_numbers(batch: Batch, high: int) -> Integers:
    return Integers(batch.rows + 1, 1, high)


def _parent_key(batch: Batch, relation: str, key: str) -> Values:
    return batch.parent(relation).column(key)


def _conformed(batch: Batch, make: Maker, column: Column) -> Values:
    made = make(batch)
    try:
        values = conform(made, column.sql_type)
    except ValueError as error:
        raise Refused(str(error)) from None
    if column.is_key and is_coarser(values, made):
        raise Refused(f"yields finer values than {column.sql_type}, where they may repeat")
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
