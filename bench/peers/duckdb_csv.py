"""fintech-loans with DuckDB as CSV: COPY of each query, with a header line, to one stream."""

from __future__ import annotations

import duckdb_sql
import job


def copy(table: str, query: str, rows: int) -> str:
    del rows
    columns = ", ".join(job.COLUMNS[table])
    return f"COPY (SELECT {columns} FROM ({query})) TO 'TARGET' (FORMAT csv, HEADER true)"


if __name__ == "__main__":
    duckdb_sql.run(job.parser(__doc__, workers=True).parse_args(), copy)
