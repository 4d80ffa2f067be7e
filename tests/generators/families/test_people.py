"""People: names, addresses and numbers of persons that do not exist."""

from __future__ import annotations

import re
import string
from collections import Counter

import numpy as np
import pytest
from support.columns import bound, made

import shardgen
from shardgen.errors import PlanError, SchemaError, ShardgenError
from shardgen.generators.families.names import first_names, last_names
from shardgen.generators.locales.locale import LOCALES
from shardgen.generators.locales.pools import load_pool, load_rows
from shardgen.generators.text_parts import slug
from shardgen.generators.weighted_strings import WeightedStrings, mix, shorten
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.text_lengths import max_length

MANY = 100_000
US = LOCALES["en_US"]
EVERY = (
    *("first_name", "last_name", "full_name", "email", "username", "password", "phone", "ssn"),
    *("ssn_last_4", "job_title"),
)
NAMES = {"first_name": {"generator": "first_name"}, "last_name": {"generator": "last_name"}}
UNIQUE = ("full_name", "email", "username", "password", "phone", "ssn")


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("edge_case_probability", [0.0, 0.3])
def test_a_slice_alone_has_the_values_it_has_in_the_whole(generator, edge_case_probability):
    """Rows 5,000 to 6,000 made alone are rows 5,000 to 6,000 of the table."""
    table = bound(20_000, v={"generator": generator}, edge_case_probability=edge_case_probability)
    assert made(table, "v")[5000:6000] == made(table, "v", 5000, 6000)


@pytest.mark.parametrize("generator", UNIQUE)
def test_unique_columns_repeat_nothing(generator):
    """A unique column has as many different values as rows."""
    table = bound(MANY, **NAMES, v={"generator": generator, "unique": True})
    assert table.rows == len(set(made(table, "v")))


@pytest.mark.parametrize("generator", UNIQUE)
def test_rows_added_at_the_end_change_no_unique_value(generator):
    """The first rows of a longer table are those of the shorter one."""
    short = bound(900, v={"generator": generator, "unique": True})
    long = bound(50_000, v={"generator": generator, "unique": True})
    assert made(short, "v") == made(long, "v", 0, 900)


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("unique", [False, True])
def test_no_value_is_longer_than_the_bound_of_its_column(generator, unique):
    """`max_length` holds for every row, and no value is empty."""
    rows = 300 if generator in ("first_name", "last_name", "job_title") else 20_000
    rows = min(rows, 9_000) if generator == "ssn_last_4" else rows
    table = bound(rows, v={"generator": generator, "unique": unique})
    values = Batch(table, np.arange(rows)).column("v")
    lengths = {len(value) for value in values.python()}
    assert max_length(values) >= max(lengths)
    assert min(lengths) > 0


@pytest.mark.parametrize(
    ("generator", "length"),
    [
        *[("first_name", n) for n in (2, 4, 8)],
        *[("last_name", n) for n in (2, 5)],
        *[("full_name", n) for n in (5, 12, 20)],
        *[("email", n) for n in (18, 26, 30, 40)],
        *[("username", n) for n in (6, 12)],
        *[("phone", n) for n in (12, 14)],
        *[("ssn", n) for n in (9, 11)],
        *[("ssn_last_4", 4), ("job_title", 10)],
    ],
)
@pytest.mark.parametrize("names", [{}, NAMES])
def test_values_fit_short_columns(generator, length, names):
    """No value has more characters than the column, with and without names in the table."""
    table = bound(2000, **names, v={"generator": generator, "type": f"varchar({length})"})
    assert length >= max(map(len, made(table, "v")))


@pytest.mark.parametrize(
    ("generator", "length"),
    [("email", 12), ("phone", 9), ("ssn", 8), ("ssn_last_4", 3), ("password", 11), ("username", 4)],
)
def test_columns_too_short_for_any_form_are_refused(generator, length):
    """The error says how long the column is and that a longer type is the way out."""
    with pytest.raises(SchemaError, match=rf"varchar\({length}\).*longer type"):
        bound(5000, v={"generator": generator, "type": f"varchar({length})"})


