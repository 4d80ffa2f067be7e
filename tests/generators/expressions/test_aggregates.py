"""What an expression reads of parents and children: the rows that are made, to the cent."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from support.expressions import decimals, expression, integers, rounded
from support.tables import bind, cells, rows_of, schema_of

import shardgen
from shardgen.errors import InputError


def key(table: str, **facts):
    shape = {"fan_out": facts.pop("fan_out")} if "fan_out" in facts else {}
    return {"type": "bigint", "foreign_key": {"table": table, "column": "id", **shape}, **facts}


def grouped(**facts):
    return {"type": "grouped", **facts}


def shop(orders: int = 300, items: int = 900, *, nullable: bool = False, fan_out=None, **columns):
    """Return the bound tables of a shop; `columns` are added to its orders."""
    fan_out = fan_out or grouped(distribution="poisson")
    return bind(
        schema_of(
            countries=(5, {"tax": decimals(0, 0.25)}),
            products=(40, {"price": decimals(1, 99), "country_id": key("countries")}),
            orders=(orders, {"placed": {"type": "date"}, **columns}),
            order_items=(
                items,
                {
                    "order_id": key("orders", fan_out=fan_out, nullable=nullable),
                    "product_id": key("products"),
                    "quantity": integers(1, 9),
                    "note": {"type": "varchar(9)", "nullable": True},
                    "due": {"type": "date", "nullable": True},
                    "amount": expression(
                        "quantity * product.price * (1 + product.country.tax)", "decimal(12,2)"
                    ),
                },
            ),
        )
    )


def test_paths_lead_over_several_parents():
    """A row reads its parent's parent along both foreign keys, and computes to the cent."""
    tables = shop()
    items, products, countries = (
        rows_of(tables[n]) for n in ("order_items", "products", "countries")
    )
    for product_id, quantity, amount in zip(
        items["product_id"], items["quantity"], items["amount"], strict=True
    ):
        price = products["price"][product_id - 1]
        tax = countries["tax"][products["country_id"][product_id - 1] - 1]
        assert rounded(quantity * price * (1 + tax), 2) == amount


