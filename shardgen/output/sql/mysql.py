"""MySQL 8 and MariaDB 10.5, and later."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

import msgspec

from shardgen.errors import Mistake, join_path
from shardgen.output.sql.dialect import (
    Dialect,
    covered_by_key,
    equal_when_padded,
    is_in_key,
    unique_keys,
)
from shardgen.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import Index
from shardgen.schema.order import column_names, draw_cycle, find_cycle
from shardgen.schema.references import Reference
from shardgen.schema.types import ColumnType
from shardgen.tables.calendar import iso_moment
from shardgen.tables.values import ColumnValues, Dictionary, Text, Timestamps, max_length

_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": "''", "\n": r"\n", "\r": r"\r", "\x1a": r"\Z"}  # what mysqldump escapes
)
_TYPE = re.compile(r"(\w+)(?:\((\d+)(?:,(\d+))?\))?")
_KEY_LETTERS = 768  # of utf8mb4 in an index of InnoDB: 3072 bytes
_VARCHAR_LETTERS = 16_383  # of utf8mb4 in a row
_CHAR_LETTERS = 255
_ENUM_LETTERS = 255
_EXACT = " COLLATE utf8mb4_bin"
_ROW_BYTES = 65_535
_TIMESTAMPS = 1, (1 << 31) - 1  # 1970-01-01 00:00:01 and 2038-01-19 03:14:07
_WIDTHS = {
    "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8, "float": 4, "double": 8, "date": 3,
    "datetime": 5, "timestamp": 4, "text": 10, "mediumtext": 11, "json": 12,
}  # fmt: skip
"""Bytes of a row by type; long texts lie outside it, and it has where."""


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

    @override
    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    @override
    def escape(self, text: str) -> str:
        """The dump sets a mode in which a backslash escapes."""
        return text.translate(_ESCAPES)

    @override
    def type_name(self, kind: ColumnType) -> str:
        """An enum drops spaces at the end of its values, so these are a varchar."""
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

    @override
    def column_type(self, column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> str:
        """
        A foreign key has exactly the type of the key it refers to.

        Text in a key is no longer than an index can hold whole.
        """
        kind = _root_type(column, table, catalog)
        most = _key_letters(table, column)
        if kind.family != "text" or most is None:
            return self.type_name(kind)
        letters = min(kind.length or most, most)
        name = "char" if kind.name == "char" and letters <= _CHAR_LETTERS else "varchar"
        return f"{name}({letters}){_EXACT}"

    def unsupported_schema(self, catalog: Catalog) -> Iterator[Mistake]:
        """See Dialect: names, keys over JSON, rows that are too long, and circles of keys."""
        yield from _circles(catalog)
        for table in catalog.tables:
            where = join_path("tables", table.name)
            yield from _refused_names(table, where)
            for column in table.columns:
                if is_in_key(table, column) and column.sql_type.family == "json":
                    what = f"MySQL makes no key of a column of type {column.sql_type}"
                    at = join_path(where, "columns", column.name) + ".type"
                    yield Mistake(at, what, f"use varchar(n), n at most {_KEY_LETTERS}")
            size = sum(
                _width(self.column_type(column, table, catalog), len(column.sql_type.values))
                for column in table.columns
            )
            size += -(-sum(column.nullable for column in table.columns) // 8)
            if size > _ROW_BYTES:
                what = f"a row may have {size} bytes, and MySQL's have at most {_ROW_BYTES}"
                yield Mistake(where, what, "use text for long columns, which lies outside the row")

    @override
    def unsupported_values(
        self, table: CatalogTable, column: CatalogColumn, values: ColumnValues
    ) -> tuple[str, str] | None:
        """A timestamp is 32 bits wide; texts that are compared are padded first."""
        kind = column.sql_type
        if kind.name == "timestamp" and isinstance(values, Timestamps):
            first, last = _TIMESTAMPS
            if first <= values.low <= values.high <= last:
                return None
            worst = iso_moment(values.high if values.high > last else values.low)
            what = f"yields times such as {worst}, and MySQL's timestamp holds those from "
            return f"{what}{iso_moment(first)} to {iso_moment(last)}", "use datetime"
        most = _key_letters(table, column)
        if most is None or not isinstance(values, Dictionary | Text):
            return None
        if kind.family == "text" and max_length(values) > most:
            what = (
                f"yields up to {max_length(values)} characters, and a key of MySQL's holds {most}"
            )
            return what, "choose a shorter type, or leave out the key"
        alike = equal_when_padded(values)
        if alike is None:
            return None
        what = f"yields {alike[0]!r} and {alike[1]!r}, which are one value in a key of MySQL's"
        return what, "leave out the spaces at the end, or unique"

    @override
    def load_command(self, name: str, path: str) -> str:
        del name
        return f"mysql DATABASE < {shlex.quote(path)}"

    @override
    def begin(self) -> Iterator[str]:
        yield "SET NAMES utf8mb4"
        yield "SET time_zone = '+00:00'"
        yield "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'"

    @override
    def begin_data(self) -> Iterator[str]:
        """CREATE TABLE would have ended a transaction."""
        yield "START TRANSACTION"

    @override
    def end_data(self, tables: Iterable[CatalogTable]) -> Iterator[str]:
        """ALTER TABLE would end the transaction, and commit it too."""
        del tables
        yield "COMMIT"

    @override
    def end(self) -> Iterator[str]:
        yield from ()

    @override
    def create_table(self, table: CatalogTable, catalog: Catalog) -> str:
        return super().create_table(table, catalog) + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"

    @override
    def column_constraints(self, column: CatalogColumn, table: CatalogTable) -> Iterator[str]:
        """A nullable timestamp must say so, or MariaDB makes it NOT NULL."""
        if column.nullable:
            yield "NULL"
        yield from super().column_constraints(column, table)
        if column.is_identity:
            yield "AUTO_INCREMENT"
        if column.sql_type.name == "enum" and not _fits_enum(column.sql_type):
            yield self.in_listed(column)

    @override
    def default(self, column: CatalogColumn) -> str | None:
        """Text and JSON take only expressions, which stand in parentheses."""
        value = super().default(column)
        kind = column.sql_type
        long = kind.name == "varchar" and (kind.length or 0) > _VARCHAR_LETTERS
        if value is not None and (long or kind.name in ("text", "json", "jsonb")):
            return f"({value})"
        return value

    @override
    def table_constraints(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        """Indexes come before keys, which find names of their own among theirs."""
        yield f"PRIMARY KEY ({self.list_names(table.primary_key)})"
        for index in self._indexes(table):
            if _comes_first(table, index):
                yield self._key(table, index)
        for names in unique_keys(table):
            name = self.key_name(table, names)
            yield f"UNIQUE KEY {name}{' ' if name else ''}({self.list_names(names)})"
        for reference in table.references:
            if not catalog.is_late(table, reference):
                yield self.foreign_key(_in_order_of_key(reference, catalog))

    @override
    def defer(self, catalog: Catalog) -> Iterator[str]:
        """MySQL defers no check: it leaves them out, as mysqldump has it do."""
        if any(catalog.late_references):
            yield "SET foreign_key_checks = 0"

    @override
    def end_defer(self, catalog: Catalog) -> Iterator[str]:
        if any(catalog.late_references):
            yield "SET foreign_key_checks = 1"

    @override
    def after_rows(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[str]:
        """All indexes of a table are made in one go, and keys to later tables."""
        for table in tables:
            later = [i for i in self._indexes(table) if not _comes_first(table, i)]
            additions = [self._key(table, index) for index in later]
            late = (r for r in table.references if catalog.is_late(table, r))
            additions += (self.foreign_key(_in_order_of_key(r, catalog)) for r in late)
            keys = ", ".join(f"ADD {addition}" for addition in additions)
            if keys:
                yield f"ALTER TABLE {self.quote(table.name)} {keys}"

    @override
    def can_index(self, table: CatalogTable, index: Index) -> bool:
        """An index over JSON is left out: MySQL has none."""
        return all(table.column(name).sql_type.family != "json" for name in index.columns)

    @override
    def index_name(self, table: CatalogTable, index: Index) -> str:
        """Each table has its own room for the names of indexes."""
        del table
        return index.name

    def _indexes(self, table: CatalogTable) -> Iterator[Index]:
        for index in table.indexes:
            if not covered_by_key(table, index) and self.can_index(table, index):
                yield index

    def _key(self, table: CatalogTable, index: Index) -> str:
        kind, parts = self._kind(table, index), self._parts(table, index)
        return f"{kind}KEY {self.quote(index.name)} ({parts})"

    def _kind(self, table: CatalogTable, index: Index) -> str:
        """`fulltext` is made as asked; every other kind is InnoDB's only one, a B-tree."""
        if _is_fulltext(table, index):
            return "FULLTEXT "
        return "UNIQUE " if index.unique else ""

    def _parts(self, table: CatalogTable, index: Index) -> str:
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


