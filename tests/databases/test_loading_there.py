"""`shardgen load` into tables that are there: what it finds, adds, and leaves alone."""

from __future__ import annotations

from functools import partial

import pytest
from click.testing import CliRunner
from support.databases import new_database
from support.loading import assert_sound, column, table

from shardgen import generate
from shardgen.cli.main import cli
from shardgen.errors import DatabaseError, PlanError, SchemaError
from shardgen.execution.loading.load import _Watch, load
from shardgen.plan.load import load_schema

pytestmark = pytest.mark.usefixtures("clean_children")

KINDS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mysql", marks=pytest.mark.mariadb),
    "sqlite",
]


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Give an empty database of each kind."""
    with new_database(request.param, request, tmp_path) as made:
        yield made


def schema_of(*tables):
    """Return a schema of these tables for every database."""
    databases = ["postgres", "mysql", "sqlite"]
    raw = {"schema_version": "1.0", "name": "shop", "database_type": databases}
    return load_schema(raw | {"tables": list(tables)})


USER_KEY = {"foreign_key": {"table": "users", "column": "id"}}
EMAIL = column("email", "varchar(99)", unique=True, generator="email")
SHOP = schema_of(
    table("users", 30, EMAIL),
    table("orders", 60, column("user_id", "int", **USER_KEY)),
)
COUNTS = {"users": 30, "orders": 60}


def rows(database, name, schema=SHOP):
    return database.rows(name, schema)


def there(database):
    return {name: database.count(name) for name in COUNTS}


def test_rows_are_added_behind_those_that_are_there(database):
    """Twice: the rows are those that generate makes behind as many."""
    load(SHOP, database.url)
    expected = {name: rows(database, name) for name in COUNTS}
    for existing in ("new", "all"):
        options = {"existing": existing, "rows": {"users": 5, "orders": 40}}
        made = generate(SHOP, there=there(database), **options)
        summary = load(SHOP, database.url, append=True, **options)
        assert (45, ()) == (summary.rows, summary.warnings)
        for name in COUNTS:
            expected[name] += made.tables[name].rows
            assert expected[name] == rows(database, name)
    assert_sound(database, SHOP)


def test_keys_go_on_after_the_greatest(database):
    """Rows that are gone leave a gap, which nothing fills; the database's own rows go on too."""
    load(SHOP, database.url, tables=["users"])
    database.execute("DELETE FROM users WHERE id IN (3, 29)")
    load(SHOP, database.url, append=True, tables=["users"], rows={"users": 4})
    assert [30, 31, 32, 33, 34] == sorted(row["id"] for row in rows(database, "users"))[-5:]


def test_keys_lead_to_rows_that_are_there_where_these_are_all_there(database):
    """Where some are gone it is refused, before a row is written."""
    load(SHOP, database.url)
    load(SHOP, database.url, append=True, tables=["orders"])
    assert {"users": 30, "orders": 120} == there(database)
    assert 30 >= max(row["user_id"] for row in rows(database, "orders"))
    database.execute("DELETE FROM orders")
    database.execute("DELETE FROM users WHERE id = 7")
    with pytest.raises(PlanError, match="29 with keys 1 to 30, and 1 to 29 are looked for") as told:
        load(SHOP, database.url, append=True, tables=["orders"])
    assert "add rows to 'users' too" in str(told.value)
    with pytest.raises(PlanError, match="leave --existing out"):
        load(SHOP, database.url, append=True, existing="all")
    assert {"users": 29, "orders": 0} == there(database)


def test_keys_that_do_not_count_are_looked_for(database):
    """Rows of another seed have others, and nothing is added then."""
    key = {"foreign_key": {"table": "users", "column": "email"}}
    schema = schema_of(
        table("users", 30, EMAIL), table("orders", 60, column("by", "varchar(99)", **key))
    )
    load(schema, database.url)
    load(schema, database.url, append=True, tables=["orders"])
    assert 120 == database.count("orders")
    with pytest.raises(PlanError, match=r"keys of 'users' that were looked for are not there"):
        load(schema, database.url, append=True, tables=["orders"], seed=5)
    assert 120 == database.count("orders")


