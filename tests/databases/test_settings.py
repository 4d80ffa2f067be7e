"""A dump sets what its meaning depends on, sets it back, prints nothing, and fits old tables."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.databases import Database, MariaDB, client, new_database
from support.loading import KEY, Dump, column, table

import shardgen
from shardgen.schema.model import Schema

SHOWN = {
    "postgres": ("SHOW client_encoding", "SHOW standard_conforming_strings", "SHOW TIME ZONE"),
    "mysql": (
        (
            "SELECT @@sql_mode, @@time_zone, @@character_set_client, @@character_set_connection, "
            "@@character_set_results, @@collation_connection, @@foreign_key_checks"
        ),
    ),
}
ODD = {
    "postgres": (
        "SET client_encoding = 'LATIN1'",
        "SET standard_conforming_strings = off",
        "SET TIME ZONE 'Asia/Kathmandu'",
    ),
    "mysql": (
        "SET NAMES latin1 COLLATE latin1_german2_ci",
        "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES', time_zone = '+05:45', foreign_key_checks = 0",
    ),
}


def circle(rows: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two tables whose rows refer to each other's, and a key within the first."""
    a = column("b_id", "int", nullable=True, foreign_key={"table": "b", "column": "id"})
    up = column("a_id", "int", nullable=True, foreign_key={"table": "a", "column": "id"})
    b = column("a_id", "int", foreign_key={"table": "a", "column": "id"})
    return table("a", rows, a, up), table("b", rows, b)


def shell(database: Database, dump: Path) -> subprocess.CompletedProcess[bytes]:
    """Load a dump by the database's own shell, as its header says; psql with -q."""
    with dump.open("rb") as file:
        if database.dialect == "sqlite":
            program = shutil.which("sqlite3") or pytest.skip("no sqlite3 on PATH")
            path = database.query("PRAGMA database_list")[0][2]
            command = [program, "-bail", path]
        elif database.dialect == "postgres":
            address = database.address  # type: ignore[attr-defined]
            command = [client("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", address]
        else:
            assert isinstance(database, MariaDB)
            own = [f"--{key}={database._address[key]}" for key in ("host", "port", "user")]
            command = [client("mariadb", "mysql"), "--no-defaults", *own, database._name]
        return subprocess.run(command, stdin=file, check=False, capture_output=True)


@pytest.mark.parametrize("ddl", [True, False], ids=["ddl", "no-ddl"])
def test_a_shell_prints_nothing(
    database: Database, dump: Dump, schema_of: Callable[..., Schema], ddl: bool
) -> None:
    """Loading a dump with identities and a circle says nothing on either stream."""
    counted = {**KEY, "auto_increment": True}
    made = schema_of(*circle(20), {"name": "n", "record_count": 5, "columns": [counted]})
    if not ddl:
        database.load(dump(made, rows={"a": 1, "b": 1, "n": 1}))
        for name in ("b", "a", "n"):
            if name == "b":
                database.execute(f"UPDATE {database.quote('a')} SET b_id = NULL")
            database.execute(f"DELETE FROM {database.quote(name)}")
    done = shell(database, dump(made, ddl=ddl))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert database.count("a") == 20


@pytest.mark.parametrize(
    "dialect",
    [
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mysql", marks=pytest.mark.mariadb),
    ],
)
@pytest.mark.parametrize("ddl", [True, False], ids=["ddl", "no-ddl"])
def test_settings_are_set_back(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Callable[..., Schema],
    dialect: str,
    ddl: bool,
) -> None:
    """After a dump, a session has the settings that it had before."""
    path, made = tmp_path / "dump.sql", schema_of(*circle(20))
    with new_database(dialect, request, tmp_path) as database:
        if not ddl:
            shardgen.run(made, path, dialect=dialect, rows={"a": 1, "b": 1})
            database.load(path)
            database.execute(f"UPDATE {database.quote('a')} SET b_id = NULL")
            database.execute("DELETE FROM b")
            database.execute("DELETE FROM a")
        shardgen.run(made, path, dialect=dialect, ddl=ddl)
        for setting in ODD[dialect]:
            database.execute(setting)
        before = [database.query(question) for question in SHOWN[dialect]]
        text = path.read_text()
        for statement in text.split(";\n"):
            code = "\n".join(x for x in statement.splitlines() if not x.startswith("--")).strip()
            if code:
                database.execute(code)
        assert before == [database.query(question) for question in SHOWN[dialect]]
        assert database.count("a") == 20


@pytest.mark.mariadb
def test_no_timestamp_changes_by_itself(
    request: pytest.FixtureRequest, tmp_path: Path, schema_of: Callable[..., Schema]
) -> None:
    """Where a server finds defaults for timestamps, tables are those of any other server."""
    made = schema_of(
        table(
            "t", 5, column("x", "timestamp"), column("y", "timestamp"),
            column("z", "timestamp", nullable=True),
            indexes=[{"name": "x_y", "columns": ["x", "y"]}],
        )
    )  # fmt: skip
    path = tmp_path / "dump.sql"
    shardgen.run(made, path, dialect="mysql")
    found = []
    for setting in (0, 1):
        with new_database("mysql", request, tmp_path) as database:
            assert isinstance(database, MariaDB)
            database.options = (f"--init-command=SET explicit_defaults_for_timestamp = {setting}",)
            database.load(path)
            found.append(database.query("SHOW CREATE TABLE t"))
    assert found[0] == found[1]
    assert "ON UPDATE" not in found[0][0][1]
    assert "DEFAULT current_timestamp" not in found[0][0][1]


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["insert", "copy"])
@pytest.mark.parametrize(
    ("key", "owned"),
    [
        ("int GENERATED ALWAYS AS IDENTITY", True),
        ("int GENERATED BY DEFAULT AS IDENTITY", True),
        ("serial", True),
        ("int DEFAULT nextval('\"O'' x\"')", False),
    ],
    ids=["always", "by default", "serial", "not owned"],
)
def test_rows_go_into_tables_of_others(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Callable[..., Schema],
    key: str,
    owned: bool,
    form: str,
) -> None:
    """--no-ddl fills any kind of counted key, and the sequence behind it goes on from there."""
    counted = {**KEY, "auto_increment": True}
    made = schema_of({"name": "it's", "record_count": 7, "columns": [counted, column("n", "int")]})
    path = tmp_path / "dump.sql"
    shardgen.run(made, path, dialect="postgres", format=form, ddl=False)
    with new_database("postgres", request, tmp_path) as database:
        if not owned:
            database.execute('CREATE SEQUENCE "O\' x"')
        database.execute(f'CREATE TABLE "it\'s" (id {key} PRIMARY KEY, n int)')
        database.load(path)
        database.execute('INSERT INTO "it\'s" (n) VALUES (0)')
        assert [(8,)] == database.query('SELECT max(id) FROM "it\'s"')


