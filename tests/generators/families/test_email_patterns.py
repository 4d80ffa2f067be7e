"""E-mail addresses of several patterns: of the names of a row, and none twice where unique."""

from __future__ import annotations

import re

import pytest
from support.columns import bound, made

from shardgen.errors import ShardgenError
from shardgen.generators.families import email_patterns

NAMES = {
    "born": {"generator": "date_of_birth", "type": "date"},
    "first_name": {"generator": "first_name"},
    "last_name": {"generator": "last_name"},
}
USUAL = {"patterns": "usual", "domains": "providers", "born": "born"}


def addresses(rows: int, *, unique: bool = True, length: int = 120, **params: object):
    """Return a table with names and addresses of them."""
    email = {
        "generator": "email",
        "type": f"varchar({length})",
        "unique": unique,
        "generator_params": params,
    }
    return bound(rows, **NAMES, v=email)


def test_no_address_comes_twice_and_few_have_a_number():
    """A number follows a name that an earlier row has, and no other name."""
    table = addresses(3000, patterns=["{first}.{last}"], domains=["a.example"])
    seen: set[str] = set()
    for email, first, last in zip(
        made(table, "v"), made(table, "first_name"), made(table, "last_name"), strict=True
    ):
        plain = f"{first.lower()}.{last.lower()}"
        expected = rf"{plain}\d{{4}}@a\.example" if plain in seen else rf"{plain}@a\.example"
        assert re.fullmatch(expected, email), (email, first, last)
        seen.add(plain)
    assert 3000 == len(set(made(table, "v")))


def test_rows_that_are_not_looked_at_have_a_number(monkeypatch):
    """So a table may be of any size, and rows that are added change none that were there."""
    monkeypatch.setattr(email_patterns, "LOOKED_AT", 100)
    short, long = (made(addresses(rows, **USUAL), "v") for rows in (90, 400))
    assert short == long[:90]
    assert all(re.search(r"[a-z]\d{4}@", email) for email in long[100:])
    assert 400 == len(set(long))


def test_a_slice_alone_has_the_values_it_has_in_the_whole():
    """Whether a name is taken hangs on the rows before, whichever rows are made."""
    table = addresses(2000, **USUAL)
    assert made(addresses(2000, **USUAL), "v", 1500, 1600) == made(table, "v")[1500:1600]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{f}{last}", "{0[0]}{1}"),
        ("{last}_{f}", "{1}_{0[0]}"),
        ("{first}-{l}x", "{0}-{1[0]}x"),
        ("{first}{yy}", "{0}{2}"),
        ("{l}.{first}.{yy}", "{1[0]}.{0}.{2}"),
    ],
)
def test_a_pattern_is_filled_with_the_names_of_the_row(pattern, expected):
    """Names, their first letters, and the year of birth."""
    table = addresses(50, unique=False, patterns=[pattern], domains=["a.example"], born="born")
    rows = [made(table, name) for name in ("first_name", "last_name", "born", "v")]
    for first, last, born, email in zip(*rows, strict=True):
        filled = expected.format(first.lower(), last.lower(), f"{born:%y}")
        assert f"{filled}@a.example" == email


def test_short_names_are_those_that_are_usual():
    """William is Bill, and whoever has no short name is called by the whole one."""
    first = {
        "generator": "choice",
        "generator_params": {"values": ["William", "Elizabeth", "Mia"]},
    }
    email = {"generator": "email", "generator_params": {"patterns": ["{nick}"]}}
    table = bound(30, first_name=first, v=email)
    names = {email.partition("@")[0] for email in made(table, "v")}
    assert len(names) > 20  # a listed name is none of a person's: the address draws its own
    table = bound(300, first_name={"generator": "first_name"}, v=email)
    pairs = dict(zip(made(table, "first_name"), made(table, "v"), strict=True))
    assert pairs["William"].startswith("bill@")


def test_weights_say_how_often_patterns_and_domains_come():
    """Three of four."""
    table = addresses(
        4000,
        unique=False,
        patterns=[{"value": "{first}.{last}", "weight": 3}, "{f}{last}"],
        domains=["a.example", {"value": "b.example", "weight": 3}],
    )
    emails = made(table, "v")
    assert abs(0.75 - sum("." in email.partition("@")[0] for email in emails) / 4000) < 0.03
    assert abs(0.75 - sum(email.endswith("@b.example") for email in emails) / 4000) < 0.03


def test_patterns_that_do_not_fit_are_left_out():
    """A column of 30 characters has those that fit it, and a short one the forms without any."""
    short = addresses(300, length=27, patterns=["{f}{l}", "{first}.{last}"], domains=["a.example"])
    assert all(re.fullmatch(r"[a-z]{2}(\d{4})?@a\.example", v) for v in made(short, "v"))
    none = addresses(300, length=16, patterns=["{first}.{last}"], domains=["a.example"])
    assert all(re.fullmatch(r"u\d{4}@a\.example", v) for v in made(none, "v"))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"patterns": ["{first}{middle}"]}, "no pattern"),
        ({"patterns": ["info"]}, "no pattern"),
        ({"patterns": ["{first}..{last}"]}, "no pattern"),
        ({"patterns": ["{yy}{first}"]}, "no pattern"),
        ({"patterns": ["{first}{yy}"]}, "born names no column"),
        ({"patterns": ["{first}"], "domains": ["Mail Host"]}, "no domain"),
        ({"patterns": [7]}, "not text"),
        ({"patterns": "all"}, '"usual"'),
        ({"patterns": "usual", "domains": "all"}, '"providers"'),
        ({"patterns": ["{first}{yy}"], "born": "nobody"}, "nobody"),
    ],
)
def test_what_makes_no_address_is_refused(params, words):
    """With what is wrong, and what is possible."""
    with pytest.raises(ShardgenError, match=words):
        addresses(10, **params)


def test_without_a_date_of_birth_the_usual_ones_have_no_year():
    """Then no address ends in two digits."""
    emails = made(addresses(500, unique=False, patterns="usual"), "v")
    assert not any(re.search(r"\d@", email) for email in emails)
