"""
What a format is: how a job's rows are written, and what stands around them.

A format is pure, small and stands in the plan, so that every worker has it. `formats.py` lists
those that there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, Self

import msgspec

from shardgen.errors import Mistake
from shardgen.output.endings import COMPRESSED, COMPRESSED_BY
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.kinds import Buffer
from shardgen.output.text.render import Renderer, RowLayout, StatementText
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.tables.batch import BoundTable

DEFAULT_ROWS_PER_STATEMENT = 1000


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a job writes, as far as a format can tell it: `counts` has rows by table, in dump order.

    Tables come in that order everywhere.
    """

    catalog: Catalog
    counts: dict[str, int]
    seed: int
    as_of: dt.date
    edge_case_probability: float

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(self.counts.values())

    def tables(self) -> Iterator[CatalogTable]:
        """Yield the tables in order."""
        return (self.catalog.table(name) for name in self.counts)


class FormatOptions(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a user may say about a format; each format reads what concerns it.

    `name` is one of `formats.FORMATS`, `dialect` one of `sql.dialects.DIALECTS`.
    """

    name: str
    dialect: str
    rows_per_statement: int
    ddl: bool
    null: str | None = None
    triggers: bool = True
    compression: str | None = None


def without_statements(name: str, options: FormatOptions) -> Iterator[Mistake]:
    """Yield that a format cannot follow what was asked of statements: it has none."""
    if options.rows_per_statement != DEFAULT_ROWS_PER_STATEMENT:
        what = f"{options.rows_per_statement} rows per statement are asked for"
        yield Mistake("", what, f"{name} has no statements: leave it out, or use insert")


def without_triggers(name: str, options: FormatOptions) -> Iterator[Mistake]:
    """Yield that a format switches no triggers off, where that was asked for."""
    if not options.triggers:
        hint = "use sql or copy and the dialect postgres, or leave it out"
        yield Mistake("", f"triggers are to be off, and {name} cannot say so", hint)


def without_null_word(name: str, options: FormatOptions) -> Iterator[Mistake]:
    """Yield that a format has a null of its own, where another was asked for."""
    if options.null is not None:
        what = f"the word {options.null!r} is asked for in the place of NULL"
        yield Mistake("", what, f"{name} has one of its own: leave it out, or use csv or tsv")


class Rows(Protocol):
    """Makes the shards of a table."""

    def render(self, start: int, stop: int) -> Iterator[Buffer]:
        """
        Yield rows start … stop-1, all of one file; for a format with a join, in one piece.

        A buffer is to be read before the next is asked for.
        """


class Join(Protocol):
    """Makes one file of its shards, where these do not follow each other as they are."""

    def join(self, shard: Buffer, /) -> Iterator[Buffer]:
        """Yield what the file has of the next shard, which is given whole."""

    def end(self) -> Iterator[Buffer]:
        """Yield what the file has after the last one."""


class Format(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """
    How rows are written: as one dump of all tables, or as a file for each table.

    A table's own header and footer are the `start` and `end` of its StatementText. Every method is
    pure, and what it returns depends on its arguments and the format's fields alone.
    """

    compression: str = "none"
    """How files are compressed, one of `endings.COMPRESSIONS`."""
    ddl: bool = True
    """Whether the dump, or what loads its files, makes the tables."""

    ending: ClassVar[str]
    """What names of files end in, with the dot, where they are not compressed."""
    has_table_files: ClassVar[bool]
    """Whether each table has a file of its own, instead of all tables one dump in order."""
    is_compressed_within: ClassVar[bool] = False
    """Whether compression is the format's own, and no file is compressed as a whole."""

    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        """Yield what is wrong with the options for this format."""
        raise NotImplementedError

    @classmethod
    def of_options(cls, options: FormatOptions) -> Self:
        """Return the format for options in which `mistakes` finds nothing."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The name in `formats.FORMATS` that it was chosen by."""
        raise NotImplementedError

    @property
    def dialect(self) -> str | None:
        """The name of the database whose SQL it is; None where any can read it."""
        return None

    @property
    def title(self) -> str:
        """The format's name for people."""
        raise NotImplementedError

    @property
    def file_ending(self) -> str:
        """What names of files end in."""
        return self.ending + COMPRESSED.get(self.compression, "")

    @property
    def libraries(self) -> tuple[str, ...]:
        """The packages whose release may change the bytes of files."""
        package = COMPRESSED_BY.get(self.compression)
        return () if package is None else (package,)

    def rows(self, bound: BoundTable, table: CatalogTable, file_starts: Container[int]) -> Rows:
        """
        Return what makes the shards of a table: text, unless a format says otherwise.

        `file_starts` has the first row of each file.
        """
        return Renderer(
            bound,
            self.literal_syntax(),
            self.statement_text(table),
            self.statement_rows,
            self.statement_bytes,
            file_starts=file_starts,
            layout=self.row_layout(table),
        )

    def join(self) -> Join | None:
        """Return what makes a file of its shards; None where they follow each other as they are."""
        return None

    def literal_syntax(self) -> LiteralSyntax:
        """Return how values and rows are written."""
        raise NotImplementedError

    def statement_text(self, table: CatalogTable) -> StatementText:
        """Return the text around a table's rows: its header, its footer and what is between."""
        raise NotImplementedError

    def row_layout(self, table: CatalogTable) -> RowLayout | None:
        """Return what stands in a row beside its values; None for the separators of the syntax."""
        del table
        return None

    @property
    def statement_rows(self) -> int | None:
        """The most rows of a statement; None where one holds all rows of a table."""
        raise NotImplementedError

    @property
    def statement_bytes(self) -> int | None:
        """The most bytes of a statement of several rows; None where there is no limit."""
        return None

    def empty_table(self, table: CatalogTable) -> bytes:
        """Return the text of a table without rows, where there is any."""
        del table
        return b""

    def dump_header(self, contents: Contents) -> bytes:
        """Return what stands before the first table."""
        raise NotImplementedError

    def dump_footer(self, contents: Contents) -> bytes:
        """Return what stands after the last table."""
        raise NotImplementedError

    def load_command(self, name: str, path: str) -> str:
        """
        Return the shell command that loads what was written to `path` for the schema `name`.

        Empty where no single command does.
        """
        raise NotImplementedError

    def load_scripts(
        self, contents: Contents, files: Mapping[str, Sequence[str]], databases: Sequence[str]
    ) -> dict[str, bytes]:
        """
        Return the scripts that load a folder of such files into a database, by their file names.

        `files` has the names of each table's files; `databases` are those that the values suit.
        """
        del contents, files, databases
        return {}


class TableFiles(Format, frozen=True, kw_only=True):
    """Files that stand alone, one or more for each table, without a dump around them."""

    @override
    @classmethod
    def mistakes(cls, options: FormatOptions) -> Iterator[Mistake]:
        """What only SQL has is refused where it is asked for."""
        yield from without_statements(options.name, options)
        yield from without_triggers(options.name, options)

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
