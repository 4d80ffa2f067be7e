"""Keys that wait for later rows cost SQLite as much for a row of many as for one of few."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from support.keys import key, load, table

from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Schema

ID = {"type": "bigint", "primary_key": True}


def circle(**more: Any) -> Schema:
    """Rows of `a` come before those of `b`, to which they refer; `a` refers to itself too."""
    own = {"id": ID, "b_id": key("b", nullable=True), "a_id": key("a", nullable=True)}
    return load(table("a", 10, own, **more), table("b", 10, {"id": ID, "a_id": key("a")}))


def dump(schema: Schema, rows: int, *, ddl: bool = True) -> list[str]:
    """Return the statements of a dump with that many rows in both tables."""
    options = Options(rows={"a": rows, "b": rows}, ddl=ddl, rows_per_statement=100)
    source = Source.bind(build_plan(schema, options))
    rendered = b"".join(bytes(text) for s in source.shards() for text in source.render(s))
    whole = source.dump_header() + rendered + source.dump_footer()
    return [statement.strip() for statement in whole.decode().split(";\n")]


def steps(schema: Schema, rows: int, *, ddl: bool) -> int:
    """Return how many hundreds of steps SQLite's machine takes to load a dump."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    if not ddl:
        for statement in dump(schema, 1):
            database.execute(statement)
        database.executescript("UPDATE a SET b_id = NULL; DELETE FROM b; DELETE FROM a;")
    count = 0

    def note() -> int:
        nonlocal count
        count += 1
        return 0

    database.set_progress_handler(note, 100)
    for statement in dump(schema, rows, ddl=ddl):
        database.execute(statement)
    database.set_progress_handler(None, 0)
    assert [(rows,)] == database.execute("SELECT count(*) FROM a").fetchall()
    assert [] == database.execute("PRAGMA foreign_key_check").fetchall()
    return count


@pytest.mark.parametrize("ddl", [True, False], ids=["ddl", "no-ddl"])
def test_circles_load_in_linear_time(ddl: bool) -> None:
    """Four times the rows take four times the steps, or a little more, not sixteen times."""
    schema = circle()
    few, many = (steps(schema, rows, ddl=ddl) for rows in (500, 2000))
    assert many < 5 * few


def test_an_index_for_waiting_is_gone_in_the_end() -> None:
    """No index is left that the schema does not ask for."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    for statement in dump(circle(), 10):
        database.execute(statement)
    left = "SELECT name FROM sqlite_schema WHERE type = 'index'"
    assert [] == database.execute(left).fetchall()


def test_an_index_that_is_asked_for_serves() -> None:
    """The schema's own index over a waiting key is made before the rows, once, and stays."""
    schema = circle(indexes=[{"name": "mine", "columns": ["b_id", "id"]}])
    statements = dump(schema, 10)
    made = [n for n, s in enumerate(statements) if "INDEX" in s]
    assert len(made) == 1
    assert made[0] < next(n for n, s in enumerate(statements) if s.startswith("INSERT"))
    assert "mine" in statements[made[0]]


def test_a_unique_key_that_waits_needs_no_index() -> None:
    """What a unique key indexes already is not indexed again."""
    a = table("a", 10, {"id": ID, "b_id": key("b", nullable=True, unique=True)})
    b = table("b", 10, {"id": ID, "a_id": key("a")})
    assert not any("INDEX" in statement for statement in dump(load(a, b), 10))


def test_the_name_of_an_index_for_waiting_is_free() -> None:
    """A table or an index of the schema may have the name that would be the first choice."""
    schema = circle(indexes=[{"name": "Shardgen_Waiting_1", "columns": ["a_id", "b_id", "id"]}])
    names = [s.split('"')[1] for s in dump(schema, 10) if s.startswith("CREATE INDEX")]
    assert len(names) == len({name.lower() for name in names}) == 2


def test_an_index_like_one_that_serves_is_made_too() -> None:
    """Two tables may have an index of the same name and columns; both are made, under two names."""
    mine = {"indexes": [{"name": "mine", "columns": ["b_id"]}]}
    own = {"id": ID, "b_id": key("b", nullable=True)}
    b = table("b", 10, {"id": ID, "a_id": key("a")})
    schema = load(table("a", 10, own, **mine), b, table("c", 10, {"id": ID, **own}, **mine))
    made = [s.split('"')[1::2] for s in dump(schema, 10) if s.startswith("CREATE INDEX")]
    assert {("mine", "a"), ("c_mine", "c")} == {(name, table) for name, table, *_ in made}
