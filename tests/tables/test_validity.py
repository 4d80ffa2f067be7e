"""Keys that lead to rows which are valid at a time, by any law and unique together with others."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from support.binding import bind_tables

import shardgen
from shardgen.errors import SchemaError
from shardgen.plan.load import load_schema
from shardgen.tables.batch import Batch
from shardgen.tables.validity import FOREVER, NoneValidError, Spans, held_places

AS_OF = dt.date(2025, 1, 1)


def shop(product: dict | None = None, **fan_out: object) -> dict:
    """Return a shop whose products come and go while orders are placed."""
    days = {"days_ago_min": 1, "days_ago_max": 2000}
    products = [
        {"name": "id", "type": "int", "primary_key": True},
        {
            "name": "launched_on", "type": "date",
            "generator": "date_past", "generator_params": days,
        },
        {
            "name": "ended_at", "type": "timestamp", "nullable": True, "generator": "expression",
            "generator_params": {
                "expression": "case when chance(0.5) "
                "then timestamp(launched_on) + days(random(9, 900)) end"
            },
        },
        {"name": "named", "type": "varchar(9)", "generator": "word"},
    ]  # fmt: skip
    orders = [
        {"name": "id", "type": "int", "primary_key": True},
        {
            "name": "placed_at", "type": "timestamp",
            "generator": "timestamp_past", "generator_params": {"days_ago": 700},
        },
        {
            "name": "basket", "type": "int",
            "generator": "int_range", "generator_params": {"min": 1, "max": 40},
        },
    ]  # fmt: skip
    shape = {"type": "random", "at": "order.placed_at", "since": "launched_on", "until": "ended_at"}
    given = {name: value for name, value in {**shape, **fan_out}.items() if value is not None}
    key = {"table": "products", "column": "id", "fan_out": given, **(product or {})}
    lines = [
        {
            "name": "order_id", "type": "int", "primary_key": True,
            "foreign_key": {
                "table": "orders", "column": "id",
                "fan_out": {"type": "grouped", "distribution": "poisson", "max": 9},
            },
        },
        {"name": "line", "type": "int", "primary_key": True},
        {"name": "product_id", "type": "int", "foreign_key": key},
    ]  # fmt: skip
    return {
        "schema_version": "1.0", "name": "shop", "database_type": ["postgres", "sqlite"],
        "tables": [
            {"name": "products", "record_count": 300, "columns": products},
            {"name": "orders", "record_count": 900, "columns": orders},
            {
                "name": "lines", "record_count": 2500, "columns": lines,
                "unique": [["order_id", "product_id"]],
            },
        ],
    }  # fmt: skip


def sold(schema: dict) -> list[tuple[int, int, dt.datetime, dt.date, dt.datetime | None]]:
    """Return of each line the order, the product, the time, and from when to when it is valid."""
    data = shardgen.generate(schema, seed=3, as_of=AS_OF)
    products = {row["id"]: row for row in data.tables["products"].rows}
    orders = {row["id"]: row["placed_at"] for row in data.tables["orders"].rows}
    return [
        (
            row["order_id"],
            row["product_id"],
            orders[row["order_id"]],
            products[row["product_id"]]["launched_on"],
            products[row["product_id"]]["ended_at"],
        )
        for row in data.tables["lines"].rows
    ]


@pytest.mark.parametrize(
    "law", [{}, {"distribution": "zipf"}, {"distribution": "recent"}, {"alike": "basket"}]
)
def test_a_key_leads_to_a_row_that_is_valid_then(law):
    """From its first day on, until its end and not at it; no order has a product twice."""
    lines = sold(shop(**law))
    for _, _, at, since, until in lines:
        assert since <= at.date()
        assert until is None or at < until
    assert len(lines) == len({line[:2] for line in lines})


def test_rows_that_come_are_led_to():
    """Products of the two years in which orders are placed are sold, and so are some that ended."""
    lines = sold(shop())
    assert sum(since > AS_OF - dt.timedelta(days=700) for _, _, _, since, _ in lines) > 200
    assert sum(until is not None for *_, until in lines) > 100


def test_a_key_need_not_be_unique_and_may_be_without_an_end():
    """Then all rows are valid from their first day on."""
    schema = shop(until=None)
    del schema["tables"][2]["unique"]
    assert all(since <= at.date() for _, _, at, since, _ in sold(schema))


def test_orders_of_a_basket_have_the_same_products_but_for_those_that_went():
    """Places hardly change, so what is bought again is mostly the same."""
    schema = shop(alike="basket", distribution="zipf")
    data = shardgen.generate(schema, seed=3, as_of=AS_OF)
    baskets = {row["id"]: row["basket"] for row in data.tables["orders"].rows}
    of_order: dict[int, set[int]] = {}
    for row in data.tables["lines"].rows:
        of_order.setdefault(row["order_id"], set()).add(row["product_id"])
    alike: dict[tuple[int, int], list[set[int]]] = {}
    for order, products in of_order.items():
        alike.setdefault((baskets[order], len(products)), []).append(products)
    shares = [
        len(one & other) / len(one) for group in alike.values() for one, other in pairwise(group)
    ]
    assert len(shares) > 200
    assert sum(shares) / len(shares) > 0.5


def test_any_rows_can_be_made_alone():
    """A line has its product whichever lines are made beside it."""
    schema = load_schema(shop())
    counts = {table.name: table.record_count for table in schema.tables}
    tables = bind_tables(schema, counts, seed=3, as_of=AS_OF)
    whole = Batch.of_range(tables["lines"], 0, 2500).column("product_id").python()
    some = np.array([2400, 7, 1200, 8])
    assert [whole[n] for n in some] == Batch(tables["lines"], some).column("product_id").python()


def test_places_are_held_by_valid_rows_at_every_time():
    """At each second of random spans every place has a row that is valid, and no two the same."""
    random = np.random.default_rng(1)
    since = random.integers(0, 1000, 200)
    until = np.where(random.random(200) < 0.3, FOREVER, since + random.integers(0, 600, 200))
    places = held_places(Spans(np.arange(200), since, until), 500, 900, 7)
    for second in range(500, 901):
        rows = places.rows_when(np.arange(len(places)), np.full(len(places), second))
        assert ((since[rows] <= second) & (until[rows] > second)).all()
        assert len(set(rows.tolist())) == len(places)
    valid = [((since <= second) & (until > second)).sum() for second in range(500, 901)]
    assert len(places) == min(valid)


def test_a_time_without_a_valid_row_is_told():
    """The first such time."""
    spans = Spans(np.arange(2), np.array([0, 60]), np.array([50, 90]))
    with pytest.raises(NoneValidError, match="1970-01-01T00:00:50"):
        held_places(spans, 10, 80, 1)


@pytest.mark.parametrize(
    ("fan_out", "key", "words"),
    [
        ({"since": None, "until": None}, {}, "no since"),
        ({"at": None}, {}, "no at"),
        ({"at": "placed_at"}, {}, "no date of another key's parent"),
        ({"at": "ordre.placed_at"}, {}, "no date of another key's parent"),
        ({"at": "order.placed"}, {}, "no column 'placed'"),
        ({"at": "order.basket"}, {}, "no date or timestamp"),
        ({"since": "launched"}, {}, "no column 'launched'"),
        ({"since": "named"}, {}, "no date or timestamp"),
        ({"since": "ended_at"}, {}, "may be null"),
        ({"until": "named"}, {}, "no date or timestamp"),
        ({}, {"where": {"id": [1, 2]}}, "leave out within, differs_from and where"),
        ({"since": "id"}, {}, "no date or timestamp"),
    ],
)
def test_what_cannot_be_is_refused(fan_out, key, words):
    """With where it is written, and what is possible."""
    with pytest.raises(SchemaError, match=words):
        bind(shop(key, **fan_out))


def bind(schema: dict) -> None:
    """Bind all tables of a schema."""
    shardgen.generate(schema, as_of=AS_OF)


def test_times_before_any_row_are_refused():
    """With the time, and both columns."""
    schema = shop()
    schema["tables"][1]["columns"][1]["generator_params"] = {"years_ago": 30}
    with pytest.raises(SchemaError, match="no row of 'products' is valid at 199"):
        bind(schema)
