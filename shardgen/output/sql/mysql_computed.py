"""
SQL of a schema over the columns of a row, as MySQL and MariaDB take it.

They read neither a key that they count in it, nor one that an action on its parent changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.sql_text import SqlText, sql_for, words_of

_CHANGING = {"on_update": ("CASCADE", "SET NULL"), "on_delete": ("SET NULL",)}


def unread_column(table: CatalogTable, text: SqlText | None) -> tuple[CatalogColumn, str] | None:
    """Return the first column that MySQL does not read in SQL, and why, as a clause."""
    words = words_of(sql_for(text, "mysql") or "")
    for column in table.columns:
        if column.name.casefold() in words:
            why = "which it counts" if column.is_identity else _changed_by(table, column)
            if why:
                return column, why
    return None


def _changed_by(table: CatalogTable, column: CatalogColumn) -> str:
    for reference in table.references:
        for event, actions in _CHANGING.items():
            action = getattr(reference, event)
            if column.name in reference.columns and action in actions:
                return f"which {event.replace('_', ' ')} {action} changes"
    return ""


def refused_generated(table: CatalogTable) -> Iterator[Mistake]:
    """Yield the generated columns that MySQL does not compute."""
    for column in table.columns:
        unread = unread_column(table, column.generated)
        if unread is not None:
            what = f"MySQL computes no column from {unread[0].name!r}, {unread[1]}"
            hint = 'read another column, or give the key "generator": "sequence"'
            if not unread[0].is_identity:
                hint = "read another column, or leave the action out"
            yield Mistake(f"{column.path}.generated", what, hint)


def joins_texts(catalog: Catalog) -> bool:
    """Return whether some SQL has `||`, which joins texts where the session says so."""
    texts = (sql_for(text, "mysql") for table in catalog.tables for text in _sql_of(table))
    return any("||" in text for text in texts if text is not None)


def _sql_of(table: CatalogTable) -> Iterator[SqlText | None]:
    yield from (check.expression for check in table.checks)
    yield from (column.generated for column in table.columns)
