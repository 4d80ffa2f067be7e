"""MySQL's SQL for tables that have other names until all of them are complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.mysql import MySQL
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.qualified_names import split_name
from shardgen.schema.references import Reference


class StagedMySQL(MySQL):
    """
    MySQL where tables have staging names, each in its own database.

    All foreign keys are in CREATE TABLE: there they cost no copy of the table, and nobody checks
    them while rows come in. `key_checks` does so afterwards.
    """

    def __init__(self, staging: Mapping[str, str]) -> None:
        """Take the staging name of each table that is staged, without that of its database."""
        self._staging = staging

    @override
    def table_name(self, name: str) -> str:
        own = self._staging.get(name)
        if own is None:
            return super().table_name(name)
        schema = split_name(name)[0]
        return f"{self.quote(schema)}.{self.quote(own)}" if schema else self.quote(own)

    @override
    def key_comes_later(self, table: CatalogTable, reference: Reference, catalog: Catalog) -> bool:
        del table, reference, catalog
        return False

    @override
    def finishing(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[Finishing]:
        """See Dialect: tables get their indexes at once, and then keys are looked at."""
        tables = list(tables)
        for table in tables:
            for statement in self.after_rows([table], catalog):
                yield Finishing(0, (table.name,), statement)
        for table in tables:
            for statement in key_checks(self, table):
                yield Finishing(1, (table.name,), statement)

    def moves(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each table that is staged, and the one that it is to have."""
        for name in self._staging:
            yield self.table_name(name), super().table_name(name)


def key_checks(sql: MySQL, table: CatalogTable) -> Iterator[str]:
    """Yield a query for each foreign key of a table: it finds a row if one leads nowhere."""
    for reference in table.references:
        ends = [*zip(reference.columns, reference.parent_columns, strict=True)]
        yield orphan_query(sql, sql.table_name(table.name), sql.table_name(reference.table), ends)


def orphan_query(sql: MySQL, own: str, there: str, ends: Sequence[tuple[str, str]]) -> str:
    """
    Return the query that finds a row of a table if one leads nowhere.

    `own` and `there` are the child and the parent, quoted; `ends` the columns of both.
    """
    same = " AND ".join(f"p.{sql.quote(b)} = c.{sql.quote(a)}" for a, b in ends)
    given = " AND ".join(f"c.{sql.quote(a)} IS NOT NULL" for a, _ in ends)
    values = ", ".join(f"c.{sql.quote(a)}" for a, _ in ends)
    return (
        f"SELECT {values} FROM {own} AS c LEFT JOIN {there} AS p ON {same} "
        f"WHERE {given} AND p.{sql.quote(ends[0][1])} IS NULL LIMIT 1"
    )
