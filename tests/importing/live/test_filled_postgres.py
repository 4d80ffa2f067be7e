"""A described PostgreSQL is filled: what is imported loads with every constraint on."""

from __future__ import annotations

import msgspec
import pytest

import shardgen
from shardgen.importing.imported import Sizes, import_schema
from shardgen.plan.plan import Options, build_plan

KINDS = {
    "arrays": (
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        (
            "CREATE TABLE t (id int PRIMARY KEY, a int[] NOT NULL, b text[] NOT NULL, m mood[] NOT "
            "NULL, c text[] NOT NULL CHECK (cardinality(c) = 2))"
        ),
    ),
    "a composite type": (
        "CREATE TYPE pair AS (x int, y text)",
        "CREATE TABLE t (id int PRIMARY KEY, p pair NOT NULL, ps pair[] NOT NULL)",
    ),
    "bytes of a domain, in keys": (
        "CREATE DOMAIN sha AS bytea CHECK (value IS NULL OR octet_length(value) = 20)",
        "CREATE TABLE t (id sha PRIMARY KEY)",
        "CREATE TABLE u (t_id sha NOT NULL REFERENCES t)",
    ),
    "generated columns": (
        (
            "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL, "
            "b int NOT NULL GENERATED ALWAYS AS (a + 1) STORED)"
        ),
    ),
    "partitions": (
        "CREATE TABLE t (kind text, d date) PARTITION BY LIST (kind)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('a', 'b')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN ('c') PARTITION BY RANGE (d)",
        "CREATE TABLE t3 PARTITION OF t2 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
    ),
    "keys with conditions": (
        "CREATE TABLE k (id serial PRIMARY KEY)",
        "CREATE TABLE t (k_id int NOT NULL REFERENCES k CHECK (k_id IN (2, 3)))",
        (
            "CREATE TABLE u (a int NOT NULL REFERENCES k, b int NOT NULL REFERENCES k, "
            "PRIMARY KEY (a, b), CHECK (a < b))"
        ),
    ),
    "numbers of a key that are compared": (
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b), CHECK (a < b))",
    ),
    "JSON of a kind": (
        (
            "CREATE TABLE t (a jsonb NOT NULL CHECK (jsonb_typeof(a) = 'object'), "
            "b jsonb NOT NULL CHECK (jsonb_typeof(b) IN ('array', 'null')), "
            "c json NOT NULL CHECK (json_typeof(c) <> 'object'))"
        ),
    ),
    "triggers that refuse rows": (
        "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL, n int NOT NULL, m int)",
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'never'; END IF; "
            "IF length(NEW.name) > 9 THEN RAISE EXCEPTION 'long'; "
            "ELSIF NEW.n < 100 THEN RAISE EXCEPTION 'small'; END IF; RETURN NEW; END $$"
        ),
        "CREATE TRIGGER g BEFORE INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    "conditions by functions": (
        "CREATE FUNCTION own(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT $1 <> ''$$",
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "CREATE TABLE p (id serial PRIMARY KEY, kind kind NOT NULL, gone boolean NOT NULL)",
        (
            "CREATE FUNCTION of_kind(p_id int, VARIADIC kinds kind[]) RETURNS boolean LANGUAGE "
            "plpgsql AS $$ BEGIN RETURN (SELECT p.kind FROM p WHERE p.id = p_id) = ANY (kinds); "
            "END $$"
        ),
        (
            "CREATE TABLE t (p_id int NOT NULL REFERENCES p, name text NOT NULL CHECK (own(name)), "
            "CHECK (of_kind(p_id, 'a')))"
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF (SELECT gone FROM p WHERE id = NEW.p_id) THEN RAISE EXCEPTION 'gone'; END IF; "
            "IF NOT EXISTS (SELECT FROM p WHERE p.id = NEW.p_id AND NOT p.gone) THEN "
            "RAISE EXCEPTION 'gone too'; END IF; RETURN NEW; END $$"
        ),
        "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    "a number that a key must not have": (
        "CREATE TABLE t (id serial PRIMARY KEY, a int, CHECK (id <> 1 OR a = 3), CHECK (a = 4))",
    ),
    "keys to what may be null": (
        "CREATE TABLE t (name text UNIQUE)",
        "CREATE TABLE u (t_name text NOT NULL REFERENCES t (name))",
    ),
    "keys with conditions on numbers that do not count": (
        "CREATE TABLE k (id serial PRIMARY KEY, code int NOT NULL UNIQUE)",
        (
            "CREATE TABLE t (code int NOT NULL REFERENCES k (code), "
            "CHECK (code >= 100 AND code < 5000))"
        ),
    ),
    "an index of numbers in texts": (
        "CREATE TABLE t (number text, at varchar(9) NOT NULL)",
        "CREATE INDEX ON t ((number::integer) DESC)",
        "CREATE INDEX ON t ((at::bigint))",
    ),
    "what has not a form": (
        (
            "CREATE TABLE t (name text NOT NULL CHECK (name !~ '\\s' AND name NOT LIKE '%-%'), "
            "p text[] NOT NULL CHECK (NOT p::text ~ '([{,]:|::|:[,}])' AND NOT ('' = ANY (p))))"
        ),
    ),
    "a char of a form": (
        "CREATE TABLE t (c char(5) NOT NULL CHECK (c ~ '^a-?[0-9]{3}$'))",
        "CREATE TABLE u (lock char(1) NOT NULL CHECK (lock = 'X'))",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_loads_with_every_constraint_on(kind, postgres, tmp_path):
    """No table is without rows."""
    imported = import_schema(postgres.described(*KINDS[kind]), Sizes(rows=20))
    dump = tmp_path / "dump.sql"
    shardgen.run(imported.schema, dump, dialect="postgres", ddl=False)
    postgres.load(dump)
    for table in imported.schema.tables:
        ((count,),) = postgres.query(f"SELECT count(*) FROM {table.name}")
        assert 20 == count, (table.name, imported.notes)


def test_a_circle_of_required_keys_is_filled(postgres, tmp_path):
    """Keys that are checked at once wait while rows are loaded, and are as before then."""
    described = postgres.described(
        "CREATE TABLE a (id int PRIMARY KEY, b_id int NOT NULL)",
        "CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a)",
        "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b",
    )
    imported = import_schema(described, Sizes(rows=20))
    dump = tmp_path / "dump.sql"
    shardgen.run(imported.schema, dump, dialect="postgres", ddl=False)
    postgres.load(dump)
    assert [(20, 20)] == postgres.query("SELECT (SELECT count(*) FROM a), count(*) FROM b")
    held = "SELECT bool_or(condeferrable), bool_and(convalidated) FROM pg_constraint"
    assert [(False, True)] == postgres.query(f"{held} WHERE contype = 'f'")


def test_triggers_are_off_while_rows_are_loaded(postgres, tmp_path):
    """None refuses a row or writes one; those that were on are so again, as they were."""
    described = postgres.described(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no'; END $$",
        *(
            f"CREATE TRIGGER {name} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()"
            for name in ("usual", "always", "off")
        ),
        "ALTER TABLE t ENABLE ALWAYS TRIGGER always",
        "ALTER TABLE t DISABLE TRIGGER off",
    )
    imported = import_schema(described, Sizes(rows=20))
    assert "--no-triggers" in str(imported.notes)
    (table,) = imported.schema.tables
    filled = msgspec.structs.replace(table, record_count=20)
    schema = msgspec.structs.replace(imported.schema, tables=(filled,))
    dump = tmp_path / "dump.sql"
    shardgen.run(schema, dump, dialect="postgres", ddl=False, triggers=False)
    postgres.load(dump)
    assert [(20,)] == postgres.query("SELECT count(*) FROM t")
    modes = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    found = {name: str(mode).strip("b'") for name, mode in postgres.query(modes)}
    assert {"usual": "O", "always": "A", "off": "D"} == found


def test_a_table_that_others_are_compared_with_is_empty(postgres, tmp_path):
    """A row that another table has none like is taken; the one that fewer tables need gives way."""
    described = postgres.described(
        "CREATE TABLE reserved (name text PRIMARY KEY)",
        "CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE u (t_id int NOT NULL REFERENCES t)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name IN "
        "(SELECT name FROM reserved) THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    )
    imported = import_schema(described, Sizes(rows=20))
    rows = {table.name: table.record_count for table in imported.schema.tables}
    assert {"reserved": 0, "t": 20, "u": 20} == rows
    dump = tmp_path / "dump.sql"
    shardgen.run(imported.schema, dump, dialect="postgres", ddl=False)
    postgres.load(dump)


@pytest.mark.parametrize(
    "options",
    [
        {"dialect": "mysql", "ddl": False},
        {"dialect": "sqlite", "ddl": False},
        {"dialect": "postgres", "ddl": False, "format": "csv"},
        {"dialect": "postgres", "ddl": False, "format": "jsonl"},
        {"dialect": "postgres"},
    ],
    ids=str,
)
def test_triggers_stay_where_nothing_switches_them_off(options):
    """What is asked for and cannot be done is a mistake, before the first row."""
    with pytest.raises(shardgen.PlanError, match="triggers are to be off"):
        build_plan(shardgen.load_schema("fintech-loans"), Options(triggers=False, **options))
