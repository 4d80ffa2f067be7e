"""
Tables and columns by name, and columns in one text → the lists and objects of the format.

`tables: {users: {rows: 100, columns: {id: int pk, email: varchar(120) unique = email}}}`. The paths
of what has a name are the same in both.
"""

from __future__ import annotations

from typing import Any

from shardgen.errors import join_path, shown
from shardgen.schema.spellings.draft import Draft, Raw, place_in_list
from shardgen.schema.spellings.short_text import ShortTextError, is_short, read_short

_EXAMPLE = "such as 'varchar(120) unique', or an object with its type"


def with_long_forms(raw: Raw, draft: Draft) -> Raw:
    """Return the file with its tables and columns in lists, each column an object."""
    tables = raw.get("tables")
    if isinstance(tables, dict):
        tables = [
            _named(table, name, f"tables{join_path('', name)}", draft)
            for name, table in tables.items()
        ]
    if not isinstance(tables, list):
        return raw
    made = [
        _table(table, f"tables{place_in_list(table, n)}", draft) for n, table in enumerate(tables)
    ]
    return {**raw, "tables": made}


def _named(value: Any, name: str, path: str, draft: Draft) -> Any:
    """Return what stands under a name with the name in it."""
    if not isinstance(value, dict):
        return value
    if value.get("name", name) != name:
        what = f"the name {shown(value['name'])} is not that which it stands under"
        draft.refuse(f"{path}.name", what, "leave it out")
    return {"name": name, **{key: inner for key, inner in value.items() if key != "name"}}


def _table(table: Any, path: str, draft: Draft) -> Any:
    if not isinstance(table, dict):
        return table
    made = table
    if "rows" in table:
        made = {"record_count" if key == "rows" else key: value for key, value in table.items()}
        if "record_count" in table:
            draft.refuse(f"{path}.rows", "it stands beside 'record_count'", "keep one of them")
        draft.moved[f"{path}.record_count"] = f"{path}.rows"
    columns = table.get("columns")
    if not isinstance(columns, dict):
        return made
    listed = [
        _column(column, name, f"{path}.columns{join_path('', name)}", draft)
        for name, column in columns.items()
    ]
    return {**made, "columns": listed}


def _column(column: Any, name: str, path: str, draft: Draft) -> Any:
    """Return a column that stands under its name: a text, or an object whose type may be one."""
    if isinstance(column, str):
        return {"name": name, **_read(column, path, draft)}
    if not isinstance(column, dict):
        draft.refuse(path, f"{shown(column)} is not a column", _EXAMPLE)
        return {"name": name, "type": "text"}
    made: Raw = _named(column, name, path, draft)
    kind = made.get("type")
    if not isinstance(kind, str) or not is_short(kind):
        return made
    said = _read(kind, f"{path}.type", draft)
    for field in said.keys() & made.keys() - {"type"}:
        draft.refuse(f"{path}.{field}", "its type says it too", "keep one of them")
    return {**made, **said}


def _read(text: str, path: str, draft: Draft) -> Raw:
    try:
        return read_short(text)
    except ShortTextError as error:
        draft.refuse(path, str(error), error.hint)
        return {"type": "text"}
