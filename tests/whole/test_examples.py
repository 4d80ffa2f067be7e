"""The examples that are bundled: each loads into every database, and what it teaches is true."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.databases import TARGETS, Database, new_database
from support.statistics import correlation

import shardgen
from shardgen.plan.load import bundled_schemas, is_example, load_schema
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Table
from shardgen.schema.references import Reference

EXAMPLES = [name for name in bundled_schemas() if is_example(name)]
LOADED = [target for target in TARGETS if target.values[0][1] == "insert"]
Rows = list[dict[str, Any]]
Teaching = Callable[[dict[str, Rows]], None]
TEACHES: dict[str, Teaching] = {}


def teaches(name: str) -> Callable[[Teaching], Teaching]:
    """Register what holds in an example's rows."""

    def register(check: Teaching) -> Teaching:
        TEACHES[f"example-{name}"] = check
        return check

    return register


def by(rows: Rows, *names: str) -> dict[Any, dict[str, Any]]:
    """Return rows by the values of these columns, which no two rows share."""
    keyed = {tuple(row[n] for n in names) if names[1:] else row[names[0]]: row for row in rows}
    assert len(keyed) == len(rows)
    return keyed


def counts(rows: Rows, name: str, parents: int) -> list[int]:
    """Return how many rows each of the parents 1 … n has, the most first."""
    found = Counter(row[name] for row in rows)
    return sorted((found[n] for n in range(1, parents + 1)), reverse=True)


def grouped(rows: Rows, name: str) -> dict[Any, Rows]:
    """Return the rows of each value of a column, in their order."""
    groups: dict[Any, Rows] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def spearman(pairs: list[tuple[Any, Any]]) -> float:
    """Return the rank correlation; equal values share the mean of their ranks."""
    return correlation(*(mean_ranks(values) for values in zip(*pairs, strict=True)))


