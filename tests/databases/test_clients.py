"""Clients and servers of any settings read a dump alike."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.databases import TARGETS, Database, MariaDB, client, new_database
from support.loading import BROKEN, TEXTS, assert_loaded, break_last_row, choice, column, table

import shardgen
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.load import load_schema
from shardgen.schema.model import Schema


@pytest.mark.parametrize("terms", [None, *BROKEN.values()], ids=["right", *BROKEN])
def test_the_sqlite_shell_loads_a_dump(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    schema_of: Callable[..., Schema],
    terms: str | None,
) -> None:
    """The command of the load hint takes every text unchanged, and a broken dump not at all."""
    shell = shutil.which("sqlite3")
    if shell is None:
        pytest.skip("no sqlite3 on PATH; the sqlite3 module loads the same dumps")
    loans = load_schema("fintech-loans")
    texts = schema_of(table("texts", 2000, column("text", "varchar(40)", **choice(*TEXTS))))
    schema = texts if terms is None else loans
    path = tmp_path / "dump.sql"
    shardgen.run(schema, path, options=shardgen.Options(dialect="sqlite"))
    if terms is not None:
        break_last_row(path, terms)
    with new_database("sqlite", request, tmp_path) as database:
        file = database.query("PRAGMA database_list")[0][2]
        with path.open("rb") as dump:
            done = subprocess.run(
                [shell, "-bail", file], stdin=dump, check=False, capture_output=True
            )
        assert (done.returncode == 0) == (terms is None)
        if terms is None:
            assert_loaded(database, texts)
        else:
            assert set() == database.tables()


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["insert", "copy"])
def test_postgres_text_escapes_round_trip(
    request: pytest.FixtureRequest, tmp_path: Path, form: str
) -> None:
    """Any two characters that escape, end or quote something arrive side by side."""
    pairs = ["".join(p) for p in itertools.product("'\\\"\r\n\t\v.N $:%\x1aé", repeat=2)]
    with new_database("postgres", request, tmp_path) as database:
        database.execute("CREATE TABLE pairs (n int, text text)")
        assert_round_trip(database, tmp_path, pairs, form)


@pytest.mark.mariadb
def test_mariadb_text_escapes_round_trip(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Any two characters that escape, end or quote something arrive side by side."""
    pairs = ["".join(p) for p in itertools.product("'\\\"\r\n\t\v.N $:%\x1aéZn`", repeat=2)]
    with new_database("mysql", request, tmp_path) as database:
        database.execute("CREATE TABLE pairs (n int, text text)")
        assert_round_trip(database, tmp_path, pairs, "insert")


@pytest.mark.postgres
@pytest.mark.parametrize(
    "settings",
    [
        {"PGOPTIONS": "-c standard_conforming_strings=off -c backslash_quote=off"},
        {"PGOPTIONS": "-c timezone=Asia/Kathmandu -c datestyle=German"},
        {"PGCLIENTENCODING": "LATIN1"},
    ],
    ids=["strings", "times", "encoding"],
)
def test_settings_of_a_postgres_server_do_not_matter(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Callable[..., Schema],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
) -> None:
    """A dump says itself how its text and times are to be read."""
    with new_database("postgres", request, tmp_path) as database:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        assert_loads_texts_and_times(database, tmp_path, schema_of)


@pytest.mark.mariadb
@pytest.mark.parametrize(
    "setting",
    [
        "--init-command=SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'",
        "--init-command=SET time_zone = '+05:45', sql_mode = 'TRADITIONAL'",
        "--default-character-set=latin1",
        "--default-character-set=sjis",
    ],
)
def test_settings_of_a_mysql_client_do_not_matter(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Callable[..., Schema],
    setting: str,
) -> None:
    """A dump says itself how its text and times are to be read."""
    with new_database("mysql", request, tmp_path) as database:
        assert isinstance(database, MariaDB)
        database.options = (setting,)
        assert_loads_texts_and_times(database, tmp_path, schema_of)


def assert_loads_texts_and_times(
    database: Database, folder: Path, schema_of: Callable[..., Schema]
) -> None:
    texts = column("text", "varchar(40)", **choice(*TEXTS))
    schema = schema_of(table("naïve", 500, texts, column("at", "timestamp")))
    path = folder / "dump.sql"
    shardgen.run(schema, path, options=shardgen.Options(dialect=database.dialect))
    database.load(path)
    assert_loaded(database, schema)


def assert_round_trip(database: Database, folder: Path, texts: list[str], form: Any) -> None:
    """The dialect's own notation around texts, without a schema, hands them over unchanged."""
    dialect = DIALECTS[database.dialect]
    notation = dialect.notation(form)
    rows = notation.next_row.join(
        f"{n}{notation.separator}{notation.quote}{notation.escape(text)}{notation.quote}"
        for n, text in enumerate(texts)
    )
    start, end = "INSERT INTO pairs VALUES\n(", ");\n"
    if form == "copy":
        start, end = "COPY pairs FROM stdin;\n", "\n\\.\n"
    path = folder / "pairs.sql"
    begin = "".join(f"{statement};\n" for statement in dialect.begin())
    path.write_bytes(f"{begin}{start}{rows}{end}COMMIT;\n".encode())
    database.load(path)
    assert texts == [text for (text,) in database.query("SELECT text FROM pairs ORDER BY n")]


@pytest.mark.parametrize("target", TARGETS[:1], indirect=True)
def test_a_missing_client_says_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psql the tests are skipped with the reason; in CI they fail."""
    del database
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="no psql"):
        client("psql")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no psql"):
        client("psql")
