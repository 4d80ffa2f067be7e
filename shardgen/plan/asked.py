"""Which columns leave their generator to shardgen."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

AUTO = "auto"
"""The generator that asks for one by name."""


def asks_for_generators(catalog: Catalog) -> bool:
    """Return whether a column of the schema leaves its generator to its name."""
    return next(asking_columns(catalog), None) is not None


def asking_columns(catalog: Catalog) -> Iterator[tuple[CatalogTable, CatalogColumn]]:
    """Yield each column that says nothing of its values and that no key makes, or says `auto`."""
    infer = catalog.schema.infer
    for table in catalog.tables:
        for column in table.columns:
            asks = column.generator == AUTO or (infer and column.generator is None)
            is_key = column.counts_rows or column.numbers_children is not None
            is_made = is_key or column.generated is not None
            if asks and not (is_made or column.broken or table.refers(column.name)):
                yield table, column
