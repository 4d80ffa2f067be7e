"""
Rows that would be equal where a schema has them differ: those that are stated, and others.

Where another row has by chance what a stated one has, it gets what that one would have had, in the
columns that are stated: that was unique, and nobody else has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shardgen.errors import Mistake
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.stated_row import StatedRow, path_of
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable
from shardgen.tables.stated_rows import StatedParents, StatedValues

Key = tuple[Any, ...]


class EqualRows:
    """The sets of columns of a table that are unique, and what is equal in them."""

    def __init__(
        self,
        table: CatalogTable,
        bound: BoundTable,
        databases: Collection[str],
        unknown: Collection[str] = (),
    ) -> None:
        """Look at a table whose columns are bound; the `unknown` ones cannot be made yet."""
        self._table = table
        self._bound = bound
        self._dialects = [DIALECTS[name] for name in databases]
        alone = [(column.name,) for column in table.columns if column.is_key]
        known = {column.name for column in table.columns}
        known -= set(unknown)
        listed = [*alone, *table.alone.sets, *sorted(table.unique_sets, key=len)]
        self._sets = [*dict.fromkeys(names for names in listed if known.issuperset(names))]

    def exchange(
        self, rows: Sequence[StatedRow], wanted: Mapping[str, Mapping[int, int]] | None = None
    ) -> Iterator[Mistake]:
        """
        Give rows that equal a stated one what that one would have had; yield what cannot be.

        `wanted` has the parents that rows get, by key and row; without, sets with keys are left.
        """
        keys = {key.name: key for key in self._table.references}
        has_keys = {names: any(map(self._table.refers, names)) for names in self._sets}
        for names in (each for each in self._sets if has_keys[each] == (wanted is not None)):
            own = {
                n: {name for name in names if name in row.values}
                | {
                    c
                    for k in wanted or ()
                    if n in (wanted or {})[k]
                    for c in keys[k].columns
                    if c in names
                }
                for n, row in enumerate(rows)
            }
            stated = [n for n, said in own.items() if said]
            if not stated:
                continue
            said: dict[Key, int] = {}
            for n, key in self._keys(names, stated):
                if key in said:
                    yield self._equal(names, said[key], n)
                said[key] = n
            for _ in stated:  # what a row is given may be stated of yet another one
                others = self._others(names, said)
                for n, other in others:
                    self._give(n, other, own[n])
                if not others:
                    break

    def left(self, rows: Sequence[StatedRow]) -> Iterator[Mistake]:
        """Yield the stated rows that still equal another one."""
        touched = [n for n, row in enumerate(rows) if row.values or row.parents]
        for names in self._sets:
            said: dict[Key, int] = {}
            for n, key in self._keys(names, touched):
                if key in said:
                    yield self._equal(names, said[key], n)
                said[key] = n
            for n, other in self._others(names, said):
                yield self._equal(names, n, other)

    def _equal(self, names: Sequence[str], row: int, other: int) -> Mistake:
        what = f"rows {row} and {other} have the same {', '.join(names)}"
        return Mistake(path_of(self._table.name, row), what, "they are unique: state another value")

    def _keys(self, names: Sequence[str], rows: Sequence[int]) -> Iterator[tuple[int, Key]]:
        """Yield rows with their values, as databases compare them; not those with a null."""
        batch = Batch(self._bound, np.array(rows, np.int64))
        yield from self._keys_of(batch, names)

    def _keys_of(self, batch: Batch, names: Sequence[str]) -> Iterator[tuple[int, Key]]:
        nulls = np.zeros(len(batch), bool)
        columns = []
        for name in names:
            mask = batch.null(name)
            nulls = nulls if mask is None else nulls | mask
            columns.append(self._compared(self._table.column(name), batch.column(name).python()))
        each = zip(batch.rows.tolist(), nulls.tolist(), zip(*columns, strict=True), strict=True)
        yield from ((row, key) for row, null, key in each if not null)

    def _compared(self, column: CatalogColumn, values: list[Any]) -> list[Any]:
        """Return values as the databases compare them."""
        if column.sql_type.family == "array":
            return [str(value) for value in values]
        if column.sql_type.family != "text":
            return values
        if any(dialect.drops_spaces(column) for dialect in self._dialects):
            values = [value.rstrip(" ") for value in values]
        if column.caseless or any(dialect.folds_case(column) for dialect in self._dialects):
            values = [value.casefold() for value in values]
        return (
            values if column.first_letters is None else [v[: column.first_letters] for v in values]
        )

    def _others(self, names: Sequence[str], said: Mapping[Key, int]) -> list[tuple[int, int]]:
        """Return stated rows, each with another row that equals it."""
        found = []
        for start in range(0, self._bound.rows if said else 0, BATCH_ROWS):
            stop = min(start + BATCH_ROWS, self._bound.rows)
            batch = Batch.of_range(self._bound, start, stop)
            for row, key in self._keys_of(batch, names):
                if key in said and said[key] != row:
                    found.append((said[key], row))
        return found

    def _give(self, row: int, other: int, names: Collection[str]) -> None:
        """Let another row have what a stated one would have had in these columns."""
        for name in names:
            compute = self._bound.columns[name].compute
            if isinstance(compute, StatedValues):
                compute.like.add({other: row})
                continue
            reference = self._table.column(name).reference
            relation = None if reference is None else self._bound.relations[reference.name]
            if isinstance(relation, StatedParents) and other not in relation.stated.rows:
                drawn = relation.drawn.draw(Batch.of_range(self._bound, row, row + 1))
                at = 0 if drawn.index is None else int(drawn.index[0])
                relation.stated.add({other: int(drawn.batch.rows[at])})
