"""Foreign keys that lead to rows alone that satisfy a condition."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.keys import ID, bind, key, load, raw_schema, table, tuples
from support.schemas import all_mistakes, load_mistakes

import shardgen
from shardgen.plan.conditions import MOST_ROWS
from shardgen.tables.batch import BATCH_ROWS

Raw = dict[str, Any]
STATES: Raw = {
    "type": "varchar(9)", "generator": "choice",
    "generator_params": {"values": ["active", "trial", "gone"]},
}  # fmt: skip
PEOPLE: Raw = {
    "id": ID,
    "state": STATES,
    "born": {"type": "date", "generator": "date_of_birth"},
    "score": {"type": "int", "nullable": True, "generator": "int_range",
              "generator_params": {"min": 1, "max": 9}},
    "member": {"type": "boolean"},
}  # fmt: skip


def people(rows: int = 600, **columns: Any) -> Raw:
    return table("people", rows, PEOPLE | columns)


def to_people(where: Any, **facts: Any) -> Raw:
    made = key("people", **facts)
    made["foreign_key"]["where"] = where
    return made


def led_to(where: Any, rows: int = 900, size: int = 600, **facts: Any) -> list[Raw]:
    """Return the rows of people that orders lead to, an entry for each order that does."""
    orders = table("orders", rows, {"id": ID, "p_id": to_people(where, **facts)})
    made = shardgen.generate(load(people(size), orders)).tables
    found = {row["id"]: row for row in made["people"].rows}
    return [found[row["p_id"]] for row in made["orders"].rows if row["p_id"] is not None]


@pytest.mark.parametrize("size", [600, BATCH_ROWS * 2])
def test_a_key_leads_to_parents_of_these_values_alone(size):
    """A value, a list, bounds; of text, dates, numbers and truths; among few or many rows."""
    assert {row["state"] for row in led_to({"state": "active"}, size=size)} == {"active"}
    both = led_to({"state": ["active", "gone"], "member": True}, size=size)
    assert {(row["state"], row["member"]) for row in both} == {("active", True), ("gone", True)}
    born = led_to({"born": {"min": "1980-01-01", "max": "1989-12-31"}}, size=size)
    assert {row["born"].year for row in born} == set(range(1980, 1990))
    scores = led_to({"score": [None, 3, 4]}, size=size)
    assert {row["score"] for row in scores} == {None, 3, 4}


def test_a_condition_may_be_an_expression():
    """Over any columns of the parent; where it is null, it does not hold."""
    made = led_to("score * 2 > 10 and state <> 'gone'")
    assert {row["score"] for row in made} == {6, 7, 8, 9}
    assert "gone" not in {row["state"] for row in made}


@pytest.mark.parametrize(
    "shape",
    ["random", "grouped", {"type": "random", "distribution": "zipf"},
     {"type": "random", "distribution": "recent"},
     {"type": "grouped", "distribution": "lognormal", "min": 1}],
)  # fmt: skip
def test_every_shape_is_one_among_the_rows_that_satisfy_it(shape):
    """With the law and the bounds that it has."""
    made = led_to({"state": "active"}, rows=4000, fan_out=shape)
    counts = Counter(row["id"] for row in made)
    assert {row["state"] for row in made} == {"active"}
    active = 4000 / len(counts)
    if shape == "grouped":
        assert {*counts.values()} <= {int(active), int(active) + 1}
    elif shape != "random":
        assert max(counts.values()) > 3 * active


def test_a_unique_key_leads_to_each_row_once():
    """Those beyond their number are null."""
    made = led_to({"state": "active"}, fan_out="unique", nullable=True)
    counts = Counter(row["id"] for row in made)
    assert {*counts.values()} == {1}
    assert {row["state"] for row in made} == {"active"}
    assert len(made) > 150


def test_aggregates_see_the_children_of_rows_that_satisfy_it():
    """Others have none."""
    count = {"type": "int", "generator": "expression",
             "generator_params": {"expression": "count(from orders)"}}  # fmt: skip
    where = to_people({"state": "gone"}, fan_out="grouped")
    tables = people(orders=count), table("orders", 900, {"id": ID, "p_id": where})
    made = shardgen.generate(load(*tables)).tables
    counts = Counter(row["p_id"] for row in made["orders"].rows)
    assert [row["orders"] for row in made["people"].rows] == [
        counts[row["id"]] for row in made["people"].rows
    ]


def test_unique_together_within_the_condition():
    """Each pair of people and things at most once, and only active ones: here nearly all pairs."""
    things = table("things", 5, {"id": ID})
    columns = {"p_id": to_people({"state": "active"}), "t_id": key("things")}
    rows = 5 * sum(state == "active" for (state,) in tuples(bind(people(60))["people"], "state"))
    junction = table("owns", rows, {"id": ID, **columns}, unique=[["p_id", "t_id"]])
    bound = bind(people(60), things, junction)
    pairs = tuples(bound["owns"], "p_id", "t_id")
    assert len(set(pairs)) == rows
    states = dict(tuples(bound["people"], "id", "state"))
    assert {states[person] for person, _ in pairs} == {"active"}


@pytest.mark.parametrize(
    ("where", "ids"),
    [({"id": [2, 5]}, {2, 5}), ({"id": 3}, {3}), ({"id": {"min": 98}}, {98, 99, 100}),
     ({"id": {"min": 7, "max": 8}}, {7, 8})],
)  # fmt: skip
def test_values_of_a_key_that_counts_are_rows_at_once(where, ids):
    """In a table of any size: no row is looked at."""
    size = 100 if where == {"id": {"min": 98}} else MOST_ROWS * 1000
    orders = table("orders", 300, {"id": ID, "p_id": to_people(where)})
    bound = bind(people(size), orders)
    assert {row for (row,) in tuples(bound["orders"], "p_id")} == ids


def test_any_slice_alone_has_the_rows_of_the_whole():
    """Whatever lies before it."""
    where = to_people("state = 'gone'", fan_out={"type": "grouped", "distribution": "poisson"})
    schema = load(people(), table("orders", 900, {"id": ID, "p_id": where}))
    data = shardgen.generate(schema).tables["orders"]
    assert list(data.rows)[300:310] == [r for n in range(300, 310) for r in data.slice(n, n + 1)]


def test_a_child_reads_the_parent_that_it_leads_to():
    """Along the key, as along any other."""
    state = {"type": "varchar(9)", "generator": "expression",
             "generator_params": {"expression": "p_id.state"}}  # fmt: skip
    columns = {"id": ID, "p_id": to_people({"state": "trial"}), "state": state}
    bound = bind(people(), table("orders", 90, columns))
    assert {*tuples(bound["orders"], "state")} == {("trial",)}


REFUSED: dict[str, tuple[Raw, Raw, str]] = {
    "no row": ({}, to_people({"state": "x"}), "'people' has no row that satisfies where"),
    "beyond": ({}, to_people({"id": [5, 700]}), "'people' has no row with the id 700: it has 600"),
    "column": ({}, to_people({"stat": "x"}), "there is no column 'stat' in table 'people'"),
    "empty": ({}, to_people({}), "the condition is empty"),
    "no value": ({}, to_people({"state": []}), "no value is listed"),
    "object": ({}, to_people({"score": {"least": 3}}), "is no condition"),
    "text": ({}, to_people({"id": "x"}), "'x' is no value of the column"),
    "kind": ({}, to_people({"state": 3}), "does not take text and a whole number"),
    "wrong": ({}, to_people("score +"), "where"),
    "tree": ({}, {**key("orders", nullable=True), "foreign_key": {
        "table": "orders", "column": "id", "where": {"id": 1}}}, "a key to the table itself"),
    "later": (
        {"most": {"type": "int", "generator": "expression",
                  "generator_params": {"expression": "count(from orders)"}}},
        to_people("most = 0", fan_out="grouped"), "reads rows of 'orders', which come later",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "column", "what"), REFUSED.values(), ids=[*REFUSED])
def test_what_cannot_be_is_refused(columns, column, what, tmp_path):
    """With the place."""
    orders = table("orders", 9, {"id": ID, "p_id": column})
    found = all_mistakes(raw_schema(people(**columns), orders), tmp_path)
    assert any(what in each for each in found), found
    assert all("tables.orders.columns.p_id" in each for each in found)


def test_a_parent_too_large_to_look_through_is_refused(tmp_path):
    """With the numbers, before a row is made."""
    orders = table("orders", 9, {"id": ID, "p_id": to_people({"state": "gone"})})
    (mistake,) = all_mistakes(raw_schema(people(MOST_ROWS + 1), orders), tmp_path)
    assert f"has {MOST_ROWS + 1} rows, and at most {MOST_ROWS} are looked through" in mistake


def test_a_null_key_where_no_row_satisfies_it():
    """If it may be null."""
    assert led_to({"state": "x"}, nullable=True) == []


def test_a_key_that_follows_another_has_no_condition():
    """Its parents are of one ancestor, and are drawn by their number."""
    org = key("orgs", fan_out="grouped")
    within = to_people({"state": "gone"})
    within["foreign_key"]["within"] = "org_id"
    tables = (
        table("orgs", 5, {"id": ID}), people(org_id=org),
        table("orders", 9, {"id": ID, "org_id": key("orgs"), "p_id": within}),
    )  # fmt: skip
    (mistake,) = load_mistakes(raw_schema(*tables))
    assert "no condition chooses among them" in mistake
