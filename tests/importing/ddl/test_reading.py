"""What a file of DDL says and a catalog would not show: dumps, what is not read, what is wrong."""

from __future__ import annotations

import contextlib
import random
import time

import pytest

from shardgen import errors
from shardgen.importing.ddl.reading import read
from shardgen.importing.described import Name, Unread

PG_DUMP = """\
-- PostgreSQL database dump
\\restrict aBc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok'
);
ALTER TYPE public.mood OWNER TO me;
SET default_table_access_method = heap;
CREATE TABLE public.users (
    id bigint NOT NULL,
    email public.citext NOT NULL,
    mood public.mood DEFAULT 'ok'::public.mood NOT NULL,
    "from" timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_check CHECK (((email)::text ~~ '%@%'::text))
);
ALTER TABLE public.users OWNER TO me;
CREATE SEQUENCE public.users_id_seq
    START WITH 1
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
CREATE VIEW public.v AS SELECT users.id FROM public.users;
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
COPY public.users (id, email) FROM stdin;
1\tit's; CREATE TABLE x
\\.
SELECT pg_catalog.setval('public.users_id_seq', 1, true);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX users_email ON public.users USING btree (lower((email)::text)) WHERE (id > 0);
GRANT ALL ON TABLE public.users TO me;
\\unrestrict aBc
"""
MYSQLDUMP = """\
/*!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `users`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `users` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT COMMENT 'the key; of all',
  `name` varchar(20) COLLATE utf8mb4_bin NOT NULL DEFAULT 'it''s',
  PRIMARY KEY (`id`),
  KEY `name` (`name`(5))
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4;
LOCK TABLES `users` WRITE;
INSERT INTO `users` VALUES (1,'a;\\'b'),(2,'CREATE TABLE x (a int)');
UNLOCK TABLES;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`me`@`%`*/ /*!50003 TRIGGER one BEFORE INSERT ON users
FOR EACH ROW BEGIN SET NEW.name = 'x'; END */;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`me`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select 1 AS `id` */;
"""


def reasons(found):
    return [(missed.where, missed.reason) for missed in found.unread]


def test_a_dump_of_postgres_is_read_whole():
    """Settings, owners, rows and rights concern no table; nothing is left unread."""
    found = read(PG_DUMP, name="dump.sql")
    (users,) = found.tables
    assert ("postgres", ()) == (found.dialect, found.unread)
    assert [("id", True), ("email", False), ("mood", False), ("from", False)] == [
        (column.name, column.counts) for column in users.columns
    ]
    assert ["bigint", "citext", "mood", "timestamp with time zone"] == [
        column.type for column in users.columns
    ]
    assert "(email)::text ~~ '%@%'::text" == users.checks[0].expression
    assert ("id > 0", "lower((email)::text)") == (
        users.indexes[0].where,
        users.indexes[0].parts[0].expression,
    )
    assert ("id",) == users.primary_key


def test_a_dump_of_mysql_is_read_whole():
    """Comments of versions are code, and another delimiter ends a trigger."""
    found = read(MYSQLDUMP, name="dump.sql")
    (users,) = found.tables
    assert ("mysql", ()) == (found.dialect, found.unread)
    assert ["int(10) unsigned", "varchar(20)"] == [column.type for column in users.columns]
    assert "the key; of all" == users.columns[0].comment
    assert "utf8mb4_bin" == users.columns[1].collation
    assert 5 == users.indexes[0].parts[0].length
    assert "BEGIN SET NEW.name = 'x'; END" == users.triggers[0].body


def test_what_concerns_no_table_is_counted():
    """By its kinds, in a note."""
    (note,) = read(PG_DUMP, name="dump.sql").notes
    assert "1 × rows" in note
    assert "1 × views" in note


