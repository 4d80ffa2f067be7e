"""The keys of a table as databases have them, and the indexes that they make superfluous."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.errors import Mistake, join_path
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex
from shardgen.schema.qualified_names import bare_name, flat_name, split_name

PLAIN_KINDS = ("btree", "unique", "")
"""Kinds of index that every database has."""


def covered_by_key(table: CatalogTable, index: CatalogIndex) -> bool:
    """Return whether a primary key or unique column of the table does what `index` would."""
    plain = index.type.lower() in ("hash", *PLAIN_KINDS) and index.is_over_columns
    return plain and index.columns in all_keys(table)


def is_in_key(table: CatalogTable, column: CatalogColumn) -> bool:
    """Return whether the column is part of a primary key or of a unique one."""
    together = any(column.name in names for names in table.unique_sets)
    return together or column.is_key


def unique_keys(table: CatalogTable) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each unique key apart from the primary one, alone or together."""
    for column in table.columns:
        if column.unique and table.primary_key != (column.name,):
            yield (column.name,)
    no_keys = {table.primary_key} | table.alone.sets - _said(table)
    yield from (names for names in table.unique_sets if names not in no_keys)


def _said(table: CatalogTable) -> set[tuple[str, ...]]:
    """Return the sets that are keys too, whatever indexes over them there are."""
    whole = {index.columns for index in table.indexes if index.unique and index.is_over_columns}
    return whole | table.said_unique


def all_keys(table: CatalogTable) -> Iterator[tuple[str, ...]]:
    """Yield the columns of the primary key, if there is any, and of each unique one."""
    if table.primary_key:
        yield table.primary_key
    yield from unique_keys(table)


def schemas_of(catalog: Catalog) -> list[str]:
    """Return the schemas that tables are in, each once."""
    schemas = (split_name(table.name)[0] for table in catalog.tables)
    return [*dict.fromkeys(filter(None, schemas))]


def reserved_schemas(catalog: Catalog, reserved: Iterable[str], title: str) -> Iterator[Mistake]:
    """Yield the tables in schemas that a database keeps for itself."""
    for table in catalog.tables:
        schema = split_name(table.name)[0].lower()
        if schema in reserved:
            what = f"the schema {schema!r} is one that {title} keeps for itself"
            yield Mistake(table.path, what, "choose another")


def shared_names(catalog: Catalog, title: str) -> Iterator[Mistake]:
    """Yield the indexes that are named like a table, for databases that have one room for both."""
    names = [table.name for table in catalog.tables]
    tables = {name.lower() for each in names for name in (bare_name(each), flat_name(each))}
    for table in catalog.tables:
        for index in table.indexes:
            if index.name.lower() in tables:
                where = join_path("tables", table.name, "indexes", index.name)
                what = f"an index and a table are both named {index.name!r}"
                yield Mistake(where, what, f"{title} allows one of them")
