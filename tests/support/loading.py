"""Tables that are hard to load, and what is said of a database once a dump is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.databases import Database, python_value

import shardgen
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema

Dump = Callable[..., Path]
"""Writes a dump of a schema with these options, and returns its path."""

DATABASES = ("postgres", "mysql", "sqlite")
LENDING_ROWS = {"borrowers": 40, "loans": 150, "payments": 500, "credit_scores": 40}
RARE_TYPES = (
    *("mediumint unsigned", "year", "real", "time(3)", "timetz", "bytea", "binary(16)", "bit"),
    *("bit(64)", "bit(70)", "varbit(20)", "inet", "xml", "point", "int4range", "money"),
    *("set('a','b','it''s')", "char(60)", "jsonb", "interval", "text[][]", "bytea[]", "bit(5)[]"),
)

TEXTS = (
    "it's", "''", "'", '"', '"quoted"', "back\\slash", "ends in \\", "\\", "\\'", "\\\\'", "\\N",
    "\\.", "first\n\\.\nlast", "line\nfeed", "carriage\r\nreturn", "\r", "\n", "ends in \r\n",
    "a\ttab", "\b\f\v\x1a\x7f", "%s", "%(name)s", "%", "$$", "$1", "$tag$", "--", "-- comment\n",
    "/*", "*/", "/* comment */", ":name", ":'name'", "?", ";", "');", "'); DROP TABLE x;--", "`",
    "\nDELIMITER //\n", "\n.quit\n", "\n\\q\n", "\ngo\n/\n", "NULL", "null", "", " leading",
    "trailing ", "  both  ", "naïve", "Ünïcödé", "日本語", "😀", "👩‍👩‍👧", "\u2028", "\ufeffbom",
    "e", "é", "a", "A",
)  # fmt: skip


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return a column of a schema file."""
    return {"name": name, "type": kind, **more}


def choice(*values: Any) -> dict[str, Any]:
    """Return what makes a column one of these values, some of them more often than others."""
    listed = [{"value": value, "weight": 1 + n % 3} for n, value in enumerate(values)]
    return {"generator": "weighted", "generator_params": {"values": listed}}


def between(kind: str, low: Any, high: Any) -> dict[str, Any]:
    """Return what makes a column by a generator with two bounds."""
    words = ("start_date", "end_date") if kind.endswith("between") else ("min", "max")
    return {"generator": kind, "generator_params": dict(zip(words, (low, high), strict=True))}


KEY = column("id", "int", primary_key=True)


def table(name: str, rows: int, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a table of a schema file, with a key `id` before its columns."""
    return {"name": name, "record_count": rows, "columns": [KEY, *columns], **more}


def expected_rows(schema: Schema, name: str, **options: Any) -> list[dict[str, Any]]:
    """Return the rows that the library makes, as values that databases have in common."""
    columns = {c.name: c for c in schema.table(name).columns}
    rows = shardgen.generate(schema, **options).tables[name].rows
    return [{n: python_value(v, columns[n]) for n, v in row.items()} for row in rows]


def assert_loaded(database: Database, schema: Schema, **options: Any) -> None:
    """Every table holds the rows of shardgen.generate, value for value."""
    for each in schema.tables:
        expected = expected_rows(schema, each.name, **options)
        assert expected == database.rows(each.name, schema), each.name


def assert_sound(database: Database, schema: Schema) -> None:
    """No foreign key points nowhere, no key repeats, nothing that must not be null is."""
    for each in Catalog(schema).tables:
        total = database.count(each.name)
        for c in (column for column in each.columns if not column.hidden):
            name = database.quote(c.name)
            if c.is_key:
                found = database.query(
                    f"SELECT count(DISTINCT {name}) FROM {database.quote(each.name)}"
                )
                nulls = database.count(each.name, f"{name} IS NULL")
                assert total == found[0][0] + nulls, (each.name, c.name)
            if not c.nullable:
                assert database.count(each.name, f"{name} IS NULL") == 0, (each.name, c.name)
            if c.foreign_key is not None:
                assert orphans(database, each.name, c) == 0, (each.name, c.name)


def orphans(database: Database, name: str, child: Any) -> int:
    """Return how many rows of a table refer to a parent that is not there."""
    parent, key = (database.quote(n) for n in (child.foreign_key.table, child.foreign_key.column))
    own = f"c.{database.quote(child.name)}"
    found = database.query(
        f"SELECT count(*) FROM {database.quote(name)} c LEFT JOIN {parent} p ON p.{key} = {own} "
        f"WHERE {own} IS NOT NULL AND p.{key} IS NULL"
    )
    return found[0][0]


def insert_like_first(database: Database, schema: Schema, name: str, **values: str) -> None:
    """Insert a copy of the first row without its key, with these values instead of its own."""
    columns = [c for c in schema.table(name).columns if not (c.primary_key or c.hidden)]
    names = ", ".join(database.quote(c.name) for c in columns)
    terms = ", ".join(values.get(c.name, database.quote(c.name)) for c in columns)
    into = database.quote(name)
    database.execute(f"INSERT INTO {into} ({names}) SELECT {terms} FROM {into} WHERE id = 1")


BROKEN = {
    "key to nowhere": "999, 888888, score, bureau, checked_date, created_at",
    "key that is there": "id, borrower_id, score, bureau, checked_date, created_at",
    "null": "999, borrower_id, NULL, bureau, checked_date, created_at",
}


def break_last_row(dump: Path, terms: str) -> None:
    """Insert one more row, a wrong one, right after the last."""
    rows, gap, foot = dump.read_text(encoding="utf-8").rpartition("\n\n")
    wrong = f"INSERT INTO credit_scores SELECT {terms} FROM credit_scores WHERE id = 1;"
    dump.write_text(f"{rows}\n{wrong}{gap}{foot}", encoding="utf-8")
