"""DDL is described by a real database that runs it, and nothing of that stays."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from shardgen.errors import DatabaseError
from shardgen.importing.described import (
    Check,
    Column,
    Database,
    Enum,
    ForeignKey,
    Index,
    KeyPart,
    Name,
    Table,
    Trigger,
)
from shardgen.importing.live import via as via_module
from shardgen.importing.live.via import described_via

ALL = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", id="mariadb", marks=pytest.mark.mariadb),
]
on_all = pytest.mark.parametrize("live", ALL, indirect=True)


def via(url: str, *statements: str) -> Database:
    """Describe statements as a splitter gives them: a line, a text, and what is wrong with it."""
    lines = [(line, text, "") for line, text in enumerate(statements, 1)]
    return described_via(lines, url, name="shop.sql")


@pytest.fixture(autouse=True)
def _leaves_nothing(request, tmp_path, monkeypatch):
    """Every test of this file: no database, user, or file is there that was not before."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    live = request.getfixturevalue("live") if "live" in request.fixturenames else None
    yield
    assert [] == list(Path(tmp_path).glob("shardgen-*"))
    if live is not None and live.url.startswith("postgres"):
        assert [] == live.query(
            "SELECT datname FROM pg_database WHERE datname ~ '^shardgen[0-9a-f]'"
        )
    if live is not None and live.url.startswith("mysql"):
        assert [] == live.query("SHOW DATABASES WHERE `Database` REGEXP '^shardgen[0-9a-f]'")
        assert [] == live.query("SELECT user FROM mysql.user WHERE user REGEXP '^shardgen[0-9a-f]'")


@on_all
def test_the_order_of_statements_does_not_matter(live):
    """A key to a table that comes later, as people write them; nothing lands in the URL's own."""
    live.execute("CREATE TABLE mine (a int)")
    database = via(
        live.url,
        "CREATE TABLE c (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES p (a), CHECK (a <> 7))",
        "CREATE INDEX i ON p (b)",
        "CREATE TABLE p (a int PRIMARY KEY, b int)",
    )
    assert ("shop.sql", ()) == (database.name, database.unread)
    child, parent = database.tables
    assert [("k", Name("", "p"))] == [(key.name, key.table) for key in child.foreign_keys]
    assert ["i"] == [index.name for index in parent.indexes if not index.unique]
    assert [None, None] == [child.rows, parent.rows]
    assert ["mine"] == [table.name.name for table in live.described().tables]


@on_all
def test_what_is_refused_is_said_and_the_rest_is_described(live):
    """With its line, its first words and the database's reason; rows are counted, not run."""
    database = via(
        live.url,
        "CREATE TABLE t (a int)",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t VALUES ('100%')",
        "CREATE TABLE u (a int, FOREIGN KY (a) REFERENCES t (a))",
        "GRANT SELECT ON t TO nobody",
    )
    assert ["t"] == [table.name.name for table in database.tables]
    (refused,) = database.unread
    assert (
        "passed over, as it makes no table of the scratch database: 1 × GRANT, 2 × INSERT",
    ) == database.notes
    assert ("line 4", "CREATE TABLE u (a int, FOREIGN KY (a) REFERENCES t (a))") == (
        refused.where,
        refused.text,
    )
    assert "KY" in refused.reason