def mean_ranks(values: tuple[Any, ...]) -> Any:
    _, where, sizes = np.unique(np.array(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    return ((ends - sizes + ends) / 2)[where]


@teaches("self-reference")
def tree(tables: dict[str, Rows]) -> None:
    """Rows refer to earlier rows; the tree with a depth has its roots and levels."""
    for name, parent in (("categories", "parent_id"), ("messages", "reply_to_id")):
        assert all(r[parent] is None or r[parent] < r["id"] for r in tables[name])
    depth: dict[int | None, int] = {None: -1}
    for row in tables["categories"]:
        depth[row["id"]] = depth[row["parent_id"]] + 1
    assert 6 == list(depth.values()).count(0)
    assert 3 == max(depth.values())


@teaches("junction")
def pairs(tables: dict[str, Rows]) -> None:
    """No pair comes twice, and some courses are much more popular than others."""
    by(tables["enrolments"], "student_id", "course_id")
    courses = counts(tables["enrolments"], "course_id", 24)
    assert courses[0] > 4 * courses[-1]


@teaches("circle")
def heads(tables: dict[str, Rows]) -> None:
    """Nobody heads two departments, and every department has employees."""
    heads = [row["head_id"] for row in tables["departments"] if row["head_id"] is not None]
    assert 0 < len(heads) == len(set(heads)), "and employees have departments"
    assert counts(tables["employees"], "department_id", 12)[-1] >= 1


@teaches("composite-key")
def lines(tables: dict[str, Rows]) -> None:
    """Lines are numbered from 1 within each order, and deliveries refer to lines that there are."""
    for order in grouped(tables["order_items"], "order_id").values():
        assert list(range(1, len(order) + 1)) == [row["line_no"] for row in order]
    keys = by(tables["order_items"], "order_id", "line_no")
    assert all((row["order_id"], row["line_no"]) in keys for row in tables["deliveries"])


@teaches("fan-out")
def laws(tables: dict[str, Rows]) -> None:
    """Each law spreads the same 1,000 sales over the same 100 shops in its own way."""
    laws = [name for name in tables if name.endswith("_sales")]
    sales = {n.removesuffix("_sales"): counts(tables[n], "shop_id", 100) for n in laws}
    assert {1000} == {sum(each) for each in sales.values()}
    assert [10] * 100 == sales["even"]
    assert 0 <= sales["uniform"][-1] <= sales["uniform"][0] <= 20
    order = ("even", "poisson", "uniform", "lognormal", "pareto", "zipf")
    most = [sales[law][0] for law in order]
    assert sorted(most) == most, "the largest shop grows from law to law"
    assert 0.8 < sales["popular"][0] / sales["zipf"][0] < 1.25
    recent = sum(row["shop_id"] > 90 for row in tables["recent_sales"])
    assert 430 < recent < 570


@teaches("expression")
def computed(tables: dict[str, Rows]) -> None:
    """An amount is quantity, price and discount to the cent, and a status follows the date."""
    price = {row["id"]: row["price"] for row in tables["products"]}
    cent, half = Decimal("0.01"), "ROUND_HALF_UP"
    for n, row in enumerate(tables["invoices"], 1):
        exact = row["quantity"] * price[row["product_id"]] * (1 - row["discount"])
        assert exact.quantize(cent, half) == row["amount"]
        assert f"IN-{row['issued_on'].year}-{n:05}" == row["number"]
        is_due = row["issued_on"] + dt.timedelta(days=30) < dt.date(2025, 1, 1)
        assert {True: ("paid", "overdue"), False: ("open",)}[is_due].count(row["status"])


@teaches("aggregate")
def totals(tables: dict[str, Rows]) -> None:
    """Orders are the sum of their items that were kept, customers the sum of their orders."""
    items = grouped(tables["order_items"], "order_id")
    for row in tables["orders"]:
        own = items.get(row["id"], [])
        kept = [each for each in own if each["status"] == "kept"]
        assert (len(own), len(own) - len(kept)) == (row["item_count"], row["returned_count"])
        assert sum(each["quantity"] * each["price"] for each in kept) == row["total"]
    orders = grouped(tables["orders"], "customer_id")
    for row in tables["customers"]:
        own = orders.get(row["id"], [])
        assert (len(own), sum(each["total"] for each in own)) == (row["order_count"], row["spent"])
        assert max((each["placed_on"] for each in own), default=None) == row["last_order_on"]


@teaches("correlation")
def followers(tables: dict[str, Rows]) -> None:
    """Each column follows its own by the rho that the schema says, as near as chance allows."""
    customers, loans = by(tables["customers"], "id"), tables["loans"]
    held = Counter(row["customer_id"] for row in loans)
    risk = {"low": 0, "medium": 1, "high": 2}
    own = customers.values()
    found = {
        0.5: spearman([(row["income"], row["score"]) for row in own]),
        0.6: spearman([(held[row["id"]], row["years_as_customer"]) for row in own]),
        -0.7: spearman([(customers[row["customer_id"]]["score"], row["rate"]) for row in loans]),
    }
    assert all(abs(rho - said) < 0.12 for said, rho in found.items()), found
    assert -0.9 < spearman([(row["score"], risk[row["risk"]]) for row in own]) < -0.5
    amounts = [(customers[row["customer_id"]]["income"], row["amount"]) for row in loans]
    assert 0.48 < spearman(amounts) < 0.72


@teaches("dataset")
def belonging(tables: dict[str, Rows]) -> None:
    """What stands together in a row is a row of the list, and drinks fit their course."""
    lists = load_schema("example-dataset").datasets
    for table, name in (("restaurants", "places"), ("orders", "menu")):
        columns = lists[name].columns[:-1]
        listed = {tuple(map(str, row[:-1])) for row in lists[name].rows}
        drawn = {
            tuple(f"{v:f}".rstrip("0") if isinstance(v, Decimal) else v for v in values)
            for values in ([row[column] for column in columns] for row in tables[table])
        }
        assert drawn <= listed
    fitting = {row[:2] for row in lists["pairings"].rows}
    assert fitting == {(row["course"], row["drink"]) for row in tables["orders"]}


@teaches("unique")
def nothing_twice(tables: dict[str, Rows]) -> None:
    """Columns and sets of columns repeat nothing, up to the last combination that there is."""
    for column in ("member_no", "email", "card"):
        by(tables["members"], column)
    halls = itertools.product(("main", "studio"), "ABCDEF", range(1, 11))
    assert set(halls) == by(tables["seats"], "hall", "line", "seat_no").keys()
    by(tables["bookings"], "seat_id", "evening")
    with pytest.raises(shardgen.PlanError, match="121"):
        shardgen.generate("example-unique", rows={"seats": 121})


@teaches("dates")
def order_in_time(tables: dict[str, Rows]) -> None:
    """Each date follows the one that it comes after; December and evenings are busy."""
    since, as_of = by(tables["customers"], "id"), dt.date(2025, 1, 1)
    for row in tables["orders"]:
        start = since[row["customer_id"]]["registered_at"]
        assert start <= row["placed_at"] <= row["shipped_at"]
        assert row["shipped_at"].date() <= row["delivered_on"] <= as_of
    visits = [row["visited_at"] for row in tables["visits"]]
    months, hours = Counter(v.month for v in visits), Counter(v.hour for v in visits)
    assert 2.8 < months[12] * 9 / sum(months[m] for m in range(2, 11)) < 5.6
    assert 4 * hours[3] < hours[12] < hours[20]
    weekdays = Counter(v.isoweekday() for v in visits)
    assert 0.35 < weekdays[7] * 6 / sum(weekdays[d] for d in range(1, 7)) < 0.65


@teaches("locales")
def languages(tables: dict[str, Rows]) -> None:
    """Names are written in their own script, e-mail addresses in ASCII."""
    scripts = {
        "customers": range(0x20, 0x180),
        "partners_in_japan": (*range(0x3000, 0xA000), 0x20),
        "partners_in_egypt": (*range(0x600, 0x700), 0x20),
    }
    for name, letters in scripts.items():
        assert set(map(ord, "".join(row["full_name"] for row in tables[name]))) <= set(letters)
        assert all(row["email"].isascii() for row in tables[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_an_example_teaches_is_true(name):
    """See the function that is registered for it."""
    made = shardgen.generate(name, seed=42).tables
    TEACHES[name]({table: data.rows for table, data in made.items()})


def test_every_example_teaches_something():
    """No example is without a test of its lesson, and each table is described."""
    assert set(EXAMPLES) == TEACHES.keys()
    for name in EXAMPLES:
        schema = load_schema(name)
        assert schema.description
        assert all(table.description for table in schema.tables), name


def orphans(database: Database, table: Table, reference: Reference) -> int:
    """Return how many rows refer to a parent that is not there."""
    quote = database.quote
    on = zip(reference.parent_columns, reference.columns, strict=True)
    same = " AND ".join(f"p.{quote(parent)} = c.{quote(own)}" for parent, own in on)
    found = database.query(
        f"SELECT count(*) FROM {quote(table.name)} c "
        f"LEFT JOIN {quote(reference.table)} p ON {same} "
        f"WHERE c.{quote(reference.columns[0])} IS NOT NULL "
        f"AND p.{quote(reference.parent_columns[0])} IS NULL"
    )
    return found[0][0]


@pytest.mark.parametrize("target", LOADED)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_loads(
    name: str, target: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every row arrives, and every foreign key leads to a row."""
    schema, path = load_schema(name), tmp_path / "dump.sql"
    shardgen.run(schema, path, workers=1, options=shardgen.Options(dialect=target[0]))
    with new_database(target[0], request, tmp_path) as database:
        database.load(path)
        for table in Catalog(schema).tables:
            assert table.record_count == database.count(table.name)
            for reference in table.references:
                assert 0 == orphans(database, table, reference), reference.name
