"""
Tables of DuckDB for rows that come over a connection.

They have what can be made after the rows: primary keys and unique sets. DuckDB has foreign keys and
checks in CREATE TABLE alone, where each row pays for them, so they are not made; `key_checks` looks
at the keys once the rows are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar

from shardgen.output.loading.duckdb import type_name
from shardgen.output.sql.literals import Literals
from shardgen.output.sql.table_keys import schemas_of, unique_keys
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.qualified_names import bare_name


class DuckDB(Literals):
    """Names, values and statements: all methods are pure."""

    new_uuid: ClassVar[str | None] = "uuid()"
    bytes_quotes: ClassVar[tuple[str, str]] = ("unhex('", "')")
    bits_quotes: ClassVar[tuple[str, str] | None] = None

    @override
    def booleans(self) -> tuple[str, str]:
        return "TRUE", "FALSE"

    @override
    def default(self, column: CatalogColumn) -> str | None:
        """An array is read from JSON: a text of its own has no quotes."""
        made = super().default(column)
        is_list = column.sql_type.element is not None
        return f"CAST({made} AS JSON)" if is_list and made is not None else made

    def create_schemas(self, catalog: Catalog) -> Iterator[str]:
        """Yield the statements that make the schemas of tables, where they are not there."""
        for name in schemas_of(catalog):
            yield f"CREATE SCHEMA IF NOT EXISTS {self.quote(name)}"

    def create_table(self, table: CatalogTable) -> str:
        """Return CREATE TABLE, without keys, and without columns that others compute."""
        lines = ",\n".join(f"  {self._column(column)}" for column in table.row_columns)
        return f"CREATE TABLE {self.table_name(table.name)} (\n{lines}\n)"

    def _column(self, column: CatalogColumn) -> str:
        words = [self.quote(column.name), type_name(column.sql_type)]
        words += [] if column.nullable else ["NOT NULL"]
        if column.default is not None and not column.counts_rows:
            default = self.default(column)
            words += [] if default is None else [f"DEFAULT {default}"]
        return " ".join(words)

    def after_rows(self, table: CatalogTable) -> Iterator[str]:
        """Yield the statements for the keys of a table."""
        name = self.table_name(table.name)
        if table.primary_key:
            yield f"ALTER TABLE {name} ADD PRIMARY KEY ({self._listed(table.primary_key)})"
        for columns in unique_keys(table):
            key = self.quote(f"{bare_name(table.name)}_{'_'.join(columns)}_key")
            yield f"CREATE UNIQUE INDEX {key} ON {name} ({self._listed(columns)})"

    def key_checks(self, table: CatalogTable) -> Iterator[str]:
        """Yield a query for each foreign key of a table: it finds a row if one leads nowhere."""
        for reference in table.references:
            pairs = [*zip(reference.columns, reference.parent_columns, strict=True)]
            same = " AND ".join(f"p.{self.quote(b)} = c.{self.quote(a)}" for a, b in pairs)
            given = " AND ".join(f"c.{self.quote(a)} IS NOT NULL" for a, _ in pairs)
            values = ", ".join(f"c.{self.quote(a)}" for a, _ in pairs)
            parent = self.table_name(reference.table)
            yield (
                f"SELECT {values} FROM {self.table_name(table.name)} AS c "
                f"ANTI JOIN {parent} AS p ON {same} WHERE {given} LIMIT 1"
            )

    def _listed(self, names: Iterable[str]) -> str:
        return ", ".join(map(self.quote, names))


def left_out(tables: Iterable[CatalogTable]) -> str:
    """Return what of these tables is not made, in words; "" for nothing."""
    counts = Counter[str]()
    for table in tables:
        counts["foreign keys"] += len(table.references)
        counts["checks"] += len(table.checks)
        counts["exclusions"] += len(table.exclude)
        counts["indexes"] += sum(not (i.unique and i.is_over_columns) for i in table.indexes)
        counts["computed columns"] += sum(c.generated is not None for c in table.columns)
    return ", ".join(f"{what} ({count})" for what, count in counts.items() if count)