@on_all
def test_the_scratch_database_goes_when_something_fails(live, monkeypatch):
    """Whatever it is; the fixture of this file looks."""

    def fail(*_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(via_module, "described", fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        via(live.url, "CREATE TABLE t (a int)")


@pytest.mark.postgres
@pytest.mark.parametrize("live", ALL[1:2], indirect=True)
def test_a_dump_of_postgres(live):
    """As pg_dump writes it: no search path, owners that are not there, keys in the end."""
    database = via(
        live.url,
        "SET client_encoding = 'UTF8'",
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "CREATE TYPE public.mood AS ENUM ('a%', 'b')",
        "ALTER TYPE public.mood OWNER TO somebody",
        "DO $$ BEGIN CREATE TYPE public.mood AS ENUM ('c'); "
        "EXCEPTION WHEN duplicate_object THEN null; END $$",
        "CREATE TABLE public.t (a integer NOT NULL, m public.mood)",
        "ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
    )
    assert database == Database(
        dialect="postgres",
        name="shop.sql",
        version=database.version,
        tables=(
            Table(
                name=Name("", "t"),
                columns=(
                    Column(name="a", type="integer", nullable=False),
                    Column(name="m", type="mood"),
                ),
                primary_key=("a",),
                primary_key_name="t_pkey",
            ),
        ),
        enums=(Enum(name=Name("", "mood"), labels=("a%", "b")),),
        notes=("passed over, as it makes no table of the scratch database: 1 × ALTER TYPE",),
    )


BEYOND = {
    "postgres": [
        "CREATE ROLE {name}",
        "CREATE USER {name}",
        "CREATE DATABASE {name}x",
        "DROP DATABASE {name}",
        "ALTER ROLE postgres SET search_path TO x",
        "ALTER DATABASE {name} SET search_path TO x",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "SET ROLE nobody",
        "SET SESSION AUTHORIZATION nobody",
        "DO $$ BEGIN CREATE ROLE {name}; END $$",
        "DO $$ BEGIN EXECUTE 'DROP' || ' DATABASE {name}'; END $$",
    ],
    "mariadb": [
        "DROP DATABASE {name}",
        "DROP SCHEMA {name}",
        "CREATE DATABASE {name}x",
        "CREATE USER {name}",
        "CREATE ROLE {name}",
        "SET GLOBAL max_connections = 7",
        "SET @@GLOBAL.max_connections = 7",
        "USE {name}",
        "CREATE TABLE {name}.x (a int)",
        "DROP TABLE IF EXISTS {name}.mine",
        "ALTER TABLE {name}.mine ADD b int",
        "DROP TABLE /* a */ {name}.mine",
        "SET max_error_count = 5, @@global.max_connections = 7",
    ],
    "sqlite": [
        "ATTACH DATABASE '{file}' AS other",
        "PRAGMA writable_schema = on",
        "VACUUM INTO '{file}.copy'",
    ],
}


@on_all
def test_no_other_database_is_reached(live, request):
    """Not the server's own things, and not what is in other databases: each is said, not done."""
    kind = request.node.callspec.id
    live.execute("CREATE TABLE mine (a int)")
    before = live.described()
    statements = [
        text.format(name=live.name, file=live.url.removeprefix("sqlite:///"))
        for text in BEYOND[kind]
    ]
    database = via(live.url, *statements, "CREATE TABLE t (a int)")
    assert ["t"] == [table.name.name for table in database.tables]
    counted = re.findall(r"(\d+) × ", " ".join(database.notes))
    assert len(statements) == sum(map(int, counted)) + len(database.unread)
    assert before == live.described()
    if kind == "postgres":
        assert [] == live.query(f"SELECT FROM pg_roles WHERE rolname = '{live.name}'")
        assert [] == live.query(f"SELECT FROM pg_database WHERE datname = '{live.name}x'")


@pytest.mark.mariadb
@pytest.mark.parametrize("live", ALL[2:], indirect=True)
def test_a_dump_of_mysql(live):
    """Who defined a trigger is not there, and what splits the file may cut comments open."""
    database = via(
        live.url,
        "SET character_set_client = utf8 */",
        "DROP TABLE IF EXISTS `c`",
        "CREATE TABLE `c` (`a` int, `b` varchar(9) DEFAULT '%s', UNIQUE KEY `u` (`b`(4)),"
        " CONSTRAINT `k` FOREIGN KEY (`a`) REFERENCES `p` (`a`)) ENGINE=InnoDB"
        " CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
        "CREATE TABLE `p` (`a` int PRIMARY KEY, `n` int CHECK (`n` > 0))",
        "CREATE*/ /*!50017 DEFINER=`some one`@`%`*/ /*!50003 TRIGGER x BEFORE INSERT ON p"
        " FOR EACH ROW SET NEW.a = 1 */",
    )
    assert () == database.unread
    assert database.tables == (
        Table(
            name=Name("", "c"),
            columns=(
                Column(name="a", type="int(11)"),
                Column(name="b", type="varchar(9)", default="'%s'", collation="utf8mb4_bin"),
            ),
            indexes=(
                Index(name="k", parts=(KeyPart(column="a"),)),
                Index(
                    name="u",
                    parts=(KeyPart(column="b", length=4),),
                    unique=True,
                    constraint=True,
                ),
            ),
            foreign_keys=(
                ForeignKey(
                    name="k",
                    columns=("a",),
                    table=Name("", "p"),
                    references=("a",),
                    on_delete="RESTRICT",
                    on_update="RESTRICT",
                ),
            ),
        ),
        Table(
            name=Name("", "p"),
            columns=(
                Column(name="a", type="int(11)", nullable=False),
                Column(name="n", type="int(11)"),
            ),
            primary_key=("a",),
            primary_key_name="PRIMARY",
            checks=(Check(name="n", expression="`n` > 0"),),
            triggers=(
                Trigger(name="x", timing="BEFORE", events=("INSERT",), body="SET NEW.a = 1"),
            ),
        ),
    )


@pytest.mark.postgres
@pytest.mark.parametrize("live", ALL[1:2], indirect=True)
def test_a_role_that_may_make_no_database_is_told(live):
    """In the server's words."""
    role = f"{live.name}_reader"
    live.execute(f"CREATE ROLE {role} LOGIN")
    try:
        with pytest.raises(DatabaseError, match="permission denied to create database"):
            via(live.url.replace("postgres@", f"{role}@"), "CREATE TABLE t (a int)")
    finally:
        live.execute(f"DROP ROLE {role}")
