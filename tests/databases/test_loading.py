"""`shardgen load`: what is in a database afterwards, whatever came in between."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
from urllib.parse import urlsplit

import psycopg
import pytest
from support.databases import new_database
from support.kills import failing_after, killed_after, load_command
from support.loading import LENDING_ROWS, assert_loaded, assert_sound, column, table

import shardgen
from shardgen.errors import DatabaseError, PlanError
from shardgen.execution.loading import postgres as loading_postgres
from shardgen.execution.loading import sqlite
from shardgen.execution.loading.load import load
from shardgen.plan.load import load_schema
from shardgen.plan.source import Source

pytestmark = pytest.mark.usefixtures("clean_children")

KINDS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mysql", marks=pytest.mark.mariadb),
    "sqlite",
]
ROWS = {"rows": LENDING_ROWS}
TABLES = {"borrowers", "loans", "payments", "credit_scores"}


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Give an empty database of each kind."""
    with new_database(request.param, request, tmp_path) as made:
        yield made


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("workers", [1, 3])
def test_the_rows_are_those_of_generate(database, lending, workers):
    """For one process and for three workers, keys and all; nothing else is left."""
    summary = load(lending, database.url, workers=workers, shard_rows=60, seed=3, **ROWS)
    assert (0 if workers == 1 else 3, 730, 0) == (summary.workers, summary.rows, summary.resumed)
    assert TABLES == database.tables() - {"sqlite_stat1"}
    assert_loaded(database, lending, seed=3, **ROWS)
    assert_sound(database, lending)
    assert {("loan_id", "loans", "id", "CASCADE")} == database.foreign_keys("payments")
    assert "idx_loans_status" in database.indexes("loans")


def test_rows_go_into_tables_that_are_there(database, lending):
    """Without table definitions, and with keys that are checked as the rows come in."""
    load(lending, database.url, seed=1, **ROWS)
    with pytest.raises(DatabaseError, match=r"has rows in borrowers \(40 rows\), loans \(150 rows"):
        load(lending, database.url, seed=3, ddl=False, **ROWS)
    assert_loaded(database, lending, seed=1, **ROWS)
    load(lending, database.url, seed=3, truncate=True, shard_rows=60, **ROWS)
    assert_loaded(database, lending, seed=3, **ROWS)


@pytest.mark.usefixtures("pools")
def test_tables_with_keys_are_filled_by_several_workers(database, lending):
    """A table's rows wait for those of its parents."""
    load(lending, database.url, seed=1, **ROWS)
    load(lending, database.url, seed=3, truncate=True, shard_rows=20, workers=3, **ROWS)
    assert_loaded(database, lending, seed=3, **ROWS)


def test_tables_that_are_there_are_not_created(database, lending):
    """Nor are they written to: the error says what fills them."""
    load(lending, database.url, **ROWS, tables=["borrowers"])
    with pytest.raises(DatabaseError, match=r"has rows in borrowers \(40 rows\); --append"):
        load(lending, database.url, **ROWS)
    database.execute("DELETE FROM borrowers")
    with pytest.raises(DatabaseError, match="has the tables borrowers already; --no-ddl fills"):
        load(lending, database.url, **ROWS)
    with pytest.raises(DatabaseError, match="there is no table 'loans' in the database"):
        load(lending, database.url, ddl=False, **ROWS)
    assert {"borrowers"} == database.tables() - {"sqlite_stat1"}


