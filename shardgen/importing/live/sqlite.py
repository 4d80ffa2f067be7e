"""
SQLite, described by its pragmas as tables, and by the texts in sqlite_schema.

SQLAlchemy's inspector asks table by table, ends at the first virtual table whose module is missing,
and does not see UNIQUE within a column that has a CHECK too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING

from shardgen.errors import DatabaseError
from shardgen.importing.described import Database, Name
from shardgen.importing.live.rows import Row, grouped
from shardgen.importing.live.selection import Selection
from shardgen.importing.live.sqlite_tables import Catalog, left_out, table_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

MAX_COUNTED = 1_000_000
"""Rows of a table that are counted, where ANALYZE has not: more are taken for as many."""
_OLDEST = (3, 37)  # the first with pragma_table_list
_OWN = "s.type = 'table' AND s.sql NOT LIKE 'CREATE VIRTUAL%' AND s.name NOT GLOB 'sqlite_*'"
_TEXTS = "SELECT type, name, tbl_name AS of_table, sql FROM sqlite_schema ORDER BY name"
_TABLES = (
    "SELECT name, type, wr AS without_rowid, strict FROM pragma_table_list WHERE schema = 'main'"
)
_COLUMNS = f"""
SELECT s.name AS of_table, x.cid, x.name, x.type, x."notnull" AS not_null, x.dflt_value, x.pk
FROM sqlite_schema s JOIN pragma_table_xinfo(s.name) x WHERE {_OWN} ORDER BY s.name, x.cid
"""
_INDEXES = f"""
SELECT s.name AS of_table, i.name, i."unique" AS is_unique, i.origin
FROM sqlite_schema s JOIN pragma_index_list(s.name) i WHERE {_OWN} ORDER BY s.name, i.name
"""
_PARTS = f"""
SELECT i.name AS of_index, x.seqno, x.cid, x.name, x."desc" AS descending, x.coll
FROM sqlite_schema s JOIN pragma_index_list(s.name) i JOIN pragma_index_xinfo(i.name) x
WHERE {_OWN} AND x.key ORDER BY i.name, x.seqno
"""
_KEYS = f"""
SELECT s.name AS of_table, k.id, k.seq, k."table" AS parent, k."from" AS child_column,
       k."to" AS parent_column, k.on_update, k.on_delete
FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) k WHERE {_OWN}
ORDER BY s.name, k.id DESC, k.seq
"""
Ask = Callable[[str], list[Row]]


def describe_sqlite(connection: Connection, selection: Selection) -> Database:
    """Return the database of a file; one that is attached has to be described by itself."""
    from sqlalchemy import text

    def ask(query: str) -> list[Row]:
        return [dict(row) for row in connection.execute(text(query)).mappings()]

    version = str(connection.execute(text("SELECT sqlite_version()")).scalar_one())
    if tuple(map(int, version.split(".")[:2])) < _OLDEST:
        raise DatabaseError(f"SQLite {version} is too old; 3.37 or later is needed")
    selection.of_schemas(["main"])
    catalog = _catalog(ask)
    known = {Name("main", name): name for name in catalog.kinds}
    chosen = selection.of_tables(known).values()
    tables = [name for name in chosen if catalog.kinds[name]["type"] == "table"]
    rows = _analyzed(catalog, ask)
    return Database(
        dialect="sqlite",
        name=_name(ask),
        version=version,
        tables=tuple(
            table_of(name, catalog, rows[name] if name in rows else _counted(name, ask))
            for name in tables
        ),
        unread=(
            *(left_out(name, catalog) for name in chosen if name not in tables),
            *selection.without_effect(known),
        ),
    )


def _name(ask: Ask) -> str:
    """Return the name of the file without its ending, "" where the database is in memory."""
    files = ask("SELECT file FROM pragma_database_list WHERE name = 'main'")
    return PurePath(files[0]["file"] or "").stem


def _catalog(ask: Ask) -> Catalog:
    texts = ask(_TEXTS)
    kinds = {
        row["name"]: row
        for row in sorted(ask(_TABLES), key=lambda row: str(row["name"]))
        if not row["name"].startswith("sqlite_")
    }
    # Some versions call a virtual table whose module is missing a table.
    virtual = {
        row["name"]
        for row in texts
        if row["type"] == "table" and (row["sql"] or "").upper().startswith("CREATE VIRTUAL")
    }
    triggers = grouped(
        (row for row in texts if row["type"] == "trigger"), lambda row: row["of_table"]
    )
    return Catalog(
        kinds={
            name: row | {"type": "virtual"} if name in virtual else row
            for name, row in kinds.items()
        },
        spellings={name.lower(): name for name in kinds},
        texts={row["name"]: row["sql"] for row in texts if row["sql"] is not None},
        columns=grouped(ask(_COLUMNS), lambda row: row["of_table"]),
        indexes=grouped(ask(_INDEXES), lambda row: row["of_table"]),
        parts=grouped(ask(_PARTS), lambda row: row["of_index"]),
        keys=grouped(ask(_KEYS), lambda row: row["of_table"]),
        triggers={table: [row["name"] for row in rows] for table, rows in triggers.items()},
    )


def _analyzed(catalog: Catalog, ask: Ask) -> dict[str, int]:
    """Return the rows of each table that ANALYZE has counted."""
    if not ask("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"):
        return {}
    counts = ask("SELECT tbl, stat FROM sqlite_stat1 WHERE stat IS NOT NULL")
    return {catalog.spelled(row["tbl"]): int(str(row["stat"]).split()[0]) for row in counts}


def _counted(table: str, ask: Ask) -> int:
    quoted = table.replace('"', '""').replace(":", "\\:")
    query = f'SELECT count(*) AS rows FROM (SELECT 1 FROM "{quoted}" LIMIT {MAX_COUNTED})'
    return int(ask(query)[0]["rows"])
