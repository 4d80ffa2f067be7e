"""
What columns read of each other, held against what can be made.

Columns that need each other are refused, those that follow one without an order, and those that
nest too deep or make too many batches of other tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shardgen.errors import Mistake
from shardgen.generators.correlation import why_not
from shardgen.generators.sources import Cell
from shardgen.plan.check_alike import group_beside
from shardgen.plan.columns import Columns
from shardgen.plan.mistakes import Mistakes
from shardgen.plan.nesting import CALLS_OF_KEY, MAX_BATCHES, MAX_CALLS, Reach, too_deep
from shardgen.plan.reading_order import cycles, sources_first
from shardgen.plan.times_read import time_cell
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import RandomFanOut, TreeFanOut
from shardgen.schema.references import Reference


class CheckReading:
    """Checks columns that are all bound; those that it refuses get plain values."""

    def __init__(self, columns: Columns, mistakes: Mistakes) -> None:
        """Check these columns, and note mistakes there."""
        self._columns = columns
        self._catalog = columns.catalog
        self._reads = columns.reads
        self._generated = columns.generated
        self._mistakes = mistakes

    def check(self) -> None:
        """Check all: cycles first, as what comes after needs an order."""
        self._read_by_keys()
        self._cycles()
        self._followed()
        self._nesting()

    def _read_by_keys(self) -> None:
        """Note that what is read along a key needs the column by which that key is drawn."""
        drawn_by = {
            (table.name, key.name): cells
            for table in self._catalog.tables
            for key in table.references
            if (cells := _drawn_by(table, key))
        }
        if not drawn_by:
            return
        ways = {cell: bound.ways for cell, bound in self._generated.items()}
        ways |= self._columns.key_ways
        for cell, ways_of in ways.items():
            for keys, _ in ways_of:
                self._reads.get(cell, []).extend(self._along(cell[0], keys, drawn_by))

    def _along(
        self, table: str, keys: Sequence[str], drawn_by: Mapping[tuple[str, str], list[Cell]]
    ) -> Iterator[Cell]:
        """Yield the columns by which these keys are drawn, from a table on."""
        for key in keys:
            if (table, key) in drawn_by:
                yield from drawn_by[table, key]
            leads = {each.name: each.table for each in self._catalog.table(table).references}
            table = leads.get(key) or key.rpartition(".")[0] or table
            if table not in self._catalog.by_name:
                return  # one of several tables: a polymorphic key is drawn by none

    def _cycles(self) -> None:
        """Refuse columns that need each other."""
        for cycle in cycles(self._reads):
            path = " → ".join(f"{table}.{column}" for table, column in cycle)
            what = f"columns that need each other: {path}"
            first = self._columns.column(cycle[0])
            self._mistakes.add(Mistake(first.path, what, "let one of them stand alone"))
            for cell in cycle:
                self._columns.stand_in(self._catalog.table(cell[0]), self._columns.column(cell))

    def _followed(self) -> None:
        """Refuse to follow columns whose values have no order that is known, now that all are."""
        for cell, bound in [*self._generated.items()]:
            followed = None if bound.follows is None else bound.follows.cell
            if followed is None:
                continue
            if followed not in self._columns.failed:
                other = self._generated.get(followed)
                is_derived = other is not None and other.is_derived
                if other is not None and other.latent is not None and not is_derived:
                    continue
                table = self._catalog.table(followed[0])
                what, hint = why_not(table, table.column(followed[1]), is_derived=is_derived)
                path = self._columns.column(cell).path
                self._mistakes.add(Mistake(f"{path}.correlation", what, hint))
            self._columns.stand_in(self._catalog.table(cell[0]), self._columns.column(cell))

    def _nesting(self) -> None:
        """Refuse columns that read others too deep, and tables that need too many batches."""
        calls = dict.fromkeys(self._columns.key_ways, CALLS_OF_KEY)
        calls |= {c: b.calls for c, b in self._generated.items() if b.calls is not None}
        cells = sources_first([*self._reads], self._reads)
        for cell, depth in [*too_deep(cells, self._reads, calls)]:
            what = f"columns that read each other up to this one nest {depth} calls deep"
            hint = f"at most {MAX_CALLS} are possible: let it read fewer that read others in turn"
            self._mistakes.add(Mistake(self._columns.column(cell).path, what, hint))
            self._columns.stand_in(self._catalog.table(cell[0]), self._columns.column(cell))
        ways = {cell: bound.ways for cell, bound in self._generated.items()}
        ways |= {
            cell: ways_of for cell, ways_of in self._columns.key_ways.items() if cell in self._reads
        }
        parents = {(t.name, r.name): r.table for t in self._catalog.tables for r in t.references}
        reach = Reach(ways, {t.name: t.rows for t in self._columns.tables.values()}, parents)
        wide = [t for t in self._catalog.tables if reach.batches(t) > MAX_BATCHES]
        self._columns.failed.update(
            (table.name, column.name) for table in wide for column in table.columns
        )
        for table in wide[:1]:  # those that come after are mostly so because of it
            what = f"each batch of rows is made from more than {MAX_BATCHES} of other tables"
            hint = "let columns read fewer parents that read several parents in turn"
            self._mistakes.add_of_options(Mistake(table.path, what, hint))


def _drawn_by(table: CatalogTable, key: Reference) -> list[Cell]:
    """Return the columns by which a key is drawn: what starts episodes, is alike, or is a time."""
    cells: list[Cell] = []
    if isinstance(key.shape, TreeFanOut) and key.shape.starts is not None:
        cells.append((table.name, key.shape.starts))
    if isinstance(key.shape, RandomFanOut) and key.shape.alike is not None:
        base = group_beside(table, key)
        cells += [] if base is None else [(base.table, key.shape.alike)]
    time = time_cell(table, key)
    return cells if time is None else [*cells, time]
