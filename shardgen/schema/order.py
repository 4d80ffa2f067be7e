"""
Which table comes before which, and which foreign keys lead to a table that comes later.

Parents come first. Where tables refer to each other in a cycle they cannot all, and a foreign key
of the cycle has to wait: one that may be null, if there is any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.references import Reference

Edge = tuple[CatalogTable, Reference]
"""A foreign key with the table that it belongs to."""


def parents_first(tables: Mapping[str, CatalogTable]) -> tuple[str, ...]:
    """Return the names of all tables, parents before children, else in the order given."""
    waiting = dict(tables)
    parents = {name: _parents(table) for name, table in waiting.items()}
    order: list[str] = []
    while waiting:
        ready = [name for name in waiting if not parents[name] & waiting.keys()]
        name = ready[0] if ready else _first_of_cycle(waiting)
        order.append(name)
        del waiting[name]
    return tuple(order)


def find_cycle(tables: Mapping[str, CatalogTable], *, of_nullable: bool) -> list[Edge]:
    """
    Return foreign keys that lead from table to table and back to the first; empty without any.

    References of a table to itself do not count, nor do nullable ones unless `of_nullable`.
    """

    def keys_of(table: CatalogTable) -> Iterator[Reference]:
        for reference in table.references:
            leads_on = reference.table in tables and reference.table != table.name
            if leads_on and (of_nullable or not may_be_null(table, reference)):
                yield reference

    done: set[str] = set()
    for start in tables:
        path: list[Edge] = []
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


def ancestors(name: str, tables: Mapping[str, CatalogTable]) -> set[str]:
    """Return the tables, among those given, that foreign keys lead to from the one named."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for parent in _parents(tables[ahead.pop()]) & tables.keys():
            if parent not in found:
                found.add(parent)
                ahead.append(parent)
    return found


def draw_cycle(edges: list[Edge]) -> str:
    """Return a cycle as text: `a.b_id → b, b.a_id → a`."""
    return ", ".join(f"{column_names(t, r)} → {r.table}" for t, r in edges)


def column_names(table: CatalogTable, reference: Reference) -> str:
    """Return the name of a foreign key with its table: `a.b_id`, or `a.(x, y)`."""
    names = ", ".join(reference.columns)
    return f"{table.name}.{names if len(reference.columns) == 1 else f'({names})'}"


def _first_of_cycle(waiting: Mapping[str, CatalogTable]) -> str:
    """
    Return the table to write first among tables that refer to each other in a cycle.

    It is one whose keys into the cycle are all nullable, if there is any. It lies in an innermost
    cycle, so that no key to a table outside of the cycle is deferred.
    """
    reach = {name: ancestors(name, waiting) for name in waiting}
    innermost = [n for n in waiting if all(n in reach[other] for other in reach[n])]
    for name in innermost:
        table = waiting[name]
        unmet = [r for r in table.references if r.table in waiting and r.table != name]
        if all(may_be_null(table, reference) for reference in unmet):
            return name
    return innermost[0]


def _parents(table: CatalogTable) -> set[str]:
    return {reference.table for reference in table.references} - {table.name}