@pytest.mark.parametrize("kind", ["timestamp", "datetime"])
def test_fractions_of_seconds_load(
    database: Database, dump: Dump, schema_of: Callable[..., Schema], kind: str
) -> None:
    """A type with fractions keeps its digits, beside every default that it may have."""
    now = "CURRENT_TIMESTAMP"
    columns = [
        column(f"{kind}_{p}_{n}", f"{kind}({p})", **more)
        for p in (0, 3, 6)
        for n, more in enumerate(
            ({}, {"default": now}, {"nullable": True}, {"default": f"{now} ON UPDATE {now}"})
        )
    ]
    made = schema_of(table("t", 3, *columns))
    database.load(dump(made))
    assert 3 == database.count("t")
    types = [kind for kind, _ in database.columns("t").values()][1:]
    if database.dialect == "sqlite":
        assert {"text"} == set(types)
    else:
        assert [f"({p})" for p in (3, 6) for _ in range(4)] == [
            f"({kind.split('(')[1][0]})" for kind in types[4:]
        ]


@pytest.mark.mariadb
def test_on_update_is_written_for_mysql(
    request: pytest.FixtureRequest, tmp_path: Path, schema_of: Callable[..., Schema]
) -> None:
    """A column that is to have the time of the last UPDATE has it; elsewhere that is a warning."""
    default = "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
    at = column("at", "timestamp", default=default, nullable=True)
    made = schema_of(table("t", 3, column("n", "int"), at))
    path = tmp_path / "dump.sql"
    assert () == shardgen.run(made, path, dialect="mysql").warnings
    with new_database("mysql", request, tmp_path) as database:
        database.load(path)
        database.execute("UPDATE t SET at = NULL")
        database.execute("UPDATE t SET n = n + 1")
        assert 3 == database.count("t", "at IS NOT NULL")
    names = {w.name for w in shardgen.run(made, path, dialect="postgres").warnings}
    assert {"dropped-default"} == names
