"""Generators of the domain by name: what one row has fits, and comes from the bundled data sets."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from support.keys import bind as bind_tables
from support.keys import table
from support.statistics import assert_values_fit
from support.tables import bind, bound, cells, rows_of, schema_of, values_of

from shardgen.errors import PlanError, SchemaError
from shardgen.generators.bundled_lines import load_lines

DIAGNOSES = load_lines("healthcare-diagnoses").fields
MEDICATIONS = load_lines("healthcare-medications").fields


def of(name, kind="varchar(120)", **facts):
    return {"type": kind, "generator": name, **facts}


TREATS = defaultdict(set)
for _line in MEDICATIONS:
    TREATS[_line["diagnosis_code"]].add(_line["medication"])


def test_a_medication_treats_the_diagnosis_of_its_row():
    """Code, name and medication of a row belong together, in whichever order they stand."""
    columns = {"m": of("medication"), "d": of("diagnosis"), "c": of("diagnosis_code")}
    made = rows_of(bound(columns, 5000))
    names = {(line["diagnosis_code"], line["diagnosis_name"]) for line in DIAGNOSES}
    for code, name, medication in zip(made["c"], made["d"], made["m"], strict=True):
        assert (code, name) in names
        assert medication in TREATS[code]
    common = Counter(made["c"]).most_common(4)
    assert "I10" in dict(common)


def test_a_medication_treats_the_diagnosis_of_its_parent():
    """Prescriptions of a visit fit what the visit found."""
    schema = schema_of(
        visits=(50, {"code": of("diagnosis_code", "varchar(10)")}),
        pills=(
            400,
            {
                "visit_id": {"type": "bigint", "foreign_key": {"table": "visits", "column": "id"}},
                "name": of("medication"),
            },
        ),
    )
    made = bind(schema)
    codes = cells(made["visits"], "code")
    rows = rows_of(made["pills"])
    for visit, name in zip(rows["visit_id"], rows["name"], strict=True):
        assert name in TREATS[codes[visit - 1]]


def test_a_table_of_diagnoses_has_each_once():
    """A unique code is a key to look names up by; the names are its own."""
    made = rows_of(bound({"c": of("diagnosis_code", unique=True), "d": of("diagnosis")}, 60))
    names = {(line["diagnosis_code"], line["diagnosis_name"]) for line in DIAGNOSES}
    assert 60 == len(set(made["c"]))
    assert names >= set(zip(made["c"], made["d"], strict=True))
    with pytest.raises(PlanError, match="only 100 exist"):
        bound({"c": of("diagnosis_code", unique=True)}, 101)


def test_a_short_column_has_the_lines_that_fit():
    """Of all columns of the row, so that they still belong together."""
    made = rows_of(
        bound({"c": of("diagnosis_code", "char(3)"), "d": of("diagnosis", "varchar(40)")}, 500)
    )
    names = {(line["diagnosis_code"], line["diagnosis_name"]) for line in DIAGNOSES}
    assert names >= set(zip(made["c"], made["d"], strict=True))
    with pytest.raises(SchemaError, match="no value fits the columns of the row"):
        bound({"c": of("diagnosis_code", "char(2)")})


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("visit_type", {"routine": 60, "emergency": 20, "follow-up": 20}),
        ("order_status", {"pending": 10, "shipped": 40, "delivered": 40, "returned": 10}),
    ],
)
def test_states_have_their_shares(name, weights):
    """Those of the format; a schema may list its own."""
    assert_values_fit(values_of(**of(name)), weights)
    own = values_of(**of(name, generator_params={"values": [{"value": "x", "weight": 1}]}))
    assert {"x"} == set(own)


def test_insurers_are_real_ones():
    """By how many they insure."""
    made = Counter(values_of(20_000, **of("insurance_provider")))
    assert {"Aetna", "UnitedHealthcare", "Medicare"} <= made.keys()
    assert made["Blue Cross Blue Shield"] == max(made.values())


def test_a_price_fits_the_category_and_the_name_of_its_row():
    """Cookware costs what cookware costs; its number begins with its letters."""
    columns = {
        "name": of("product_name"),
        "category": of("category"),
        "price": of("price", "decimal(8,2)"),
        "sku": of("sku", "varchar(20)"),
    }
    made = rows_of(bound(columns, 4000))
    market = {line["product_type"]: line for line in load_lines("retail-products").fields}
    brands = {(b["brand"], b["category"]) for b in load_lines("retail-brands").fields}
    for name, category, price, sku in zip(*(made[n] for n in columns), strict=True):
        brand, kind = next(
            (b, name[len(b) + 1 :])
            for b, _ in brands
            if name.startswith(f"{b} ") and name[len(b) + 1 :] in market
        )
        assert (brand, category) in brands
        assert 5 <= price <= 2000
        assert sku.startswith(category[:3].upper() + "-")
        assert kind in market
    assert 4000 == len(set(made["sku"]))


@pytest.mark.parametrize("kind", ["text", "decimal(8,2)", "int"])
def test_a_most_below_the_usual_least_price_is_refused(kind):
    """With both bounds: that of the schema and the generator's own."""
    with pytest.raises(SchemaError, match="min 5 is above max 1"):
        values_of(5, **of("price", kind, generator_params={"max": 1}))


def test_prices_keep_their_bounds_and_laws():
    """Bounds, a distribution, and a unique column, of any number type."""
    assert all(
        20 <= v <= 30
        for v in values_of(
            2000, **of("price", "decimal(8,2)", generator_params={"min": 20, "max": 30})
        )
    )
    law = {"distribution": "normal", "mean": 100, "std_dev": 5, "min": 80, "max": 120}
    assert all(
        80 <= v <= 120 for v in values_of(2000, **of("price", "decimal(8,2)", generator_params=law))
    )
    assert 1500 == len(set(values_of(1500, **of("price", "decimal(8,2)", unique=True))))
    assert all(isinstance(v, int) for v in values_of(100, **of("price", "int")))
    assert values_of(100, **of("price", "double"))


def test_a_row_made_alone_has_the_same_values():
    """Lines are drawn by the row's index."""
    table = bound(
        {"m": of("medication"), "c": of("diagnosis_code"), "p": of("price", "decimal(8,2)")}, 900
    )
    whole = rows_of(table)
    assert {name: values[500:510] for name, values in whole.items()} == rows_of(
        table, range(500, 510)
    )


def test_a_column_that_makes_a_second_set_unique_has_no_value_twice():
    """It is unique by itself, though the schema says so of two columns together."""
    one = {"type": "varchar(9)", "generator": "choice", "generator_params": {"values": ["a"]}}
    number = {"type": "int", "generator": "int_range"}
    parts = {"one": one | {"primary_key": True}, "n": number | {"primary_key": True}}
    for name in ("diagnosis_code", "medication"):
        made = bind_tables(table("t", 18, parts | {"c": of(name)}, unique=[["one", "c"]]))["t"]
        assert 18 == len(set(cells(made, "c")))