@pytest.mark.parametrize(
    ("generator", "possible"),
    [
        ("first_name", len(first_names(US).values)),
        ("last_name", 1000),
        ("job_title", 431),
        ("ssn_last_4", 9999),
    ],
)
def test_more_unique_rows_than_possibilities_are_refused(generator, possible):
    """The error says how many there are, and that many can be made."""
    table = bound(possible, v={"generator": generator, "unique": True})
    assert possible == len(set(made(table, "v")))
    with pytest.raises(PlanError, match=f"only {possible} exist"):
        bound(possible + 1, v={"generator": generator, "unique": True})


@pytest.mark.parametrize("sex", ["female", "male"])
def test_sex_limits_first_names(sex):
    """Every name comes from the pool of that sex."""
    params = {"sex": sex}
    table = bound(5000, v={"generator": "first_name", "generator_params": params})
    assert set() == set(made(table, "v")) - set(load_pool(f"first_name_{sex}", "en_US").values)


BIRTHS = {
    "type": "date",
    "generator": "date_of_birth",
    "generator_params": {"min_age": 0, "max_age": 100},
}


def named(rows: int = 40_000, *, sex: dict, born: dict = BIRTHS, **params: str) -> BoundTable:
    name = {"generator": "first_name", "generator_params": {"sex": "sex", "born": "born", **params}}
    return bound(rows, sex=sex, born=born, name=name)


def births(name: str, sex: str) -> dict[str, int]:
    """Return how many of 100,000 children of a sex got a name, by decade."""
    decades = [f"{decade}s" for decade in range(1920, 2020, 10)]
    rows = {row[0]: row[1:] for row in load_rows(f"first_name_{sex}_by_decade", "en_US")}
    return dict(zip(decades, map(int, rows[name]), strict=True))


def test_the_pools_of_decades_know_what_children_were_called():
    """Shirley was a name of the 1930s, Jennifer of the 1970s, Liam and Mia of the 2010s."""
    assert max(births("Shirley", "female").items(), key=lambda item: item[1])[0] == "1930s"
    assert max(births("Jennifer", "female").items(), key=lambda item: item[1])[0] == "1970s"
    assert max(births("Mia", "female").items(), key=lambda item: item[1])[0] == "2010s"
    assert max(births("Liam", "male").items(), key=lambda item: item[1])[0] == "2010s"


def test_names_by_decade_are_as_short_as_others():
    """So texts made of names keep their form, whichever generator made these."""
    longest = max(map(len, first_names(US).values))
    for sex in ("female", "male"):
        names = [row[0] for row in load_rows(f"first_name_{sex}_by_decade", "en_US")]
        assert max(map(len, names)) <= longest
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("values", [["F", "M"], ["male", "female"], ["Man", "Woman"], [1, 2]])
def test_first_names_fit_the_sex_that_a_column_says(values):
    """By its first letter, or the number of ISO 5218."""
    kind = "int" if values == [1, 2] else "varchar(10)"
    sex = {"type": kind, "generator": "choice", "generator_params": {"values": values}}
    table = named(sex=sex)
    names = {
        sex: {row[0] for row in load_rows(f"first_name_{sex}_by_decade", "en_US")}
        for sex in ("female", "male")
    }
    for said, name in zip(made(table, "sex"), made(table, "name"), strict=True):
        is_woman = said in ("F", "female", "Woman", 2)
        assert name in names["female" if is_woman else "male"], (said, name)


def test_first_names_are_those_of_the_years_of_birth():
    """Of people born around 1935, 1975 and 2015, each name has its share at birth."""
    either = {"generator": "constant", "generator_params": {"value": "not said"}}
    table = named(200_000, sex=either)
    years = np.array([day.year for day in made(table, "born")])
    names = np.array(made(table, "name"))
    totals = {
        sex: np.array(
            [list(map(int, row[1:])) for row in load_rows(f"first_name_{sex}_by_decade", "en_US")]
        ).sum(0)
        for sex in ("female", "male")
    }
    assert not set(names) & {"Unknown"}
    for middle, decade in ((1935, 1), (1975, 5), (2015, 9)):
        near = abs(years - middle) <= 1
        for name, sex in (("Mary", "female"), ("Jennifer", "female"), ("James", "male")):
            at_birth = births(name, sex)[f"{1920 + 10 * decade}s"] / totals[sex][decade] / 2
            share = float(np.mean(names[near] == name))
            assert abs(share - at_birth) < 0.15 * at_birth + 0.006, (middle, name)


