"""The bundled verticals hang together: what schemas/<name>.rules.sql says holds in their data."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.databases import TARGETS, new_database
from support.places import ROOT

import shardgen
from shardgen.plan.load import load_schema

AS_OF = dt.date(2025, 1, 1)
LEAP_DAY = dt.date(2024, 2, 29)
FILES = {
    path.name.removesuffix(".rules.sql"): path for path in (ROOT / "schemas").glob("*.rules.sql")
}
BY_SEASON = ("healthcare-patients", "retail-ecommerce")
RUNS = [(0, AS_OF), (1, AS_OF), (2, AS_OF), (3, LEAP_DAY)]

DAMAGE = {
    "fintech-loans": {
        "A loan is funded after its borrower": "UPDATE borrowers SET created_at = '2025-01-01'",
        "A loan that has matured is paid off": (
            "UPDATE loans SET status = 'active', maturity_date = '2024-12-31' WHERE id = 9"
        ),
        "Every payment is its principal and its interest": (
            "UPDATE payments SET amount = amount + 0.01 WHERE id = 5"
        ),
        "No two borrowers have one": "UPDATE borrowers SET first_name = 'Zoe', last_name = 'Quirk'",
        "A number of four digits": "UPDATE borrowers SET email = 'x' || id || '9999@a.example'",
        "Four of ten": "UPDATE borrowers SET email = id || '@a.example'",
        "An area code is one": "UPDATE borrowers SET phone = '(999) 555-0000' WHERE id = 3",
        "A first name fits": (
            "UPDATE borrowers SET first_name = CASE id % 2 WHEN 1 THEN 'Linda' ELSE 'Tyler' END"
        ),
        "The principal of a loan's payments never exceeds": (
            "UPDATE loans SET amount = 100 WHERE id = (SELECT min(loan_id) FROM payments)"
        ),
        "A payment is pending if it lies after as-of": (
            "UPDATE payments SET status = 'pending' "
            "WHERE id = (SELECT min(id) FROM payments WHERE status = 'paid')"
        ),
        "Better scores get lower rates": "UPDATE loans SET interest_rate = 3 + id % 10",
        "Of 100 loans 70 are active": "UPDATE loans SET status = 'paid_off' WHERE id % 4 = 0",
        "Terms of 12, 24, 36": "UPDATE loans SET term_months = 60 WHERE id % 8 = 0",
        "Of 100 payments 85 are paid": (
            "UPDATE payments SET status = 'paid' WHERE status = 'pending'"
        ),
        "Ids of borrowers, loans": "UPDATE loans SET funded_date = '2024-12-31' WHERE id = 500",
        "From month to month": (
            "UPDATE loans SET funded_date = '2024-10-15' "
            "WHERE funded_date > '2024-11-30' AND id % 9"
        ),
        "Nothing heaps up": (
            "DELETE FROM loans WHERE funded_date BETWEEN '2024-01-01' AND '2024-08-31' AND id % 2"
        ),
        "Hardly any loan is funded on a weekend": (
            "UPDATE loans SET funded_date = '2024-12-22' WHERE id > 950"
        ),
        "Loans are written down in business hours": (
            "UPDATE loans SET created_at = '2024-12-22 03:00:00' WHERE id > 950"
        ),
        "Delinquency follows the score": (
            "UPDATE loans SET status = CASE WHEN id % 20 = 0 THEN 'delinquent' ELSE 'active' END"
        ),
        "What a borrower pays each month": "UPDATE loans SET amount = amount * 2",
        "A longer term has a higher rate": "UPDATE loans SET interest_rate = 5",
        "Of 100 rates 60": "UPDATE loans SET interest_rate = interest_rate + 2",
        "Nobody retires before 60": "UPDATE borrowers SET employment_status = 'employed'",
        "The employed earn more": "UPDATE borrowers SET annual_income = 50000",
        "Incomes have a median": "UPDATE borrowers SET annual_income = 25000 WHERE id <= 12",
        "A loan that has payments": (
            "DELETE FROM payments WHERE payment_number = 1 AND loan_id < 99"
        ),
        "A ledger is whole": "DELETE FROM payments WHERE status = 'pending'",
        "Principals of a loan that is paid off": (
            "UPDATE payments SET principal = principal - 1 WHERE payment_number = 2"
        ),
        "The last three payments that were due": (
            "UPDATE payments SET status = 'paid' WHERE status = 'missed'"
        ),
        "No payment of a loan that is not delinquent": (
            "UPDATE loans SET status = 'active' WHERE status = 'delinquent'"
        ),
    },
    "healthcare-patients": {
        "A visit is after its patient registered": (
            "UPDATE patients SET registered_on = '2025-01-01' "
            "WHERE id = (SELECT patient_id FROM visits WHERE visited_at < '2024-12-31')"
        ),
        "Only women from 18 to 42 are pregnant": (
            "UPDATE patients SET sex = 'M' WHERE id = "
            "(SELECT patient_id FROM visits WHERE reason = 'Prenatal visit')"
        ),
        "Medications fit the diagnosis": (
            "UPDATE prescriptions SET medication = 'Tamiflu' "
            "WHERE visit_id IN (SELECT id FROM visits WHERE diagnosis_code = 'I10')"
        ),
        "An insurer pays no more than it allows": (
            "UPDATE claims SET paid_amount = billed_amount WHERE paid_amount > 0"
        ),
        "A claim of the last two weeks is pending": (
            "UPDATE claims SET status = 'paid', submitted_on = '2024-12-31' "
            "WHERE id = (SELECT min(id) FROM claims)"
        ),
        "Ids of patients, visits": (
            "UPDATE claims SET submitted_on = '2024-12-31' WHERE id = (SELECT min(id) FROM claims)"
        ),
        "Older patients visit more": (
            "UPDATE patients SET date_of_birth = "
            "CASE WHEN id % 2 THEN '1950-01-01' ELSE '2000-01-01' END"
        ),
        "More than four fifths of influenza": (
            "UPDATE visits SET visited_at = '2024-07-01 09:00:00' "
            "WHERE diagnosis_code LIKE 'J1%' AND id % 2 = 0"
        ),
        "Of 100 visits 60 are routine": (
            "UPDATE visits SET visit_type = 'routine' WHERE visit_type = 'follow-up'"
        ),
        "A follow-up leads to an earlier visit": (
            "UPDATE visits SET follow_up_of = (SELECT max(id) FROM visits) "
            "WHERE follow_up_of IS NOT NULL"
        ),
        "A follow-up is for the reason": (
            "UPDATE visits SET diagnosis_code = 'E55.9', reason = 'Minor illness' "
            "WHERE follow_up_of IS NOT NULL AND reason = 'Injury'"
        ),
        "Sutures are removed five days": (
            "UPDATE visits SET follow_up_of = NULL WHERE diagnosis_code = 'Z48.02'"
        ),
        "The trimesters of a pregnancy": (
            "UPDATE visits SET visited_at = datetime('2020-01-01', -(id % 9999) || ' days') "
            "WHERE reason = 'Prenatal visit'"
        ),
        "Nobody from three years on has two yearly": (
            "UPDATE visits SET visited_at = datetime('2024-01-01', (id % 9999) || ' seconds') "
            "WHERE reason = 'Annual physical'"
        ),
        "Diseases do not go back": (
            "UPDATE visits SET visited_at = datetime(julianday('2024-01-01') "
            "+ julianday('2024-01-01') - julianday(visited_at))"
        ),
        "A diagnosis has a code of ICD-10-CM that is valid": (
            "UPDATE visits SET diagnosis_code = 'M54.5' WHERE diagnosis_code = 'M54.50'"
        ),
        "A provider works in one state": "UPDATE visits SET provider_npi = '1200471133'",
        "Blood pressure is higher with": "UPDATE visits SET systolic_bp = 120 + id % 9",
        "Two visits of three have": "DELETE FROM prescriptions WHERE item = 1 AND id % 3 = 0",
        "Medications fit the age": (
            "UPDATE prescriptions SET dosage = '100 mg capsule' "
            "WHERE visit_id IN (SELECT id FROM visits WHERE age < 6)"
        ),
        "The vaccine against influenza": "UPDATE prescriptions SET prescribed_on = '2023-07-01'",
        "Preventive visits are free": (
            "UPDATE claims SET patient_share = 20, paid_amount = allowed_amount - 20 "
            "WHERE status = 'paid'"
        ),
        "A denial has a reason that can be": (
            "UPDATE claims SET denial_reason = 'Out of network' WHERE status = 'denied'"
        ),
    },
    "retail-ecommerce": {
        "An order comes after its customer signed up": (
            "UPDATE customers SET signed_up_at = '2024-12-31 23:59:59' "
            "WHERE id = (SELECT min(customer_id) FROM orders)"
        ),
        "A line comes to its quantity times its price": (
            "UPDATE order_items SET line_total = line_total + 0.01 "
            "WHERE order_id = (SELECT min(id) FROM orders)"
        ),
        "The subtotal of an order is the sum of its lines": (
            "DELETE FROM order_items WHERE line_no = 1 AND order_id = (SELECT min(id) FROM orders)"
        ),
        "The total of an order is subtotal": (
            "UPDATE orders SET total = total - 0.01 WHERE id = (SELECT min(id) FROM orders)"
        ),
        "The status of an order says which": (
            "UPDATE orders SET status = 'delivered' "
            "WHERE id = (SELECT min(id) FROM orders WHERE status = 'shipped')"
        ),
        "Of the orders from before the last six weeks": (
            "UPDATE orders SET status = 'shipped' WHERE status = 'delivered' AND id % 20 = 0"
        ),
        "November and December have half as many orders again": (
            "UPDATE orders SET ordered_at = '2024-10-15 12:00:00' WHERE ordered_at >= '2024-12-01'"
        ),
        "Black Friday is a peak": (
            "UPDATE orders SET ordered_at = '2024-11-20 12:00:00' "
            "WHERE (ordered_at LIKE '2024-11-29%' OR ordered_at LIKE '2023-11-24%') AND id % 5"
        ),
        "Larger packs of one product": (
            "UPDATE products SET price = 9.99 WHERE category = 'Coffee and Tea'; "
            "UPDATE products SET name = 'A, ' || variant, market_price = 20 "
            "WHERE category = 'Coffee and Tea'"
        ),
        "Nothing is sold from": (
            "UPDATE products SET discontinued_on = date(launched_on, '+1 day') WHERE id < 20"
        ),
        "What is discontinued is inactive": "UPDATE products SET is_active = 0 WHERE id < 20",
        "Products were launched through": "UPDATE products SET launched_on = '2019-05-05'",
        "Orders are delivered in time": "UPDATE orders SET delivered_at = '2024-12-31'",
        "Express is paid for": "UPDATE orders SET shipping_fee = 0",
        "Clothes go back most": "UPDATE order_items SET returned_quantity = 0",
        "The first order of who has one": (
            "UPDATE orders SET ordered_at = datetime(ordered_at, '+60 days')"
        ),
        "Customers buy again": (
            "DELETE FROM order_items WHERE (order_id, line_no) IN (SELECT order_id, line_no "
            "FROM (SELECT order_id, line_no, "
            "row_number() OVER (PARTITION BY customer_id, product_id) AS n "
            "FROM order_items JOIN orders ON id = order_id) WHERE n > 1)"
        ),
        "Some things go together": "DELETE FROM order_items WHERE line_no > 1",
        "Shoes and clothes have a size": (
            "UPDATE order_items SET size = '5' WHERE size = '9' AND order_id % 2"
        ),
        "What is refunded": "UPDATE orders SET refunded = refunded + 1",
        "Prices are lognormal": "UPDATE products SET price = 20 WHERE price < 60",
        "An area code is one of the customer": "UPDATE customers SET state = 'AK'",
        "A ZIP code begins with three digits": "UPDATE customers SET zip_code = '00001'",
        "One address in eight": (
            "UPDATE customers SET address = address || ' Apt 1' WHERE address_line_2 IS NOT NULL"
        ),
        "First names are of those": "UPDATE customers SET first_name = 'Linda'",
        "E-mail addresses are of several": (
            "UPDATE customers "
            "SET email = lower(first_name) || '.' || lower(last_name) || '@a.example' || id"
        ),
        "Ids of customers and orders": (
            "UPDATE orders SET ordered_at = '2024-12-31' WHERE id = (SELECT min(id) FROM orders)"
        ),
        "A customer's number of orders is how many": (
            "UPDATE orders SET customer_id = (SELECT min(id) FROM customers) "
            "WHERE id IN (SELECT id FROM orders ORDER BY id DESC LIMIT 10)"
        ),
        "A customer's segment follows": (
            "UPDATE customers SET segment = 'loyal' WHERE segment = 'repeat'"
        ),
    },
    "saas-multitenant": {
        "A payment pays one invoice whole": "UPDATE payments SET amount = amount + 1 WHERE id = 1",
        "Nobody is assigned a task that they report": (
            "UPDATE tasks SET assignee_id = reporter_id WHERE id = 2"
        ),
        "A comment answers an earlier one on the same task": (
            "UPDATE comments SET created_at = '2000-01-01' WHERE reply_to_id IS NOT NULL"
        ),
        "Comments on a task are in the order of their time": (
            "UPDATE comments SET created_at = '2000-01-01' WHERE id % 7 = 0"
        ),
        "An invoice's total is the sum of its lines": (
            "UPDATE invoice_lines SET quantity = quantity + 1 WHERE id = 1"
        ),
        "No two subscriptions of an organization overlap": (
            "UPDATE subscriptions SET ends_on = date(ends_on, '+1 day') WHERE term = 0"
        ),
        "Ids of the audit log rise with time": (
            "UPDATE audit_log SET happened_at = '2000-01-01' WHERE id = 100"
        ),
        "The audit log says in JSON what it says": (
            "UPDATE audit_log SET action = 'nothing' WHERE id = 9"
        ),
    },
}
"""For some rules of each schema, by how their sentence begins, what breaks them."""

NEEDED = {
    "fintech-loans": {"payments": {"loans": 100}, "credit_scores": {"borrowers": 300}},
    "healthcare-patients": {"prescriptions": {"visits": 100}},
    "retail-ecommerce": {"order_items": {"products": 500}},
    "saas-multitenant": {
        "memberships": {"users": 300},
        "task_labels": {"tasks": 300},
        "invoices": {"invoice_lines": 300},
        "payments": {"invoices": 300, "invoice_lines": 300},
        "feature_flags": dict.fromkeys(
            (
                *("organizations", "memberships", "projects", "tasks", "labels"),
                *("invoices", "invoice_lines"),
            ),
            30,
        ),
    },
}
"""
Rows that 300 of a table need in others: a loan has no more payments than months, a borrower one
score, a visit six prescriptions, and a product is in an order at most once.
"""


def rules_of(name: str) -> dict[str, str]:
    """Return the queries of a rules file by the sentence above each."""
    rules = {}
    for block in FILES[name].read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        sentence = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
        query = [line for line in lines if not line.startswith("--")]
        if query:
            rules[" ".join(sentence)] = "\n".join(query)
    return rules


def is_of_all(query: str) -> bool:
    """Return whether a rule is one of a whole table: a share or a mean, which needs many rows."""
    return (
        "HAVING" in query and "GROUP BY" not in query.rpartition("HAVING")[0].rpartition("FROM")[2]
    )


@contextlib.contextmanager
def loaded(name: str, folder: Path, **options: Any) -> Iterator[sqlite3.Connection]:
    """Give the data of a schema in SQLite, loaded with foreign keys on."""
    dump = folder / "dump.sql"
    shardgen.run(name, dump, workers=1, options=shardgen.Options(dialect="sqlite", **options))
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(dump.read_text(encoding="utf-8"))
        yield connection


def broken_by(
    connection: sqlite3.Connection, query: str, as_of: dt.date = AS_OF
) -> list[tuple[Any, ...]]:
    """Return the first rows that break a rule."""
    return connection.execute(query, {"as_of": as_of.isoformat()}).fetchmany(3)


@pytest.fixture(scope="module", params=sorted(DAMAGE))
def vertical(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Give the name of a schema and its default data, loaded once."""
    with loaded(request.param, tmp_path_factory.mktemp("vertical")) as connection:
        yield request.param, connection


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_rules_file_says_what_holds(name):
    """It has at least 12 rules, each a sentence and one query."""
    rules = rules_of(name)
    assert 12 <= len(rules)
    for sentence, query in rules.items():
        assert sentence.endswith("."), sentence
        assert query.startswith(("SELECT", "WITH")), sentence
        assert query.endswith(";"), sentence
        assert 1 == query.count(";"), sentence