def circle(schema_of):
    """Return tables that refer to each other, and one to itself."""
    boss = {"nullable": True, "foreign_key": {"table": "people", "column": "id"}}
    of_team = {"foreign_key": {"table": "teams", "column": "id"}}
    lead = {"foreign_key": {"table": "people", "column": "id"}}
    return schema_of(
        table("people", 90, column("boss_id", "int", **boss), column("team_id", "int", **of_team)),
        table("teams", 30, column("lead_id", "int", **lead)),
        table("notes", 50, column("person_id", "int", **lead)),
    )


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("workers", [1, 3])
def test_tables_in_a_circle_are_loaded(database, schema_of, workers):
    """Made anew, and filled with their keys on, where rows come before those they refer to."""
    schema = circle(schema_of)
    load(schema, database.url, shard_rows=20, workers=workers)
    assert_loaded(database, schema)
    assert_sound(database, schema)
    load(schema, database.url, shard_rows=20, workers=workers, truncate=True, seed=9)
    assert_loaded(database, schema, seed=9)
    assert_sound(database, schema)


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("way", ["create", "fill"])
@pytest.mark.parametrize("steps", [1, 5, 17])
def test_a_load_that_was_stopped_is_gone_on_with(database, lending, monkeypatch, way, steps):
    """Wherever it stopped: rows, keys, statistics; nobody sees half of the tables it creates."""
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
    assert "unfinished" == told[-1].name
    if way == "create" and database.dialect == "postgres":
        assert set() == database.tables()
    with pytest.raises(DatabaseError, match=r"an unfinished load of fintech-loans \(seed 3, 730 "):
        load(lending, database.url, **options)
    with pytest.raises(DatabaseError, match="its schema and options are others than those asked"):
        load(lending, database.url, resume=True, **(options | {"seed": 4}))
    summary = load(lending, database.url, resume=True, workers=2, **options)
    assert 0 < summary.resumed <= 730
    assert TABLES == database.tables() - {"sqlite_stat1"}
    assert_loaded(database, lending, seed=3, **ROWS)
    assert_sound(database, lending)


def test_what_was_dropped_begins_anew(database, lending, monkeypatch):
    """The statements that the message gives leave nothing of a load behind."""
    with monkeypatch.context() as patched:
        failing_after(patched, DatabaseError("the disk is full"), 3)
        with pytest.raises(
            DatabaseError, match="the disk is full; 160 of 730 rows are in"
        ) as caught:
            load(lending, database.url, shard_rows=60, **ROWS)
    for statement in str(caught.value).partition("to drop them: ")[2].split("; "):
        database.execute(statement)
    load(lending, database.url, resume=True, seed=4, **ROWS)
    assert_loaded(database, lending, seed=4, **ROWS)


def test_a_row_that_is_refused_is_told(database, lending):
    """With its table, its rows and the database's words; the others stay as the message says."""
    load(lending, database.url, **ROWS)
    load(lending, database.url, truncate=True, **(ROWS | {"rows": dict.fromkeys(TABLES, 0)}))
    database.execute("CREATE UNIQUE INDEX one ON loans (borrower_id, status, term_months)")
    with pytest.raises(DatabaseError) as caught:
        load(lending, database.url, ddl=False, shard_rows=60, **ROWS)
    said = str(caught.value)
    assert "rows 0..60 of loans" in said
    assert re.search("unique|UNIQUE|Duplicate entry", said)
    assert "40 of 730 rows are in" in said
    assert (40, 0) == (database.count("borrowers"), database.count("loans"))
    database.execute("DROP INDEX one" + (" ON loans" if database.dialect == "mysql" else ""))
    load(lending, database.url, ddl=False, shard_rows=60, resume=True, **ROWS)
    assert_loaded(database, lending, **ROWS)


@pytest.mark.postgres
def test_only_one_load_at_a_time(request, tmp_path, lending, monkeypatch):
    """A second one into the same schema is told to wait."""
    monkeypatch.setattr(loading_postgres, "SECONDS_TO_LOCK", 0.1)
    with new_database("postgres", request, tmp_path) as database, contextlib.ExitStack() as stack:

        def second(event):
            if event.name != "unfinished":
                return
            with pytest.raises(DatabaseError, match="another load into the schema public of"):
                load(lending, database.url, **ROWS)

        failing_after(stack.enter_context(monkeypatch.context()), KeyboardInterrupt, 2)
        with pytest.raises(KeyboardInterrupt):
            load(lending, database.url, tell=second, **ROWS)


def test_a_file_that_is_open_elsewhere_is_refused(lending, tmp_path, monkeypatch):
    """Of SQLite: nobody else may write it meanwhile, and a load waits for nobody for long."""
    monkeypatch.setattr(sqlite, "SECONDS_TO_WAIT", 0.1)
    path = tmp_path / "open.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="database is locked; another program has it open"):
            load(lending, f"sqlite:///{path}", **ROWS)
    load(lending, f"sqlite:///{path}", **ROWS)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("shop.db", "shop.db is a file; as a database it is sqlite:///shop.db"),
        ("host=x password=s3cret", "this is no URL of a database; write postgresql://"),
        ("oracle://x", "'oracle' is no database that rows can be loaded into; known are"),
        ("postgre://x", "did you mean 'postgres"),
        ("sqlite://", "a database in memory is gone at once; write sqlite:///FILE"),
        ("sqlite:///no/such/folder.db", "SQLite refused .*unable to open database file"),
        ("postgresql://me:s3cret@127.0.0.1:1/x?password=s3cret", "cannot connect to .*me@127"),
    ],
)
def test_urls_that_lead_nowhere_are_refused(lending, url, said):
    """With what is known; a password is never repeated."""
    with pytest.raises(DatabaseError, match=said) as caught:
        load(lending, url, **ROWS)
    assert "s3cret" not in str(caught.value)


