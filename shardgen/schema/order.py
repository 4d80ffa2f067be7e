"""
Which table comes before which, and which foreign keys lead to a table that comes later.

Parents come first. Where tables refer to each other in a circle none can, and a foreign key of the
circle has to wait: one that may be null, if there is any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from shardgen.schema.model import Reference, Schema, Table


def table_order(schema: Schema) -> tuple[str, ...]:
    """Return the names of all tables, parents before children, else in the order of the file."""
    if schema.generation_order:
        return schema.generation_order
    waiting = {table.name: table for table in schema.tables}
    parents = {name: _parents(table) for name, table in waiting.items()}
    order: list[str] = []
    while waiting:
        ready = (name for name in waiting if not parents[name] & waiting.keys())
        name = next(ready, None) or _first_of_circle(waiting)
        order.append(name)
        del waiting[name]
    return tuple(order)


def late_references(schema: Schema) -> tuple[tuple[Table, Reference], ...]:
    """Return each foreign key to a table that comes later, with the table it belongs to."""
    return _late_references(_Same(schema))


def is_late(schema: Schema, table: Table, reference: Reference) -> bool:
    """Return whether the foreign key leads to a table that comes later."""
    return any(t.name == table.name and r == reference for t, r in late_references(schema))


class _Same:
    """A schema that equals itself alone: what a cache keeps things by, as it has no hash."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=4)
def _late_references(same: _Same) -> tuple[tuple[Table, Reference], ...]:
    place = {name: n for n, name in enumerate(table_order(same.schema))}
    return tuple(
        (table, reference)
        for table in same.schema.tables
        for reference in table.references
        if place[reference.table] > place[table.name]
    )


def may_be_null(table: Table, reference: Reference) -> bool:
    """Return whether the foreign key leads nowhere in some rows."""
    return nullable_column(table, reference) is not None


def nullable_column(table: Table, reference: Reference) -> str | None:
    """
    Return a column of the foreign key that is null wherever the key leads nowhere, if it may.

    One null is enough for a database not to look for a parent, so all nullable columns are such.
    """
    for name in reference.columns:
        column = table.column(name)
        if column.nullable and not column.primary_key:
            return name
    return None


def circle(tables: Mapping[str, Table], *, of_nullable: bool) -> list[tuple[Table, Reference]]:
    """
    Return foreign keys that lead from table to table and back to the first; empty without any.

    References of a table to itself do not count, nor do nullable ones unless `of_nullable`.
    """

    def keys_of(table: Table) -> Iterator[Reference]:
        for reference in table.references:
            leads_on = reference.table in tables and reference.table != table.name
            if leads_on and (of_nullable or not may_be_null(table, reference)):
                yield reference

    done: set[str] = set()
    for start in tables:
        path: list[tuple[Table, Reference]] = []
        trail = [(tables[start], keys_of(tables[start]))] if start not in done else []
        while trail:
            table, ahead = trail[-1]
            reference = next(ahead, None)
            if reference is None:
                done.add(table.name)
                trail.pop()
                path = path[:-1]
                continue
            names = [each.name for each, _ in trail]
            if reference.table in names:
                return [*path, (table, reference)][names.index(reference.table) :]
            if reference.table not in done:
                path.append((table, reference))
                parent = tables[reference.table]
                trail.append((parent, keys_of(parent)))
    return []


def ancestors(name: str, tables: Mapping[str, Table]) -> set[str]:
    """Return the tables, among those given, that foreign keys lead to from the one named."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for parent in _parents(tables[ahead.pop()]) & tables.keys():
            if parent not in found:
                found.add(parent)
                ahead.append(parent)
    return found


def draw_circle(edges: list[tuple[Table, Reference]]) -> str:
    """Return a circle as text: `a.b_id → b, b.a_id → a`."""
    return ", ".join(f"{column_names(t, r)} → {r.table}" for t, r in edges)


def column_names(table: Table, reference: Reference) -> str:
    """Return the name of a foreign key with its table: `a.b_id`, or `a.(x, y)`."""
    names = ", ".join(reference.columns)
    return f"{table.name}.{names if len(reference.columns) == 1 else f'({names})'}"


def _first_of_circle(waiting: Mapping[str, Table]) -> str:
    """
    Return the table of a circle to begin with, the one whose keys into it may wait best.

    All that it waits for waits for it too: no key that leads out of the circle is made to wait.
    """
    reach = {name: ancestors(name, waiting) for name in waiting}
    innermost = [n for n in waiting if all(n in reach[other] for other in reach[n])]
    for name in innermost:
        table = waiting[name]
        unmet = [r for r in table.references if r.table in waiting and r.table != name]
        if all(may_be_null(table, reference) for reference in unmet):
            return name
    return innermost[0]


def _parents(table: Table) -> set[str]:
    return {reference.table for reference in table.references} - {table.name}