def _circles(catalog: Catalog) -> Iterator[Mistake]:
    """Refuse tables that need each other's rows first: MySQL checks every row at once."""
    edges = find_cycle(catalog.by_name, of_nullable=False)
    if edges:
        what = f"tables need each other's rows in a circle: {draw_cycle(edges)}"
        hint = "MySQL checks each row at once, so that one of these must be nullable: "
        hint += ", ".join(column_names(t, r) for t, r in edges)
        yield Mistake(edges[0][1].path, what, hint)


def _in_order_of_key(reference: Reference, catalog: Catalog) -> Reference:
    """Return a foreign key with its columns in the order of the parent's: InnoDB needs an index."""
    wanted, parent = reference.parent_columns, catalog.table(reference.table)
    keys = [names for names in parent.unique_sets if set(names) == set(wanted)]
    if wanted in keys or not keys:
        return reference
    columns = dict(zip(wanted, reference.columns, strict=True))
    own = tuple(columns[name] for name in keys[0])
    return msgspec.structs.replace(reference, columns=own, parent_columns=keys[0])


def _refused_names(table: CatalogTable, where: str) -> Iterator[Mistake]:
    names = [(table.name, where)]
    names += ((i.name, join_path(where, "indexes", i.name)) for i in table.indexes)
    names += ((c.name, join_path(where, "columns", c.name)) for c in table.columns)
    for name, at in names:
        if name.endswith(" "):
            yield Mistake(at, f"the name {name!r} ends with a space", "MySQL refuses that")
        if any(ord(letter) > 0xFFFF for letter in name):
            what = f"the name {name!r} has a character beyond U+FFFF"
            yield Mistake(at, what, "MySQL refuses these")
    for index in table.indexes:
        if index.name.upper() == "PRIMARY":
            what = f"the index name {index.name!r} is that of the primary key in MySQL"
            yield Mistake(join_path(where, "indexes", index.name), what, "choose another")


