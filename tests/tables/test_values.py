"""Column values between generator and text, and the calendar they count by."""

from __future__ import annotations

import datetime as dt
import gc
import pickle
import weakref
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tables import month_later

from shardgen.tables import values as c
from shardgen.tables.calendar import EPOCH, add_months, civil, days_from_civil, days_of
from shardgen.tables.text_lengths import max_length

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
POOL = c.Pool(["", "a", "naïve", "日本", "😀😀"])


def array(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


EACH_KIND = {
    "integers": c.Integers(array(0, -5, 12), -5, 12),
    "digits": c.Integers(array(0, 5, 12345), 0, 12345, digits=4),
    "decimals": c.Decimals(array(0, -5, 1250), 2, -5, 1250),
    "dates": c.Dates(array(0, -1, 19_782), -1, 19_782),
    "compact dates": c.Dates(array(0, -1, 19_782), -1, 19_782, compact=True),
    "timestamps": c.Timestamps(array(0, -1, 86_399), -1, 86_399),
    "booleans": c.Booleans(np.array([True, False, True])),
    "picks": c.Dictionary(array(4, 0, 2), POOL),
    "hex": c.HexDigits(np.array([0, 0xABCDEF, (1 << 64) - 1], np.uint64), 8),
    "text": c.Text(
        ("x", c.Dictionary(array(4, 0, 2), POOL), "-", c.Integers(array(7, 8, 9), 7, 9))
    ),
}

AS_PYTHON = {
    "integers": [0, -5, 12],
    "digits": [0, 5, 12345],
    "decimals": [Decimal("0.00"), Decimal("-0.05"), Decimal("12.50")],
    "dates": [dt.date(1970, 1, 1), dt.date(1969, 12, 31), dt.date(2024, 2, 29)],
    "compact dates": [dt.date(1970, 1, 1), dt.date(1969, 12, 31), dt.date(2024, 2, 29)],
    "timestamps": [
        dt.datetime(1970, 1, 1),
        dt.datetime(1969, 12, 31, 23, 59, 59),
        dt.datetime(1970, 1, 1, 23, 59, 59),
    ],
    "booleans": [True, False, True],
    "picks": ["😀😀", "", "naïve"],
    "hex": ["00000000", "00abcdef", "ffffffff"],
    "text": ["x😀😀-7", "x-8", "xnaïve-9"],
}


@pytest.mark.parametrize("kind", EACH_KIND)
def test_values_as_python(kind):
    """Each kind is the Python type a reader expects, and decimals keep their places."""
    made = EACH_KIND[kind].python()
    assert AS_PYTHON[kind] == made
    assert list(map(str, AS_PYTHON[kind])) == list(map(str, made))
    assert {type(v) for v in AS_PYTHON[kind]} == {type(v) for v in made}


@pytest.mark.parametrize("kind", EACH_KIND)
def test_taken_values_are_those_at_the_positions(kind):
    """In the order asked for, repeats included, and bounds stay."""
    index = array(2, 0, 0, 1)
    taken = EACH_KIND[kind].take(index)
    assert [AS_PYTHON[kind][i] for i in index] == taken.python()
    for bound in ("low", "high", "scale", "digits", "compact"):
        assert getattr(EACH_KIND[kind], bound, None) == getattr(taken, bound, None)
    assert [] == EACH_KIND[kind].take(array()).python()


@pytest.mark.parametrize(
    ("kind", "strings"),
    [
        ("digits", ["0000", "0005", "12345"]),
        ("dates", ["1970-01-01", "1969-12-31", "2024-02-29"]),
        ("compact dates", ["19700101", "19691231", "20240229"]),
    ],
)
def test_parts_of_text_as_strings(kind, strings):
    """Digits keep their leading zeros, and days before 1970 and leap days are right."""
    assert strings == EACH_KIND[kind].strings()


@pytest.mark.parametrize(
    ("values", "longest"),
    [
        (EACH_KIND["picks"], 5),
        (EACH_KIND["text"], 1 + 5 + 1 + 1),
        (c.Text((EACH_KIND["digits"],)), 5),
        (c.Text((c.Integers(array(1), 0, 99, digits=4),)), 4),
        (c.Text((EACH_KIND["dates"], "日本")), 12),
        (c.Text((EACH_KIND["compact dates"],)), 8),
        (c.Text((EACH_KIND["hex"],)), 8),
    ],
)
def test_the_greatest_length_is_in_characters_and_holds_for_all_rows(values, longest):
    """It is computed from bounds, not from rows, and a character of three bytes counts once."""
    assert longest == max_length(values)
    assert max(map(len, values.python())) <= longest


@given(st.lists(st.integers(-(10**18), 10**18), max_size=10), st.integers(0, 18))
def test_decimals_are_exact(units, scale):
    """A decimal is its units over a power of ten, whatever the size."""
    made = c.Decimals(np.array(units, np.int64), scale, -(10**18), 10**18).python()
    assert units == [int(value * 10**scale) for value in made]
    assert {-scale} >= {value.as_tuple().exponent for value in made}


# --- Calendar


def every_day() -> tuple[np.ndarray, list[dt.date]]:
    days = np.arange(days_of(FIRST), days_of(LAST) + 1)
    return days, [EPOCH + dt.timedelta(day) for day in days.tolist()]


def test_civil_agrees_with_datetime_on_every_day_of_two_centuries():
    """Day numbers to year, month and day: the standard library is the oracle."""
    days, dates = every_day()
    year, month, day = (part.tolist() for part in civil(days))
    assert [(d.year, d.month, d.day) for d in dates] == list(zip(year, month, day, strict=True))


def test_days_from_civil_agrees_with_datetime_on_every_day_of_two_centuries():
    """Year, month and day to day numbers: the standard library is the oracle."""
    days, dates = every_day()
    parts = (np.array([getattr(d, part) for d in dates]) for part in ("year", "month", "day"))
    assert days.tolist() == days_from_civil(*parts).tolist()


@given(st.dates())
def test_the_calendar_holds_for_all_dates_that_python_knows(date):
    """Years 1 to 9999, there and back."""
    day = np.array([days_of(date)])
    assert [[date.year], [date.month], [date.day]] == [part.tolist() for part in civil(day)]
    assert day.tolist() == days_from_civil(*civil(day)).tolist()


@pytest.mark.parametrize(
    ("date", "months", "later"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("1900-01-31", 1, "1900-02-28"),
        ("2000-01-31", 1, "2000-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2023-10-31", 1, "2023-11-30"),
        ("2023-12-01", 1, "2024-01-01"),
        ("2023-12-31", 0, "2023-12-31"),
        ("1969-12-31", 1, "1970-01-31"),
        ("2024-05-31", 360, "2054-05-31"),
        ("1970-01-01", 1200, "2070-01-01"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(date, months, later):
    """31 January plus one month is 28 or 29 February."""
    day = days_of(dt.date.fromisoformat(date))
    made = add_months(np.array([day]), np.array([months]), day, day, months)
    assert later == (EPOCH + dt.timedelta(int(made[0]))).isoformat()


def test_months_later_agree_with_datetime_on_every_day_of_two_centuries():
    """For 0 to 62 months ahead, with bounds as wide as all days."""
    days, dates = every_day()
    ahead = np.arange(len(days)) % 63
    made = add_months(days, ahead, days_of(FIRST), days_of(LAST), 62)
    expected = map(month_later, dates, ahead.tolist())
    assert [days_of(date) for date in expected] == made.tolist()


dates_and_months = st.lists(
    st.tuples(st.dates(dt.date(1000, 1, 1), dt.date(9000, 1, 1)), st.integers(0, 1200)),
    min_size=1,
    max_size=20,
)


@given(dates_and_months, st.integers(0, 400), st.integers(0, 400))
def test_bounds_of_months_later_change_no_day(pairs, before, after):
    """Bounds may be as tight as the days are, or wider."""
    days = np.array([days_of(date) for date, _ in pairs])
    months = np.array([n for _, n in pairs])
    low, high, most = int(days.min()) - before, int(days.max()) + after, int(months.max()) + after
    expected = [days_of(month_later(*pair)) for pair in pairs]
    assert expected == add_months(days, months, low, high, most).tolist()


# --- Functions of pools


class Ending(c.PoolFunction[c.Pool], frozen=True):
    """All strings with an ending."""

    ending: str

    def __call__(self, pool):
        return c.Pool(value + self.ending for value in pool.values)


def test_a_function_of_a_pool_is_computed_once():
    """By all functions with the same fields; by another pool, or for other fields, anew."""
    pool = c.Pool(["ab", "c"])
    first, second, other = Ending("!"), Ending("!"), Ending("?")
    mapped = pool.mapped(first)
    assert mapped is pool.mapped(second)
    assert ("ab!", "c!") == mapped.values
    assert ("ab?", "c?") == pool.mapped(other).values
    assert mapped is not c.Pool(["ab", "c"]).mapped(first)


def test_results_of_a_pool_go_with_their_function():
    """A pool that lives on, such as a bundled one, does not keep what nobody asks for again."""
    pool = c.Pool(["ab", "c"])
    function = Ending("!")
    gone = weakref.ref(pool.mapped(function))
    del function
    gc.collect()
    assert gone() is None


def test_a_pickled_pool_has_its_strings_alone():
    """What was computed of it is not part of it."""
    pool = c.Pool(["ab", "c"])
    before = pickle.dumps(pool)
    function = Ending("!")
    pool.mapped(function)
    assert before == pickle.dumps(pool)
    assert pool.values == pickle.loads(before).values
