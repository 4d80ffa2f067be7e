"""
The pytest plug-in: a marker that says which data a test needs, and fixtures that have it.

pytest imports this file at every start: what makes data is imported when a test asks for some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    import psycopg
    import pymysql

    from shardgen.execution.dataset import Dataset
    from shardgen.testing.asked import Asked, Schemas
    from shardgen.testing.databases import Databases
    from shardgen.testing.factory import Factory

MARKER = (
    "shardgen(schema, *, rows, scale, seed, as_of, with_rows): the data that a test asks for; "
    "without a seed it is by the test's id"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what stands in pytest's configuration."""
    parser.addini("shardgen_schema", "the schema of tests whose marker names none")
    parser.addini("shardgen_rows", "rows of all tables together, where a marker says none; 100")
    parser.addini("shardgen_postgres_url", "a PostgreSQL server; or SHARDGEN_POSTGRES_URL")
    parser.addini("shardgen_mysql_url", "a MySQL or MariaDB server; or SHARDGEN_MYSQL_URL")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def _shardgen_schemas() -> Schemas:
    from shardgen.testing.asked import Schemas

    return Schemas()


@pytest.fixture(scope="session")
def _shardgen_databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    from shardgen.testing.databases import Databases

    urls = {name: request.config.getini(f"shardgen_{name}_url") for name in ("postgres", "mysql")}
    with Databases(urls, tmp_path_factory) as databases:
        yield databases


@pytest.fixture
def _shardgen_asked(request: pytest.FixtureRequest, _shardgen_schemas: Schemas) -> Asked:
    from shardgen.testing.asked import asked_by

    with _told():
        return asked_by(request.node, _shardgen_schemas)


@pytest.fixture
def shardgen_dataset(_shardgen_asked: Asked) -> Dataset:
    """The data set of the marker, in memory."""
    with _told():
        return _shardgen_asked.dataset()


@pytest.fixture
def with_rows(_shardgen_asked: Asked) -> Callable[..., Dataset]:
    """A function from stated rows to the data set with them: `with_rows(users=[{…}])`."""

    def stated(**tables: Any) -> Dataset:
        return _shardgen_asked.dataset(**tables)

    return stated


@pytest.fixture
def shardgen_factory(_shardgen_asked: Asked) -> Factory:
    """A factory of rows, each with its parents, that come after those of the test's database."""
    with _told():
        return _shardgen_asked.factory()


@pytest.fixture
def shardgen_sqlite_path(
    _shardgen_asked: Asked, _shardgen_databases: Databases, tmp_path: Path
) -> Path:
    """An SQLite file of the test's own, copied from one that is filled once a session."""
    with _told():
        return _shardgen_databases.sqlite_copy(_shardgen_asked, tmp_path / "shardgen.db")


@pytest.fixture
def shardgen_sqlite(shardgen_sqlite_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to an SQLite file of the test's own, with foreign keys enforced."""
    import sqlite3

    connection = sqlite3.connect(shardgen_sqlite_path)
    connection.execute("PRAGMA foreign_keys = ON")
    yield connection
    connection.close()


@pytest.fixture
def shardgen_postgres(
    _shardgen_asked: Asked, _shardgen_databases: Databases
) -> Iterator[psycopg.Connection[Any]]:
    """A psycopg connection to a database filled once a session; the test is rolled back."""
    with _told():
        lent = _shardgen_databases.lend_postgres(_shardgen_asked)
    yield lent.connection
    with _told():
        lent.take_back()


@pytest.fixture
def shardgen_postgres_copy(_shardgen_asked: Asked, _shardgen_databases: Databases) -> Iterator[str]:
    """The URL of a PostgreSQL database of the test's own, where it may commit."""
    with _told():
        copy = _shardgen_databases.postgres_copy(_shardgen_asked)
    yield copy.url
    copy.drop()


@pytest.fixture
def shardgen_mysql(
    _shardgen_asked: Asked, _shardgen_databases: Databases
) -> Iterator[pymysql.Connection[Any]]:
    """A PyMySQL connection to a database filled once a session; the test is rolled back."""
    with _told():
        lent = _shardgen_databases.lend_mysql(_shardgen_asked)
    yield lent.connection
    with _told():
        lent.take_back()


@pytest.fixture
def shardgen_mysql_copy(_shardgen_asked: Asked, _shardgen_databases: Databases) -> Iterator[str]:
    """The URL of a MySQL or MariaDB database of the test's own, where it may commit."""
    with _told():
        copy = _shardgen_databases.mysql_copy(_shardgen_asked)
    yield copy.url
    copy.drop()


@contextmanager
def _told() -> Iterator[None]:
    """Tell an error of ours as it is, without a traceback; skip where no address is known."""
    from shardgen.errors import ShardgenError
    from shardgen.testing.asked import AskedError, NoAddressError

    told: ShardgenError | AskedError | None = None
    try:
        yield
    except (ShardgenError, AskedError) as error:
        told = error
    if isinstance(told, NoAddressError):
        pytest.skip(str(told))
    if told is not None:
        pytest.fail(f"shardgen: {told}", pytrace=False)
