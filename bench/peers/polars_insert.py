"""
fintech-loans with Polars as INSERT text: whole columns, then DataFrame.write_csv without quoting.

Random numbers come from NumPy (Polars draws none in an expression). Dates, times and statuses are
gathered from pools of finished text, amounts are decimals, and the id column carries the brackets and
statement heads. Tried and slower: formatting dates by write_csv, floats, pl.format of all columns.
"""

from __future__ import annotations

import os
import sys

if "--workers" in sys.argv:  # the pool is sized when Polars is imported
    os.environ["POLARS_MAX_THREADS"] = sys.argv[sys.argv.index("--workers") + 1]

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import job
import numpy as np
import polars as pl

ROWS = 70_000  # of one DataFrame: whole statements, and whole loans
DAYS = 731  # the oldest loan

# Texts by index, quotes included; days count back from AS_OF where not said otherwise.
_days = np.datetime64(job.AS_OF, "D") - np.arange(76 * 365)
DATE = pl.Series([f"'{day}'" for day in _days.astype(str)])
DATE_OF_TIMESTAMP = pl.Series([f"'{day} " for day in _days[: DAYS + 1].astype(str)])
LOAN_NUMBER = pl.Series([f"'LN-{day:%Y%m%d}-" for day in _days[: DAYS + 1].astype(object)])
TIME = pl.Series([f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}'" for n in range(86_400)])


def _months_later() -> np.ndarray:
    """Days since the epoch by (days before AS_OF, months later), at most the last day of that month."""
    funded = _days[: DAYS + 1, None]
    month = funded.astype("M8[M]")
    later = month + np.arange(61)
    last = (later + 1).astype("M8[D]") - np.timedelta64(1, "D")
    return np.minimum(later.astype("M8[D]") + (funded - month), last)


LATER = _months_later()
LATER_DATE = pl.Series([f"'{day}'" for day in np.arange(LATER.min(), LATER.max() + 1).astype(str)])
LATER = (LATER - LATER.min()).astype(np.int32)


def money(amounts: np.ndarray) -> pl.Series:
    return pl.Series(amounts).cast(pl.Decimal(12, 2))


class Draws:
    """Random columns of `n` rows."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.Generator(np.random.SFC64(seed))

    def below(self, high: int, n: int) -> np.ndarray:
        return self.rng.integers(high, size=n, dtype=np.uint32)

    def pick(self, weights: Mapping[object, int], n: int) -> pl.Series:
        values = [value for value, weight in weights.items() for _ in range(weight)]
        return pl.Series(values).gather(self.below(len(values), n))

    def text(self, weights: Mapping[str, int], n: int) -> pl.Series:
        """Picked and quoted; the quotes are in the pool."""
        return self.pick({f"'{value}'": weight for value, weight in weights.items()}, n)

    def day(self, most: int, least: int, n: int) -> np.ndarray:
        """Days before AS_OF."""
        return least + self.below(most - least + 1, n)

    def moment(self, most: int, least: int, n: int) -> pl.Series:
        day, second = self.below(most - least, n) + least, self.below(86_400, n)
        return DATE_OF_TIMESTAMP.gather(day) + TIME.gather(second)


def borrowers(draw: Draws, ids: np.ndarray) -> pl.DataFrame:
    n = len(ids)
    first, last = (
        draw.pick(dict.fromkeys(names, 1), n) for names in (job.FIRST_NAMES, job.LAST_NAMES)
    )
    phones = pl.DataFrame(
        {
            "a": draw.below(800, n) + 200,
            "b": draw.below(800, n) + 200,
            "c": draw.below(9000, n) + 1000,
        }
    )
    return pl.DataFrame({"id": ids, "first": first, "last": last}).select(
        "id",
        first_name="'" + pl.col("first") + "'",
        last_name="'" + pl.col("last") + "'",
        email=pl.format(
            "'{}.{}{}@example.com'",
            pl.col("first").str.to_lowercase(),
            pl.col("last").str.to_lowercase(),
            "id",
        ),
        phone=phones.select(
            pl.when(pl.Series(draw.below(10, n)) > 0)
            .then(pl.format("'{}-{}-{}'", "a", "b", "c"))
            .otherwise(pl.lit("NULL"))
        ).to_series(),
        date_of_birth=DATE.gather(draw.day(75 * 365, 21 * 365, n)),
        ssn_last_4=pl.select(
            pl.when(pl.Series(draw.below(10, n)) > 0)
            .then(pl.format("'{}'", pl.Series(draw.below(10_000, n)).cast(pl.String).str.zfill(4)))
            .otherwise(pl.lit("NULL"))
        ).to_series(),
        annual_income=money(
            np.clip(np.round(draw.rng.lognormal(11.08, 0.6, n), -3), 25_000, 500_000)
        ),
        employment_status=draw.text(job.EMPLOYMENT, n),
        created_at=draw.moment(730, 30, n),
    )


def loans(
    draw: Draws, ids: np.ndarray, parents: int, width: int
) -> tuple[pl.DataFrame, np.ndarray]:
    """The loans, and of each what its payments need: days since it was funded, payment, monthly rate, amount."""
    n = len(ids)
    low = np.asarray([low for (low, _), weight in job.RATE_RANGES for _ in range(weight)])[
        draw.below(100, n)
    ]
    span = np.where(low == 300, 300, np.where(low == 600, 400, 500))
    rate = (low + draw.below(1 << 16, n) * span // (1 << 16)) / 100
    terms = np.asarray([term for term, weight in job.TERMS.items() for _ in range(weight)])[
        draw.below(100, n)
    ]
    amount = np.clip(np.round(draw.rng.lognormal(10.82, 0.8, n), -2), 5_000, 500_000)
    funded = draw.day(730, 1, n)
    growth = (1 + rate / 1200) ** terms
    payment = np.round(amount * rate / 1200 * growth / (growth - 1), 2)
    frame = pl.DataFrame(
        {
            "id": ids,
            "borrower_id": draw.below(parents, n) + 1,
            "loan_number": LOAN_NUMBER.gather(funded)
            + pl.Series(ids).cast(pl.String).str.zfill(width)
            + "'",
            "amount": money(amount),
            "interest_rate": money(rate),
            "term_months": terms,
            "status": draw.text(job.LOAN_STATUS, n),
            "funded_date": DATE.gather(funded),
            "maturity_date": LATER_DATE.gather(LATER[funded, terms]),
            "created_at": draw.moment(365, 0, n),
        }
    )
    return frame, np.stack((funded, payment, rate / 1200, amount))


def payments(draw: Draws, ids: np.ndarray, made: np.ndarray) -> pl.DataFrame:
    n = len(ids)
    loan = (ids - 1) * 2 // 7
    number = ids - (loan * 7 + 1) // 2
    funded, payment, monthly, amount = made[:, loan]
    paid = (1 + monthly) ** (number - 1)
    interest = np.round((amount * paid - payment * (paid - 1) / monthly) * monthly, 2)
    return pl.DataFrame(
        {
            "id": ids,
            "loan_id": loan + 1,
            "payment_number": number,
            "payment_date": LATER_DATE.gather(LATER[funded.astype(np.int32), number]),
            "amount": money(payment),
            "principal": money(payment - interest),
            "interest": money(interest),
            "status": draw.text(job.PAYMENT_STATUS, n),
            "created_at": draw.moment(365, 0, n),
        }
    )


def credit_scores(draw: Draws, ids: np.ndarray) -> pl.DataFrame:
    n = len(ids)
    score = np.clip(np.round(draw.rng.normal(680, 80, n)), 300, 850).astype(np.int32)
    return pl.DataFrame(
        {
            "id": ids,
            "borrower_id": ids,
            "score": score,
            "bureau": draw.text(job.BUREAUS, n),
            "checked_date": DATE.gather(draw.day(365, 1, n)),
            "created_at": draw.moment(365, 0, n),
        }
    )


def write(out: BinaryIO, table: str, frame: pl.DataFrame, total: int) -> None:
    """
    The frame as INSERT text; its first row begins a statement.

    There is no line end to write: the id column's text closes the row before it and opens its own.
    """
    head = job.statement(table)
    row = pl.col("id")
    opening = (
        pl.when(row % job.ROWS_PER_STATEMENT == 1)
        .then(pl.lit(f");\n{head}("))
        .otherwise(pl.lit("),\n("))
    )
    if frame["id"][0] == 1:
        opening = pl.when(row == 1).then(pl.lit(f"{head}(")).otherwise(opening)
    frame.with_columns(id=opening + row.cast(pl.String)).write_csv(
        out,
        include_header=False,
        line_terminator="",
        quote_style="never",
    )
    if frame["id"][-1] == total:
        out.write(b");\n")


def frames(draw: Draws, counts: Mapping[str, int]) -> Iterator[tuple[str, pl.DataFrame]]:
    made = []
    width = max(5, len(str(counts["loans"])))
    for table, rows in counts.items():
        if table == "payments":
            stored = np.concatenate(made, axis=1)
        for first in range(0, rows, ROWS):
            ids = np.arange(first + 1, min(first + ROWS, rows) + 1)
            if table == "borrowers":
                yield table, borrowers(draw, ids)
            elif table == "loans":
                frame, terms = loans(draw, ids, counts["borrowers"], width)
                made.append(terms)
                yield table, frame
            elif table == "payments":
                yield table, payments(draw, ids, stored)
            else:
                yield table, credit_scores(draw, ids)


def main() -> None:
    options = job.parser(__doc__, workers=True).parse_args()
    counts = job.counts(options.scale)
    with job.opened(options.out) as out:
        for table, frame in frames(Draws(options.seed), counts):
            write(out, table, frame, counts[table])


if __name__ == "__main__":
    main()