@pytest.mark.parametrize(("seed", "as_of"), RUNS)
@pytest.mark.parametrize("name", sorted(FILES))
def test_every_rule_holds(name, seed, as_of, tmp_path):
    """For any seed, and for a day that only leap years have."""
    with loaded(name, tmp_path, seed=seed, as_of=as_of) as connection:
        found = {
            sentence: broken_by(connection, query, as_of)
            for sentence, query in rules_of(name).items()
        }
    assert {} == {sentence: rows for sentence, rows in found.items() if rows}


THROUGH_THE_YEAR = [
    dt.date(2024, month, day)
    for month, day in enumerate((5, 29, 17, 1, 31, 20, 15, 9, 30, 27, 29, 24), 1)
]
"""A day of each month: before a season, in it and after it, and at ends of months."""


@pytest.mark.parametrize("as_of", THROUGH_THE_YEAR, ids=str)
@pytest.mark.parametrize("name", BY_SEASON)
def test_every_rule_holds_all_through_the_year(name, as_of, tmp_path):
    """What is counted back from as-of has a season that does not move with it."""
    with loaded(name, tmp_path, seed=as_of.month, as_of=as_of) as connection:
        found = {
            sentence: broken_by(connection, query, as_of)
            for sentence, query in rules_of(name).items()
        }
    assert {} == {sentence: rows for sentence, rows in found.items() if rows}


