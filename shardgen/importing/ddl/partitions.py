"""How a table is cut into partitions, and what one of them takes."""

from __future__ import annotations

from typing import Literal

from shardgen.importing.ddl.draft import Draft
from shardgen.importing.ddl.parts import bare
from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.described import Name, Partitioning

_METHODS: dict[str, Literal["range", "list", "hash"]] = {
    "RANGE COLUMNS": "range",
    "RANGE": "range",
    "LIST COLUMNS": "list",
    "LIST": "list",
    "HASH": "hash",
    "KEY": "hash",
}


def read_bound(cursor: Cursor) -> str:
    """Read what a partition takes, as the catalog writes it."""
    if cursor.takes("DEFAULT"):
        return "DEFAULT"
    cursor.expect("FOR VALUES")
    if cursor.takes("IN"):
        return f"FOR VALUES IN ({_listed(cursor)})"
    if cursor.takes("WITH"):
        said = ", ".join(part.rest().lower() for part in cursor.enclosed().by_commas())
        return f"FOR VALUES WITH ({said})"
    cursor.expect("FROM")
    first = _listed(cursor)
    cursor.expect("TO")
    return f"FOR VALUES FROM ({first}) TO ({_listed(cursor)})"


def _listed(cursor: Cursor) -> str:
    return ", ".join(part.rest() for part in cursor.enclosed().by_commas())


def cut(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read how a table is cut into partitions, and in MySQL into which."""
    cursor.takes("LINEAR")
    method = cursor.takes(*_METHODS)
    if not method:
        raise NotReadError(f"{cursor.shown()} is no way to cut a table")
    if cursor.takes("ALGORITHM"):
        cursor.expect("=")
        cursor.next()
    by = _cut_by(cursor)
    bounds = _bounds(cursor) if draft.language.database == "mysql" else ()
    draft.change(name, partitioning=Partitioning(method=_METHODS[method], by=by, bounds=bounds))


def _cut_by(cursor: Cursor) -> str:
    parts = cursor.enclosed().by_commas()
    separator = "," if cursor.language.database == "mysql" else ", "
    return separator.join(part.rest() for part in parts)


def _bounds(cursor: Cursor) -> tuple[str, ...]:
    """Read the partitions of a table of MySQL."""
    count = 0
    if cursor.takes("PARTITIONS"):
        count = cursor.integer()
    if cursor.takes("SUBPARTITION BY"):
        cursor.takes("LINEAR")
        cursor.next()
        cursor.skip()
        if cursor.takes("SUBPARTITIONS"):
            cursor.integer()
    if cursor.key() != "(":
        return tuple(f"PARTITION p{number}" for number in range(count or 1))
    found = [_mysql_bound(part) for part in cursor.enclosed().by_commas()]
    return tuple(dict.fromkeys(found))


def _mysql_bound(cursor: Cursor) -> str:
    cursor.expect("PARTITION")
    name = cursor.name()
    if cursor.takes("VALUES LESS THAN MAXVALUE"):
        return "VALUES LESS THAN MAXVALUE"
    if cursor.takes("VALUES LESS THAN"):
        text = bare(cursor.enclosed())
        return "VALUES LESS THAN MAXVALUE" if text == "MAXVALUE" else f"VALUES LESS THAN ({text})"
    if cursor.takes("VALUES IN"):
        values = ",".join(part.rest() for part in cursor.enclosed().by_commas())
        return f"VALUES IN ({values})"
    if cursor.takes("DEFAULT"):
        return "DEFAULT"
    return f"PARTITION {name}"