def test_what_a_load_cannot_follow_is_refused(lending):
    """Options of files, another database's dialect, and two ways at once."""
    for options in ({"format": "csv"}, {"compress": "gzip"}, {"rows_per_statement": 5}):
        with pytest.raises(PlanError, match=f"{next(iter(options))} is for files"):
            load(lending, "sqlite:///x.db", **options)
    with pytest.raises(PlanError, match="the dialect mysql is asked for"):
        load(lending, "sqlite:///x.db", dialect="mysql")
    with pytest.raises(PlanError, match="append and truncate are asked for at once"):
        load(lending, "sqlite:///x.db", append=True, truncate=True)


def test_a_load_that_is_killed_at_any_moment_is_gone_on_with(database, lending):
    """By SIGKILL, three times; what is there then is what a load without it leaves."""
    for step in (1, 4, 11):
        killed_after(step, database.url, 2)
    subprocess.run(load_command(database.url, 2), check=True)
    assert_loaded(database, lending, scale=2)
    assert_sound(database, lending)
    assert TABLES == database.tables() - {"sqlite_stat1"}


@pytest.mark.postgres
@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_lost_connection_is_told(request, tmp_path, lending, monkeypatch, workers):
    """With the rows that were on their way, and what is in; the load can be gone on with."""
    with new_database("postgres", request, tmp_path) as database:
        with monkeypatch.context() as patched:
            cutting(patched, database, 4)
            with pytest.raises(DatabaseError) as caught:
                load(lending, database.url, shard_rows=30, workers=workers, **ROWS)
        said = str(caught.value)
        assert re.search(
            r"the connection to postgresql://.* was lost (while|during) rows \d+\.\.\d+ of", said
        )
        assert re.search("terminating connection due to admin|server closed the connection", said)
        assert "of 730 rows are in, and --resume goes on" in said
        load(lending, database.url, shard_rows=30, resume=True, **ROWS)
        assert_loaded(database, lending, **ROWS)


def cutting(monkeypatch, database, shard):
    """Have the server end the connection over which a shard comes in, and all others."""
    real = Source.render
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database() AND query LIKE 'COPY%'"
    )

    def render(self, asked):
        if asked.index == shard:
            with psycopg.connect(database.url, autocommit=True) as other:
                other.execute(cut)
        yield from real(self, asked)

    monkeypatch.setattr(Source, "render", render)


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("existing", ["new", "all"])
def test_rows_are_added_behind_those_that_are_there(database, lending, existing):
    """Keys go on, those that are there stay, and a second time the same again."""
    load(lending, database.url, seed=3, **ROWS)
    before = {name: database.rows(name, lending) for name in TABLES}
    for times in (2, 3):
        summary = load(lending, database.url, seed=3, append=True, existing=existing,
                       shard_rows=60, workers=2, **ROWS)  # fmt: skip
        assert ("append", 730) == (summary.way, summary.rows)
        found = {name: database.rows(name, lending) for name in TABLES}
        for name, rows in before.items():
            assert rows == found[name][: len(rows)]
            assert [*range(1, times * len(rows) + 1)] == [row["id"] for row in found[name]]
    assert_sound(database, lending)


def test_adding_rows_is_gone_on_with(database, lending, monkeypatch):
    """From the numbers that there were when it began, though shards are in since."""
    load(lending, database.url, seed=3, **ROWS)
    options = {"seed": 3, "append": True, "shard_rows": 60, **ROWS}
    with monkeypatch.context() as patched:
        failing_after(patched, KeyboardInterrupt, 4)
        with pytest.raises(KeyboardInterrupt):
            load(lending, database.url, **options)
    assert 150 < database.count("loans") <= 300
    load(lending, database.url, resume=True, **options)
    counts = {name: database.count(name) for name in TABLES}
    assert {name: 2 * rows for name, rows in ROWS["rows"].items()} == counts
    assert_sound(database, lending)


