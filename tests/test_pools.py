"""The bundled pools: text files that every dump depends on."""

from __future__ import annotations

import math
import re
import unicodedata
from pathlib import Path

import pytest

POOLS = Path(__file__).resolve().parent.parent / "shardgen" / "pools"
CITIES = "us_cities"

ROWS_AT_LEAST = {
    "company_kind": 40,
    "company_stem": 150,
    "company_suffix": 6,
    "countries": 190,
    "domain_word": 120,
    "first_name_female": 300,
    "first_name_male": 300,
    "job_title": 400,
    "last_name": 1000,
    "lorem_word": 180,
    "phrase": 200,
    "product_adjective": 60,
    "product_word": 60,
    "reserved_domain": 3,
    "sentence": 200,
    "street_name": 300,
    "street_suffix": 15,
    CITIES: 300,
}

STATES = {
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL"),
    *("IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE"),
    *("NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT"),
    *("VA", "VT", "WA", "WI", "WV", "WY"),
}


def lines(name: str) -> list[str]:
    return (POOLS / f"{name}.tsv").read_bytes().decode("utf-8").removesuffix("\n").split("\n")


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in lines(name) if not line.startswith("#")]


def values(name: str) -> list[str]:
    return [row[0] for row in rows(name)]


def weights(name: str) -> dict[str, float]:
    return {row[0]: float(row[1]) for row in rows(name)}


every_pool = pytest.mark.parametrize("name", sorted(ROWS_AT_LEAST))


def test_every_pool_file_is_tested():
    """No pool is missing, and none is without tests."""
    assert sorted(ROWS_AT_LEAST) == sorted(path.stem for path in POOLS.glob("*.tsv"))


@every_pool
def test_a_pool_has_enough_values(name):
    """A pool is as large as its generators need for varied rows."""
    assert ROWS_AT_LEAST[name] <= len(rows(name))


@every_pool
def test_the_first_line_says_where_a_pool_comes_from(name):
    """Each file names its source in line one, and has comments at its top only."""
    comments = [line.startswith("#") for line in lines(name)]
    assert re.match(
        r"# (From Faker \d+\.|Written by hand |\w.*(public domain|RFC \d+))", lines(name)[0]
    )
    assert sorted(comments, reverse=True) == comments


@every_pool
def test_a_pool_is_normal_utf_8_text(name):
    """Files are UTF-8 without a byte-order mark, in NFC, with lines ended by one newline each."""
    text = (POOLS / f"{name}.tsv").read_bytes().decode("utf-8")
    assert unicodedata.normalize("NFC", text) == text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert set() == {c for c in text if unicodedata.category(c) in {"Cc", "Cf"}} - {"\t", "\n"}


@every_pool
def test_a_row_has_the_columns_of_its_pool(name):
    """A row is a value, or a value and its weight; a city has five columns."""
    allowed = {5} if name == CITIES else {1, 2}
    assert {len(row) for row in rows(name)} <= allowed


@every_pool
def test_no_cell_is_empty_or_padded(name):
    """Cells are the text itself: never empty, no space around them, none doubled inside."""
    assert not [cell for row in rows(name) for cell in row if " ".join(cell.split()) != cell]
    assert not [row for row in rows(name) if not all(row)]


@every_pool
def test_values_are_unique(name):
    """No value repeats, not even in another case: a repeat would be a hidden weight."""
    keys = [(r[0], r[2]) if name == CITIES else r[0].casefold() for r in rows(name)]
    assert len(set(keys)) == len(keys)


@every_pool
def test_weights_are_positive_and_finite(name):
    """A weight that is given is a plain decimal number above zero."""
    given = [row[-1] for row in rows(name) if len(row) > 1]
    assert not [w for w in given if not re.fullmatch(r"\d+(\.\d+)?", w)]
    assert not [w for w in given if not (math.isfinite(float(w)) and float(w) > 0)]


def test_every_state_has_a_city():
    """All 50 states and the District of Columbia are drawn, each under one name."""
    names = {(abbr, state) for _, state, abbr, _, _ in rows(CITIES)}
    assert sorted(STATES) == sorted(abbr for abbr, _ in names)
    assert len(STATES) == len({state for _, state in names})


