"""SQLite 3."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

import msgspec

from shardgen.errors import Mistake, join_path
from shardgen.output.sql.dialect import Dialect, Style, shared_names, unique_keys
from shardgen.output.sql.equality import StoredEquality
from shardgen.output.sql.limits import SQLITE_LIMITS
from shardgen.output.text.fields import LiteralSyntax
from shardgen.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.tables.text_proofs import storable
from shardgen.tables.values import LongestText

_MOST_RETURNS = (SQLITE_LIMITS.expression_depth or 0) // 2 - 100  # two operators each, and others
_MARK = "~"  # it is written as two letters; any would do
_FLAT_START = "replace(replace('"
_FLAT_END = f"','{_MARK}2',char(13)),'{_MARK}1','{_MARK}')"


class SQLite(Dialect):
    """
    Foreign keys stand in CREATE TABLE, the only place SQLite has; indexes follow the rows.

    Of the kinds of index it has one, and no way to make a UUID. Decimals are stored as integers or
    8-byte floats, which keep 15 digits.
    """

    name = "sqlite"
    title = "SQLite"
    equality = StoredEquality(title="SQLite", float_bits={"float": 53, "double": 53, "decimal": 53})
    limits = SQLITE_LIMITS
    type_names = {  # noqa: RUF012 -- the base class says ClassVar
        "tinyint": "integer",
        "smallint": "integer",
        "int": "integer",
        "bigint": "integer",
        "float": "real",
        "double": "real",
        "text": "text",
        "date": "text",
        "datetime": "text",
        "timestamp": "text",
        "boolean": "integer",
        "json": "text",
        "jsonb": "text",
        "uuid": "text",
        "enum": "text",
    }

    @override
    def unsupported_schema(self, catalog: Catalog) -> Iterator[Mistake]:
        """Names that begin with `sqlite_` are its own."""
        yield from super().unsupported_schema(catalog)
        yield from shared_names(catalog, self.title)
        for table in catalog.tables:
            where = join_path("tables", table.name)
            names = [(table.name, where)]
            names += ((i.name, join_path(where, "indexes", i.name)) for i in table.indexes)
            for name, at in names:
                if name.lower().startswith("sqlite_"):
                    what = f"the name {name!r} is one that SQLite keeps for itself"
                    yield Mistake(at, what, "choose one without sqlite_")

    @override
    def load_command(self, name: str, path: str) -> str:
        return f"sqlite3 -bail {shlex.quote(f'{name}.db')} < {shlex.quote(path)}"

    @override
    def escape(self, text: str) -> str:
        """The sqlite3 shell drops a carriage return at the end of a line."""
        return super().escape(text).replace("\r", "'||char(13)||'")

    @override
    def string(self, text: str) -> str:
        if _returns(text) > _MOST_RETURNS:
            return _FLAT_START + _flat_escape(storable(text)) + _FLAT_END
        return super().string(text)

    @override
    def notation(self, form: Style) -> LiteralSyntax:
        """Operators stand in one another; with many carriage returns, two functions do it all."""
        plain = super().notation(form)
        flat = msgspec.structs.replace(
            plain, quote=_FLAT_START, escape=_flat_escape, end_quote=_FLAT_END
        )
        return msgspec.structs.replace(
            plain, flat=flat, depth=LongestText(_returns), most_depth=_MOST_RETURNS
        )

    @override
    def default(self, column: CatalogColumn) -> str | None:
        """A default that is an expression stands in parentheses."""
        value = super().default(column)
        is_expression = value and ("'||char(13)||'" in value or value.startswith(_FLAT_START))
        return f"({value})" if is_expression else value

    @override
    def begin(self) -> Iterator[str]:
        yield "PRAGMA foreign_keys = ON"
        yield "BEGIN"

    @override
    def column_constraints(self, column: CatalogColumn, table: CatalogTable) -> Iterator[str]:
        """An INTEGER PRIMARY KEY is the rowid: it goes on from the last row."""
        yield from super().column_constraints(column, table)
        if table.primary_key == (column.name,):
            yield "PRIMARY KEY"
        if column.sql_type.name == "enum":
            yield self.in_listed(column)

    @override
    def table_constraints(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        """A key to a later table is checked at the end of a transaction."""
        if len(table.primary_key) > 1:
            yield f"PRIMARY KEY ({self.list_names(table.primary_key)})"
        for names in unique_keys(table):
            yield f"UNIQUE ({self.list_names(names)})"
        for reference in table.references:
            waits = catalog.is_late(table, reference)
            yield self.foreign_key(reference) + (" DEFERRABLE INITIALLY DEFERRED" if waits else "")

    @override
    def defer(self, catalog: Catalog) -> Iterator[str]:
        if any(catalog.late_references):
            yield "PRAGMA defer_foreign_keys = ON"

    @override
    def after_rows(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[str]:
        del catalog
        for table in tables:
            yield from self.create_indexes(table)


def _returns(text: str) -> int:
    return text.count("\r")


def _flat_escape(text: str) -> str:
    """Write a carriage return as the mark and 2, and the mark itself as the mark and 1."""
    marked = text.replace(_MARK, f"{_MARK}1").replace("\r", f"{_MARK}2")
    return marked.replace("'", "''")
