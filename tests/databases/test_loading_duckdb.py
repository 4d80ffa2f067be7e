"""`shardgen load` into DuckDB: what is in the file afterwards, whatever came in between."""

from __future__ import annotations

import json
import subprocess

import duckdb
import pytest
from support.databases import DuckDB
from support.doors import every_cell
from support.kills import failing_after, killed_after, load_command
from support.loading import (
    LENDING_ROWS,
    RARE_TYPES,
    TEXTS,
    assert_loaded,
    assert_sound,
    choice,
    column,
    table,
)

import shardgen
from shardgen.errors import DatabaseError, PlanError, SchemaError
from shardgen.execution.loading.load import load
from shardgen.plan.load import load_schema

pytestmark = pytest.mark.usefixtures("clean_children")

TABLES = {"borrowers", "loans", "payments", "credit_scores"}
ROWS = {"rows": LENDING_ROWS}
RARE = (
    *RARE_TYPES,
    *("decimal(50,3)", "decimal(80,2)", "uuid[]", "timestamp[]", "interval[]", "json[]"),
)


@pytest.fixture
def database(tmp_path):
    """Give a file that is not there yet."""
    return DuckDB(tmp_path / "shop.duckdb")


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("workers", [1, 3])
def test_the_rows_are_those_of_generate(database, lending, workers):
    """For one process and for three workers; what is not made is said, and nothing else is left."""
    summary = load(lending, database.url, workers=workers, shard_rows=60, seed=3, **ROWS)
    assert (730, "Arrow", "DuckDB") == (summary.rows, summary.by, summary.database)
    assert ["dropped-constraint"] == [warning.name for warning in summary.warnings]
    assert "without foreign keys (3), indexes (" in summary.warnings[0].what
    assert database.tables() == TABLES
    assert_loaded(database, lending, seed=3, **ROWS)
    assert_sound(database, lending)
    keys = database.query("SELECT table_name, constraint_text FROM duckdb_constraints()")
    assert ("loans", "PRIMARY KEY(id)") in keys
    with pytest.raises(duckdb.ConstraintException):
        database.execute("INSERT INTO loans SELECT * FROM loans WHERE id = 1")


def test_every_kind_of_value_arrives(database):
    """Numbers, texts that read like something else, times, bytes, bits, JSON, arrays; and NULL."""
    schema = every_cell()
    load(schema, database.url, edge_case_probability=0.1, shard_rows=70)
    assert_loaded(database, schema, edge_case_probability=0.1)


def test_rare_types_and_odd_texts_arrive(database, tmp_path):
    """Each type as DuckDB has it, or as text."""
    columns = [column(f"c{n}", kind) for n, kind in enumerate(RARE)]
    columns += [column(f"n{n}", kind, nullable=True) for n, kind in enumerate(RARE)]
    columns += [column("text", "text", **choice(*TEXTS)), column("key", "bytea", unique=True)]
    head = {"schema_version": "1.0", "name": "rare", "database_type": ["postgres"]}
    (tmp_path / "rare.json").write_text(
        json.dumps(head | {"tables": [table("every", 200, *columns)]})
    )
    schema = load_schema(tmp_path / "rare.json")
    load(schema, database.url, shard_rows=50)
    assert_loaded(database, schema)


DEFAULTS = {
    "int": 5, "decimal(8,2)": 1.25, "varchar(9)": "it's", "boolean": True, "date": "2024-02-29",
    "timestamp": "CURRENT_TIMESTAMP",
    "uuid": "gen_random_uuid()", "bytea": "00ff", "bit(4)": "0101",
    "int[]": "{1,2}", "text[]": '{"a b",c}', "double": 0.5,
}  # fmt: skip


