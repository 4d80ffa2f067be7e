"""Places: cities, states and ZIP codes that belong together."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from support.columns import bound, made

from shardgen.errors import PlanError, SchemaError, ShardgenError
from shardgen.generators.locales.pools import load_pool, load_rows
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.text_lengths import max_length

EVERY = ("address", "city", "state", "zip_code", "country")
ROWS = load_rows("cities", "en_US")
CITIES = {(city, state, low[:3]) for city, state, _, low, *_ in ROWS}
SHORT_CITIES = {(city, short, low[:3]) for city, _, short, low, *_ in ROWS}


def places(**state: str | dict) -> dict[str, dict]:
    return {
        "city": {"generator": "city"},
        "state": {"generator": "state", **state},
        "zip": {"generator": "zip_code"},
    }


def triples(table: BoundTable) -> list[tuple[str, str, str]]:
    zips = [code[:3] for code in made(table, "zip")]
    return list(zip(made(table, "city"), made(table, "state"), zips, strict=True))


def test_city_state_and_zip_code_belong_together():
    """Every row's three are one row of the pool of cities."""
    assert set() == set(triples(bound(20_000, **places()))) - CITIES


@pytest.mark.parametrize(
    "state",
    [{"type": "char(2)"}, {"type": "varchar(10)"}, {"generator_params": {"abbreviation": True}}],
)
def test_states_are_abbreviated_where_asked_or_needed(state):
    """Two letters by parameter or for lack of space, still in the row's own state."""
    assert set() == set(triples(bound(5000, **places(**state)))) - SHORT_CITIES


def test_other_columns_of_the_table_change_no_place():
    """A city is the same whether or not the table has a state."""
    alone = bound(1000, city={"generator": "city"})
    assert made(alone, "city") == made(bound(1000, **places()), "city")


def test_large_cities_are_common():
    """New York comes up about as often as its weight says."""
    weights = {row[0]: float(row[5]) for row in ROWS}
    share = weights["New York"] / sum(float(row[5]) for row in ROWS)
    count = Counter(made(bound(50_000, v={"generator": "city"}), "v"))["New York"]
    assert pytest.approx(share, rel=0.1) == count / 50_000


def in_use(row: tuple[str, ...]) -> set[str]:
    spans = [text.partition("-") for text in row[6].split(" ")]
    ends = [(int(low), int(high or low)) for low, _, high in spans]
    return {f"{code:05d}" for low, high in ends for code in range(low, high + 1)}


def test_zip_codes_are_those_in_use():
    """Five digits, leading zeros included, each of the row's city, and all of them come up."""
    table = bound(60_000, **places(), code={"generator": "zip_code", "type": "char(5)"})
    codes = {(row[0], row[1]): in_use(row) for row in ROWS}
    found: dict[tuple[str, str], set[str]] = {}
    columns = (made(table, name) for name in ("city", "state", "code"))
    for city, state, code in zip(*columns, strict=True):
        found.setdefault((city, state), set()).add(code)
    assert not {place: extra for place in found if (extra := found[place] - codes[place])}
    assert any(code.startswith("0") for of_city in found.values() for code in of_city)
    assert found["Chicago", "Illinois"] == codes["Chicago", "Illinois"]


def test_unique_zip_codes_begin_as_a_city_does():
    """There are more of them than are in use, and no two rows have the same."""
    codes = made(bound(34_300, v={"generator": "zip_code", "unique": True}), "v")
    assert len(set(codes)) == 34_300
    assert {code[:3] for code in codes} == {row[3][:3] for row in ROWS}


def test_addresses_are_a_number_and_a_street():
    """House number from 1 to 9999, street name, kind of street."""
    suffixes = "|".join(load_pool("street_suffix", "en_US").values)
    streets = made(bound(20_000, v={"generator": "address"}), "v")
    assert all(re.fullmatch(rf"[1-9]\d{{0,3}} .+ ({suffixes})", street) for street in streets)


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("edge_case_probability", [0.0, 0.3])
def test_a_slice_alone_has_the_values_it_has_in_the_whole(generator, edge_case_probability):
    """Rows 5,000 to 6,000 made alone are rows 5,000 to 6,000 of the table."""
    table = bound(20_000, v={"generator": generator}, edge_case_probability=edge_case_probability)
    assert made(table, "v")[5000:6000] == made(table, "v", 5000, 6000)


