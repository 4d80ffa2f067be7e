"""
The catalog: a schema resolved once, which everything after it reads.

It has what can be read of a schema: tables and columns that have a name (the first of each),
foreign keys that lead somewhere, and the order of the tables. What it leaves out is wrong, and
`plan.check` says so.
"""

from __future__ import annotations

import copy
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import count

from shardgen.errors import join_path
from shardgen.schema.catalog_tables import CatalogTable, places_around
from shardgen.schema.model import ReferenceDataset, Schema
from shardgen.schema.order import Edge, parents_first
from shardgen.schema.qualified_names import bare_name, flat_name
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import SharedKeys

MAX_NAME = 63  # bytes: what PostgreSQL keeps of an identifier


class Catalog:
    """The tables of a schema by name, with their keys, and the order to write them in."""

    def __init__(self, schema: Schema, unsound: Iterable[str] = ()) -> None:
        """
        Resolve all columns and foreign keys.

        `unsound` has the paths of known mistakes: columns that have one are broken, and foreign
        keys that have one are left out.
        """
        unsound = places_around(unsound)
        self.schema = schema
        self.name = schema.name
        self.locale = None if "locale" in unsound else schema.locale
        self.datasets: dict[str, ReferenceDataset] = schema.datasets
        named: dict[str, CatalogTable] = {}
        for declared in schema.tables:
            if declared.name and declared.name not in named:
                path = join_path("tables", declared.name)
                named[declared.name] = CatalogTable(declared, path)
        columns = {table.name: {c.name for c in table.declared} for table in named.values()}
        for table in named.values():
            table.resolve(columns, unsound)
        self._tables = named
        _name_indexes(named)
        self.tables: tuple[CatalogTable, ...] = tuple(named.values())
        """All tables, in the order of the file."""
        self.shared_keys = SharedKeys(named)

    def with_text_bytes(self, sizes: Mapping[str, Mapping[str, int]]) -> Catalog:
        """Return the catalog with the most bytes that texts have in the types of their columns."""
        named = {
            name: table.with_text_bytes(sizes[name]) if name in sizes else table
            for name, table in self._tables.items()
        }
        catalog = copy.copy(self)
        vars(catalog).pop("late_references", None)  # has tables in it
        vars(catalog).update(_tables=named, tables=tuple(named.values()))
        return catalog

    @cached_property
    def as_written(self) -> Catalog:
        """The catalog without hidden columns, as formats and databases see it."""
        named = {name: table.as_written() for name, table in self._tables.items()}
        for name, table in named.items():
            if not all(named[key.table].has(key.parent_columns) for key in table.references):
                named[name] = table.without_keys_to_hidden(named)
        if all(table is named[name] for name, table in self._tables.items()):
            return self
        order = self.order
        catalog = copy.copy(self)
        vars(catalog).pop("late_references", None)
        vars(catalog).pop("_late", None)
        vars(catalog).update(_tables=named, tables=tuple(named.values()), order=order)
        return catalog

    def of_tables(self, names: Container[str]) -> Catalog:
        """Return the catalog as one that only these tables are written of."""
        catalog = copy.copy(self)
        late = tuple(edge for edge in self.late_references if edge[0].name in names)
        vars(catalog).update(late_references=late)
        return catalog

    def table(self, name: str) -> CatalogTable:
        """Return the table of that name; KeyError when there is none."""
        return self._tables[name]

    @property
    def by_name(self) -> dict[str, CatalogTable]:
        """All tables by name, in the order of the file."""
        return self._tables

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The names of all tables as they are written: as the schema says, else parents first."""
        given = self.schema.generation_order
        if given and sorted(given) == sorted(self._tables):
            return given
        return parents_first(self._tables)

    @cached_property
    def late_references(self) -> tuple[Edge, ...]:
        """Each foreign key to a table that comes later, with the table it belongs to."""
        position = {name: n for n, name in enumerate(self.order)}
        return tuple(
            (table, reference)
            for table in self.tables
            for reference in table.references
            if position[reference.table] > position[table.name]
        )

    def is_late(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether the foreign key leads to a table that comes later."""
        return (table.name, reference.name) in self._late

    @cached_property
    def _late(self) -> set[tuple[str, str]]:
        return {(table.name, reference.name) for table, reference in self.late_references}

    def position(self, path: str) -> int:
        """Return where the table or the column that a path leads into stands in the schema."""
        while path and path not in self._positions:
            path = path[: max(path.rfind("."), path.rfind("["), path.rfind(" ("), 0)]
        return self._positions.get(path, 0)

    @cached_property
    def _positions(self) -> dict[str, int]:
        paths = (path for t in self.tables for path in (t.path, *(c.path for c in t.columns)))
        return {path: n for n, path in enumerate(paths)}


def _name_indexes(tables: dict[str, CatalogTable]) -> None:
    """
    Give each index a name of its own in the schema: several tables may use the same.

    The first keeps its name; those of later tables begin with the table's.
    """
    taken = {name.casefold() for each in tables for name in (bare_name(each), flat_name(each))}
    taken |= {index.name.casefold() for table in tables.values() for index in table.indexes}
    seen: set[str] = set()
    for table in tables.values():
        for index in table.indexes:
            name = index.name
            if name.casefold() in seen:
                name = next(
                    n
                    for n in _longer_names(flat_name(table.name), name)
                    if n.casefold() not in taken
                )
                taken.add(name.casefold())
                table.index_names[index.name] = name
            seen.add(index.name.casefold())


def _longer_names(table: str, index: str) -> Iterator[str]:
    """Yield names for an index of a table that are as short as databases want them."""
    for n in count(1):
        end = "" if n == 1 else f"_{n}"
        name = f"{table}_{index}".encode()[: MAX_NAME - len(end)].decode(errors="ignore")
        yield name + end