def test_keys_go_on_where_rows_were_deleted(database, lending):
    """After the last that there is, not after as many as there are."""
    load(lending, database.url, tables=["borrowers"], **ROWS)
    database.execute("DELETE FROM borrowers WHERE id BETWEEN 11 AND 20")
    load(lending, database.url, tables=["borrowers"], append=True, **ROWS)
    keys = [key for (key,) in database.query("SELECT id FROM borrowers ORDER BY id")]
    assert [*range(1, 11), *range(21, 81)] == keys


def test_tables_that_differ_are_refused_before_a_row_is_written(database, lending):
    """With every difference for which a row would be refused."""
    load(lending, database.url, **(ROWS | {"rows": dict.fromkeys(TABLES, 0)}))
    database.execute("ALTER TABLE loans ADD COLUMN branch varchar(3) NOT NULL DEFAULT 'x'")
    database.execute("ALTER TABLE loans RENAME COLUMN amount TO sum")
    database.execute("ALTER TABLE borrowers RENAME COLUMN phone TO telephone")
    with pytest.raises(DatabaseError) as caught:
        load(lending, database.url, ddl=False, **ROWS)
    said = str(caught.value)
    assert "does not take the rows of fintech-loans:\n" in said
    assert "'amount'" in said
    assert "'phone'" in said
    assert 0 == database.count("loans") + database.count("borrowers")


def test_columns_that_the_database_computes_are_left_out(database, schema_of):
    """With a warning; the others have their values."""
    schema = schema_of(table("things", 50, column("size", "int"), column("twice", "int")))
    key = "id int PRIMARY KEY, size int NOT NULL"
    database.execute(
        f"CREATE TABLE things ({key}, twice int GENERATED ALWAYS AS (size * 2) STORED)"
    )
    summary = load(schema, database.url, ddl=False, shard_rows=20)
    assert ["left-out-column"] == [warning.name for warning in summary.warnings]
    made = [row["size"] for row in shardgen.generate(schema).tables["things"].rows]
    assert [(size, 2 * size) for size in made] == database.query(
        "SELECT size, twice FROM things ORDER BY id"
    )


@pytest.fixture
def postgres(request, tmp_path):
    """Give an empty database of PostgreSQL."""
    with new_database("postgres", request, tmp_path) as made:
        yield made


def orders(schema_of):
    """Return tables in schemas, with an enum, a CHECK that names it, and comments."""
    states = {"generator": "weighted", "generator_params": {"values": [{"value": "new"}]}}
    of_user = {"foreign_key": {"table": "app.users", "column": "id"}}
    state = column("state", "enum('new','old')", enum_name="app.state", default="new", **states)
    return schema_of(
        table("app.users", 30, column("name", "varchar(40)", unique=True), comment="who buys"),
        table(
            "shop.orders",
            60,
            column("user_id", "int", **of_user),
            state,
            checks=[{"name": "known", "expression": "state <> 'old'::app.state"}],
            indexes=[{"name": "by_state", "columns": ["state"]}],
        ),
        table("users", 10, column("order_id", "int", foreign_key={"table": "shop.orders",
                                                                   "column": "id"})),
    )  # fmt: skip


CATALOG = """
  SELECT nspname, relname, relkind::text, obj_description(c.oid, 'pg_class')
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
  UNION SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), ''
  FROM pg_constraint WHERE conrelid > 0 AND connamespace::regnamespace::text !~ '^(pg_|inf)'
  ORDER BY 1, 2, 3
"""


@pytest.mark.postgres
def test_the_tables_are_those_that_a_dump_makes(postgres, own_schema_of_postgres, tmp_path):
    """In their schemas, with keys, indexes, sequences and constraints of the same names."""
    schema = orders(own_schema_of_postgres)
    shardgen.run(schema, tmp_path / "dump.sql")
    postgres.load(tmp_path / "dump.sql")
    made = postgres.query(CATALOG)
    last = "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"
    numbers = postgres.query(last)
    for name in ("app", "shop"):
        postgres.execute(f"DROP SCHEMA {name} CASCADE")
    postgres.execute("DROP TABLE users")
    load(schema, postgres.url)
    assert made == postgres.query(CATALOG)
    assert numbers == postgres.query(last)
    assert "who buys" in {row[3] for row in made}
    assert [(60,)] == postgres.query("SELECT count(*) FROM shop.orders WHERE state = 'new'")
    analyzed = "SELECT count(*) FROM pg_class WHERE reltuples = 60 AND relname = 'orders'"
    assert [(1,)] == postgres.query(analyzed)


