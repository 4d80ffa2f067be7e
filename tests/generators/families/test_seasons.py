"""Seasons: days and hours have the shares that their weights say."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import assert_counts_fit, assert_uniform
from support.tables import AS_OF, bound, cells, values_of

from shardgen.errors import InputError, SchemaError
from shardgen.random.streams import words
from shardgen.random.weighted import WeightedIntervals

SEASONAL = {
    "months": {"11": 2.5, "December": 3, "2": 0.25},
    "weekdays": {"saturday": 0.5, "7": 0},
}
HOURS = {"hours": {"9": 3, "10-17": 5, "22-3": 0.1}}
MONTHS = {11: 2.5, 12: 3.0, 2: 0.25}
WEEKDAYS = {5: 0.5, 6: 0.0}
OF_HOUR = {9: 3.0, **dict.fromkeys(range(10, 18), 5.0), **dict.fromkeys((22, 23, 0, 1, 2, 3), 0.1)}


def day_weight(day: dt.date) -> float:
    return MONTHS.get(day.month, 1.0) * WEEKDAYS.get(day.weekday(), 1.0)


def assert_seasonal(days: list[dt.date], low: dt.date, high: dt.date) -> None:
    """Every day within the bounds has its share."""
    every = [low + dt.timedelta(n) for n in range((high - low).days + 1)]
    counts = Counter(days)
    assert set() == counts.keys() - set(every)
    assert not [day for day in counts if not day_weight(day)]
    open_days = [day for day in every if day_weight(day)]
    assert_counts_fit([counts[day] for day in open_days], [day_weight(day) for day in open_days])


def made(generator, rows=100_000, seasonal=SEASONAL, **parameters):
    kind = generator.split("_")[0]
    return values_of(rows, type=kind, generator=generator,
                     generator_params={**parameters, "seasonal": seasonal})  # fmt: skip


def test_past_dates_have_seasons():
    """Each day between the bounds has its share: months times weekdays, 0 for never."""
    low, high = AS_OF - dt.timedelta(800), AS_OF - dt.timedelta(10)
    assert_seasonal(made("date_past", days_ago_min=10, days_ago_max=800), low, high)


def test_dates_between_have_seasons():
    """Over four years with two leap days, from one Monday to a Friday."""
    low, high = dt.date(2019, 12, 30), dt.date(2024, 3, 1)
    span = {"start_date": "2019-12-30", "end_date": "2024-03-01"}
    assert_seasonal(made("date_between", **span), low, high)


@pytest.mark.parametrize(
    ("generator", "parameters", "low", "high"),
    [
        ("timestamp_past", {"days_ago": 400}, AS_OF - dt.timedelta(400), AS_OF - dt.timedelta(1)),
        ("timestamp_future", {"days_ahead": 400}, AS_OF, AS_OF + dt.timedelta(399)),
    ],
)
def test_timestamps_have_seasons_and_hours(generator, parameters, low, high):
    """Days as of dates, hours by their weights over midnight, and any second within the hour."""
    moments = made(generator, seasonal=SEASONAL | HOURS, **parameters)
    assert_seasonal([m.date() for m in moments], low, high)
    hours = Counter(m.hour for m in moments)
    assert_counts_fit([hours[h] for h in range(24)], [OF_HOUR.get(h, 1.0) for h in range(24)])
    assert_uniform([m.minute * 60 + m.second for m in moments], 0, 3599)


def test_the_first_and_the_last_day_may_be_cut():
    """They have the share of the hours that lie inside, to the second."""
    span = {"start_date": "2024-02-28T20:30:00", "end_date": "2024-03-01T10:29:59"}
    moments = made("timestamp_between", seasonal=HOURS, **span)
    first, last = dt.datetime(2024, 2, 28, 20, 30), dt.datetime(2024, 3, 1, 10, 29, 59)
    assert first <= min(moments) <= max(moments) <= last
    counts = Counter(m.replace(minute=0, second=0) for m in moments)
    hours = [dt.datetime(2024, 2, 28, 20) + dt.timedelta(hours=n) for n in range(39)]
    shares = [OF_HOUR.get(h.hour, 1.0) for h in hours]
    shares[0] /= 2
    shares[-1] /= 2
    assert_counts_fit([counts[h] for h in hours], shares)


@pytest.mark.parametrize("seasonal", [{}, {"months": {}}, {"hours": {"0-23": 7}}])
def test_seasons_of_nothing_are_uniform(seasonal):
    """No weights, no months, and one weight for all hours change nothing."""
    moments = made("timestamp_past", seasonal=seasonal, days_ago=3)
    ago = [(dt.datetime.combine(AS_OF, dt.time()) - m).total_seconds() for m in moments]
    assert_uniform([int(a) for a in ago], 0, 3 * 86_400)


def test_days_grow_from_year_to_year_up_to_the_last():
    """A day weighs half as much again as that of a year before, and the last day as its weekday."""
    span = {"start_date": "2023-01-02", "end_date": "2024-12-29"}
    days = made("date_between", 200_000, {"growth": 0.5}, **span)
    counts = Counter((day - dt.date(2023, 1, 2)).days // 7 for day in days)
    assert_counts_fit(
        [counts[n] for n in range(104)], [1.5 ** (n * 7 / 365.2425) for n in range(104)]
    )


def test_a_decline_of_a_thousand_years_has_weights():
    """The first day is the heaviest, however light the last one is."""
    days = made("date_past", 1000, {"growth": -0.9}, years_ago=900)
    assert max(days) < AS_OF - dt.timedelta(800 * 365)


def test_holidays_have_their_weights():
    """A federal one on the day when offices are closed; one by its name counts for itself."""
    seasonal = {"holidays": {"us_federal": 0, "black_friday": 4, "thanksgiving": 2}}
    span = {"start_date": "2021-01-01", "end_date": "2022-12-31"}
    counts = Counter(made("date_between", 200_000, seasonal, **span))
    closed = (
        *("2021-01-01", "2021-01-18", "2021-02-15", "2021-05-31", "2021-06-18", "2021-07-05"),
        *("2021-09-06", "2021-10-11", "2021-11-11", "2021-12-24", "2021-12-31", "2022-01-17"),
        *("2022-02-21", "2022-05-30", "2022-06-20", "2022-07-04", "2022-09-05", "2022-10-10"),
        *("2022-11-11", "2022-12-26"),
    )
    assert not [day for day in closed if counts[dt.date.fromisoformat(day)]]
    weights = {"2021-11-25": 2, "2022-11-24": 2, "2021-11-26": 4, "2022-11-25": 4}
    every = [dt.date(2021, 1, 1) + dt.timedelta(n) for n in range(730)]
    open_days = [day for day in every if day.isoformat() not in closed]
    shares = [weights.get(day.isoformat(), 1) for day in open_days]
    assert_counts_fit([counts[day] for day in open_days], shares)


def test_weights_of_nothing_but_zero_are_refused():
    """A shop that is closed on Sundays has no date when there are only Sundays."""
    sunday = {
        "start_date": "2024-12-29",
        "end_date": "2024-12-29",
        "seasonal": {"weekdays": {"7": 0}},
    }
    with pytest.raises(InputError, match="all 1 days from 2024-12-29 to 2024-12-29 have weight 0"):
        made("date_between", 100, **sunday)
    hours = {"seasonal": {"hours": {"0-23": 0}}}
    with pytest.raises(InputError, match=r"seasonal.hours: all 24 weights are 0"):
        made("timestamp_past", 100, **hours)


@pytest.mark.parametrize("generator", ["date_past", "timestamp_past"])
def test_edge_cells_are_the_ends(generator):
    """Seasons do not reach them: the newest day and the day ten years ago."""
    facts = {
        "type": generator.split("_")[0],
        "generator": generator,
        "generator_params": {"days_ago_min": 10, "days_ago": 100, "seasonal": SEASONAL},
    }
    values = cells(bound({"v": facts}, 5000, edge_case_probability=1.0), "v")  # fmt: skip
    days = {v.date() if isinstance(v, dt.datetime) else v for v in values}
    assert {AS_OF - dt.timedelta(10), AS_OF - dt.timedelta(3652)} == days


@pytest.mark.parametrize(
    ("seasonal", "says"),
    [
        ({"months": {"13": 2}}, "'13' is none of them at .*; use a name, or a number from 1 to 12"),
        ({"months": {"0": 2}}, "number from 1 to 12"),
        ({"months": {"decembre": 2}}, "did you mean 'december'"),
        ({"weekdays": {"8": 2}}, "number from 1 to 7"),
        ({"weekdays": {"sun": 2}}, "weekdays"),
        ({"months": {"11": 2, "november": 3}}, "'november' has a weight already, as '11'"),
        ({"hours": {"9-12": 2, "10": 3}}, "'10' has a weight already, as '9-12'"),
        ({"hours": {"24": 2}}, "'24' is no hour"),
        ({"hours": {"9-": 2}}, "'9-' is no hour"),
        ({"hours": {"": 2}}, "'' is no hour"),
        ({"hours": {"1-2-3": 2}}, "is no hour"),
        ({"months": {"11": 1, "12": -1}}, r"-1 is below 0 at .*\.seasonal\.months\.12"),
        ({"holidays": {"thanksgivin": 2}}, r"'thanksgivin' is none .*did you mean 'thanksgiving'"),
        ({"growth": -1}, r"-1 is below -0.9 at .*\.seasonal\.growth"),
        ({"hours": {"9": "x"}}, r"'x' is not a number at .*\.seasonal\.hours\.9"),
        ({"month": {"11": 1}}, "unknown field 'month'"),
    ],
)
def test_seasons_that_mean_nothing_are_refused(seasonal, says):
    """What is no month, day or hour, two weights for one of them, and weights below 0."""
    with pytest.raises(SchemaError, match=says):
        made("timestamp_past", 5, seasonal=seasonal)


def test_seasons_that_contradict_the_column_are_refused():
    """With the way out."""
    with pytest.raises(SchemaError, match=r"dates have no hours at .*; leave out hours"):
        made("date_past", 5, seasonal=HOURS)
    law = {"distribution": {"type": "exponential", "params": {"mean": 20}}}
    for generator in ("date_past", "timestamp_past", "timestamp_future"):
        with pytest.raises(SchemaError, match="exponential distribution are two laws"):
            made(generator, 5, **law)
    span = {"start_date": "2020-01-01", "end_date": "2024-01-01"}
    for generator in ("date_between", "timestamp_between"):
        with pytest.raises(SchemaError, match="exponential distribution are two laws"):
            made(generator, 5, **law, **span)
    with pytest.raises(SchemaError, match="a unique column cannot be seasonal"):
        values_of(5, type="date", unique=True, generator="date_past",
                  generator_params={"seasonal": SEASONAL})  # fmt: skip
    span = {"start_date": "0900-01-01", "end_date": "2024-01-01"}
    with pytest.raises(SchemaError, match="at most 400000 days, not 410533"):
        made("date_between", 5, **span)


@given(st.lists(st.integers(0, 9999), max_size=40))
@settings(max_examples=30, deadline=None)
def test_any_rows_alone_are_those_of_the_whole(rows):
    """In any order and with repeats."""
    facts = {"type": "timestamp", "generator": "timestamp_past",
             "generator_params": {"days_ago": 900, "seasonal": SEASONAL | HOURS}}  # fmt: skip
    table = bound({"v": facts}, 10_000)
    whole = cells(table, "v")
    assert [whole[row] for row in rows] == cells(table, "v", rows)


@given(
    st.lists(st.floats(0, 1e9) | st.sampled_from([0.0, 1e-12, 1e300, 5e-324]), min_size=1,
             max_size=300),
    st.data(),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_step_lies_within_its_stretch(weights, data):
    """And does not depend on which other stretches are drawn beside it."""
    steps = WeightedIntervals(weights)
    assert len(weights) == len(steps)
    first = data.draw(st.integers(0, len(weights) - 1))
    stop = data.draw(st.integers(first + 1, len(weights)))
    drawn = words(5, np.arange(200))
    alone = steps.draw_within(drawn, np.full(200, first), np.full(200, stop))
    assert first <= alone.min() <= alone.max() < stop
    mixed = steps.draw_within(
        np.concatenate((drawn, drawn)),
        np.repeat([first, 0], 200),
        np.repeat([stop, len(weights)], 200),
    )
    assert alone.tolist() == mixed[:200].tolist()
    assert steps.draw(drawn).tolist() == mixed[200:].tolist()


LAW = {"type": "quantiles", "points": [[0, 0], [0.2, 7], [0.9, 70], [1, 699]]}


@pytest.mark.parametrize("more", [{}, {"weekdays": {"sunday": 0}}, {"hours": {"0-11": 0}}])
def test_quantiles_of_days_go_with_seasons(more):
    """Days have the shares of the law, whole weeks of which lose nothing, and the hours theirs."""
    span = {"start_date": "2024-01-01", "end_date": "2025-11-30 23:59:59"}
    parameters = {**span, "distribution": LAW} | ({"seasonal": more} if more else {})
    seen = values_of(50_000, type="datetime", generator="timestamp_between",
                     generator_params=parameters)  # fmt: skip
    days = np.array([(moment.date() - dt.date(2024, 1, 1)).days for moment in seen])
    assert (0, 699) >= (days.min(), days.max()) >= (0, 690)
    assert [0.2, 0.55, 0.9] == pytest.approx([np.mean(days < at) for at in (7, 38, 70)], abs=0.02)
    assert not [m for m in seen if "weekdays" in more and m.isoweekday() == 7]
    assert not [m for m in seen if "hours" in more and m.hour < 12]


def test_quantiles_of_dates_rise_in_order():
    """Of n rows the j-th has the j-th n-th of the law, of dates and of timestamps."""
    span = {"start_date": "2024-01-01", "end_date": "2025-11-30 23:59:59"}
    for kind, end in (("date", "2025-11-30"), ("timestamp", span["end_date"])):
        parameters = {**span, "end_date": end, "distribution": LAW}
        seen = values_of(1000, type=kind, generator=f"{kind}_between", order="rising",
                         generator_params=parameters)  # fmt: skip
        assert seen == sorted(seen)
        later = dt.date.fromisoformat(str(seen[899])[:10]) - dt.date(2024, 1, 1)
        assert 70 == pytest.approx(later.days, abs=1)
