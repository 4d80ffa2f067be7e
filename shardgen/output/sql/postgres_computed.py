"""SQL of a schema over the columns of a row, as PostgreSQL takes it."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.sql_text import sql_for, words_of


def refused_generated(table: CatalogTable) -> Iterator[Mistake]:
    """Yield the generated columns that read others."""
    generated = {c.name.casefold(): c.name for c in table.columns if c.generated is not None}
    for column in table.columns:
        found = words_of(sql_for(column.generated, "postgres") or "") & generated.keys()
        for name in sorted(found - {column.name.casefold()}):
            what = f"PostgreSQL computes no column from {generated[name]!r}, which it computes too"
            yield Mistake(f"{column.path}.generated", what, "write what that one is computed from")
