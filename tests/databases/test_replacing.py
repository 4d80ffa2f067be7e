"""`shardgen load --replace`: other rows in a table, and everything else as it was."""

from __future__ import annotations

import pytest
from support.databases import new_database
from support.kills import failing_after, killed_after
from support.loading import LENDING_ROWS, assert_sound, column, expected_rows, table

from shardgen import generate
from shardgen.errors import DatabaseError, PlanError
from shardgen.execution.loading.load import load
from shardgen.plan.load import load_schema

pytestmark = pytest.mark.usefixtures("clean_children")

KINDS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mysql", marks=pytest.mark.mariadb),
    "sqlite",
    "duckdb",
]
ROWS = LENDING_ROWS


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Give an empty database of each kind."""
    with new_database(request.param, request, tmp_path) as made:
        yield made


def schema_of(*tables, **more):
    """Return a schema of these tables for every database."""
    databases = ["postgres", "mysql", "sqlite"]
    raw = {"schema_version": "1.0", "name": "shop", "database_type": databases}
    return load_schema(raw | more | {"tables": list(tables)})


def key(to, name="id", **more):
    return {"foreign_key": {"table": to, "column": name, **more}}


def every_row(database, schema):
    return {each.name: database.rows(each.name, schema) for each in schema.tables}


def assert_nothing_is_left(database, schema):
    """No ledger, no staging."""
    own = {each.name for each in schema.tables} | {"sqlite_stat1"}
    assert database.tables() <= own
    if database.dialect == "postgres":
        staging = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shardgen%'"
        assert [] == database.query(staging)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_rows_of_a_table_are_replaced_and_nothing_else(database, lending, workers):
    """They are those of a run with its seed; children, keys and indexes are as before."""
    load(lending, database.url, rows=ROWS, seed=1)
    before = every_row(database, lending)
    keys = {name: database.foreign_keys(name) for name in ROWS}
    indexes = {name: database.indexes(name) for name in ROWS}
    options = {"seed": 5, "shard_rows": 60}
    summary = load(lending, database.url, replace=["loans"], rows={"loans": 150}, workers=workers,
                   **options)  # fmt: skip
    assert ("replace", 150, {"loans": 150}) == (summary.way, summary.rows, summary.tables)
    found = every_row(database, lending)
    assert before["loans"] != found["loans"]
    assert expected_rows(lending, "loans", rows=ROWS, seed=5) == found["loans"]
    assert before | {"loans": found["loans"]} == found
    assert keys == {name: database.foreign_keys(name) for name in ROWS}
    assert indexes == {name: database.indexes(name) for name in ROWS}
    assert_sound(database, lending)
    assert_nothing_is_left(database, lending)


def test_the_same_rows_come_again(database, lending):
    """With the seed of the first load, and the other tables as they are there, nothing changes."""
    load(lending, database.url, rows=ROWS, seed=1)
    before = every_row(database, lending)
    load(lending, database.url, replace=["payments", "loans"], seed=1,
         rows={"payments": 500, "loans": 150})  # fmt: skip
    assert before == every_row(database, lending)


CASES = [
    ({"on_delete": "CASCADE"}, {}),
    ({"on_delete": "SET NULL"}, {"nullable": True}),
    ({"on_delete": "RESTRICT"}, {}),
]


@pytest.mark.parametrize(("rule", "more"), CASES, ids=["cascade", "set null", "restrict"])
def test_nothing_happens_to_children(database, rule, more):
    """Whatever their keys do when a parent goes; more rows than before are well too."""
    schema = schema_of(
        table("users", 30, column("name", "varchar(40)")),
        table("orders", 60, column("user_id", "int", **more, **key("users", **rule))),
    )
    load(schema, database.url, seed=1)
    before = database.rows("orders", schema)
    load(schema, database.url, replace=["users"], rows={"users": 45}, seed=2)
    assert before == database.rows("orders", schema)
    assert 45 == database.count("users")
    if database.dialect == "duckdb":  # it makes no keys, and a query looks at them
        return
    (on_delete,) = [each[3] for each in database.foreign_keys("orders")]
    assert rule["on_delete"] == on_delete
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        database.execute("INSERT INTO orders (id, user_id) VALUES (999, 999)")


def test_children_that_would_lose_their_parents_keep_them(database, lending, monkeypatch):
    """Refused before a row is made, with the numbers and the way out."""
    load(lending, database.url, rows=ROWS)
    before = every_row(database, lending)
    lost = database.count("payments", "loan_id > 100")
    with monkeypatch.context() as patched:
        patched.setattr("shardgen.execution.loading.load_workers.do_all", None)
        with pytest.raises(DatabaseError) as caught:
            load(lending, database.url, replace=["loans"], rows={"loans": 100})
    said = str(caught.value)
    assert f"{lost} rows of payments refer by (loan_id) to rows of loans that would be gone" in said
    assert "it is to get 100 rows, id 1 to 100; --rows loans=150 keeps their keys, or " in said
    assert "replace payments too" in said
    with pytest.raises(PlanError, match="500 rows need a parent each, and 'loans' has none"):
        load(lending, database.url, replace=["loans"], rows={"loans": 0})
    assert before == every_row(database, lending)
    assert_nothing_is_left(database, lending)
    load(lending, database.url, replace=["loans", "payments"], rows={"loans": 100, "payments": 300})
    assert_sound(database, lending)


def test_keys_that_do_not_count_are_looked_at_before_the_swap(database):
    """Another seed has others: nothing is replaced, and the message says what to drop."""
    schema = schema_of(
        table("users", 30, column("email", "varchar(99)", unique=True, generator="email")),
        table("orders", 60, column("by", "varchar(99)", **key("users", "email"))),
    )
    load(schema, database.url, seed=1)
    before = every_row(database, schema)
    with pytest.raises(DatabaseError) as caught:
        load(schema, database.url, replace=["users"], seed=2)
    said = str(caught.value)
    assert "nothing is replaced: " in said
    assert "rows of orders refer by (" in said
    assert "with their seed, or replace orders too" in said
    assert before == every_row(database, schema)
    for statement in said.rpartition(": ")[2].split("; "):
        database.execute(statement)
    assert_nothing_is_left(database, schema)
    load(schema, database.url, replace=["users"], seed=1)
    assert before == every_row(database, schema)
    load(schema, database.url, replace=["users", "orders"], seed=2)
    assert generate(schema, seed=2).tables["orders"].rows == database.rows("orders", schema)
    with pytest.raises(PlanError, match="replace 'users' too"):
        load(schema, database.url, replace=["orders"], seed=3)


def test_tables_that_refer_to_themselves_and_to_each_other(database):
    """Keys within what is replaced lead to its new rows."""
    boss = {"nullable": True, **key("people")}
    schema = schema_of(
        table(
            "people", 90, column("boss_id", "int", **boss), column("team", "int", **key("teams"))
        ),
        table("teams", 30, column("lead_id", "int", **key("people"))),
        table("notes", 50, column("person_id", "int", **key("people"))),
    )
    load(schema, database.url, seed=1)
    before = every_row(database, schema)
    load(schema, database.url, replace=["people"], seed=2, shard_rows=20)
    found = every_row(database, schema)
    assert before | {"people": found["people"]} == found
    assert generate(schema, seed=2).tables["people"].rows == found["people"]
    load(schema, database.url, replace=["teams", "people"], seed=3, shard_rows=20)
    assert generate(schema, seed=3).tables["teams"].rows == database.rows("teams", schema)
    assert before["notes"] == database.rows("notes", schema)
    assert_sound(database, schema)


def log_of_changes(database, name):
    """Have the database write down each row that comes to a table or goes."""
    database.execute("CREATE TABLE changes (what varchar(9))")
    if database.dialect != "postgres":
        each, note = (
            ("", "BEGIN {}; END") if database.dialect == "sqlite" else ("FOR EACH ROW", "{}")
        )
        for event in ("INSERT", "DELETE"):
            noted = note.format(f"INSERT INTO changes VALUES ('{event}')")
            database.execute(f"CREATE TRIGGER noted_{event} AFTER {event} ON {name} {each} {noted}")
        return
    database.execute("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
                     "'BEGIN INSERT INTO changes VALUES (TG_OP); RETURN NULL; END'")  # fmt: skip
    for n, (event, each) in enumerate(
        (("INSERT", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT"))
    ):
        database.execute(f"CREATE TRIGGER noted_{n} AFTER {event} ON {name} "
                         f"FOR EACH {each} EXECUTE FUNCTION note()")  # fmt: skip
    database.execute(f"CREATE TRIGGER off AFTER INSERT ON {name} EXECUTE FUNCTION note()")
    database.execute(f"ALTER TABLE {name} DISABLE TRIGGER off")
    database.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER noted_0")


def triggers_of(database):
    if database.dialect == "sqlite":
        return database.query("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return database.query("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal "
                          "ORDER BY 1")  # fmt: skip


@pytest.mark.parametrize("kind", [KINDS[0], "sqlite"])
def test_triggers_are_off_meanwhile_and_as_they_were_then(kind, lending, request, tmp_path):
    """Those that were off stay off."""
    with new_database(kind, request, tmp_path) as database:
        load(lending, database.url, rows=ROWS)
        log_of_changes(database, "loans")
        triggers = triggers_of(database)
        load(lending, database.url, replace=["loans"], rows={"loans": 150}, seed=3)
        assert 0 == database.count("changes")
        assert triggers == triggers_of(database)


@pytest.mark.mariadb
def test_mysql_refuses_triggers_that_would_fire(lending, request, tmp_path):
    """They cannot be off there; and nobody who may not see them says that there are none."""
    with new_database("mysql", request, tmp_path) as database:
        load(lending, database.url, rows=ROWS)
        before = every_row(database, lending)
        log_of_changes(database, "loans")
        options = {"replace": ["loans"], "rows": {"loans": 150}, "seed": 3}
        with pytest.raises(
            DatabaseError, match="would fire: noted_DELETE, noted_INSERT; drop them"
        ):
            load(lending, database.url, **options)
        load(lending, database.url, replace=["credit_scores"], rows={"credit_scores": 40})
        for event in ("INSERT", "DELETE"):
            database.execute(f"DROP TRIGGER noted_{event}")
        database.execute("DROP TABLE changes")
        name = database.url.rpartition("/")[2]
        user = f"{name[-20:]}'@'%"
        database.execute(f"CREATE USER '{user}' IDENTIFIED BY 'word'")
        try:
            rights = "SELECT, INSERT, DELETE, CREATE, ALTER, DROP"
            database.execute(f"GRANT {rights} ON `{name}`.* TO '{user}'")
            url = database.url.replace("root:", f"{name[-20:]}:word")
            with pytest.raises(DatabaseError, match=r"cannot be seen without .* ON `loans`$"):
                load(lending, url, **options)
            assert before == every_row(database, lending)
            database.execute(f"GRANT TRIGGER ON `{name}`.loans TO '{user}'")
            load(lending, url, **options)
        finally:
            database.execute(f"DROP USER '{user}'")
        assert expected_rows(lending, "loans", rows=ROWS, seed=3) == database.rows("loans", lending)
        assert_nothing_is_left(database, lending)


def test_duckdb_refuses_keys_of_its_own_and_old_versions(lending, tmp_path, request, monkeypatch):
    """It looks at each row that such a key leads to, as it goes."""
    with new_database("duckdb", request, tmp_path) as database:
        load(lending, database.url, rows=ROWS)
        before = every_row(database, lending)
        database.execute("CREATE TABLE notes (loan_id INTEGER REFERENCES loans (id))")
        with pytest.raises(
            DatabaseError, match="keys of notes lead to loans, whose rows are to be"
        ):
            load(lending, database.url, replace=["loans"])
        database.execute("DROP TABLE notes")
        with monkeypatch.context() as patched:
            patched.setattr("duckdb.__version__", "1.2.2")
            with pytest.raises(DatabaseError, match=r"use DuckDB 1\.3 or later"):
                load(lending, database.url, replace=["loans"], rows={"loans": 150})
        assert before == every_row(database, lending)
        assert_nothing_is_left(database, lending)


@pytest.mark.parametrize("steps", [1, 2])
def test_replacing_is_gone_on_with(database, lending, monkeypatch, steps):
    """Until it is complete, the table has its old rows."""
    load(lending, database.url, rows=ROWS, seed=1)
    before = every_row(database, lending)
    options = {"rows": {"loans": 150}, "seed": 2, "shard_rows": 60, "replace": ["loans"]}
    told = []
    with monkeypatch.context() as patched:
        failing_after(patched, KeyboardInterrupt, steps)
        with pytest.raises(KeyboardInterrupt):
            load(lending, database.url, tell=told.append, **options)
    said = f"{60 * steps} of 150 rows are in, and --resume goes on; tables are as they were"
    assert said in told[-1].line
    assert before == every_row(database, lending)
    with pytest.raises(DatabaseError, match="--resume goes on"):
        load(lending, database.url, **options)
    summary = load(lending, database.url, resume=True, **options)
    assert 60 * steps == summary.resumed
    assert expected_rows(lending, "loans", rows=ROWS, seed=2) == database.rows("loans", lending)
    assert_nothing_is_left(database, lending)


def test_replacing_that_is_killed_leaves_the_old_rows_or_the_new_ones(database, lending):
    """By SIGKILL, while workers bring rows and within the swap itself."""
    load(lending, database.url, scale=2, seed=1)
    before = every_row(database, lending)
    more = ("--replace", "payments", "--seed", "2")
    for step in (1, 3):
        killed_after(step, database.url, 2, *more)
        assert before == every_row(database, lending)
    killed_at(IN_THE_SWAP[database.dialect], database, 2, *more)
    assert before == every_row(database, lending)
    load(lending, database.url, scale=2, seed=2, shard_rows=2000, replace=["payments"], resume=True)
    new = expected_rows(lending, "payments", scale=2, seed=2)
    assert before | {"payments": new} == every_row(database, lending)
    assert_nothing_is_left(database, lending)


@pytest.mark.mariadb
def test_mysql_is_killed_between_the_swap_and_its_end(lending, request, tmp_path):
    """The new rows are in then, and stay; the message says so, and what is left is dropped."""
    with new_database("mysql", request, tmp_path) as database:
        load(lending, database.url, scale=2, seed=1)
        options = {"scale": 2, "seed": 2, "shard_rows": 2000, "replace": ["payments"]}
        for statement in ("ANALYZE", "DROP TABLE IF EXISTS `shardgen_load"):
            moment = ("mysql", "MySQLSession", "_all", statement)
            killed_at(moment, database, 2, "--replace", "payments", "--seed", "2")
            new = expected_rows(lending, "payments", scale=2, seed=2)
            assert new == database.rows("payments", lending)
            with pytest.raises(DatabaseError, match="goes on with it; the new rows are in their "):
                load(lending, database.url, **options)
        load(lending, database.url, resume=True, **options)
        assert new == database.rows("payments", lending)
        assert_nothing_is_left(database, lending)


_KILLED = """
import os, signal
from importlib import import_module
module, owner, name, start = {moment}
kind = getattr(import_module("shardgen.execution.loading." + module), owner)
def run(self, statement, *more, real=getattr(kind, name)):
    made = real(self, statement, *more)
    if statement.startswith(start):
        os.kill(os.getpid(), signal.SIGKILL)
    return made
