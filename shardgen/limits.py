"""
What a database refuses although the format allows it: names, lengths, and types in keys.

Only the databases that the schema names are asked. It is checked last, on a schema that is
otherwise right.
"""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake
from shardgen.schema import Column, Schema, Table

_MYSQL_KEY = 768  # characters of a key: 3,072 bytes of InnoDB's, 4 for each in utf8mb4
_MYSQL_VARCHAR = 16_383  # characters: 65,535 bytes of a row
_MYSQL_CHAR = 255
_POSTGRES_COLUMNS = {"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"}  # system columns


def check_limits(schema: Schema) -> Iterator[Mistake]:
    """Yield what each of the schema's databases would refuse, as a mistake that names it."""
    for database, check in _CHECKS.items():
        if database in schema.database_type:
            for table in schema.tables:
                yield from check(schema, table)


def _check_mysql(schema: Schema, table: Table) -> Iterator[Mistake]:
    where = f"tables.{table.name}"
    for name in (table.name, *(i.name for i in table.indexes)):
        yield from _check_mysql_name(name, where)
    indexed = {name for index in table.indexes for name in index.columns}
    for column in table.columns:
        at, kind = f"{where}.columns.{column.name}", column.sql_type
        yield from _check_mysql_name(column.name, at)
        most = _MYSQL_CHAR if kind.name == "char" else _MYSQL_VARCHAR
        if kind.length is not None and kind.length > most:
            yield Mistake(f"{at}.type", f"MySQL has no {kind}", f"it takes at most {most}")
        if column.is_key or column.name in indexed or column.foreign_key is not None:
            if kind.name in ("text", "json", "jsonb"):
                what = f"MySQL makes no key or index of a column of type {kind}"
                yield Mistake(f"{at}.type", what, f"use varchar(n), n at most {_MYSQL_KEY}")
            elif kind.length is not None and kind.length > _MYSQL_KEY:
                what = f"MySQL makes no key or index of {kind}"
                yield Mistake(f"{at}.type", what, f"it takes at most {_MYSQL_KEY} characters")
        yield from _check_same_size(schema, column, f"{at}.type")


def _check_mysql_name(name: str, where: str) -> Iterator[Mistake]:
    if name.endswith(" "):
        yield Mistake(where, f"the name {name!r} ends with a space", "MySQL refuses that")
    if any(ord(letter) > 0xFFFF for letter in name):
        what = f"the name {name!r} has a character beyond U+FFFF"
        yield Mistake(where, what, "MySQL refuses these")


def _check_same_size(schema: Schema, column: Column, where: str) -> Iterator[Mistake]:
    key = column.foreign_key
    if key is None or column.sql_type.family not in ("integer", "decimal"):
        return
    other = schema.table(key.table).column(key.column).sql_type
    if other != column.sql_type:
        what = f"MySQL wants a foreign key to {other} to be {other}, and it is {column.sql_type}"
        yield Mistake(where, what)


def _check_postgres(schema: Schema, table: Table) -> Iterator[Mistake]:
    yield from _check_shared_names(schema, table, "PostgreSQL")
    indexed = {name for index in table.indexes for name in index.columns}
    for column in table.columns:
        at = f"tables.{table.name}.columns.{column.name}"
        if column.name in _POSTGRES_COLUMNS:
            what = f"the name {column.name!r} is one that PostgreSQL keeps for itself"
            yield Mistake(at, what, "choose another")
        if column.sql_type.name == "json" and (column.is_key or column.name in indexed):
            what = "PostgreSQL makes no key or index of a column of type json"
            yield Mistake(f"{at}.type", what, "use jsonb")


def _check_sqlite(schema: Schema, table: Table) -> Iterator[Mistake]:
    yield from _check_shared_names(schema, table, "SQLite")
    for name in (table.name, *(i.name for i in table.indexes)):
        if name.lower().startswith("sqlite_"):
            what = f"the name {name!r} is one that SQLite keeps for itself"
            yield Mistake(f"tables.{table.name}", what, "choose one without sqlite_")


def _check_shared_names(schema: Schema, table: Table, title: str) -> Iterator[Mistake]:
    tables = {t.name.lower() for t in schema.tables}
    for index in table.indexes:
        if index.name.lower() in tables:
            where = f"tables.{table.name}.indexes.{index.name}"
            what = f"an index and a table are both named {index.name!r}"
            yield Mistake(where, what, f"{title} allows one of them")


_CHECKS = {"postgres": _check_postgres, "mysql": _check_mysql, "sqlite": _check_sqlite}
