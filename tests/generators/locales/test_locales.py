"""Locales: names, places, numbers and companies as a country writes them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from support.tables import bind, cells, rows_of, schema_of

from shardgen.errors import PlanError, SchemaError
from shardgen.generators.locales.locale import LOCALES, find_locale
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.text_lengths import max_length

NAMES = list(LOCALES)
OTHERS = [name for name in NAMES if name != "en_US"]
GENERATORS = (
    *("first_name", "last_name", "full_name", "email", "username", "phone", "job_title"),
    *("address", "city", "state", "zip_code", "country", "company", "domain", "company_email"),
)
every_locale = pytest.mark.parametrize("name", NAMES)
every_other = pytest.mark.parametrize("name", OTHERS)


def column(generator: str, locale: str | None = None, **facts: Any) -> dict[str, Any]:
    own = {} if locale is None else {"locale": locale}
    return {"type": "varchar(255)", "generator": generator, **own, **facts}


def made(locale: str, rows: int = 5000, **columns: dict[str, Any]) -> dict[str, list[Any]]:
    """Return a table's columns, all of that locale."""
    return rows_of(table_of(locale, rows, **columns))


def table_of(
    locale: str, rows: int, *, edge_case_probability: float = 0.0, **columns: Any
) -> BoundTable:
    each = {name: {"locale": locale, **facts} for name, facts in columns.items()}
    return bind(schema_of(t=(rows, each)), edge_case_probability=edge_case_probability)["t"]


def all_of(generators: tuple[str, ...] = GENERATORS) -> dict[str, dict[str, Any]]:
    return {name: column(name) for name in generators}


# Names


@every_locale
def test_full_names_join_the_names_of_their_row(name):
    """Given name first; in Japan the family name."""
    table = made(name, **all_of(("first_name", "last_name", "full_name")))
    pairs = zip(table["first_name"], table["last_name"], strict=True)
    order = -1 if name == "ja_JP" else 1
    assert [" ".join(pair[::order]) for pair in pairs] == table["full_name"]


@every_locale
@pytest.mark.parametrize("names", [("first_name", "last_name"), ("full_name",)])
@pytest.mark.parametrize("unique", [False, True])
def test_emails_and_login_names_fit_the_names_of_their_row(name, names, unique):
    """In ASCII, whatever the script of the names, and however the names are stored."""
    columns = all_of(names) | {n: column(n, unique=unique) for n in ("email", "username")}
    table = made(name, 2000, **columns)
    locale = find_locale(name)
    for n, (email, login) in enumerate(zip(table["email"][:400], table["username"], strict=False)):
        if len(names) == 2:
            first, last = (table[name][n] for name in names)
        else:
            words = table["full_name"][n].split(" ")
            first, last = words if not locale.family_first else reversed(words)
        first, last = locale.slug(first), locale.slug(last)
        assert re.fullmatch(rf"{first}\.{last}\d*@example\.(com|net|org)", email)
        assert re.fullmatch(rf"{first[0]}{last}\d+", login)
    if unique:
        assert len(set(table["email"])) == len(set(table["username"])) == 2000


@pytest.mark.parametrize(
    ("name", "text", "slug"),
    [
        ("de_DE", "Jürgen", "juergen"),
        ("de_DE", "Groß", "gross"),
        ("de_DE", "Özdemir", "oezdemir"),
        ("fr_FR", "Lefèvre", "lefevre"),
        ("fr_FR", "Jean-François", "jeanfrancois"),
        ("fr_FR", "Œuvrard", "oeuvrard"),
        ("ja_JP", "佐藤", "sato"),
        ("ja_JP", "さくら", "sakura"),
        ("ar_EG", "محمد", "mohamed"),
        ("ar_EG", "المصري", "elmasry"),
    ],
)
def test_names_are_spelled_in_latin_letters_as_their_country_does(name, text, slug):
    """For addresses of mail: umlauts with an e, accents without, other scripts as they sound."""
    assert slug == find_locale(name).slug(text)


