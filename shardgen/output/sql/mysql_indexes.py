"""What MySQL makes of an index: its kind, how much of a text it holds, and when it is made."""

from __future__ import annotations

from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import Index

KEY_LETTERS = 768  # of utf8mb4 in an index of InnoDB: 3072 bytes


def is_fulltext(table: CatalogTable, index: Index) -> bool:
    """Return whether an index over words is asked for, and can be made."""
    texts = all(table.column(name).sql_type.family == "text" for name in index.columns)
    return index.type.lower() == "fulltext" and texts and not index.unique


def shortened(table: CatalogTable, index: Index) -> list[str]:
    """Return the columns that are too long for an index to hold whole their share of it."""
    share = KEY_LETTERS // len(index.columns)
    kinds = {name: table.column(name).sql_type for name in index.columns}
    texts = (name for name, kind in kinds.items() if kind.family == "text")
    return [name for name in texts if (kinds[name].length or share + 1) > share]


def comes_first(table: CatalogTable, index: Index) -> bool:
    """Return whether a foreign key needs the index, or a key could take its name by itself."""
    names = {column.name.casefold() for column in table.columns}
    serves = any(index.columns[0] == reference.columns[0] for reference in table.references)
    return (serves and not is_fulltext(table, index)) or index.name.casefold() in names