@pytest.mark.parametrize("as_of", THROUGH_THE_YEAR, ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_rule_of_lending_holds_all_through_the_year(seed, as_of, tmp_path):
    """For ends of months, holidays and weekends, and several seeds."""
    with loaded("fintech-loans", tmp_path, seed=seed, as_of=as_of) as connection:
        found = {
            sentence: broken_by(connection, query, as_of)
            for sentence, query in rules_of("fintech-loans").items()
        }
    assert {} == {sentence: rows for sentence, rows in found.items() if rows}


@pytest.mark.parametrize("as_of", [AS_OF, dt.date(2024, 7, 15)], ids=str)
def test_every_rule_of_lending_holds_for_twenty_times_as_many_rows(as_of, tmp_path):
    """Where shares are near what they are asked to be."""
    with loaded("fintech-loans", tmp_path, scale=20, seed=42, as_of=as_of) as connection:
        found = {
            sentence: broken_by(connection, query, as_of)
            for sentence, query in rules_of("fintech-loans").items()
        }
    assert {} == {sentence: rows for sentence, rows in found.items() if rows}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FILES) - {"fintech-loans"}))  # it has twenty times
def test_every_rule_holds_for_ten_times_as_many_rows(name, tmp_path):
    """Rare coincidences show there, the more so as years are counted from a leap day."""
    with loaded(name, tmp_path, scale=10, as_of=LEAP_DAY) as connection:
        found = {
            sentence: broken_by(connection, query, LEAP_DAY)
            for sentence, query in rules_of(name).items()
        }
    assert {} == {sentence: rows for sentence, rows in found.items() if rows}