def test_every_difference_is_told_before_a_row_is_written(database):
    """Of tables that somebody made: all at once, those that are no mistakes as warnings."""
    database.execute("CREATE TABLE users (id int PRIMARY KEY, email varchar(200), age int)")
    database.execute("CREATE TABLE orders (id int PRIMARY KEY, state varchar(9) NOT NULL)")
    given = {"ddl": False}
    with pytest.raises(DatabaseError) as told:
        load(SHOP, database.url, **given)
    assert "orders.state is NOT NULL without a default" in str(told.value)
    assert "orders has no column 'user_id' at tables.orders.columns.user_id" in str(told.value)
    assert {"users": 0, "orders": 0} == there(database)
    summary = load(SHOP, database.url, tables=["users"], **given)
    assert ["left-to-default"] == [warning.name for warning in summary.warnings]
    assert 30 == database.count("users", "age IS NULL")
    with pytest.raises(SchemaError, match=r"\(left-to-default\)"):
        load(SHOP, database.url, tables=["users"], truncate=True, strict=True, **given)
    assert 30 == database.count("users")


def test_what_the_database_computes_is_left_out(database):
    """The rows come without it, and the database has its own."""
    generated = "GENERATED ALWAYS AS ('user ' || id) STORED"
    if database.dialect == "mysql":
        generated = "GENERATED ALWAYS AS (concat('user ', id)) STORED"
    if database.dialect == "postgres":
        generated = generated.replace("|| id", "|| id::text")
        database.execute("CREATE FUNCTION word(int) RETURNS text IMMUTABLE LANGUAGE sql "
                         "AS 'SELECT ''user '' || $1'")  # fmt: skip
        generated = "GENERATED ALWAYS AS (word(id)) STORED"
    database.execute(f"CREATE TABLE users (id int PRIMARY KEY, email varchar(99) {generated})")
    given = {"ddl": False, "tables": ["users"]}
    summary = load(SHOP, database.url, **given)
    assert ["left-out-column"] == [warning.name for warning in summary.warnings]
    assert "user 30" == database.query("SELECT email FROM users WHERE id = 30")[0][0]


def test_tables_are_emptied_with_all_that_refer_to_them(database):
    """Or not at all: the one that is missing is named."""
    load(SHOP, database.url)
    given = {"truncate": True}
    with pytest.raises(DatabaseError, match="orders refers to users, which is to be emptied"):
        load(SHOP, database.url, tables=["users"], **given)
    assert COUNTS == there(database)
    load(SHOP, database.url, seed=4, **given)
    assert generate(SHOP, seed=4).tables["orders"].rows == rows(database, "orders")


@pytest.mark.parametrize("steps", [1, 3])
def test_adding_is_gone_on_with(database, monkeypatch, steps):
    """From the rows that were there when it began, whatever is in by now."""
    load(SHOP, database.url)
    expected = generate(SHOP, there=COUNTS).tables
    real, done = _Watch.__call__, []

    def stop(self, step):
        real(self, step)
        done.append(step)
        if len(done) == steps:
            raise KeyboardInterrupt

    options = {"append": True, "shard_rows": 20}
    with monkeypatch.context() as patched:
        patched.setattr(_Watch, "__call__", stop)
        with pytest.raises(KeyboardInterrupt):
            load(SHOP, database.url, **options)
    with pytest.raises(DatabaseError, match="--resume goes on"):
        load(SHOP, database.url, **options)
    load(SHOP, database.url, resume=True, **options)
    for name, count in COUNTS.items():
        assert expected[name].rows == rows(database, name)[count:]


def test_the_command_adds_to_what_an_import_says(database, tmp_path):
    """A schema made of the database fills it further, and keys may lead to all of its rows."""
    load(SHOP, database.url)
    path = str(tmp_path / "shop.yaml")
    called = partial(CliRunner().invoke, cli, catch_exceptions=False)
    assert 0 == called(["import", database.url, "-o", path]).exit_code
    more = ["--append", "--existing", "all", "--rows", "users=9", "--rows", "orders=30"]
    for _ in range(2):
        done = called(["load", path, database.url, *more])
        assert (0, True) == (done.exit_code, "Loaded 39 rows into 2 tables" in done.output)
    assert {"users": 48, "orders": 120} == there(database)
    with pytest.raises(PlanError, match="keys are to lead to all rows, and none are added"):
        called(["load", path, database.url, "--existing", "all"])
