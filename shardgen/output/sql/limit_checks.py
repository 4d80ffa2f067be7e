"""What of a table goes beyond the numbers of a database: columns, indexes, and what they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.errors import Mistake, join_path
from shardgen.output.sql.limits import Limits
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.index_elements import CatalogIndex


def beyond_counts(
    table: CatalogTable, made: Iterable[CatalogIndex], index_count: int, limits: Limits, title: str
) -> Iterator[Mistake]:
    """
    Yield that a table has too many columns or indexes, or one of its indexes too many columns.

    `made` has the indexes beside its keys, `index_count` counts both.
    """
    counts = [
        (len(table.columns), limits.columns, "columns", "cut the table in two"),
        (index_count, limits.indexes, "keys and indexes", "leave some out"),
    ]
    for count, most, things, hint in counts:
        if most is not None and count > most:
            what = f"the table has {count} {things}, and {title} allows {most}"
            yield Mistake(table.path, what, hint)
    for path, thing, columns in _column_lists(table, made):
        if limits.index_columns is not None and len(columns) > limits.index_columns:
            what = f"{thing} has {len(columns)} columns, and {title} allows {limits.index_columns}"
            yield Mistake(path, what, "leave some out")


def _column_lists(
    table: CatalogTable, made: Iterable[CatalogIndex]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each key and index of a table: its path, what it is, its columns."""
    if table.primary_key:
        yield table.path, "the primary key", table.primary_key
    for names in table.unique_sets:
        if names != table.primary_key:
            yield f"{table.path}.unique", "a unique key", names
    for index in made:
        yield join_path(table.path, "indexes", index.name), "the index", index.columns
    for reference in table.references:
        yield reference.path, "the foreign key", reference.columns
