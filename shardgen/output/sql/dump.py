"""
The text of a dump around its rows: comments, table definitions, transaction, keys, sequences.

Nothing here depends on when, where or by how many processes the dump is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.version import VERSION
from shardgen.plan.plan import Plan


def head(plan: Plan) -> bytes:
    """Return everything before the first row."""
    dialect = DIALECTS[plan.dialect]
    lines = [f"-- {line}\n" for line in _comments(plan)]
    lines += _statements(dialect.begin())
    if plan.ddl:
        lines.append("\n")
        tables = plan.catalog_tables()
        lines += [f"{dialect.create_table(table, plan.catalog)};\n\n" for table in tables]
    lines += _statements(dialect.begin_data())
    if not plan.ddl:
        lines += _statements(dialect.defer(plan.catalog))
    return "".join(lines).encode()


def foot(plan: Plan) -> bytes:
    """Return everything after the last row."""
    dialect = DIALECTS[plan.dialect]
    tables = list(plan.catalog_tables())
    lines = ["\n", *_statements(dialect.end_data(tables))]
    if plan.ddl:
        lines += _statements(dialect.after_rows(tables, plan.catalog))
    else:
        lines += _statements(dialect.end_defer(plan.catalog))
    lines += _statements(dialect.end())
    return "".join(lines).encode()


def _statements(statements: Iterable[str]) -> list[str]:
    return [f"{statement};\n" for statement in statements]


def _comments(plan: Plan) -> Iterator[str]:
    schema, dialect = plan.schema, DIALECTS[plan.dialect]
    version = f" {schema.version}" if schema.version else ""
    yield _one_line(f"shardgen {VERSION}: {schema.name}{version} for {dialect.title}")
    edges = f", edge cases {plan.edge_case_probability:g}" if plan.edge_case_probability else ""
    yield f"seed {plan.seed}, as of {plan.as_of}{edges}"
    counts = ", ".join(f"{table.name} {table.rows}" for table in plan.tables)
    yield _one_line(f"{plan.rows} rows: {counts}")
    yield _one_line(f"load with: {dialect.load_command(schema.name, f'{schema.name}.sql')}")


def _one_line(text: str) -> str:
    """A comment ends with its line, so nothing in it may end the line."""
    return " ".join(text.split())
