"""Plans: order, counts, keys and shards; options that cannot be followed."""

from __future__ import annotations

import datetime as dt
import pickle

import msgspec
import pytest
from support.schemas import parsed, right

from shardgen.errors import PlanError
from shardgen.plan.job import MAX_COUNT
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, build_plan, decode_plan
from shardgen.plan.source import Source

SHOP = parsed(right())


def mistakes(**options) -> list[str]:
    with pytest.raises(PlanError) as caught:
        build_plan(SHOP, Options(**options))
    assert 4 == caught.value.exit_code
    return [str(mistake) for mistake in caught.value.mistakes]


def test_tables_come_parents_first():
    """In the order of the file where that is free, whatever order the file has."""
    raw = right()
    raw["tables"].reverse()
    assert ["users", "orders"] == [t.name for t in build_plan(parsed(raw)).tables]
    loans = [table.name for table in build_plan(load_schema("fintech-loans")).tables]
    assert ["borrowers", "loans", "payments", "credit_scores"] == loans


def test_an_order_that_is_given_is_kept():
    """`generation_order` decides between orders that are all possible."""
    raw = right()
    extra = {"name": "extra", "record_count": 1, "columns": raw["tables"][0]["columns"][:1]}
    raw["tables"].append(extra)
    raw["generation_order"] = ["extra", "users", "orders"]
    assert ["extra", "users", "orders"] == list(build_plan(parsed(raw)).counts)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"users": 20, "orders": 50}),
        ({"scale": 2.5}, {"users": 50, "orders": 125}),
        ({"scale": 1e-9}, {"users": 1, "orders": 1}),
        ({"rows": {"orders": 7}}, {"users": 20, "orders": 7}),
        ({"rows": {"orders": 7}, "scale": 3}, {"users": 60, "orders": 7}),
    ],
)
def test_counts_are_the_schemas_scaled_or_as_asked_for(options, expected):
    """A named table has the rows asked for; the others at least one."""
    assert expected == build_plan(SHOP, Options(**options)).counts


def test_the_keys_of_a_counted_table_are_its_row_numbers():
    """From 1 to the number of rows; parents are named where there are any."""
    plan = build_plan(SHOP)
    assert [("id", 1, 20), ("id", 1, 50)] == [
        (t.keys.column, t.keys.first, t.keys.last) for t in plan.tables
    ]
    assert [(), ("users",)] == [table.parents for table in plan.tables]


@pytest.mark.parametrize("shard_rows", [1, 7, 20, 49, 50, 51, 10**9])
def test_shards_cover_each_row_once_and_in_order(shard_rows):
    """Whatever their size: around the rows of a table, of one row, of more than all."""
    plan = build_plan(SHOP, Options(shard_rows=shard_rows))
    shards = list(plan.shards())
    assert plan.shard_count() == len(shards)
    assert list(range(len(shards))) == [shard.index for shard in shards]
    rows = [(shard.table, row) for shard in shards for row in range(shard.start, shard.stop)]
    assert [(t, row) for t, n in (("users", 20), ("orders", 50)) for row in range(n)] == rows
    assert max(shard.rows for shard in shards) <= shard_rows


def test_a_plan_crosses_to_a_worker_unchanged():
    """Encoded and decoded it is equal, dates and floats included, and so is its digest."""
    plan = build_plan(SHOP, Options(seed=5, as_of=dt.date(2024, 2, 29), edge_case_probability=0.5))
    assert plan == decode_plan(plan.encode())
    assert plan.digest() == decode_plan(plan.encode()).digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"seed": -1},
        {"as_of": dt.date(2025, 1, 2)},
        {"dialect": "mysql"},
        {"format": "copy"},
        {"rows_per_statement": 999},
        {"ddl": False},
        {"edge_case_probability": 0.1},
        {"shard_rows": 999},
        {"scale": 2},
        {"rows": {"users": 21}},
    ],
    ids=str,
)
def test_any_change_of_a_plan_changes_its_digest(changed):
    """So a shard file of another run is never taken for one of this."""
    assert build_plan(SHOP).digest() != build_plan(SHOP, Options(**changed)).digest()


