"""Rows that are added behind others: their numbers, where their keys lead, what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support.schemas import parsed

from shardgen import generate
from shardgen.errors import PlanError
from shardgen.plan.plan import Options, build_plan, decode_plan
from shardgen.plan.source import Source

ID = {"name": "id", "type": "int", "primary_key": True}


def key(table: str, name: str = "", column: str = "id", **more: Any) -> dict[str, Any]:
    kind = "int" if column == "id" else "varchar(36)"
    made = {"table": table, "column": column, **more.pop("key", {})}
    return {"name": name or f"{table}_id", "type": kind, "foreign_key": made, **more}


def table(name: str, *columns: dict[str, Any], rows: int = 20, **more: Any) -> dict[str, Any]:
    return {"name": name, "record_count": rows, "columns": [ID, *columns], **more}


def schema(*tables: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "name": "shop",
        "database_type": ["sqlite"],
        "tables": list(tables),
    }


def rows(raw: dict[str, Any], name: str, **options: Any) -> list[dict[str, Any]]:
    return generate(raw, **options).tables[name].rows


def values(raw: dict[str, Any], name: str, column: str, **options: Any) -> list[Any]:
    return [row[column] for row in rows(raw, name, **options)]


PLAIN = schema(
    table(
        "users",
        {"name": "email", "type": "varchar(120)", "unique": True, "generator": "email"},
        {"name": "code", "type": "varchar(4)", "unique": True, "generator": "pattern",
         "generator_params": {"pattern": "?##"}},
        {"name": "tags", "type": "text[]", "nullable": True},
        {"name": "n", "type": "int", "generator": "expression",
         "generator_params": {"expression": "row_number() * 2"}},
        {"name": "at", "type": "timestamp", "order": "rising", "generator": "timestamp_past"},
        {"name": "a", "type": "int", "generator": "int_range",
         "generator_params": {"min": 1, "max": 9}},
        {"name": "b", "type": "int", "generator": "int_range",
         "generator_params": {"min": 1, "max": 9}},
        {"name": "serial", "type": "int", "generator": "sequence",
         "generator_params": {"start": 7, "step": 3}},
        unique=[["a", "b"]],
    )
)  # fmt: skip


def test_added_rows_are_those_that_a_larger_run_has_behind_the_others():
    """Where no key leads anywhere, to run for all is to run for some, and to add the rest."""
    whole = rows(PLAIN, "users", rows={"users": 60})
    assert whole[20:] == rows(PLAIN, "users", rows={"users": 40}, there={"users": 20})


def test_keys_that_count_go_on_after_the_last():
    """From the schema's start; the plan says which they are."""
    raw = schema(table("users"))
    raw["tables"][0]["columns"][0] = ID | {"start": 100}
    assert list(range(120, 140)) == values(raw, "users", "id", there={"users": 20})
    (planned,) = build_plan(parsed(raw), Options(there={"users": 20})).tables
    assert ("id", 120, 139) == msgspec.structs.astuple(planned.keys)


SHOP = schema(
    table("users", {"name": "name", "type": "varchar(80)", "generator": "full_name"}),
    table("orders", key("users"), {"name": "line_no", "type": "int", "nullable": True}, rows=200),
)
THERE = {"users": 20, "orders": 200}


@pytest.mark.parametrize(
    ("existing", "least", "most"), [("new", 21, 40), ("old", 1, 20), ("all", 1, 40)]
)
@pytest.mark.parametrize("shape", [{}, {"type": "random", "distribution": "zipf"}, "recent"])
def test_keys_lead_to_the_rows_that_are_asked_for(existing, least, most, shape):
    """To those that are added, that are there, or any of both."""
    shape = (
        {"type": "random", "distribution": "recent", "half": 0.5} if shape == "recent" else shape
    )
    raw = schema(
        SHOP["tables"][0],
        table("orders", key("users", key={"fan_out": shape or "random"}), rows=200),
    )
    found = set(values(raw, "orders", "users_id", there=THERE, existing=existing))
    assert least <= min(found) <= max(found) <= most
    assert (existing == "all") == (min(found) <= 20 < max(found))


