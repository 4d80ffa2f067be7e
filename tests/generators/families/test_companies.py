"""Companies: names, domains and addresses of firms that do not exist."""

from __future__ import annotations

import re

import numpy as np
import pytest
from support.columns import bound, made

from shardgen.errors import PlanError, SchemaError
from shardgen.generators.locales.pools import load_pool
from shardgen.tables.batch import Batch
from shardgen.tables.text_lengths import max_length

MANY = 100_000
EVERY = ("company", "company_name", "company_email", "domain")
RESERVED = r"example\.(com|net|org)"


def test_company_names_are_stem_kind_and_suffix():
    """Each name ends in a line of business and a legal form of the pools."""
    kinds, suffixes = (
        "|".join(load_pool(f"company_{n}", "en_US").values) for n in ("kind", "suffix")
    )
    names = made(bound(5000, v={"generator": "company"}), "v")
    assert all(re.fullmatch(rf"\w+ ({kinds}) ({suffixes})", name) for name in names)


def test_words_of_company_names_have_no_space():
    """So no two combinations of words read the same, and unique names are unique."""
    names = "company_stem", "company_kind", "last_name"
    words = [word for name in names for word in load_pool(name, "en_US").values]
    assert set() == {word for word in words if " " in word}


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("neighbours", [(), ("company",), ("domain",), ("company", "domain")])
def test_unique_columns_repeat_nothing(generator, neighbours):
    """A unique column has as many different values as rows, and its bound is true."""
    others = {f"other_{n}": {"generator": n, "unique": True} for n in neighbours}
    table = bound(MANY, **others, v={"generator": generator, "unique": True})
    values = Batch(table, np.arange(MANY)).column("v")
    texts = values.python()
    assert table.rows == len(set(texts))
    assert max_length(values) >= max(map(len, texts))


def test_more_unique_companies_than_possibilities_are_refused():
    """The error says how many there are."""
    with pytest.raises(PlanError, match=r"only \d{6} exist"):
        bound(1_000_000, v={"generator": "company", "unique": True})


@pytest.mark.parametrize("name", ["company", "company_name"])
def test_domains_and_addresses_come_from_the_company_of_their_row(name):
    """bluefield-logistics.example and info@bluefield.example.com, of Bluefield Logistics LLC."""
    company = {"generator": name}
    alone = bound(3000, c=company, mail={"generator": "company_email"})
    words = [text.lower().split(" ") for text in made(alone, "c")]
    for (stem, *_), mail in zip(words, made(alone, "mail"), strict=True):
        assert re.fullmatch(rf"[a-z]+@{stem}\.{RESERVED}", mail)
    both = bound(3000, c=company, d={"generator": "domain"}, mail={"generator": "company_email"})
    domains = made(both, "d")
    assert [f"{stem}-{kind}.example" for stem, kind, *_ in words] == domains
    assert domains == [mail.split("@")[1] for mail in made(both, "mail")]


def test_a_unique_address_takes_a_domain_only_where_that_is_unique_too():
    """Else two rows of one domain could have the same address."""
    mail = {"generator": "company_email", "unique": True}
    plain = bound(2000, d={"generator": "domain"}, mail=mail)
    keyed = bound(2000, d={"generator": "domain", "unique": True}, mail=mail)
    assert made(keyed, "d") == [text.split("@")[1] for text in made(keyed, "mail")]
    assert all(re.fullmatch(rf"\w+@[a-z]+\d+\.{RESERVED}", text) for text in made(plain, "mail"))


@pytest.mark.parametrize("unique", [False, True])
def test_addresses_and_domains_are_reserved_and_ascii(unique):
    """None of them can resolve_path anybody."""
    for generator in ("domain", "company_email"):
        values = made(bound(5000, v={"generator": generator, "unique": unique}), "v")
        assert all(value.isascii() and value == value.lower() for value in values)
        assert all(re.search(rf"\.(example|{RESERVED})$", value) for value in values)


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("edge_case_probability", [0.0, 0.3])
def test_a_slice_alone_has_the_values_it_has_in_the_whole(generator, edge_case_probability):
    """Rows 5,000 to 6,000 made alone are rows 5,000 to 6,000 of the table."""
    table = bound(20_000, v={"generator": generator}, edge_case_probability=edge_case_probability)
    assert made(table, "v")[5000:6000] == made(table, "v", 5000, 6000)


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize(
    ("generator", "length"),
    [
        *[("company", n) for n in (18, 24, 30)],
        *[("domain", n) for n in (13, 26, 30, 40)],
        *[("company_email", n) for n in (26, 36, 45)],
    ],
)
def test_values_fit_short_columns(generator, length, unique):
    """No value has more characters than the column, whatever stands beside it."""
    neighbours = {"c": {"generator": "company"}, "d": {"generator": "domain"}}
    facts = {"generator": generator, "type": f"varchar({length})", "unique": unique}
    values = Batch(bound(1000, **neighbours, v=facts), np.arange(1000)).column("v")
    assert length >= max_length(values) >= max(map(len, values.python()))


@pytest.mark.parametrize(
    ("generator", "length"), [("company", 8), ("domain", 12), ("company_email", 20)]
)
def test_columns_too_short_for_any_value_are_refused(generator, length):
    """The way out is a longer type."""
    with pytest.raises(SchemaError, match="longer type"):
        bound(1000, v={"generator": generator, "type": f"varchar({length})"})
