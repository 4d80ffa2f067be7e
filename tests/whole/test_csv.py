"""CSV in other tools: PostgreSQL and Python read from it what a dump holds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from support.databases import new_database

import shardgen
from shardgen.plan.load import load_schema
from shardgen.schema.catalog import Catalog

SCHEMAS = ("fintech-loans", "retail-ecommerce", "healthcare-patients")


def write(name: str, out: Path, **options: object) -> None:
    shardgen.run(name, out, options=shardgen.Options(edge_case_probability=0.1, **options))


@pytest.mark.postgres
@pytest.mark.parametrize("name", SCHEMAS)
def test_postgres_copies_from_csv_what_a_dump_holds(name, request, tmp_path):
    """Each file goes into a table as it is, and has every row of the dump's, NULL for NULL."""
    write(name, tmp_path / "dump.sql", dialect="postgres")
    write(name, tmp_path / "csv", format="csv")
    with new_database("postgres", request, tmp_path) as database:
        database.load(tmp_path / "dump.sql")
        lines = []
        for table in Catalog(load_schema(name)).tables:
            quoted, path = database.quote(table.name), tmp_path / "csv" / f"{table.name}.csv"
            lines.append(f'CREATE TABLE "copy of {table.name}" (LIKE {quoted});')
            lines.append(f"\\copy \"copy of {table.name}\" FROM '{path}' WITH (FORMAT csv, HEADER)")
        (tmp_path / "load.sql").write_text("\n".join(lines) + "\n")
        database.load(tmp_path / "load.sql")
        for table in Catalog(load_schema(name)).tables:
            one, two = f'SELECT * FROM "{table.name}"', f'SELECT * FROM "copy of {table.name}"'
            if any(column.sql_type.name == "json" for column in table.columns):
                continue  # which has no equality
            for here, there in ((one, two), (two, one)):
                assert [] == database.query(f"{here} EXCEPT ALL {there}")
            assert database.count(table.name) == database.count(f"copy of {table.name}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_python_reads_the_text_of_every_cell(name, tmp_path):
    """Its reader, which knows no NULL, has the same columns, rows and texts."""
    write(name, tmp_path / "csv", format="csv")
    made = shardgen.generate(name, edge_case_probability=0.1)
    for table in Catalog(made.schema).as_written.tables:
        with (tmp_path / "csv" / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        rows = made.tables[table.name].rows
        assert len(rows) == len(found)
        texts = [c.name for c in table.columns if c.sql_type.family == "text"]
        for column in texts:
            assert [row[column] or "" for row in rows] == [row[column] for row in found]
