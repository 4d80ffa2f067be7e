"""Ids that rise with time: Snowflake ids."""

from __future__ import annotations

import numpy as np
import pytest
from support.columns import bound, made

import shardgen
from shardgen.errors import ShardgenError

JOINED = {
    "type": "timestamp",
    "generator": "timestamp_past",
    "generator_params": {"days_ago": 3},
}


def ids(rows: int, at: str = "joined", kind: str = "bigint", **columns: object):
    """Return a table with a time and an id of it."""
    of_id = {"type": kind, "generator": "snowflake", "generator_params": {"at": at}, "unique": True}
    return bound(rows, joined=JOINED, v=of_id, **columns)


def test_ids_rise_with_the_time_and_none_comes_twice():
    """In the order of the ids no time is before the one before it, however many share a second."""
    table = ids(20_000)
    values, joined = made(table, "v"), made(table, "joined")
    times = [joined[n] for n in np.argsort(values)]
    assert times == sorted(times)
    assert 20_000 == len(set(values))


def test_an_id_has_the_milliseconds_since_the_epoch():
    """Above 22 bits, of the second of its time."""
    table = ids(50)
    for value, time in zip(made(table, "v"), made(table, "joined"), strict=True):
        seconds = 1_288_834_974 + (value >> 22) // 1000
        assert seconds == int(time.replace(microsecond=0).timestamp())


def test_keys_lead_to_such_ids():
    """A child has the id of its parent, and the child's own rises with the parent's time."""
    people = [
        {
            "name": "id", "type": "bigint", "primary_key": True,
            "generator": "snowflake", "generator_params": {"at": "joined"},
        },
        {"name": "joined", **JOINED},
    ]  # fmt: skip
    notes = [
        {
            "name": "id", "type": "bigint", "primary_key": True,
            "generator": "snowflake", "generator_params": {"at": "person.joined"},
        },
        {
            "name": "person_id", "type": "bigint",
            "foreign_key": {"table": "people", "column": "id", "fan_out": "grouped"},
        },
    ]  # fmt: skip
    schema = {
        "schema_version": "1.0", "name": "s", "database_type": ["postgres"],
        "tables": [
            {"name": "people", "record_count": 20, "columns": people},
            {"name": "notes", "record_count": 60, "columns": notes},
        ],
    }  # fmt: skip
    data = shardgen.generate(schema)
    joined = {row["id"]: row["joined"] for row in data.tables["people"].rows}
    pairs = [(row["id"], row["person_id"]) for row in data.tables["notes"].rows]
    assert {person for _, person in pairs} <= joined.keys()
    times = [joined[person] for _, person in sorted(pairs)]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("at", "kind", "words"),
    [("joined", "int", "use bigint"), ("left", "bigint", "left"), ("name", "bigint", "name")],
)
def test_what_has_no_id_is_refused(at, kind, words):
    """A column that is too narrow, or no time."""
    with pytest.raises(ShardgenError, match=words):
        ids(5, at, kind, name={"generator": "first_name"})


def test_a_time_that_may_have_no_id_is_refused():
    """The time is told."""
    old = {"generator": "timestamp_past", "generator_params": {"years_ago": 300}}
    with pytest.raises(ShardgenError, match="counts from 1941"):
        made(ids(300, "old", old={"type": "timestamp", **old}), "v")
