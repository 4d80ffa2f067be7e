"""
Names that MySQL refuses, and names of keys where those that it finds by itself would be too long.

A foreign key is numbered after its table (t_ibfk_1), a CHECK too (t_chk_1), and an index that has
no name gets that of its first column, with a number where that is taken (c_2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from shardgen.errors import Mistake, join_path
from shardgen.output.sql.limits import MYSQL_LIMITS
from shardgen.output.sql.names import own_name
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.qualified_names import bare_name, flat_name

_OWN_COLUMNS = {"DB_ROW_ID", "DB_TRX_ID", "DB_ROLL_PTR", "FTS_DOC_ID"}
_OWN_INDEXES = {
    "PRIMARY": "the primary key",
    "GEN_CLUST_INDEX": "the key of a table without one",
    "FTS_DOC_ID_INDEX": "the rows of a full-text index",
}
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
                name = own_name(f"{flat_name(table.name)}_{reference.name}_fk", taken, _LETTERS)
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
    return own_name(f"{flat_name(table.name)}_{column}_chk", (), _LETTERS)


@lru_cache(maxsize=2)
def check_names(catalog: Catalog) -> dict[tuple[str, str], str]:
    """Return other names for the checks of tables, where an earlier table has one of the name."""
    taken = {"primary"}  # that of every table's key
    found = {}
    for table in catalog.tables:
        for check in table.checks:
            name = check.name
            if name.casefold() in taken:
                name = own_name(f"{flat_name(table.name)}_{name}", taken, _LETTERS)
                found[table.name, check.name] = name
            taken.add(name.casefold())
    return found


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


def refused_names(table: CatalogTable, where: str) -> Iterator[Mistake]:
    """Yield the names of a table, its columns and its indexes that MySQL refuses."""
    own = bare_name(table.name)
    names = [(own, where)]
    names += ((i.name, join_path(where, "indexes", i.name)) for i in table.indexes)
    names += ((c.name, join_path(where, "columns", c.name)) for c in table.columns)
    for name, at in names:
        if name.endswith(" "):
            yield Mistake(at, f"the name {name!r} ends with a space", "MySQL refuses that")
        if any(ord(letter) > 0xFFFF for letter in name):
            what = f"the name {name!r} has a character beyond U+FFFF"
            yield Mistake(at, what, "MySQL refuses these")
    for index in table.indexes:
        if index.name.upper() in _OWN_INDEXES:
            whose = _OWN_INDEXES[index.name.upper()]
            what = f"the index name {index.name!r} is that of {whose} in MySQL"
            yield Mistake(join_path(where, "indexes", index.name), what, "choose another")
    for column in table.columns:
        if column.name.upper() in _OWN_COLUMNS:
            what = f"the name {column.name!r} is one that InnoDB keeps for itself"
            yield Mistake(join_path(where, "columns", column.name), what, "choose another")
    if table.name.startswith("#mysql50#"):
        what = f"the name {table.name!r} begins with #mysql50#, which MySQL takes off"
        yield Mistake(where, what, "choose another")
    size = sum(1 if re.match(r"\w", letter, re.ASCII) else 5 for letter in own)
    most = MYSQL_LIMITS.file_name_bytes
    if most is not None and size > most:
        what = f"the name {table.name!r} takes {size} bytes as that of a file"
        yield Mistake(where, what, f"MySQL allows {most}: use more of a-z, 0-9 and _")
