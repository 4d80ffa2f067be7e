"""
SQL of a schema over the columns of a row, as PostgreSQL takes it.

A generated column reads no other one.
"""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, join_path
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.sql_text import sql_for, words_of


def refused_computed(table: CatalogTable) -> Iterator[Mistake]:
    """Yield the generated columns and checks that PostgreSQL does not take."""
    yield from _reading_generated(table)
    for column in table.columns:
        text = sql_for(column.generated, "postgres")
        if text is not None:
            yield from _refused(table, text, f"{column.path}.generated", is_generated=True)
    for check in table.checks:
        text = sql_for(check.expression, "postgres")
        if text is not None:
            at = join_path(table.path, "checks", check.name)
            yield from _refused(table, text, f"{at}.expression", is_generated=False)


def _reading_generated(table: CatalogTable) -> Iterator[Mistake]:
    """Yield the generated columns that read others."""
    generated = {c.name.casefold(): c.name for c in table.columns if c.generated is not None}
    for column in table.columns:
        found = words_of(sql_for(column.generated, "postgres") or "") & generated.keys()
        for name in sorted(found - {column.name.casefold()}):
            what = f"PostgreSQL computes no column from {generated[name]!r}, which it computes too"
            yield Mistake(f"{column.path}.generated", what, "write what that one is computed from")


def _refused(table: CatalogTable, text: str, path: str, *, is_generated: bool) -> Iterator[Mistake]:
    # only schemas that have such SQL pay for the import of the parser
    from shardgen.output.sql.postgres_expressions import why_refused

    refusal = why_refused(table, text, is_generated=is_generated)
    if refusal is not None:
        yield Mistake(path, f"PostgreSQL {refusal.what}", refusal.hint)
