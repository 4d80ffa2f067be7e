"""Faker's methods by name: pools made of seeded calls."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import faker.providers.date_time
import faker.providers.person.de_DE
import faker.providers.person.it_IT
import numpy as np
import pytest
from support.binding import bind_tables
from support.places import ROOT

from shardgen.errors import PlanError, SchemaError
from shardgen.generators.families import faker_methods
from shardgen.schema.model import Column, Schema, Table
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.text_lengths import max_length


def bound(
    rows: int,
    *,
    seed: int = 7,
    as_of: dt.date = dt.date(2025, 1, 1),
    locale: str | None = None,
    **columns: dict,
) -> BoundTable:
    """Return a table of these columns: generator, type, unique and generator_params by name."""
    made = tuple(
        Column(name=name, **{"type": "varchar(255)", **facts}) for name, facts in columns.items()
    )
    table = Table(name="t", record_count=rows, columns=made)
    schema = Schema(
        schema_version="1.0", name="s", database_type=("sqlite",), tables=(table,), locale=locale
    )
    tables = bind_tables(schema, {"t": rows}, seed=seed, as_of=as_of)
    return tables["t"]


def made(table: BoundTable, name: str, start: int = 0, end: int | None = None) -> list:
    return Batch(table, np.arange(start, table.rows if end is None else end)).column(name).python()


def one(method: str, kind: str = "varchar(255)", *, unique: bool = False, **params: object) -> dict:
    facts = {"generator": f"faker.{method}", "type": kind, "unique": unique}
    return {**facts, "generator_params": params}


def test_values_are_results_of_the_method():
    """Rows pick from as many calls as the pool has, in the locale asked for."""
    names = made(bound(5000, v=one("first_name", locale="de_DE", pool_size=200)), "v")
    known = set(faker.providers.person.de_DE.Provider.first_names)
    assert 50 < len(set(names)) <= 200
    assert set() == set(names) - known


def test_the_locale_is_that_of_the_column_or_the_schema():
    """Unless the parameter says another; Faker's own locales may stand on a column too."""
    german = set(faker.providers.person.de_DE.Provider.first_names)
    method = one("first_name", pool_size=100)
    assert set(made(bound(300, locale="de", v=method), "v")) <= german
    assert set(made(bound(300, locale="ja_JP", v=method | {"locale": "de-DE"}), "v")) <= german
    french = one("first_name", pool_size=100, locale="de_DE") | {"locale": "fr_FR"}
    assert set(made(bound(300, v=french), "v")) <= german
    arabic = made(bound(300, v=method | {"locale": "ar_EG"}), "v")
    assert not any(name.isascii() for name in arabic)
    italian = made(bound(300, v=method | {"locale": "it_IT"}), "v")
    assert set(italian) <= set(faker.providers.person.it_IT.Provider.first_names)
    with pytest.raises(SchemaError, match="Faker has no locale 'xx_XX'"):
        bound(300, v=method | {"locale": "xx-XX"})


def test_results_come_up_as_often_as_in_the_calls():
    """Duplicates of the pool are merged, and keep their weight."""
    params = {"args": {"elements": {"a": 0.9, "b": 0.1}}}
    counts = Counter(made(bound(20_000, v=one("random_element", **params)), "v"))
    assert {"a", "b"} == set(counts)
    assert pytest.approx(0.9, abs=0.04) == counts["a"] / 20_000


@pytest.mark.parametrize("args", [{"length": 7}, [7]])
def test_arguments_by_name_and_by_position(args):
    """A JSON object and a JSON array reach the method of Faker alike."""
    assert {7} == set(map(len, made(bound(100, v=one("password", args=args)), "v")))


@pytest.mark.parametrize("kind", ["varchar(255)", "text"])
def test_a_slice_alone_has_the_values_it_has_in_the_whole(kind):
    """Rows 5,000 to 6,000 made alone are rows 5,000 to 6,000 of the table."""
    table = bound(10_000, v=one("name", kind))
    assert made(table, "v")[5000:6000] == made(table, "v", 5000, 6000)


def test_the_seed_decides():
    """The same seed gives the same values, another one others, and so do two columns."""
    columns = {"v": one("name"), "w": one("name")}
    first = bound(100, **columns)
    assert made(first, "v") == made(bound(100, **columns), "v")
    assert made(first, "v") != made(bound(100, seed=8, **columns), "v")
    assert made(first, "v") != made(first, "w")


SCRIPT = """
import datetime as dt
import numpy as np
from shardgen.tables.batch import Batch
from shardgen.plan.bind import bind_tables
from shardgen.plan.job import Job
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Column, Schema, Table
methods = ("name", "address", "date_of_birth", "date_time_between", "user_agent", "iso8601",
           "date_time_this_century", "date_time_ad", "credit_card_expire", "bs", "color")
columns = tuple(
    Column(name=m, type="text", generator=f"faker.{m}", generator_params={"pool_size": 50})
    for m in methods
)
table = Table(name="t", record_count=50, columns=columns)
schema = Schema(schema_version="1.0", name="s", database_type=("sqlite",), tables=(table,))
job = Job(counts={"t": 50}, seed=1, as_of=dt.date(2020, 2, 29))
bound = bind_tables(Catalog(schema), job)["t"]
batch = Batch(bound, np.arange(50))
print([batch.column(c.name).python() for c in columns])
"""


