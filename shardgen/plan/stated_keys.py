"""Stated keys → the rows that they lead to, and what follows for keys beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shardgen.errors import BindError, Mistake
from shardgen.plan.polymorphic import targets_of, type_names
from shardgen.plan.stated_parents import with_stated
from shardgen.plan.stated_row import StatedRow, path_of
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import Following, Step
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable
from shardgen.tables.listed_literals import column_of
from shardgen.tables.relations import UniqueParents
from shardgen.tables.self_references import SameRows

Wanted = dict[str, dict[int, int]]
"""The parent's row by the key's name and the row that is to have it."""


class StatedKeys:
    """The parents of a table's stated rows."""

    def __init__(
        self,
        catalog: Catalog,
        tables: Mapping[str, BoundTable],
        stated: Mapping[str, Sequence[StatedRow]],
        done: Collection[str],
    ) -> None:
        """Look rows up in these tables, of which those in `done` are bound."""
        self._stated = stated
        self._catalog = catalog
        self._tables = tables
        self._done = done
        self._following = catalog.shared_keys.following
        self.mistakes: list[Mistake] = []

    def lead(self, table: CatalogTable, rows: Sequence[StatedRow]) -> Wanted:
        """Let the keys of stated rows lead where they are to, and return where that is."""
        wanted: Wanted = {}
        for row, stated in enumerate(rows):
            found = {key.name: parents for key, parents in self._said(table, row, stated)}
            for name, parent in self._agreeing(table, row, found):
                wanted.setdefault(name, {})[row] = parent
            for name in table.polymorphic:
                self._check_target(table, name, row, stated)
        for reference in table.references:
            self._lead_guides(table, reference, wanted)
        keys = [key for key in table.references if key.name in wanted]
        for reference in sorted(keys, key=lambda key: self._follows(table, key) is not None):
            following = self._follows(table, reference)
            if following is not None and not following.down:
                continue  # its parent is found by the key that it follows
            self._apply(table, reference, wanted[reference.name])
        return wanted

    def _follows(self, table: CatalogTable, reference: Reference) -> Following | None:
        return self._following.get((table.name, reference.name))

    def _said(
        self, table: CatalogTable, row: int, stated: StatedRow
    ) -> Iterator[tuple[Reference, list[int]]]:
        """Yield the keys of which a row states the parent, with the rows that it may be."""
        keys = [key for key in table.references if not key.target_of]
        given = {
            key.name: {n: stated.values[n] for n in key.columns if stated.values.get(n) is not None}
            for key in keys
        }
        whole = {n for key in keys if len(given[key.name]) == len(key.columns) for n in key.columns}
        for reference in keys:
            if reference.name in stated.parents:
                yield reference, [stated.parents[reference.name]]
                continue
            said = given[reference.name]
            is_part = len(said) < len(reference.columns)
            following = self._follows(table, reference)
            led = following is not None and said.keys() <= given.get(following.guide, {}).keys()
            if not said or (is_part and (led or said.keys() <= whole)):
                continue
            names = zip(reference.columns, reference.parent_columns, strict=True)
            try:
                above = {parent: said[own] for own, parent in names if own in said}
                yield reference, self._find(table, reference, above)
            except (BindError, ValueError) as error:
                at = path_of(table.name, row, next(iter(said)))
                hint = error.hint if isinstance(error, BindError) else ""
                self.mistakes.append(Mistake(at, str(error), hint))

    def _check_target(self, table: CatalogTable, name: str, row: int, stated: StatedRow) -> None:
        """Refuse a polymorphic key that leads nowhere, or is stated in part."""
        kind = table.polymorphic[name].type_column
        if not {name, kind} & stated.values.keys():
            return
        at = path_of(table.name, row, name)
        key, said = stated.values.get(name), stated.values.get(kind)
        if not {name, kind} <= stated.values.keys() or (key is None) != (said is None):
            self.mistakes.append(Mistake(at, f"{name} and {kind} belong together", "state both"))
            return
        names = [str(each) for each in type_names(table, name)]
        if said is None:
            return
        if said not in names:
            what = f"{said!r} is none of the types of {name}"
            self.mistakes.append(Mistake(at, what, f"they are {', '.join(names)}"))
            return
        target = targets_of(table, name)[names.index(said)]
        try:
            self._find(table, target, {target.parent_columns[0]: key})
        except (BindError, ValueError) as error:
            self.mistakes.append(Mistake(at, str(error)))

    def _agreeing(
        self, table: CatalogTable, row: int, found: Mapping[str, list[int]]
    ) -> Iterator[tuple[str, int]]:
        """Yield one parent by each key, those of keys that follow beside what these follow."""
        left = dict(found)
        for reference in table.references:
            following = self._follows(table, reference)
            if following is None or not {reference.name, following.guide} <= left.keys():
                continue
            guide = next(key for key in table.references if key.name == following.guide)
            own: dict[int, list[int]] = {}
            for parent in left[reference.name]:
                top = self._above(reference.table, parent, following.down)
                own.setdefault(top, []).append(parent)
            up = [Step("", name) for name in following.up]
            above = {parent: self._above(guide.table, parent, up) for parent in left[guide.name]}
            fits = [parent for parent in left[guide.name] if above[parent] in own]
            if fits:  # else it is refused with all that do not agree
                left[guide.name] = [fits[row % len(fits)]]
                left[reference.name] = own[above[left[guide.name][0]]]
        yield from ((name, parents[row % len(parents)]) for name, parents in left.items())

    def _find(self, table: CatalogTable, reference: Reference, said: dict[str, Any]) -> list[int]:
        """Return the rows of a parent that have these values; BindError where there is none."""
        parent, bound = self._catalog.table(reference.table), self._tables[reference.table]
        kinds = {name: parent.column(name).sql_type for name in said}
        wanted = [column_of([value], kinds[name]).python()[0] for name, value in said.items()]
        listed = ", ".join(f"{name} {value}" for name, value in said.items())
        missing = f"{reference.table!r} has no row with {listed}"
        if bound.is_empty:
            raise BindError(missing, "it has no rows at all")
        is_known = parent.name == table.name or parent.name in self._done
        for name, value in zip(said, wanted, strict=True):
            column = parent.column(name)
            guess = int(value) - column.first_number - bound.first if column.counts_rows else -1
            if not 0 <= guess < bound.rows:
                continue
            if self._has(bound, guess, said, wanted) if is_known else self._counts(parent, said):
                return [guess]
        if not is_known:
            what = f"{reference.table!r} comes later, and its rows are not known yet"
            raise BindError(what, "say the parent by its values, or leave it out")
        found = [*self._matching(bound, said, wanted)]
        if not found:
            hint = f"it has {bound.rows}: ask for more, or state one with it in with_rows"
            raise BindError(missing, hint)
        return found

    def _counts(self, table: CatalogTable, said: Collection[str]) -> bool:
        """Return whether a key that counts is all that is said, and no row states another one."""
        rows = self._stated.get(table.name, ())
        return len(said) == 1 and not any(name in row.values for row in rows for name in said)

    @staticmethod
    def _has(bound: BoundTable, row: int, said: Mapping[str, Any], wanted: list[Any]) -> bool:
        batch = Batch.of_range(bound, row, row + 1)
        return [batch.column(name).python()[0] for name in said] == wanted

    @staticmethod
    def _matching(bound: BoundTable, said: Mapping[str, Any], wanted: list[Any]) -> Iterator[int]:
        for start in range(0, bound.rows, BATCH_ROWS):
            batch = Batch.of_range(bound, start, min(start + BATCH_ROWS, bound.rows))
            rows = zip(*(batch.column(name).python() for name in said), strict=True)
            yield from (start + n for n, row in enumerate(rows) if [*row] == wanted)

    def _lead_guides(self, table: CatalogTable, reference: Reference, wanted: Wanted) -> None:
        """Let the key that another one follows lead to a parent beside which that one can be."""
        following = self._follows(table, reference)
        if following is None:
            return
        guides = wanted.setdefault(following.guide, {})
        guide = next(key for key in table.references if key.name == following.guide)
        for row, parent in wanted.get(reference.name, {}).items():
            if row in guides:
                continue
            ancestor = self._above(reference.table, parent, following.down)
            below = self._tables[guide.table]
            steps = [*following.up]
            fits = [ancestor] if not steps else self._below(below, steps, ancestor)
            if not fits:
                what = f"no row of {guide.table!r} has this parent too"
                hint = f"ask for more rows of {guide.table!r}, or state {guide.name}"
                self.mistakes.append(Mistake(path_of(table.name, row, reference.name), what, hint))
                continue
            guides[row] = fits[row % len(fits)]
        if not guides:
            del wanted[following.guide]

    def _above(self, table: str, row: int, steps: Sequence[Step]) -> int:
        """Return the row that lies some steps above a row of a table."""
        batch = Batch.of_range(self._tables[table], row, row + 1)
        for step in steps:
            batch = batch.parent(step.relation)
        return int(batch.rows[0])

    def _below(self, table: BoundTable, steps: Sequence[str], ancestor: int) -> list[int]:
        """Return the rows of a table that lie some steps below a row."""
        found: list[int] = []
        for start in range(0, table.rows, BATCH_ROWS):
            batch = above = Batch.of_range(table, start, min(start + BATCH_ROWS, table.rows))
            for step in steps:
                above = above.parent(step)
            found += batch.rows[above.rows == ancestor].tolist()
        return found

    def _apply(self, table: CatalogTable, reference: Reference, wanted: dict[int, int]) -> None:
        bound, parent = self._tables[table.name], self._tables[reference.table]
        at = path_of(table.name, next(iter(wanted)), reference.name)
        relation = bound.relations[reference.name]
        try:
            if parent is bound and not isinstance(relation, SameRows | UniqueParents):
                _check_earlier(table, reference, wanted)
            made = with_stated(table, reference, bound, parent, wanted, self._catalog.shared_keys)
        except BindError as error:
            self.mistakes.append(Mistake(at, str(error), error.hint))
            return
        bound.refer(reference.name, parent, made)


