"""
The row-by-row script that the Faker and the Mimesis driver share: f-strings, one row at a time.

The library makes the cells (see `Cells`), the random module the numbers. With more than one worker,
slices of 2,000 loans or 7,000 payments go through a multiprocessing pool and are written in order.
The loans made are kept, as their payments are computed from them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

import job

T = TypeVar("T")
Loan = tuple[float, float, int, dt.date]  # amount, yearly rate in per cent, months, funded
Task = tuple[
    str, int, int, list[Loan]
]  # table, row range, and for payments the loans from its first one
ROWS_PER_TASK = {"borrowers": 2000, "loans": 2000, "payments": 7000, "credit_scores": 2000}


class Cells(Protocol):
    """What a library is asked for, one cell at a time."""

    def __init__(self, seed: int, *, lean: bool) -> None: ...
    def first_name(self) -> str: ...
    def last_name(self) -> str: ...
    def phone(self) -> str: ...
    def day(self, most: int, least: int) -> dt.date: ...
    def moment(self, most: int, least: int) -> dt.datetime: ...
    def pick(self, weights: Mapping[T, int]) -> T: ...


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (
        (29 if year % 4 == 0 else 28)
        if month == 1
        else (31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month]
    )
    return dt.date(year, month + 1, min(day.day, last))


def quoted(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def borrowers(cells: Cells, first: int, last: int) -> Iterator[str]:
    for row in range(first, last):
        given, family = cells.first_name(), cells.last_name()
        email = f"{given}.{family}{row + 1}@example.com".lower().replace(" ", "").replace("'", "")
        phone = "NULL" if random.random() < 0.1 else quoted(cells.phone())
        ssn = "NULL" if random.random() < 0.1 else f"'{random.randrange(10_000):04d}'"
        income = min(max(round(random.lognormvariate(11.08, 0.6), -3), 25_000), 500_000)
        yield (
            f"({row + 1},{quoted(given)},{quoted(family)},'{email}',{phone},'{cells.day(75 * 365, 21 * 365)}',"
            f"{ssn},{income:.2f},'{cells.pick(job.EMPLOYMENT)}','{cells.moment(730, 30)}')"
        )


def loans(cells: Cells, first: int, last: int, parents: int, made: list[Loan]) -> Iterator[str]:
    width = 5 if last < 100_000 else 8
    for row in range(first, last):
        amount = min(max(round(random.lognormvariate(10.82, 0.8), -2), 5_000), 500_000)
        low, high = cells.pick(dict(job.RATE_RANGES))
        rate, term, funded = (
            random.randint(low, high) / 100,
            cells.pick(job.TERMS),
            cells.day(730, 1),
        )
        made.append((amount, rate, term, funded))
        yield (
            f"({row + 1},{random.randint(1, parents)},'LN-{funded:%Y%m%d}-{row + 1:0{width}d}',{amount:.2f},{rate:.2f},"
            f"{term},'{cells.pick(job.LOAN_STATUS)}','{funded}','{months_later(funded, term)}','{cells.moment(365, 0)}')"
        )


def payments(cells: Cells, first: int, last: int, made: list[Loan]) -> Iterator[str]:
    offset = job.loan_of_payment(first)[0]
    for row in range(first, last):
        loan, number = job.loan_of_payment(row)
        amount, rate, term, funded = made[loan - offset]
        monthly = rate / 1200
        growth = (1 + monthly) ** term
        payment = round(amount * monthly * growth / (growth - 1), 2)
        paid = (1 + monthly) ** (number - 1)
        interest = round((amount * paid - payment * (paid - 1) / monthly) * monthly, 2)
        yield (
            f"({row + 1},{loan + 1},{number},'{months_later(funded, number)}',{payment:.2f},{payment - interest:.2f},"
            f"{interest:.2f},'{cells.pick(job.PAYMENT_STATUS)}','{cells.moment(365, 0)}')"
        )


def credit_scores(cells: Cells, first: int, last: int) -> Iterator[str]:
    for row in range(first, last):
        score = min(max(round(random.gauss(680, 80)), 300), 850)
        yield (
            f"({row + 1},{row + 1},{score},'{cells.pick(job.BUREAUS)}','{cells.day(365, 1)}','{cells.moment(365, 0)}')"
        )


def sql(table: str, first: int, rows: Iterable[str], total: int) -> bytes:
    """The rows as statements of 1,000, opened and closed where the table's row numbers say so."""
    text = []
    for number, row in enumerate(rows, first):
        if number % job.ROWS_PER_STATEMENT == 0:
            text.append(job.statement(table))
        text.append(row)
        text.append(
            ";\n" if (number + 1) % job.ROWS_PER_STATEMENT == 0 or number + 1 == total else ",\n"
        )
    return "".join(text).encode()


class Script:
    """One process' share: the library set up once, then tasks."""

    def __init__(self, library: type[Cells], options: argparse.Namespace) -> None:
        self.counts = job.counts(options.scale)
        self.seed = options.seed
        self.cells = library(options.seed, lean=options.lean)

    def run(self, task: Task) -> tuple[bytes, list[Loan]]:
        table, first, last, parents = task
        random.seed(f"{self.seed}/{table}/{first}")
        made: list[Loan] = []
        if table == "borrowers":
            rows = borrowers(self.cells, first, last)
        elif table == "loans":
            rows = loans(self.cells, first, last, self.counts["borrowers"], made)
        elif table == "payments":
            rows = payments(self.cells, first, last, parents)
        else:
            rows = credit_scores(self.cells, first, last)
        return sql(table, first, rows, self.counts[table]), made


def tasks(table: str, rows: int, made: list[Loan]) -> Iterator[Task]:
    step = ROWS_PER_TASK[table]
    for first in range(0, rows, step):
        last = min(first + step, rows)
        low, high = (job.loan_of_payment(row)[0] for row in (first, last - 1))
        yield table, first, last, made[low : high + 1] if table == "payments" else []


_script: Script


def _start(library: type[Cells], options: argparse.Namespace) -> None:
    global _script  # noqa: PLW0603 - what a pool initialiser is for
    _script = Script(library, options)


def _run(task: Task) -> tuple[bytes, list[Loan]]:
    return _script.run(task)


def main(description: str | None, library: type[Cells]) -> None:
    parser = job.parser(description, workers=True)
    parser.add_argument(
        "--lean", action="store_true", help="ask the library for names and phones only"
    )
    options = parser.parse_args()
    counts = job.counts(options.scale)
    made: list[Loan] = []
    with job.opened(options.out) as out:
        if options.workers == 1:
            _start(library, options)
            _write(out, map, counts, made)
        else:
            with multiprocessing.Pool(options.workers, _start, (library, options)) as pool:
                _write(out, pool.imap, counts, made)
                pool.close()
                pool.join()


def _write(out, mapped, counts, made) -> None:  # type: ignore[no-untyped-def]  # map and Pool.imap share no type
    for table, rows in counts.items():
        for text, loans_made in mapped(_run, tasks(table, rows, made)):
            made.extend(loans_made)
            out.write(text)
