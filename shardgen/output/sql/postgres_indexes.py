"""Which indexes PostgreSQL has for a type."""

from __future__ import annotations

from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import Index
from shardgen.schema.types import ColumnType

WITHOUT_ORDER = frozenset(
    {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"}
)
"""Types that are in no key and in no index, as their values have no order."""
_WITHOUT_HASH = WITHOUT_ORDER | {"tsvector", "money", "bit", "varbit"}
_WITHOUT_SUMMARY = WITHOUT_ORDER | {"tsvector", "money", "jsonb", "boolean", "array"}
_OF_WORDS = frozenset({"varchar", "char", "text", "citext", "set"})


def can_be_indexed(table: CatalogTable, index: Index) -> bool:
    """Return whether there is an index over such columns."""
    return all(kind.scalar.name not in WITHOUT_ORDER for kind in _types(table, index))


def made_kind(table: CatalogTable, index: Index) -> str:
    """Return the kind that is made of an index: what was asked for, where the types have it."""
    types, unique = _types(table, index), index.unique
    fits = {
        "fulltext": all(each.name in _OF_WORDS for each in types),
        "hash": len(types) == 1 and not unique and types[0].scalar.name not in _WITHOUT_HASH,
        "brin": not unique and all(map(_has_summary, types)),
        "gin": not unique and all(each.name in ("jsonb", "array") for each in types),
    }
    kind = index.type.lower()
    return kind if fits.get(kind) else "btree"


def _types(table: CatalogTable, index: Index) -> list[ColumnType]:
    return [table.column(name).sql_type for name in index.columns]


def _has_summary(kind: ColumnType) -> bool:
    return kind.name not in _WITHOUT_SUMMARY and not kind.enum_name
