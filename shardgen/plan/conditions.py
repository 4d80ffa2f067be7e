"""
The rows of a parent table that satisfy the condition of a foreign key.

Values of a key that counts are rows in closed form. For any other condition the parent's rows are
looked through once, when the plan is bound, and the indices of those that satisfy it are kept: so
the parent has at most 2^20 rows, and the list no more than 8 MiB.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.errors import BindError, FollowsFromMistakeError, NotEnoughValuesError
from shardgen.generators.context import ColumnContext
from shardgen.generators.foreign import bind_generator
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.parameters import decode_generator
from shardgen.generators.sources import Cell
from shardgen.plan.job import Job
from shardgen.plan.reach import Reach
from shardgen.plan.reading_order import cycles
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference
from shardgen.schema.types import ColumnType
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable
from shardgen.tables.casts import cast
from shardgen.tables.selection import SelectedRange, SelectedRows, Selection
from shardgen.tables.values import Booleans

if TYPE_CHECKING:
    from shardgen.random.streams import Truths

MOST_ROWS = 1 << 20
"""Rows of a parent table that are looked through for a condition."""
_BOOLEAN = ColumnType("boolean")


class Conditions:
    """Finds the rows that conditions allow, of tables whose columns are bound."""

    def __init__(
        self,
        catalog: Catalog,
        job: Job,
        tables: Mapping[str, BoundTable],
        reads: Mapping[Cell, list[Cell]],
        child_tables: Mapping[Cell, set[str]],
        reach: Reach,
    ) -> None:
        """
        Begin with tables that are not bound yet; the mappings fill up.

        `reads` has the cells that each is made from, `child_tables` the tables that it adds up.
        """
        self._catalog = catalog
        self._job = job
        self._tables = tables
        self._reads = reads
        self._child_tables = child_tables
        self._reach = reach

    def selection(
        self,
        table: CatalogTable,
        reference: Reference,
        done: Collection[str],
        failed: Collection[Cell],
    ) -> Selection:
        """
        Return the rows that a key with a condition may lead to.

        `done` are the tables that are bound. BindError where the condition is wrong or cannot be
        looked up, FollowsFromMistakeError where it reads a column that has a mistake.
        """
        parent, where = self._catalog.table(reference.table), reference.where
        span = self._reach.span(table.name, parent.name)
        counted = counted_rows(parent, where, self._tables[parent.name].first, span)
        if counted is not None:
            return counted
        if parent.name not in done:
            what = f"{parent.name!r} comes later, and its rows are not known yet"
            raise BindError(what, "leave out where of a key in a circle")
        rows = len(span)
        if rows > MOST_ROWS:
            what = f"{parent.name!r} has {rows} rows, and at most {MOST_ROWS} are looked through"
            hint = "ask for fewer, or name values of a key that counts its rows"
            raise NotEnoughValuesError(what, hint, MOST_ROWS)
        context = self._context(parent, reference)
        bound = bind_generator(decode_generator(context.column), context)
        self.check_known(bound.reads, context.child_tables, done, failed)
        return SelectedRows(self._matching(self._tables[parent.name], bound, span))

    def _context(self, parent: CatalogTable, reference: Reference) -> ColumnContext:
        """Return the condition as a column of the parent that is true or false."""
        assert reference.where is not None, "asked for keys with a condition only"
        column = CatalogColumn(
            name="where",
            type="boolean",
            nullable=True,
            generator="expression",
            generator_params={"expression": condition_text(parent, reference.where)},
            path=f"{reference.path}.where",
            sql_type=_BOOLEAN,
            reference=None,
            is_key=False,
            counts_rows=False,
            is_identity=False,
            numbers_children=None,
            has_type=True,
            broken=False,
        )
        return ColumnContext(
            self._catalog,
            parent,
            column,
            rows=self._tables[parent.name].total,
            seed=self._job.seed,
            as_of=self._job.as_of,
        )

    def check_known(
        self,
        cells: Collection[Cell],
        child_tables: Collection[str],
        done: Collection[str],
        failed: Collection[Cell],
    ) -> None:
        """Refuse to read cells, and tables that are added up, whose rows are not known yet."""
        seen: dict[Cell, None] = {}
        ahead, tables = [*cells], {*child_tables}
        while ahead:
            cell = ahead.pop()
            if cell not in seen:
                seen[cell] = None
                ahead += self._reads.get(cell, ())
                tables |= {cell[0], *self._child_tables.get(cell, ())}
        later = tables.difference(done)
        if later:
            what = f"it reads rows of {min(later)!r}, which come later"
            raise BindError(what, "let it read columns of the parent, or of parents of it")
        if not seen.keys().isdisjoint(failed) or cycles({c: self._reads.get(c, []) for c in seen}):
            raise FollowsFromMistakeError(next(iter(seen))[1])

    @staticmethod
    def _matching(parent: BoundTable, bound: BoundGenerator, span: range) -> np.ndarray[Any, Any]:
        """Return the indices of the parent's rows in a range of which the condition is true."""
        found = [np.empty(0, np.int64)]
        for start in range(span.start, span.stop, BATCH_ROWS):
            batch = Batch.of_range(parent, start, min(start + BATCH_ROWS, span.stop))
            values = cast(bound.compute(batch), _BOOLEAN)
            assert isinstance(values, Booleans), "cast to it"
            holds: Truths = values.values
            if callable(bound.nulls):
                holds = holds & ~bound.nulls(batch)
            found.append(np.flatnonzero(holds) + start)
        return np.concatenate(found)


def counted_rows(
    parent: CatalogTable, where: str | dict[str, Any] | None, before: int, span: range
) -> Selection | None:
    """
    Return the rows in a range by values of a key that counts them; None for any other condition.

    `before` is how many rows the parent has before row 0.
    """
    if not isinstance(where, dict) or len(where) != 1:
        return None
    ((name, value),) = where.items()
    column = parent.column(name)
    if not column.counts_rows:
        return None
    first = column.first_number + before
    if isinstance(value, dict):
        start = max(value.get("min", first + span.start) - first, span.start)
        stop = min(value.get("max", first + span.stop - 1) - first + 1, span.stop)
        return SelectedRange(start, max(start, stop))
    numbers = sorted({*_listed(value)})
    beyond = [n for n in numbers if n - first not in span]
    if beyond:
        what = f"{parent.name!r} has no row with the {name} {beyond[0]}: it has {len(span)}"
        raise NotEnoughValuesError(what, f"ask for more rows of {parent.name!r}, or leave it out")
    return SelectedRows(np.array(numbers, np.int64) - first)


def condition_text(parent: CatalogTable, where: str | dict[str, Any]) -> str:
    """Return a condition as an expression over the parent's columns."""
    if isinstance(where, str):
        return where
    return " and ".join(_condition(parent.column(name), value) for name, value in where.items())


def _condition(column: CatalogColumn, value: object) -> str:
    quoted = column.name.replace('"', '""')
    name = f'"{quoted}"'
    if isinstance(value, dict):
        ends = (("min", ">="), ("max", "<="))
        texts = [f"{name} {sign} {_literal(column, value[e])}" for e, sign in ends if e in value]
        return " and ".join(texts)
    tests = [
        f"{name} is null" if each is None else f"{name} = {_literal(column, each)}"
        for each in _listed(value)
    ]
    return f"({' or '.join(tests)})"


def _listed(value: object) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _literal(column: CatalogColumn, value: object) -> str:
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    text = "'" + value.replace("'", "''") + "'"
    family = column.sql_type.family
    return f"{family}({text})" if family in ("date", "timestamp") else text
