"""Dates and timestamps: counted from as-of, in every spelling of their span."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import (
    assert_follows,
    assert_uniform,
    assert_values_fit,
    exponential_cdf,
    phi,
)
from support.tables import AS_OF, bind, bound, cells, month_later, schema_of, values_of

from shardgen.errors import BindError, PlanError, SchemaError
from shardgen.tables.calendar import month_table

DAY = 86_400
MIDNIGHT = dt.datetime.combine(AS_OF, dt.time())


def days_ago(dates: list) -> list[int]:
    return [(AS_OF - date).days for date in dates]


def seconds_ago(moments: list[dt.datetime]) -> list[int]:
    return [int((MIDNIGHT - moment).total_seconds()) for moment in moments]


SPANS = [
    ({}, 0, 365),
    ({"days_ago_min": 30, "days_ago_max": 730}, 30, 730),
    ({"min_days_ago": 30, "max_days_ago": 730}, 30, 730),
    ({"days_ago_min": 730, "days_ago_max": 30}, 30, 730),
    ({"min_days_ago": 730, "max_days_ago": 30}, 30, 730),
    ({"years_ago": 2}, 0, 730),
    ({"years_ago": 0.5}, 0, 183),
    ({"days_ago": 10}, 0, 10),
    ({"days_ago_max": 10}, 0, 10),
    ({"days_ago_min": 5, "days_ago_max": 5}, 5, 5),
    ({"days_ago_min": 0, "days_ago_max": 0}, 0, 0),
    ({"years_ago": 1, "min_days_ago": 100}, 100, 365),
]


@pytest.mark.parametrize(("parameters", "least", "most"), SPANS)
def test_past_dates_in_every_spelling(parameters, least, most):
    """Uniform from the least to the most days ago, both included; a swapped pair is the same."""
    made = values_of(50_000, type="date", generator="date_past", generator_params=parameters)
    ago = days_ago(made)
    assert (least, most) == (min(ago), max(ago))
    assert_uniform(ago, least, most)


@pytest.mark.parametrize(("parameters", "least", "most"), SPANS)
def test_past_timestamps_in_every_spelling(parameters, least, most):
    """From midnight `most` days ago to midnight `least` days ago, at any second."""
    facts = {"type": "timestamp", "generator": "timestamp_past", "generator_params": parameters}
    ago = seconds_ago(values_of(50_000, **facts))
    if least < most:
        assert_uniform(ago, least * DAY, most * DAY)
    else:
        assert least * DAY - DAY < min(ago) <= max(ago) <= most * DAY


def test_future_timestamps():
    """Uniform to the second between the two days ahead; a swapped pair is the same."""
    parameters = {"days_ahead_min": 90, "days_ahead_max": 30}
    facts = {"type": "timestamp", "generator": "timestamp_future", "generator_params": parameters}
    assert_uniform([-s for s in seconds_ago(values_of(50_000, **facts))], 30 * DAY, 90 * DAY)


def test_dates_between():
    """Every day is as likely, both ends included, over a leap day and a new century."""
    parameters = {"start_date": "1999-12-30", "end_date": "2000-03-01"}
    made = values_of(50_000, type="date", generator="date_between", generator_params=parameters)
    every = [dt.date(1999, 12, 30) + dt.timedelta(n) for n in range(63)]
    assert_values_fit(made, dict.fromkeys(every, 1))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-02-28T23:00:00", "2024-02-29T01:00:00"),
        ("2024-02-28T23:00:00Z", "2024-02-29T02:00:00+01:00"),
        ("2024-02-28 23:00:00", "2024-02-29 01:00:00"),
    ],
)
def test_timestamps_between(start, end):
    """To the second, both ends included, in UTC."""
    parameters = {"start_date": start, "end_date": end}
    made = values_of(type="datetime", generator="timestamp_between", generator_params=parameters)
    first = dt.datetime(2024, 2, 28, 23)
    assert_uniform([int((moment - first).total_seconds()) for moment in made], 0, 7200)


@pytest.mark.parametrize("generator", ["date_between", "timestamp_between"])
@pytest.mark.parametrize(
    ("start", "end"), [("2024-02-02", "2024-02-01"), ("yesterday", "2024-02-01"), ("", "")]
)
def test_a_span_that_is_none_is_refused(generator, start, end):
    """An end before the start, words and empty text."""
    kind = generator.split("_")[0]
    parameters = {"start_date": start, "end_date": end}
    with pytest.raises(SchemaError, match=r"after end_date|ISO|date"):
        values_of(5, type=kind, generator=generator, generator_params=parameters)


def test_distributions_of_dates_count_back_from_the_end():
    """A law of days ago for what is past, of days after the start for what is between."""
    facts = {"type": "date", "generator": "date_past"}
    span = {"days_ago_min": 0, "days_ago_max": 1000}
    normal = span | {"distribution": "normal", "mean": 200, "std_dev": 40}
    assert_follows(days_ago(values_of(**facts, generator_params=normal)), phi(200, 40))
    exponential = span | {"distribution": {"type": "exponential", "params": {"mean": 90}}}
    assert_follows(days_ago(values_of(**facts, generator_params=exponential)), exponential_cdf(90))
    between = {"start_date": "2000-01-01", "end_date": "2003-01-01"}
    facts = {"type": "date", "generator": "date_between"}
    made = values_of(**facts, generator_params=between | {"distribution": "normal", "mean": 500,
                                                          "std_dev": 50})  # fmt: skip
    assert_follows([(d - dt.date(2000, 1, 1)).days for d in made], phi(500, 50))


LATE = {"distribution": {"type": "normal", "params": {"mean": 150, "std_dev": 10}}}


@pytest.mark.parametrize("generator", ["date_past", "timestamp_past"])
@pytest.mark.parametrize("span", [(100, 300), (0, 300), (300, 100)])
def test_a_law_of_the_past_counts_from_as_of(generator, span):
    """A mean of 150 lies 150 days ago, wherever the span begins."""
    parameters = dict(zip(("days_ago_min", "days_ago_max"), span, strict=True)) | LATE
    kind = generator.split("_")[0]
    made = values_of(type=kind, generator=generator, generator_params=parameters)
    days = [m.date() if isinstance(m, dt.datetime) else m for m in made]
    assert_follows(days_ago(days), phi(150, 10))


def test_a_law_of_the_future_counts_from_as_of():
    """Mean and spread are days ahead; the bounds hold."""
    parameters = {"days_ahead_min": 100, "days_ahead_max": 300} | LATE
    facts = {"type": "timestamp", "generator": "timestamp_future", "generator_params": parameters}
    assert_follows([-ago for ago in days_ago([m.date() for m in values_of(**facts)])], phi(150, 10))


@pytest.mark.parametrize("days", [{"days_ago_min": 10, "days_ago_max": 30}, {"days_ago": 20}])
def test_listed_days_ago_are_those_days(days):
    """The ends of the span are among them."""
    least, most = days.get("days_ago_min", 0), max(days.values())
    listed = {"distribution": "weighted", "values": [least, 15, most]}
    made = values_of(type="date", generator="date_past", generator_params=days | listed)
    assert_values_fit(days_ago(made), dict.fromkeys((least, 15, most), 1))
    facts = {"type": "timestamp", "generator": "timestamp_past", "generator_params": days | listed}
    made = [(AS_OF - moment.date()).days for moment in values_of(**facts)]
    assert_values_fit(made, dict.fromkeys((least + 1, 15, most), 1))


@pytest.mark.parametrize(
    ("parameters", "least", "most"),
    [
        ({"min": 40, "max": 60}, 40, 60),
        ({"days_ago_min": 30, "days_ago_max": 60, "min": 0}, 30, 60),
        ({"days_ago_min": 30, "days_ago_max": 90, "min": 40, "max": 100}, 40, 90),
        ({"years_ago": 1, "min": 45, "max": 55}, 45, 55),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_bounds_of_a_law_of_days_are_kept(parameters, least, most, inside):
    """`min` and `max` of a distribution, beside the generator's own bounds too."""
    law = {"mean": 50, "std_dev": 100}
    if inside:
        law |= {k: v for k, v in parameters.items() if k in ("min", "max")}
        parameters = {k: v for k, v in parameters.items() if k not in law}
        parameters |= {"distribution": {"type": "normal", "params": law}}
    else:
        parameters = parameters | law | {"distribution": "normal"}
    made = values_of(20_000, type="date", generator="date_past", generator_params=parameters)
    assert (least, most) == (min(days_ago(made)), max(days_ago(made)))


