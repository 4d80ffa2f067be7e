"""MySQL 8 and MariaDB 10.5, and later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.dialects.base import Dialect, covered_by_key
from shardgen.schema import Column, Schema, Table
from shardgen.types import ColumnType


class MySQL(Dialect):
    """InnoDB keeps rows in the order of their key, so keys are there before the rows."""

    name = "mysql"
    title = "MySQL or MariaDB"
    max_name = 64
    type_names = {  # noqa: RUF012 -- the base class says ClassVar
        "tinyint": "tinyint",
        "smallint": "smallint",
        "int": "int",
        "bigint": "bigint",
        "float": "float",
        "double": "double",
        "text": "text",
        "date": "date",
        "datetime": "datetime",
        "timestamp": "timestamp",
        "boolean": "tinyint(1)",
        "json": "json",
        "jsonb": "json",
        "uuid": "char(36)",
    }

    def quote(self, name: str) -> str:
        """See Dialect."""
        return "`" + name.replace("`", "``") + "`"

    def escape(self, text: str) -> str:
        """See Dialect. The dump sets a mode in which a backslash escapes."""
        return text.replace("\\", "\\\\").replace("'", "''")

    def type_name(self, kind: ColumnType) -> str:
        """See Dialect."""
        if kind.name == "enum":
            return "enum(" + ",".join(self.string(value) for value in kind.values) + ")"
        return super().type_name(kind)

    def load_hint(self, schema: Schema, path: str) -> str:
        """See Dialect."""
        del schema
        return f"mysql DATABASE < {path}"

    def begin(self) -> Iterator[str]:
        """See Dialect."""
        yield "SET NAMES utf8mb4"
        yield "SET time_zone = '+00:00'"
        yield "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'"

    def begin_data(self) -> Iterator[str]:
        """See Dialect."""
        yield "START TRANSACTION"

    def create_table(self, table: Table, schema: Schema) -> str:
        """See Dialect."""
        return super().create_table(table, schema) + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"

    def column_constraints(self, column: Column) -> Iterator[str]:
        """See Dialect. A nullable timestamp must say so, or MariaDB makes it NOT NULL."""
        if column.nullable:
            yield "NULL"
        yield from super().column_constraints(column)
        if column.counts_rows:
            yield "AUTO_INCREMENT"

    def default(self, column: Column) -> str:
        """See Dialect. Text and JSON take only expressions, which stand in parentheses."""
        value = super().default(column)
        if column.sql_type.name in ("text", "json", "jsonb"):
            return f"({value})"
        return value

    def table_constraints(self, table: Table, schema: Schema) -> Iterator[str]:
        """See Dialect."""
        del schema
        for column in table.columns:
            name = self.quote(column.name)
            if column.primary_key:
                yield f"PRIMARY KEY ({name})"
            elif column.unique:
                yield f"UNIQUE KEY ({name})"
        for index in table.indexes:
            if not covered_by_key(table, index.columns):
                names = ", ".join(self.quote(name) for name in index.columns)
                unique = "UNIQUE " if index.unique else ""
                yield f"{unique}KEY {self.quote(index.name)} ({names})"
        for column in table.columns:
            if column.foreign_key is not None:
                yield f"FOREIGN KEY ({self.quote(column.name)}) {self.foreign_key(column)}"

    def after_rows(self, schema: Schema, tables: Iterable[Table]) -> Iterator[str]:
        """See Dialect."""
        del schema, tables
        yield from ()
