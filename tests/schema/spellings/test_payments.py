"""Payments that are described by their loan: one schedule, in time."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from support.binding import parse_schema

import shardgen
from shardgen.plan.load import inspect_schema

AS_OF = dt.date(2025, 1, 1)


def column(name, kind, generator=None, **more):
    made = {"name": name, "type": kind, **more}
    return made | ({"generator": generator} if generator else {})


def key(table):
    return {"foreign_key": {"table": table, "column": "id", "on_delete": "CASCADE"}}


def lender(*, names=("loan", "payment_number", "payment_date"), status=True):
    """Return a lender as SourceBox writes one."""
    loan, number, date = names
    ident = {"name": "id", "type": "int", "primary_key": True, "auto_increment": True}
    created = {"generator_params": {"days_ago_min": 730, "days_ago_max": 30}}
    values = [("paid", 85), ("pending", 10), ("late", 4), ("missed", 1)]
    listed = {"values": [{"value": v, "weight": w} for v, w in values]}
    payments = [
        ident,
        column(f"{loan}_id", "int", **key(f"{loan}s")),
        column(number, "int", "payment_number"),
        column(date, "date", "payment_date",
               generator_params={"based_on_loan": "funded_date", "monthly_interval": True}),
        column("amount", "decimal(10,2)", "payment_amount",
               generator_params={"calculated_from": f"{loan}.sum", "term": f"{loan}.months"}),
        column("principal", "decimal(10,2)", "payment_principal"),
        column("interest", "decimal(10,2)", "payment_interest"),
    ]  # fmt: skip
    if status:
        payments.append(column("status", "varchar(20)", "payment_status", generator_params=listed))
    loans = [
        ident,
        column("borrower_id", "int", **key("borrowers")),
        column("sum", "decimal(12,2)", "loan_amount"),
        column("interest_rate", "decimal(5,2)", "interest_rate"),
        column("months", "int", "loan_term"),
        column("status", "varchar(20)", "loan_status"),
        column("funded_date", "date", "date_past",
               generator_params={"days_ago_min": 730, "days_ago_max": 1}),
    ]  # fmt: skip
    borrowers = [ident, column("created_at", "timestamp", "timestamp_past", **created)]
    tables = (
        ("borrowers", 250, borrowers),
        (f"{loan}s", 1000, loans),
        ("payments", 3500, payments),
    )
    raw = {
        "schema_version": "1.0",
        "name": "lender",
        "database_type": ["mysql", "postgres"],
        "tables": [{"name": n, "record_count": c, "columns": k} for n, c, k in tables],
    }
    return parse_schema(json.dumps(raw).encode())


@pytest.mark.parametrize(
    "names", [("loan", "payment_number", "payment_date"), ("credit", "no", "due")]
)
def test_a_lender_of_sourcebox_hangs_together(names):
    """Funded after the borrower was there, numbered in order, and nothing is paid after as-of."""
    made = shardgen.generate(lender(names=names), as_of=AS_OF).tables
    loan, number, date = names
    since = {row["id"]: row["created_at"].date() for row in made["borrowers"].rows}
    loans = {row["id"]: row for row in made[f"{loan}s"].rows}
    for row in loans.values():
        assert since[row["borrower_id"]] < row["funded_date"] < AS_OF
        assert (AS_OF - row["funded_date"]).days <= 730
    count: dict[int, int] = {}
    for row in made["payments"].rows:
        of = row[f"{loan}_id"]
        count[of] = count.get(of, 0) + 1
        assert count[of] == row[number]
        funded = loans[of]["funded_date"]
        ahead = (row[date].year - funded.year) * 12 + row[date].month - funded.month
        assert ahead == row[number]
        assert row["amount"] == row["principal"] + row["interest"]
        assert (row["status"] == "pending") == (row[date] > AS_OF)
        if loans[of]["status"] == "delinquent" and row[number] == 1 and row[date] <= AS_OF:
            assert row["status"] in ("late", "missed")


def test_a_schema_that_does_not_say_so_is_left_alone():
    """Payments by their columns' own names keep their keys and values."""
    schema = lender(status=False)
    plain = schema.table("payments").column("loan_id").foreign_key
    assert "grouped" == plain.fan_out
    raw = json.loads(json.dumps({
        "schema_version": "1.0", "name": "x", "database_type": ["postgres"],
        "tables": [{"name": "payments", "record_count": 5, "columns": [
            {"name": "id", "type": "int", "primary_key": True},
            {"name": "s", "type": "text", "generator": "payment_status",
             "generator_params": {"values": ["paid"]}}]}],
    }))  # fmt: skip
    made = parse_schema(json.dumps(raw).encode()).table("payments").column("s")
    assert {"values": ["paid"]} == made.generator_params


def test_another_interval_is_refused():
    """A loan is paid back month by month."""
    with pytest.raises(shardgen.SchemaError, match="monthly_interval is false"):
        shardgen.generate(_with_interval(), as_of=AS_OF)


def _with_interval():
    schema = json.loads(shardgen_json(lender()))
    for table in schema["tables"]:
        for each in table["columns"]:
            if each.get("generator") == "payment_date":
                each["generator_params"]["monthly_interval"] = False
    return parse_schema(json.dumps(schema).encode())


def shardgen_json(schema):
    import msgspec

    return msgspec.json.encode(schema)


@pytest.mark.parametrize("status", [True, False])
@pytest.mark.parametrize(
    "names", [("loan", "payment_number", "payment_date"), ("credit", "no", "due")]
)
def test_a_lender_of_sourcebox_has_no_warning(names, status):
    """Its columns get no parameter that they do not read, for the file does not say it."""
    assert () == inspect_schema(lender(names=names, status=status)).warnings