def test_bounds_that_leave_nothing_are_refused():
    """A bound of the law against one of the span: the message has both."""
    law = {"type": "normal", "mean": 50, "std_dev": 10, "max": 60}
    parameters = {"days_ago_min": 100, "days_ago_max": 300, "distribution": law}
    with pytest.raises(SchemaError, match="days_ago_min 100 is above the other bound, 60"):
        values_of(5, type="date", generator="date_past", generator_params=parameters)


@pytest.mark.parametrize("generator", ["date_between", "timestamp_between"])
def test_bounds_of_a_law_between_dates_are_days_after_the_start(generator):
    """They are reached and not passed, and those beyond the end are refused."""
    law = {"type": "normal", "params": {"mean": 50, "std_dev": 100, "min": 20, "max": 80}}
    span = {"start_date": "2024-01-01", "end_date": "2024-12-31"}
    facts = {"type": generator.split("_")[0], "generator": generator}
    made = values_of(20_000, **facts, generator_params=span | {"distribution": law})
    days = [(m.date() if isinstance(m, dt.datetime) else m) - dt.date(2024, 1, 1) for m in made]
    assert (20, 80) == (min(days).days, max(days).days)
    with pytest.raises(SchemaError, match="400 days after 2024-01-01 are more than 365"):
        values_of(5, **facts, generator_params=span | {"min_days": 400})


