"""
How deep columns read each other, and how many batches that takes: refused before a row is made.

A column that reads another is computed by a function that calls that of the other, so a chain of
them is as deep on the stack; and whatever is read along another foreign key is another batch of
rows. Both are bounded here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from shardgen.generators.sources import Cell, Way
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BATCH_ROWS

MAX_CALLS = 700
"""Calls of Python within each other; it allows 1,000, and a program around us needs some."""
MAX_BATCHES = 500
"""Batches of other rows that one batch of a table is made from."""
CALLS = 8  # that a column takes by itself, at most
CALLS_OF_KEY = 5  # that a foreign key takes


def too_deep(
    cells: Iterable[Cell], reads: Mapping[Cell, list[Cell]], calls: Mapping[Cell, int]
) -> Iterator[tuple[Cell, int]]:
    """
    Yield the columns that nest more than MAX_CALLS calls, and how many.

    `cells` come after those that they read, `calls` has what some take by themselves. What reads a
    column that is yielded counts as if that read none, so that a chain is reported once.
    """
    depth: dict[Cell, int] = {}
    for cell in cells:
        inside = max((depth.get(read, 0) for read in reads.get(cell, ())), default=0)
        depth[cell] = calls.get(cell, CALLS) + inside
        if depth[cell] > MAX_CALLS:
            yield cell, depth[cell]
            depth[cell] = CALLS


class Reach:
    """
    What the columns of a table are read from, batch by batch.

    `ways` has what each column reads and along which foreign keys, `rows` the rows of each table
    and `parents` the table that each key of a table leads to.
    """

    def __init__(
        self,
        ways: Mapping[Cell, Iterable[Way]],
        rows: Mapping[str, int],
        parents: Mapping[tuple[str, str], str],
    ) -> None:
        """Count nothing yet; columns do not read each other in circles."""
        self._ways = ways
        self._rows = rows
        self._parents = parents
        self._counted: dict[tuple[str, frozenset[Way]], int] = {}

    def batches(self, table: CatalogTable) -> int:
        """Return how many batches of other rows a table's need; any number above MAX_BATCHES."""
        own = (((), (table.name, column.name)) for column in table.columns)
        return self._count(table.name, frozenset(own))

    def _count(self, table: str, wanted: frozenset[Way]) -> int:
        key = table, wanted
        if key not in self._counted:
            total = 0
            for relation, beyond in self._by_relation(wanted).items():
                parent = self._parents.get((table, relation), "")
                if parent and self._rows[parent] <= BATCH_ROWS:
                    continue  # made once, and kept
                total += 1 + self._count(parent, frozenset(beyond))
                if total > MAX_BATCHES:
                    break
            self._counted[key] = total
        return self._counted[key]

    def _by_relation(self, wanted: Iterable[Way]) -> dict[str, set[Way]]:
        """Return what is read beyond each foreign key, along the keys that are left of its way."""
        ahead, seen = list(wanted), set(wanted)
        beyond: dict[str, set[Way]] = {}
        while ahead:
            keys, cell = ahead.pop()
            if keys:
                beyond.setdefault(keys[0], set()).add((keys[1:], cell))
                continue
            for way in self._ways.get(cell, ()):
                if way not in seen:
                    seen.add(way)
                    ahead.append(way)
        return beyond