def test_what_the_database_of_the_run_refuses_is_refused():
    """Whatever databases the schema names."""
    raw = right() | {"database_type": ["postgres"]}
    raw["tables"][1]["name"] = "t "
    schema = parsed(raw)
    assert Source.bind(build_plan(schema))
    says = r"the name 't ' ends with a space at tables\.t ; MySQL refuses that"
    with pytest.raises(PlanError, match=says):
        Source.bind(build_plan(schema, Options(dialect="mysql")))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"rows": {"order": 5}},
            "rows are asked for in an unknown table 'order'; did you mean 'orders'?",
        ),
        (
            {"rows": {"zzz": 5}},
            "rows are asked for in an unknown table 'zzz'; the tables are users, orders",
        ),
        ({"rows": {"users": -3}}, "-3 rows of 'users' are asked for; ask for 0 or more"),
        ({"rows": {"users": 1.5}}, "1.5 rows of 'users': that is not a whole number"),
        ({"rows": {"users": True}}, "True rows of 'users': that is not a whole number"),
        ({"rows": {"users": "5"}}, "'5' rows of 'users': that is not a whole number"),
        (
            {"rows": {"users": MAX_COUNT + 1}},
            f"{MAX_COUNT + 1} rows of 'users' are asked for; ask for at most {MAX_COUNT}",
        ),
        ({"seed": 1 << 63}, f"the seed is {1 << 63}; it must fit in 64 bits"),
        ({"seed": -(1 << 63) - 1}, f"the seed is {-(1 << 63) - 1}; it must fit in 64 bits"),
        ({"scale": 0}, "the scale is 0; it must be above 0"),
        ({"scale": -1}, "the scale is -1; it must be above 0"),
        ({"scale": float("nan")}, "the scale is nan; it must be above 0"),
        ({"rows_per_statement": 0}, "rows_per_statement is 0; it must be at least 1"),
        ({"shard_rows": -1}, "shard_rows is -1; it must be at least 1"),
        ({"shard_rows": 10**30}, f"shard_rows is {10**30}; it must be at most {1 << 40}"),
        (
            {"rows_per_statement": 10**30},
            f"rows_per_statement is {10**30}; it must be at most {1 << 40}",
        ),
        (
            {"edge_case_probability": 1.5},
            "the share of edge cases is 1.5; it must lie between 0 and 1",
        ),
        ({"edge_case_probability": float("nan")}, "the share of edge cases is nan"),
        ({"dialect": "postgress"}, "unknown dialect 'postgress'; did you mean 'postgres'?"),
        ({"dialect": "db2"}, "unknown dialect 'db2'; known are postgres, mysql, sqlite"),
        (
            {"dialect": "mysql", "format": "copy"},
            "mysql has no format 'copy'; use sql, or the dialect postgres",
        ),
    ],
    ids=str,
)
def test_options_that_cannot_be_followed(options, expected):
    """Each is one mistake with the refused value and what is allowed."""
    (line,) = mistakes(**options)
    assert line.startswith(expected)


@pytest.mark.parametrize("scale", [float("inf"), 1e300, 1e18])
def test_a_scale_beyond_all_bounds_is_refused(scale):
    """Infinite ones too: each table is named with the greatest count, and nothing overflows."""
    lines = mistakes(scale=scale)
    assert 2 == len(lines)
    assert all(line.endswith(f"ask for at most {MAX_COUNT}") for line in lines)


def test_several_wrong_options_come_at_once():
    """Two wrong counts, a scale and a shard size: four mistakes, not the first of them."""
    assert 4 == len(mistakes(rows={"a": 1, "users": -1}, scale=0, shard_rows=0))


def test_a_plan_is_data():
    """It can be pickled, printed and compared."""
    plan = build_plan(SHOP)
    assert plan == pickle.loads(pickle.dumps(plan))
    assert msgspec.to_builtins(plan)["seed"] == 0