def test_first_names_follow_a_parent_too():
    """`sex` and `born` may be columns of a parent, by the key's name."""
    schema = {
        "schema_version": "1.0",
        "name": "s",
        "database_type": ["postgres"],
        "tables": {
            "people": {
                "rows": 50,
                "columns": {
                    "id": "int pk",
                    "sex": 'char(1) = choice(values=["F"])',
                    "born": "date = date_of_birth(min_age=0, max_age=9)",
                },
            },
            "cards": {
                "rows": 300,
                "columns": {
                    "id": "int pk",
                    "person_id": "int -> people.id",
                    "name": "varchar(30) = first_name(sex=person.sex, born=person.born)",
                },
            },
        },
    }
    names = {row["name"] for row in shardgen.generate(schema).tables["cards"].rows}
    known = {row[0] for row in load_rows("first_name_female_by_decade", "en_US")}
    assert names <= known
    assert names & {"Emma", "Olivia", "Ava", "Sophia", "Isabella", "Mia"}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"sex": "femal"}, "column 'femal' is not in table 't'"),
        ({"born": "sex"}, "not date or timestamp"),
        ({"locale": "de"}, "not known in locale 'de_DE'"),
        ({"unique": True}, "the column is unique"),
        ({"sex": "text"}, "composed text, which says no sex"),
    ],
)
def test_first_names_that_cannot_fit_are_refused(facts, words):
    """A column that is not there or says no sex, another language, a unique column."""
    own = {key: facts[key] for key in ("locale", "unique") if key in facts}
    params = {"sex": facts.get("sex", "sex"), "born": facts.get("born", "born")}
    columns = {
        "sex": {"generator": "choice", "generator_params": {"values": ["F", "M"]}},
        "text": {"generator": "password"},
        "born": BIRTHS,
        "name": {"generator": "first_name", "generator_params": params, **own},
    }
    with pytest.raises((PlanError, SchemaError, ShardgenError), match=re.escape(words)):
        made(bound(10, **columns), "name")


def test_any_sex_is_half_and_half():
    """Without `sex`, women's and men's names have equal shares."""
    names = first_names(US)
    male = set(load_pool("first_name_male", "en_US").values) - set(
        load_pool("first_name_female", "en_US").values
    )
    assert len(names) == len(set(names.values))
    assert pytest.approx(1.0) == sum(names.weights)
    assert pytest.approx(0.5, abs=0.02) == sum(
        w for v, w in zip(names.values, names.weights, strict=True) if v in male
    )


def test_common_names_are_common():
    """Smith comes up about as often as its weight says."""
    names = last_names(US)
    share = names.weights[names.values.index("Smith")] / sum(names.weights)
    count = Counter(made(bound(MANY, v={"generator": "last_name"}), "v"))["Smith"]
    assert pytest.approx(share, rel=0.1) == count / MANY


def test_emails_come_from_the_names_of_their_row():
    """first.last@domain, in lower case and ASCII."""
    table = bound(5000, **NAMES, email={"generator": "email"})
    names = zip(made(table, "first_name"), made(table, "last_name"), strict=True)
    expected = [f"{first.lower()}.{last.lower()}" for first, last in names]
    emails = made(table, "email")
    assert expected == [email.split("@")[0] for email in emails]
    assert all(email.isascii() for email in emails)
    assert {"example.com", "example.net", "example.org"} == {e.split("@")[1] for e in emails}


def test_unique_emails_add_a_number_to_the_names():
    """first.last, four digits or more, and nothing else before the domain."""
    table = bound(20_000, **NAMES, email={"generator": "email", "unique": True})
    names = zip(made(table, "first_name"), made(table, "last_name"), strict=True)
    expected = [f"{first.lower()}.{last.lower()}" for first, last in names]
    local = [email.split("@")[0] for email in made(table, "email")]
    assert expected == [text.rstrip("0123456789") for text in local]
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\d{4,5}", text) for text in local)


