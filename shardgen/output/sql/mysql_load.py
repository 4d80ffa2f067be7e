"""The LOAD DATA that reads lines as MySQL's notation for "copy" writes them."""

from __future__ import annotations

from shardgen.output.sql.mysql import MySQL
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

_MOST_BITS = 64
_LINES = r"CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n'"


def load_data(sql: MySQL, table: CatalogTable, path: str) -> str:
    """Return the statement that reads rows of a table from a file of the client's."""
    names, sets = [], []
    for n, column in enumerate(table.row_columns):
        name, made = sql.quote(column.name), _made(column, f"@v{n}")
        names.append(name if made is None else f"@v{n}")
        if made is not None:
            sets.append(f"{name} = {made}")
    into = f"LOAD DATA LOCAL INFILE {sql.string(path)} INTO TABLE {sql.table_name(table.name)}"
    statement = f"{into} {_LINES} ({', '.join(names)})"
    return f"{statement} SET {', '.join(sets)}" if sets else statement


def _made(column: CatalogColumn, read: str) -> str | None:
    """Return what a column is set to of the text that was read; None where that is the value."""
    kind = column.sql_type
    if kind.family == "bytes":
        return f"UNHEX({read})"
    if kind.name == "bit" and (kind.length or 1) <= _MOST_BITS:
        return f"CAST(CONV({read}, 2, 10) AS UNSIGNED)"
    return None