# --- Ages


def age_on(birthday: dt.date, day: dt.date) -> int:
    had_birthday = (day.month, day.day) >= (birthday.month, birthday.day)
    return day.year - birthday.year - (not had_birthday)


@pytest.mark.parametrize(
    "parameters",
    [
        {"min_age": 21, "max_age": 75},
        {"min_age": 0, "max_age": 0},
        {"min_age": 40, "max_age": 40},
        {"min_age": 18, "max_age": 90, "distribution": "normal", "mean": 45, "std_dev": 12},
        {"min_age": 0, "max_age": 3, "values": [{"value": 0}, {"value": 3}]},
    ],
)
def test_a_person_is_as_old_on_as_of_as_asked_for(parameters):
    """In whole years, on the first and the last day too."""
    made = values_of(50_000, type="date", generator="date_of_birth", generator_params=parameters)
    ages = {age_on(birthday, AS_OF) for birthday in made}
    low, high = parameters["min_age"], parameters["max_age"]
    assert low <= min(ages) <= max(ages) <= high
    if "distribution" not in parameters:
        assert {low, high} <= ages


# --- Edge values

PAST = {"days_ago_min": 10, "days_ago_max": 100}


@pytest.mark.parametrize("generator", ["date_past", "timestamp_past"])
@pytest.mark.parametrize("law", [{}, {"distribution": "exponential", "mean": 30}])
def test_edge_cells_are_the_newest_and_ten_years_old(generator, law):
    """Either as often, with and without a law."""
    facts = {
        "type": generator.split("_")[0],
        "generator": generator,
        "generator_params": PAST | law,
    }
    made = cells(bound({"v": facts}, 10_000, edge_case_probability=1.0), "v")
    days = [m.date() if isinstance(m, dt.datetime) else m for m in made]
    newest = max(days)
    assert days_ago([newest])[0] in (10, 11)
    assert_values_fit(days, {newest: 1, AS_OF - dt.timedelta(3652): 1})


def test_edge_cells_change_no_other_cell():
    """What differs from the run without them is one of the two ends."""
    facts = {"type": "date", "generator": "date_past", "generator_params": PAST}
    plain = cells(bound({"v": facts}, 10_000), "v")
    edged = cells(bound({"v": facts}, 10_000, edge_case_probability=0.1), "v")
    changed = {e for p, e in zip(plain, edged, strict=True) if p != e}
    assert changed <= {AS_OF - dt.timedelta(10), AS_OF - dt.timedelta(3652)}


# --- Unique


