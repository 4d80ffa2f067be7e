"""Lending: loans, scores, and payments that amortise their loan to the cent."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.places import ROOT
from support.statistics import assert_follows, assert_values_fit, lognormal_cdf, phi
from support.tables import bind, bound, cells, month_later, rows_of, schema_of, values_of

from shardgen.errors import SchemaError
from shardgen.generators.families.amortisation import annuities, instalments
from shardgen.plan.load import load_schema
from shardgen.tables import values as c

TERMS = (12, 24, 36, 48, 60)


# --- Laws


def test_loan_amounts():
    """Lognormal with μ 10.82 and σ 0.8, from 5,000 to 500,000, to the nearest 100."""
    made = values_of(type="decimal(12,2)", generator="loan_amount")
    assert Decimal(5000) <= min(made) <= max(made) <= Decimal(500_000)
    assert {0} == {value % 100 for value in made}
    numbers = [float(value) for value in made]
    assert_follows(numbers, lognormal_cdf(np.e**10.82, 0.8), step=100)


def test_annual_incomes():
    """Lognormal with μ 11.08 and σ 0.6, from 25,000 to 500,000, to the nearest 1,000."""
    made = values_of(type="decimal(12,2)", generator="annual_income")
    assert Decimal(25_000) <= min(made) <= max(made) <= Decimal(500_000)
    assert {0} == {value % 1000 for value in made}
    assert_follows([float(v) for v in made], lognormal_cdf(np.e**11.08, 0.6), step=1000)


def test_credit_scores():
    """Normal, 680 ± 80, clamped to 300–850."""
    made = values_of(type="int", generator="credit_score")
    assert 300 <= min(made) <= max(made) == 850
    assert_follows(made, phi(680, 80))


def test_interest_rates():
    """3–6 percent for 60 of 100, 6–10 for 30, 10–15 for 10, in hundredths."""
    made = values_of(type="decimal(5,2)", generator="interest_rate")
    shares = {}
    for low, high, weight in ((300, 600, 60), (601, 1000, 30), (1001, 1500, 10)):
        rates = range(low, high + 1)
        shares |= {Decimal(unit).scaleb(-2): weight / len(rates) for unit in rates}
    assert_values_fit(made, shares)


LISTED = {
    "loan_status": {"active": 70, "paid_off": 25, "delinquent": 5},
    "employment_status": {"employed": 75, "self_employed": 15, "unemployed": 5, "retired": 5},
    "payment_status": {"paid": 85, "pending": 10, "late": 4, "missed": 1},
    "credit_bureau": {"Experian": 33, "Equifax": 33, "TransUnion": 34},
}


@pytest.mark.parametrize("generator", LISTED)
def test_listed_values(generator):
    """Each preset label has its share, and no other label comes up."""
    assert_values_fit(values_of(type="varchar(50)", generator=generator), LISTED[generator])


def test_loan_terms():
    """The terms in months have their shares, and no other term comes up."""
    made = values_of(type="int", generator="loan_term")
    assert_values_fit(made, dict(zip(TERMS, (15, 20, 30, 20, 15), strict=True)))


@pytest.mark.parametrize("generator", [*LISTED, "loan_term"])
def test_a_schema_may_list_its_own_values(generator):
    """They replace the preset ones, with their own weights."""
    parameters = {"values": [{"value": "7", "weight": 1}, {"value": "8", "weight": 3}]}
    made = values_of(type="varchar(50)", generator=generator, generator_params=parameters)
    assert_values_fit(made, {"7": 1, "8": 3})


def test_ranges_of_its_own_replace_the_bounds_of_a_rate():
    """Rates below and above those of the preset are drawn; nothing lies between the ranges."""
    parameters = {"ranges": [{"min": 0, "max": 1}, {"min": 20, "max": 30, "weight": 3}]}
    made = values_of(type="decimal(5,2)", generator="interest_rate", generator_params=parameters)
    assert {True, False} == {value <= 1 for value in made}
    assert all(value <= 1 or 20 <= value <= 30 for value in made)


# --- Loan numbers


@pytest.mark.parametrize("rows", [1, 1000, 120_000])
def test_loan_numbers_are_unique_and_carry_the_funding_date(rows):
    """LN-YYYYMMDD-NNNNN, with more digits only where the table needs them."""
    columns = {
        "number": {"type": "varchar(50)", "unique": True, "generator": "loan_number"},
        "funded_date": {"type": "date", "generator": "date_past"},
    }
    table = bound(columns, rows)
    numbers, dates = cells(table, "number"), cells(table, "funded_date")
    assert rows == len(set(numbers))
    for row in (0, rows // 2, min(rows, 99_999) - 1, rows - 1):
        assert f"LN-{dates[row]:%Y%m%d}-{row + 1:05d}" == numbers[row]


def test_loan_numbers_without_a_date_column():
    """The date within the number is drawn then, from the years before as-of."""
    made = values_of(1000, type="varchar(20)", generator="loan_number", unique=True)
    for number in made:
        prefix, day, _ = number.split("-")
        assert prefix == "LN"
        assert (
            dt.date(2023, 1, 1) < dt.datetime.strptime(day, "%Y%m%d").date() < dt.date(2025, 1, 1)
        )


# --- Amortisation


def schedule(cents: int, rate: int, term: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return principal and interest of every payment of one loan; `rate` in 1/100 percent."""
    loans, powers = annuities(
        c.Decimals(np.array([cents]), 2, 0, max(cents, 1)),
        c.Decimals(np.array([rate]), 2, min(rate, 300), max(rate, 1500)),
        c.Integers(np.array([term]), 1, max(term, 60)),
    )
    numbers = c.Integers(np.arange(1, term + 1), 1, term)
    made = instalments(loans, powers, np.zeros(term, np.int64), numbers)
    return made.principal, made.interest, made.most


