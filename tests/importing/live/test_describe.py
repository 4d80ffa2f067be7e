"""The way in to a live database: what is chosen, that nothing is written, and every refusal."""

from __future__ import annotations

import builtins
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from shardgen.errors import DatabaseError
from shardgen.importing.described import Database, Name, Unread
from shardgen.importing.live.connecting import parsed, reading, with_settings
from shardgen.importing.live.describe import describe
from shardgen.importing.live.passwords import mysql_settings

ALL = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", id="mariadb", marks=pytest.mark.mariadb),
]
on_all = pytest.mark.parametrize("live", ALL, indirect=True)


def names(database: Database) -> list[str]:
    return [str(table.name) for table in database.tables]


@on_all
def test_twice_the_same(live):
    """A description depends on the database alone, and tables are in the order of their names."""
    statements = [
        f"CREATE TABLE {name} (b int UNIQUE, a int, CHECK (a > 0), CHECK (b > 1), UNIQUE (a, b))"
        for name in ("z", "a", "m")
    ]
    first = live.described(*statements, "CREATE INDEX i ON a (b)", "CREATE VIEW v AS SELECT 1 AS x")
    assert first == describe(live.url)
    assert ["a", "m", "z"] == names(first)


@on_all
def test_patterns_choose_tables(live):
    """A table is taken by any of the patterns, unless one excludes it."""
    live.execute(*(f"CREATE TABLE {name} (a int)" for name in ("users", "user_log", "orders")))
    assert ["users"] == names(describe(live.url, tables=["user*"], exclude=["*_log"]))
    assert ["orders", "user_log"] == names(describe(live.url, tables=["orders", "user_lo[gh]"]))
    assert ["orders", "user_log"] == names(describe(live.url, exclude=["users"]))


@on_all
def test_a_pattern_that_takes_nothing_is_refused(live):
    """With the name that was meant."""
    live.execute("CREATE TABLE users (a int)")
    with pytest.raises(DatabaseError, match=r"no table 'usres'; did you mean 'users'\?"):
        describe(live.url, tables=["users", "usres"])
    with pytest.raises(DatabaseError, match=r"no table 'x\*'; it has: users"):
        describe(live.url, tables=["x*"])
    with pytest.raises(DatabaseError, match="no schema 'nothing'"):
        describe(live.url, schemas=["nothing"])


@on_all
def test_a_pattern_that_excludes_nothing_is_said(live):
    """It may be for other databases, and is no mistake."""
    database = live.described("CREATE TABLE users (a int)", exclude=["tmp_*", "u?"])
    assert ["users"] == names(database)
    assert database.unread == (
        Unread(where="exclude", text="tmp_*", reason="no table has such a name"),
        Unread(where="exclude", text="u?", reason="no table has such a name"),
    )


@on_all
def test_a_key_to_a_table_that_is_not_chosen_stays(live):
    """It says what the database demands."""
    live.execute(
        "CREATE TABLE p (a int PRIMARY KEY)",
        "CREATE TABLE c (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES p (a))",
    )
    (table,) = describe(live.url, tables=["c"]).tables
    assert [Name("", "p")] == [key.table for key in table.foreign_keys]


@pytest.mark.postgres
def test_schemas_of_postgres(postgres):
    """All but the server's own, unless some are chosen; patterns of tables may name them."""
    postgres.execute(
        "CREATE SCHEMA sales", "CREATE TABLE sales.t (a int)", "CREATE TABLE t (a int)"
    )
    assert ["t", "sales.t"] == names(describe(postgres.url))
    assert ["sales.t"] == names(describe(postgres.url, schemas=["sa*"]))
    assert ["t"] == names(describe(postgres.url, tables=["public.*"]))
    assert ["t"] == names(describe(postgres.url, exclude=["sales.t"]))


@pytest.mark.mariadb
def test_databases_of_mysql_are_its_schemas(mariadb):
    """That of the URL alone, unless others are chosen; a URL without one has to choose."""
    mariadb.execute("CREATE TABLE p (a int PRIMARY KEY)")
    server = mariadb.url.rpartition("/")[0]
    assert [f"{mariadb.name}.p"] == names(describe(server, schemas=[mariadb.name]))
    assert ["p"] == names(describe(mariadb.url, schemas=[mariadb.name]))
    with pytest.raises(DatabaseError, match=f"names no database; .*{mariadb.name}"):
        describe(server)


