"""fintech-loans with DuckDB as INSERT text: each row a string made in SQL, COPY unquoted."""

from __future__ import annotations

import duckdb_sql
import job

NUMBERS = frozenset(
    [
        "id",
        "borrower_id",
        "loan_id",
        "annual_income",
        "amount",
        "principal",
        "interest",
        "interest_rate",
        "term_months",
        "payment_number",
        "score",
    ]
)
NULLABLE = frozenset(("phone", "ssn_last_4"))


def literal(column: str) -> str:
    """An SQL expression for one column's text within the row."""
    if column in NUMBERS:
        return column
    text = f"'''' || {column} || ''''"  # no value of this job holds a quote
    return f"coalesce({text}, 'NULL')" if column in NULLABLE else text


def copy(table: str, query: str, rows: int) -> str:
    size = job.ROWS_PER_STATEMENT
    head = job.statement(table)
    fields = " || ',' || ".join(literal(column) for column in job.COLUMNS[table])
    return f"""
        COPY (SELECT CASE WHEN id % {size} = 1 THEN '{head}(' ELSE '(' END || {fields} ||
                CASE WHEN id % {size} = 0 OR id = {rows} THEN ');' ELSE '),' END
            FROM ({query}))
        TO 'TARGET' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '')"""


if __name__ == "__main__":
    duckdb_sql.run(job.parser(__doc__, workers=True).parse_args(), copy)