def exact_payment(cents: int, rate: int, term: int) -> Fraction:
    """The annuity formula in fractions."""
    if rate == 0:
        return Fraction(cents, term)
    q = 1 + Fraction(rate, 120_000)
    return cents * (q - 1) * q**term / (q**term - 1)


def assert_amortises(cents: int, rate: int, term: int) -> None:
    principal, interest, most = schedule(cents, rate, term)
    assert cents == principal.sum()
    assert principal.min() >= 0
    assert interest.min() >= 0
    assert (principal + interest).max() <= most
    level = exact_payment(cents, rate, term)
    if level > 100:
        amounts = (principal + interest)[:-1]
        assert all(abs(int(amount) - level) <= 1 for amount in amounts)
        assert abs(int(principal[-1] + interest[-1]) - level) <= term + 1


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("amount", [5000, 49_900, 500_000])
def test_principals_of_a_full_term_sum_to_the_loan(amount, term):
    """For every rate of the generator: to the cent, with a level payment, interest above zero."""
    for rate in range(300, 1501, 7):
        assert_amortises(amount * 100, rate, term)


@pytest.mark.parametrize("term", [2, 12, 36, 60, 360])
@pytest.mark.parametrize("rate", [300, 777, 1500, 2999])
def test_the_last_interest_is_that_of_the_last_balance(rate, term):
    """What is owed before the last payment, times the monthly rate, rounded to the cent."""
    q = 1 + Fraction(rate, 120_000)
    for cents in range(500_000, 50_000_000, 1_234_567):
        owed = math.floor(cents * (q**term - q ** (term - 1)) / (q**term - 1) + Fraction(1, 2))
        principal, interest, _ = schedule(cents, rate, term)
        assert owed == principal[-1]
        assert math.floor(owed * (q - 1) + Fraction(1, 2)) == interest[-1]


@pytest.mark.parametrize("term", [1, 2, 7, 12, 49, 360, 600])
@pytest.mark.parametrize("rate", [0, 1, 2500])
@pytest.mark.parametrize("cents", [1, 99, 100_001, 49_999_999, 10**11 + 1])
def test_odd_loans_amortise_too(cents, rate, term):
    """No interest, next to none, a cent, one month, fifty years."""
    assert_amortises(cents, rate, term)


@given(st.integers(1, 10**10), st.integers(0, 3000), st.integers(1, 120))
@settings(max_examples=100, deadline=None)
def test_any_loan_amortises(cents, rate, term):
    """From a cent to a hundred million, without interest and at 30 %, over 1 to 120 months."""
    assert_amortises(cents, rate, term)


def test_a_loan_without_interest_has_none():
    """Equal payments of the principal alone."""
    principal, interest, _ = schedule(120_000, 0, 12)
    assert [10_000] * 12 == principal.tolist()
    assert [0] * 12 == interest.tolist()


