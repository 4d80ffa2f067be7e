"""
The four tables of fintech-loans as DuckDB SQL over row numbers, for duckdb_insert.py and duckdb_csv.py.

Only the loans are stored, as their payments are computed from them; the other tables are queries.
A table scan, unlike range(), is shared out among threads, and keeps its order through projections
and unnest (a hash join does not: on two threads the payments came out of order).
"""

from __future__ import annotations

import shutil
import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import job


def pick(weights: Mapping[object, int]) -> str:
    """An SQL expression that draws a value by its weight: an index into a list of 100 values."""
    values = [value for value, weight in weights.items() for _ in range(weight)]
    return f"({values!r})[1 + (random() * {len(values)})::INTEGER % {len(values)}]"


def moment(most: int, least: int) -> str:
    """An SQL expression for a timestamp `most` to `least` days ago, to the second."""
    span = (most - least) * 86_400
    return f"TIMESTAMP '{job.AS_OF} 00:00:00' - to_seconds({least * 86_400} + (random() * {span})::BIGINT)"


def day(most: int, least: int) -> str:
    """An SQL expression for a date `most` to `least` days ago."""
    return f"DATE '{job.AS_OF}' - ({least} + (random() * {most - least})::INTEGER)"


def lognormal(mu: float, sigma: float) -> str:
    """An SQL expression for a lognormal number, by the Box-Muller transform."""
    return f"exp({mu} + {sigma} * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))"


def queries(counts: Mapping[str, int]) -> dict[str, str]:
    """A SELECT for each table, its columns named and typed as in the schema; `loans` must exist for payments."""
    width = max(5, len(str(counts["loans"])))
    lows = pick({low: weight for (low, _), weight in job.RATE_RANGES})
    return {
        "borrowers": f"""
            SELECT id, first_name, last_name, lower(first_name) || '.' || lower(last_name) || id || '@example.com'
                AS email,
                CASE WHEN random() >= 0.1 THEN format('{{:03d}}-{{:03d}}-{{:04d}}', 200 + (random() * 799)::INTEGER,
                    200 + (random() * 799)::INTEGER, (random() * 9999)::INTEGER) END AS phone,
                {day(75 * 365, 21 * 365)} AS date_of_birth,
                CASE WHEN random() >= 0.1 THEN lpad(((random() * 9999)::INTEGER)::VARCHAR, 4, '0') END AS ssn_last_4,
                round(least(greatest({lognormal(11.08, 0.6)}, 25000), 500000), -3)::DECIMAL(12,2) AS annual_income,
                {pick(job.EMPLOYMENT)} AS employment_status, {moment(730, 30)} AS created_at
            FROM (SELECT range + 1 AS id, {pick(dict.fromkeys(job.FIRST_NAMES, 1))} AS first_name,
                {pick(dict.fromkeys(job.LAST_NAMES, 1))} AS last_name FROM (SELECT range FROM ids WHERE range < {counts["borrowers"]}))""",
        "loans": f"""
            SELECT id, borrower_id, 'LN-' || strftime(funded_date, '%Y%m%d') || '-' || lpad(id::VARCHAR, {width}, '0')
                AS loan_number, amount, (low + (random() * (CASE low WHEN 300 THEN 300 WHEN 600 THEN 400 ELSE 500 END))
                ::INTEGER)::INTEGER / 100::DECIMAL(5,2) AS interest_rate, term_months, status, funded_date,
                (funded_date + to_months(term_months))::DATE AS maturity_date, {moment(365, 0)} AS created_at
            FROM (SELECT range + 1 AS id, 1 + (random() * {counts["borrowers"] - 1})::INTEGER AS borrower_id,
                round(least(greatest({lognormal(10.82, 0.8)}, 5000), 500000), -2)::DECIMAL(12,2) AS amount,
                {lows} AS low, {pick(job.TERMS)} AS term_months, {pick(job.LOAN_STATUS)} AS status,
                {day(730, 1)} AS funded_date FROM (SELECT range FROM ids WHERE range < {counts["loans"]}))""",
        "payments": f"""
            SELECT id, loan_id, payment_number, payment_date, amount, (amount - interest)::DECIMAL(10,2) AS principal,
                interest, {pick(job.PAYMENT_STATUS)} AS status, {moment(365, 0)} AS created_at
            FROM (SELECT *, (((loan_amount * paid) - amount::DOUBLE * (paid - 1) / monthly) * monthly)::DECIMAL(10,2)
                AS interest
            FROM (SELECT (loan_id * 7 - 6) // 2 + payment_number AS id, *,
                (funded_date + to_months(payment_number))::DATE AS payment_date,
                interest_rate::DOUBLE / 1200 AS monthly, pow(1 + monthly, term_months) AS growth,
                pow(1 + monthly, payment_number - 1) AS paid,
                (loan_amount * monthly * growth / (growth - 1))::DECIMAL(10,2) AS amount
            FROM (SELECT id AS loan_id, amount::DOUBLE AS loan_amount, interest_rate, term_months,
                funded_date, unnest(CASE id % 2 WHEN 1 THEN [1, 2, 3, 4] ELSE [1, 2, 3] END)
                AS payment_number FROM loans)) WHERE id <= {counts["payments"]})""",
        "credit_scores": f"""
            SELECT range + 1 AS id, range + 1 AS borrower_id,
                round(least(greatest(680 + 80 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()), 300), 850))
                ::INTEGER AS score, {pick(job.BUREAUS)} AS bureau, {day(365, 1)} AS checked_date,
                {moment(365, 0)} AS created_at
            FROM (SELECT range FROM ids WHERE range < {counts["credit_scores"]})""",
    }


def run(options: Namespace, copy: Callable[[str, str, int], str]) -> None:
    """
    Write the tables one after another: `copy(table, query, rows)` is a COPY statement without its target.

    COPY opens its target anew, so for a file each table goes to one of its own, and these are joined.
    """
    counts = job.counts(options.scale)
    made = queries(counts)
    with duckdb.connect(config={"threads": options.workers}) as db:
        db.execute(f"SELECT setseed({options.seed % 1000 / 1000})")
        rows = max(counts[table] for table in ("borrowers", "loans", "credit_scores"))
        db.execute(f"CREATE TEMP TABLE ids AS FROM range({rows})")  # range() alone is one thread
        db.execute(f"CREATE TEMP TABLE loans AS {made['loans']}")
        made["loans"] = "FROM loans"
        if options.out == "-":
            for table, query in made.items():
                db.execute(copy(table, query, counts[table]).replace("TARGET", "/dev/stdout"))
            return
        with (
            tempfile.TemporaryDirectory(dir=Path(options.out).parent) as folder,
            Path(options.out).open("wb") as out,
        ):
            for table, query in made.items():
                target = Path(folder, table)
                db.execute(copy(table, query, counts[table]).replace("TARGET", str(target)))
                with target.open("rb") as file:
                    shutil.copyfileobj(file, out, 1 << 20)
