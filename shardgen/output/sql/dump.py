"""
The text of a dump around its rows: comments, table definitions, transaction, keys, sequences.

Nothing here depends on when, where or by how many processes the dump is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shardgen.output.format import Contents
from shardgen.output.sql.dialect import Dialect
from shardgen.output.version import VERSION


def dump_header(
    contents: Contents,
    dialect: Dialect,
    *,
    ddl: bool,
    load: str | None = None,
    triggers: bool = True,
) -> bytes:
    """
    Return everything before the first row; CREATE TABLE is in it where `ddl` says so.

    Without `triggers` none run as rows are loaded. `load` is the command that loads it, where that
    is not the dialect's; "" for none.
    """
    catalog = contents.catalog.of_tables(contents.counts)
    lines = [f"{dialect.comment(text)}\n" for text in _comments(contents, dialect, load)]
    lines += _statements(dialect.begin())
    if ddl:
        lines.append("\n")
        made = (*dialect.create_schemas(catalog), *dialect.create_types(catalog))
        lines += [f"{statement};\n\n" for statement in made]
        for table in contents.tables():
            lines.append(f"{dialect.create_table(table, catalog)};\n\n")
            comments = _statements(dialect.comments(table))
            lines += [*comments, "\n"] if comments else []
    lines += _statements(dialect.begin_data())
    if not ddl:
        lines += _statements(() if triggers else dialect.triggers_off(contents.tables()))
        lines += _statements(dialect.defer(catalog))
    lines += _statements(dialect.begin_waiting(catalog, ddl=ddl))
    return "".join(lines).encode()


def dump_footer(contents: Contents, dialect: Dialect, *, ddl: bool, triggers: bool = True) -> bytes:
    """Return everything after the last row; keys and indexes are in it where `ddl` says so."""
    tables, catalog = list(contents.tables()), contents.catalog.of_tables(contents.counts)
    lines = ["\n", *_statements(dialect.end_waiting(catalog, ddl=ddl))]
    lines += _statements(dialect.end_data(tables, ddl=ddl))
    if ddl:
        lines += _statements(dialect.after_rows(tables, catalog))
    else:
        lines += _statements(dialect.end_defer(catalog))
        lines += _statements(() if triggers else dialect.triggers_on())
    lines += _statements(dialect.end())
    return "".join(lines).encode()


def _statements(statements: Iterable[str]) -> list[str]:
    return [f"{statement};\n" for statement in statements]


def _comments(contents: Contents, dialect: Dialect, load: str | None) -> Iterator[str]:
    schema, share = contents.catalog.schema, contents.edge_case_probability
    version = f" {schema.version}" if schema.version else ""
    yield f"shardgen {VERSION}: {schema.name}{version} for {dialect.title}"
    edges = f", edge cases {share:g}" if share else ""
    yield f"seed {contents.seed}, as of {contents.as_of}{edges}"
    counts = ", ".join(f"{name} {rows}" for name, rows in contents.counts.items())
    yield f"{contents.rows} rows: {counts}"
    # FILE is not the name that was asked for: a dump's bytes depend on no name, and outlive it.
    command = dialect.load_command(schema.name, "FILE") if load is None else load
    if command:
        yield f"load with: {command}"