setattr(kind, name, run)
"""
IN_THE_SWAP = {
    "postgres": ("postgres_replacing", "Swap", "_run", "INSERT INTO"),
    "mysql": ("mysql", "MySQLSession", "_all", "INSERT INTO `payments`"),
    "sqlite": ("sqlite_replacing", "Swap", "_run", "INSERT INTO"),
    "duckdb": ("duckdb_replacing", "Swap", "_ask", "INSERT INTO"),
}
"""What runs statements, and with what that begins which is to be the last."""


def killed_at(moment, database, scale, *more):
    import signal
    import subprocess

    from support.kills import load_command

    command = load_command(database.url, scale, *more)
    command[2] = _KILLED.format(moment=moment) + command[2]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert (-signal.SIGKILL, b"") == (done.returncode, done.stdout)


def test_what_cannot_be_replaced_is_refused(database, lending):
    """Unknown tables, other tables' rows, two ways at once; and tables that differ."""
    load(lending, database.url, rows=ROWS)
    before = every_row(database, lending)
    for options, said in (
        ({"replace": ["loan"]}, "there is no table 'loan' to write"),
        ({"replace": ["loans"], "rows": {"borrowers": 9}}, "9 rows of 'borrowers' are asked for, "),
        ({"replace": ["loans"], "tables": ["loans"]}, "leave tables out"),
        ({"replace": ["loans"], "append": True}, "append and replace are asked for at once"),
    ):
        with pytest.raises(PlanError, match=said):
            load(lending, database.url, **options)
    database.execute("DELETE FROM payments")
    database.execute("DELETE FROM loans WHERE id = 7")
    with pytest.raises(PlanError, match="149 with keys 1 to 150, and 1 to 149 are looked for"):
        load(lending, database.url, replace=["payments"])
    database.execute("ALTER TABLE credit_scores RENAME COLUMN score TO points")
    with pytest.raises(DatabaseError, match="does not take the rows of fintech-loans"):
        load(lending, database.url, replace=["credit_scores"])
    assert before["credit_scores"][0]["id"] == 1
    assert 40 == database.count("credit_scores")


