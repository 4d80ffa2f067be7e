"""`shardgen load` into MySQL and MariaDB: what is theirs alone."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest
from support.databases import new_database
from support.doors import every_cell
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
from shardgen.errors import DatabaseError
from shardgen.execution.loading import mysql, mysql_loader
from shardgen.execution.loading.load import _Watch, load
from shardgen.plan.source import Source

pytestmark = [pytest.mark.usefixtures("clean_children"), pytest.mark.mariadb]

TABLES = ("borrowers", "loans", "payments", "credit_scores")
ROWS = {"rows": LENDING_ROWS}


@pytest.fixture
def database(request, tmp_path):
    """Give an empty database."""
    with new_database("mysql", request, tmp_path) as made:
        yield made


@pytest.fixture(params=["LOAD DATA LOCAL", "INSERT"])
def by(request, monkeypatch):
    """Have rows go in by either way."""
    if request.param == "INSERT":
        monkeypatch.setattr(mysql, "FILES", "/no/such/folder")
    return request.param


def test_every_kind_of_value_arrives(database, by):
    """Numbers, texts that read like something else, times, bytes, bits, JSON, arrays; and NULL."""
    schema = every_cell("mysql")
    summary = load(schema, database.url, edge_case_probability=0.1, shard_rows=70)
    assert by in summary.by
    assert_loaded(database, schema, edge_case_probability=0.1)


def test_rare_types_and_odd_texts_arrive(database, schema_of, by):
    """Each type as MySQL has it, or as the nearest that it has."""
    columns = [column(f"c{n}", kind) for n, kind in enumerate(RARE_TYPES)]
    columns += [column(f"n{n}", kind, nullable=True) for n, kind in enumerate(RARE_TYPES)]
    columns += [column("text", "text", **choice(*TEXTS)), column("key", "bytea", unique=True)]
    schema = schema_of(table("every", 200, *columns))
    summary = load(schema, database.url, shard_rows=50)
    assert by in summary.by
    assert_loaded(database, schema)


def definitions(database, names):
    return [database.query(f"SHOW CREATE TABLE `{name}`") for name in names]


def circle(schema_of):
    """Return tables that refer to each other, and one to itself."""
    boss = {"nullable": True, "foreign_key": {"table": "people", "column": "id"}}
    of_team = {"foreign_key": {"table": "teams", "column": "id"}}
    return schema_of(
        table("people", 90, column("boss_id", "int", **boss), column("team_id", "int", **of_team)),
        table(
            "teams",
            30,
            column("lead_id", "int", foreign_key={"table": "people", "column": "id"}),
            column("size", "int"),
            indexes=[{"name": "by_size", "columns": ["size"]}],
            checks=[{"name": "some", "expression": "id > 0"}],
        ),
    )


def test_the_tables_are_those_that_a_dump_makes(database, lending, tmp_path, request, schema_of):
    """With keys, indexes and checks of the same names, though they had others meanwhile."""
    for schema, names in ((lending, TABLES), (circle(schema_of), ("people", "teams"))):
        load(schema, database.url)
        shardgen.run(schema, tmp_path / "dump.sql", dialect="mysql")
        with new_database("mysql", request, tmp_path) as other:
            other.load(tmp_path / "dump.sql")
            found, expected = definitions(database, names), definitions(other, names)
        assert sorted_lines(expected) == sorted_lines(found)
        assert_sound(database, schema)


def sorted_lines(tables):
    """Return the lines of each table: keys may be in another order."""
    return [sorted(line.rstrip(",") for line in made.splitlines()) for ((_, made),) in tables]


def test_nobody_sees_tables_before_they_are_complete(database, lending, monkeypatch):
    """Until then they have other names, which no message has but that which drops them."""
    seen = []
    real = _Watch.__call__

    def call(self, step):
        real(self, step)
        seen.append(database.tables())

    monkeypatch.setattr(_Watch, "__call__", call)
    load(lending, database.url, **ROWS)
    assert seen
    assert not any({*TABLES} & names for names in seen)
    assert {*TABLES} == database.tables()


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_row_that_the_database_leaves_out_is_refused(database, lending, workers):
    """LOAD DATA LOCAL only warns of rows that keys and checks do not take, and goes on."""
    load(lending, database.url, **(ROWS | {"rows": dict.fromkeys(TABLES, 0)}))
    database.execute("ALTER TABLE loans ADD CONSTRAINT early CHECK (borrower_id > 1)")
    with pytest.raises(DatabaseError, match=r"refused rows \d+\.\.\d+ of loans.*early"):
        load(lending, database.url, ddl=False, shard_rows=60, workers=workers, **ROWS)
    database.execute("ALTER TABLE loans DROP CONSTRAINT early")
    load(lending, database.url, ddl=False, shard_rows=60, resume=True, **ROWS)
    assert_loaded(database, lending, **ROWS)


def test_a_value_that_the_database_changes_is_refused(database, schema_of, by):
    """Of which LOAD DATA LOCAL only warns."""
    schema = schema_of(table("things", 50, column("size", "int")))
    load(schema, database.url, rows={"things": 0})
    database.execute(
        "CREATE TRIGGER cut BEFORE INSERT ON things FOR EACH ROW "
        "IF NEW.id = 34 THEN SET NEW.size = 'x'; END IF"
    )
    with pytest.raises(DatabaseError, match=r"refused rows 20\.\.40 of things: .*'x'") as caught:
        load(schema, database.url, ddl=False, shard_rows=20)
    assert by
    assert "20 of 50 rows are in" in str(caught.value)
    assert 20 == database.count("things")


def test_the_row_is_told_that_is_refused(database, schema_of, monkeypatch):
    """Where the server says which of those that it reads it is."""

    def render(_, asked):
        for n in range(asked.start, asked.stop):
            yield b"%d\t%s\n" % (n + 1, b"x" if n == 33 else b"5")

    schema = schema_of(table("things", 50, column("size", "int")))
    monkeypatch.setattr(Source, "render", render)
    with pytest.raises(DatabaseError, match=r"refused rows 20\.\.40 of things \(row 33\): .*'x'"):
        load(schema, database.url, shard_rows=20)


def test_a_key_that_leads_nowhere_is_refused(database, lending):
    """As rows come in, or where the load makes the table, when they are there."""
    load(lending, database.url, tables=["borrowers"], **ROWS)
    row = database.query("SELECT * FROM borrowers WHERE id = 7")[0]
    database.execute("DELETE FROM borrowers WHERE id = 7")
    with pytest.raises(DatabaseError, match=r"a key of loans leads nowhere: \(7,\); 150 of 150"):
        load(lending, database.url, tables=["loans"], **ROWS)
    listed = ", ".join("NULL" if value is None else f"'{value}'" for value in row)
    database.execute(f"INSERT INTO borrowers VALUES ({listed})")
    load(lending, database.url, tables=["loans"], resume=True, **ROWS)
    assert 150 == database.count("loans")
    database.execute("DELETE FROM loans")
    database.execute("DELETE FROM borrowers WHERE id = 7")
    with pytest.raises(DatabaseError, match=r"of loans.* a foreign key constraint fails"):
        load(lending, database.url, ddl=False, tables=["loans"], **ROWS)
    assert 0 == database.count("loans")


def test_a_circle_in_which_a_key_leads_nowhere_is_refused(database, schema_of):
    """Where its tables are there, and are filled without checks: they follow in the transaction."""
    schema = circle(schema_of)
    load(schema, database.url, rows={"people": 0, "teams": 0})
    database.execute(
        "CREATE TRIGGER astray BEFORE INSERT ON people FOR EACH ROW SET NEW.team_id = 9999"
    )
    with pytest.raises(DatabaseError, match=r"a key of people leads nowhere: \(9999,\)"):
        load(schema, database.url, ddl=False)
    assert (0, 0) == (database.count("people"), database.count("teams"))
    database.execute("DROP TRIGGER astray")
    load(schema, database.url, ddl=False, resume=True)
    assert_loaded(database, schema)


def test_only_one_load_at_a_time(database, lending, monkeypatch):
    """A second one into the same database is told to wait."""
    monkeypatch.setattr(mysql, "SECONDS_TO_LOCK", 0)
    real = _Watch.__call__

    def call(self, step):
        real(self, step)
        with pytest.raises(DatabaseError, match=r"another load into mysql://.* goes on; wait"):
            load(lending, database.url, **ROWS)

    with monkeypatch.context() as patched:
        patched.setattr(_Watch, "__call__", call)
        load(lending, database.url, **ROWS)


def test_tables_without_transactions_are_refused(database, lending):
    """Their rows would stay, whatever the ledger says."""
    load(lending, database.url, tables=["borrowers"], **ROWS)
    database.execute("DELETE FROM borrowers")
    database.execute("ALTER TABLE borrowers ENGINE=MyISAM")
    with pytest.raises(DatabaseError, match="table borrowers is of the engine MyISAM, which has"):
        load(lending, database.url, ddl=False, tables=["borrowers"], **ROWS)
    assert {"borrowers"} == database.tables()


def test_what_a_load_left_that_had_not_begun_is_in_nobodys_way(database, lending):
    """It was killed while it made the tables: its ledger says nothing yet."""
    database.execute("CREATE TABLE shardgen_ledger (step bigint PRIMARY KEY, what mediumtext)")
    database.execute("CREATE TABLE shardgen_load_1 (id int)")
    database.execute("CREATE TABLE shardgen_ledger_ended (id int)")
    load(lending, database.url, **ROWS)
    assert {*TABLES} == database.tables()


def test_an_index_that_was_made_is_not_made_again(database, lending, monkeypatch):
    """A load that was killed between a statement that commits and its line runs it again."""
    real = mysql_loader.MySQLLoader._enter

    def enter(self, cursor, step):
        if step.statement.startswith("ALTER TABLE"):
            raise KeyboardInterrupt
        return real(self, cursor, step)

    with monkeypatch.context() as patched:
        patched.setattr(mysql_loader.MySQLLoader, "_enter", enter)
        with pytest.raises(KeyboardInterrupt):
            load(lending, database.url, **ROWS)
    load(lending, database.url, resume=True, **ROWS)
    assert "idx_loans_status" in database.indexes("loans")
    assert {*TABLES} == database.tables()


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_lost_connection_is_told(database, lending, monkeypatch, workers):
    """With the rows that were on their way, and what is in; the load can be gone on with."""
    real = Source.render
    ((own,),) = database.query("SELECT connection_id()")

    def render(self, asked):
        if asked.index == 4:
            with database.another() as other:  # that of the test is not this process's
                others = other.query(
                    "SELECT id FROM information_schema.processlist "
                    f"WHERE db = database() AND id NOT IN (connection_id(), {own})"
                )
                for (one,) in others:
                    other.execute(f"KILL {one}")
        yield from real(self, asked)

    with monkeypatch.context() as patched:
        patched.setattr(Source, "render", render)
        with pytest.raises(DatabaseError) as caught:
            load(lending, database.url, shard_rows=30, workers=workers, **ROWS)
    said = str(caught.value)
    assert "was lost before MySQL had finished rows " in said
    assert "of 730 rows are in, and --resume goes on" in said
    load(lending, database.url, shard_rows=30, resume=True, **ROWS)
    assert_loaded(database, lending, **ROWS)


def test_a_row_that_cannot_be_made_leaves_nothing(database, lending, monkeypatch):
    """An error on the way into the pipe is that of the load, and its shard is not there."""

    def render(*_):
        yield b"1\t2"
        raise ZeroDivisionError

    load(lending, database.url, **(ROWS | {"rows": dict.fromkeys(TABLES, 0)}))
    with monkeypatch.context() as patched:
        patched.setattr(Source, "render", render)
        with pytest.raises(ZeroDivisionError):
            load(lending, database.url, ddl=False, **ROWS)
    assert 0 == database.count("borrowers")


def test_tables_in_another_database_are_filled_in_every_way(database):
    """`app.users` is the table users of the database app, wherever the URL leads; arrays too."""
    name = database.url.rpartition("/")[2]
    users, orders = f"{name}_app.users", f"{name}.orders"
    key = {"foreign_key": {"table": users, "column": "id"}}
    tags = column("tags", "int[]")
    tables = [table(users, 30, tags), table(orders, 60, column("user_id", "int", **key))]
    schema = {"schema_version": "1.0", "name": "shop", "database_type": ["mysql"]}
    schema["tables"] = tables
    try:
        load(schema, database.url)
        load(schema, database.url, truncate=True, seed=2)
        load(schema, database.url, append=True, seed=2)
        query = f"SELECT id, tags FROM {users} ORDER BY id LIMIT 30"
        before = database.query(query)
        load(schema, database.url, replace=[users], rows={users: 60}, seed=3)
        assert [(60, 120)] == database.query(
            f"SELECT (SELECT count(*) FROM {users}), (SELECT count(*) FROM {orders})"
        )
        assert before != database.query(query)
        with pytest.raises(
            DatabaseError, match=rf"rows of {name}\.orders refer .* 'orders'|be gone"
        ):
            load(schema, database.url, replace=[users], rows={users: 5}, seed=3)
        with pytest.raises(DatabaseError, match="refer"):
            load(schema, database.url, truncate=True, tables=[users])
    finally:
        database.execute("DROP TABLE IF EXISTS orders")
        database.execute(f"DROP DATABASE IF EXISTS {name}_app")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@127.0.0.1:3306", "names no database; write mysql://user@host:3306/name"),
        ("mysql://root@127.0.0.1:x/a", "this is no URL of a MySQL database"),
        ("mysql://me:s3cret@127.0.0.1:1/x", "cannot connect to mysql://me@127.0.0.1:1/x: "),
        ("mysql://root@h/x?conect_timeout=1", "no parameter of a URL of MySQL; did you mean"),
        ("mysql://root@h/x?read_timeout=s3cret", "the parameter 'read_timeout' of the URL is no"),
    ],
)
def test_urls_that_lead_nowhere_are_refused(lending, url, said):
    """With the way out; a password is never repeated."""
    with pytest.raises(DatabaseError, match=said) as caught:
        load(lending, url, **ROWS)
    assert "s3cret" not in str(caught.value)


@pytest.fixture
def stranger(database):
    """Give a user who may do all in a database, by a password."""
    name, secret = f"shardgen_{os.getpid()}", "s3c/ret"
    where = urlsplit(database.url).path[1:]
    database.execute(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{secret}'")
    database.execute(f"GRANT ALL ON `{where}`.* TO '{name}'@'%'")
    yield name, secret
    database.execute(f"DROP USER '{name}'@'%'")


def test_a_password_is_read_and_never_said(database, stranger, shardgen, tmp_path, monkeypatch):
    """From MYSQL_PWD and ~/.my.cnf, where the URL has none; not repeated where it has one."""
    name, secret = stranger
    where = urlsplit(database.url)
    address = f"{where.hostname}:{where.port}{where.path}"
    monkeypatch.setenv("HOME", str(tmp_path))
    bare, own = f"mysql://{name}@{address}", f"mysql://{name}:s3c%2Fret@{address}"
    done = shardgen("load", "fintech-loans", bare)
    assert (9, True) == (done.returncode, "read from ~/.my.cnf or MYSQL_PWD" in done.stderr)
    done = shardgen("load", "fintech-loans", own)
    assert (0, True) == (done.returncode, bare in done.stdout)
    assert "s3c" not in done.stdout + done.stderr
    (tmp_path / ".my.cnf").write_text(f"[client]\nuser = {name}\npassword = {secret}\n")
    done = shardgen("load", "fintech-loans", f"mysql://{address}")
    assert (9, True) == (done.returncode, "has rows in borrowers" in done.stderr)
    assert "s3c" not in done.stdout + done.stderr
