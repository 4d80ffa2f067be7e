"""Parents that draw alike have children with the same parents, each at most once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.tables import bind, cells, rows_of, schema_of

from shardgen.errors import SchemaError


def shop(basket: str = "id % 20", law: str = "zipf", **fan_out: Any) -> dict[str, Any]:
    order = {"table": "orders", "column": "id", "fan_out": {"type": "grouped", "max": 5}}
    order["fan_out"] |= {"distribution": "poisson"}
    shape = {"type": "random", "distribution": law, "alike": "basket", **fan_out}
    product = {"table": "products", "column": "id", "fan_out": shape}
    numbers = {"type": "int", "generator": "expression", "hidden": True}
    return {
        "products": (300, {}),
        "orders": (900, {"basket": numbers | {"generator_params": {"expression": basket}}}),
        "lines": (
            2000,
            {
                "order_id": {"type": "bigint", "foreign_key": order},
                "product_id": {"type": "bigint", "foreign_key": product},
            },
            {"unique": [["order_id", "product_id"]]},
        ),
    }


def baskets(tables: dict[str, Any]) -> dict[int, tuple[int, ...]]:
    lines = rows_of(tables["lines"])
    found: dict[int, tuple[int, ...]] = {}
    for order, product in zip(lines["order_id"], lines["product_id"], strict=True):
        found[order] = (*found.get(order, ()), product)
    return found


@pytest.mark.parametrize("law", ["uniform", "zipf", "recent"])
def test_the_same_number_is_the_same_basket(law):
    """Orders with the same number, and as many lines, have the same products in the same order."""
    tables = bind(schema_of(**shop(law=law)))
    number = dict(enumerate(cells(tables["orders"], "basket"), 1))
    found = baskets(tables)
    by_number: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    for order, products in found.items():
        assert len(products) == len(set(products))
        by_number.setdefault((number[order], len(products)), set()).add(products)
    assert all(1 == len(kinds) for kinds in by_number.values())
    assert len({kinds for each in by_number.values() for kinds in each}) > 40
    some = [1999, 5, 0, 5]
    assert rows_of(tables["lines"], some) == {
        name: [values[n] for n in some] for name, values in rows_of(tables["lines"]).items()
    }


def test_numbers_of_their_own_are_baskets_of_their_own():
    """What sells well does so as without; hardly any two orders are the same."""
    found = list(baskets(bind(schema_of(**shop("id")))).values())
    several = [products for products in found if len(products) > 1]
    assert len(set(several)) > 0.9 * len(several)
    times = Counter(product for products in found for product in products)
    assert sum(count for _, count in times.most_common(30)) > 0.3 * 2000


def test_what_is_alike_is_a_column_of_whole_numbers():
    """It is one of the grouped parent."""
    with pytest.raises(SchemaError, match="there is no column 'bascket' in table 'orders'"):
        bind(schema_of(**shop(alike="bascket")))
    tables = shop()
    tables["orders"][1]["basket"] = {"type": "varchar(20)", "generator": "word"}
    with pytest.raises(SchemaError, match="'basket' is varchar\\(20\\), and no whole number"):
        bind(schema_of(**tables))


def test_alike_goes_with_a_grouped_key():
    """Without one that it is unique beside, it is refused."""
    tables = shop()
    rows, columns, _ = tables["lines"]
    with pytest.raises(SchemaError, match="this one is unique beside none"):
        bind(schema_of(**tables | {"lines": (rows, columns)}))


def test_a_basket_does_not_need_its_own_lines():
    """A number that is made from the products of the order cannot be."""
    with pytest.raises(SchemaError, match="columns that need each other"):
        bind(schema_of(**shop("coalesce(min(lines.product_id), 0)")))
