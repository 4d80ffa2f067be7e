"""Texts of a column held against what databases store: JSON, and long texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.tables.text_lengths import UTF8_BYTES, longest, max_length
from shardgen.tables.values import ColumnValues, Dictionary, Text

if TYPE_CHECKING:
    from shardgen.output.sql.dialect import Dialect

_LONG_TEXT = 65_535  # bytes: a database may have another type for longer ones


def unsupported_json(
    dialect: Dialect, column: CatalogColumn, values: ColumnValues
) -> tuple[str, str] | None:
    """Return why a database would refuse the JSON of a column, and the way out."""
    if column.sql_type.family != "json" or not isinstance(values, Dictionary | Text):
        return None
    from shardgen.tables.json_texts import json_facts  # late: few schemas have JSON

    unsupported = dialect.unsupported_json(column.sql_type, json_facts(values))
    return None if unsupported is None else (f"yields JSON that {unsupported[0]}", unsupported[1])


def long_texts(table: CatalogTable, values: Mapping[str, ColumnValues]) -> dict[str, int]:
    """Return the most bytes of each column of type text that may have more than `_LONG_TEXT`."""
    found = {}
    for column in table.row_columns:
        each = values[column.name]
        if column.sql_type.name != "text" or not isinstance(each, Dictionary | Text):
            continue
        if 4 * max_length(each) > _LONG_TEXT:  # bytes of UTF-8, at most
            size = longest(each, UTF8_BYTES)
            if size > _LONG_TEXT:
                found[column.name] = size
    return found
