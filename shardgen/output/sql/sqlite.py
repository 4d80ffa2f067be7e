"""SQLite 3."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from shardgen.errors import Mistake, place
from shardgen.output.sql.dialect import Dialect, shared_names, unique_keys
from shardgen.schema.model import Column, Schema, Table
from shardgen.schema.order import is_late, late_references


class SQLite(Dialect):
    """
    Foreign keys stand in CREATE TABLE, the only place SQLite has; indexes follow the rows.

    Of the kinds of index it has one, and no way to make a UUID. Decimals are stored as integers or
    8-byte floats, which keep 15 digits.
    """

    name = "sqlite"
    title = "SQLite"
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

    def unsupported_schema(self, schema: Schema) -> Iterator[Mistake]:
        """See Dialect. Names that begin with `sqlite_` are its own."""
        yield from shared_names(schema, self.title)
        for table in schema.tables:
            where = place("tables", table.name)
            names = [(table.name, where)]
            names += ((i.name, place(where, "indexes", i.name)) for i in table.indexes)
            for name, at in names:
                if name.lower().startswith("sqlite_"):
                    what = f"the name {name!r} is one that SQLite keeps for itself"
                    yield Mistake(at, what, "choose one without sqlite_")

    def load_command(self, schema: Schema, path: str) -> str:
        """See Dialect."""
        return f"sqlite3 -bail {shlex.quote(f'{schema.name}.db')} < {shlex.quote(path)}"

    def escape(self, text: str) -> str:
        """See Dialect. The sqlite3 shell drops a carriage return at the end of a line."""
        return super().escape(text).replace("\r", "'||char(13)||'")

    def default(self, column: Column) -> str | None:
        """See Dialect. A default that is an expression stands in parentheses."""
        value = super().default(column)
        return f"({value})" if value and "'||char(13)||'" in value else value

    def begin(self) -> Iterator[str]:
        """See Dialect."""
        yield "PRAGMA foreign_keys = ON"
        yield "BEGIN"

    def column_constraints(self, column: Column, table: Table) -> Iterator[str]:
        """See Dialect. An INTEGER PRIMARY KEY is the rowid: it goes on from the last row."""
        yield from super().column_constraints(column, table)
        if table.primary_key == (column.name,):
            yield "PRIMARY KEY"
        if column.sql_type.name == "enum":
            yield self.in_listed(column)

    def table_constraints(self, table: Table, schema: Schema) -> Iterator[str]:
        """See Dialect. A key to a later table is checked at the end of a transaction."""
        if len(table.primary_key) > 1:
            yield f"PRIMARY KEY ({self.list_names(table.primary_key)})"
        for names in unique_keys(table):
            yield f"UNIQUE ({self.list_names(names)})"
        for reference in table.references:
            waits = is_late(schema, table, reference)
            yield self.foreign_key(reference) + (" DEFERRABLE INITIALLY DEFERRED" if waits else "")

    def defer(self, schema: Schema) -> Iterator[str]:
        """See Dialect."""
        if any(late_references(schema)):
            yield "PRAGMA defer_foreign_keys = ON"

    def after_rows(self, tables: Iterable[Table], schema: Schema) -> Iterator[str]:
        """See Dialect."""
        del schema
        for table in tables:
            yield from self.create_indexes(table)
