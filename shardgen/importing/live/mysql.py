"""
MySQL and MariaDB, described by information_schema: ten queries, however many tables there are.

SQLAlchemy's inspector asks SHOW CREATE TABLE of each table and parses the answer; prefixes of
indexes, bounds of partitions, triggers and engines are lost there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from shardgen.errors import DatabaseError
from shardgen.importing.described import Database, Name, Unread
from shardgen.importing.live.mysql_tables import Catalog, TableKey, table_of, unread_of
from shardgen.importing.live.rows import Row, grouped
from shardgen.importing.live.selection import Selection

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")
_TABLES = ("BASE TABLE", "SYSTEM VERSIONED")
_LEFT_OUT = {
    "VIEW": "a view has no rows of its own",
    "SYSTEM VIEW": "a view has no rows of its own",
    "SEQUENCE": "",  # columns name the one that they read
}
Ask = Callable[[str, str, str], list[Row]]


def describe_mysql(connection: Connection, selection: Selection) -> Database:
    """Return the database of the URL, or those that are selected as schemas."""
    from sqlalchemy import text

    server = connection.execute(text("SELECT VERSION(), DATABASE()")).one()
    version, default = str(server[0]), str(server[1] or "")
    _refuse_old(connection, version)
    schemas = _schemas(connection, selection, default)

    def ask(table: str, schema: str, order: str) -> list[Row]:
        # TABLE_SCHEMA as a constant: the server then opens the tables of that schema alone.
        query = text(
            f"SELECT * FROM information_schema.{table} WHERE {schema} = :name ORDER BY {order}"
        )
        return [
            {key.upper(): _as_text(value) for key, value in row.items()}
            for name in schemas
            for row in connection.execute(query, {"name": name}).mappings()
        ]

    catalog = _catalog(ask, default, is_mariadb="mariadb" in version.lower())
    return database_of(catalog, version, selection)


def _refuse_old(connection: Connection, version: str) -> None:
    """Refuse a server that keeps no checks: it would take rows that a later one does not."""
    from sqlalchemy import text

    checks = text(
        "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'CHECK_CONSTRAINTS' "
        "AND TABLE_SCHEMA = 'information_schema'"
    )
    if not connection.execute(checks).scalar_one():
        raise DatabaseError(
            f"the server {version} is too old; MySQL 8.0.16 or MariaDB 10.3 or later is needed"
        )


def _schemas(connection: Connection, selection: Selection, default: str) -> list[str]:
    from sqlalchemy import text

    found = connection.execute(text("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"))
    known = [name for (name,) in found if name.lower() not in _SYSTEM]
    if not selection.schemas and not default:
        listed = ", ".join(sorted(known)) or "none"
        raise DatabaseError(f"the URL names no database; the server has: {listed}")
    return selection.of_schemas(known) if selection.schemas else [default]


def _as_text(value: object) -> object:
    """Return a value of information_schema; some versions give texts as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _catalog(ask: Ask, default_schema: str, *, is_mariadb: bool) -> Catalog:
    def by_table(
        table: str, order: str, schema: str = "TABLE_SCHEMA", name: str = "TABLE_NAME"
    ) -> Mapping[TableKey, list[Row]]:
        # CHECK_CONSTRAINTS of MySQL have no table.
        rows = ask(table, schema, order)
        return grouped(rows, lambda row: (row[schema], row.get(name, "")))

    tables = ask("TABLES", "TABLE_SCHEMA", "TABLE_NAME")
    return Catalog(
        default_schema=default_schema,
        is_mariadb=is_mariadb,
        tables={(row["TABLE_SCHEMA"], row["TABLE_NAME"]): row for row in tables},
        columns=by_table("COLUMNS", "TABLE_NAME, ORDINAL_POSITION"),
        statistics=by_table("STATISTICS", "TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"),
        constraints=by_table("TABLE_CONSTRAINTS", "TABLE_NAME, CONSTRAINT_NAME"),
        keys=by_table("KEY_COLUMN_USAGE", "TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"),
        references=by_table("REFERENTIAL_CONSTRAINTS", "CONSTRAINT_NAME", "CONSTRAINT_SCHEMA"),
        checks=by_table("CHECK_CONSTRAINTS", "CONSTRAINT_NAME, CHECK_CLAUSE", "CONSTRAINT_SCHEMA"),
        triggers=by_table(
            "TRIGGERS", "TRIGGER_NAME", schema="TRIGGER_SCHEMA", name="EVENT_OBJECT_TABLE"
        ),
        partitions=by_table("PARTITIONS", "TABLE_NAME, PARTITION_ORDINAL_POSITION"),
    )


def database_of(catalog: Catalog, version: str, selection: Selection) -> Database:
    """Return the database from the rows of its catalog."""
    known = {Name(*key): key for key in catalog.tables}
    chosen = selection.of_tables(known).values()
    tables = [key for key in chosen if catalog.tables[key]["TABLE_TYPE"] in _TABLES]
    unread = [
        *(found for key in tables for found in unread_of(key, catalog)),
        *(found for key in chosen for found in _left_out(key, catalog)),
    ]
    return Database(
        dialect="mysql",
        name=catalog.default_schema,
        version=version,
        tables=tuple(
            sorted((table_of(key, catalog) for key in tables), key=lambda table: table.name)
        ),
        unread=(
            *sorted(unread, key=lambda found: (found.where, found.text)),
            *selection.without_effect(known),
        ),
    )


def _left_out(key: TableKey, catalog: Catalog) -> Iterator[Unread]:
    kind = catalog.tables[key]["TABLE_TYPE"]
    if reason := _LEFT_OUT.get(kind):
        name = catalog.name(key)
        yield Unread(where=str(name), text=f"VIEW {name}", reason=reason, table=name)