def _check_earlier(table: CatalogTable, reference: Reference, wanted: Mapping[int, int]) -> None:
    for row, parent in wanted.items():
        if parent >= row:
            what = f"row {row} of {table.name!r} is to have row {parent} as its {reference.name}"
            raise BindError(f"{what}, which comes no earlier", "state that row before this one")


def ancestors_agree(
    table: CatalogTable, bound: BoundTable, rows: Sequence[int]
) -> Iterator[tuple[int, Reference, str]]:
    """Yield rows whose keys do not lead to rows of one ancestor: the key, and the column of it."""
    batch = Batch(bound, np.array(rows, np.int64))
    for reference in table.references:
        null = _null(batch, reference)
        pairs = zip(reference.columns, reference.parent_columns, strict=True)
        for own, above in (*pairs, *((a, b or a) for a, b in reference.within)):
            parent = batch.parent(reference.name)
            if own not in bound.columns or above not in parent.table.columns:
                continue
            left, right = batch.column(own).python(), parent.column(above).python()
            for n, row in enumerate(rows):
                if not null[n] and left[n] != right[n]:
                    yield row, reference, own


def _null(batch: Batch, reference: Reference) -> list[bool]:
    found = [False] * len(batch)
    for name in (*reference.columns, *(own for own, _ in reference.within)):
        mask = batch.null(name) if name in batch.table.columns else None
        if mask is not None:
            found = [a or b for a, b in zip(found, mask.tolist(), strict=True)]
    return found
