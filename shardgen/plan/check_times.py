"""Columns that keys read as a time: that they are there, and are times."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.schema.catalog_tables import CatalogTable


def check_time(
    table: CatalogTable, name: str, path: str, *, may_be_null: bool = False
) -> Iterator[Mistake]:
    """Check that a table has a column of that name, and that it is a time, in every row or not."""
    names = [column.name for column in table.columns]
    if name not in names:
        what = f"there is no column {shown(name)} in table {table.name!r}"
        yield Mistake(path, what, nearest(name, names))
        return
    column = table.column(name)
    if column.has_type and column.sql_type.family not in ("date", "timestamp"):
        yield Mistake(path, f"{name!r} is {column.sql_type}, and no date or timestamp")
    elif column.nullable and not may_be_null:
        yield Mistake(path, f"{name!r} may be null, and then there is no time", "make it not null")
