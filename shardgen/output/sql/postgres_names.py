"""Names of keys and sequences of PostgreSQL, where those that it finds by itself are taken."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from shardgen.errors import Mistake
from shardgen.output.sql.limits import POSTGRES_LIMITS
from shardgen.output.sql.names import own_name, postgres_name
from shardgen.output.sql.table_keys import covered_by_key, unique_keys
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.qualified_names import split_name


def key_names(
    table: CatalogTable,
) -> Iterator[tuple[str, tuple[str, ...], tuple[tuple[str, ...], str]]]:
    """Yield each key: its kind, its columns, and the columns and the label of its implicit name."""
    if table.primary_key:
        yield "PRIMARY KEY", table.primary_key, ((), "pkey")
    for names in unique_keys(table):
        yield "UNIQUE", names, (names, "key")


@lru_cache(maxsize=2)
def own_names(catalog: Catalog) -> dict[tuple[str, tuple[str, ...], str], str]:
    """
    Return a name for each sequence and key whose implicit one is taken, or will be.

    Tables, indexes and sequences share their names. The key is the table, with the columns and the
    label that the implicit name is made of.
    """
    tables = [catalog.table(name) for name in catalog.order]
    rooms: dict[str, set[str]] = {}  # a schema each
    for table in tables:
        schema, name = split_name(table.name)
        indexes = (table.index_names.get(index.name, index.name) for index in table.indexes)
        rooms.setdefault(schema, set()).update((name, *indexes))
    implicit: list[tuple[CatalogTable, tuple[str, ...], str]] = [
        (t, (c.name,), "seq") for t in tables for c in t.columns if c.is_identity
    ]
    for table in tables:
        named = {i.columns for i in table.indexes if covered_by_key(table, i)}
        implicit += ((table, *of) for _, names, of in key_names(table) if names not in named)
    found = {}
    for table, columns, label in implicit:
        schema, own = split_name(table.name)
        name, taken = postgres_name(own, columns, label), rooms[schema]
        if name in taken:
            name = own_name(name, taken, POSTGRES_LIMITS.name_bytes or 0)
            found[table.name, columns, label] = name
        taken.add(name)
    return found


def in_public(catalog: Catalog) -> Iterator[Mistake]:
    """Yield the tables that are said to be in the schema where those are that say none."""
    names = {table.name.casefold() for table in catalog.tables}
    for table in catalog.tables:
        schema, name = split_name(table.name)
        if schema.casefold() == "public" and name.casefold() in names:
            what = f"{table.name!r} and {name!r} are one table in PostgreSQL"
            yield Mistake(table.path, what, "choose another name")