def test_defaults_and_unique_sets_are_made(database, schema_of):
    """Columns have their defaults, and sets of columns are unique."""
    columns = [
        column(f"c{n}", kind, default=value) for n, (kind, value) in enumerate(DEFAULTS.items())
    ]
    schema = schema_of(table("every", 20, *columns, unique=[["id", "c0"]]))
    load(schema, database.url)
    assert_loaded(database, schema)
    database.execute("INSERT INTO every (id) VALUES (99)")
    (row,) = database.query(
        "SELECT c0, c1 = 1.25, c2, c3, c7, c8 = '0101', c9, c10 FROM every WHERE id = 99"
    )
    assert (5, True, "it's", True, b"\x00\xff", True, [1, 2], ["a b", "c"]) == row
    assert 1 == len(database.query("SELECT 1 FROM duckdb_indexes() WHERE is_unique"))


def test_rows_go_into_tables_that_are_there(database, lending):
    """Those with rows are refused, emptied, or added to."""
    with pytest.raises(DatabaseError, match=r"there is no file .*; a load by --ddl makes it"):
        load(lending, database.url, ddl=False, **ROWS)
    load(lending, database.url, seed=1, **ROWS)
    for ddl in (True, False):
        with pytest.raises(DatabaseError, match=r"has rows in borrowers \(40 rows\), loans \(150 "):
            load(lending, database.url, seed=3, ddl=ddl, **ROWS)
    load(lending, database.url, seed=3, truncate=True, shard_rows=60, **ROWS)
    assert_loaded(database, lending, seed=3, **ROWS)
    before = database.rows("loans", lending)
    load(lending, database.url, seed=3, append=True, existing="all", shard_rows=60, **ROWS)
    found = database.rows("loans", lending)
    assert before == found[:150]
    assert [*range(1, 301)] == [row["id"] for row in found]
    assert_sound(database, lending)
    for name in ("payments", "credit_scores", "loans", "borrowers"):
        database.execute(f"DELETE FROM {name}")
    load(lending, database.url, seed=4, ddl=False, **ROWS)
    assert_loaded(database, lending, seed=4, **ROWS)


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("way", ["create", "fill"])
@pytest.mark.parametrize("steps", [1, 5, 15])
def test_a_load_that_was_stopped_is_gone_on_with(database, lending, monkeypatch, way, steps):
    """Wherever it stopped: rows or keys."""
    options = {"seed": 3, "shard_rows": 60, "ddl": way == "create", **ROWS}
    if way == "fill":
        load(lending, database.url, **{**options, "ddl": True})
        for name in ("payments", "credit_scores", "loans", "borrowers"):
            database.execute(f"DELETE FROM {name}")
    told = []
    with monkeypatch.context() as patched:
        failing_after(patched, KeyboardInterrupt, steps)
        with pytest.raises(KeyboardInterrupt):
            load(lending, database.url, tell=told.append, workers=2, **options)
    assert "of 730 rows are in, and --resume goes on; " in told[-1].line
    with pytest.raises(DatabaseError, match=r"an unfinished load of fintech-loans \(seed 3, 730 "):
        load(lending, database.url, **options)
    summary = load(lending, database.url, resume=True, workers=2, **options)
    assert 0 < summary.resumed <= 730
    assert database.tables() == TABLES
    assert_loaded(database, lending, seed=3, **ROWS)


def test_a_load_that_is_killed_at_any_moment_is_gone_on_with(database, lending):
    """By SIGKILL, three times; what is there then is what a load without it leaves."""
    for step in (1, 4, 11):
        killed_after(step, database.url, 2)
    subprocess.run(load_command(database.url, 2), check=True)
    assert_loaded(database, lending, scale=2)
    assert_sound(database, lending)
    assert database.tables() == TABLES


def test_what_was_dropped_begins_anew(database, lending, monkeypatch):
    """The statements that the message gives leave nothing of a load behind."""
    with monkeypatch.context() as patched:
        failing_after(patched, DatabaseError("the disk is full"), 3)
        with pytest.raises(DatabaseError, match="full; 160 of 730 rows are in") as caught:
            load(lending, database.url, shard_rows=60, **ROWS)
    for statement in str(caught.value).partition("to drop them: ")[2].split("; "):
        database.execute(statement)
    load(lending, database.url, resume=True, seed=4, **ROWS)
    assert_loaded(database, lending, seed=4, **ROWS)


