"""Scripts that load files into DuckDB, from its own reader of each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from shardgen.output.format import Contents
from shardgen.output.loading.commands import COMMANDS, DUCKDB
from shardgen.output.sql.literals import Literals
from shardgen.output.sql.table_keys import schemas_of
from shardgen.output.version import VERSION
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.types import ColumnType

_MOST_DIGITS = 38
_TYPES = {
    "tinyint": "TINYINT", "smallint": "SMALLINT", "mediumint": "INTEGER", "int": "INTEGER",
    "bigint": "BIGINT", "tinyint unsigned": "UTINYINT", "smallint unsigned": "USMALLINT",
    "mediumint unsigned": "UINTEGER", "int unsigned": "UINTEGER", "bigint unsigned": "UBIGINT",
    "year": "SMALLINT", "float": "FLOAT", "double": "DOUBLE", "date": "DATE",
    "datetime": "TIMESTAMP", "timestamp": "TIMESTAMPTZ", "boolean": "BOOLEAN", "json": "JSON",
    "jsonb": "JSON", "uuid": "UUID", "time": "TIME", "timetz": "TIME", "interval": "INTERVAL",
    "bit": "BIT", "varbit": "BIT",
}  # fmt: skip
"""DuckDB's type for each of shardgen's without arguments; VARCHAR for all others."""


def type_name(kind: ColumnType) -> str:
    """Return DuckDB's own name of a type."""
    if kind.element is not None:
        return f"{type_name(kind.element)}[]"
    if kind.family == "decimal" and (kind.precision or 0) <= _MOST_DIGITS:
        return f"DECIMAL({kind.precision},{kind.scale})"
    return "BLOB" if kind.family == "bytes" else _TYPES.get(kind.name, "VARCHAR")


Made = Callable[[str, ColumnType], str]
"""Returns what becomes of a value that was read: from its name, and the type of its column."""


class Reader(msgspec.Struct, frozen=True):
    """
    How DuckDB reads files: its function, what that is told, and whether of columns too.

    `made` says what becomes of values that it reads as text, or as something else: by the family of
    their type.
    """

    function: str
    options: str = ""
    has_columns: bool = False
    made: Mapping[str, Made] = {}
    has_json_null: bool = False
    """Whether it reads JSON's own null as NULL, in a column of JSON too."""


def _each(value: str, kind: ColumnType, made: Mapping[str, str], depth: int = 0) -> str:
    """Return a list whose elements become what is `made` of them, by the family of their type."""
    element = kind.element
    if element is None:
        return made.get(kind.family, "{}").format(value)
    name = f"x{depth}"
    inner = _each(name, element, made, depth + 1)
    return value if inner == name else f"[{inner} for {name} in {value}]"


def _of_json(name: str, kind: ColumnType) -> str:
    """Return the list that a text of JSON is."""
    innermost, brackets = kind, ""
    while innermost.element is not None:
        innermost, brackets = innermost.element, f"{brackets}[]"
    is_text = innermost.family in _ELEMENTS_OF_TEXT
    read = f"VARCHAR{brackets}" if is_text else type_name(kind)
    return _each(f"CAST(CAST({name} AS JSON) AS {read})", kind, _ELEMENTS_OF_TEXT)


_ELEMENTS_OF_TEXT = {
    "bytes": "unhex({})", "bits": "CAST({} AS BIT)", "interval": "CAST({} AS INTERVAL)",
}  # fmt: skip
"""What becomes of elements that are texts in JSON, and that DuckDB does not read from it."""
_MADE_OF_TEXT: Mapping[str, Made] = {
    "bytes": lambda name, _: f"unhex(substr({name}, 3))",
    "bits": lambda name, _: f"CAST({name} AS BIT)",  # JSON has none
    "array": _of_json,
}
"""What is read as text, and what it becomes."""
JSON_LINES = Reader(
    "read_json", "format = 'newline_delimited'", has_columns=True, made=_MADE_OF_TEXT,
    has_json_null=True,
)  # fmt: skip
_MICROSECONDS = {"interval": "to_microseconds({})"}
PARQUET = Reader(
    "read_parquet",
    made={
        "interval": lambda name, kind: _each(name, kind, _MICROSECONDS),
        "array": lambda name, kind: _each(name, kind, _MICROSECONDS),
    },
)


def csv(separator: str, null: str) -> Reader:
    """Return the reader of CSV with a separator, and with a word in the place of NULL."""
    options = (
        f"auto_detect = false, header = true, delim = {_text(separator)}, quote = '\"', "
        f"escape = '\"', new_line = '\\n', nullstr = {_text(null)}, allow_quoted_nulls = false"
    )
    return Reader("read_csv", options, has_columns=True, made=_MADE_OF_TEXT)


def scripts(
    contents: Contents, files: Mapping[str, Sequence[str]], reader: Reader, *, ddl: bool
) -> dict[str, bytes]:
    """
    Return the script that loads all files, by its name; it makes the tables where `ddl` says so.

    They have their primary keys, and no foreign ones: DuckDB adds none to a table with rows.
    """
    tables = list(contents.tables())
    lines = [f"-- shardgen {VERSION}: {contents.catalog.schema.name} for DuckDB".replace("\n", " ")]
    lines += [
        f"-- run it in this folder: {COMMANDS[DUCKDB]}",
        "SET TimeZone = 'UTC';",
        "BEGIN;",
    ]
    if ddl:
        made = schemas_of(contents.catalog.of_tables(contents.counts))
        lines += (f"CREATE SCHEMA IF NOT EXISTS {_quote(name)};" for name in made)
        lines += map(_create, tables)
    for table in tables:
        lines.append(_insert(table, files[table.name], reader))
        if ddl and table.primary_key:
            key = ", ".join(map(_quote, table.primary_key))
            lines.append(f"ALTER TABLE {_SQL.table_name(table.name)} ADD PRIMARY KEY ({key});")
    return {DUCKDB: "\n".join([*lines, "COMMIT;", ""]).encode()}


def _create(table: CatalogTable) -> str:
    columns = ",\n".join(
        f"  {_quote(c.name)} {type_name(c.sql_type)}{'' if c.nullable else ' NOT NULL'}"
        for c in table.row_columns
    )
    return f"CREATE TABLE {_SQL.table_name(table.name)} (\n{columns}\n);"


def _insert(table: CatalogTable, files: Sequence[str], reader: Reader) -> str:
    names = ", ".join(_quote(column.name) for column in table.row_columns)
    values = ", ".join(_value(column, reader) for column in table.row_columns)
    listed = f"[{', '.join(map(_text, files))}]"
    told = [listed] + ([reader.options] if reader.options else [])
    if reader.has_columns:
        told.append(f"columns = {{{', '.join(map(_column, table.row_columns))}}}")
    source = f"{reader.function}({', '.join(told)})"
    return f"INSERT INTO {_SQL.table_name(table.name)} ({names})\n  SELECT {values} FROM {source};"


def _column(column: CatalogColumn) -> str:
    kind = column.sql_type
    name = "VARCHAR" if kind.family in _MADE_OF_TEXT else type_name(kind)
    return f"{_text(column.name)}: {_text(name)}"


def _value(column: CatalogColumn, reader: Reader) -> str:
    name, make = _quote(column.name), reader.made.get(column.sql_type.family)
    if column.sql_type.family == "json" and reader.has_json_null and not column.nullable:
        return f"coalesce({name}, 'null')"
    return name if make is None else make(name, column.sql_type)


_SQL = Literals()
_quote, _text = _SQL.quote, _SQL.string
