"""MySQL 8 and MariaDB 10.5, and later."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from shardgen.dialects.base import Dialect, covered_by_key
from shardgen.schema import Column, Index, Schema, Table
from shardgen.types import ColumnType

_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": "''", "\n": r"\n", "\r": r"\r", "\x1a": r"\Z"}  # what mysqldump escapes
)
_KEY_LETTERS = 768  # of utf8mb4 in an index of InnoDB: 3072 bytes
_VARCHAR_LETTERS = 16_383  # of utf8mb4 in a row
_CHAR_LETTERS = 255
_ENUM_LETTERS = 255
_EXACT = " COLLATE utf8mb4_bin"


class MySQL(Dialect):
    """
    InnoDB keeps rows in the order of their key, so that keys are there before the rows.

    So are foreign keys, and the indexes that they need: adding a foreign key copies the table, or
    checks nothing. Measured on MariaDB 10.11 with 1 M payments, against everything in CREATE TABLE:
    other indexes after the rows 0.8 times as long, foreign keys too 1.0 to 1.1 times.

    MySQL compares text without case and accents, unless told otherwise. Columns in which "a" and
    "A" must stay two values, keys and enums, are told.
    """

    name = "mysql"
    title = "MySQL or MariaDB"
    new_uuid = "(UUID())"
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
        return text.translate(_ESCAPES)

    def type_name(self, kind: ColumnType) -> str:
        """See Dialect. An enum drops spaces at the end of its values, so these are a varchar."""
        if kind.name == "enum" and _fits_enum(kind):
            return "enum(" + ",".join(map(self.string, kind.values)) + ")" + _EXACT
        if kind.name == "enum":
            return f"varchar({kind.max_length}){_EXACT}"
        length = kind.length or 0
        if kind.name == "varchar" and length > _VARCHAR_LETTERS:
            return "mediumtext"
        if kind.name == "char" and length > _CHAR_LETTERS:
            return f"varchar({length})"
        return super().type_name(kind)

    def column_type(self, column: Column, schema: Schema) -> str:
        """
        See Dialect. A foreign key has exactly the type of the key it refers to.

        Text in a key is no longer than an index can hold whole.
        """
        kind = _root_type(column, schema)
        if kind.family != "text" or not (column.is_key or column.foreign_key):
            return self.type_name(kind)
        letters = min(kind.length or _KEY_LETTERS, _KEY_LETTERS)
        name = "char" if kind.name == "char" and letters <= _CHAR_LETTERS else "varchar"
        return f"{name}({letters}){_EXACT}"

    def load_hint(self, schema: Schema, path: str) -> str:
        """See Dialect."""
        del schema
        return f"mysql DATABASE < {shlex.quote(path)}"

    def begin(self) -> Iterator[str]:
        """See Dialect."""
        yield "SET NAMES utf8mb4"
        yield "SET time_zone = '+00:00'"
        yield "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'"

    def begin_data(self) -> Iterator[str]:
        """See Dialect. CREATE TABLE would have ended a transaction."""
        yield "START TRANSACTION"

    def end_data(self, tables: Iterable[Table]) -> Iterator[str]:
        """See Dialect. ALTER TABLE would end the transaction, and commit it too."""
        del tables
        yield "COMMIT"

    def end(self) -> Iterator[str]:
        """See Dialect."""
        yield from ()

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
        if column.sql_type.name == "enum" and not _fits_enum(column.sql_type):
            yield self.in_listed(column)

    def default(self, column: Column) -> str | None:
        """See Dialect. Text and JSON take only expressions, which stand in parentheses."""
        value = super().default(column)
        kind = column.sql_type
        long = kind.name == "varchar" and (kind.length or 0) > _VARCHAR_LETTERS
        if value is not None and (long or kind.name in ("text", "json", "jsonb")):
            return f"({value})"
        return value

    def table_constraints(self, table: Table, schema: Schema) -> Iterator[str]:
        """See Dialect. Indexes come before keys, which find names of their own among theirs."""
        del schema
        for column in table.columns:
            if column.primary_key:
                yield f"PRIMARY KEY ({self.quote(column.name)})"
        for index in self._indexes(table):
            if _comes_first(table, index):
                yield self._key(table, index)
        for column in table.columns:
            if column.unique and not column.primary_key:
                name = self.key_name(table, column)
                yield f"UNIQUE KEY {name}{' ' if name else ''}({self.quote(column.name)})"
        for column in table.columns:
            if column.foreign_key is not None:
                yield f"FOREIGN KEY ({self.quote(column.name)}) {self.foreign_key(column)}"

    def after_rows(self, tables: Iterable[Table]) -> Iterator[str]:
        """See Dialect. All indexes of a table are made in one go."""
        for table in tables:
            later = [i for i in self._indexes(table) if not _comes_first(table, i)]
            keys = ", ".join(f"ADD {self._key(table, index)}" for index in later)
            if keys:
                yield f"ALTER TABLE {self.quote(table.name)} {keys}"

    def can_index(self, table: Table, index: Index) -> bool:
        """See Dialect. An index over JSON is left out: MySQL has none."""
        return all(table.column(name).sql_type.family != "json" for name in index.columns)

    def _indexes(self, table: Table) -> Iterator[Index]:
        for index in table.indexes:
            if not covered_by_key(table, index) and self.can_index(table, index):
                yield index

    def _key(self, table: Table, index: Index) -> str:
        kind, parts = self._kind(table, index), self._parts(table, index)
        return f"{kind}KEY {self.quote(index.name)} ({parts})"

    def _kind(self, table: Table, index: Index) -> str:
        """`fulltext` is made as asked; every other kind is InnoDB's only one, a B-tree."""
        if _is_fulltext(table, index):
            return "FULLTEXT "
        return "UNIQUE " if index.unique else ""

    def _parts(self, table: Table, index: Index) -> str:
        """Texts that are too long to be indexed whole are by an equal share of their letters."""
        if _is_fulltext(table, index):
            return self.list_names(index.columns)
        share = _KEY_LETTERS // len(index.columns)
        parts = []
        for name in index.columns:
            kind = table.column(name).sql_type
            cut = kind.family == "text" and (kind.length is None or kind.length > share)
            parts.append(self.quote(name) + (f"({share})" if cut else ""))
        return ", ".join(parts)


def _root_type(column: Column, schema: Schema) -> ColumnType:
    """Return the type of the key that a chain of foreign keys ends at."""
    seen: list[Column] = []
    while column.foreign_key is not None and column not in seen:
        seen.append(column)
        column = schema.table(column.foreign_key.table).column(column.foreign_key.column)
    return column.sql_type


def _fits_enum(kind: ColumnType) -> bool:
    return not any(v.endswith(" ") or len(v) > _ENUM_LETTERS for v in kind.values)


def _is_fulltext(table: Table, index: Index) -> bool:
    texts = all(table.column(name).sql_type.family == "text" for name in index.columns)
    return index.type.lower() == "fulltext" and texts and not index.unique


def _comes_first(table: Table, index: Index) -> bool:
    """Return whether a foreign key needs the index, or a key could take its name by itself."""
    names = {column.name.casefold() for column in table.columns}
    serves = table.column(index.columns[0]).foreign_key is not None
    return (serves and not _is_fulltext(table, index)) or index.name.casefold() in names