@every_locale
@pytest.mark.parametrize("sex", ["female", "male"])
def test_sex_limits_first_names(name, sex):
    """In every locale, to the pool of that sex."""
    found = made(name, v=column("first_name", generator_params={"sex": sex}))["v"]
    assert set(found) <= set(find_locale(name).pool(f"first_name_{sex}").values)


@every_locale
def test_common_names_are_common(name):
    """The commonest last name comes up about as often as its weight says."""
    names = find_locale(name).pool("last_name")
    top = max(range(len(names)), key=names.weights.__getitem__)
    share = names.weights[top] / sum(names.weights)
    counts = Counter(made(name, 100_000, v=column("last_name"))["v"])
    assert pytest.approx(share, rel=0.15) == counts[names.values[top]] / 100_000


# Places


@every_locale
def test_city_state_and_postal_code_belong_together(name):
    """Every row's three are one line of the pool of cities."""
    table = made(name, **all_of(("city", "state", "zip_code", "country")))
    ranges: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for city, state, _, low, high, *_ in find_locale(name).rows("cities"):
        letters = low.rstrip("0123456789")
        ends = int(low[len(letters) :]), int(high[len(letters) :])
        ranges.setdefault((city, state), []).append((letters, *ends))
    for city, state, code in zip(table["city"], table["state"], table["zip_code"], strict=True):
        letters, number = re.match(r"([A-Z]*)(\d+)", code).groups()
        known = ranges[city, state]
        assert any(letters == a and low <= int(number) <= high for a, low, high in known), code
    countries = {
        "en_US": "United States", "en_GB": "United Kingdom", "de_DE": "Deutschland",
        "fr_FR": "France", "ja_JP": "日本", "ar_EG": "مصر",
    }  # fmt: skip
    assert {countries[name]} == set(table["country"])


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("en_US", r"\d{5}"),
        ("en_GB", r"[A-Z]{1,2}\d{1,2} \d[ABD-HJLNP-UW-Z]{2}"),
        ("de_DE", r"\d{5}"),
        ("fr_FR", r"\d{5}"),
        ("ja_JP", r"\d{3}-00\d{2}"),
        ("ar_EG", r"\d{5}"),
    ],
)
def test_postal_codes_have_their_form(name, pattern):
    """Leading zeros included."""
    codes = made(name, v=column("zip_code"))["v"]
    assert all(re.fullmatch(pattern, code) for code in codes)
    assert name in ("ar_EG", "en_GB") or any(code.startswith("0") for code in codes)


@pytest.mark.parametrize(
    ("name", "city", "state", "short"),
    [
        ("de_DE", "München", "Bayern", "BY"),
        ("fr_FR", "Lyon", "Auvergne-Rhône-Alpes", "ARA"),
        ("en_GB", "Leeds", "West Yorkshire", "WYK"),
        ("ja_JP", "横浜市", "神奈川県", "神奈川"),
        ("ar_EG", "طنطا", "الغربية", "GH"),
    ],
)
def test_known_cities_are_in_their_states(name, city, state, short):
    """By name, and by the abbreviation of the country."""
    columns = all_of(("city", "state"))
    columns["short"] = column("state", generator_params={"abbreviation": True})
    table = made(name, 20_000, **columns)
    found = set(zip(table["city"], table["state"], table["short"], strict=True))
    assert {(city, state, short)} == {three for three in found if three[0] == city}


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("en_US", r"[1-9]\d{0,3} .+ (Street|Avenue|Road|Drive|Lane|Court|\w+)"),
        ("en_GB", r"[1-9]\d{0,2} .+ (Road|Street|Close|Avenue|Lane|\w+)"),
        ("de_DE", r"\S+(straße|weg|allee|platz|gasse|ring) [1-9]\d{0,2}"),
        ("fr_FR", r"[1-9]\d{0,2} (rue|avenue|chemin|impasse|boulevard|allée|place) .+"),
        ("ja_JP", r"\D+[1-6]-[1-9]\d?-[1-9]\d?"),
        ("ar_EG", r"[1-9]\d{0,2} شارع .+"),
    ],
)
def test_addresses_have_their_order(name, pattern):
    """House and street as the country writes them, also where no two are alike."""
    for unique in (False, True):
        found = made(name, v=column("address", unique=unique))["v"]
        assert all(re.fullmatch(pattern, address) for address in found)
        assert not unique or len(set(found)) == len(found)


