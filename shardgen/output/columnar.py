"""
Parquet and Arrow as formats: a file for each table, whose shards are row groups or record batches.

Importing this imports no pyarrow: what needs it is in `arrow/`. A shard's text is a whole small
file, or stream, of its rows; the join makes one file of those, as they come.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import ClassVar, Self

from shardgen.errors import Mistake
from shardgen.output.format import (
    Contents,
    FormatOptions,
    Join,
    Rows,
    TableFiles,
    without_null_word,
)
from shardgen.random.overriding import override
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BoundTable


class ColumnarFormat(TableFiles, frozen=True, kw_only=True):
    """What Parquet and Arrow have in common. They compress columns themselves, inside the file."""

    has_table_files: ClassVar[bool] = True
    is_compressed_within: ClassVar[bool] = True
    compressions: ClassVar[tuple[str, ...]]
    """Those that a file of the format can have within, the default first."""

    @override
    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        yield from super().mistakes(options)
        yield from without_null_word(options.name, options)
        if options.compression not in (None, *cls.compressions):
            what = f"{options.compression} is asked for"
            yield Mistake("", what, f"{options.name} knows {', '.join(cls.compressions)}")
        try:
            import pyarrow as pa
        except ImportError:
            what = f"pyarrow is not installed, and {options.name} needs it"
            yield Mistake("", what, "pip install 'shardgen[arrow]', or choose another format")
        else:
            del pa

    @override
    @classmethod
    def of_options(cls, options: FormatOptions) -> Self:
        return cls(ddl=options.ddl, compression=options.compression or cls.compressions[0])

    @override
    @property
    def file_ending(self) -> str:
        return self.ending

    @override
    @property
    def libraries(self) -> tuple[str, ...]:
        return ("pyarrow",)


class ParquetFormat(ColumnarFormat, frozen=True, kw_only=True, tag="parquet"):
    """Parquet: a row group for each shard, with dictionaries for picks, and statistics."""

    ending: ClassVar[str] = ".parquet"
    compressions: ClassVar[tuple[str, ...]] = ("zstd", "gzip", "none")

    @override
    @property
    def name(self) -> str:
        return "parquet"

    @override
    @property
    def title(self) -> str:
        return "Parquet"

    @override
    def rows(self, bound: BoundTable, table: CatalogTable, file_starts: Container[int]) -> Rows:
        from shardgen.output.arrow.parquet_rows import ParquetRows

        del file_starts
        return ParquetRows(bound, table, self.compression)

    @override
    def join(self) -> Join:
        from shardgen.output.arrow.parquet_join import ParquetJoin

        return ParquetJoin()

    @override
    def load_scripts(
        self, contents: Contents, files: Mapping[str, Sequence[str]], databases: Sequence[str]
    ) -> dict[str, bytes]:
        """DuckDB reads them alone: for others there is CSV."""
        from shardgen.output.loading import duckdb  # late: a single file has none

        del databases
        return duckdb.scripts(contents, files, duckdb.PARQUET, ddl=self.ddl)


class ArrowFormat(ColumnarFormat, frozen=True, kw_only=True, tag="arrow"):
    """Arrow's own file format, known as Feather too: a record batch for each shard."""

    ending: ClassVar[str] = ".arrow"
    compressions: ClassVar[tuple[str, ...]] = ("none", "zstd")

    @override
    @property
    def name(self) -> str:
        return "arrow"

    @override
    @property
    def title(self) -> str:
        return "Arrow"

    @override
    def rows(self, bound: BoundTable, table: CatalogTable, file_starts: Container[int]) -> Rows:
        from shardgen.output.arrow.arrow_file import ArrowRows

        del file_starts
        return ArrowRows(bound, table)

    @override
    def join(self) -> Join:
        from shardgen.output.arrow.arrow_file import ArrowJoin

        return ArrowJoin(self.compression)


class ArrowStreams(ColumnarFormat, frozen=True, kw_only=True, tag="arrow-streams"):
    """
    A stream of record batches for each shard, as a database takes them.

    Nobody chooses it by its name: it is what a load makes.
    """

    left_out: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 -- msgspec copies it
    """The columns of tables that the database fills by itself."""

    ending: ClassVar[str] = ".arrows"
    compressions: ClassVar[tuple[str, ...]] = ("none",)

    @override
    @property
    def name(self) -> str:
        return "arrow"

    @override
    @property
    def title(self) -> str:
        return "Arrow"

    def of_rows(self, table: CatalogTable) -> CatalogTable:
        """Return a table with those columns alone whose values are brought."""
        names = self.left_out.get(table.name, ())
        return table.without_columns(names) if names else table

    @override
    def rows(self, bound: BoundTable, table: CatalogTable, file_starts: Container[int]) -> Rows:
        from shardgen.output.arrow.arrow_file import ArrowRows

        del file_starts
        return ArrowRows(bound, self.of_rows(table))
