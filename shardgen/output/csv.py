"""
CSV as a format: a file for each table, with a line of column names before its rows.

Quotes are those of RFC 4180, and stand only where they must: around text with a comma, a quote or
an end of line in it, and around empty text, which "" tells apart from NULL, an empty field. That is
how PostgreSQL's COPY reads them. Dates are ISO 8601; a timestamp has a space between day and time,
as in a dump and in RFC 3339, since spreadsheets and SQLite's comparisons do not know the letter T.
Truth is true or false, and text is UTF-8.

Lines end with LF. RFC 4180 has CRLF, but every loader takes LF, and several keep the CR at the end
of the last column's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Self

from shardgen.errors import Mistake
from shardgen.output.format import Contents, Format, FormatOptions, without_statements
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import StatementText
from shardgen.overriding import override
from shardgen.schema.catalog_tables import CatalogTable

_PLAIN = re.compile(r'[^",\r\n]+')


def _escape(text: str) -> str:
    return text.replace('"', '""')


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None


SYNTAX = LiteralSyntax("", "true", "false", '"', _escape, ",", "\n", _is_plain)


class CsvFormat(Format, frozen=True, kw_only=True, tag="csv"):
    """CSV as every loader reads it; there is nothing to choose."""

    ending: ClassVar[str] = ".csv"
    has_table_files: ClassVar[bool] = True

    @override
    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        """What only SQL has is refused, where it was asked for."""
        yield from without_statements("csv", options)
        if not options.ddl:
            what = "no table definitions are asked for"
            yield Mistake("", what, "csv has none: leave out ddl, or use insert")

    @override
    @classmethod
    def of_options(cls, options: FormatOptions) -> Self:
        del options
        return cls()

    @override
    @property
    def name(self) -> str:
        return "csv"

    @override
    @property
    def title(self) -> str:
        return "CSV"

    @override
    def literal_syntax(self) -> LiteralSyntax:
        return SYNTAX

    @override
    def statement_text(self, table: CatalogTable) -> StatementText:
        """The header is the line of column names."""
        names = SYNTAX.separator.join(SYNTAX.text(column.name) for column in table.row_columns)
        return StatementText(f"{names}\n".encode(), b"\n", b"\n")

    @override
    def empty_table(self, table: CatalogTable) -> bytes:
        """The line of column names."""
        return self.statement_text(table).start

    @override
    @property
    def statement_rows(self) -> int | None:
        return None

    @override
    def dump_header(self, contents: Contents) -> bytes:
        """Tables stand alone."""
        del contents
        return b""

    @override
    def dump_footer(self, contents: Contents) -> bytes:
        del contents
        return b""

    @override
    def load_command(self, name: str, path: str) -> str:
        """Each tool has its own, and most of them take a file at a time."""
        del name, path
        return ""