def test_a_country_is_named_in_the_columns_language_wherever_the_place_is():
    """A Japanese city in a table of German countries is in "Japan", not anywhere."""
    table = bind(schema_of(t=(50, {
        "city": column("city", "ja_JP"), "land": column("country", "de"), "kuni": column("country"),
    })))["t"]  # fmt: skip
    assert {"Japan"} == set(cells(table, "land")) == set(cells(table, "kuni"))


# Numbers


@pytest.mark.parametrize(
    ("name", "national", "international"),
    [
        ("en_US", r"\(\d{3}\) 555-\d{4}", r"\+1-\d{3}-555-\d{4}"),
        (
            "en_GB",
            r"0(20 7946 0|1\d\d 49[68] 0|28 9649 6|29 2018 0|1632 960|7700 900)\d{3}",
            r"\+44 (20 7946 0|1\d\d 49[68] 0|28 9649 6|29 2018 0|1632 960|7700 900)\d{3}",
        ),
        (
            "de_DE",
            r"0(30 23125|40 66969|69 90009|89 99998|221 4710)\d{3}",
            r"\+49 (30 23125|40 66969|69 90009|89 99998|221 4710)\d{3}",
        ),
        (
            "fr_FR",
            r"0(1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d",
            r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d",
        ),
        ("ja_JP", r"0(90|80|70|3|6)-0\d{3}-\d{4}", r"\+81-(90|80|70|3|6)-0\d{3}-\d{4}"),
        ("ar_EG", r"01[678] \d{4} \d{4}", r"\+20 1[678] \d{4} \d{4}"),
    ],
)
def test_phone_numbers_belong_to_nobody(name, national, international):
    """Reserved for films, or such as the country's plan has none; one number in three forms."""
    forms = {
        form: column("phone", generator_params={"format": form})
        for form in ("national", "international", "digits", "us")
    }
    table = made(name, 3000, **forms)
    assert all(re.fullmatch(national, number) for number in table["national"])
    assert all(re.fullmatch(international, number) for number in table["international"])
    assert all(re.fullmatch(r"\d{10,11}", number) for number in table["digits"])
    assert all(re.fullmatch(r"\(\d{3}\) 555-\d{4}", number) for number in table["us"])
    bare = re.sub(r"\D", "", table["national"][0])
    assert len(bare) == len(table["digits"][0]) or name in ("ja_JP", "de_DE")
    assert len(set(table["national"])) > 1000


@every_locale
@pytest.mark.parametrize("form", ["national", "international", "digits"])
def test_unique_phone_numbers_repeat_nothing(name, form):
    """There are enough for any table, in each form."""
    facts = column("phone", unique=True, generator_params={"format": form})
    numbers = made(name, 50_000, v=facts)["v"]
    assert 50_000 == len(set(numbers))
    assert 50_000 == len({re.sub(r"\D", "", number) for number in numbers})


# Companies


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("en_US", r"\w+ \w+ (Inc|LLC|Group|Ltd|and Sons|PLC|\w+)"),
        ("en_GB", r"[\w'-]+ \w+ (Ltd|Limited|Group|PLC|LLP|and Sons)"),
        ("de_DE", r"\w+ \w+ (GmbH|GmbH & Co\. KG|AG|UG|KG|OHG|e\.K\.)"),
        ("fr_FR", r"[\w'-]+ \w+ (SARL|SAS|SA|EURL|SCOP|et Fils)"),
        ("ja_JP", r"(株式会社|有限会社|合同会社)\w+"),
        ("ar_EG", r"شركة \w+ لل?\w+ (ش\.م\.م|ذ\.م\.م|ش\.ت\.ب)"),
    ],
)
def test_companies_have_the_legal_forms_of_their_country(name, pattern):
    """And their domains are plain Latin, reserved ones, the same in the mail address of the row."""
    table = made(name, **all_of(("company", "domain", "company_email")))
    assert all(re.fullmatch(pattern, company) for company in table["company"])
    assert table["domain"] == [mail.split("@")[1] for mail in table["company_email"]]
    assert all(re.fullmatch(r"[a-z]+-[a-z]+\.example", domain) for domain in table["domain"])