def test_a_textbook_loan():
    """100,000 at 6 percent over 12 months: 8,606.64 a month, 500.00 of the first is interest."""
    principal, interest, _ = schedule(10_000_000, 600, 12)
    assert (810_664, 50_000) == (principal[0], interest[0])
    assert {860_664} == set((principal + interest)[:-1].tolist())


# --- The data set

LOANS = {"loans": 2000, "payments": 90_000, "borrowers": 1000, "credit_scores": 1000}


@pytest.fixture(scope="module", params=[90_000, 7_000], ids=["full terms", "windows"])
def lending(request):
    return bind(
        load_schema(str(ROOT / "tests/schemas/first-payments.json")),
        **LOANS | {"payments": request.param},
    )


@pytest.fixture(scope="module")
def payments(lending):
    """Each payment with its loan."""
    loans = rows_of(lending["loans"])
    loan_of = {
        key: dict(zip(loans, row, strict=True))
        for key, *row in zip(loans["id"], *loans.values(), strict=True)
    }
    made = rows_of(lending["payments"])
    rows = [dict(zip(made, row, strict=True)) for row in zip(*made.values(), strict=True)]
    return [(row, loan_of[row["loan_id"]]) for row in rows]


def test_principal_and_interest_are_the_payment(payments):
    """To the cent, for every row."""
    wrong = [p for p, _ in payments if p["principal"] + p["interest"] != p["amount"]]
    assert [] == wrong
    assert min(p["interest"] for p, _ in payments) >= 0


def test_payments_are_those_of_their_loan(payments):
    """Each amount is what the loan's amount, rate and term give at that payment's number."""
    for payment, loan in payments[::997]:
        term = loan["term_months"]
        principal, interest, _ = schedule(
            int(loan["amount"] * 100), int(loan["interest_rate"] * 100), term
        )
        at = payment["payment_number"] - 1
        expected = principal[at], interest[at]
        assert expected == (int(payment["principal"] * 100), int(payment["interest"] * 100))


def test_payments_are_numbered_and_dated_by_month(payments):
    """Number k of a loan is due k months after it was funded."""
    assert all(1 <= p["payment_number"] <= loan["term_months"] for p, loan in payments)
    wrong = [
        (p, loan)
        for p, loan in payments
        if month_later(loan["funded_date"], p["payment_number"]) != p["payment_date"]
    ]
    assert [] == wrong


@pytest.fixture(scope="module")
def by_loan(payments):
    """The payments of each loan in the order of their rows, with the loan."""
    found = defaultdict(list)
    for payment, loan in payments:
        found[loan["id"]].append((payment, loan))
    return list(found.values())


def test_payments_of_a_loan_count_up(by_loan):
    """From 1, or to the last where the loan is paid off; again from 1 after the last month."""
    for made in by_loan:
        loan, numbers = made[0][1], [payment["payment_number"] for payment, _ in made]
        term = loan["term_months"]
        assert all(later == number % term + 1 for number, later in pairwise(numbers))
        if loan["status"] == "paid_off" and len(made) <= term:
            assert numbers[-1] == term
        else:
            assert numbers[0] == 1


def test_principals_never_exceed_the_loan_and_equal_it_over_the_term(by_loan):
    """A loan paid in full is paid exactly, and what a paid-off loan's last payments owe is 0."""
    closed = 0
    for made in by_loan:
        loan, term = made[0][1], made[0][1]["term_months"]
        principal, _, _ = schedule(
            int(loan["amount"] * 100), int(loan["interest_rate"] * 100), term
        )
        shown = [int(payment["principal"] * 100) for payment, _ in made[:term]]
        first = made[0][0]["payment_number"] - 1
        assert principal[first : first + len(shown)].tolist() == shown
        if len(shown) == term:
            assert sum(shown) == int(loan["amount"] * 100)
        if loan["status"] == "paid_off":
            owed = int(loan["amount"] * 100) - sum(principal[:first])
            assert sum(shown) == owed
            closed += 1
    assert closed > 100


def test_maturity_is_funding_plus_term(lending):
    """In the bundled schema, by Python's own calendar."""
    loans = rows_of(lending["loans"])
    columns = (loans[name] for name in ("funded_date", "term_months", "maturity_date"))
    assert all(month_later(start, term) == end for start, term, end in zip(*columns, strict=True))


def test_scores_are_one_to_one_with_borrowers(lending):
    """Each of the 1,000 borrowers has one score."""
    made = cells(lending["credit_scores"], "borrower_id")
    assert list(range(1, 1001)) == sorted(made)


