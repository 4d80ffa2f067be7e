"""Tables in schemas: one for each part of an application, with keys from one to another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.databases import Database
from support.loading import Dump, column, table

import shardgen
from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.model import Schema

SchemaOf = Callable[..., Schema]
APP, CRM = (f"shardgen_{name}_{os.getpid()}" for name in ("app", "crm"))
EMAIL = {"generator": "email"}


def two_schemas() -> list[dict[str, Any]]:
    """Return two tables of one name, and one that refers to both and to a table of no schema."""
    own = {"indexes": [{"name": "by_email", "columns": ["email"]}], "comment": "people"}
    kind = column("kind", "enum('a','b')", enum_name=f"{APP}.kind")
    identity = column("id", "int", primary_key=True, identity="always", start=101)
    users = column("email", "varchar(80)", unique=True, **EMAIL)
    total = {"generator": "expression", "generator_params": {"expression": "count(orders)"}}
    return [
        {
            "name": f"{APP}.users", "record_count": 50, **own,
            "columns": [identity, users, kind, column("orders", "int", **total)],
        },
        table(f"{CRM}.users", 40, column("email", "varchar(80)", unique=True, **EMAIL), **own),
        table("plain", 5, column("user_id", "int", foreign_key=key(f"{APP}.users"))),
        table(
            f"{APP}.orders", 300,
            column("user_id", "int", foreign_key=key(f"{APP}.users", fan_out="grouped")),
            column("contact_id", "int", nullable=True, foreign_key=key(f"{CRM}.users")),
            column("n", "int", generator="int_range", generator_params={"min": 1, "max": 9}),
            checks=[{"name": "positive", "expression": "n > 0"}],
            indexes=[{"name": "by_email", "columns": ["n"]}],
        ),
    ]  # fmt: skip


def key(to: str, **more: Any) -> dict[str, Any]:
    return {"table": to, "column": "id", **more}


@pytest.fixture(autouse=True)
def gone(database: Database) -> Iterator[None]:
    """Drop the databases that are schemas to MySQL, before its own is dropped."""
    yield
    if database.dialect == "mysql":
        database.execute("SET foreign_key_checks = 0")
        for name in (APP, CRM):
            database.execute(f"DROP DATABASE IF EXISTS `{name}`")


def named(database: Database, name: str) -> str:
    return DIALECTS[database.dialect].table_name(name)


def test_tables_of_one_name_are_in_their_schemas(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Their rows, keys, indexes, sequences and comments load, and keys lead where they say."""
    schema = own_schema_of(*two_schemas())
    database.load(dump(schema))
    data = shardgen.generate(schema)
    for name, made in data.tables.items():
        assert [(len(made),)] == database.query(f"SELECT count(*) FROM {named(database, name)}")
    users, contacts, orders = (
        named(database, name) for name in (f"{APP}.users", f"{CRM}.users", f"{APP}.orders")
    )
    joined = f"{orders} o JOIN {users} u ON u.id = o.user_id LEFT JOIN {contacts} c"
    found = database.query(
        f"SELECT o.id, u.email, c.email FROM {joined} ON c.id = o.contact_id ORDER BY o.id"
    )
    emails = [{r["id"]: r["email"] for r in data.tables[f"{s}.users"].rows} for s in (APP, CRM)]
    rows = data.tables[f"{APP}.orders"].rows
    assert [
        (r["id"], emails[0][r["user_id"]], emails[1].get(r["contact_id"])) for r in rows
    ] == found
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        database.execute(f"UPDATE {orders} SET contact_id = 99999 WHERE id = 1")
    own = f"(SELECT count(*) FROM {orders} o WHERE o.user_id = u.id)"
    counts = database.query(f"SELECT count(*) FROM {users} u WHERE orders <> {own}")
    assert counts == [(0,)]


def test_rows_are_added_to_tables_that_are_there(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A dump without definitions finds them in their schemas."""
    tables = two_schemas()
    database.load(dump(own_schema_of(*tables)))
    for name in (f"{APP}.orders", f"{CRM}.users", "plain", f"{APP}.users"):
        database.execute(f"DELETE FROM {named(database, name)}")
    database.load(dump(own_schema_of(*tables), ddl=False))
    assert [(300,)] == database.query(f"SELECT count(*) FROM {named(database, f'{APP}.orders')}")


def test_schemas_are_made_where_they_are_missing(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """One that is there already stays; SQLite has none, and puts both names together."""
    if database.dialect != "sqlite":
        database.execute(f"CREATE SCHEMA {database.quote(APP)}")
    database.load(dump(own_schema_of(*two_schemas())))
    if database.dialect == "sqlite":
        flat = {f"{APP}_users", f"{CRM}_users", f"{APP}_orders", "plain"}
        assert flat == database.tables()
    else:
        found = database.query("SELECT table_schema, table_name FROM information_schema.tables")
        assert {(APP, "users"), (CRM, "users"), (APP, "orders")} <= {*found}


WRONG = {
    "postgres": (["public.users", "users"], "are one table in PostgreSQL"),
    "mysql": (["mysql.users"], "the schema 'mysql' is one that MySQL keeps for itself"),
    "sqlite": (["app.users", "app_users"], "is 'app_users' in SQLite, which has no schemas"),
}


def test_names_that_meet_are_refused(database: Database, own_schema_of: SchemaOf) -> None:
    """Two tables that are one to a database, and a schema of its own."""
    names, what = WRONG[database.dialect]
    with pytest.raises(shardgen.SchemaError, match=what):
        own_schema_of(*(table(name, 3) for name in names))


def test_a_key_out_of_a_schema(database: Database, dump: Dump, own_schema_of: SchemaOf) -> None:
    """A table of a schema may refer to one of none, but in MySQL, which is said before."""
    child = table(f"{APP}.c", 9, column("p_id", "int", foreign_key=key("p")))
    if database.dialect == "mysql":
        with pytest.raises(shardgen.SchemaError, match="leads out of a schema to 'p'"):
            own_schema_of(table("p", 3), child)
        return
    database.load(dump(own_schema_of(table("p", 3), child)))
    found = database.query(f"SELECT count(*) FROM {named(database, f'{APP}.c')}")
    assert [(9,)] == found


def test_a_name_with_other_dots_is_one_name(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A table in a schema begins with a letter, and its name has no dot."""
    database.load(dump(own_schema_of(table("v1.2 final", 3), table("a.b.c", 4))))
    assert {"v1.2 final", "a.b.c"} == database.tables()


def test_a_table_in_a_schema_may_have_any_name_without_dots(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Spaces and hyphens, too."""
    database.load(dump(own_schema_of(table(f"{APP}.Paste Errors", 3), table(f"{APP}.my-table", 4))))
    for name, rows in {"Paste Errors": 3, "my-table": 4}.items():
        found = database.query(f"SELECT count(*) FROM {named(database, f'{APP}.{name}')}")
        assert [(rows,)] == found
