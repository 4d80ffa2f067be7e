"""
SQL of a schema over the columns of a row, as MySQL and MariaDB take it.

They read neither a key that they count in it, nor one that an action on its parent changes. What
is stored reads no text of `char`: its blanks at the end are there or not, as the session says.
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
            continue
        text = sql_for(column.generated, "mysql")
        padded = _padded_column(table, column, text) if text is not None and column.stored else ""
        if padded:
            what = f"MariaDB stores no column from {padded!r}, whose type is char"
            hint = f"write rtrim({padded}), or use varchar, or set stored to false"
            yield Mistake(f"{column.path}.generated", what, hint)


def _padded_column(table: CatalogTable, column: CatalogColumn, text: str) -> str:
    """Return a column of type char that is read as a text, neither compared nor trimmed."""
    words = words_of(text)
    padded = {
        each.name.casefold(): each.name
        for each in table.columns
        if each.sql_type.name == "char" and each.name.casefold() in words
    }
    if not padded:
        return ""
    # only schemas that have such columns pay for the import of the parser
    from shardgen.output.sql.mysql_expressions import texts_read

    found = texts_read(text)
    if found is None:
        return min(padded.values())  # it is not known how they are read
    alone = column.sql_type.name == "char" and found.alone
    return next((padded[name] for name in found.names if name in padded and not alone), "")


def joins_texts(catalog: Catalog) -> bool:
    """Return whether some SQL has `||`, which joins texts where the session says so."""
    texts = (sql_for(text, "mysql") for table in catalog.tables for text in _sql_of(table))
    return any("||" in text for text in texts if text is not None)


def _sql_of(table: CatalogTable) -> Iterator[SqlText | None]:
    yield from (check.expression for check in table.checks)
    yield from (column.generated for column in table.columns)
