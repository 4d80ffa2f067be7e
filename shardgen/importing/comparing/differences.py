"""
A database that is there and a schema → everything in which they differ for the schema's rows.

Pure: the database is described already, and nothing of it is asked here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import InputWarning, Mistake, nearest
from shardgen.importing.comparing.constraints import unknown_constraints
from shardgen.importing.comparing.fitting import Fit, Pair, fit
from shardgen.importing.described import Column, Database, Name, Table
from shardgen.importing.translation.types import imported_type
from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.qualified_names import flat_name, split_name
from shardgen.tables.batch import Batch

if TYPE_CHECKING:
    from shardgen.plan.source import Source
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

_SAME_CASE = ("postgres",)
"""Databases in which the case of a quoted name counts."""


class ChildKey(msgspec.Struct, frozen=True):
    """A foreign key of a table that is there, to columns of the schema's table `parent`."""

    table: Name
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """
    In what a database that is there differs from a schema.

    `mistakes` keep the rows out, `warnings` do not. `left_out` has the columns of each table that
    are not to be written, as the database computes them; `retyped` the tables with a column of
    another type than the schema's, for whoever writes values in the form of a type. `names` has
    the name that each table has there, and `children` the keys of tables that get no rows to tables
    that do.
    """

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[InputWarning, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = {}
    retyped: frozenset[str] = frozenset()
    names: Mapping[str, Name] = {}
    children: tuple[ChildKey, ...] = ()


def find_differences(
    source: Source, database: Database, *, search_path: Sequence[str] = ("",)
) -> Differences:
    """
    Return in what a database differs from the tables that a source writes.

    A table without a schema is looked for in those of `search_path`, "" for the one that the
    description has no name for. Values are known by their bounds, so that what is said of them
    holds for all rows.
    """
    comparison = _Comparison(source, database, search_path)
    comparison.compare()
    return Differences(
        mistakes=tuple(comparison.mistakes),
        warnings=tuple(comparison.warnings),
        left_out={name: tuple(columns) for name, columns in comparison.left_out.items()},
        retyped=frozenset(comparison.retyped),
        names={name: table.name for name, table in comparison.found.items()},
        children=tuple(comparison.children()),
    )


class _Comparison:
    def __init__(self, source: Source, database: Database, search_path: Sequence[str]) -> None:
        """Begin with nothing found."""
        self.mistakes: list[Mistake] = []
        self.warnings: list[InputWarning] = []
        self.left_out: dict[str, list[str]] = {}
        self.retyped: set[str] = set()
        self.found: dict[str, Table] = {}
        self._source = source
        self._database = database
        self._path = search_path
        self._dialect = DIALECTS[database.dialect]
        self._catalog = source.plan.catalog.as_written
        self._called: dict[Name, str] = {}

    def compare(self) -> None:
        tables = [self._catalog.table(each.name) for each in self._source.plan.tables]
        for table in self._catalog.tables:
            there = self._find(table.name)
            if there is not None:
                self.found[table.name] = there
                self._called[there.name] = table.name
        for table in tables:
            if table.name in self.found:
                self._compare_table(table, self.found[table.name])
            else:
                self.mistakes.append(self._missing(table))

    def children(self) -> Iterator[ChildKey]:
        """Yield the keys to tables that get rows, of those that get none."""
        counts = self._source.plan.counts
        for table in self._database.tables:
            if self._called.get(table.name) in counts:
                continue
            for key in table.foreign_keys:
                parent = self._called.get(key.table)
                if parent in counts:
                    yield ChildKey(table.name, key.columns, parent, key.references)

    def _find(self, name: str) -> Table | None:
        """Return the table of a name of the schema's; None where there is none."""
        for wanted in self._names(name):
            for table in self._database.tables:
                if table.name == wanted:
                    return table
        if self._database.dialect in _SAME_CASE:
            return None
        for wanted in self._names(name):
            for table in self._database.tables:
                if str(table.name).casefold() == str(wanted).casefold():
                    return table
        return None

    def _names(self, name: str) -> Iterator[Name]:
        schema, bare = split_name(name)
        if self._database.dialect == "sqlite":
            yield Name("", flat_name(name))
        elif schema:
            own = self._database.name if self._database.dialect == "mysql" else "public"
            yield Name("" if schema == own else schema, bare)
        else:
            yield from (Name(each, bare) for each in self._path)

    def _missing(self, table: CatalogTable) -> Mistake:
        names = set(self._names(table.name))
        for unread in self._database.unread:
            if unread.table in names:
                what = f"{table.name!r} is not a table of {self._database.name}: {unread.reason}"
                return Mistake(table.path, what, "name the table itself in the schema")
        others = [each.name for each in self._database.tables if each.name.name == table.name]
        if others:
            hint = f"there is {others[0]}: write that name, or set the search path"
        else:
            known = [str(each.name) for each in self._database.tables]
            hint = nearest(table.name, known) or "make it, or leave the tables to shardgen"
        return Mistake(table.path, f"there is no table {table.name!r} in the database", hint)

    def _compare_table(self, table: CatalogTable, there: Table) -> None:
        spelled = {self._fold(column.name): column.name for column in table.columns}
        known = {self._fold(column.name): column for column in there.columns}
        batch = Batch.of_range(self._source.bound[table.name], 0, 0)
        for column in table.row_columns:
            found = known.get(self._fold(column.name))
            if found is None:
                self._missing_column(column, there)
            elif found.generated is not None:
                self._leave_out(table, column, f"is computed there: {found.generated.expression}")
            elif found.identity == "always" and not _is_needed(table, column):
                self._leave_out(table, column, "is GENERATED ALWAYS AS IDENTITY there")
            else:
                self._compare_column(table, column, found, there, batch)
        for extra in there.columns:
            if self._fold(extra.name) not in spelled:
                self._extra_column(table, extra, there)
        self.warnings += unknown_constraints(
            table,
            there,
            self._database.dialect,
            self._called.get,
            lambda name: spelled.get(self._fold(name)),
        )

    def _compare_column(
        self, table: CatalogTable, column: CatalogColumn, found: Column, there: Table, batch: Batch
    ) -> None:
        pair = Pair(
            table=table,
            column=column,
            written=self._dialect.column_type(column, table, self._catalog),
            there=found,
            is_strict=self._database.dialect != "sqlite" or "STRICT" in there.options,
        )
        fits = fit(batch.column(column.name), pair, self._dialect, self._database)
        self._note_fit(table, column, found, fits)
        bound = self._source.bound[table.name].columns[column.name]
        if bound.null is not None and not self._takes_null(found, there):
            what = f"it is NOT NULL in {there.name}, and some rows have NULL"
            hint = 'leave out "nullable", or let the database take NULL'
            self.mistakes.append(Mistake(column.path, what, hint))

    def _note_fit(
        self, table: CatalogTable, column: CatalogColumn, found: Column, fits: Fit
    ) -> None:
        if fits.is_other:
            self.retyped.add(table.name)
        if fits.refused:
            what = f"it is {found.type} in the database, and {fits.refused}"
            hint = "narrow the values in the schema, or widen the type there"
            self.mistakes.append(Mistake(column.path, what, hint))
        elif fits.unproven:
            what = f"whether {found.type} takes the values of {column.sql_type} is not known"
            hint = "rows may be refused"
            self.warnings.append(InputWarning(column.path, "unproven-type", what, hint))

    def _takes_null(self, found: Column, there: Table) -> bool:
        if not found.nullable or found.name in there.primary_key:
            return False
        return imported_type(found.type, self._database).nullable

    def _missing_column(self, column: CatalogColumn, there: Table) -> None:
        what = f"{there.name} has no column {column.name!r}"
        names = [each.name for each in there.columns]
        hint = nearest(column.name, names) or 'add it there, or say "hidden" in the schema'
        self.mistakes.append(Mistake(column.path, what, hint))

    def _leave_out(self, table: CatalogTable, column: CatalogColumn, why: str) -> None:
        """Leave a column out of the rows; whoever refers to its values would find others."""
        if _is_referred_to(table, column, self._catalog.tables):
            what = f"it {why}, and keys of other tables lead to the values of the schema"
            hint = "let the database take values, as GENERATED BY DEFAULT does"
            self.mistakes.append(Mistake(column.path, what, hint))
            return
        self.left_out.setdefault(table.name, []).append(column.name)
        what = f"it {why}, and is left out of the rows"
        self.warnings.append(InputWarning(column.path, "left-out-column", what))

    def _extra_column(self, table: CatalogTable, column: Column, there: Table) -> None:
        if column.generated is not None:
            return
        counts = column.counts or column.identity is not None or column.sequence is not None
        domain = imported_type(column.type, self._database)
        never_null = not column.nullable or not domain.nullable or column.name in there.primary_key
        if never_null and column.default is None and not counts and not self._has_default(column):
            what = f"{there.name}.{column.name} is NOT NULL without a default, "
            what += "and not in the schema"
            hint = "add it to the schema, or give it a default there"
            self.mistakes.append(Mistake(table.path, what, hint))
            return
        given = "counts by itself" if counts else f"gets {column.default or 'NULL'} in every row"
        what = f"{there.name}.{column.name} is not in the schema, and {given}"
        self.warnings.append(InputWarning(table.path, "left-to-default", what))

    def _has_default(self, column: Column) -> bool:
        """Return whether the column's domain has a default."""
        bare = column.type.replace('"', "")
        return any(
            domain.default is not None and bare in (str(domain.name), domain.name.name)
            for domain in self._database.domains
        )

    def _fold(self, name: str) -> str:
        return name if self._database.dialect in _SAME_CASE else name.casefold()


def _is_needed(table: CatalogTable, column: CatalogColumn) -> bool:
    """Return whether a column of numbers is a key that rows are to have the schema's values of."""
    return column.primary_key or column.is_key or table.refers(column.name)


def _is_referred_to(
    table: CatalogTable, column: CatalogColumn, tables: Collection[CatalogTable]
) -> bool:
    return any(
        key.table == table.name and column.name in key.parent_columns
        for other in tables
        for key in other.references
    )


def referring(
    database: Database, names: Mapping[str, Name], tables: Collection[str]
) -> Iterator[Mistake]:
    """Yield the tables that refer to those that are to be emptied, and are not among them."""
    emptied = {names[name]: name for name in tables if name in names}
    for table in database.tables:
        parents = [emptied[key.table] for key in table.foreign_keys if key.table in emptied]
        if parents and table.name not in emptied:
            listed = ", ".join(dict.fromkeys(parents))
            what = f"{table.name} refers to {listed}, which is to be emptied, and is not itself"
            yield Mistake(f"tables.{parents[0]}", what, f"add {table.name} to --tables")