def test_what_cannot_be_read_is_named():
    """With its line, its first words, the reason, and the table where it is known."""
    text = (
        "CREATE TABLE t (a int,\n  b int FANCY 7,\n  UNIQUE (nothing));\n\nFROBNICATE t;\n"
        "CREATE TABLE u AS SELECT 1;\nALTER TABLE t ADD c int, FROB d, ALTER a SET NOT NULL;\n"
        "ALTER TABLE missing ADD x int;\n\\i other.sql\nCREATE TABLE t (z int);"
    )
    found = read(text, name="t.sql", dialect="postgres")
    assert [
        ("line 2", "'FANCY 7' is not known here"),
        ("line 3", "t has no column nothing"),
        ("line 5", "no statement of SQL that is known here begins so"),
        ("line 6", "its columns come from a query"),
        ("line 7", "'FROB' is no change that is known here"),
        ("line 8", "no table missing is there"),
        ("line 9", "it reads another file: give that file too, or join the two"),
        ("line 10", "the table t is there already"),
    ] == reasons(found)
    assert (
        Unread(
            where="line 7",
            text="ALTER TABLE t FROB d",
            reason="'FROB' is no change that is known here",
            table=Name("", "t"),
        )
        in found.unread
    )
    (table,) = found.tables
    assert [("a", False), ("b", True), ("c", True)] == [
        (column.name, column.nullable) for column in table.columns
    ]


def test_a_missing_semicolon_hides_no_table():
    """One that runs into rows is named."""
    text = "INSERT INTO a VALUES (1)\nCREATE TABLE t (a int);\nCREATE TABLE u (b int);"
    found = read(text, name="t.sql", dialect="postgres")
    assert [("line 2", "a ; is missing before it")] == reasons(found)


def test_an_unknown_option_costs_no_table():
    """It is named, and the columns stay."""
    text = "CREATE TABLE t (a int) ENGINE=InnoDB DEFAULT SHINY=1 COMMENT='x'"
    found = read(text, name="t.sql", dialect="mysql")
    assert [("line 1", "'SHINY' is no default of a table")] == reasons(found)
    assert ["a"] == [column.name for column in found.tables[0].columns]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("SQL Server", "CREATE TABLE [dbo].[t] ([a] [int] IDENTITY(1,1) NOT NULL)\nGO\n"),
        ("Oracle", "CREATE TABLE t (a NUMBER(10), b VARCHAR2(50 CHAR));"),
    ],
)
def test_ddl_of_another_database_is_refused(title, text):
    """By its name, unless a dialect is given."""
    with pytest.raises(errors.SchemaError, match=f"seems to be DDL of {title}"):
        read(text, name="t.sql")
    assert 1 == len(read(text, name="t.sql", dialect="sqlite").tables)


def test_text_within_rows_is_no_table():
    """However it looks."""
    text = "CREATE TABLE u (b text); INSERT INTO u VALUES ('\nCREATE TABLE t (a int)');"
    assert () == read(text, name="t.sql", dialect="postgres").unread


def test_code_that_makes_tables_is_named():
    """What it does is known only when it runs."""
    text = "CREATE TABLE t (a int); DO $$ BEGIN CREATE TABLE u (b int); END $$; DO $$ BEGIN END $$"
    found = read(text, name="t.sql", dialect="postgres")
    assert [("line 1", "it is code that makes or changes tables or types as it runs")] == reasons(
        found
    )


def test_expressions_stay_as_they_are_written():
    """In one line and without comments, and not in other words."""
    text = (
        "CREATE TABLE t (a int CHECK ((a > 0) AND\n -- not null\n (a  <> 5)), b text DEFAULT"
        " concat( 'a', '  b' ) || 'NOT NULL' NOT NULL)"
    )
    (table,) = read(text, name="t.sql", dialect="postgres").tables
    assert "(a > 0) AND (a <> 5)" == table.checks[0].expression
    assert "concat( 'a', '  b' ) || 'NOT NULL'" == table.columns[1].default
    assert not table.columns[1].nullable