def _width(name: str, labels: int) -> int:
    """Return the most bytes that a column of a MySQL type, or enum of `labels`, takes of a row."""
    match = _TYPE.match(name)
    assert match is not None, "every type begins with its name"
    word, first, second = match[1], int(match[2] or 0), int(match[3] or 0)
    if word == "decimal":  # nine digits in four bytes, and the rest in half a byte each
        return sum(n // 9 * 4 + -(-(n % 9) // 2) for n in (first - second, second))
    if word in ("char", "varchar"):
        size = first * 4
        return size + (0 if word == "char" else 1 if size < 256 else 2)
    if word == "enum":
        return 1 if labels < 256 else 2
    return _WIDTHS[word]


def _root_type(column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> ColumnType:
    """Return the type of the key that a chain of foreign keys ends at."""
    seen: list[CatalogColumn] = []
    while column not in seen:
        seen.append(column)
        reference = column.reference
        if reference is None:
            break
        table = catalog.table(reference.table)
        column = table.column(reference.parent_columns[reference.columns.index(column.name)])
    return column.sql_type


def _key_letters(table: CatalogTable, column: CatalogColumn) -> int | None:
    """Return how many letters of the column an index must hold whole; None when there is none."""
    referring = (r.columns for r in table.references)
    sets = [names for names in (*table.unique_sets, *referring) if column.name in names]
    if column.is_key:
        sets.append((column.name,))
    return _KEY_LETTERS // max(map(len, sets)) if sets else None


def _fits_enum(kind: ColumnType) -> bool:
    return not any(v.endswith(" ") or len(v) > _ENUM_LETTERS for v in kind.values)


def _is_fulltext(table: CatalogTable, index: Index) -> bool:
    texts = all(table.column(name).sql_type.family == "text" for name in index.columns)
    return index.type.lower() == "fulltext" and texts and not index.unique


def _comes_first(table: CatalogTable, index: Index) -> bool:
    """Return whether a foreign key needs the index, or a key could take its name by itself."""
    names = {column.name.casefold() for column in table.columns}
    serves = any(index.columns[0] == reference.columns[0] for reference in table.references)
    return (serves and not _is_fulltext(table, index)) or index.name.casefold() in names