def test_a_row_that_is_refused_is_told(database, lending):
    """With its table, its rows and the database's words; the others stay as the message says."""
    load(lending, database.url, **ROWS)
    for name in ("payments", "credit_scores", "loans", "borrowers"):
        database.execute(f"DELETE FROM {name}")
    database.execute("CREATE UNIQUE INDEX one ON loans (borrower_id, status, term_months)")
    with pytest.raises(
        DatabaseError, match=r"DuckDB refused rows 0\.\.60 of loans: .*[Dd]uplicate"
    ):
        load(lending, database.url, ddl=False, shard_rows=60, **ROWS)
    assert (40, 0) == (database.count("borrowers"), database.count("loans"))
    database.execute("DROP INDEX one")
    load(lending, database.url, ddl=False, shard_rows=60, resume=True, **ROWS)
    assert_loaded(database, lending, **ROWS)


def test_a_key_that_leads_nowhere_is_refused(database, lending):
    """When the rows are there; and a table that is not there, before."""
    with pytest.raises(DatabaseError, match="has no table borrowers, to which keys of loans lead"):
        load(lending, database.url, tables=["loans"], **ROWS)
    load(lending, database.url, tables=["borrowers"], **ROWS)
    database.execute("DELETE FROM borrowers WHERE id = 7")
    with pytest.raises(DatabaseError, match=r"a key of loans leads nowhere: \(7,\); 150 of 150"):
        load(lending, database.url, tables=["loans"], **ROWS)


def test_a_circle_of_tables_is_loaded(database, schema_of):
    """Where keys lead to later rows."""
    boss = {"nullable": True, "foreign_key": {"table": "people", "column": "id"}}
    team = {"foreign_key": {"table": "teams", "column": "id"}}
    lead = {"foreign_key": {"table": "people", "column": "id"}}
    schema = schema_of(
        table("people", 90, column("boss_id", "int", **boss), column("team_id", "int", **team)),
        table("teams", 30, column("lead_id", "int", **lead)),
    )
    load(schema, database.url, shard_rows=20)
    assert_loaded(database, schema)
    assert_sound(database, schema)


def test_tables_are_in_their_schemas(database, tmp_path):
    """As in other databases: a name before a point is that of a schema."""
    key = {"foreign_key": {"table": "app.users", "column": "id"}}
    tables = [table("app.users", 30), table("orders", 60, column("user_id", "int", **key))]
    head = {"schema_version": "1.0", "name": "own", "database_type": ["postgres"]}
    (tmp_path / "own.json").write_text(json.dumps(head | {"tables": tables}))
    load(load_schema(tmp_path / "own.json"), database.url)
    assert [(30,)] == database.query("SELECT count(*) FROM app.users")


def things(schema_of, kind, **more):
    return schema_of(table("things", 50, column("size", kind, **more)))


@pytest.mark.parametrize(
    ("made", "there"),
    [
        ("int", "BIGINT"), ("int", "DOUBLE"), ("smallint", "DECIMAL(9,2)"), ("date", "TIMESTAMP"),
        ("decimal(8,2)", "DECIMAL(12,4)"), ("enum('a','b')", "ENUM('a', 'b', 'c')"),
        ("varchar(9)", "VARCHAR"), ("int[]", "BIGINT[]"),
    ],
)  # fmt: skip
def test_wider_types_take_the_rows(database, schema_of, made, there):
    """Each value is the same there."""
    database.execute(f"CREATE TABLE things (id INTEGER, size {there})")
    load(things(schema_of, made), database.url, ddl=False)
    assert 50 == database.count("things", "size IS NOT NULL")