WRITES = {
    "sqlite": ["CREATE TABLE x (a int)", "INSERT INTO t VALUES (1)"],
    "postgres": ["CREATE TABLE x (a int)", "INSERT INTO t VALUES (1)", "SELECT nextval('s')"],
    "mariadb": ["CREATE TABLE x (a int)", "INSERT INTO t VALUES (1)"],
}


@on_all
def test_the_connection_cannot_write(live, request):
    """The database itself refuses it, whatever we would ask."""
    kind = request.node.callspec.id
    live.execute("CREATE TABLE t (a int)", *(["CREATE SEQUENCE s"] if kind == "postgres" else []))
    for statement in WRITES[kind]:
        with (
            pytest.raises(DatabaseError, match=r"read-only|readonly|READ ONLY"),
            reading(parsed(live.url)) as connection,
        ):
            connection.exec_driver_sql(statement)
    assert [(0,)] == live.query("SELECT count(*) FROM t")


@pytest.mark.postgres
def test_a_role_that_may_only_read_is_enough(postgres):
    """A role without any right to a table sees what it is like all the same."""
    role = f"{postgres.name}_reader"
    postgres.execute("CREATE TABLE t (a int DEFAULT 1 CHECK (a > 0))")
    expected = describe(postgres.url)
    postgres.execute(
        f"CREATE ROLE {role} LOGIN", f"ALTER ROLE {role} SET default_transaction_read_only = on"
    )
    try:
        assert expected == describe(postgres.url.replace("postgres@", f"{role}@"))
    finally:
        postgres.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("log", ["wal", "delete"])
def test_a_file_and_its_folder_stay_as_they_are(tmp_path, log):
    """No byte changes, and no file is made: neither a log nor a journal."""
    path = tmp_path / "a b#ü.db"
    connection = sqlite3.connect(path)
    connection.executescript(f"PRAGMA journal_mode = {log}; CREATE TABLE t (a); ")
    connection.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    assert ["t"] == names(describe(f"sqlite:///{path}"))
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}


def test_rows_of_a_log_that_is_in_use_are_seen(tmp_path):
    """What another connection has written, and not yet brought into the file."""
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.executescript(
        "PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)"
    )
    (table,) = describe(f"sqlite:///{tmp_path}/a.db").tables
    connection.close()
    assert 1 == table.rows


@on_all
def test_queries_are_as_many_for_a_thousand_tables_as_for_one(live):
    """All but the counts of SQLite, which has no estimate."""
    asked: list[str] = []

    def count(_connection, _cursor, statement, *_):
        if "count(*)" not in statement:
            asked.append(statement)

    live.execute("CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t (a))")
    event.listen(Engine, "before_cursor_execute", count)
    try:
        describe(live.url)
        few = len(asked)
        live.execute(
            *(f"CREATE TABLE t{n} (a int REFERENCES t (a), CHECK (a > 0))" for n in range(20))
        )
        asked.clear()
        describe(live.url)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert few == len(asked) < 25


REFUSED = {
    "shop": "this is no URL of a database",
    "postgresql://me:secret@[host/x": "cannot connect to postgresql://me@",
    "postgresql://me:secret@host:port/x": "this is no URL of a database",
    "oracle://me:secret@host/x": "'oracle' is no database that can be read here; postgresql://",
    "sqlite://": "a database in memory has nothing to read; write sqlite:///FILE",
    "sqlite:///:memory:": "a database in memory has nothing to read",
    "sqlite:///no/such.db": "there is no file no/such.db",
    "postgresql+nothing://me:secret@host/x": "cannot read postgresql://me@host/x: .*nothing",
    "postgresql+asyncpg://me:secret@host/x": "asyncpg",
    "mysql+nothing://me:secret@host/x": "cannot read mysql://me@host/x: .*nothing",
    "postgresql://me:secret@127.0.0.1:1/x?nonsense=secret": "nonsense",
    "postgresql://me:secret@127.0.0.1:1/x": "127.0.0.1:1/x: .*refused[^;]*$",
    "mysql://me:secret@127.0.0.1:1/x": "127.0.0.1:1/x: .*refused[^;]*$",
    "mariadb+pymysql://me:secret@127.0.0.1:1/x": "127.0.0.1:1/x: ",
}