def test_unqualified_names_mean_the_first_database_of_a_dump():
    """Tables of another keep its name."""
    text = (
        "CREATE DATABASE a; USE a; CREATE TABLE t (x int); CREATE TABLE a.u (x int);"
        "USE `b`; CREATE TABLE t (y int);"
    )
    found = read(text, name="t.sql", dialect="mysql")
    assert [Name("", "t"), Name("", "u"), Name("b", "t")] == [t.name for t in found.tables]


def test_not_null_may_be_a_constraint_with_a_name():
    """As PostgreSQL has it from version 18 on."""
    text = (
        "CREATE TABLE t (a int CONSTRAINT x NOT NULL, b int, c int, CONSTRAINT y NOT NULL b);"
        "ALTER TABLE ONLY t ADD CONSTRAINT z NOT NULL c NOT VALID;"
    )
    found = read(text, name="t.sql", dialect="postgres")
    assert () == found.unread
    assert [False] * 3 == [column.nullable for column in found.tables[0].columns]


def test_a_key_over_periods_is_named():
    """It is no unique set of the same columns."""
    text = "CREATE TABLE t (a int, p daterange, UNIQUE (a, p WITHOUT OVERLAPS));"
    found = read(text, name="t.sql", dialect="postgres")
    assert [("line 1", "a key over periods is not described")] == reasons(found)
    assert () == found.tables[0].indexes


def test_a_table_that_is_made_anew_is_the_new_one():
    """Where it is replaced, and where it is dropped before."""
    text = "CREATE TABLE t (a int); CREATE OR REPLACE TABLE t (b int); DROP TABLE t;"
    found = read(text.rpartition(" DROP")[0], name="t.sql", dialect="mysql")
    assert ["b"] == [column.name for column in found.tables[0].columns]
    found = read(f"{text} CREATE TABLE t (c int)", name="t.sql", dialect="mysql")
    assert ["c"] == [column.name for column in found.tables[0].columns]


def test_the_storage_of_sqlite_is_no_table():
    """Its own tables, and those beneath a virtual one."""
    text = (
        "CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT);\n"
        "CREATE TABLE sqlite_sequence(name,seq);\n"
        "CREATE VIRTUAL TABLE docs USING fts5(body)\n/* docs(body) */;\n"
        "CREATE TABLE IF NOT EXISTS 'docs_data'(id INTEGER PRIMARY KEY, block BLOB);"
    )
    found = read(text, name="t.sql")
    assert ["t"] == [table.name.name for table in found.tables]
    assert [
        ("line 3", "the rows of a virtual table are its module's"),
        ("docs_data", "it is the storage of a virtual table"),
    ] == reasons(found)


def test_what_one_partition_has_alone_is_named():
    """Constraints that its table has not, and keys that lead to it; not those that it shares."""
    text = (
        "CREATE TABLE t (a int PRIMARY KEY, b int CHECK (b > 0)) PARTITION BY RANGE (a);"
        "CREATE TABLE t_1 (a int NOT NULL, b int, CONSTRAINT t_b_check CHECK (b > 0));"
        "ALTER TABLE ONLY t ATTACH PARTITION t_1 DEFAULT;"
        "ALTER TABLE ONLY t_1 ADD CONSTRAINT t_1_pkey PRIMARY KEY (a);"
        "ALTER TABLE t_1 ADD CONSTRAINT own CHECK (b < 9);"
        "CREATE TABLE u (a int REFERENCES t_1);"
    )
    found = read(text, name="t.sql", dialect="postgres")
    assert ["t", "u"] == [table.name.name for table in found.tables]
    assert [
        ("t_1", "a constraint of one partition alone is not described"),
        ("u", "a foreign key to one partition of a table is not described"),
    ] == reasons(found)