@pytest.mark.parametrize(
    ("made", "there"),
    [
        ("bigint", "INTEGER"), ("bigint", "DOUBLE"), ("int", "DECIMAL(9,0)"), ("double", "FLOAT"),
        ("decimal(8,2)", "DECIMAL(8,1)"), ("decimal(8,2)", "DECIMAL(8,4)"), ("datetime", "DATE"),
        ("decimal(8,2)", "INTEGER"), ("varchar(9)", "INTEGER"), ("decimal(8,2)", "DOUBLE"),
    ],
)  # fmt: skip
def test_narrower_types_are_refused(database, schema_of, made, there):
    """DuckDB would round some values without a word."""
    database.execute(f"CREATE TABLE things (id INTEGER, size {there})")
    said = rf"it is {there.replace('(', '.').replace(')', '.')} in the database, and not every"
    with pytest.raises(DatabaseError, match=said):
        load(things(schema_of, made), database.url, ddl=False)
    assert 0 == database.count("things")


def test_all_that_differs_is_told_at_once(database, schema_of):
    """Before a row is written."""
    more = {"nullable": True, "generator_params": {"null_probability": 0.5}}
    database.execute("CREATE TABLE things (id INTEGER, size INTEGER NOT NULL, more INT NOT NULL)")
    with pytest.raises(DatabaseError) as caught:
        load(things(schema_of, "int", generator="int_range", **more), database.url, ddl=False)
    said = str(caught.value)
    assert "it is NOT NULL in things, and some rows have NULL" in said
    assert "things.more is NOT NULL without a default, and not in the schema" in said
    database.execute("DROP TABLE things; CREATE TABLE things (id INTEGER, siz INTEGER)")
    with pytest.raises(DatabaseError, match=r"things has no column 'size'.*did you mean 'siz'"):
        load(things(schema_of, "int"), database.url, ddl=False)
    database.execute("DROP TABLE things")
    with pytest.raises(DatabaseError, match="there is no table 'things' in the database"):
        load(things(schema_of, "int"), database.url, ddl=False)


def test_what_the_database_fills_is_left_to_it(database, schema_of):
    """Computed columns, and such as have a default; with a warning, which may be a mistake."""
    database.execute(
        "CREATE TABLE things (id INTEGER, size INTEGER AS (id * 2), more INTEGER DEFAULT 7)"
    )
    schema = things(schema_of, "int")
    with pytest.raises(SchemaError, match="computed there"):
        load(schema, database.url, ddl=False, strict=True)
    summary = load(schema, database.url, ddl=False)
    assert ["left-out-column", "left-to-default"] == [each.name for each in summary.warnings]
    assert [(1, 2, 7), (2, 4, 7)] == database.query("SELECT * FROM things ORDER BY id LIMIT 2")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("duckdb://", "a database in memory is gone at once; write duckdb:///FILE"),
        ("duckdb:///:memory:", "a database in memory is gone at once"),
        ("duckdb:///a?threads=2", "a URL of DuckDB has no parameters"),
        ("duckdb:///no/such/folder.duckdb", "DuckDB refused to open no/such/folder.duckdb: "),
    ],
)
def test_urls_that_lead_nowhere_are_refused(lending, url, said):
    """With the way out."""
    with pytest.raises(DatabaseError, match=said):
        load(lending, url, **ROWS)


def test_a_dialect_is_refused(database, lending):
    """DuckDB has its own SQL."""
    with pytest.raises(PlanError, match=r"the dialect postgres is asked for, and .* is DuckDB"):
        load(lending, database.url, dialect="postgres")


def test_a_file_that_is_open_elsewhere_is_refused(database, shardgen):
    """Nobody else may write it meanwhile."""
    with duckdb.connect(database.url.removeprefix("duckdb:///")):
        done = shardgen("load", "fintech-loans", database.url)
    assert (9, True) == (done.returncode, "; another program has it open" in done.stderr)
    assert 0 == shardgen("load", "fintech-loans", database.url, "-q").returncode


def test_the_library_takes_it_too(database):
    """By its URL."""
    assert 5000 == shardgen.load("fintech-loans", database.url).rows