@pytest.mark.parametrize("unique", [False, True])
def test_emails_come_from_a_full_name(unique):
    """Where the table has only a full name, the first and the last word of it."""
    table = bound(
        3000, name={"generator": "full_name", "unique": unique}, email={"generator": "email"}
    )
    words = [name.lower().split(" ") for name in made(table, "name")]
    expected = [f"{first}.{last}" for first, *_, last in words]
    assert expected == [email.split("@")[0] for email in made(table, "email")]


def test_short_emails_keep_the_initial_then_only_a_number():
    """varchar(32) holds a.smith4821@…, varchar(18) only u4821@…."""
    wide = bound(5000, v={"generator": "email", "type": "varchar(32)", "unique": True})
    narrow = bound(5000, v={"generator": "email", "type": "varchar(17)", "unique": True})
    assert all(re.fullmatch(r"[a-z]\.[a-z]+\d{4}@example\.\w+", v) for v in made(wide, "v"))
    assert all(re.fullmatch(r"u\d{4}@example\.\w+", v) for v in made(narrow, "v"))
    assert 5000 == len(set(made(wide, "v"))) == len(set(made(narrow, "v")))


def test_full_names_are_the_names_of_their_row():
    """Where the table has first and last names, the full name joins them."""
    table = bound(2000, **NAMES, name={"generator": "full_name"})
    names = zip(made(table, "first_name"), made(table, "last_name"), strict=True)
    assert [" ".join(pair) for pair in names] == made(table, "name")


def test_usernames_come_from_the_names_of_their_row():
    """Initial, last name and a number."""
    table = bound(2000, **NAMES, name={"generator": "username"})
    names = zip(made(table, "first_name"), made(table, "last_name"), strict=True)
    expected = [(first[0] + last).lower() for first, last in names]
    assert expected == [name.rstrip("0123456789") for name in made(table, "name")]


@pytest.mark.parametrize("length", [4, 5, 9, 10, 11, 12, 20, 23, 128])
@pytest.mark.parametrize("unique", [False, True])
def test_passwords_have_their_length(length, unique):
    """Every password has `length` characters of the 64, and all of these come up."""
    facts = {"generator": "password", "unique": unique, "generator_params": {"length": length}}
    passwords = made(bound(3000, v=facts), "v")
    assert {length} == set(map(len, passwords))
    assert {*string.ascii_letters, *string.digits, "!", "#"} == set("".join(passwords))
    assert not unique or len(set(passwords)) == len(passwords)


@pytest.mark.parametrize("length", [3, 129])
def test_password_lengths_out_of_range_are_refused(length):
    """A character less or more than what is allowed, 4 to 128."""
    with pytest.raises(SchemaError, match="length"):
        bound(5, v={"generator": "password", "generator_params": {"length": length}})


@pytest.mark.parametrize("length", [4, 5, 7])
def test_short_unique_passwords_repeat_nothing(length):
    """Uniqueness is by construction, not by luck: 100,000 rows of few characters."""
    facts = {"generator": "password", "unique": True, "generator_params": {"length": length}}
    table = bound(MANY, v=facts)
    assert table.rows == len(set(made(table, "v")))


@pytest.mark.parametrize(
    ("params", "pattern"),
    [
        ({}, r"\([2-9][0-8]\d\) 555-\d{4}"),
        ({"format": "national"}, r"\([2-9][0-8]\d\) 555-\d{4}"),
        ({"format": "us"}, r"\([2-9][0-8]\d\) 555-\d{4}"),
        ({"format": "international"}, r"\+1-[2-9][0-8]\d-555-\d{4}"),
        ({"format": "digits"}, r"[2-9][0-8]\d555\d{4}"),
    ],
)
def test_phones_have_their_format(params, pattern):
    """Three formats of one number, with the exchange 555 and no area code x11."""
    phones = made(bound(5000, v={"generator": "phone", "generator_params": params}), "v")
    assert all(re.fullmatch(pattern, phone) for phone in phones)
    assert not any(re.match(r"\D*\d11", phone) for phone in phones)