FAN_OUTS = [
    grouped(distribution="poisson"),
    grouped(distribution="lognormal", sigma=1.5),
    grouped(),
    grouped(distribution="poisson", min=1),
]
AGGREGATES = {
    "total": ("sum(order_items.amount)", "decimal(14,2)", lambda i: sum(x["amount"] for x in i)),
    "n": ("count(order_items)", "int", len),
    "gross": (
        "sum(order_items.quantity * product.price)",
        "decimal(14,2)",
        lambda i: sum(x["quantity"] * x["price"] for x in i),
    ),
    "most": (
        "max(order_items.quantity)",
        "int",
        lambda i: max((x["quantity"] for x in i), default=None),
    ),
    "least": (
        "min(amount from order_items where quantity > 4)",
        "decimal(14,2)",
        lambda i: min((x["amount"] for x in i if x["quantity"] > 4), default=None),
    ),
    "mean": (
        "avg(order_items.quantity)",
        "decimal(14,6)",
        lambda i: rounded(Decimal(sum(x["quantity"] for x in i)) / len(i), 6) if i else None,
    ),
    "noted": ("count(order_items.note)", "int", lambda i: sum(x["note"] is not None for x in i)),
    "many": (
        "count(order_items where order_items.quantity > 7 and note is not null)",
        "int",
        lambda i: sum(x["quantity"] > 7 and x["note"] is not None for x in i),
    ),
    "some": (
        "exists(order_items where quantity = 9)",
        "boolean",
        lambda i: any(x["quantity"] == 9 for x in i),
    ),
    "last": (
        "max(order_items.due)",
        "date",
        lambda i: max((x["due"] for x in i if x["due"] is not None), default=None),
    ),
    "late": (
        'sum(order_items.quantity where due > "order".placed)',
        "int",
        lambda i: sum(x["quantity"] for x in i if x["due"] is not None and x["due"] > x["placed"]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fan_out", FAN_OUTS)
@pytest.mark.parametrize("nullable", [False, True])
def test_aggregates_are_of_the_children_that_are_made(fan_out, nullable):
    """An order's total is the sum of its items, to the cent; without items it is 0."""
    added = {
        name: expression(text, kind, nullable=name not in ("total", "n", "gross", "some"))
        for name, (text, kind, _) in AGGREGATES.items()
    }
    tables = shop(fan_out=fan_out, nullable=nullable, **added)
    prices = cells(tables["products"], "price")
    orders = rows_of(tables["orders"])
    items = defaultdict(list)
    raw = rows_of(tables["order_items"])
    for values in zip(*raw.values(), strict=True):
        item = dict(zip(raw, values, strict=True))
        item["price"] = prices[item["product_id"] - 1]
        if item["order_id"] is not None:
            item["placed"] = orders["placed"][item["order_id"] - 1]
        items[item["order_id"]].append(item)
    for name, (_, _, expected) in AGGREGATES.items():
        assert [expected(items[id_]) for id_ in orders["id"]] == orders[name], name
    whole = orders["total"]
    assert [whole[7], whole[3], whole[7]] == cells(tables["orders"], "total", [7, 3, 7])


def test_more_children_than_are_made_at_once_are_added_up():
    """In pieces, each of which ends within some parent's children."""
    added = {"n": expression("count(order_items where quantity > 0)"),
             "q": expression("sum(order_items.quantity)"),
             "top": expression("max(order_items.quantity)", nullable=True)}  # fmt: skip
    tables = shop(7, 200_000, **added)
    items = rows_of(tables["order_items"])
    of_order = defaultdict(list)
    for order, quantity in zip(items["order_id"], items["quantity"], strict=True):
        of_order[order].append(quantity)
    orders = rows_of(tables["orders"])
    assert [len(of_order[n]) for n in orders["id"]] == orders["n"]
    assert [sum(of_order[n]) for n in orders["id"]] == orders["q"]
    assert [max(of_order[n]) for n in orders["id"]] == orders["top"]


def test_aggregates_of_aggregates():
    """A grandparent adds up what its children add up."""
    tables = bind(
        schema_of(
            p=(20, {"v": expression("sum(n from c)"), "w": expression("sum(count(g) from c)")}),
            c=(
                60,
                {
                    "p_id": key("p", fan_out=grouped(distribution="poisson")),
                    "n": expression("count(g)"),
                },
            ),
            g=(300, {"c_id": key("c", fan_out=grouped(distribution="poisson"))}),
        )
    )
    rows = rows_of(tables["p"])
    assert rows["v"] == rows["w"]
    assert 300 == sum(rows["v"])


def test_one_of_two_keys_to_the_same_table_is_named():
    """An aggregate over two keys is refused with both names, and counts by the one it is given."""
    columns = {"a_id": key("p", fan_out=grouped()), "b_id": key("p", fan_out=grouped())}
    table = {"v": expression("count(c.b_id)")}
    with pytest.raises(
        InputError, match=r"2 foreign keys of 'c' lead to 'p'.*name one, as in count\(from c.a_id\)"
    ):
        bind(schema_of(p=(10, table), c=(40, columns)))
    table = {"v": expression("count(from c.b_id)"), "x": integers(1, 1)}
    tables = bind(schema_of(p=(10, table), c=(41, columns)))
    counts = defaultdict(int)
    for parent in cells(tables["c"], "b_id"):
        counts[parent] += 1
    assert [counts[n] for n in range(1, 11)] == cells(tables["p"], "v")


def test_an_aggregate_over_random_parents_is_refused():
    """Its children do not lie together; the way out is a grouped fan-out."""
    schema = schema_of(p=(10, {"v": expression("count(c)")}), c=(20, {"p_id": key("p")}))
    with pytest.raises(InputError, match=r'set "fan_out": "grouped" on c\.p_id'):
        bind(schema)


@pytest.mark.parametrize("name", ["sum", "avg", "min", "max"])
def test_values_of_more_digits_than_are_computed_with_are_refused(name):
    """A column may have them; an expression has 18."""
    wide = {"type": "decimal(65,30)", "generator": "decimal_range",
            "generator_params": {"min": -5, "max": 7.5}}  # fmt: skip
    columns = {"p_id": key("p", fan_out=grouped()), "n": wide}
    tables = bind(schema_of(p=(10, {"v": expression("count(c)")}), c=(20, columns)))
    assert 20 == sum(cells(tables["p"], "v"))
    with pytest.raises(InputError, match=r"reaches 7\.5 with 30 decimal places, more than 18"):
        bind(schema_of(p=(10, {"v": expression(f"{name}(c.n)", "double", nullable=True)}),
                       c=(20, columns)))  # fmt: skip


def test_aggregates_that_may_have_no_rows_are_null_without():
    """And not where the fan-out has at least one child for each parent."""
    with pytest.raises(InputError, match="max is null for orders without order_items"):
        shop(most=expression("max(order_items.quantity)"))
    with pytest.raises(InputError, match="max is null for orders where no order_items count"):
        shop(most=expression("max(order_items.quantity where quantity > 1)"))
    shop(fan_out=grouped(min=1), most=expression("max(order_items.quantity)"))
    shop(most=expression("coalesce(max(order_items.quantity), 0)"))


def test_parents_that_a_key_leaves_out_have_no_children():
    """Though each of the others has one at least: their count is 0, in a dump as well."""
    number = {"name": "id", "type": "int", "primary_key": True}
    count = {"name": "n", "type": "int", "generator": "expression",
             "generator_params": {"expression": "count(from c.of)"}}  # fmt: skip
    key = {"table": "p", "column": "id", "where": {"id": [1, 2]},
           "fan_out": {"type": "grouped", "distribution": "even", "min": 1}}  # fmt: skip
    children = [{"name": "of", "type": "int", "primary_key": True, "foreign_key": key},
                {"name": "line", "type": "int", "primary_key": True}]  # fmt: skip
    schema = {
        "schema_version": "1.0", "name": "x", "database_type": ["postgres"], "infer": False,
        "tables": [{"name": "p", "record_count": 5, "columns": [number, count]},
                   {"name": "c", "record_count": 80, "columns": children}],
    }  # fmt: skip
    rows = shardgen.generate(schema, seed=1).tables["p"].rows
    assert [40, 40, 0, 0, 0] == [row["n"] for row in rows]
