"""SQL as a format: the dialect of one database, and INSERT statements or COPY."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import ClassVar, Self

from shardgen.errors import Mistake
from shardgen.output.format import (
    Contents,
    Format,
    FormatOptions,
    without_null_word,
    without_statements,
    without_triggers,
)
from shardgen.output.sql import dump
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.sql.limits import STATEMENT_BYTES
from shardgen.output.sql.literals import Style
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import StatementText
from shardgen.random.overriding import override
from shardgen.schema.catalog_tables import CatalogTable

_MOST_ROWS = 1 << 40  # of a statement: no table has more


class SqlFormat(Format, frozen=True, kw_only=True, tag="sql"):
    """One dump of all tables in the SQL of a database, with table definitions where `ddl` says."""

    dialect: str
    style: Style
    rows_per_statement: int
    triggers: bool = True
    """Whether triggers run as rows are loaded into tables that are there."""

    ending: ClassVar[str] = ".sql"
    has_table_files: ClassVar[bool] = False

    @override
    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        yield from without_null_word(options.name, options)
        if not DIALECTS[options.dialect].switches_triggers:
            yield from without_triggers(DIALECTS[options.dialect].title, options)
        elif options.ddl and not options.triggers:
            what = "triggers are to be off, and tables that the dump makes have none"
            yield Mistake("", what, "fill tables that are there, with --no-ddl")
        if _style(options.name) not in DIALECTS[options.dialect].formats:
            what = f"{options.dialect} has no format {options.name!r}"
            yield Mistake("", what, "use sql, or the dialect postgres")
        if options.name == "copy":
            yield from without_statements("copy", options)
        elif not 1 <= options.rows_per_statement <= _MOST_ROWS:
            what = f"rows_per_statement is {options.rows_per_statement}"
            bound = "at least 1" if options.rows_per_statement < 1 else f"at most {_MOST_ROWS}"
            yield Mistake("", what, f"it must be {bound}")

    @override
    @classmethod
    def of_options(cls, options: FormatOptions) -> Self:
        return cls(
            dialect=options.dialect,
            style=_style(options.name),
            compression=options.compression or "none",
            rows_per_statement=options.rows_per_statement,
            ddl=options.ddl,
            triggers=options.triggers,
        )

    @property
    def sql(self) -> Dialect:
        """The dialect itself."""
        return DIALECTS[self.dialect]

    @override
    @property
    def name(self) -> str:
        return "copy" if self.style == "copy" else "sql"

    @override
    @property
    def title(self) -> str:
        return f"{self.sql.title} SQL"

    @override
    def literal_syntax(self) -> LiteralSyntax:
        return self.sql.notation(self.style)

    @override
    def statement_text(self, table: CatalogTable) -> StatementText:
        return self.sql.frame(table, self.style, ddl=self.ddl)

    @override
    @property
    def statement_rows(self) -> int | None:
        return self.rows_per_statement if self.style == "insert" else None

    @override
    @property
    def statement_bytes(self) -> int | None:
        return STATEMENT_BYTES if self.style == "insert" else None

    @override
    def dump_header(self, contents: Contents) -> bytes:
        return dump.dump_header(contents, self.sql, ddl=self.ddl, triggers=self.triggers)

    @override
    def dump_footer(self, contents: Contents) -> bytes:
        return dump.dump_footer(contents, self.sql, ddl=self.ddl, triggers=self.triggers)

    @override
    def load_command(self, name: str, path: str) -> str:
        if self.compression == "none":
            return self.sql.load_command(name, path)
        command = self.sql.load_command(name, "/dev/stdin")
        return f"{self.compression} -dc {shlex.quote(path)} | {command}"


def _style(name: str) -> Style:
    """Return how the rows of a format are written."""
    return "copy" if name == "copy" else "insert"
