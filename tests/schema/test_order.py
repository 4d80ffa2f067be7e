"""Which table comes first, and which foreign keys have to wait."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.binding import parse_schema
from support.keys import ID, composite, key, load, raw_schema, table

from shardgen.errors import SchemaError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.plan import Options, build_plan
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import may_be_null
from shardgen.schema.order import (
    ancestors,
)

Edges = dict[str, dict[str, bool]]
"""For each table the tables it refers to, and whether the key may be null."""


def schema_of(edges: Edges, **more: Any) -> Catalog:
    """A schema of tables with these foreign keys, in the order given."""
    tables = []
    for name, parents in edges.items():
        keys = {f"{p}_id": key(p, nullable=nullable) for p, nullable in parents.items()}
        tables.append(table(name, 5, {"id": ID, **keys}))
    return Catalog(parse_schema(json.dumps(raw_schema(*tables) | more).encode()))


def late(schema: Catalog) -> set[tuple[str, str]]:
    return {(t.name, r.table) for t, r in schema.late_references}


@st.composite
def graphs(draw: st.DrawFn, acyclic: bool = False) -> Edges:
    """Up to seven tables in any order, with any keys among them, or without circles."""
    names = draw(st.permutations("abcdefg"[: draw(st.integers(1, 7))]))
    edges: Edges = {}
    for n, name in enumerate(names):
        targets = names[:n] if acyclic else names
        parents = (
            draw(st.lists(st.sampled_from(targets), unique=True, max_size=3)) if targets else []
        )
        edges[name] = {parent: draw(st.booleans()) for parent in parents}
    order = draw(st.permutations(names))
    return {name: edges[name] for name in order}


def is_reached(edges: Edges, start: str, goal: str) -> bool:
    """Whether keys lead from one table to another, by Warshall's plain way."""
    seen, ahead = set(), [start]
    while ahead:
        for parent in edges[ahead.pop()]:
            if parent == goal:
                return True
            if parent not in seen:
                seen.add(parent)
                ahead.append(parent)
    return False


@given(graphs(acyclic=True))
@settings(max_examples=80, deadline=None)
def test_parents_come_first(edges):
    """Each table once; no foreign key leads to a later table."""
    schema = schema_of(edges)
    order = schema.order
    assert sorted(edges) == sorted(order)
    for name, parents in edges.items():
        assert all(order.index(parent) < order.index(name) for parent in parents)
    assert set() == late(schema)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_only_keys_of_a_circle_lead_to_a_later_table(edges):
    """Whatever the circles: what is not in one keeps its order."""
    schema = schema_of(edges)
    order = schema.order
    assert sorted(edges) == sorted(order)
    found = late(schema)
    for name, parents in edges.items():
        for parent in parents:
            waits = name != parent and order.index(parent) > order.index(name)
            assert waits == ((name, parent) in found)
            assert not waits or is_reached(edges, parent, name)
    for each in schema.tables:
        for reference in each.references:
            assert schema.is_late(each, reference) == ((each.name, reference.table) in found)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_ancestors_are_all_tables_that_keys_lead_to(edges):
    """Over any number of steps; keys to the own table lead nowhere."""
    schema = schema_of(edges)
    tables = {t.name: t for t in schema.tables}
    others = {name: {p: n for p, n in ps.items() if p != name} for name, ps in edges.items()}
    for name in edges:
        expected = {goal for goal in edges if is_reached(others, name, goal)}
        assert expected == ancestors(name, tables)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_only_a_key_that_may_be_null_waits_if_there_is_one_in_every_circle(edges):
    """So that a database that checks each row at once can take the rows."""
    schema = schema_of(edges)
    required = {
        name: {parent: null for parent, null in parents.items() if parent != name and not null}
        for name, parents in edges.items()
    }
    if not any(is_reached(required, name, name) for name in required):
        assert all(edges[name][parent] for name, parent in late(schema))


def test_tables_without_a_reason_stay_in_the_order_of_the_file():
    """Only a key moves a table, and no further than behind its parent."""
    assert ("c", "a", "b") == schema_of({"c": {}, "a": {}, "b": {}}).order
    assert ("b", "a", "c") == schema_of({"a": {"b": False}, "b": {}, "c": {}}).order