def test_without_added_parents_keys_lead_to_those_that_are_there():
    """A table that is not named gets no rows, and has as many as are there."""
    found = values(SHOP, "orders", "users_id", there={"users": 7, "orders": 3}, tables=["orders"])
    assert set(range(1, 8)) == set(found)


def test_a_table_that_gets_no_rows_is_in_no_dump():
    """Neither its rows nor its name."""
    plan = build_plan(parsed(SHOP), Options(there=THERE, tables=("orders",)))
    assert ["orders"] == [planned.name for planned in plan.tables]
    none = build_plan(parsed(SHOP), Options(there=THERE, rows={"users": 0}))
    assert ["orders"] == [planned.name for planned in none.tables]


def test_grouped_children_are_those_of_added_parents():
    """Each added parent has its run, and children are numbered from 1 in it."""
    lines = {"name": "line_no", "type": "int", "primary_key": True}
    to_orders = key("orders", key={"fan_out": "grouped"}, primary_key=True)
    raw = schema(
        table("orders"), {"name": "items", "record_count": 60, "columns": [to_orders, lines]}
    )
    found = rows(raw, "items", there={"orders": 20, "items": 60})
    assert set(range(21, 41)) == {row["orders_id"] for row in found}
    assert [1, 2, 3] == sorted(row["line_no"] for row in found if row["orders_id"] == 30)
    with pytest.raises(PlanError, match="add rows to 'orders' too"):
        generate(raw, there={"orders": 20, "items": 60}, tables=["items"])


def test_unique_keys_lead_to_parents_that_no_row_has_yet():
    """One to one with parents that are there, as long as some are left."""
    raw = schema(table("users", rows=50), table("profiles", key("users", unique=True), rows=20))
    first = values(raw, "profiles", "users_id")
    more = {"there": {"users": 50, "profiles": 20}, "tables": ["profiles"]}
    second = values(raw, "profiles", "users_id", rows={"profiles": 30}, **more)
    assert set(range(1, 51)) == {*first, *second}
    with pytest.raises(PlanError, match="51 rows need a parent of their own, and 'users' has 50"):
        generate(raw, rows={"profiles": 31}, **more)
    nullable = schema(
        table("users", rows=50),
        table(
            "profiles",
            key("users", unique=True, nullable=True, generator_params={"null_probability": 0}),
            rows=20,
        ),
    )
    found = values(nullable, "profiles", "users_id", rows={"profiles": 40}, **more)
    assert 10 == found.count(None)
    assert 50 == len({*values(nullable, "profiles", "users_id"), *found} - {None})


def test_pairs_of_keys_are_new_pairs():
    """A junction of two tables that are there goes on with pairs that it has not."""
    junction = {
        "name": "likes",
        "record_count": 30,
        "columns": [key("users", primary_key=True), key("posts", primary_key=True)],
    }
    raw = schema(table("users", rows=10), table("posts", rows=10), junction)
    more = {"there": {"users": 10, "posts": 10, "likes": 30}, "tables": ["likes"]}
    pairs = {(r["users_id"], r["posts_id"]) for r in rows(raw, "likes")}
    added = {(r["users_id"], r["posts_id"]) for r in rows(raw, "likes", rows={"likes": 70}, **more)}
    assert 100 == len(pairs | added)
    with pytest.raises(PlanError, match="101 rows are asked for"):
        generate(raw, rows={"likes": 71}, **more)


def test_trees_go_on_or_begin_anew():
    """An added row refers to an added one before it; with `all`, to any row before it."""
    tree = key("nodes", "parent_id", nullable=True, key={"fan_out": {"type": "tree", "roots": 0.1}})
    raw = schema(table("nodes", tree, rows=100))
    for existing, least in (("new", 101), ("all", 1), ("old", 1)):
        found = rows(raw, "nodes", there={"nodes": 100}, existing=existing)
        parents = [row["parent_id"] for row in found if row["parent_id"] is not None]
        assert all(row["parent_id"] < row["id"] for row in found if row["parent_id"])
        assert least <= min(parents)
        assert (existing == "old") == (max(parents) <= 100)