@pytest.mark.parametrize("url", REFUSED)
def test_what_cannot_be_reached_is_refused_without_its_password(url):
    """In a line that says what and the way out, of exit code 9."""
    with pytest.raises(DatabaseError, match=REFUSED[url]) as caught:
        describe(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (9, None) == (caught.value.exit_code, caught.value.__cause__)


def test_a_file_that_is_no_database(tmp_path):
    """What SQLite says of it; and a path that is no URL is told how to be one."""
    path = tmp_path / "a.db"
    path.write_text("words " * 1000)
    with pytest.raises(DatabaseError, match="file is not a database"):
        describe(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match=f"as a database it is sqlite:///{path}"):
        describe(str(path))


@pytest.mark.parametrize(
    ("missing", "url", "says"),
    [
        ("sqlalchemy", "sqlite:///x.db", r"needs SQLAlchemy: pip install 'shardgen\[import\]'"),
        ("psycopg", "postgresql://h/x", r"needs psycopg: pip install 'shardgen\[import\]'"),
        ("pymysql", "mysql://h/x", r"needs pymysql: pip install 'shardgen\[import\]'"),
        ("MySQLdb", "mysql+mysqldb://h/x", r"needs MySQLdb: install it, or leave \+mysqldb out"),
    ],
)
def test_a_missing_package_is_named_with_how_to_install_it(monkeypatch, missing, url, says):
    """Both SQLAlchemy and the driver."""
    imported = builtins.__import__

    def without(name, *arguments):
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return imported(name, *arguments)

    for module in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DatabaseError, match=says):
        describe(url)


@pytest.mark.postgres
def test_a_database_that_is_not_there(postgres):
    """The server's own words."""
    with pytest.raises(DatabaseError, match='database "nothing" does not exist'):
        describe(postgres.url.rpartition("/")[0] + "/nothing")


@pytest.mark.mariadb
def test_a_password_that_is_wrong(mariadb):
    """It is not repeated, and where another may be is said."""
    server = mariadb.url.partition("@")[2]
    with pytest.raises(DatabaseError, match=r"Access denied.*~/\.my\.cnf or MYSQL_PWD") as caught:
        describe(f"mysql://root:not-this-one@{server}")
    assert "not-this-one" not in str(caught.value)


@pytest.mark.postgres
def test_the_password_of_postgres_is_read_from_the_environment(postgres, monkeypatch):
    """PGPASSWORD, PGPASSFILE: libpq reads them, as for its other clients."""
    import psycopg

    seen = []
    connect = psycopg.Connection.connect

    def note(*arguments, **options):
        connection = connect(*arguments, **options)
        seen.append(connection.info.password)
        return connection

    monkeypatch.setattr(psycopg.Connection, "connect", note)
    monkeypatch.setattr(psycopg, "connect", note)
    monkeypatch.setenv("PGPASSWORD", "from the environment")
    postgres.described("CREATE TABLE t (a int)")
    assert {"from the environment"} == set(seen)


MY_CNF = """
!includedir /etc/mysql
[mysqld]
password = of the server
[client]
user = "me"
password='it # is'
socket=/run/my.sock
# host = away
"""


def test_what_mysql_clients_read(monkeypatch):
    """~/.my.cnf before MYSQL_PWD, and the URL before both."""
    monkeypatch.setenv("MYSQL_PWD", "environment")
    assert {"password": "environment"} == mysql_settings()
    assert "environment" == with_settings(parsed("mysql://you@h/x")).password
    (Path.home() / ".my.cnf").write_text(MY_CNF)
    assert {"user": "me", "password": "it # is", "socket": "/run/my.sock"} == mysql_settings()
    url = with_settings(parsed("mysql:///x"))
    assert ("me", "it # is") == (url.username, url.password)
    assert {"unix_socket": "/run/my.sock"} == dict(url.query)
    url = with_settings(parsed("mysql://you:own@h/x"))
    assert ("you", "own", {}) == (url.username, url.password, dict(url.query))