@pytest.mark.postgres
def test_sequences_go_on_after_the_new_rows(request, tmp_path):
    """And keys that the database always gives are those of the schema."""
    with new_database("postgres", request, tmp_path) as database:
        schema = schema_of(table("users", 30, column("name", "varchar(40)")))
        load(schema, database.url)
        database.execute("ALTER TABLE users ALTER id SET GENERATED ALWAYS")
        load(schema, database.url, replace=["users"], rows={"users": 12}, seed=2)
        database.execute("INSERT INTO users (name) VALUES ('next')")
        assert [(13,)] == database.query("SELECT max(id) FROM users")


@pytest.mark.postgres
def test_keys_are_made_again_as_they_were(request, tmp_path):
    """With their names and comments, valid or not, and from tables that no schema has."""
    with new_database("postgres", request, tmp_path) as database:
        schema = schema_of(table("users", 30, column("name", "varchar(40)")))
        load(schema, database.url)
        for statement in (
            "CREATE SCHEMA other",
            'CREATE TABLE other."Odd one" (user_id int)',
            """ALTER TABLE other."Odd one" ADD CONSTRAINT "its Key" FOREIGN KEY (user_id)
               REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED""",
            """COMMENT ON CONSTRAINT "its Key" ON other."Odd one" IS 'it''s a key'""",
            'INSERT INTO other."Odd one" VALUES (3), (NULL)',
            "CREATE TABLE loose (user_id int)",
            "INSERT INTO loose VALUES (999), (5)",
            "ALTER TABLE loose ADD FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID",
        ):
            database.execute(statement)
        keys = (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated,"
            " obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE contype = 'f'"
            " ORDER BY 1"
        )
        made = database.query(keys)
        load(schema, database.url, replace=["users"], seed=2)
        assert made == database.query(keys)
        with pytest.raises(DatabaseError, match=r"1 rows of other\.Odd one refer by"):
            load(schema, database.url, replace=["users"], rows={"users": 2})