@pytest.mark.parametrize("many", [1, 300])
@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_what_holds_for_each_row_holds_for_any_number_of_rows(name, many, tmp_path):
    """One row in each table, or one in the first table and many in one of the others."""
    first, *others = [table.name for table in load_schema(name).tables]
    rules = {s: query for s, query in rules_of(name).items() if not is_of_all(query)}
    assert 8 <= len(rules)
    for table in others if many > 1 else [first]:
        needed = NEEDED.get(name, {}).get(table, {})
        counts = dict.fromkeys((first, *others), 1) | needed | {table: many}
        with loaded(name, tmp_path, rows=counts) as connection:
            found = {sentence: broken_by(connection, query) for sentence, query in rules.items()}
        assert {} == {sentence: rows for sentence, rows in found.items() if rows}, counts


def test_damage_is_reported(vertical):
    """Each of some rules fails where the data breaks it, so that holding means something."""
    name, connection = vertical
    rules = rules_of(name)
    assert 5 <= len(DAMAGE[name])
    for beginning, damage in DAMAGE[name].items():
        (sentence,) = (sentence for sentence in rules if sentence.startswith(beginning))
        assert [] == broken_by(connection, rules[sentence]), sentence
        connection.execute("BEGIN")
        for statement in damage.split("; "):
            connection.execute(statement)
        assert broken_by(connection, rules[sentence]), sentence
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", sorted(FILES))
def test_it_loads_into_its_databases(name, target, request, tmp_path):
    """Every table of the dump is there with all of its rows."""
    schema = load_schema(name)
    dialect, form = target
    options = shardgen.Options(dialect=dialect, format=form)
    shardgen.run(schema, tmp_path / "dump.sql", workers=1, options=options)
    with new_database(dialect, request, tmp_path) as database:
        database.load(tmp_path / "dump.sql")
        counts = {table.name: database.count(table.name) for table in schema.tables}
    assert {table.name: table.record_count for table in schema.tables} == counts


