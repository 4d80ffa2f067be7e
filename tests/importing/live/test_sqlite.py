"""SQLite's pragmas and texts in the structs of a described database, construct by construct."""

from __future__ import annotations

import pytest

from shardgen.importing.described import (
    Check,
    Column,
    ForeignKey,
    Generated,
    Index,
    KeyPart,
    Name,
    Trigger,
)
from shardgen.importing.live import sqlite as sqlite_module
from shardgen.importing.live.sqlite_text import IndexText, TriggerText, index_text, trigger_text


def parts(*columns):
    return tuple(KeyPart(column=column) for column in columns)


def test_columns(sqlite):
    """Types are as they were written, and INTEGER PRIMARY KEY counts."""
    (table,) = sqlite.described(
        'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, "na""me" VARCHAR(20) COLLATE nocase,'
        " c TEXT DEFAULT 'a,b)', n INT DEFAULT (1 + 2) NOT NULL, m INT DEFAULT -5, k DEFAULT NULL,"
        " g INT GENERATED ALWAYS AS (n * 2) STORED, h AS ((n + 1)), [w x] UNSIGNED BIG INT)"
    ).tables
    assert ("id",) == table.primary_key
    assert table.columns == (
        Column(name="id", type="INTEGER", nullable=False, counts=True),
        Column(name='na"me', type="VARCHAR(20)", collation="nocase"),
        Column(name="c", type="TEXT", default="'a,b)'"),
        Column(name="n", type="INT", nullable=False, default="1 + 2"),
        Column(name="m", type="INT", default="-5"),
        Column(name="k", type=""),
        Column(name="g", type="INT", generated=Generated(expression="n * 2", stored=True)),
        Column(name="h", type="", generated=Generated(expression="(n + 1)", stored=False)),
        Column(name="w x", type="UNSIGNED BIG INT"),
    )


@pytest.mark.parametrize(
    ("definition", "counts"),
    [
        ("a INTEGER PRIMARY KEY", True),
        ("a integer, PRIMARY KEY (a)", True),
        ("a INTEGER PRIMARY KEY DESC", False),
        ("a INT PRIMARY KEY", False),
        ("a INTEGER, b INT, PRIMARY KEY (a, b)", False),
    ],
)
def test_a_primary_key_counts_where_it_is_the_number_of_the_row(sqlite, definition, counts):
    """By SQLite's own rules, with their quirks."""
    (table,) = sqlite.described(f"CREATE TABLE t ({definition})").tables
    assert counts is table.columns[0].counts


def test_unique_within_a_column_beside_a_check(sqlite):
    """Each kind of constraint is found, wherever it stands, with its name."""
    (table,) = sqlite.described(
        "CREATE TABLE t (a INT UNIQUE CHECK (a > 0), b TEXT CONSTRAINT c1 CHECK (b <> ')')"
        " CONSTRAINT u1 UNIQUE, c INT, -- a comment, with CHECK (\n"
        " CONSTRAINT u2 UNIQUE (b, c) CONSTRAINT c2 CHECK (c IN (1, 2)), CHECK (c > b))"
    ).tables
    assert table.checks == (
        Check(name="", expression="a > 0"),
        Check(name="c1", expression="b <> ')'"),
        Check(name="c2", expression="c IN (1, 2)"),
        Check(name="", expression="c > b"),
    )
    assert table.indexes == (
        Index(name="sqlite_autoindex_t_1", parts=parts("a"), unique=True, constraint=True),
        Index(name="u1", parts=parts("b"), unique=True, constraint=True),
        Index(name="u2", parts=parts("b", "c"), unique=True, constraint=True),
    )


def test_indexes(sqlite):
    """Conditions, expressions, directions and collations that differ from the column's."""
    (table,) = sqlite.described(
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b INT)",
        "CREATE UNIQUE INDEX i1 ON t (lower(a) COLLATE RTRIM DESC, b, (b + 1)) WHERE (b > 3)",
        "CREATE INDEX i2 ON t (a, b DESC)",
        "CREATE INDEX i3 ON t (a COLLATE BINARY)",
    ).tables
    assert table.indexes == (
        Index(
            name="i1",
            parts=(
                KeyPart(expression="lower(a)", descending=True, collation="RTRIM"),
                KeyPart(column="b"),
                KeyPart(expression="b + 1"),
            ),
            unique=True,
            where="b > 3",
        ),
        Index(name="i2", parts=(KeyPart(column="a"), KeyPart(column="b", descending=True))),
        Index(name="i3", parts=(KeyPart(column="a", collation="BINARY"),)),
    )


