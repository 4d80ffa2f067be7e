"""Rows as a database takes them over a connection: each shard by itself, without a dump around."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterator

from shardgen.output.format import Contents, Rows
from shardgen.output.sql.binary_copy import HEADER, TRAILER, BinaryCopyRows
from shardgen.output.sql.format import SqlFormat
from shardgen.output.text.kinds import Buffer
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
    left_out: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 -- msgspec copies it
    """The columns of tables that the database fills by itself."""
    binary: tuple[str, ...] = ()
    """The tables whose rows go in by binary COPY."""
    prefix: str = ""
    """What stands before the name of a table in its statements, where rows go to one beside it."""

    def of_rows(self, table: CatalogTable) -> CatalogTable:
        """Return a table with those columns alone whose values are brought."""
        names = self.left_out.get(table.name, ())
        return table.without_columns(names) if names else table

    @override
    def rows(self, bound: BoundTable, table: CatalogTable, file_starts: Container[int]) -> Rows:
        del file_starts
        table = self.of_rows(table)
        left_out = self.left_out.get(table.name)
        if left_out:
            bound = copy.copy(bound)
            bound.hidden |= {*left_out}
        if table.name in self.binary:
            return _BinaryStreams(BinaryCopyRows(bound, table))
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
        table = self.of_rows(table)
        return super().statement_text(table.called(f"{self.prefix}{table.name}"))

    @override
    def dump_header(self, contents: Contents) -> bytes:
        del contents
        return b""

    @override
    def dump_footer(self, contents: Contents) -> bytes:
        del contents
        return b""


class _BinaryStreams:
    """Makes a stream of binary COPY of each shard."""

    def __init__(self, rows: BinaryCopyRows) -> None:
        self._rows = rows

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """See Rows."""
        yield HEADER
        yield from self._rows.render(start, stop)
        yield TRAILER
