"""
Names of keys in MySQL, where those that it finds by itself would be too long.

A foreign key is numbered after its table (t_ibfk_1), a CHECK too (t_chk_1), and an index that has
no name gets that of its first column, with a number where that is taken (c_2).
"""

from __future__ import annotations

from functools import lru_cache

from shardgen.output.sql.names import own_name
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable

_LETTERS = 63  # with 64, of which one is lost, MariaDB says that the name is too long
_NUMBER_LETTERS = 3  # "_2" to "_64" after the name of a column


def foreign_key_name(table: CatalogTable, reference: str, catalog: Catalog) -> str | None:
    """Return a name for a foreign key; None where that of MySQL will do."""
    return _foreign_key_names(catalog).get((table.name, reference))


@lru_cache(maxsize=2)
def _foreign_key_names(catalog: Catalog) -> dict[tuple[str, str], str]:
    """Return the names of foreign keys, which are unique in a whole database."""
    taken: set[str] = set()
    found = {}
    for table in catalog.tables:
        long = not _fits_number(table.name, "_ibfk_", len(table.references))
        for reference in table.references:
            if long or not _is_free(table, reference.columns[0]):
                name = own_name(f"{table.name}_{reference.name}_fk", taken, _LETTERS)
                taken.add(name.lower())
                found[table.name, reference.name] = name
    return found


def unique_key_name(table: CatalogTable, columns: tuple[str, ...]) -> str | None:
    """Return a name for a unique key that no index names; None where that of MySQL will do."""
    if _is_free(table, columns[0]):
        return None
    taken = {index.name.lower() for index in table.indexes}
    return own_name(f"{'_'.join(columns)}_key", taken, _LETTERS)


def check_name(table: CatalogTable, column: str) -> str | None:
    """Return a name for the CHECK of a column; None where that of MySQL will do."""
    if _fits_number(table.name, "_chk_", len(table.columns)):
        return None
    return own_name(f"{table.name}_{column}_chk", (), _LETTERS)


def _fits_number(table: str, label: str, most: int) -> bool:
    return len(table) + len(label) + len(str(most)) <= _LETTERS


def _is_free(table: CatalogTable, column: str) -> bool:
    """Return whether indexes may be named after the column, as many as there are."""
    if len(column) + _NUMBER_LETTERS <= _LETTERS:
        return True
    starts = [names[0] for names in table.unique_sets if names != table.primary_key]
    starts += (c.name for c in table.columns if c.is_key and table.primary_key != (c.name,))
    starts += (reference.columns[0] for reference in table.references)
    starts += (index.name for index in table.indexes)
    return sum(name.lower() == column.lower() for name in starts) < 2