@pytest.mark.parametrize(
    ("kind", "generator", "parameters"),
    [
        ("date", "date_past", {"days_ago_min": 1, "days_ago_max": 1000}),
        ("timestamp", "timestamp_past", {"days_ago": 1}),
        ("timestamp", "timestamp_future", {"days_ahead": 1}),
        ("date", "date_between", {"start_date": "2000-01-01", "end_date": "2002-09-26"}),
    ],
)
def test_unique_times_repeat_nothing(kind, generator, parameters):
    """Down to spans of exactly a thousand days."""
    facts = {"type": kind, "generator": generator, "generator_params": parameters, "unique": True}
    assert 1000 == len(set(values_of(1000, **facts)))


def test_more_unique_days_than_a_span_has_are_refused():
    """A year and a day has 366 of them: one row more is refused with both numbers."""
    with pytest.raises(PlanError, match="367 unique values asked for, and only 366 exist"):
        values_of(367, type="date", unique=True)


# --- Maturity

MATURING = {
    "start": {"type": "date", "generator": "date_past", "generator_params": {"days_ago": 1500}},
    "months": {"type": "int", "generator": "int_range", "generator_params": {"min": 0, "max": 60}},
    "end": {
        "type": "date",
        "generator": "maturity_date",
        "generator_params": {"based_on": "start", "months_forward": "months"},
    },
}


def test_maturity_is_the_start_plus_so_many_months():
    """31 January plus one month is the last of February."""
    table = bound(MATURING, 20_000)
    rows = zip(*(cells(table, name) for name in ("start", "months", "end")), strict=True)
    wrong = [row for row in rows if month_later(row[0], row[1]) != row[2]]
    assert [] == wrong


@given(st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_maturity_after_a_fixed_number_of_months(start, months):
    """From any day, over 0 to 400 months, by Python's own calendar."""
    columns = {
        "start": {"type": "date", "generator": "constant",
                  "generator_params": {"value": start.isoformat()}},
        "end": {"type": "date", "generator": "maturity_date",
                "generator_params": {"based_on": "start", "months_forward": months}},
    }  # fmt: skip
    assert [month_later(start, months)] == cells(bound(columns, 1), "end")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"months_forward": "nowhere"}, "nowhere"),
        ({"months_forward": "start"}, "start"),
        ({"based_on": "months"}, "months"),
        ({"based_on": "stat"}, "did you mean 'start'"),
        ({"based_on": "end"}, "need each other"),
        ({"months_forward": -1}, ">= 0|at least 0|-1"),
    ],
)
def test_maturity_of_something_else_is_refused(changes, says):
    """Unknown columns, columns of a wrong type, itself, and months below 0."""
    parameters = MATURING["end"]["generator_params"] | changes
    with pytest.raises(SchemaError, match=says):
        bound(MATURING | {"end": MATURING["end"] | {"generator_params": parameters}}, 5)


def test_months_below_zero_are_refused():
    """They may come from a column whose range begins below zero."""
    months = MATURING["months"] | {"generator_params": {"min": -12, "max": 12}}
    with pytest.raises(SchemaError, match="-12"):
        bound(MATURING | {"months": months}, 5)


def test_months_beyond_the_calendar_are_refused():
    """Before a table of all months is made, whatever adds them."""
    months = MATURING["months"] | {"generator_params": {"min": 0, "max": 10**9}}
    with pytest.raises(SchemaError, match="1000000000 months, and the calendar has 120000"):
        bound(MATURING | {"months": months}, 5)
    with pytest.raises(BindError, match="the calendar has 120000"):
        month_table(0, 1, 10**9)


def test_what_follows_from_other_columns_is_not_unique():
    """It may repeat, so a unique column of it is refused."""
    with pytest.raises(SchemaError, match="unique"):
        bound(MATURING | {"end": MATURING["end"] | {"unique": True}}, 5)


def test_times_beyond_the_years_that_databases_store_are_refused():
    """A thousand years ago is still stored; ten thousand years ahead are not."""
    facts = {"type": "date", "generator": "date_past", "generator_params": {"years_ago": 1000}}
    assert bound({"v": facts}, 5)
    facts = MATURING | {"months": {"type": "int", "generator": "constant",
                                   "generator_params": {"value": 120_000}}}  # fmt: skip
    with pytest.raises(SchemaError, match="holds"):
        bound(facts, 5)


