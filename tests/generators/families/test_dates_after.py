"""Order in time: what comes after something is never before it, and never after as-of."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import (
    assert_counts_fit,
    assert_follows,
    assert_uniform,
    assert_values_fit,
    exponential_cdf,
)
from support.tables import AS_OF, Columns, bind, bound, cells, schema_of

from shardgen.errors import SchemaError

NOW = dt.datetime.combine(AS_OF, dt.time())
LONG_AGO = {"type": "date", "generator": "date_between",
            "generator_params": {"start_date": "2010-01-01", "end_date": "2015-12-31"}}  # fmt: skip


def after(column: str, kind: str = "date", **parameters: Any) -> dict[str, Any]:
    """Return a column that comes after another; `nullable` and others by their names too."""
    facts = {n: parameters.pop(n) for n in ("nullable", "unique") if n in parameters}
    return {"type": kind, "generator": f"{kind}_after",
            "generator_params": {"after": column, **parameters}, **facts}  # fmt: skip


def past(kind: str = "date", **parameters: Any) -> dict[str, Any]:
    return {"type": kind, "generator": f"{kind}_past", "generator_params": parameters}


def pairs(columns: Columns, one: str, other: str, rows: int = 20_000) -> list[tuple[Any, Any]]:
    table = bound(columns, rows)
    return list(zip(cells(table, one), cells(table, other), strict=True))


def day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def moment(value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


# --- The law


def test_days_after_are_uniform_where_there_is_room():
    """With as-of far away, both bounds of the gap are reached and all between are as likely."""
    columns = {"a": LONG_AGO, "b": after("a", min_days=3, max_days=400)}
    assert_uniform([(b - a).days for a, b in pairs(columns, "a", "b", 100_000)], 3, 400)


def test_days_after_follow_their_distribution():
    """The gap has the law, for dates and for timestamps."""
    law = {"distribution": "exponential", "mean": 30}
    for kind in ("date", "timestamp"):
        columns = {"a": LONG_AGO, "b": after("a", kind, max_days=900, **law)}
        days = [(day(b) - a).days for a, b in pairs(columns, "a", "b", 100_000)]
        assert_follows(days, exponential_cdf(30))


@pytest.mark.parametrize(
    "law", [{}, {"distribution": "exponential", "mean": 20}, {"values": [10, 50, 100]}]
)
def test_where_less_room_is_left_the_law_is_drawn_closer(law):
    """To the same shares of the room, and no heap on the last day."""
    fixed = {"days_ago_min": 60, "days_ago_max": 60}
    columns = {"a": past(**fixed), "b": after("a", max_days=100, **law)}
    days = [(b - a).days for a, b in pairs(columns, "a", "b", 100_000)]
    if not law:
        assert_uniform(days, 0, 60)
    elif "values" in law:
        spread = [{d * 61 // 101, (d + 1) * 61 // 101} for d in (10, 50, 100)]
        assert set(days) <= set().union(*spread)
        assert_values_fit((min(n for n, s in enumerate(spread) if d in s) for d in days),
                          {0: 1, 1: 1, 2: 1})  # fmt: skip
    else:
        assert_follows(days, scaled(exponential_cdf(20), 101 / 61))


def scaled(cdf, factor):
    """Return the law of whole days, each spread evenly over its length, drawn closer together."""

    def law(x: float) -> float:
        whole, part = divmod((x + 0.5) * factor, 1)
        below, above = cdf(whole - 0.5), cdf(whole + 0.5) if whole < 100 else 1.0
        return below + part * (above - below)

    return law


def test_the_least_days_are_kept_where_they_fit():
    """Where as-of is nearer than that, the gap is shorter and the date still not in the future."""
    columns = {"a": past(days_ago=40), "b": after("a", min_days=20, max_days=100)}
    for a, b in pairs(columns, "a", "b"):
        room = (AS_OF - a).days
        assert (20 if room >= 20 else 0) <= (b - a).days <= room


def test_where_there_is_no_room_it_is_the_same_moment():
    """A parent that is later than as-of has children at once."""
    ahead = {"type": "timestamp", "generator": "timestamp_future",
             "generator_params": {"days_ahead_min": 1, "days_ahead_max": 9}}  # fmt: skip
    for kind in ("date", "timestamp"):
        columns = {"a": ahead, "b": after("a", kind, min_days=2)}
        expected = day if kind == "date" else moment
        assert all(expected(a) == b for a, b in pairs(columns, "a", "b"))


def test_a_second_of_the_day_is_uniform():
    """On a later day than the first moment, any second is as likely."""
    columns = {"a": LONG_AGO, "b": after("a", "timestamp", min_days=1)}
    seconds = [(b - moment(b.date())).seconds for _, b in pairs(columns, "a", "b", 100_000)]
    assert_uniform(seconds, 0, 86_399)


def test_on_the_same_day_it_is_a_later_second():
    """Uniform over what is left of the day."""
    columns = {"a": past("timestamp", days_ago_min=5, days_ago_max=50),
               "b": after("a", "timestamp", max_days=0)}  # fmt: skip
    shares = []
    for a, b in pairs(columns, "a", "b", 50_000):
        assert a <= b
        assert a.date() == b.date()
        left = 86_400 - (a - moment(a.date())).seconds
        shares.append(int(((b - a).seconds + 0.5) / left * 1000))
    assert_uniform(shares, 0, 999)


def test_seasons_hold_after_something():
    """Within the room that each row has."""
    seasonal = {"weekdays": {"saturday": 0, "sunday": 0, "1": 3}, "hours": {"8-17": 9}}
    columns = {
        "a": LONG_AGO,
        "b": after("a", "timestamp", min_days=7, max_days=7 * 53 - 1, seasonal=seasonal),
        "c": after("b", min_days=0, max_days=9, seasonal={"weekdays": {"saturday": 0}}),
    }
    table = bound(columns, 50_000)
    a, b, c = (cells(table, name) for name in "abc")
    counts = Counter(m.weekday() for m in b)
    assert_counts_fit([counts[d] for d in range(5)], [3, 1, 1, 1, 1])
    assert not counts[5]
    assert not counts[6]
    hours = Counter(m.hour for m in b)
    assert_counts_fit([hours[h] for h in range(24)], [9 if 8 <= h <= 17 else 1 for h in range(24)])
    days = [(day(m) - d).days for d, m in zip(a, b, strict=True)]
    assert 7 <= min(days) <= max(days) < 7 * 53
    assert all(0 <= (d - day(m)).days <= 9 and d.weekday() != 5 for m, d in zip(b, c, strict=True))


# --- The order, whatever is asked for

KINDS = st.sampled_from(["date", "timestamp"])
SEASONS = st.sampled_from([None, {"weekdays": {"7": 0}}, {"months": {"2": 9}}])


@st.composite
def chains(draw: st.DrawFn) -> tuple[Columns, Columns]:
    """A parent's columns, and a child's that come after one of them and before another."""
    low, high = sorted(draw(st.tuples(st.integers(0, 90), st.integers(0, 90))))
    kinds = [draw(KINDS) for _ in range(4)]

    def step(path: str, kind: str, **facts: Any) -> dict[str, Any]:
        least, most = sorted(draw(st.tuples(st.integers(0, 60), st.integers(0, 60))))
        season, law = draw(SEASONS), draw(st.sampled_from([{}, {"distribution": "zipf"}]))
        more = {"seasonal": season} if season else law
        return after(path, kind, min_days=least, max_days=most, **more, **facts)

    parent = {
        "opened": past(kinds[0], days_ago_min=low, days_ago_max=high),
        "closed": step("opened", kinds[1]),
    }
    child = {
        "p_id": {"type": "bigint", "foreign_key": {"table": "p", "column": "id"}},
        "made": step("p_id.opened", kinds[2], before="p.closed"),
        "sent": step("made", kinds[3]),
    }
    return parent, child


@given(chains(), st.lists(st.integers(0, 299), max_size=30))
@settings(max_examples=120, deadline=None)
def test_no_child_comes_before_its_parent_or_after_its_end(columns, some):
    """Each day in order, each moment too; and any rows alone are those of the whole."""
    parent, child = columns
    tables = bind(schema_of(p=(50, parent), c=(300, child)))
    opened, closed = cells(tables["p"], "opened"), cells(tables["p"], "closed")
    of = cells(tables["c"], "p_id")
    made, sent = cells(tables["c"], "made"), cells(tables["c"], "sent")
    for a, b in zip(opened, closed, strict=True):
        assert_in_order(a, b, AS_OF)
    for p, m, s in zip(of, made, sent, strict=True):
        assert_in_order(opened[p - 1], m, closed[p - 1])
        assert_in_order(m, s, AS_OF)
    assert [made[row] for row in some] == cells(tables["c"], "made", some)
    assert [sent[row] for row in some] == cells(tables["c"], "sent", some)
    assert [] == cells(tables["c"], "sent", [])


def assert_in_order(first: Any, value: Any, last: Any) -> None:
    """A date is compared by days, a timestamp to the second."""
    as_of_kind = moment if isinstance(value, dt.datetime) else day
    assert as_of_kind(first) <= value <= max(as_of_kind(last), as_of_kind(first))


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_bounds_hold_for_every_batch(kind):
    """A batch of one row says the same of its column as one of all rows."""
    from shardgen.tables.batch import Batch

    columns = {"a": past("timestamp", days_ago=90), "b": after("a", kind, max_days=20)}
    table = bound(columns, 3000)
    bounds = set()
    for start, stop in ((0, 3000), (0, 0), (5, 6), (100, 200)):
        made = Batch.of_range(table, start, stop).column("b")
        bounds.add((made.low, made.high))
        values = made.days if kind == "date" else made.seconds
        assert all(made.low <= v <= made.high for v in values.tolist())
    assert 1 == len(bounds)


# --- Nulls


def test_nothing_comes_after_null():
    """The column is null where what it comes after is, and else where it says so itself."""
    columns = {
        "a": past() | {"nullable": True},
        "b": after("a", nullable=True),
        "c": after("a", nullable=True, null_probability=0.5),
        "d": after("b", "timestamp", nullable=True),
    }
    table = bound(columns, 10_000)
    a, b, c, d = (cells(table, name) for name in "abcd")
    assert 800 < a.count(None) < 1200
    assert [v is None for v in a] == [v is None for v in b] == [v is None for v in d]
    assert all(w is None for v, w in zip(a, c, strict=True) if v is None)
    assert 5000 < c.count(None) < 6000


def test_nothing_comes_after_a_null_of_the_parent():
    """A child is null exactly where its parent has no date."""
    child = {
        "p_id": {"type": "bigint", "foreign_key": {"table": "p", "column": "id"}},
        "b": after("p.a", nullable=True),
    }
    tables = bind(schema_of(p=(100, {"a": past() | {"nullable": True}}), c=(1000, child)))
    a = cells(tables["p"], "a")
    keys, made = cells(tables["c"], "p_id"), cells(tables["c"], "b")
    assert [a[p - 1] is None for p in keys] == [v is None for v in made]


def test_a_column_that_is_never_null_comes_after_none_that_may_be():
    """The schema is refused, unless the share of nulls is 0."""
    columns = {"a": past() | {"nullable": True}, "b": after("a")}
    with pytest.raises(SchemaError, match=r'a may be null.*set "nullable": true here too'):
        bound(columns, 5)
    never = past(null_probability=0) | {"nullable": True}
    assert None not in cells(bound({"a": never, "b": after("a")}, 500), "b")


# --- What is refused


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (after("nowhere"), "'nowhere' is not in table"),
        (after("aa"), "'aa' is not in table"),
        (after("p.a"), "'p' is no foreign key of table 't'"),
        (after("n"), "'n' is int, not date or timestamp"),
        (after("a", before="n"), "'n' is int, not date or timestamp"),
        (after("a", before="as-of"), "'as-of' is not in table"),
        (after("b"), "need each other"),
        (after("a", min_days=9, max_days=3), "min_days 9 is above max_days 3"),
        (after("a", unique=True), "leave out unique"),
        (after("a", seasonal={"hours": {"3": 1}}), "dates have no hours"),
        (after("a", seasonal={}, distribution="normal", mean=3, std_dev=1), "two laws"),
        (after("a", min_days=-1), "-1 is below 0"),
        (after("a") | {"type": "timestamp"}, "use timestamp_after"),
        (after("a") | {"type": "int"}, "dates"),
        (after("old", seasonal={"months": {"1": 2}}), "at most 400000 days"),
    ],
)
def test_what_cannot_come_after_anything_is_refused(facts, says):
    """Wrong names, types, bounds and laws, each with its reason."""
    old = {"start_date": "1000-01-01", "end_date": "2200-01-01"}
    columns = {
        "a": past(),
        "n": {"type": "int"},
        "old": {"type": "date", "generator": "date_between", "generator_params": old},
        "b": facts,
    }
    with pytest.raises(SchemaError, match=says):
        bound(columns, 5)