def test_domains_spell_the_company_of_their_row():
    """In Latin letters, whatever the company's script."""
    assert ("suzuki", "kogyo") == tuple(map(find_locale("ja").slug, ("鈴木", "工業")))
    table = made("ja_JP", 3000, **all_of(("company", "domain")))
    of_suzuki = {
        domain
        for company, domain in zip(table["company"], table["domain"], strict=True)
        if company.endswith("社鈴木工業")
    }
    assert of_suzuki <= {"suzuki-kogyo.example"}


def test_social_security_numbers_are_american_in_every_locale():
    """No other country has a number of that name."""
    assert all(
        re.fullmatch(r"\d{3}-\d\d-\d{4}", v) for v in made("ja_JP", 99, v=column("ssn"))["v"]
    )


# What every generator promises


@every_other
@pytest.mark.parametrize("edge_case_probability", [0.0, 0.3])
def test_a_slice_alone_has_the_values_it_has_in_the_whole(name, edge_case_probability):
    """Any rows in any order are those of the whole table."""
    table = table_of(name, 9000, edge_case_probability=edge_case_probability, **all_of())
    some = np.array([8999, 3, 4000, 3, 0])
    for generator in GENERATORS:
        whole = cells(table, generator)
        assert whole[4000:4100] == cells(table, generator, range(4000, 4100))
        assert [whole[n] for n in some] == cells(table, generator, some)
        assert [] == cells(table, generator, range(5, 5))


@every_other
@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("unique", [False, True])
def test_bounds_are_true_and_unique_columns_repeat_nothing(name, generator, unique):
    """A value is never longer than its column's bound; each of a unique column occurs once."""
    rows = 2000 if generator not in ("city", "state", "country", "job_title") else 12
    rows = 60 if generator in ("first_name", "last_name") else rows
    rows = 90 if (name, generator) == ("fr_FR", "zip_code") else rows
    table = table_of(name, rows, v=column(generator, unique=unique))
    values = Batch.of_range(table, 0, rows).column("v")
    assert max_length(values) >= max(map(len, values.python()))
    assert not unique or rows == len(set(values.python()))


@every_other
@pytest.mark.parametrize(
    ("generator", "lengths"),
    [
        ("first_name", (4, 8)),
        ("full_name", (7, 12, 20)),
        ("email", (18, 26, 34, 44)),
        ("username", (6, 12)),
        ("company", (12, 16, 30)),
        ("domain", (13, 26, 40)),
        ("company_email", (26, 36, 60)),
        ("address", (16, 20, 30)),
        ("city", (3, 6)),
        ("state", (3, 9)),
        ("country", (3, 9)),
        ("job_title", (4, 12)),
    ],
)
def test_values_fit_short_columns(name, generator, lengths):
    """Lengths are counted in characters; what is too short for all is refused with a way out."""
    for length in lengths:
        facts = column(generator, type=f"varchar({length})")
        try:
            table = table_of(name, 1000, **all_of(("last_name", "company")), v=facts)
        except SchemaError as error:
            assert "choose a longer type" in str(error)  # noqa: PT017 -- either is right
            continue
        assert length >= max(map(len, cells(table, "v")))


def test_more_unique_names_than_there_are_is_refused():
    """Pools are finite: the message has the count of names that the locale gives."""
    with pytest.raises(PlanError, match=r"only \d{5} exist"):
        table_of("ja_JP", 60_000, v=column("full_name", unique=True))


def test_values_are_drawn_from_every_part_of_a_pool():
    """A column's picks follow the weights of its locale's cities (chi-square, 99.9 percent)."""
    rows = find_locale("de").rows("cities")
    weights = np.array([float(row[5]) for row in rows])
    counts = Counter(made("de_DE", 100_000, v=column("city"))["v"])
    expected = weights / weights.sum() * 100_000
    found = np.array([counts[row[0]] for row in rows])
    assert ((found - expected) ** 2 / expected).sum() < len(rows) + 3.3 * (2 * len(rows)) ** 0.5
