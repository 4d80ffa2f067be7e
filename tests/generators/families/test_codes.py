"""Codes that the world agrees on, as others check them."""

from __future__ import annotations

import re
from decimal import Decimal
from zoneinfo import available_timezones

import pytest
from support.tables import values_of

from shardgen.errors import PlanError


@pytest.mark.parametrize(
    ("name", "form"),
    [("currency_code", "[A-Z]{3}"), ("language_code", "[a-z]{2}"), ("color", "[a-z]+")],
)
def test_the_form_of_a_code(name, form):
    """Each is as short as its standard says."""
    assert all(re.fullmatch(form, v) for v in values_of(1000, type="varchar(9)", generator=name))


def test_a_colour_may_be_digits():
    """With `hex` it is what a style sheet takes."""
    hexed = {"generator": "color", "generator_params": {"hex": True}}
    values = values_of(1000, type="char(7)", unique=True, **hexed)
    assert all(re.fullmatch("#[0-9a-f]{6}", value) for value in values)
    assert len(set(values)) == 1000


def test_a_unique_currency_ends_where_the_world_does():
    """40 rows have one each, and 41 are refused."""
    assert len(set(values_of(40, type="char(3)", generator="currency_code", unique=True))) == 40
    with pytest.raises(PlanError, match="only 40 exist"):
        values_of(41, type="char(3)", generator="currency_code", unique=True)


def test_time_zones_exist():
    """The database of the system knows each of them."""
    known = available_timezones()
    if not known:
        pytest.skip("the system has no database of time zones")
    assert known >= set(values_of(2000, type="varchar(40)", generator="time_zone"))


@pytest.mark.parametrize("unique", [False, True])
def test_account_numbers_have_right_check_digits(unique):
    """By ISO 13616: with the country at the end, in digits, the whole is 1 modulo 97."""
    values = values_of(20_000, type="char(22)", generator="iban", unique=unique)
    for value in values:
        assert re.fullmatch(r"DE\d{20}", value)
        assert int(value[4:] + "1314" + value[2:4]) % 97 == 1
    assert len(set(values)) == 20_000 or not unique


@pytest.mark.parametrize(
    ("name", "kind", "most"),
    [("latitude", "decimal(9,6)", 90), ("longitude", "decimal(9,6)", 180),
     ("latitude", "double", 90), ("longitude", "double", 180)],
)  # fmt: skip
def test_degrees_are_on_the_globe(name, kind, most):
    """Both ways from the middle, with as many places as the column has."""
    values = [Decimal(str(v)) for v in values_of(5000, type=kind, generator=name)]
    assert all(-most <= value <= most for value in values)
    assert min(values) < 0 < max(values)
    assert len(set(values)) > 4900