# --- What cannot be

LOAN = {
    "amount": {"type": "decimal(12,2)", "generator": "loan_amount"},
    "interest_rate": {"type": "decimal(5,2)", "generator": "interest_rate"},
    "term_months": {"type": "int", "generator": "loan_term"},
    "funded_date": {"type": "date", "generator": "date_past"},
}
PAYMENT = {
    "loan_id": {"type": "bigint", "foreign_key": {"table": "loans", "column": "id"}},
    "payment_number": {"type": "int", "generator": "payment_number"},
    "payment_date": {"type": "date", "generator": "payment_date"},
    "amount": {"type": "decimal(12,2)", "generator": "payment_amount"},
    "interest": {"type": "decimal(12,2)", "generator": "payment_interest"},
}


def lend(loan: dict | None = None, payment: dict | None = None, rows: int = 500):
    loans = {k: v for k, v in (LOAN | (loan or {})).items() if v is not None}
    made = {k: v for k, v in (PAYMENT | (payment or {})).items() if v is not None}
    return bind(schema_of(loans=(50, loans), payments=(rows, made)))


def test_payments_drawn_from_any_loan_have_a_number_within_its_term():
    """Where the key is not grouped, the number is drawn from the term, uniformly."""
    tables = lend(rows=20_000)
    terms = dict(zip(*(cells(tables["loans"], n) for n in ("id", "term_months")), strict=True))
    made = rows_of(tables["payments"])
    pairs = list(zip(made["loan_id"], made["payment_number"], strict=True))
    assert all(1 <= number <= terms[loan] for loan, number in pairs)
    twelve = [number for loan, number in pairs if terms[loan] == 12]
    assert_values_fit(twelve, dict.fromkeys(range(1, 13), 1))


@pytest.mark.parametrize(
    ("loan", "payment", "says"),
    [
        ({"amount": None}, {}, "needs a column 'amount' of table 'loans'"),
        ({"term_months": None}, {}, "needs a column 'term_months' of table 'loans'"),
        ({"interest_rate": {"type": "varchar(20)"}}, {}, "no number"),
        ({"amount": {"type": "varchar(20)"}}, {}, "text"),
        ({"term_months": {"type": "decimal(5,2)"}}, {}, "whole numbers"),
        ({"funded_date": {"type": "varchar(30)"}}, {}, "a date or timestamp"),
        ({}, {"payment_number": None}, "payment_number"),
        ({}, {"payment_number": {"type": "int", "generator": "sequence",
                                 "generator_params": {"start": 0}}}, "numbered from 1"),
        ({}, {"loan_id": {"type": "bigint"}}, "0 foreign keys"),
        ({}, {"other": PAYMENT["loan_id"]}, "2 foreign keys"),
        ({}, {"amount": PAYMENT["amount"] | {"generator_params": {"loan": "id"}}}, "'id'"),
        ({}, {"amount": PAYMENT["amount"] | {"unique": True}}, "unique"),
        ({}, {"amount": {"type": "decimal(5,2)", "generator": "payment_amount"}}, "holds -999.99"),
        ({"interest_rate": {"type": "decimal(5,2)", "generator": "decimal_range",
                            "generator_params": {"min": -1, "max": 5}}}, {}, "-100"),
    ],
)  # fmt: skip
def test_payments_of_no_loan_are_refused(loan, payment, says):
    """With the column and what it lacks, and no traceback."""
    with pytest.raises(SchemaError, match=says):
        lend(loan, payment)


def test_a_loan_of_no_months_is_paid_in_one():
    """A term of zero counts as one month."""
    term = {"type": "int", "generator": "constant", "generator_params": {"value": 0}}
    tables = lend({"term_months": term})
    amounts = dict(zip(*(cells(tables["loans"], n) for n in ("id", "amount")), strict=True))
    made = rows_of(tables["payments"])
    assert {1} == set(made["payment_number"])
    paid = zip(made["loan_id"], made["amount"], made["interest"], strict=True)
    assert all(amounts[loan] == amount - interest for loan, amount, interest in paid)


def test_rates_may_be_whole_numbers():
    """An int column is a rate in percent as a decimal one is; payments can be made of it."""
    rate = {"type": "int", "generator": "int_range", "generator_params": {"min": 0, "max": 9}}
    made = rows_of(lend({"interest_rate": rate})["payments"])
    assert min(made["interest"]) >= 0
