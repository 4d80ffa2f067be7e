"""
Rows that are stated: of the first rows of tables, what they have in some of their columns.

A row is said by its columns, or by a foreign key's name with the parent that it has: then the
parent is a stated row that has these values, or becomes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shardgen.errors import Mistake, nearest, shown
from shardgen.plan.stated_row import StatedRow, WithRows, path_of
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.literals import literal
from shardgen.schema.references import Reference

MOST_STATED = 100_000  # rows of a table


class StatedRows(msgspec.Struct, frozen=True):
    """The stated rows of each table that has some, and what is wrong with them."""

    rows: dict[str, tuple[StatedRow, ...]]
    mistakes: tuple[Mistake, ...]


def stated_rows(catalog: Catalog, with_rows: WithRows) -> StatedRows:
    """Return what is stated in its plain form; parents that are said by values among it."""
    reader = _Reader(catalog)
    if not isinstance(with_rows, Mapping):
        what = f"with_rows is {shown(with_rows)}"
        return StatedRows({}, (Mistake("", what, "give a list of rows for each table"),))
    for name, rows in with_rows.items():
        reader.read_table(name, rows)
    while reader.ahead:
        reader.read_parent(*reader.ahead.pop(0))
    made = {name: tuple(row.frozen() for row in read) for name, read in reader.rows.items() if read}
    return StatedRows(made, tuple(reader.mistakes))


class _StatedRow:
    """A stated row while it is read."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.parents: dict[str, int] = {}
        self.said_parents: dict[str, Mapping[str, Any]] = {}

    def frozen(self) -> StatedRow:
        return StatedRow(self.values, self.parents)


class _Reader:
    """Reads rows, first those that are listed, then those that are said as parents."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.rows: dict[str, list[_StatedRow]] = {}
        self.mistakes: list[Mistake] = []
        self.ahead: list[tuple[str, int, Reference, Mapping[str, Any]]] = []

    def read_table(self, name: str, rows: Any) -> None:
        """Read the rows that are listed for a table."""
        names = [table.name for table in self._catalog.tables]
        at = f"with_rows.{name}"
        if name not in names:
            hint = nearest(name, names) or f"the tables are {', '.join(names)}"
            self.mistakes.append(Mistake("", f"rows are stated of an unknown table {name!r}", hint))
        elif isinstance(rows, str | Mapping) or not isinstance(rows, Sequence):
            self.mistakes.append(Mistake(at, f"{shown(rows)} is no list", "list its rows"))
        elif len(rows) > MOST_STATED:
            hint = f"state at most {MOST_STATED}, and generate the others"
            self.mistakes.append(Mistake(at, f"{len(rows)} rows are stated", hint))
        else:
            made = self.rows.setdefault(name, [])
            for n, row in enumerate(rows):
                made.append(self._read(self._catalog.table(name), n, row))

    def read_parent(self, name: str, n: int, reference: Reference, said: Mapping[str, Any]) -> None:
        """Find the stated row that a parent is said to be, or add it."""
        parent = self._catalog.table(reference.table)
        rows = self.rows.setdefault(parent.name, [])
        before, start = len(self.mistakes), len(self.ahead)
        wanted = self._read(parent, len(rows), said)
        if len(self.mistakes) > before:
            return
        fits = [k for k, row in enumerate(rows) if _has(row, wanted)]
        if parent.name == name:
            fits = [k for k in fits if k != n]
        if len(fits) > 1:
            what = f"{len(fits)} stated rows of {parent.name!r} have these values"
            hint = "say more of the parent, or give its key"
            at = path_of(name, n, reference.name)
            self.mistakes.append(Mistake(at, what, hint))
        elif fits:
            del self.ahead[start:]
            self.rows[name][n].parents[reference.name] = fits[0]
        else:
            rows.append(wanted)
            self.rows[name][n].parents[reference.name] = len(rows) - 1

    def _read(self, table: CatalogTable, n: int, row: Any) -> _StatedRow:
        made = _StatedRow()
        if not isinstance(row, Mapping):
            what = f"{shown(row)} is no row"
            self.mistakes.append(Mistake(path_of(table.name, n), what, "give values by column"))
            return made
        for name, value in row.items():
            reference = _reference(table, name) if isinstance(value, Mapping) else None
            if reference is not None:
                made.said_parents[reference.name] = value
                self.ahead.append((table.name, n, reference, value))
                continue
            for mistake in self._read_cell(table, n, name, value, made):
                self.mistakes.append(mistake)
        for reference in table.references:
            both = sorted({*reference.columns} & made.values.keys())
            if reference.name in made.said_parents and both:
                what = f"the parent is said, and {both[0]} too"
                at = path_of(table.name, n, reference.name)
                self.mistakes.append(Mistake(at, what, "leave one of them out"))
        return made

    def _read_cell(
        self, table: CatalogTable, n: int, name: Any, value: Any, made: _StatedRow
    ) -> Iterator[Mistake]:
        at = path_of(table.name, n, str(name))
        names = [column.name for column in table.columns]
        if name not in names:
            hint = nearest(str(name), names) or f"the columns are {', '.join(names)}"
            yield Mistake(at, f"table {table.name!r} has no column {name!r}", hint)
            return
        column = table.column(name)
        if column.generated is not None:
            yield Mistake(at, "the database computes the column", "leave it out")
        elif value is not None:
            try:
                made.values[name] = literal(value, column.sql_type)
            except ValueError as error:
                yield Mistake(at, str(error))
        elif not column.nullable or column.primary_key:
            yield Mistake(at, "null is stated, and the column is not nullable", "give a value")
        elif column.never_null:
            yield Mistake(at, "null is stated, and a unique index takes null for a value")
        else:
            made.values[name] = None


def _has(row: _StatedRow, wanted: _StatedRow) -> bool:
    """Return whether a row has all that is wanted of one."""
    values = all(n in row.values and row.values[n] == each for n, each in wanted.values.items())
    return values and all(row.said_parents.get(n) == p for n, p in wanted.said_parents.items())


def _reference(table: CatalogTable, name: str) -> Reference | None:
    """Return the foreign key that a word means: its name, that without `_id`, or a column of it."""
    keys = [key for key in table.references if not key.target_of]
    for word in (name, f"{name}_id"):
        for key in keys:
            if key.name == word or key.columns == (word,):
                return key
    leading = [key for key in keys if key.table == name]
    return leading[0] if len(leading) == 1 else None