@pytest.mark.parametrize("form", ["national", "international", "digits"])
def test_phones_have_an_area_code_of_the_city(form):
    """One of those that the row's city has, whether or not the table says the city."""
    areas = {(row[0], row[2]): row[7].split(" ") for row in load_rows("cities", "en_US")}
    phone = {"generator": "phone", "generator_params": {"format": form}}
    place = {
        "city": {"generator": "city"},
        "state": {"generator": "state", "generator_params": {"abbreviation": True}},
    }
    table = bound(20_000, phone=phone, **place)
    phones = made(table, "phone")
    digits = [re.sub(r"\D", "", text).removeprefix("1") for text in phones]
    columns = made(table, "city"), made(table, "state"), digits
    assert not [row for row in zip(*columns, strict=True) if row[2][:3] not in areas[row[:2]]]
    assert phones == made(bound(20_000, phone=phone), "phone")


def test_unique_phones_have_an_area_code_that_is_given():
    """One of any city, as a city has fewer numbers than a table may have rows."""
    areas = {area for row in load_rows("cities", "en_US") for area in row[7].split(" ")}
    phones = made(bound(20_000, v={"generator": "phone", "unique": True}), "v")
    assert {phone[1:4] for phone in phones} == areas


def test_ssns_can_be_issued():
    """No area 000, 666 or 9xx, no group 00, no serial 0000; the ends of each come up."""
    numbers = [ssn.split("-") for ssn in made(bound(300_000, v={"generator": "ssn"}), "v")]
    areas, groups, serials = (set(fields) for fields in zip(*numbers, strict=True))
    assert {f"{n:03d}" for n in range(1, 900)} - {"666"} == areas
    assert {f"{n:02d}" for n in range(1, 100)} == groups
    assert set() == serials - {f"{n:04d}" for n in range(1, 10_000)}


def test_the_last_four_digits_are_those_of_the_ssn():
    """Where the row has an ssn; else four digits with leading zeros."""
    table = bound(2000, ssn={"generator": "ssn"}, last={"generator": "ssn_last_4"})
    assert [ssn[-4:] for ssn in made(table, "ssn")] == made(table, "last")
    alone = made(bound(2000, v={"generator": "ssn_last_4", "type": "varchar(4)"}), "v")
    assert all(re.fullmatch(r"\d{4}", digits) for digits in alone)
    assert any(digits.startswith("0") for digits in alone)


def test_edge_cells_take_the_shortest_and_the_longest():
    """With an edge share, extremes come up that weights alone would hardly bring."""
    names = made(bound(2000, v={"generator": "last_name"}, edge_case_probability=1.0), "v")
    lengths = [len(name) for name in last_names(US).values]
    assert {min(lengths), max(lengths)} == set(map(len, names))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Smith", "smith"),
        ("José", "jose"),
        ("O'Neill-Brown", "oneillbrown"),
        ("Åsa", "asa"),
        ("ﬁnn", "finn"),
        ("山田", "user"),
        ("2nd", "nd"),
        ("", "user"),
    ],
)
def test_slugs_are_letters(text, expected):
    """Accents are dropped, and so is all that is no letter: a number may follow."""
    assert expected == slug(text)


def test_shorten_drops_the_longest_values_first():
    """One of each pool and the fixed characters fit; no shorter value is lost."""
    words = WeightedStrings(("a", "bb", "cccc"), (1.0, 2.0, 3.0))
    assert [words, words] == shorten(None, 1, words, words)
    assert [words, words] == shorten(9, 1, words, words)
    fitting = shorten(6, 1, words, words)
    assert [(("a", "bb"), (1.0, 2.0))] * 2 == [(each.values, each.weights) for each in fitting]


def test_mix_adds_up_what_two_pools_share():
    """A value in both pools has the sum of its two shares."""
    first = WeightedStrings(("a", "b"), (3.0, 1.0))
    second = WeightedStrings(("b", "c"), (1.0, 1.0))
    mixed = mix((first, 0.5), (second, 0.5))
    assert (("a", "b", "c"), (0.375, 0.375, 0.25)) == (mixed.values, mixed.weights)