def test_rows_are_unique_as_they_are_within_a_partition():
    """Its key and its unique sets are those of its table, which has none of its own."""
    text = (
        "CREATE TABLE t (a int, b int, c int) PARTITION BY RANGE (b);"
        "CREATE TABLE t_1 (a int, b int, c int);"
        "CREATE TABLE t_2 (a int, b int, c int, UNIQUE (b, c));"
        "ALTER TABLE ONLY t ATTACH PARTITION t_1 FOR VALUES FROM (1) TO (9);"
        "ALTER TABLE ONLY t ATTACH PARTITION t_2 DEFAULT;"
        "ALTER TABLE ONLY t_1 ADD CONSTRAINT t_1_pkey PRIMARY KEY (a);"
        "ALTER TABLE ONLY t_2 ADD CONSTRAINT t_2_pkey PRIMARY KEY (a);"
    )
    found = read(text, name="t.sql", dialect="postgres")
    (table,) = found.tables
    assert [("a",), ("b", "c")] == [index.columns for index in table.unique_sets]
    assert [False, True, True] == [column.nullable for column in table.columns]
    assert [] == reasons(found)


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"CREATE TABLE t\n(a int, b text DEFAULT '\xe9')", "0xe9 is not UTF-8", 2),
        (b"CREATE TABLE t (a int);\n\0", "NUL is in no text", 2),
        (b"PGDMP\1\2", "pg_restore", 0),
        (b"SQLite format 3\0abc", "sqlite:///", 0),
        (b"", "no CREATE TABLE", 0),
        ("SELECT 'a", "no CREATE TABLE was found, read as PostgreSQL: the string", 0),
    ],
)
def test_what_is_no_ddl_is_refused(data, message, line):
    """With the line, where there is one, and the way out."""
    with pytest.raises(errors.SchemaError) as caught:
        read(data, name="t.sql", dialect="postgres")
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"t.sql:{line}:" if line else "t.sql")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_an_encoding_are_read(encoding):
    """As editors of Windows write them."""
    data = "CREATE TABLE é (a int)".encode(encoding)
    assert Name("", "é") == read(data, name="t.sql", dialect="postgres").tables[0].name


WHOLE = {"postgres": PG_DUMP, "mysql": MYSQLDUMP}


def attempt(text, dialect):
    """Read a text; a refusal is as good as a description."""
    with contextlib.suppress(errors.SchemaError):
        read(text, name="t.sql", dialect=dialect)


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@pytest.mark.parametrize("whole", WHOLE)
def test_a_text_that_is_cut_or_mixed_is_described_or_refused(dialect, whole):
    """Nothing else is raised wherever it is cut, and whatever is swapped in it."""
    draw = random.Random(7)
    text = WHOLE[whole]
    for at in range(0, len(text), 17):
        attempt(text[:at], dialect)
        attempt(text[at:], dialect)
    words = text.split(" ")
    for _ in range(100):
        draw.shuffle(words)
        attempt(" ".join(words[:200]), dialect)
    for _ in range(50):
        attempt("".join(draw.choices("();,'\"`$[]/*-\\ \nABCCREATE TABLE", k=300)), dialect)


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@pytest.mark.parametrize("part", ["'", '"', "$a$", "$", "/*", "(", "[", "`", "--", "E'", "\\", ";"])
def test_reading_takes_time_by_the_length_of_a_text(dialect, part):
    """Whatever opens and never closes: twice the text is not four times the time."""

    def seconds(count):
        text = "CREATE TABLE t (a int);\n" + f"{part} x\n" * count
        start = time.process_time()
        attempt(text, dialect)
        return time.process_time() - start

    assert seconds(12_000) < 8 * max(seconds(3_000), 0.02)


def test_parentheses_may_be_deep():
    """Deeper than Python's own stack."""
    deep = "(" * 5000 + "1" + ")" * 5000
    text = f"CREATE TABLE t (a int DEFAULT {deep}, b int CHECK {deep}, c int {deep})"
    (table,) = read(text, name="t.sql", dialect="postgres").tables
    assert ("1", "1") == (table.columns[0].default, table.checks[0].expression)
