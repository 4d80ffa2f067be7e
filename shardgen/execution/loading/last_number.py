"""How far the key of a table that is there has counted."""

from __future__ import annotations

from shardgen.output.sql.literals import Literals
from shardgen.schema.catalog_tables import CatalogTable


def last_number(sql: Literals, table: CatalogTable) -> str:
    """Return the expression for the rows that a key has counted; "0" where no key counts them."""
    counted = next((column for column in table.columns if column.counts_rows), None)
    if counted is None:
        return "0"
    return f"coalesce(max({sql.quote(counted.name)}) - {counted.first_number - 1}, 0)"
