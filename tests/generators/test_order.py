"""Columns in order: values rise or fall from row to row, and keep their law."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any

import pytest
from support.keys import ID, bind, key, table, tuples
from support.statistics import assert_uniform
from support.tables import AS_OF

from shardgen.errors import SchemaError
from shardgen.tables.batch import Batch

POISSON = {"type": "grouped", "distribution": "poisson"}
SEASON = {"weekdays": {"saturday": 0.1, "sunday": 0.1}, "hours": {"9-17": 5}}
RISING: dict[str, dict[str, Any]] = {
    "integers": {
        "type": "int",
        "generator": "int_range",
        "generator_params": {"min": 0, "max": 10**6},
    },
    "decimals": {"type": "decimal(9,2)", "generator": "decimal_range"},
    "dates": {"type": "date", "generator": "date_past"},
    "seasonal dates": {
        "type": "date",
        "generator": "date_past",
        "generator_params": {"seasonal": {"weekdays": {"sunday": 0.1}}},
    },
    "timestamps": {"type": "timestamp", "generator": "timestamp_past"},
    "near timestamps": {
        "type": "timestamp",
        "generator": "timestamp_past",
        "generator_params": {"days_ago": 1},
    },
    "seasonal timestamps": {
        "type": "timestamp",
        "generator": "timestamp_past",
        "generator_params": {"seasonal": SEASON, "days_ago": 9},
    },
    "dates after": {
        "type": "date",
        "generator": "date_after",
        "generator_params": {"after": "p.made", "max_days": 400},
    },
    "timestamps after": {
        "type": "timestamp",
        "generator": "timestamp_after",
        "generator_params": {"after": "p.made", "max_days": 3, "min_days": 1},
    },
}


def made(facts: dict[str, Any], *, grouped: bool = True, rows: int = 3000) -> Any:
    """Return a table of parents and one of children with a column `x` of these facts."""
    parents = {"id": ID, "made": {"type": "timestamp", "generator": "timestamp_past"}}
    shape = {"fan_out": POISSON} if grouped else {}
    columns = {"id": ID, "p_id": key("p", **shape), "x": facts}
    return bind(table("p", 200, parents), table("c", rows, columns))


@pytest.mark.parametrize("facts", RISING.values(), ids=[*RISING])
@pytest.mark.parametrize("order", ["rising", "falling"])
def test_values_are_in_order_among_the_children_of_each_parent(facts, order):
    """None lies before the one of the child before it; with "falling", after it."""
    rows = tuples(made(facts | {"order": order})["c"], "p_id", "x")
    steps = 0
    for _, children in groupby(rows, key=lambda row: row[0]):
        for (_, one), (_, next_one) in pairwise(children):
            assert one <= next_one if order == "rising" else one >= next_one
            steps += one != next_one
    assert steps > 1000


def test_without_a_grouped_key_all_rows_are_in_order():
    """So that ids rise with time."""
    rows = tuples(made(RISING["timestamps"] | {"order": "rising"}, grouped=False)["c"], "id", "x")
    assert rows == sorted(rows)
    assert [x for _, x in rows] == sorted(x for _, x in rows)


LISTED: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "texts": ({"type": "varchar(9)", "generator": "choice"}, ["open", "Paid", "archived"]),
    "a generator's own": (
        {"type": "varchar(20)", "generator": "visit_type"},
        ["routine", "emergency", "follow-up"],
    ),
    "bits": ({"type": "varbit(8)", "generator": "choice"}, ["1", "00000000"]),
    "numbers": ({"type": "int", "generator": "choice"}, [10, 9, 100]),
}


@pytest.mark.parametrize("order", ["rising", "falling"])
@pytest.mark.parametrize("kind", LISTED)
def test_texts_rise_as_they_are_listed(kind, order):
    """By no collation, of which databases have many; numbers rise by their size."""
    facts, listed = LISTED[kind]
    if facts["generator"] == "choice":
        facts = facts | {"generator_params": {"values": listed}}
    values = [x for (x,) in tuples(made(facts | {"order": order}, grouped=False)["c"], "x")]
    rising = sorted(listed) if kind == "numbers" else listed
    assert rising == [*dict.fromkeys(values if order == "rising" else reversed(values))]
    assert len(listed) - 1 == sum(one != other for one, other in pairwise(values))


@pytest.mark.parametrize("grouped", [False, True])
def test_the_law_is_kept(grouped):
    """Over all parents the values are as uniform as without an order."""
    facts = RISING["integers"] | {"order": "rising"}
    values = [x for (x,) in tuples(made(facts, grouped=grouped, rows=20_000)["c"], "x")]
    assert_uniform(values, 0, 10**6)


def test_a_row_made_alone_is_the_row_made_among_others():
    """Whatever else is made beside it."""
    for facts in RISING.values():
        child = made(facts | {"order": "rising"})["c"]
        whole = Batch.of_range(child, 0, child.rows).column("x").python()
        few = Batch.of_range(child, 1000, 1003).column("x").python()
        assert whole[1000:1003] == few


def test_values_after_another_moment_stay_within_their_range():
    """Not before it, and not after as-of."""
    child = made(RISING["timestamps after"] | {"order": "rising"})["c"]
    batch = Batch.of_range(child, 0, child.rows)
    after = batch.parent("p_id").column("made").python()
    for first, moment in zip(after, batch.column("x").python(), strict=True):
        assert first <= moment
        assert (moment.date() - first.date()).days <= 3
        assert moment.date() < AS_OF or moment == first


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"type": "varchar(99)", "generator": "job_title"}, "job_title cannot rise or fall"),
        ({"type": "bigint", "unique": True}, "the values of a key are spread evenly"),
        (
            RISING["integers"] | {"correlation": {"column": "p_id.made", "rho": 0.5}},
            "the column cannot follow another one and its rows too",
        ),
        (
            {
                "type": "timestamp",
                "generator": "timestamp_past",
                "distribution": {"type": "normal", "params": {"mean": 50, "std_dev": 9}},
            },
            "timestamps in order are drawn by the second",
        ),
        (
            {
                "type": "date",
                "generator": "date_of_birth",
                "distribution": {"type": "normal", "params": {"mean": 50, "std_dev": 9}},
            },
            "dates in order are drawn by the day",
        ),
        (
            {
                "type": "timestamp",
                "generator": "timestamp_after",
                "generator_params": {"after": "p.made", "seasonal": SEASON},
            },
            "timestamps in order are drawn by the second",
        ),
    ],
    ids=str,
)
def test_what_has_no_order_is_refused(facts, what):
    """By name, with the way out."""
    with pytest.raises(SchemaError) as caught:
        made(facts | {"order": "rising"})
    assert len(caught.value.mistakes) == 1
    assert what in caught.value.mistakes[0].what
    assert caught.value.mistakes[0].hint


@pytest.mark.parametrize("order", ["rising", "falling"])
@pytest.mark.parametrize("generator", ["date_after", "timestamp_after"])
def test_what_comes_after_a_column_in_order_is_in_order(generator, order):
    """Beside a column in none, or a parent drawn anew for each row, there is none."""
    date = {"type": "date", "generator": "date_past"}
    after = {"type": generator.removesuffix("_after"), "generator": generator, "order": order}

    def bound(began: dict[str, Any], name: str, **facts: Any) -> Any:
        ended = {**after, "generator_params": {"after": name, "max_days": 90}}
        columns = {"id": ID, "p_id": key("p", **facts), "began": began, "ended": ended}
        return bind(table("p", 9, {"id": ID, "made": date}), table("c", 400, columns))

    rows = tuples(bound({**date, "order": order}, "began")["c"], "ended")
    assert rows == sorted(rows, reverse=order == "falling")
    for began, name in ((date, "began"), (date, "p.made")):
        with pytest.raises(SchemaError, match=f"are to be {order}, and {name} differs"):
            bound(began, name)
