"""Rows as a database takes them over a connection: each shard by itself, without a dump around."""

from __future__ import annotations

from collections.abc import Container

from shardgen.output.format import Contents, Rows
from shardgen.output.sql.format import SqlFormat
from shardgen.output.text.render import Renderer, StatementText
from shardgen.random.overriding import override
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BoundTable


class SqlRows(SqlFormat, frozen=True, kw_only=True, tag="sql-rows"):
    """
    Shards of no more than `shard_rows` rows, each whole: lines for COPY, or INSERT statements.

    Nobody chooses it by its name: it is what a load makes.
    """

    shard_rows: int

    @override
    def rows(self, bound: BoundTable, table: CatalogTable, file_starts: Container[int]) -> Rows:
        del file_starts
        return Renderer(
            bound,
            self.literal_syntax(),
            self.statement_text(table),
            self.statement_rows,
            file_starts=range(0, bound.rows + 1, self.shard_rows),
        )

    @override
    def statement_text(self, table: CatalogTable) -> StatementText:
        if self.style == "copy":
            return StatementText(b"", b"", b"\n")
        return super().statement_text(table)

    @override
    def dump_header(self, contents: Contents) -> bytes:
        del contents
        return b""

    @override
    def dump_footer(self, contents: Contents) -> bytes:
        del contents
        return b""
