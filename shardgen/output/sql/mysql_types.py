"""What MySQL makes of types: of enums that it would change, and of foreign keys."""

from __future__ import annotations

from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.types import ColumnType

_ENUM_LETTERS = 255


def fits_enum(kind: ColumnType) -> bool:
    """Return whether MySQL keeps the values of an enum as they are."""
    return not any(v.endswith(" ") or len(v) > _ENUM_LETTERS for v in kind.values)


def is_listed(column: CatalogColumn) -> bool:
    """Return whether a CHECK keeps the column to the values of an enum that MySQL cannot have."""
    return column.sql_type.name == "enum" and not fits_enum(column.sql_type)


def root_type(column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> ColumnType:
    """Return the type of the key that a chain of foreign keys ends at."""
    seen: list[CatalogColumn] = []
    while column not in seen:
        seen.append(column)
        reference = column.reference
        if reference is None:
            break
        table = catalog.table(reference.table)
        column = table.column(reference.parent_columns[reference.columns.index(column.name)])
    return column.sql_type
