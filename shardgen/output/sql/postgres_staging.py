"""PostgreSQL's SQL for tables that stand in other schemas until all of them are complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shardgen.output.sql.postgres import Postgres
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.qualified_names import split_name


class StagedPostgres(Postgres):
    """
    PostgreSQL where tables are in staging schemas.

    Types, functions and tables that are not staged are where they always are.
    """

    def __init__(self, staging: Mapping[str, str]) -> None:
        """Take the staging schema of each table that is staged."""
        self._staging = staging

    @override
    def table_name(self, name: str) -> str:
        schema = self._staging.get(name)
        if schema is None:
            return super().table_name(name)
        return f"{self.quote(schema)}.{self.quote(split_name(name)[1])}"

    def move(self, catalog: Catalog, default: str) -> Iterator[str]:
        """
        Yield the statements that bring all tables to their schemas.

        Tables whose names say no schema go to `default`. Indexes, keys and sequences go along.
        """
        for table in catalog.tables:
            if table.name in self._staging:
                schema = split_name(table.name)[0] or default
                yield f"ALTER TABLE {self.table_name(table.name)} SET SCHEMA {self.quote(schema)}"
