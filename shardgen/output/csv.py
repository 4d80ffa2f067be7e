"""
CSV and TSV as formats: a file for each table, with a line of column names before its rows.

Quotes are those of RFC 4180, and stand only where they must: around text with a separator, a quote
or an end of line in it, around text that reads like NULL, and around empty text, which "" tells
apart from NULL, an empty field. That is how PostgreSQL's COPY reads them. Dates are ISO 8601; a
timestamp has a space between day and time, as in a dump and in RFC 3339, since spreadsheets and
SQLite's comparisons do not know the letter T. Truth is true or false, and text is UTF-8.

Lines end with LF. RFC 4180 has CRLF, but every loader takes LF, and several keep the CR at the end
of the last column's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import ClassVar, Self

from shardgen.errors import Mistake
from shardgen.output.format import (
    Contents,
    FormatOptions,
    TableFiles,
)
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import StatementText
from shardgen.random.overriding import override
from shardgen.schema.catalog_tables import CatalogTable

SEPARATORS = {"csv": ",", "tsv": "\t"}
_TITLES = {"csv": "CSV", "tsv": "TSV"}
_LIKE_VALUES = re.compile(r"[0-9TZ:.+\- ]+|true|false")
_READ_AS_NULL = "NULL"  # what MySQL takes for NULL too, where it has no quotes


def _escape(text: str) -> str:
    return text.replace('"', '""')


@lru_cache
def notation(separator: str, null: str) -> LiteralSyntax:
    """Return how values are written with a separator, and with a word in the place of NULL."""
    plain = re.compile(rf'[^"\r\n{re.escape(separator)}]+')
    return LiteralSyntax(
        *(null, "true", "false", '"', _escape, separator, "\n"),
        lambda text: plain.fullmatch(text) is not None,
        bytes_quotes=(r"\x", ""),
        reserved=(null, _READ_AS_NULL) if null else (_READ_AS_NULL,),
    )


SYNTAX = notation(",", "")


class CsvFormat(TableFiles, frozen=True, kw_only=True, tag="csv"):
    """CSV as every loader reads it, or TSV, which is the same with tabs."""

    separated_by: str = "csv"
    """One of SEPARATORS."""
    null: str = ""
    """What stands in the place of NULL, without quotes."""

    ending: ClassVar[str] = ".csv"
    has_table_files: ClassVar[bool] = True

    @override
    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        """A null that reads as a value is refused too."""
        yield from super().mistakes(options)
        null, separator = options.null or "", SEPARATORS.get(options.name, ",")
        what = f"the word {null!r} is asked for in the place of NULL"
        if any(sign in null for sign in (separator, '"', "\r", "\n", "\0")):
            yield Mistake("", what, "leave separators, quotes, ends of lines and NUL out of it")
        elif _LIKE_VALUES.fullmatch(null):
            yield Mistake("", what, "a value may read so: choose a word, such as NULL")

    @override
    @classmethod
    def of_options(cls, options: FormatOptions) -> Self:
        return cls(
            separated_by=options.name,
            null=options.null or "",
            ddl=options.ddl,
            compression=options.compression or "none",
        )

    @override
    @property
    def name(self) -> str:
        return self.separated_by

    @override
    @property
    def title(self) -> str:
        return _TITLES[self.separated_by]

    @override
    @property
    def file_ending(self) -> str:
        return super().file_ending.replace(self.ending, f".{self.separated_by}")

    @override
    def literal_syntax(self) -> LiteralSyntax:
        return notation(SEPARATORS[self.separated_by], self.null)

    @override
    def statement_text(self, table: CatalogTable) -> StatementText:
        """The header is the line of column names."""
        syntax = self.literal_syntax()
        names = syntax.separator.join(syntax.text(column.name) for column in table.row_columns)
        return StatementText(f"{names}\n".encode(), b"\n", b"\n")

    @override
    def empty_table(self, table: CatalogTable) -> bytes:
        """The line of column names."""
        return self.statement_text(table).start

    @override
    def load_scripts(
        self, contents: Contents, files: Mapping[str, Sequence[str]], databases: Sequence[str]
    ) -> dict[str, bytes]:
        from shardgen.output.loading import csv_scripts  # late: a single file has none

        syntax = self.literal_syntax()
        program = "" if self.compression == "none" else self.compression
        reading = csv_scripts.Reading(syntax.separator, self.null, program, self.ddl)
        return csv_scripts.scripts(contents, files, databases, reading)