def test_foreign_keys(sqlite):
    """In the order they were written; one without columns refers to the primary key."""
    _, table = sqlite.described(
        'CREATE TABLE "Parent" (x INT, y INT, PRIMARY KEY (y, x))',
        "CREATE TABLE t (a INT, b INT, c INT CONSTRAINT own REFERENCES t (c) ON DELETE SET DEFAULT"
        " NOT DEFERRABLE INITIALLY IMMEDIATE UNIQUE, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES"
        " parent ON UPDATE NO ACTION ON DELETE CASCADE MATCH FULL DEFERRABLE INITIALLY DEFERRED,"
        " FOREIGN KEY (b) REFERENCES t (c) DEFERRABLE)",
    ).tables
    assert table.foreign_keys == (
        ForeignKey(
            name="own",
            columns=("c",),
            table=Name("", "t"),
            references=("c",),
            on_delete="SET DEFAULT",
        ),
        ForeignKey(
            name="k",
            columns=("a", "b"),
            table=Name("", "Parent"),
            references=("y", "x"),
            on_delete="CASCADE",
            deferrable=True,
            initially_deferred=True,
        ),
        ForeignKey(
            name="", columns=("b",), table=Name("", "t"), references=("c",), deferrable=True
        ),
    )
    assert [("c",)] == [index.columns for index in table.indexes]


def test_what_stands_behind_the_columns(sqlite):
    """STRICT and WITHOUT ROWID; the key of the latter takes no NULL."""
    plain, strict, without = sqlite.described(
        "CREATE TABLE a (k TEXT PRIMARY KEY)",
        "CREATE TABLE b (k TEXT, v ANY, CONSTRAINT p PRIMARY KEY (k)) STRICT",
        "CREATE TABLE c (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID, STRICT",
    ).tables
    assert [(), ("STRICT",), ("WITHOUT ROWID", "STRICT")] == [
        table.options for table in (plain, strict, without)
    ]
    assert [True, False] == [table.columns[0].nullable for table in (plain, without)]
    assert ["", "p", ""] == [table.primary_key_name for table in (plain, strict, without)]


def test_what_has_no_rows_of_its_own_is_left_out_with_a_word(sqlite):
    """Views, virtual tables, their storage, and one whose module is missing, which ends nothing."""
    sqlite.execute(
        "CREATE TABLE t (a)",
        "CREATE VIEW v AS SELECT 1 AS x",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "PRAGMA writable_schema = on",
        "INSERT INTO sqlite_schema VALUES ('table', 'gone', 'gone', 0,"
        " 'CREATE VIRTUAL TABLE gone USING no_such_module(a)')",
    )
    database = sqlite.described()
    assert ["t"] == [table.name.name for table in database.tables]
    assert {"VIEW v", "VIRTUAL f", "VIRTUAL gone", "SHADOW f_data"} <= {
        unread.text for unread in database.unread
    }


def test_triggers(sqlite):
    """When they run, on what, and their whole text."""
    text = "CREATE TRIGGER x AFTER UPDATE OF a ON t WHEN NEW.a > 3 BEGIN SELECT 1; END"
    (table,) = sqlite.described("CREATE TABLE t (a)", text).tables
    assert table.triggers == (
        Trigger(name="x", timing="AFTER", events=("UPDATE",), condition="NEW.a > 3", body=text),
    )


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ('CREATE TRIGGER "after" INSERT ON t BEGIN SELECT 1; END', ("BEFORE", "INSERT", None)),
        ("CREATE TRIGGER x BEFORE DELETE ON t BEGIN SELECT 1; END", ("BEFORE", "DELETE", None)),
        (
            "CREATE TRIGGER x INSTEAD OF UPDATE OF a, b ON v FOR EACH ROW BEGIN SELECT 1; END",
            ("INSTEAD OF", "UPDATE", None),
        ),
        (
            "CREATE TRIGGER x INSERT ON [on] WHEN CASE 1 WHEN 2 THEN 3 END BEGIN SELECT 1; END",
            ("BEFORE", "INSERT", "CASE 1 WHEN 2 THEN 3 END"),
        ),
    ],
)
def test_the_head_of_a_trigger(sql, said):
    """Names that are words of SQL are not taken for them."""
    assert TriggerText(*said) == trigger_text(sql)


def test_the_text_of_an_index():
    """Commas within calls divide nothing, and a collation is no part of an expression."""
    sql = 'CREATE INDEX i ON t (substr(a, 1, 2) COLLATE nocase, "b," DESC) WHERE a IS NOT NULL'
    assert IndexText(("substr(a, 1, 2)", '"b,"'), "a IS NOT NULL") == index_text(sql)


def test_rows_are_counted_up_to_a_bound(sqlite, monkeypatch):
    """And taken from ANALYZE where it was run."""
    sqlite.execute(
        "CREATE TABLE a (x)",
        "CREATE INDEX i ON a (x)",
        "INSERT INTO a SELECT value FROM json_each('[1,2,3,4,5]')",
        'CREATE TABLE "b:c""d" (x)',
    )
    assert [5, 0] == [table.rows for table in sqlite.described().tables]
    monkeypatch.setattr(sqlite_module, "MAX_COUNTED", 3)
    assert [3, 0] == [table.rows for table in sqlite.described().tables]
    assert [5, 0] == [table.rows for table in sqlite.described("ANALYZE").tables]
