"""
The rows that tables have already, as a load whose keys lead to them asks the database.

Rows that are there are known by their numbers. So where keys are to lead to some, none may be
missing before the last, and their keys have to be those that the schema makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from shardgen.errors import Mistake, PlanError
from shardgen.execution.loading.ledger import Way
from shardgen.output.sql.literals import Literals
from shardgen.plan.added import ancestors
from shardgen.plan.plan import Plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import Batch

_LOOKED_AT = 20  # keys of a table
_ASKED_FOR = (str, int)
"""What keys are asked for by: other values have a form of their own in each database."""


class Asked(Protocol):
    """A connection that answers."""

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, each `?` of which is one of the values; DatabaseError."""


class RowsThere(msgspec.Struct, frozen=True):
    """How many rows a table has, and the least and greatest of the key that counts them, if any."""

    count: int
    least: int | None = None
    greatest: int | None = None


def look(asked: Asked, sql: Literals, plan: Plan) -> dict[str, RowsThere]:
    """Return what there is of the tables of a plan, and of those that their keys lead to."""
    catalog = plan.catalog
    names = set(plan.counts)
    names |= ancestors(catalog, names)
    return {t.name: _look_at(asked, sql, t) for t in catalog.tables if t.name in names}


def _look_at(asked: Asked, sql: Literals, table: CatalogTable) -> RowsThere:
    key = _counted(table)
    name = sql.table_name(table.name)
    if key is None:
        return RowsThere(asked.ask(f"SELECT count(*) FROM {name}")[0][0])
    quoted = sql.quote(key.name)
    query = f"SELECT count(*), min({quoted}), max({quoted}) FROM {name}"
    return RowsThere(*asked.ask(query)[0])


def _counted(table: CatalogTable) -> CatalogColumn | None:
    return next((column for column in table.columns if column.counts_rows), None)


def check_numbers(plan: Plan, found: Mapping[str, RowsThere], way: Way) -> None:
    """Raise PlanError where rows that keys are to lead to are not those that the schema numbers."""
    growing = {name for name, rows in plan.counts.items() if rows}
    reached = ancestors(plan.catalog, growing)
    mistakes = [
        _not_numbered(plan.catalog.table(name), rows, way, is_growing=name in growing)
        for name, rows in found.items()
        if name in reached and (name not in growing or plan.existing != "new")
        if not _is_dense(plan.catalog.table(name), rows)
    ]
    if mistakes:
        raise PlanError(mistakes, plan.schema.name)


def _is_dense(table: CatalogTable, rows: RowsThere) -> bool:
    """Return whether the rows that are there have the first of all keys, and none is missing."""
    key = _counted(table)
    if key is None or not rows.count:
        return True
    return (rows.least, rows.greatest) == (key.first_number, key.first_number + rows.count - 1)


def _too(way: Way, name: str) -> str:
    return f"replace {name!r} too" if way == "replace" else f"add rows to {name!r} too"


def _not_numbered(table: CatalogTable, rows: RowsThere, way: Way, *, is_growing: bool) -> Mistake:
    key = _counted(table)
    assert key is not None, "only such have numbers"
    what = (
        f"keys are to lead to rows of {table.name!r} that are there, which are {rows.count} with "
    )
    what += f"keys {rows.least} to {rows.greatest}, and {key.first_number} to "
    what += f"{key.first_number + rows.count - 1} are looked for"
    hint = "leave --existing out" if is_growing else _too(way, table.name)
    if rows.least and (rows.greatest or 0) - rows.least + 1 == rows.count:
        hint += f', or say "start": {rows.least} of {key.name!r} in the schema'
    return Mistake(table.path, what, hint)


def check_keys(asked: Asked, sql: Literals, source: Source, way: Way) -> None:
    """
    Look for some of the keys that rows lead to among the rows that are there.

    PlanError where one is missing: they are of another schema, seed or number of rows then.
    """
    plan = source.plan
    wrong = [*_missing_keys(asked, sql, source, way)]
    if wrong:
        raise PlanError(wrong, plan.schema.name)


def _missing_keys(asked: Asked, sql: Literals, source: Source, way: Way) -> Iterator[Mistake]:
    catalog, seen = source.plan.catalog, set()
    for table in catalog.tables:
        for reference in table.references if table.name in source.plan.counts else ():
            ends = reference.table, reference.parent_columns
            if ends in seen or not _leads_to_old(source, reference):
                continue
            seen.add(ends)
            found, missing = _missing(asked, sql, source, catalog, reference)
            if missing:
                what = f"{missing} of {found} keys of {reference.table!r} that were looked for are "
                what += f"not there ({', '.join(reference.parent_columns)}): its rows are not "
                what += "those of this schema and seed"
                hint = _too(way, reference.table)
                hint += "" if way == "replace" else ", without --existing"
                yield Mistake(reference.path, what, hint)


def _leads_to_old(source: Source, reference: Reference) -> bool:
    plan = source.plan
    settled = bool(plan.others.get(reference.table))
    return settled or (plan.existing != "new" and bool(plan.firsts.get(reference.table)))


def _missing(
    asked: Asked, sql: Literals, source: Source, catalog: Catalog, reference: Reference
) -> tuple[int, int]:
    """Return how many keys of a table were looked for, and how many of them are not there."""
    table, names = catalog.table(reference.table), reference.parent_columns
    bound = source.bound[table.name]
    first, count = -bound.first, bound.first or bound.rows
    rows = first + np.unique(np.linspace(0, count - 1, min(count, _LOOKED_AT)).astype(np.int64))
    batch = Batch(bound, rows)
    keys = {*zip(*(batch.column(name).python() for name in names), strict=True)}
    if not keys or not all(isinstance(value, _ASKED_FOR) for key in keys for value in key):
        return 0, 0
    if table.name in source.plan.counts and _counted(table) is None and table.references:
        return 0, 0  # what hangs on others is not led to
    one = " AND ".join(f"{sql.quote(name)} = ?" for name in names)
    query = f"SELECT count(*) FROM {sql.table_name(table.name)} WHERE "
    query += " OR ".join(f"({one})" for _ in keys)
    ((found,),) = asked.ask(query, [value for key in keys for value in key])
    return len(keys), len(keys) - found