@pytest.mark.parametrize(
    ("generator", "rows"),
    [("address", 100_000), ("zip_code", 20_000), ("city", 300), ("state", 45), ("country", 190)],
)
def test_unique_columns_repeat_nothing(generator, rows):
    """A unique column has as many different values as rows, and its bound is true."""
    table = bound(rows, **places(), v={"generator": generator, "unique": True})
    values = Batch(table, np.arange(rows)).column("v")
    assert rows == len(set(values.python()))
    assert max_length(values) >= max(map(len, values.python()))


@pytest.mark.parametrize("generator", ["zip_code", "city", "state", "country"])
def test_more_unique_rows_than_possibilities_are_refused(generator):
    """The error says how many there are."""
    with pytest.raises(PlanError, match=r"100000 unique values asked for, and only \d+ exist"):
        bound(100_000, v={"generator": generator, "unique": True})


@pytest.mark.parametrize(
    ("generator", "length"),
    [
        ("address", 12),
        ("address", 20),
        ("city", 5),
        ("city", 100),
        ("state", 2),
        ("state", 12),
        ("zip_code", 5),
        ("country", 4),
    ],
)
def test_values_fit_short_columns(generator, length):
    """No value has more characters than the column."""
    table = bound(2000, v={"generator": generator, "type": f"varchar({length})"})
    values = Batch(table, np.arange(2000)).column("v")
    assert length >= max_length(values) >= max(map(len, values.python()))


@pytest.mark.parametrize(
    ("generator", "length"),
    [("address", 11), ("city", 2), ("state", 1), ("zip_code", 4), ("country", 3)],
)
def test_columns_too_short_for_any_value_are_refused(generator, length):
    """The way out is a longer type."""
    with pytest.raises(SchemaError, match="longer type"):
        bound(100, v={"generator": generator, "type": f"varchar({length})"})


def test_countries_vary_unless_the_row_is_in_the_united_states():
    """A city of the pool is in no other country."""
    alone = bound(5000, v={"generator": "country"})
    assert set(made(alone, "v")) <= set(load_pool("countries", "en_US").values)
    assert len(set(made(alone, "v"))) > 100
    assert {"United States"} == set(made(bound(500, **places(), v={"generator": "country"}), "v"))


UNITS = r"(Apt|Unit|Lot) (\d{1,2}|\d{1,2}[A-F]|[1-9]\d\d)|#(\d{1,2}|\d{1,2}[A-F]|[1-9]\d\d)"


def test_a_unit_is_on_the_line_of_the_street_or_on_the_second_one():
    """In the shares that are asked for, and in no row on both."""
    table = bound(
        4000,
        a={"generator": "address", "generator_params": {"units": 0.3}},
        b={"generator": "secondary_address", "generator_params": {"share": 0.2}, "nullable": True},
    )
    batch = Batch(table, np.arange(4000))
    first = [bool(re.search(rf" ({UNITS})$", text)) for text in batch.column("a").python()]
    second = ~batch.null("b")
    assert abs(0.3 - np.mean(first)) < 0.03
    assert abs(0.2 - second.mean()) < 0.03
    assert not (np.array(first) & second).any()
    assert all(re.fullmatch(UNITS, text) for text in batch.column("b").python())
    assert made(table, "a")[900:950] == made(table, "a", 900, 950)


def test_unique_addresses_with_units_differ():
    """The street alone is nobody else's."""
    params = {"generator_params": {"units": 0.5}, "unique": True}
    table = bound(5000, a={"generator": "address", **params})
    assert 5000 == len(set(made(table, "a")))


def test_a_second_line_that_is_never_null_is_in_every_row():
    """As the column asks for."""
    table = bound(200, b={"generator": "secondary_address"})
    assert all(re.fullmatch(UNITS, text) for text in made(table, "b"))


@pytest.mark.parametrize(
    "column",
    [
        {"generator": "secondary_address", "locale": "de_DE"},
        {"generator": "address", "generator_params": {"units": 0.1}, "locale": "fr_FR"},
    ],
)
def test_units_of_other_countries_are_refused(column):
    """Nobody knows them here."""
    with pytest.raises(ShardgenError, match="not known in locale"):
        bound(10, v=column)
