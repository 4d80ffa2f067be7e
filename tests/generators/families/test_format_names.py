"""Generators and parameters that format 1.0 names: names, titles, addresses, codes, texts."""

from __future__ import annotations

import pytest
from support.statistics import assert_values_fit
from support.tables import bound, rows_of, values_of

from shardgen.errors import SchemaError

NAMES = {
    "values": [{"value": "Ann", "weight": 0.6}, {"value": "Maximilian-Alexander", "weight": 0.4}]
}


def test_names_may_be_listed():
    """By weight, with or without the word weighted; an address of the row is made of them."""
    listed = {"distribution": "weighted", **NAMES}
    columns = {
        "first_name": {
            "type": "varchar(50)",
            "generator": "first_name",
            "generator_params": listed,
        },
        "email": {"type": "varchar(40)", "generator": "email", "unique": True},
    }
    made = rows_of(bound(columns, 3000))
    assert_values_fit(made["first_name"], {"Ann": 0.6, "Maximilian-Alexander": 0.4})
    for name, email in zip(made["first_name"], made["email"], strict=True):
        assert email.startswith(name[0].lower())


@pytest.mark.parametrize("level", ["entry", "mid", "senior"])
def test_job_titles_by_level(level):
    """Of one level alone, and in English alone."""
    made = set(
        values_of(
            5000, type="varchar(60)", generator="job_title", generator_params={"level": level}
        )
    )
    others = {"entry": "Director of sales", "mid": "Junior developer", "senior": "Lead developer"}
    assert len(made) > 25
    assert others[level] not in made
    with pytest.raises(SchemaError, match="no job titles by level in locale 'de_DE'"):
        values_of(
            5, type="text", generator="job_title", locale="de_DE", generator_params={"level": level}
        )


def test_an_address_at_a_given_domain_is_that_of_one_who_works_there():
    """By the names of the row, unique where the column is; no other text is a domain."""
    columns = {
        "first_name": {"type": "text", "generator": "first_name"},
        "last_name": {"type": "text", "generator": "last_name"},
        "email": {
            "type": "varchar(255)", "unique": True, "generator": "company_email",
            "generator_params": {"domain": "north-shop.example"},
        },
    }  # fmt: skip
    made = rows_of(bound(columns, 2000))
    assert 2000 == len(set(made["email"]))
    for first, last, email in zip(
        *(made[n] for n in ("first_name", "last_name", "email")), strict=True
    ):
        assert email.startswith(f"{first[0].lower()}")
        assert email.endswith("@north-shop.example")
        assert last[:2].lower() in email
    wrong = columns["email"] | {"generator_params": {"domain": "no domain"}}
    with pytest.raises(SchemaError, match="'no domain' is no internet domain"):
        bound({"email": wrong})


def test_a_country_code_is_that_of_the_country():
    """Two letters of ISO 3166: of the row's country, else of its city's, else any."""
    made = rows_of(bound({
        "a": {"type": "text", "generator": "country"},
        "b": {"type": "char(2)", "generator": "country_code"},
    }, 2000))  # fmt: skip
    pairs = set(zip(made["a"], made["b"], strict=True))
    assert {("Germany", "DE"), ("India", "IN"), ("Switzerland", "CH")} & pairs
    assert len(pairs) == len({a for a, _ in pairs})
    local = {
        "city": {"type": "text", "generator": "city"},
        "b": {"type": "char(2)", "generator": "country_code"},
    }
    assert {"US"} == set(rows_of(bound(local, 50))["b"])
    assert 190 == len(set(values_of(190, type="char(2)", unique=True, generator="country_code")))


def test_a_state_code_is_that_of_the_city():
    """The abbreviation that `state` has."""
    columns = {
        "a": {"type": "text", "generator": "state_code"},
        "b": {"type": "text", "generator": "state", "generator_params": {"abbreviation": True}},
    }
    made = rows_of(bound(columns, 500))
    assert made["a"] == made["b"]


def test_lorem_ipsum_has_the_paragraphs_that_are_asked_for():
    """With an empty line between; shorter columns have fewer sentences."""
    made = values_of(200, type="text", generator="lorem_ipsum", generator_params={"paragraphs": 3})
    for text in made:
        paragraphs = text.split("\n\n")
        assert [4] * 3 == [paragraph.count(".") for paragraph in paragraphs]
    short = values_of(200, type="varchar(120)", generator="lorem_paragraph")
    assert all(0 < len(text) <= 120 for text in short)
    unique = values_of(5000, type="text", generator="lorem_paragraph", unique=True)
    assert 5000 == len(set(unique))


def test_lorem_ipsum_that_does_not_fit_is_refused():
    """More sentences than the column holds, or than can be told apart by number."""
    many = {"paragraphs": 5, "sentences": 5}
    with pytest.raises(SchemaError, match="25 sentences of up to"):
        values_of(5, type="varchar(200)", generator="lorem_ipsum", generator_params=many)
    with pytest.raises(SchemaError, match="ask for at most 7"):
        values_of(5, type="text", unique=True, generator="lorem_ipsum", generator_params=many)