def rows_of_file(name: str) -> list[dict[str, str]]:
    with (ROOT / "schemas" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_diagnoses_have_codes_of_icd_10():
    """A letter, a digit, a digit or letter, and up to four more after a point; each once."""
    diagnoses = rows_of_file("healthcare-codes.csv")
    codes = [row["code"] for row in diagnoses]
    assert 90 < len(codes) == len(set(codes))
    for code in (*codes, *(row["code_before"] for row in diagnoses)):
        assert re.fullmatch(r"[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?", code), code
    for row in rows_of_file("healthcare-reasons.csv"):
        assert {row["first_code"], row["return_code"]} <= {*codes}, row


def test_each_treatment_has_medications_that_differ_by_line():
    """So that the first two prescriptions of a visit are not the same."""
    lines: dict[str, dict[str, set[str]]] = {}
    for row in rows_of_file("healthcare-treatments.csv"):
        of_code = lines.setdefault(row["treatment"], {})
        of_code.setdefault(row["line"], set()).add(row["medication"])
    ages = ("treatment_under_2", "treatment_under_6", "treatment_under_13", "treatment")
    diagnoses = rows_of_file("healthcare-codes.csv")
    assert {row[age] for row in diagnoses for age in ages} == lines.keys()
    for code, of_code in lines.items():
        assert {"first-line", "supportive"} == of_code.keys(), code
        assert not of_code["first-line"] & of_code["supportive"], code


def test_no_provider_number_is_anybodys():
    """A real NPI has a check digit by Luhn's formula, over itself after 80840."""
    for row in rows_of_file("healthcare-providers.csv"):
        digits = [int(digit) for digit in "80840" + row["provider_npi"]]
        doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
        assert 10 == len(row["provider_npi"])
        assert 0 != (sum(digits[::-2]) + sum(doubled)) % 10, row
