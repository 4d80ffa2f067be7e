"""Keys to parents that are there by a time: ids rise with time, no row comes before its parent."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest
from support.statistics import assert_counts_fit
from support.tables import bind, cells, schema_of

from shardgen.errors import SchemaError
from shardgen.plan.load import load_schema
from shardgen.tables.batch import BATCH_ROWS, Batch
from shardgen.tables.presence import Times

SINCE = {
    "type": "timestamp", "generator": "timestamp_past", "order": "rising",
    "generator_params": {"days_ago": 900, "days_ago_min": 30, "seasonal": {"growth": 0.4}},
}  # fmt: skip
KEY = {"table": "p", "column": "id"}
SHAPE = {"type": "present", "at": "at", "since": "made"}


def at(kind: str = "timestamp", **seasonal: Any) -> dict[str, Any]:
    seasonal = {"per": "p.made", **seasonal}
    generator = f"{kind}_past"
    made = {"days_ago": 900, "days_ago_min": 1, "seasonal": seasonal}
    return {"type": kind, "generator": generator, "order": "rising", "generator_params": made}


def schema(parents: int, children: int, time: Any = None, made: Any = None, /, **shape: Any) -> Any:
    key = {"type": "bigint", "foreign_key": {**KEY, "fan_out": {**SHAPE, **shape}}}
    return schema_of(
        p=(parents, {"made": made or SINCE}), c=(children, {"at": time or at(), "p_id": key})
    )


@pytest.mark.parametrize("shape", [{}, {"newest": 0.7}, {"distribution": "recent", "half": 0.2}])
@pytest.mark.parametrize("kind", ["timestamp", "date"])
@pytest.mark.parametrize(("parents", "children"), [(1, 30), (3, 3), (700, 5000), (40_000, 20_000)])
def test_ids_rise_with_time_and_no_row_comes_before_its_parent(parents, children, kind, shape):
    """In parents fewer than a batch has rows, and in more; for dates and timestamps."""
    since = SINCE if kind == "timestamp" else {**SINCE, "type": "date", "generator": "date_past"}
    tables = bind(schema(parents, children, at(kind), since, **shape))
    made, times = cells(tables["p"], "made"), cells(tables["c"], "at")
    assert times == sorted(times)
    keys = cells(tables["c"], "p_id")
    assert [] == [n for n, (p, t) in enumerate(zip(keys, times, strict=True)) if made[p - 1] > t]


@pytest.mark.parametrize("shape", [{}, {"newest": 0.7}, {"distribution": "recent"}])
def test_any_range_alone_has_the_rows_of_the_whole(shape):
    """A range, rows in any order, and a table that was pickled."""
    table = bind(schema(BATCH_ROWS + 5000, 9000, **shape))["c"]
    whole = cells(table, "p_id")
    assert whole[3000:3100] == cells(table, "p_id", range(3000, 3100))
    rows = np.random.default_rng(3).permutation(9000)[:500]
    assert [whole[n] for n in rows] == cells(table, "p_id", rows)
    copied = pickle.loads(pickle.dumps(table))
    assert whole[:50] == cells(copied, "p_id", range(50))


def test_children_are_shared_by_how_long_parents_are_there():
    """With `per` each parent has as many children in a month as any other that is there."""
    tables = bind(schema(40, 40_000))
    made, times = cells(tables["p"], "made"), cells(tables["c"], "at")
    begin = max(made)
    counts = Counter(
        key for key, time in zip(cells(tables["c"], "p_id"), times, strict=True) if time > begin
    )
    assert_counts_fit([counts[key] for key in range(1, 41)], [1.0] * 40)


def test_the_newest_has_the_next_row():
    """Where a parent comes between two rows, it is the parent of the second."""
    tables = bind(schema(500, 5000, newest=1))
    made, times = cells(tables["p"], "made"), cells(tables["c"], "at")
    keys = cells(tables["c"], "p_id")
    first = dict(zip(keys[::-1], times[::-1], strict=True))
    assert len(first) > 450
    waited = sorted(first[key] - made[key - 1] for key in first)
    assert waited[len(waited) // 2].total_seconds() < 86_400


def test_rows_are_counted_to_the_second():
    """A row is there at its own second, and not one before."""
    table = bind(schema(BATCH_ROWS + 999, 5))["p"]
    every = Batch.of_range(table, 0, table.rows).column("made").seconds
    times = Times(table, "made")
    for span in (slice(0, 40), slice(9000, 9500), slice(-3, None), slice(0, None, 977)):
        wanted = every.searchsorted(every[span], "right")
        assert wanted.tolist() == times.count_by(every[span]).tolist()
        wanted = every.searchsorted(every[span] - 1, "right")
        assert wanted.tolist() == times.count_by(every[span] - 1).tolist()


def test_rows_before_the_first_parent_are_refused():
    """The message says what would begin later."""
    early = schema(50, 500, {**SINCE, "generator_params": {"days_ago": 2000}})
    with pytest.raises(SchemaError, match=r"a row of 'p' is there by at: .*per"):
        bind(early, databases=("sqlite",))


def test_a_day_before_any_parent_has_no_rows():
    """Where no parent is there by the end, none is possible."""
    since = {**SINCE, "generator_params": {"days_ago": 0}}
    with pytest.raises(SchemaError, match=r"all 900 days from .* have weight 0"):
        bind(schema(5, 5, None, since), databases=("sqlite",))


UNORDERED = {"type": "timestamp", "generator": "timestamp_past"}


@pytest.mark.parametrize(
    ("shape", "time", "since", "says"),
    [
        ({"at": "att"}, None, None, "no column 'att' in table 'c'.*'at'"),
        ({"since": "mad"}, None, None, "no column 'mad' in table 'p'.*'made'"),
        ({"since": "id"}, None, None, "'id' is bigint, and no date or timestamp"),
        ({}, UNORDERED, UNORDERED, "p.made does not rise from row to row"),
        ({"newest": 0.5}, UNORDERED, None, "newest goes by the row before"),
        ({"half": 0.5}, None, None, "'uniform' takes no half"),
        ({}, {**UNORDERED, "nullable": True}, None, "'at' may be null"),
    ],
)
def test_what_cannot_say_a_time_is_refused(shape, time, since, says):
    """With the column and the way out."""
    with pytest.raises(SchemaError, match=says):
        bind(schema(5, 50, time, since, **shape))


def test_a_key_with_another_law_is_none_by_time():
    """Within another key, unique, to itself, or with a condition."""
    key = {"type": "bigint", "foreign_key": {**KEY, "fan_out": SHAPE}}
    for more, says in (
        ({"unique": True}, "parents come up again"),
        ({"foreign_key": {**key["foreign_key"], "where": {"id": 1}}}, "nothing else chooses"),
        ({"foreign_key": {**key["foreign_key"], "table": "c"}}, "leads to earlier rows"),
    ):
        with pytest.raises(SchemaError, match=says):
            schema_of(p=(9, {"made": SINCE}), c=(9, {"at": at(), "p_id": key | more}))


def test_runs_lie_in_the_order_of_their_parents():
    """So that ids of children rise with those of their parents."""
    shape = {"type": "grouped", "distribution": "poisson", "in_order": True}
    key = {"type": "bigint", "foreign_key": {**KEY, "fan_out": shape}}
    keys = cells(bind(schema_of(p=(90, {}), c=(400, {"p_id": key})))["c"], "p_id")
    assert keys == sorted(keys)


def test_a_time_without_a_type_is_one_mistake():
    """What reads it, through the key too, is none."""
    key = {"name": "id", "type": "bigint", "primary_key": True}
    follower = {"name": "like", "type": "int", "correlation": {"column": "p.score", "rho": 0.5}}
    parent = [key, {"name": "made", **SINCE}, {"name": "score", "type": "int"}]
    child = [
        *(key, {"name": "at"}, follower),
        {"name": "p_id", "type": "bigint", "foreign_key": {**KEY, "fan_out": SHAPE}},
    ]
    tables = [
        {"name": n, "record_count": 9, "columns": c} for n, c in (("p", parent), ("c", child))
    ]
    head = {"schema_version": "1.0", "name": "x", "database_type": ["sqlite"]}
    with pytest.raises(SchemaError) as raised:
        load_schema({**head, "tables": tables})
    assert ["tables.c.columns.at.type"] == [each.path for each in raised.value.mistakes]
