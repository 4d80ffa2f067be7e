"""The pytest plug-in: what a test asks for is what it gets, and nothing of it is left behind."""

from __future__ import annotations

import json
import os
from contextlib import closing

import pytest
from support.processes import loaded_by
from support.schemas import right

from shardgen.testing.asked import seed_of

pytest_plugins = ["pytester"]

QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:benchmark")


@pytest.fixture
def shop(pytester, monkeypatch):
    """A project with a schema, and a function that runs one file of tests there."""
    for name in ("SHARDGEN_POSTGRES_URL", "SHARDGEN_MYSQL_URL"):
        monkeypatch.delenv(name, raising=False)
    pytester.makefile(".json", shop=json.dumps(right()))
    pytester.makeini("[pytest]\nshardgen_schema = shop.json\n")

    def run(text, **outcomes):
        pytester.makepyfile(test_it=f"import pytest\n\n{text}")
        result = pytester.runpytest_inprocess(*QUIET)
        result.assert_outcomes(**outcomes)
        return "\n".join(result.outlines)

    return run


def test_a_start_of_pytest_loads_nothing_heavy():
    """The plug-in is there before any test asks: neither NumPy nor the engine is."""
    found = loaded_by("import shardgen.testing.plugin")
    assert not {"numpy", "msgspec", "faker", "hypothesis", "psycopg", "pymysql"} & found
    assert {"shardgen.output.version"} >= {
        name for name in found if name.startswith(("shardgen.plan", "shardgen.output.v"))
    }


def test_a_test_gets_the_data_set_of_its_marker(shop):
    """Rows of each table, rows in all, a seed; the nearest marker counts, field by field."""
    shop(
        """
pytestmark = pytest.mark.shardgen(rows={"users": 3, "orders": 4})

def test_usual(shardgen_dataset):
    assert (3, 4) == (len(shardgen_dataset["users"]), len(shardgen_dataset["orders"]))

@pytest.mark.shardgen("shop.json", seed=7, rows=35)
def test_own(shardgen_dataset):
    assert 7 == shardgen_dataset.options.seed
    assert (10, 25) == (len(shardgen_dataset["users"]), len(shardgen_dataset["orders"]))

@pytest.mark.shardgen("fintech-loans", scale=0.01)
def test_bundled(shardgen_dataset):
    assert "loans" in shardgen_dataset.tables
""",
        passed=3,
    )


def test_a_seed_is_by_the_test_itself():
    """The same on every machine, and another for every test."""
    assert 56602552996182290 == seed_of("tests/test_shop.py::test_orders")
    assert seed_of("test_a.py::test_one[1]") != seed_of("test_a.py::test_one[2]")


def test_seeds_differ_between_tests_and_not_between_runs(shop):
    """A test that failed gets the same data when it is run again."""
    text = """
@pytest.mark.parametrize("n", [1, 2])
def test_seed(shardgen_dataset, n):
    print("made", shardgen_dataset.options.seed, shardgen_dataset["users"].rows[0]["email"])
    assert False
"""
    first, again = (shop(text, failed=2).split("\n") for _ in range(2))
    made = [line for line in first if line.startswith("made")]
    assert 2 == len(set(made))
    assert made == [line for line in again if line.startswith("made")]


def test_a_test_states_rows(shop):
    """By the fixture, or by the marker."""
    shop(
        """
@pytest.mark.shardgen(rows={"users": 5, "orders": 9})
def test_fixture(with_rows):
    made = with_rows(users=[{"email": "alice@example.com"}], orders=[{"user_id": 1}])
    assert "alice@example.com" == made["users"].rows[0]["email"]
    assert 1 == made["orders"].rows[0]["user_id"]

@pytest.mark.shardgen(with_rows={"users": [{"email": "bob@example.com"}]})
def test_marker(shardgen_sqlite):
    found = shardgen_sqlite.execute("SELECT email FROM users WHERE id = 1").fetchone()
    assert ("bob@example.com",) == found
""",
        passed=2,
    )


def test_an_sqlite_file_is_each_tests_own(shop):
    """Whatever a test commits, the next one does not see; foreign keys are enforced."""
    shop(
        """
import sqlite3

@pytest.mark.parametrize("n", [1, 2])
def test_rows(shardgen_sqlite, shardgen_sqlite_path, n):
    count = "SELECT count(*) FROM users"
    before = shardgen_sqlite.execute(count).fetchone()[0]
    shardgen_sqlite.execute("INSERT INTO users VALUES (?, ?, ?)", (99, "x@y.z", "2000-01-01"))
    shardgen_sqlite.commit()
    assert before + 1 == sqlite3.connect(shardgen_sqlite_path).execute(count).fetchone()[0]
    assert 29 == before
    with pytest.raises(sqlite3.IntegrityError):
        shardgen_sqlite.execute("INSERT INTO orders VALUES (999, 12345, 1)")
""",
        passed=2,
    )


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("('shop.json', row=3)", "the marker shardgen takes no 'row'; did you mean 'rows'?"),
        ("('shop.json', 3)", "the marker shardgen takes a schema, and all else by name"),
        ("('nowhere.json')", "there is no schema 'nowhere.json' in "),
        ("(seed='x')", "seed='x' of the marker shardgen is no whole number"),
        ("(rows={'user': 3})", "rows are asked for in an unknown table 'user'"),
        ("(with_rows={'users': [{'mail': 1}]})", "has no column 'mail' at with_rows.users[0].mail"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_line(shop, marker, told):
    """An error of the test, without a traceback through shardgen."""
    out = shop(
        f"@pytest.mark.shardgen{marker}\ndef test_it(shardgen_dataset):\n    pass\n", errors=1
    )
    assert f"shardgen: {told}" in out or told in out
    assert "Traceback" not in out
    assert "plan.py" not in out


def test_a_test_without_a_schema_is_told_how_to_name_one(shop, pytester):
    """Neither the marker nor the configuration has one."""
    pytester.makeini("[pytest]\n")
    out = shop("def test_it(shardgen_dataset):\n    pass\n", errors=1)
    assert "no schema is asked for; mark the test @pytest.mark.shardgen" in out


@pytest.mark.parametrize("name", ["postgres", "mysql"])
def test_a_test_is_skipped_where_no_server_is_known(shop, pytester, name):
    """The reason says what to set."""
    shop(f"def test_it(shardgen_{name}):\n    pass\n", skipped=1)
    told = "\n".join(pytester.runpytest_inprocess(*QUIET, "-rs").outlines)
    assert f"is known for tests; set SHARDGEN_{name.upper()}_URL" in told


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("postgres", "postgresql://nobody:secret@127.0.0.1:1/none"),
        ("mysql", "mysql://nobody:secret@127.0.0.1:1/none"),
    ],
)
def test_a_server_that_is_away_is_an_error(shop, monkeypatch, name, url):
    """A wrong address does not pass for none, and no password is told."""
    monkeypatch.setenv(f"SHARDGEN_{name.upper()}_URL", url)
    out = shop(f"def test_it(shardgen_{name}):\n    pass\n", errors=1)
    assert "for tests at nobody@127.0.0.1:1" in out.replace(f"{url.split(':')[0]}://", "")
    assert "secret" not in out


