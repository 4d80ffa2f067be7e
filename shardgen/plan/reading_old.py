"""
Keys to rows that are there already → those by which something is read that is not known of these.

What is drawn for a row hangs on its number alone, so that a row that is there has the same values
again where its schema and seed are the same. What a row has from its parents, its children or its
place among others hangs on the rows of a whole table, and is not known of rows that are there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from shardgen.errors import BindError, Mistake
from shardgen.generators.parameters import decode_generator
from shardgen.generators.sources import Cell
from shardgen.plan.added import ancestors
from shardgen.plan.columns import Columns
from shardgen.plan.reach import Reach
from shardgen.plan.times_read import by_time
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import GroupedFanOut

Key = tuple[str, str]
"""A table, and the name of a foreign key of it."""


def keys_that_read(columns: Columns, keys: Collection[Key]) -> set[Key]:
    """Return those of some keys to rows that are there by which what is not known is read."""
    reading = _Reading(columns)
    return {key for key in keys if reading.is_wrong(key)}


def unknown_reads(columns: Columns, reach: Reach) -> Iterator[Mistake]:
    """
    Yield the columns of added rows that read sums of rows that are there, of a table that grows.

    A settled table is made as it is without any added rows, and these would be summed instead.
    """
    for table in columns.catalog.tables:
        for column in table.columns if reach.grows(table.name) else ():
            for cell in columns.reads.get((table.name, column.name), ()):
                summed = _summed(columns, reach, cell)
                if summed is not None:
                    what = f"the column reads {'.'.join(cell)}, which hangs on rows of {summed!r} "
                    what += f"that are there: they are not known, and {cell[0]!r} gets no rows"
                    yield Mistake(column.path, what, f"add rows to {cell[0]!r} too")
            for name in columns.child_tables.get((table.name, column.name), ()):
                if reach.is_idle(name) and _has_always(columns.catalog.table(name), table):
                    what = f"the column sums rows of {name!r}, which gets none, and each row of "
                    what += f"{table.name!r} has some by the min of their key"
                    yield Mistake(column.path, what, f"add rows to {name!r} too")


def _has_always(children: CatalogTable, parent: CatalogTable) -> bool:
    """Return whether each row of a table has children by the shape of their key."""
    return any(
        key.table == parent.name and isinstance(key.shape, GroupedFanOut) and key.shape.min > 0
        for key in children.references
    )


def _summed(columns: Columns, reach: Reach, cell: Cell) -> str | None:
    """Return a growing table that a cell of a settled one adds up, by others of such, if any."""
    seen: set[Cell] = set()
    ahead = [cell]
    while ahead:
        cell = ahead.pop()
        if cell in seen or reach.grows(cell[0]):
            continue
        seen.add(cell)
        for name in columns.child_tables.get(cell, ()):
            if reach.grows(name):
                return name
        ahead += columns.reads.get(cell, ())
    return None


def adds_up_later(cell: Cell, columns: Columns, bound: Collection[str]) -> bool:
    """Return whether a cell is made from rows that are added up, or counted, and not bound yet."""
    seen: set[Cell] = set()
    ahead = [cell]
    while ahead:
        each = ahead.pop()
        if each not in seen:
            seen.add(each)
            below = columns.child_tables.get(each, set()) | columns.counted.get(each, set())
            if not below.issubset(bound):
                return True
            ahead += columns.reads.get(each, ())
    return False


def looked_through(catalog: Catalog) -> frozenset[Key]:
    """Return the keys of tables whose rows conditions look at, and of all that these lead to."""
    of_conditions = {
        reference.table
        for table in catalog.tables
        for reference in table.references
        if reference.where is not None or by_time(reference) is not None
    }
    tables = of_conditions | ancestors(catalog, of_conditions)
    return frozenset((name, key.name) for name in tables for key in catalog.table(name).references)


class _Reading:
    def __init__(self, columns: Columns) -> None:
        """Look at columns that are all bound."""
        self._columns = columns
        self._catalog = columns.catalog
        self._known: dict[Cell, bool] = {}

    def is_wrong(self, key: Key) -> bool:
        """Return whether something that is not known is read by a key."""
        table = self._catalog.table(key[0])
        reference = next(each for each in table.references if each.name == key[1])
        above = ancestors(self._catalog, {reference.table}) - {reference.table}
        direct = {each.table for each in table.references}
        for cell in self._read_by(table):
            if cell[0] == reference.table:
                if not self._is_known(cell):
                    return True
            elif cell[0] in above or cell[0] not in direct:
                return True
        return False

    def _read_by(self, table: CatalogTable) -> Iterator[Cell]:
        """Yield the cells of other rows that a table's columns read."""
        for column in table.columns:
            cell = table.name, column.name
            own = {read for path, read in self._ways(cell) if not path and read[0] == table.name}
            for read in self._columns.reads.get(cell, ()):
                if read[0] != table.name or read not in own:
                    yield read
            for name in self._columns.child_tables.get(cell, ()):
                if all(key.table != table.name for key in self._catalog.table(name).references):
                    yield name, ""

    def _is_known(self, cell: Cell) -> bool:
        """Return whether a cell of a row that is there is known by the row's number."""
        if cell not in self._known:
            self._known[cell] = False  # in a circle it is not
            self._known[cell] = self._is_drawn(cell)
        return self._known[cell]

    def _is_drawn(self, cell: Cell) -> bool:
        table = self._catalog.table(cell[0])
        column = table.column(cell[1])
        grouped = any(isinstance(key.shape, GroupedFanOut) for key in table.references)
        made = self._columns.generated.get(cell)
        if made is None:
            return column.counts_rows
        hangs_on_others = (
            table.refers(column.name)
            or (column.order is not None and grouped)
            or bool(self._columns.child_tables.get(cell))
            or (made.follows is not None and made.follows.cell is None and column.order is None)
            or (column.generator is not None and _numbers_children(table, column.name))
            or any(path for path, _ in self._ways(cell))
        )
        reads = self._columns.reads.get(cell, ())
        own = all(read[0] == table.name and self._is_known(read) for read in reads)
        return own and not hangs_on_others

    def _ways(self, cell: Cell) -> Iterator[tuple[tuple[str, ...], Cell]]:
        made = self._columns.generated.get(cell)
        yield from () if made is None else made.ways
        yield from self._columns.key_ways.get(cell, ())


def _numbers_children(table: CatalogTable, name: str) -> bool:
    try:
        return decode_generator(table.column(name)).numbers_children(table) is not None
    except BindError:
        return True  # it has a mistake, which is reported where it is bound