def test_neither_hash_seed_nor_time_zone_change_a_value():
    """The same bytes in another process with another PYTHONHASHSEED and TZ."""
    outputs = []
    for hash_seed, zone in (("0", "UTC"), ("1", "America/New_York"), ("2", "Asia/Tokyo")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
        environment["PYTHONPATH"] = str(ROOT)
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True
        )
        outputs.append(run.stdout)
    first, *others = outputs
    assert [first, first] == others


@pytest.mark.parametrize(
    ("method", "args", "first", "last"),
    [
        ("date_this_year", {}, "2019-01-01", "2019-03-05"),
        ("past_date", {}, "2019-02-03", "2019-03-04"),
        ("future_date", {}, "2019-03-06", "2019-04-04"),
        ("date_of_birth", {"minimum_age": 20, "maximum_age": 20}, "1998-03-06", "1999-03-05"),
    ],
)
def test_dates_count_from_the_as_of_date(method, args, first, last):
    """Faker's "today" is the run's, not the clock's."""
    table = bound(2000, as_of=dt.date(2019, 3, 5), v=one(method, "date", args=args))
    days = made(table, "v")
    assert dt.date.fromisoformat(first) <= min(days)
    assert max(days) <= dt.date.fromisoformat(last)


def test_the_clock_is_put_back():
    """After binding, Faker's modules hold what they held, also when a call failed."""
    before = dict(vars(faker.providers.date_time))
    bound(5, v=one("date_this_year", "date"))
    with pytest.raises(SchemaError):
        bound(5, v=one("date_this_year", "date", args={"no": 1}))
    assert before == dict(vars(faker.providers.date_time))


@pytest.mark.parametrize(
    ("method", "kind", "python"),
    [
        ("random_int", "int", int),
        ("random_int", "varchar(20)", str),
        ("random_int", "decimal(10,2)", Decimal),
        ("latitude", "double", Decimal),
        ("pydecimal", "text", str),
        ("date_object", "date", dt.date),
        ("date_time", "date", dt.date),
        ("date_time", "timestamp", dt.datetime),
        ("date_object", "datetime", dt.datetime),
        ("date_object", "varchar(10)", str),
        ("pybool", "boolean", bool),
        ("uuid4", "uuid", str),
        ("json", "json", str),
    ],
)
def test_results_become_what_the_column_stores(method, kind, python):
    """Whole numbers, decimals, dates, times, booleans and text."""
    assert {python} == set(map(type, made(bound(200, v=one(method, kind, pool_size=50)), "v")))


def test_float_columns_keep_the_places_there_are():
    """A latitude is not cut to two decimal places."""
    values = made(bound(50, v=one("latitude", "double", pool_size=50)), "v")
    assert all(value.as_tuple().exponent <= -6 for value in values)


def test_time_zones_become_utc():
    """A time with a zone is stored as the same moment in UTC."""
    east = dt.timezone(dt.timedelta(hours=2))
    utc = faker_methods._seconds(dt.datetime(2024, 2, 29, 22, 30))
    assert utc == faker_methods._seconds(dt.datetime(2024, 3, 1, 0, 30, tzinfo=east))


def test_unique_columns_repeat_nothing_and_end_with_the_pool():
    """Each result is taken at most once; more rows than results are refused."""
    table = bound(90, v=one("uuid4", pool_size=90, unique=True))
    assert table.rows == len(set(made(table, "v")))
    numbers = bound(100, v=one("pyint", "int", pool_size=100, args=[0, 10**9], unique=True))
    assert numbers.rows == len(set(made(numbers, "v")))
    with pytest.raises(PlanError, match="91 unique values asked for, and only 90 exist"):
        bound(91, v=one("uuid4", pool_size=90, unique=True))


def test_values_fit_short_columns():
    """Results that are too long are left out."""
    values = Batch(bound(500, v=one("name", "varchar(12)")), np.arange(500)).column("v")
    assert 12 >= max_length(values) >= max(map(len, values.python()))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (one("frist_name"), r"no method 'frist_name'.*did you mean 'first_name'"),
        (one("seed_instance"), "no method 'seed_instance'"),
        (one("__class__"), "no method '__class__'"),
        (one("name", locale="de_DD"), r"no locale 'de_DD'.*did you mean 'de_\w\w'"),
        (one("name", args={"len": 3}), r"faker.name with args.*it takes \(\)"),
        (one("random_int", args=["a"]), "faker.random_int with args"),
        (one("profile"), "dict values such as .* no column takes"),
        (one("binary", args={"length": 4}), "bytes values such as"),
        (one("name", "int"), r"faker.name yields str values such as '.*', and the column is int"),
        (one("pybool", "int"), "bool values such as"),
        (one("random_int", "boolean"), "int values such as"),
        (one("name", "date"), "str values such as"),
        (one("name", "uuid"), "which is no uuid"),
        (one("random_int", "tinyint"), "tinyint"),
        (one("pyint", "bigint", args={"min_value": 1 << 64, "max_value": 1 << 65}), "numbers such"),
        (one("name", pool_size=0), "pool_size"),
        (one("name", pool_size=100_001), "pool_size"),
    ],
)
def test_what_faker_cannot_do_is_refused(facts, message):
    """The error names the method, the value and the way out."""
    with pytest.raises(SchemaError, match=message):
        bound(5, v=facts)
