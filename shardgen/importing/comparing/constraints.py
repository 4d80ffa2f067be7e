"""Keys, unique sets and CHECKs of a table that is there and of which the schema knows nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from shardgen.errors import InputWarning, shown
from shardgen.importing.described import Check, Index, Name, Table
from shardgen.schema.sql_text import sql_for

if TYPE_CHECKING:
    from shardgen.schema.catalog_tables import CatalogTable
    from shardgen.schema.databases import DatabaseName

Called = Callable[[Name], str | None]
"""The schema's name of a table that is there; None for one that it does not know."""
Spelled = Callable[[str], str | None]
"""The schema's name of a column that is there; None for one that it does not know."""

_HINT = "rows may be refused: say it in the schema, or drop it there"
_CAST = re.compile(r"::\s*[a-z_]\w*(?:\s+varying)?(?:\(\d+\))?(?:\[\])?", re.IGNORECASE)
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_UNDERSCORES = re.compile(r"_utf8\w*\s*(?=\\?')")


def unknown_constraints(
    table: CatalogTable, there: Table, dialect: DatabaseName, called: Called, spelled: Spelled
) -> Iterator[InputWarning]:
    """Yield what rows may be refused for that the schema does not say."""
    yield from _unknown_keys(table, there, called, spelled)
    yield from _unknown_unique_sets(table, there, spelled)
    for check in there.checks:
        if not _is_known_check(table, check, dialect):
            named = f"the CHECK {check.name!r}" if check.name else "a CHECK"
            what = f"{named} is there, {shown(check.expression)}, and not in the schema"
            yield InputWarning(table.path, "unknown-check", what, _HINT)
    known = {each.name for each in table.exclude}
    for exclusion in there.exclusions:
        if exclusion.name not in known:
            what = f"the EXCLUDE constraint {exclusion.name!r} is there, and not in the schema"
            yield InputWarning(table.path, "unknown-exclusion", what, _HINT)


def _unknown_keys(
    table: CatalogTable, there: Table, called: Called, spelled: Spelled
) -> Iterator[InputWarning]:
    known = {
        frozenset(zip(key.columns, key.parent_columns, strict=True)): key.table
        for key in table.references
    }
    for key in there.foreign_keys:
        parent = called(key.table)
        columns = [spelled(name) or name for name in key.columns]
        ends = frozenset(zip(columns, key.references, strict=False))
        if parent is not None and any(
            name == parent and _same_ends(ends, each) for each, name in known.items()
        ):
            continue
        listed = ", ".join(key.columns)
        what = f"({listed}) refers to {key.table} there, and to nothing such in the schema"
        yield InputWarning(table.path, "unknown-foreign-key", what, _HINT)


def _same_ends(found: frozenset[tuple[str, str]], known: frozenset[tuple[str, str]]) -> bool:
    fold = str.casefold
    return {(fold(a), fold(b)) for a, b in found} == {(fold(a), fold(b)) for a, b in known}


def _unknown_unique_sets(
    table: CatalogTable, there: Table, spelled: Spelled
) -> Iterator[InputWarning]:
    names = {index.name for index in table.indexes if index.unique}
    keys = [there.primary_key] if there.primary_key else []
    whole = [*keys, *(i.columns for i in there.unique_sets if i.columns and i.where is None)]
    for columns in dict.fromkeys(columns for columns in whole if columns):
        if not _is_unique(table, [spelled(name) or name for name in columns]):
            what = f"({', '.join(columns)}) is unique there, and not in the schema"
            yield InputWarning(table.path, "unknown-unique", what, _HINT)
    for index in there.unique_sets:
        special = index.columns is None or index.where is not None
        if special and index.name not in names and not _covers(table, index, spelled):
            what = f"the unique index {index.name!r} is there, and not in the schema"
            yield InputWarning(table.path, "unknown-unique", what, _HINT)


def _is_unique(table: CatalogTable, columns: list[str]) -> bool:
    """Return whether no two rows of the schema agree in all of these columns."""
    names = set(columns)
    if any(table.is_key_together((name,)) for name in names if table.has((name,))):
        return True
    if any(table.has((name,)) and table.column(name).counts_rows for name in names):
        return True
    return any(set(each) <= names for each in table.unique_sets)


def _covers(table: CatalogTable, index: Index, spelled: Spelled) -> bool:
    """Return whether the rows that an index is over are unique by their whole columns anyway."""
    if any(not part.column or part.length is not None for part in index.parts):
        return False
    return _is_unique(table, [spelled(part.column) or part.column for part in index.parts])


def _is_known_check(table: CatalogTable, check: Check, dialect: DatabaseName) -> bool:
    """Return whether the schema has a check, or writes it for a type by itself."""
    plain = _plain(check.expression)
    for known in table.checks:
        expression = sql_for(known.expression, dialect)
        if check.name == known.name or (expression and _plain(expression) == plain):
            return True
    for column in table.columns:
        if column.name.casefold() not in check.expression.casefold():
            continue
        kind = column.sql_type
        if plain == f"json_valid{_plain(column.name)}" and kind.family in ("json", "array"):
            return True
        labels = {each.replace("''", "'") for each in _LABEL.findall(check.expression)}
        if kind.name == "enum" and labels and labels >= set(kind.values):
            return True
    return False


def _plain(expression: str) -> str:
    """Return an expression without what a catalog adds: casts, parentheses, quotes, spaces."""
    bare = _CAST.sub("", _UNDERSCORES.sub("", expression))
    return re.sub(r"[()\s`\"]", "", bare).lower().replace("!=", "<>")
