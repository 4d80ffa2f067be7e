"""Small databases of a few statements, described."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from support.databases import new_database

from shardgen.importing.described import Database
from shardgen.importing.live.describe import describe


class Live:
    """An empty database of a server or in a file, and its URL."""

    def __init__(self, database: Any, url: str) -> None:
        self._database = database
        self.url = url
        self.name = urlsplit(url).path.rpartition("/")[2]

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self._database.execute(statement)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.query(sql)

    def load(self, dump: Path) -> None:
        self._database.load(dump)

    def described(self, *statements: str, **patterns: Any) -> Database:
        """Run statements, and describe what is there then."""
        self.execute(*statements)
        return describe(self.url, **patterns)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the passwords of whoever runs the tests out of them."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("PGPASSWORD", "PGPASSFILE", "MYSQL_PWD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """Give an empty database of PostgreSQL."""
    with new_database("postgres", request, tmp_path) as made:
        address = urlsplit(os.environ.get("SHARDGEN_TEST_POSTGRES", POSTGRES))
        (name,) = made.query("SELECT current_database()")[0]
        yield Live(made, address._replace(path=f"/{name}").geturl())


POSTGRES = "postgresql://postgres@127.0.0.1:5432/test"


@pytest.fixture
def mariadb(
    request: pytest.FixtureRequest, tmp_path: Path, mariadb_options: dict[str, Any]
) -> Iterator[Live]:
    """Give an empty database of MariaDB."""
    who = quote(str(mariadb_options["user"]))
    if password := mariadb_options["password"]:
        who += f":{quote(str(password))}"
    where = f"{mariadb_options['host']}:{mariadb_options['port']}"
    with new_database("mysql", request, tmp_path) as made:
        (name,) = made.query("SELECT database()")[0]
        yield Live(made, f"mysql://{who}@{where}/{name}")


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """Give an empty file of SQLite."""
    with new_database("sqlite", request, tmp_path) as made:
        yield Live(made, f"sqlite:///{made.query('PRAGMA database_list')[0][2]}")


@pytest.fixture
def live(request: pytest.FixtureRequest) -> Live:
    """Give an empty database of the kind that a test is parametrized with."""
    return request.getfixturevalue(request.param)
