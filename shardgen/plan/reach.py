"""
Rows that are somewhere already, and rows that are added: which of them keys lead to.

A table that grows has `first` rows before its own; one that is settled gets none, and has those
that are there. Rows that are added are a block of their own: their keys lead to rows that are
added, and to those of settled tables. What is drawn for a row hangs on its number, so that no
value of a unique column comes again.
"""

from __future__ import annotations

from collections.abc import Mapping

from shardgen.errors import InputWarning, NotEnoughValuesError
from shardgen.plan.job import Job
from shardgen.plan.times_read import by_time
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import RandomFanOut, Shape, TreeFanOut
from shardgen.schema.references import Reference
from shardgen.tables.batch import BoundTable
from shardgen.tables.selection import SelectedRange


class Reach:
    """Says which rows of their parents the keys of a job lead to."""

    def __init__(
        self,
        tables: Mapping[str, BoundTable],
        job: Job,
        kept: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        """Begin with tables that have no relations yet; `kept` are keys to added rows alone."""
        self._tables = tables
        self._job = job
        self._kept = kept
        self.reaching: set[tuple[str, str]] = set()
        """The keys that lead to rows that are there, of those that might lead to others."""

    def is_settled(self, table: str) -> bool:
        """Return whether a table gets no rows, while others do beside rows that are there."""
        return table in self._job.settled

    def is_idle(self, table: str) -> bool:
        """Return whether a table is settled, and no row that is added has to do with it."""
        return self.is_settled(table) and self._tables[table].is_empty

    def grows(self, table: str) -> bool:
        """Return whether a table gets rows."""
        return not self.is_settled(table)

    def is_choice(self, table: str, parent: str) -> bool:
        """Return whether keys may lead to rows that are there, or to those that are added."""
        return bool(self._tables[parent].first) and self.grows(table)

    def span(self, table: str, parent: str) -> range:
        """Return the rows of a parent that a key leads to, where nothing else is asked for."""
        bound = self._tables[parent]
        if bound.first and self.is_settled(table):
            return range(-bound.first, 0)
        return range(0 if bound.is_empty else bound.rows)

    def selection(self, table: str, reference: Reference, *, is_free: bool) -> SelectedRange | None:
        """
        Return the rows that a key leads to; None for all that its parent has of its own.

        NotEnoughValuesError where rows that are there would be needed, and are not known.
        """
        bound, key = self._tables[reference.table], (table, reference.name)
        if not bound.first or self.is_idle(table):
            return None
        if self.is_settled(table):
            if key in self._kept or not is_free:
                what = (
                    f"rows of {table!r} are needed, which lead to {reference.table!r} by what is "
                )
                what += f"not known of its rows that are there, and {table!r} gets no rows"
                raise NotEnoughValuesError(what, f"add rows to {table!r} too")
            self.reaching.add(key)
            return SelectedRange(-bound.first, 0)
        if self._job.existing == "new" or not is_free or key in self._kept:
            return None
        self.reaching.add(key)
        return SelectedRange(-bound.first, bound.rows if self._job.existing == "all" else 0)

    @property
    def asks_for_old(self) -> bool:
        """Whether keys are asked to lead to rows that are there."""
        return self._job.existing != "new"

    def rows_before(self, table: str, parent: str) -> int:
        """Return how many rows a table has before its own that have parents among the same rows."""
        own = self._tables[table]
        return own.first if self.is_settled(parent) else 0


def is_free(reference: Reference, shape: Shape) -> bool:
    """Return whether a key by itself may lead to any row, whatever others of its table do."""
    chosen = reference.where is not None or by_time(reference) is not None
    if reference.within or reference.differs_from or chosen:
        return False
    if isinstance(shape, TreeFanOut):
        return shape.max_depth is None and not shape.within
    return isinstance(shape, RandomFanOut)


def taken(table: CatalogTable, base: Reference, names: tuple[str, ...]) -> NotEnoughValuesError:
    """Return that rows which are there have the values that rows beside them would get."""
    what = f"({', '.join(names)}) of rows that are there are not known, and {base.table!r} gets "
    what += f"no rows for those of {table.name!r} to lead to"
    return NotEnoughValuesError(what, f"add rows to {base.table!r} too")


def only_new(reference: Reference) -> InputWarning:
    """Return that a key leads to rows that are added alone, where others are asked for."""
    what = f"{reference.name!r} leads to rows of {reference.table!r} that are added, and to none "
    what += "that are there: by its shape, its uniqueness, or what is read by it"
    return InputWarning(reference.path, "only-new-rows", what)