POSTGRES = """
import psycopg

@pytest.mark.parametrize("n", [1, 2])
def test_rolled_back(shardgen_postgres, n):
    one = shardgen_postgres
    one.execute("INSERT INTO users VALUES (99, 'x@y.z', '2000-01-01')")
    one.commit()
    with pytest.raises(psycopg.Error):
        one.execute("SELEC")
    one.rollback()
    with one.transaction():
        one.execute("INSERT INTO users VALUES (98, 'y@y.z', '2000-01-01')")
    one.execute("DELETE FROM orders")
    one.rollback()
    assert (30,) == one.execute("SELECT count(*) FROM users").fetchone()
    assert (71,) == one.execute("SELECT count(*) FROM orders").fetchone()

def test_commits_by_itself(shardgen_postgres):
    shardgen_postgres.execute("DELETE FROM orders; COMMIT")

def test_after_it(shardgen_postgres, shardgen_postgres_copy):
    with psycopg.connect(shardgen_postgres_copy) as own:
        own.execute("DELETE FROM orders")
    assert (71,) == shardgen_postgres.execute("SELECT count(*) FROM orders").fetchone()
"""


@pytest.mark.postgres
def test_a_postgres_database_is_as_it_was_before_every_test(shop, postgres_url, monkeypatch):
    """Rolled back, or filled anew where a test ended its transaction; dropped in the end."""
    import psycopg

    monkeypatch.setenv("SHARDGEN_POSTGRES_URL", postgres_url)
    monkeypatch.setenv("PYTEST_XDIST_WORKER", f"own{os.getpid()}")
    out = shop(POSTGRES, passed=4, errors=1)
    assert "the test has ended the transaction that it is rolled back by" in out
    with closing(psycopg.connect(postgres_url)) as connection:
        like = f"shardgen_test_own{os.getpid()}%"
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like])
        assert [] == names.fetchall()


MYSQL = """
import pymysql

def count(connection, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]

@pytest.mark.parametrize("n", [1, 2])
def test_rolled_back(shardgen_mysql, n):
    with shardgen_mysql.cursor() as cursor:
        cursor.execute("INSERT INTO users VALUES (99, 'x@y.z', '2000-01-01')")
        shardgen_mysql.commit()
        cursor.execute("DELETE FROM orders")
        shardgen_mysql.rollback()
    assert (30, 71) == (count(shardgen_mysql, "users"), count(shardgen_mysql, "orders"))

def test_commits_by_itself(shardgen_mysql):
    with shardgen_mysql.cursor() as cursor:
        cursor.execute("CREATE TABLE more (id int)")

def test_after_it(shardgen_mysql, shardgen_mysql_copy):
    assert shardgen_mysql_copy.rpartition("/")[2].startswith("shardgen_test_own")
    with pytest.raises(pymysql.Error):
        count(shardgen_mysql, "more")
"""


@pytest.mark.mariadb
def test_a_mysql_database_is_as_it_was_before_every_test(shop, mariadb_options, monkeypatch):
    """The same for MySQL and MariaDB, where CREATE TABLE ends a transaction."""
    import pymysql

    host, port = mariadb_options["host"], mariadb_options["port"]
    user, password = mariadb_options["user"], mariadb_options["password"]
    monkeypatch.setenv("SHARDGEN_MYSQL_URL", f"mysql://{user}:{password}@{host}:{port}/")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", f"own{os.getpid()}")
    out = shop(MYSQL, passed=4, errors=1)
    assert "the test has ended the transaction that it is rolled back by" in out
    with pymysql.connect(**mariadb_options) as connection, connection.cursor() as cursor:
        cursor.execute(f"SHOW DATABASES LIKE 'shardgen\\_test\\_own{os.getpid()}%'")
        assert () == tuple(cursor.fetchall())


def test_a_factory_makes_rows_behind_those_of_the_database(shop):
    """Keys and unique values do not meet those that are there."""
    shop(
        """
def test_it(shardgen_factory, shardgen_sqlite):
    order = shardgen_factory.create(shardgen_sqlite, "orders", total=5)
    assert 30 == order.parents["user_id"]["id"]
    found = shardgen_sqlite.execute("SELECT total FROM orders WHERE id = ?", (order["id"],))
    assert 5 == found.fetchone()[0]
""",
        passed=1,
    )