def test_ages_before_the_year_one_are_refused():
    """An early as-of is an error message, not a traceback."""
    from support.binding import bind_tables

    schema = schema_of(t=(1, {"v": {"type": "date", "generator": "date_of_birth"}}))
    assert bind(schema)
    with pytest.raises(SchemaError, match="before the year 1"):
        bind_tables(schema, {"t": 1}, as_of=dt.date(50, 1, 1))


@pytest.mark.parametrize("generator", ["timestamp_past", "timestamp_future", "date_past"])
def test_times_as_numbers_are_those_of_the_times(generator):
    """Seconds and milliseconds since 1970, of the same moments as without a format."""
    moment = values_of(500, type="timestamp", generator=generator)
    for form, factor in (("unix", 1), ("unix_ms", 1000)):
        made = values_of(500, type="bigint", generator=generator, generator_params={"format": form})
        assert [round(m.replace(tzinfo=dt.UTC).timestamp()) * factor for m in moment] == made


def test_formats_of_sql_change_nothing_and_days_may_be_texts():
    """`datetime` and `timestamp` are what such columns have; a text may be the day alone."""
    plain = values_of(100, type="datetime", generator="timestamp_past")
    for form in ("datetime", "timestamp", "iso"):
        facts = {"type": "datetime", "generator": "timestamp_past"}
        assert plain == values_of(100, **facts, generator_params={"format": form})
    days = values_of(
        100, type="varchar(10)", generator="timestamp_past", generator_params={"format": "date"}
    )
    assert [m.date().isoformat() for m in plain] == days


@pytest.mark.parametrize(("kind", "form"), [("timestamp", "unix_ms"), ("bigint", "date")])
def test_a_format_that_the_column_does_not_hold_is_refused(kind, form):
    """A number is no timestamp, and a date no number."""
    with pytest.raises(SchemaError, match=form):
        values_of(5, type=kind, generator="timestamp_past", generator_params={"format": form})


def test_years_ahead_reach_as_far():
    """Two years are 730 days and a half, at any second."""
    made = values_of(
        5000, type="timestamp", generator="timestamp_future", generator_params={"years_ahead": 2}
    )
    days = [(m.date() - AS_OF).days for m in made]
    assert 0 <= min(days) < 5
    assert 725 < max(days) <= 731


@pytest.mark.parametrize("distribution", ["uniform", {"type": "exponential", "mean": 2}])
def test_dates_of_moments_begin_within_their_bounds(distribution):
    """A date is the first second of its day: the day that a start cuts in two is left out."""
    made = values_of(
        500,
        type="date",
        generator="timestamp_between",
        generator_params={
            "start_date": "2024-02-28T12:00:00",
            "end_date": "2024-03-02T08:00:00",
            "distribution": distribution,
        },
    )
    assert {dt.date(2024, 2, 29), dt.date(2024, 3, 1), dt.date(2024, 3, 2)} == set(made)


def test_a_moment_between_two_seconds_is_rounded_inwards():
    """A start of 0.2 s is the first second, an end of 3.8 s the third."""
    bounds = {"start_date": "2024-02-28T12:00:00.2", "end_date": "2024-02-28T12:00:03.8"}
    made = values_of(50, type="datetime", generator="timestamp_between", generator_params=bounds)
    assert {1, 2, 3} == {moment.second for moment in made}


@pytest.mark.parametrize(
    ("kind", "start", "end", "says"),
    [
        ("date", "2024-02-28T12:00:00", "2024-02-28T18:00:00", "no day begins within 2024-02-28T1"),
        ("datetime", "2024-02-28T12:00:00.2", "2024-02-28T12:00:00.8", "no second begins within"),
    ],
)
def test_moments_with_nothing_between_are_refused(kind, start, end, says):
    """With both bounds, as they are written."""
    bounds = {"start_date": start, "end_date": end}
    with pytest.raises(SchemaError, match=says):
        values_of(5, type=kind, generator="timestamp_between", generator_params=bounds)