def test_a_condition_is_one_on_rows_that_are_led_to():
    """Types that are there are found by their keys."""
    where = {"where": {"id": [2, 3]}}
    raw = schema(table("types", rows=5), table("things", key("types", key=where), rows=50))
    more = {"there": {"types": 5, "things": 50}}
    assert {2, 3} == set(values(raw, "things", "types_id", tables=["things"], **more))
    with pytest.raises(PlanError, match="no row with the id 2"):
        generate(raw, **more)


def test_sums_are_those_of_added_children():
    """An added parent has added children alone, or none where their table gets no rows."""
    total = {"name": "total", "type": "int", "generator": "expression",
             "generator_params": {"expression": "coalesce(count(lines), 0)"}}  # fmt: skip
    grouped = key("orders", key={"fan_out": "grouped"})
    raw = schema(table("orders", total), table("lines", grouped, rows=60))
    there = {"orders": 20, "lines": 60}
    assert [3] * 20 == values(raw, "orders", "total", there=there)
    assert [0] * 20 == values(raw, "orders", "total", there=there, tables=["orders"])


def test_what_is_not_known_of_rows_that_are_there_is_not_read():
    """Such keys lead to added rows alone, with a warning, or rows of more tables are asked for."""
    paid = {"name": "paid", "type": "int", "generator": "expression",
            "generator_params": {"expression": "order.total"}}  # fmt: skip
    total = {"name": "total", "type": "int", "generator": "expression",
             "generator_params": {"expression": "count(lines)"}}  # fmt: skip
    raw = schema(
        table("orders", total),
        table("lines", key("orders", key={"fan_out": "grouped"}), rows=60),
        table("payments", key("orders", "order_id"), paid),
    )
    there = {"orders": 20, "lines": 60, "payments": 20}
    made = generate(raw, there=there, existing="all")
    assert {"only-new-rows"} == {warning.name for warning in made.warnings}
    assert min(row["order_id"] for row in made.tables["payments"].rows) > 20
    with pytest.raises(PlanError, match="'lines' that are there: they are not known"):
        generate(raw, there=there, tables=["payments", "lines"])


def test_values_of_rows_that_are_there_are_those_that_they_have():
    """A column that is copied from a parent is so from any, where schema and seed are the same."""
    copied = {"name": "user_name", "type": "varchar(80)", "generator": "expression",
              "generator_params": {"expression": "user.name"}}  # fmt: skip
    raw = schema(SHOP["tables"][0], table("orders", key("users", "user_id"), copied, rows=200))
    names = values(raw, "users", "name") + values(raw, "users", "name", there=THERE)
    found = rows(raw, "orders", there=THERE, existing="all")
    assert min(row["user_id"] for row in found) <= 20
    assert all(row["user_name"] == names[row["user_id"] - 1] for row in found)


def test_a_worker_makes_the_same_rows():
    """The plan says all of it, and crosses whole."""
    plan = build_plan(parsed(SHOP), Options(there=THERE, existing="all", seed=5))
    again = Source.bind_again(decode_plan(plan.encode()))
    one, other = Source.bind(plan).batch("orders", 3, 90), again.batch("orders", 3, 90)
    for name in ("id", "users_id"):
        assert one.column(name).python() == other.column(name).python()


def test_rows_that_cannot_be_there_are_refused():
    """An unknown table, and numbers that are none."""
    with pytest.raises(PlanError, match="unknown table 'user'; did you mean 'users'"):
        generate(SHOP, there={"user": 3})
    with pytest.raises(PlanError, match="-1 rows of 'users' are there"):
        generate(SHOP, there={"users": -1})
