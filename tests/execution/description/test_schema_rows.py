"""A schema described: its numbers are those of the rows that a run makes."""

from __future__ import annotations

from collections import Counter
from statistics import mean

import msgspec
import numpy as np
import pytest
from support.places import ROOT

import shardgen
from shardgen.execution.description.correlating import rank_correlation, ranks
from shardgen.execution.description.description import Description
from shardgen.execution.description.rules import rules
from shardgen.execution.description.schema_rows import describe_schema
from shardgen.plan.load import bundled_schemas
from shardgen.plan.plan import Options

TEST_SCHEMAS = sorted((ROOT / "tests" / "schemas").glob("*.json"))
SHOP = {
    "schema_version": "1.0",
    "name": "shop",
    "database_type": ["sqlite"],
    "tables": {
        "users": {
            "rows": 400,
            "columns": {
                "id": "int pk",
                "age": {"type": "int = int_range", "generator_params": {"min": 18, "max": 90}},
                "city": {
                    "type": "varchar(20) null = choice",
                    "generator_params": {"values": ["Rome", "Oslo"], "null_probability": 0.25},
                },
            },
        },
        "orders": {
            "rows": 1000,
            "columns": {"id": "int pk", "user_id": "int -> users.id", "total": "decimal(8,2)"},
            "checks": [{"name": "positive", "expression": "total >= 0"}],
        },
    },
}


@pytest.fixture(scope="module")
def loans() -> Description:
    return describe_schema("fintech-loans", Options(seed=42))


@pytest.fixture(scope="module")
def rows():
    return shardgen.generate("fintech-loans", seed=42).tables


def test_counts_are_those_of_the_rows(loans, rows):
    """Rows, nulls, different values and the most frequent ones of every column."""
    for table in loans.tables:
        found = rows[table.name].rows
        assert len(found) == table.rows == table.planned
        for column in table.columns:
            values = [row[column.name] for row in found if row[column.name] is not None]
            assert len(found) - len(values) == column.nulls
            if column.distinct is None:
                assert len(values) == len(set(values))
                continue
            counts = Counter(values)
            assert len(counts) == column.distinct, column.name
            if column.top:
                assert counts.most_common(1)[0][1] == column.top[0].rows


def test_ranges_and_histograms_are_those_of_the_rows(loans, rows):
    """Each value is in one step of its histogram, or beyond its ends."""
    table = loans.table("loans")
    amounts = np.array([float(row["amount"]) for row in rows["loans"].rows])
    column = table.column("amount")
    assert (amounts.min(), amounts.max()) == (column.low, column.high)
    assert pytest.approx(amounts.mean()) == column.mean
    steps = column.histogram
    edges = steps.low + steps.width * np.arange(len(steps.rows) + 1)
    assert np.histogram(amounts, edges)[0].tolist() == list(steps.rows)
    assert (amounts < edges[0]).sum() == steps.below
    assert (amounts > edges[-1]).sum() == steps.above
    assert pytest.approx(np.quantile(amounts, 0.5)) == column.quantiles[2]
    for each in loans.tables:
        for column in each.columns:
            if column.histogram is not None:
                counted = column.histogram
                total = sum(counted.rows) + counted.below + counted.above
                assert each.rows - column.nulls == total, column.name


def test_children_per_parent_are_those_of_the_rows(loans, rows):
    """With the parents that have none."""
    (relation,) = loans.table("loans").relations
    counts = Counter(row["borrower_id"] for row in rows["loans"].rows)
    fans = Counter(counts.values())
    fans[0] = len(rows["borrowers"].rows) - len(counts)
    assert {n: parents for n, parents in fans.items() if parents} == {
        fan.low: fan.parents for fan in relation.fans
    }
    assert (max(counts.values()), 0) == (relation.most, relation.orphans)
    assert pytest.approx(mean(counts[n] for n in range(1, 251)), abs=1e-3) == relation.mean


def test_asked_correlations_are_found_along_keys():
    """Beside what a schema asks for stands what there is, of the same row and of its parent."""
    found = describe_schema("fintech-loans", Options(scale=10))
    asked = {c.other: c for c in found.table("loans").correlations if c.asked is not None}
    assert set(asked) == {"borrower_id.annual_income"}
    (followed,) = asked.values()
    assert abs(followed.rho - followed.asked) < 0.05


def test_ranks_share_the_mean_of_equal_values():
    """As Spearman's correlation has it."""
    assert [2.5, 0.0, 2.5, 1.0] == ranks(np.array([7.0, 1.0, 7.0, 3.0])).tolist()
    assert 1.0 == pytest.approx(rank_correlation(np.arange(9.0), np.arange(9.0) ** 3))
    assert -1.0 == pytest.approx(rank_correlation(np.arange(9.0), -np.arange(9.0)))
    assert None is rank_correlation(np.ones(9), np.arange(9.0))


def test_promises_are_looked_at(loans):
    """Keys, nulls, orphans, checks and the rules beside the schema, and all are kept."""
    kinds = {promise.kind for promise in loans.promises}
    assert {"unique", "not null", "foreign key", "rule"} == kinds
    assert [] == [promise for promise in loans.promises if promise.broken != 0]
    written = (ROOT / "schemas" / "fintech-loans.rules.sql").read_text(encoding="utf-8")
    assert len(list(rules(written))) == sum(p.kind == "rule" for p in loans.promises)


def test_a_check_is_held_as_rows_are_made():
    """It is said that it is, in place of a query."""
    (check,) = (p for p in describe_schema(SHOP, Options()).promises if p.kind == "check")
    assert ("total >= 0", 0) == (check.what, check.broken)
    assert "as it is made" in check.note


def test_a_large_run_is_described_by_a_smaller_one():
    """It says so with both sizes; small tables are whole, and no key leads nowhere."""
    found = describe_schema(SHOP, Options(rows={"orders": 200_000}), sample_rows=5000)
    assert "a run of 5,390 rows of the 200,400 asked for" in found.sample
    users, orders = found.tables
    assert (400, 400) == (users.rows, users.planned)
    assert (200_000, 4990) == (orders.planned, orders.rows)
    assert [] == [promise for promise in found.promises if promise.broken]


def test_a_description_is_the_same_every_time():
    """Byte for byte, as JSON."""
    one, other = (msgspec.json.encode(describe_schema(SHOP, Options(seed=3))) for _ in range(2))
    assert one == other
    assert describe_schema(SHOP, Options(seed=3)) == msgspec.json.decode(one, type=Description)


@pytest.mark.parametrize("schema", [*bundled_schemas(), *TEST_SCHEMAS], ids=str)
def test_every_schema_is_described(schema):
    """And keeps all that it promises, but for checks that are left to the database."""
    found = describe_schema(schema, Options())
    assert [] == [promise for promise in found.promises if promise.broken]
    assert all(table.rows == len(table.head) or len(table.head) == 10 for table in found.tables)
