"""
The fintech-loans job as every driver sees it: row counts, columns, weights, command line.

Standard library only, since each driver runs in a virtual environment of its own.
Nothing here is timed work: a driver makes its own values and its own text.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

AS_OF = dt.date(2026, 1, 1)
ROWS_PER_STATEMENT = 1000
COUNTS = {"borrowers": 250, "loans": 1000, "payments": 3500, "credit_scores": 250}
COLUMNS = {
    "borrowers": (
        "id", "first_name", "last_name", "email", "phone", "date_of_birth",
        "ssn_last_4", "annual_income", "employment_status", "created_at",
    ),
    "loans": (
        "id", "borrower_id", "loan_number", "amount", "interest_rate", "term_months",
        "status", "funded_date", "maturity_date", "created_at",
    ),
    "payments": (
        "id", "loan_id", "payment_number", "payment_date", "amount", "principal",
        "interest", "status", "created_at",
    ),
    "credit_scores": ("id", "borrower_id", "score", "bureau", "checked_date", "created_at"),
}  # fmt: skip

TERMS = {12: 15, 24: 20, 36: 30, 48: 20, 60: 15}
RATE_RANGES = (
    ((300, 600), 60),
    ((600, 1000), 30),
    ((1000, 1500), 10),
)  # in hundredths of a per cent
LOAN_STATUS = {"active": 70, "paid_off": 25, "delinquent": 5}
PAYMENT_STATUS = {"paid": 85, "pending": 10, "late": 4, "missed": 1}
EMPLOYMENT = {"employed": 75, "self_employed": 15, "unemployed": 5, "retired": 5}
BUREAUS = {"Experian": 33, "Equifax": 33, "TransUnion": 34}

# For the drivers whose library has no names of its own.
FIRST_NAMES = tuple(
    """James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara
    Richard Susan Joseph Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy
    Matthew Betty Anthony Margaret Mark Sandra Donald Ashley Steven Kimberly Paul Emily
    Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Dorothy George Melissa
    Edward Deborah Ronald Stephanie Timothy Rebecca Jason Sharon Jeffrey Laura Ryan Cynthia
    Jacob Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Anna Stephen Brenda Larry
    Pamela Justin Emma Scott Nicole Brandon Helen Benjamin Samantha Samuel Katherine Gregory
    Christine Frank Debra Alexander Rachel Raymond Carolyn Patrick Janet Jack Catherine
    Dennis Maria Jerry Heather""".split()  # noqa: SIM905 - read as text
)
LAST_NAMES = tuple(
    """Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez
    Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson
    White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott
    Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
    Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart
    Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed
    Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray
    Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez""".split()  # noqa: SIM905 - read as text
)


def counts(scale: float) -> dict[str, int]:
    """Rows of each table at `scale`."""
    return {table: max(1, round(n * scale)) for table, n in COUNTS.items()}


def statement(table: str) -> str:
    """The head of one INSERT statement, up to and with the line end after VALUES."""
    names = ", ".join(f'"{name}"' for name in COLUMNS[table])
    return f'INSERT INTO "{table}" ({names}) VALUES\n'


def loan_of_payment(payment: int) -> tuple[int, int]:
    """
    Loan index and payment number of a payment index: seven payments for each two loans.

    This is the even fan-out: loans have four and three payments in turn.
    """
    loan = payment * 2 // 7
    return loan, payment - -(-loan * 7 // 2) + 1


def parser(description: str | None, *, workers: bool = False) -> argparse.ArgumentParser:
    """The command line that the drivers share."""
    made = argparse.ArgumentParser(description=(description or "").strip().splitlines()[0])
    made.add_argument("--scale", type=float, default=1.0, help="times 5,000 rows")
    made.add_argument("--out", default="-", help="a file, or - for standard output")
    made.add_argument("--seed", type=int, default=1)
    if workers:
        made.add_argument("--workers", type=int, default=1, help="processes or threads")
    return made


@contextlib.contextmanager
def opened(out: str) -> Iterator[BinaryIO]:
    """`out` as a binary file, standard output for "-"."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with Path(out).open("wb") as file:
            yield file