def test_the_key_that_may_be_null_waits():
    """Wherever in the file, and wherever in the circle."""
    for edges in (
        {"a": {"b": True}, "b": {"a": False}},
        {"b": {"a": False}, "a": {"b": True}},
        {"c": {"a": False}, "a": {"b": True}, "b": {"c": False}},
        {
            "b": {"c": False},
            "x": {"b": False},
            "c": {"a": False},
            "a": {"b": True},
            "y": {"a": False},
        },
    ):
        assert {("a", "b")} == late(schema_of(edges)), edges


def test_a_key_that_leads_out_of_a_circle_does_not_wait():
    """`x` refers to a circle, and the circle to `z`: only one key of the circle is late."""
    edges = {"x": {"a": True}, "a": {"b": False, "z": False}, "b": {"a": False}, "z": {}}
    schema = schema_of(edges)
    assert 1 == len(late(schema))
    assert late(schema) <= {("a", "b"), ("b", "a")}


def test_an_order_that_is_given_is_taken():
    """Of two keys in a circle, both of which may be null, `generation_order` says which waits."""
    edges = {"a": {"b": True}, "b": {"a": True}, "c": {}}
    schema = schema_of(edges, generation_order=["c", "b", "a"])
    assert ("c", "b", "a") == schema.order
    assert {("b", "a")} == late(schema)


def test_an_order_that_makes_a_key_wait_without_need_is_refused():
    """A child before its parent outside any circle is a mistake of the writer, and is named."""
    with pytest.raises(SchemaError) as caught:
        schema_of({"a": {}, "b": {"a": False}}, generation_order=["b", "a"])
    assert "'b' comes before its parent 'a'" in str(caught.value)


# --- Keys of several columns

PAIR = {"x": {"type": "bigint", "primary_key": True}, "y": {"type": "bigint", "primary_key": True}}


def pair_keys(**columns: bool) -> Catalog:
    """A table that refers to another by two columns, each nullable or not."""
    own = {name: {"type": "bigint", "nullable": null} for name, null in columns.items()}
    refers = composite(list(columns), "p", ["x", "y"])
    child = table("c", 5, {"id": ID, **own}, foreign_keys=[refers])
    return Catalog(load(table("p", 5, PAIR), child))


@pytest.mark.parametrize(("a", "b"), [(False, False), (False, True), (True, False), (True, True)])
def test_a_key_leads_nowhere_where_one_of_its_columns_is_null(a, b):
    """As SQL says it: one null among the columns of a composite key is enough."""
    child = pair_keys(a=a, b=b).table("c")
    assert (a or b) == may_be_null(child, child.references[0])


# --- What databases make of circles


def circle_schema(nullable: bool, databases: list[str]) -> Catalog:
    tables = [
        table("staff", 9, {"id": ID, "office_id": key("offices")}),
        table("offices", 4, {"id": ID, "head_id": key("staff", nullable=nullable)}),
    ]
    return Catalog(load(*tables, databases=databases))


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
@pytest.mark.parametrize("nullable", [False, True])
def test_a_late_key_is_checked_at_the_end(dialect, nullable):
    """And no other key is, so that a wrong row is refused at once."""
    schema = circle_schema(nullable=nullable, databases=[dialect])
    order = schema.order
    tables = [schema.table(name) for name in order]
    text = "".join(DIALECTS[dialect].create_table(t, schema) for t in tables)
    text += ";".join(DIALECTS[dialect].after_rows(tables, schema))
    assert 1 == text.count("DEFERRABLE INITIALLY DEFERRED")
    assert 2 == text.count("FOREIGN KEY")
    if nullable:
        assert ("offices", "staff") == order


def header(schema) -> str:
    """Return what a dump without table definitions begins with."""
    plan = build_plan(schema, Options(ddl=False))
    return plan.format.dump_header(plan.contents).decode()


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ("postgres", "SET CONSTRAINTS ALL DEFERRED;"),
        ("mysql", ", foreign_key_checks = 0;"),
        ("sqlite", "PRAGMA defer_foreign_keys = ON;"),
    ],
)
def test_rows_alone_are_let_in_too(dialect, says):
    """A dump without table definitions says that a key may wait, where one has to."""
    schema = circle_schema(nullable=True, databases=[dialect])
    assert says in header(schema.schema)
    plain = load(table("a", 5, {"id": ID}), databases=[dialect])
    assert says not in header(plain)
