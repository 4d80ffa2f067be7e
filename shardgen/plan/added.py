"""
Rows to add to tables that have some: which tables grow, which are settled, which do not matter.

The rows of a growing table go on where those that are there end. A settled table is known as its
own rows would be without any added ones, where keys of added rows lead to it; else it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from shardgen.errors import Mistake, nearest
from shardgen.plan.job import MAX_COUNT
from shardgen.schema.catalog import Catalog


class AddedRows(msgspec.Struct, frozen=True):
    """
    How many rows tables get or have, by name.

    `counts` are those of growing tables that are added, and those of settled ones that are there.
    `firsts` are the rows before those that are added, `written` the growing tables.
    """

    counts: dict[str, int]
    firsts: dict[str, int]
    written: set[str]


def added_rows(catalog: Catalog, asked: Mapping[str, int], there: Mapping[str, int]) -> AddedRows:
    """Return what follows where the tables in `asked` get so many rows beside those in `there`."""
    growing = {name for name, count in asked.items() if count}
    needed = ancestors(catalog, growing)
    counts = {
        table.name: asked[table.name] if table.name in growing
        else there.get(table.name, 0) * (table.name in needed)
        for table in catalog.tables
    }  # fmt: skip
    return AddedRows(counts, {name: there.get(name, 0) for name in growing}, growing)


def ancestors(catalog: Catalog, tables: set[str]) -> set[str]:
    """Return the tables that rows of these lead to, over any number of keys."""
    found: set[str] = set()
    ahead = [*tables]
    while ahead:
        for reference in catalog.table(ahead.pop()).references:
            if reference.table not in found:
                found.add(reference.table)
                ahead.append(reference.table)
    return found


def unknown_rows(catalog: Catalog, there: Mapping[str, int]) -> Iterator[Mistake]:
    """Yield what is wrong with the numbers of rows that are there."""
    names = [table.name for table in catalog.tables]
    for name, count in there.items():
        if name not in names:
            hint = nearest(name, names) or f"the tables are {', '.join(names)}"
            yield Mistake("", f"rows are there in an unknown table {name!r}", hint)
        elif not 0 <= count <= MAX_COUNT:
            hint = f"it must be from 0 to {MAX_COUNT}"
            yield Mistake("", f"{count} rows of {name!r} are there", hint)
