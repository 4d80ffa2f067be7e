"""The steps of a load, and the order in which they may be done."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.loading import column, table

import shardgen
from shardgen.execution.loading.steps import Schedule, Step, row_steps, statement_steps
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, build_plan

SMALL = Options(shard_rows=100)


def plan_of(*tables):
    """Return the plan of tables, in shards of 100 rows."""
    named = {each["name"]: {**each, "rows": each["record_count"]} for each in tables}
    for each in named.values():
        del each["name"], each["record_count"]
        each["columns"] = {
            c["name"]: {k: v for k, v in c.items() if k != "name"} for c in each["columns"]
        }
    return build_plan(shardgen.schema("steps", named), SMALL)


def key(parent, **more):
    """Return a foreign key's column."""
    return column(f"{parent}_id", "int", foreign_key={"table": parent, "column": "id"}, **more)


def test_each_shard_is_a_step_where_keys_come_later():
    """They wait for nothing, and have the numbers of their places."""
    plan = build_plan(load_schema("fintech-loans"), SMALL)
    steps = [*row_steps(plan, keys_are_there=False)]
    assert [step.shards for step in steps] == [(shard,) for shard in plan.shards()]
    assert [step.number for step in steps] == [*range(1, 1 + plan.shard_count())]
    assert {((), ())} == {(step.after, step.locks) for step in steps}


def test_rows_wait_for_those_that_they_refer_to():
    """Of parents that are loaded; those of a table that refers to itself come one by one."""
    plan = plan_of(
        table("people", 300, key("people", nullable=True)), table("notes", 200, key("people"))
    )
    steps = [*row_steps(plan, keys_are_there=True)]
    assert [("people",)] * 3 + [()] * 2 == [step.locks for step in steps]
    assert [()] * 3 + [("people",)] * 2 == [step.after for step in steps]


def test_tables_in_a_circle_are_one_step():
    """With all their shards, and what comes between them; others are as ever."""
    plan = plan_of(
        table("towns", 200),
        table("people", 250, key("teams"), key("towns")),
        table("teams", 150, key("people")),
        table("notes", 50, key("people")),
    )
    steps = [*row_steps(plan, keys_are_there=True)]
    together = [step for step in steps if len(step.shards) > 1]
    assert [{"people", "teams"}] == [{s.table for s in step.shards} for step in together]
    assert 400 == together[0].rows
    assert ("towns",) == together[0].after
    assert [*range(1, len(steps) + 1)] == [step.number for step in steps]
    assert [*plan.shards()] == [shard for step in steps for shard in step.shards]


def finishing_steps(plan):
    tables = [plan.catalog.table(name) for name in plan.counts]
    made = DIALECTS["postgres"].finishing(tables, plan.catalog)
    rows = [*row_steps(plan, keys_are_there=True)]
    return [*rows, *statement_steps(made, len(rows) + 1)]


@given(st.integers(0, 1 << 30), st.integers(1, 8))
def test_every_step_is_done_once_and_none_too_early(seed, workers):
    """However many are under way, and in whatever order they end; there is always one to begin."""
    chance = random.Random(seed)
    steps = STEPS
    schedule, running, done = Schedule(steps), [], []
    while not schedule.is_over:
        while len(running) < workers and (step := schedule.begin()) is not None:
            assert not any({*step.locks} & {*other.locks} for other in running)
            brought = {s.number for s in done}
            for other in steps:
                waits = other.stage < step.stage or {s.table for s in other.shards} & {*step.after}
                assert not waits or other.number in brought
            running.append(step)
        assert running
        ended = running.pop(chance.randrange(len(running)))
        schedule.end(ended)
        done.append(ended)
    assert [*range(1, len(steps) + 1)] == sorted(step.number for step in done)


STEPS = finishing_steps(build_plan(load_schema("fintech-loans"), Options(shard_rows=400)))


@pytest.mark.parametrize("keys_are_there", [False, True])
def test_the_numbers_of_steps_do_not_change(keys_are_there):
    """A load that is gone on with finds its steps by them."""
    plan = build_plan(load_schema("fintech-loans"), SMALL)
    again = build_plan(load_schema("fintech-loans"), SMALL)
    first, second = ([*row_steps(p, keys_are_there=keys_are_there)] for p in (plan, again))
    assert first == second
    assert isinstance(first[0], Step)
