"""
Which table comes before which, and which foreign keys lead to a table that comes later.

Parents come first. Where tables refer to each other in a cycle they cannot all, and a foreign key
of the cycle has to wait: one that may be null, if there is any.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.references import Reference

Edge = tuple[CatalogTable, Reference]
"""A foreign key with the table that it belongs to."""


def parents_first(tables: Mapping[str, CatalogTable]) -> tuple[str, ...]:
    """Return the names of all tables, parents before children, else in the order given."""
    waiting, names = dict(tables), [*tables]
    position = {name: n for n, name in enumerate(names)}
    children: dict[str, list[str]] = {name: [] for name in names}
    unmet: dict[str, int] = {}
    for name, table in waiting.items():
        parents = _parents(table) & waiting.keys()
        unmet[name] = len(parents)
        for parent in parents:
            children[parent].append(name)
    ready = [position[name] for name in names if not unmet[name]]
    order: list[str] = []
    while waiting:
        name = names[heappop(ready)] if ready else _first_of_cycle(waiting)
        order.append(name)
        del waiting[name]
        for child in children[name]:
            unmet[child] -= 1
            if not unmet[child] and child in waiting:
                heappush(ready, position[child])
    return tuple(order)


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


def _first_of_cycle(waiting: Mapping[str, CatalogTable]) -> str:
    """
    Return the table to write first among tables that refer to each other in a cycle.

    It is one whose keys into the cycle are all nullable, if there is any. It lies in an innermost
    cycle, so that no key to a table outside of the cycle is deferred.
    """
    parents = {name: _parents(table) & waiting.keys() for name, table in waiting.items()}
    circle = _circles(parents)
    leaving = {circle[n] for n in waiting if any(circle[p] != circle[n] for p in parents[n])}
    innermost = [name for name in waiting if circle[name] not in leaving]
    for name in innermost:
        table = waiting[name]
        unmet = [r for r in table.references if r.table in waiting and r.table != name]
        if all(may_be_null(table, reference) for reference in unmet):
            return name
    return innermost[0]


def _circles(parents: Mapping[str, set[str]]) -> dict[str, str]:
    """
    Return for each table one that is the same for all tables that lead to it and back.

    These are strongly connected components, by Kosaraju's algorithm.
    """
    left: list[str] = []  # each after what it leads to, as far as that does not lead back
    seen: set[str] = set()
    children: dict[str, list[str]] = {name: [] for name in parents}
    for start in parents:
        trail = [] if start in seen else [(start, iter(parents[start]))]
        seen.add(start)
        while trail:
            name, ahead = trail[-1]
            parent = next(ahead, None)
            if parent is None:
                left.append(trail.pop()[0])
                continue
            children[parent].append(name)
            if parent not in seen:
                seen.add(parent)
                trail.append((parent, iter(parents[parent])))
    circle: dict[str, str] = {}
    for start in reversed(left):
        members = [start]
        while members:
            name = members.pop()
            if name not in circle:
                circle[name] = start
                members += children[name]
    return circle


def _parents(table: CatalogTable) -> set[str]:
    return {reference.table for reference in table.references} - {table.name}
