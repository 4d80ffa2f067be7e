"""
JSON lines as a format: a file for each table, in which each line is a row as an object.

Numbers keep all their digits, dates and times are texts in ISO 8601, and those of columns with a
time zone end in Z. A column of JSON has its value as it is, not as a text. NULL is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self

from msgspec.structs import replace

from shardgen.errors import Mistake
from shardgen.output.format import (
    Contents,
    FormatOptions,
    TableFiles,
    without_null_word,
)
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import RowLayout, StatementText
from shardgen.random.overriding import override
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable


def _escape(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _in_one_line(text: str) -> str:
    """Return JSON without ends of lines: within its strings they are escaped, so none is lost."""
    return text.replace("\n", " ").replace("\r", " ")


_BYTES = ('"\\\\x', '"')
_WORDS = ("null", "true", "false")
SYNTAX = LiteralSyntax(
    *(*_WORDS, '"', _escape, ",", "}\n{"),
    bytes_quotes=_BYTES,
    moment_separator="T",
    leading_zeros=False,
)
_IN_UTC = LiteralSyntax(*(*_WORDS, '"', _escape, ",", "}\n{"), moment_separator="T", zone="Z")
_JSON = LiteralSyntax(*(*_WORDS, "", _in_one_line, ",", "}\n{"))
_ARRAYS = replace(_JSON, moment_separator="T")
_ARRAYS_IN_UTC = replace(_ARRAYS, zone="Z")


class JsonLinesFormat(TableFiles, frozen=True, kw_only=True, tag="jsonl"):
    """A line of JSON for each row."""

    ending: ClassVar[str] = ".jsonl"
    has_table_files: ClassVar[bool] = True

    @override
    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        yield from super().mistakes(options)
        yield from without_null_word("jsonl", options)

    @override
    @classmethod
    def of_options(cls, options: FormatOptions) -> Self:
        return cls(ddl=options.ddl, compression=options.compression or "none")

    @override
    @property
    def name(self) -> str:
        return "jsonl"

    @override
    @property
    def title(self) -> str:
        return "JSON lines"

    @override
    def literal_syntax(self) -> LiteralSyntax:
        return SYNTAX

    @override
    def statement_text(self, table: CatalogTable) -> StatementText:
        """Each row begins with the name of the first column."""
        start = "{" + _key(table.row_columns[0])
        return StatementText(start.encode(), f"}}\n{start}".encode(), b"}\n")

    @override
    def row_layout(self, table: CatalogTable) -> RowLayout:
        """The names of the columns stand before the values."""
        first, *others = table.row_columns
        notations = {column.name: _notation(column) for column in table.row_columns}
        keys = tuple(f",{_key(column)}" for column in others)
        return RowLayout(keys, "}\n{" + _key(first), notations)

    @override
    def empty_table(self, table: CatalogTable) -> bytes:
        """A file without lines: see `dump_header`."""
        del table
        return b""

    @override
    def load_scripts(
        self, contents: Contents, files: Mapping[str, Sequence[str]], databases: Sequence[str]
    ) -> dict[str, bytes]:
        """DuckDB reads them alone: for others there is CSV."""
        from shardgen.output.loading import duckdb  # late: a single file has none

        del databases
        return duckdb.scripts(contents, files, duckdb.JSON_LINES, ddl=self.ddl)


def _key(column: CatalogColumn) -> str:
    return f"{json.dumps(column.name, ensure_ascii=False)}:"


def _notation(column: CatalogColumn) -> LiteralSyntax:
    kind = column.sql_type
    if kind.family == "array":
        return _ARRAYS_IN_UTC if kind.scalar.name == "timestamp" else _ARRAYS
    if kind.family == "json":
        return _JSON
    return _IN_UTC if kind.name == "timestamp" else SYNTAX
