"""Keys that begin later, that take no other value, that wait, and what follows a parent's end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.databases import Database, LoadError
from support.loading import Dump, assert_loaded, assert_sound, column, table

import shardgen
from shardgen.schema.model import Schema

SchemaOf = Callable[..., Schema]
START = 1001


def key(to: str, **more: object) -> dict[str, object]:
    return {"table": to, "column": "id", **more}


def started(rows: int) -> list[dict[str, object]]:
    first = {"primary_key": True, "start": START}
    return [
        {"name": "p", "record_count": rows, "columns": [column("id", "int", **first)]},
        table("c", rows * 3, column("p_id", "int", foreign_key=key("p"))),
    ]


def insert_defaults(database: Database, name: str) -> None:
    values = "() VALUES ()" if database.dialect == "mysql" else "DEFAULT VALUES"
    database.execute(f"INSERT INTO {database.quote(name)} {values}")


def test_rows_can_be_added_behind_a_started_key(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """The first key is `start`, keys of children lead there, and the database counts on."""
    schema = own_schema_of(*started(20))
    database.load(dump(schema))
    assert_loaded(database, schema)
    assert_sound(database, schema)
    name = database.quote("p")
    assert [(START, START + 19)] == database.query(f"SELECT min(id), max(id) FROM {name}")
    default = f"INSERT INTO {name} " + (
        "() VALUES ()" if database.dialect == "mysql" else "DEFAULT VALUES"
    )
    database.execute(default)
    assert [(START + 20,)] == database.query(f"SELECT max(id) FROM {name}")


def test_an_empty_table_begins_where_it_is_said(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Where no row was made, the database's own first key is `start`; SQLite has no word for it."""
    database.load(dump(own_schema_of(*started(0))))
    name = database.quote("p")
    default = f"INSERT INTO {name} " + (
        "() VALUES ()" if database.dialect == "mysql" else "DEFAULT VALUES"
    )
    database.execute(default)
    first = 1 if database.dialect == "sqlite" else START
    assert [(first,)] == database.query(f"SELECT id FROM {name}")


