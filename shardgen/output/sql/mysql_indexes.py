"""What MySQL makes of an index: its kind, how much of a text it holds, and when it is made."""

from __future__ import annotations

from shardgen.output.sql.limits import MYSQL_LIMITS
from shardgen.output.sql.mysql_types import is_listed
from shardgen.output.sql.table_keys import all_keys
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex
from shardgen.tables.rare_casts import is_varying

KEY_LETTERS = (MYSQL_LIMITS.index_bytes or 0) // 4  # of utf8mb4


def is_fulltext(table: CatalogTable, index: CatalogIndex) -> bool:
    """Return whether an index over words is asked for, and can be made."""
    kinds = [table.column(name).sql_type for name in index.columns]
    texts = all(kind.family == "text" and kind.name != "set" for kind in kinds)
    return index.type.lower() == "fulltext" and texts and not index.unique


def shortened(table: CatalogTable, index: CatalogIndex) -> list[str]:
    """Return the columns that are too long for an index to hold whole their share of it."""
    share = KEY_LETTERS // max(1, len(index.columns))
    said = {each.column for each in index.elements if each.length is not None}
    names = (name for name in index.columns if name not in said)
    return [name for name in names if _is_cut(table.column(name), share)]


def _is_cut(column: CatalogColumn, share: int) -> bool:
    kind = column.sql_type
    if kind.family == "bytes":
        return (kind.length or 4 * share + 1) > 4 * share
    if kind.name != "set" and (kind.family == "text" or is_listed(column)):
        return (kind.max_length or share + 1) > share
    return kind.family == "bits" and is_varying(kind) and (kind.length or 1) > share


def comes_first(table: CatalogTable, index: CatalogIndex) -> bool:
    """Return whether a foreign key needs the index, or a key could take its name by itself."""
    names = {column.name.casefold() for column in table.columns}
    serves = any(index.columns[0] == reference.columns[0] for reference in table.references)
    return (serves and not is_fulltext(table, index)) or index.name.casefold() in names


def key_letters(table: CatalogTable, column: CatalogColumn) -> int | None:
    """Return how many letters of the column an index must hold whole; None when there is none."""
    referring = (r.columns for r in table.references)
    sets = [names for names in (*all_keys(table), *referring) if column.name in names]
    return KEY_LETTERS // max(map(len, sets)) if sets else None
