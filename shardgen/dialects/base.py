"""
What a dialect is: how one database writes names, values, rows and table definitions.

Everything that is the same for all of them stands here; a dialect's file holds what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from shardgen.render import Frame, Notation
from shardgen.schema import Column, Schema, Table
from shardgen.types import ColumnType

Format = Literal["insert", "copy"]


class Dialect:
    """SQL text for one database: all methods are pure, and every name they write is quoted."""

    name: ClassVar[str]
    title: ClassVar[str]
    """The database's own name."""
    type_names: ClassVar[dict[str, str]]
    """The dialect's type for each of shardgen's, where it takes no arguments."""
    formats: ClassVar[tuple[Format, ...]] = ("insert",)
    max_name: ClassVar[int] = 63
    """Most bytes of an identifier."""

    def quote(self, name: str) -> str:
        """Return `name` as an identifier, whatever is in it."""
        return '"' + name.replace('"', '""') + '"'

    def escape(self, text: str) -> str:
        """Return `text` as it stands between the quotes of a string literal."""
        return text.replace("'", "''")

    def string(self, text: str) -> str:
        """Return `text` as a string literal."""
        return f"'{self.escape(text)}'"

    def notation(self, form: Format) -> Notation:
        """Return how values and rows are written."""
        assert form == "insert", "dialects that copy have a notation of their own for it"
        true, false = self.booleans()
        return Notation("NULL", true, false, "'", self.escape, ",", "),\n(")

    def booleans(self) -> tuple[str, str]:
        """Return the literals for true and false."""
        return "1", "0"

    def frame(self, table: Table, form: Format) -> Frame:
        """Return the text around a table's rows."""
        assert form == "insert", "dialects that copy have a frame of their own for it"
        start = f"INSERT INTO {self.quote(table.name)} ({self.names(table)}) VALUES\n("
        return Frame(start.encode(), f");\n{start}".encode(), b");\n")

    def names(self, table: Table) -> str:
        """Return the table's column names, quoted, with commas between."""
        return ",".join(self.quote(column.name) for column in table.columns)

    def type_name(self, kind: ColumnType) -> str:
        """Return the dialect's own name of a type."""
        if kind.name == "decimal":
            return f"decimal({kind.precision},{kind.scale})"
        if kind.name in ("varchar", "char"):
            return f"{kind.name}({kind.length})"
        return self.type_names[kind.name]

    def load_hint(self, schema: Schema, path: str) -> str:
        """Return the shell command that loads a dump at `path`."""
        raise NotImplementedError

    def begin(self) -> Iterator[str]:
        """Yield the statements that a dump begins with."""
        raise NotImplementedError

    def begin_data(self) -> Iterator[str]:
        """Yield the statements between the table definitions and the rows."""
        yield from ()

    def end_data(self, tables: Iterable[Table]) -> Iterator[str]:
        """Yield the statements right after the rows, such as setting sequences."""
        del tables
        yield from ()

    def end(self) -> Iterator[str]:
        """Yield the statements that a dump ends with."""
        yield "COMMIT"

    def create_table(self, table: Table, schema: Schema) -> str:
        """Return CREATE TABLE, with the constraints that do not wait for the rows."""
        lines = [self.column_definition(column) for column in table.columns]
        lines += self.table_constraints(table, schema)
        body = ",\n".join(f"  {line}" for line in lines)
        return f"CREATE TABLE {self.quote(table.name)} (\n{body}\n)"

    def column_definition(self, column: Column) -> str:
        """Return a column's line in CREATE TABLE."""
        kind = column.sql_type
        words = [self.quote(column.name), self.type_name(kind)]
        words += self.column_constraints(column)
        return " ".join(words)

    def column_constraints(self, column: Column) -> Iterator[str]:
        """Yield what follows the type in a column's line."""
        if not column.nullable:
            yield "NOT NULL"
        if column.default is not None and not column.counts_rows:
            yield f"DEFAULT {self.default(column)}"

    def default(self, column: Column) -> str:
        """Return a column's default as SQL."""
        value = column.default
        if isinstance(value, str):
            if value.upper().rstrip("()") in ("CURRENT_TIMESTAMP", "NOW"):
                return "CURRENT_TIMESTAMP"
            if value.upper() == "CURRENT_DATE":
                return "(CURRENT_DATE)"
            if column.sql_type.family == "boolean":
                value = value.lower() in ("true", "1")
            else:
                return self.string(value)
        if isinstance(value, bool) or column.sql_type.family == "boolean":
            return self.booleans()[0 if value else 1]
        return str(value)

    def table_constraints(self, table: Table, schema: Schema) -> Iterator[str]:
        """Yield the lines after the columns in CREATE TABLE."""
        raise NotImplementedError

    def after_rows(self, schema: Schema, tables: Iterable[Table]) -> Iterator[str]:
        """Yield the keys and indexes that are quicker to make once the rows are there."""
        raise NotImplementedError

    def foreign_key(self, column: Column) -> str:
        """Return the REFERENCES clause of a column."""
        key = column.foreign_key
        assert key is not None, "called for foreign keys only"
        clause = f"REFERENCES {self.quote(key.table)} ({self.quote(key.column)})"
        if key.on_delete:
            clause += f" ON DELETE {key.on_delete}"
        if key.on_update:
            clause += f" ON UPDATE {key.on_update}"
        return clause

    def create_indexes(self, table: Table) -> Iterator[str]:
        """Yield CREATE INDEX for each index that no key of the table makes already."""
        for index in table.indexes:
            if covered_by_key(table, index.columns):
                continue
            names = ", ".join(self.quote(name) for name in index.columns)
            unique = "UNIQUE " if index.unique else ""
            name = self.quote(index.name)
            yield f"CREATE {unique}INDEX {name} ON {self.quote(table.name)} ({names})"


def covered_by_key(table: Table, columns: tuple[str, ...]) -> bool:
    """Return whether a primary key or unique column of the table is an index over `columns`."""
    return len(columns) == 1 and table.column(columns[0]).is_key