@pytest.fixture
def own_schema_of_postgres(tmp_path):
    """Write tables as a schema file of PostgreSQL alone, and load it."""

    def write(*tables):
        head = {"schema_version": "1.0", "name": "own", "infer": False}
        path = tmp_path / "own.json"
        path.write_text(json.dumps(head | {"database_type": ["postgres"], "tables": tables}))
        return load_schema(path)

    return write


@pytest.mark.postgres
def test_tables_are_found_by_the_search_path(postgres, lending):
    """They are made in its first schema, and filled where it finds them."""
    postgres.execute("CREATE SCHEMA inner_rooms")
    url = f"{postgres.url}?options=-csearch_path%3Dinner_rooms,public"
    load(lending, url, **ROWS)
    assert set() == postgres.tables()
    load(lending, url, truncate=True, seed=4, **ROWS)
    assert [(150,)] == postgres.query("SELECT count(*) FROM inner_rooms.loans")
    load(lending, postgres.url, **ROWS)
    assert postgres.tables() == TABLES
    with pytest.raises(DatabaseError, match="no schema of the search_path is in postgresql://"):
        load(lending, f"{postgres.url}?options=-csearch_path%3Dnone", **ROWS)


def test_some_tables_are_loaded_into_those_that_are_there(database, lending):
    """Keys lead to tables that were loaded before."""
    load(lending, database.url, tables=["borrowers", "loans"], **ROWS)
    load(lending, database.url, tables=["payments", "credit_scores"], **ROWS)
    assert_loaded(database, lending, **ROWS)
    assert_sound(database, lending)


class TestCommand:
    """`shardgen load` on the command line."""

    def test_it_says_what_it_did(self, shardgen):
        """In a line, or as JSON; with -q nothing."""
        done = shardgen("load", "fintech-loans", "sqlite:///a.db")
        assert re.fullmatch(
            r"Loaded 5,000 rows into 4 tables of sqlite:///a\.db by INSERT in .* s \(.* rows/s\)\n",
            done.stdout,
        )
        done = shardgen("load", "fintech-loans", "sqlite:///b.db", "--json", "--seed", "3")
        said = json.loads(done.stdout)
        assert (5000, 0, "create", 3) == tuple(
            said[name] for name in ("rows", "resumed", "way", "seed")
        )
        done = shardgen("load", "fintech-loans", "sqlite:///c.db", "-q")
        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)

    def test_it_ends_with_the_code_of_databases(self, shardgen):
        """And the way out, in a line."""
        assert 0 == shardgen("load", "fintech-loans", "sqlite:///a.db", "-q").returncode
        done = shardgen("load", "fintech-loans", "sqlite:///a.db")
        assert (9, "") == (done.returncode, done.stdout)
        assert done.stderr.startswith("shardgen: sqlite:///a.db has rows in borrowers (250 rows), ")
        assert 0 == shardgen("load", "fintech-loans", "sqlite:///a.db", "--truncate").returncode
        done = shardgen("load", "fintech-loans", "sqlite:///a.db", "--truncate", "--ddl")
        assert (4, True) == (done.returncode, "leave --ddl out" in done.stderr)

    @pytest.mark.postgres
    def test_a_password_is_read_and_never_said(self, shardgen, request, tmp_path):
        """From PGPASSWORD and ~/.pgpass, where the URL has none; not repeated where it has one."""
        with new_database("postgres", request, tmp_path) as database:
            where = urlsplit(database.url)
            name, secret = f"shardgen_{os.getpid()}", "s3c/ret"
            database.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{secret}'")
            try:
                database.execute(f"GRANT CREATE ON DATABASE {where.path[1:]} TO {name}")
                database.execute(f"GRANT ALL ON SCHEMA public TO {name}")
                url = f"postgresql://{name}:s3c%2Fret@{where.hostname}:{where.port or 5432}/"
                for path in (where.path[1:], "no_such_database"):
                    done = shardgen("load", "fintech-loans", url + path)
                    said = done.stdout + done.stderr
                    assert f"postgresql://{name}@" in said
                    assert not any(word in said for word in (secret, "s3c%2Fret", "s3c"))
                    assert (0 if path == where.path[1:] else 9) == done.returncode
            finally:
                database.execute(f"DROP OWNED BY {name}")
                database.execute(f"DROP ROLE {name}")
