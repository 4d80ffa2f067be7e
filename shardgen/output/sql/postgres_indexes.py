"""Which indexes PostgreSQL has for a type."""

from __future__ import annotations

from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.index_elements import ORDERS, CatalogIndex
from shardgen.schema.types import ColumnType

WITHOUT_ORDER = frozenset(
    {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"}
)
"""Types that are in no key and in no index, as their values have no order."""
_WITHOUT_HASH = WITHOUT_ORDER | {"tsvector", "money", "bit", "varbit"}
_WITHOUT_SUMMARY = WITHOUT_ORDER | {"tsvector", "money", "jsonb", "boolean", "array"}
_RANGES = {"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"}
_OWN_KINDS = {
    "gin": {"jsonb", "tsvector", "array"},
    "gist": {"point", "tsvector", *_RANGES},
    "spgist": {"point", "inet", "cidr", "text", "varchar", *_RANGES},
}
"""Kinds of index with the types that they are over, without saying how these are compared."""
_OF_ONE_COLUMN = frozenset({"hash", "spgist"})
_OF_WORDS = frozenset({"varchar", "char", "text", "citext", "set"})


def can_be_indexed(table: CatalogTable, index: CatalogIndex) -> bool:
    """Return whether there is an index over such columns."""
    has_order = all(kind.scalar.name not in WITHOUT_ORDER for kind in _types(table, index))
    is_array = any(kind.element is not None for kind in _types(table, index))
    return has_order or (not is_array and made_kind(table, index) in _OWN_KINDS)


def made_kind(table: CatalogTable, index: CatalogIndex) -> str:
    """Return the kind that is made of an index: what was asked for, where the types have it."""
    types, unique = _types(table, index), index.unique
    fits = {
        "fulltext": all(each.name in _OF_WORDS for each in types),
        "hash": len(types) == 1 and not unique and types[0].scalar.name not in _WITHOUT_HASH,
        "brin": not unique and all(map(_has_summary, types)),
        **{
            kind: not unique and all(each.name in of or each.given for each in types)
            for kind, of in _OWN_KINDS.items()
        },
    }
    kind = index.type.lower()
    if kind in _OF_ONE_COLUMN and len(index.elements) > 1:
        return "btree"
    if kind in fits and not unique and _names_operators(index):
        return kind
    return kind if fits.get(kind) else "btree"


def _types(table: CatalogTable, index: CatalogIndex) -> list[ColumnType]:
    return [table.column(name).sql_type for name in index.columns]


def _has_summary(kind: ColumnType) -> bool:
    return kind.name not in _WITHOUT_SUMMARY and not kind.enum_name


def _names_operators(index: CatalogIndex) -> bool:
    """Return whether the schema itself says how values are compared, or computes them anyhow."""
    return any(
        (e.expression and e.keyed is None) or set(e.suffix.lower().split()) - ORDERS
        for e in index.elements
    )