def test_zip_prefixes_have_three_digits():
    """A prefix keeps its leading zero: Boston is 021, not 21."""
    assert not [row for row in rows(CITIES) if not re.fullmatch(r"[0-9]{3}", row[3])]


@pytest.mark.parametrize(
    ("city", "state", "abbr", "zip3"),
    [
        ("Anchorage", "Alaska", "AK", "995"),
        ("Atlanta", "Georgia", "GA", "303"),
        ("Boston", "Massachusetts", "MA", "021"),
        ("Chicago", "Illinois", "IL", "606"),
        ("Denver", "Colorado", "CO", "802"),
        ("Honolulu", "Hawaii", "HI", "968"),
        ("Houston", "Texas", "TX", "770"),
        ("Kansas City", "Kansas", "KS", "661"),
        ("Kansas City", "Missouri", "MO", "641"),
        ("Los Angeles", "California", "CA", "900"),
        ("Miami", "Florida", "FL", "331"),
        ("New York", "New York", "NY", "100"),
        ("Philadelphia", "Pennsylvania", "PA", "191"),
        ("Phoenix", "Arizona", "AZ", "850"),
        ("Portland", "Maine", "ME", "041"),
        ("Portland", "Oregon", "OR", "972"),
        ("Seattle", "Washington", "WA", "981"),
        ("Washington", "District of Columbia", "DC", "200"),
    ],
)
def test_known_cities_have_their_state_and_prefix(city, state, abbr, zip3):
    """City, state and ZIP prefix of a row belong together."""
    assert [city, state, abbr, zip3] in [row[:4] for row in rows(CITIES)]


def test_a_zip_prefix_lies_in_one_state():
    """The post office gives a prefix to one state, so two states never share one here."""
    states: dict[str, set[str]] = {}
    for _, _, abbr, zip3, _ in rows(CITIES):
        states.setdefault(zip3, set()).add(abbr)
    assert not {zip3: found for zip3, found in states.items() if len(found) > 1}


def test_reserved_domains_are_those_of_rfc_2606():
    """Generated mail addresses reach nobody."""
    expected = {"example.com": 70, "example.org": 15, "example.net": 15}
    assert expected == weights("reserved_domain")


def test_sentences_fit_a_short_text_column():
    """A sentence has 20 to 80 characters, a capital first and a stop last."""
    assert not [s for s in values("sentence") if not re.fullmatch(r"[A-Z].{18,78}\.", s)]


def test_phrases_fit_a_short_varchar():
    """A phrase is two or three lower-case words, under 24 characters in all."""
    shape = re.compile(r"[a-z]+( [a-z]+){1,2}")
    assert not [p for p in values("phrase") if not shape.fullmatch(p) or len(p) >= 24]


@pytest.mark.parametrize("name", ["domain_word", "lorem_word"])
def test_domain_and_lorem_words_are_plain(name):
    """They can stand in a host name or a file name: lower-case ASCII letters only."""
    assert not [word for word in values(name) if not re.fullmatch(r"[a-z]+", word)]


def test_company_stems_are_one_plain_word():
    """A stem can be lower-cased into a domain name."""
    assert not [stem for stem in values("company_stem") if not re.fullmatch(r"[A-Z][a-z]+", stem)]


def test_job_titles_are_no_index_entries():
    """A title reads as a person writes it: "Hospital doctor", not "Doctor, hospital"."""
    assert not [job for job in values("job_title") if set(job) & set("(),/") or len(job) < 4]


def test_some_values_need_escaping():
    """Apostrophes and letters outside ASCII occur, so that every dump shows its quoting works."""
    names = values("countries")
    assert "Côte d'Ivoire" in names
    assert any(not name.isascii() for name in names)
    assert any("'" in city for city in values(CITIES))


@pytest.mark.parametrize(
    ("name", "commonest"),
    [("first_name_female", "Jennifer"), ("first_name_male", "Michael"), ("last_name", "Smith")],
)
def test_common_names_weigh_most(name, commonest):
    """Weights keep the order of Faker's lists: Smith is the commonest last name."""
    found = weights(name)
    assert commonest == max(found, key=found.__getitem__)