def test_rows_of_two_runs_stand_behind_each_other(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A second dump without table definitions adds its rows behind those of the first."""
    first = [table("p", 20, column("n", "int"))]
    database.load(dump(own_schema_of(*first)))
    second = [table("p", 30, column("n", "int"))]
    second[0]["columns"] = [column("id", "int", primary_key=True, start=21), column("n", "int")]
    database.load(dump(own_schema_of(*second), ddl=False))
    assert database.count("p") == 50
    assert [(1, 50)] == database.query(f"SELECT min(id), max(id) FROM {database.quote('p')}")


def test_an_identity_that_is_always_so_loads(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """PostgreSQL takes no other value from then on, and goes on counting; others say so before."""
    facts = {"primary_key": True, "identity": "always"}
    columns = [column("id", "bigint", **facts), column("n", "int", nullable=True)]
    schema = own_schema_of({"name": "p", "record_count": 20, "columns": columns})
    warnings = shardgen.generate(schema).warnings
    assert (["changed-key"] if database.dialect != "postgres" else []) == [w.name for w in warnings]
    database.load(dump(schema))
    assert_loaded(database, schema)
    database.execute("INSERT INTO p (n) VALUES (NULL)")
    assert [(21,)] == database.query("SELECT max(id) FROM p")
    if database.dialect == "postgres":
        with pytest.raises(Exception, match="GENERATED ALWAYS"):
            database.execute("INSERT INTO p (id) VALUES (99)")


def test_a_default_takes_the_place_of_a_parent(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """ON DELETE SET DEFAULT leads to the default's row; MySQL has none, which is a mistake."""
    tables = [
        table("p", 5),
        table(
            "c", 20, column("p_id", "int", default=1, foreign_key=key("p", on_delete="SET DEFAULT"))
        ),
    ]
    if database.dialect == "mysql":
        with pytest.raises(
            shardgen.SchemaError, match="SET DEFAULT, which MySQL and MariaDB refuse"
        ):
            own_schema_of(*tables)
        return
    database.load(dump(own_schema_of(*tables)))
    before = database.count("c", "p_id IN (1, 2)")
    database.execute("DELETE FROM p WHERE id = 2")
    assert database.count("c", "p_id = 1") == before > 0


@pytest.mark.parametrize("when", ["immediate", "deferred"])
def test_a_key_may_wait_for_the_end_of_a_transaction(
    database: Database, dump: Dump, own_schema_of: SchemaOf, when: str
) -> None:
    """A deferred key lets a child come first; an immediate one where it is asked to."""
    schema = own_schema_of(
        table("p", 5), table("c", 20, column("p_id", "int", foreign_key=key("p", deferrable=when)))
    )
    warnings = [w.name for w in shardgen.generate(schema).warnings]
    assert (["changed-key"] if database.dialect == "mysql" else []) == warnings
    database.load(dump(schema))
    assert_sound(database, schema)
    if database.dialect == "mysql":
        return
    database.execute("BEGIN")
    if when == "immediate" and database.dialect == "postgres":
        database.execute("SET CONSTRAINTS ALL DEFERRED")
    if when == "immediate" and database.dialect == "sqlite":
        database.execute("PRAGMA defer_foreign_keys = ON")
    database.execute("INSERT INTO c (id, p_id) VALUES (99, 98)")
    database.execute("INSERT INTO p (id) VALUES (98)")
    database.execute("COMMIT")
    assert database.count("c") == 21


def test_comments_are_kept(database: Database, dump: Dump, own_schema_of: SchemaOf) -> None:
    """Of tables and columns, whatever is in them; SQLite has none, and says so."""
    odd = "it's \\ \"x\"; -- 日本\n'); DROP TABLE p;--"
    schema = own_schema_of(table("p", 5, column("n", "int", comment=odd), comment=odd))
    warnings = {w.name for w in shardgen.generate(schema).warnings}
    assert ({"dropped-comment"} if database.dialect == "sqlite" else set()) == warnings
    database.load(dump(schema))
    assert_loaded(database, schema)
    found = {
        "postgres": "SELECT obj_description('p'::regclass), col_description('p'::regclass, 2)",
        "mysql": "SELECT table_comment, column_comment FROM information_schema.tables t "
        "JOIN information_schema.columns c USING (table_schema, table_name) "
        "WHERE table_schema = database() AND column_name = 'n'",
        "sqlite": "SELECT ?1, ?1".replace("?1", "'none'"),
    }[database.dialect]
    kept = "none" if database.dialect == "sqlite" else odd
    assert [(kept, kept)] == database.query(found)


def test_a_comment_that_is_too_long_is_refused(
    own_schema_of: SchemaOf, target: tuple[str, str]
) -> None:
    """With the numbers, where a database has a limit."""
    tables = [table("p", 5, column("n", "int", comment="x" * 1025))]
    if target[0] == "mysql":
        with pytest.raises(shardgen.SchemaError, match="1025 characters, and MySQL takes 1024"):
            own_schema_of(*tables)
    else:
        own_schema_of(*tables)


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"type": "int", "start": 7}, "start is 7, and the column numbers no rows"),
        ({"type": "int", "identity": "always"}, "identity on a column that is not the whole"),
        ({"type": "text", "identity": "always"}, "identity on a column of type text"),
    ],
)
def test_what_does_not_count_has_no_start(
    own_schema_of: SchemaOf, facts: dict[str, object], what: str
) -> None:
    """A start or an identity of a column that numbers no rows is a mistake."""
    with pytest.raises(shardgen.SchemaError, match=what):
        own_schema_of(table("p", 5, {"name": "n", **facts}))


def test_a_start_beyond_the_type_is_refused(own_schema_of: SchemaOf) -> None:
    """The last key must fit, not the first alone."""
    columns = [column("id", "smallint", primary_key=True, start=32_700)]
    schema = own_schema_of({"name": "p", "record_count": 100, "columns": columns})
    with pytest.raises(shardgen.SchemaError, match="32799"):
        shardgen.generate(schema)


def test_a_slice_of_a_started_table_is_the_same(own_schema_of: SchemaOf) -> None:
    """Any rows of parent and child alone are those of the whole."""
    data = shardgen.generate(own_schema_of(*started(50)))
    for each in data.tables.values():
        assert each.rows[17:31] == each.slice(17, 31)
    keys = {row["id"] for row in data.tables["p"].rows}
    assert {row["p_id"] for row in data.tables["c"].rows} <= keys == set(range(START, START + 50))


def test_a_refused_dump_says_so(database: Database, dump: Dump, own_schema_of: SchemaOf) -> None:
    """Rows that were added twice meet the key of those that are there."""
    path = dump(own_schema_of(*started(5)))
    database.load(path)
    again = dump(own_schema_of(*started(5)), ddl=False)
    with pytest.raises(LoadError):
        database.load(again)
