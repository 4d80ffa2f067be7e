"""The keys of a table as databases have them, and the indexes that they make superfluous."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, join_path
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import Index

PLAIN_KINDS = ("btree", "unique", "")
"""Kinds of index that every database has."""


def covered_by_key(table: CatalogTable, index: Index) -> bool:
    """Return whether a primary key or unique column of the table does what `index` would."""
    plain = index.type.lower() in ("hash", *PLAIN_KINDS)
    if len(index.columns) == 1:
        return plain and table.column(index.columns[0]).is_key
    return plain and index.columns in table.unique_sets


def is_in_key(table: CatalogTable, column: CatalogColumn) -> bool:
    """Return whether the column is part of a primary key or of a unique one."""
    together = any(column.name in names for names in table.unique_sets)
    return together or column.is_key


def unique_keys(table: CatalogTable) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each unique key apart from the primary one, alone or together."""
    for column in table.columns:
        if column.unique and table.primary_key != (column.name,):
            yield (column.name,)
    yield from (names for names in table.unique_sets if names != table.primary_key)


def all_keys(table: CatalogTable) -> Iterator[tuple[str, ...]]:
    """Yield the columns of the primary key, if there is any, and of each unique one."""
    if table.primary_key:
        yield table.primary_key
    yield from unique_keys(table)


def shared_names(catalog: Catalog, title: str) -> Iterator[Mistake]:
    """Yield the indexes that are named like a table, for databases that have one room for both."""
    tables = {table.name.lower() for table in catalog.tables}
    for table in catalog.tables:
        for index in table.indexes:
            if index.name.lower() in tables:
                where = join_path("tables", table.name, "indexes", index.name)
                what = f"an index and a table are both named {index.name!r}"
                yield Mistake(where, what, f"{title} allows one of them")
