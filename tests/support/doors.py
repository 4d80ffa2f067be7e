"""A schema with all that a format may get wrong, and how rows are compared with the library's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.databases import python_value

import shardgen
from shardgen.schema.model import Schema

ODD = (
    *("", "NULL", "null", r"\N", "\\", "a,b", 'say "so"', "a\tb", "two\nlines", "cr\rhere"),
    *("it's", "😀", "日本語", " ", "{}", "0012", "true", "2024-01-01", "'"),
)
"""Texts that some reader would take for something else."""
JSON = ('{"a": [1, 2.50, "ü"]}', '{"b": null,\n "c": "\\"\\\\"}', "[]", "[1e3]", '{"d": "😀"}')
ROWS = 300
TYPES = (
    *("tinyint", "smallint", "int", "bigint", "decimal(12,2)", "decimal(30,4)", "float", "double"),
    *("varchar(20)", "text", "char(8)", "date", "datetime", "timestamp", "boolean", "uuid"),
    *("enum('a','it''s')", "time", "interval", "varbinary(5)", "bit(12)", "bigint unsigned"),
    *("timestamp(6)", "datetime(3)", "decimal(18,9)", "smallint unsigned"),
    *("int[]", "text[]", "decimal(8,2)[]", "date[]"),
)


def _choice(kind: str, *texts: str) -> dict[str, Any]:
    values = [{"value": text, "weight": 1} for text in texts]
    return {"type": kind, "generator": "weighted", "generator_params": {"values": values}}


def every_cell(*databases: str) -> Schema:
    """Return a schema of two tables with every kind of value, each with and without nulls."""
    columns: dict[str, Any] = {"id": {"type": "bigint", "primary_key": True}}
    for n, kind in enumerate(TYPES):
        columns[f"c{n}"] = {"type": kind}
        columns[f"n{n}"] = {"type": kind, "nullable": True}
    columns["odd"] = _choice("varchar(40)", *ODD)
    columns["maybe odd"] = _choice("varchar(40)", *ODD) | {"nullable": True}
    columns["maybe odd"]["generator_params"]["null_probability"] = 0.3
    columns["json"] = _choice("json", *JSON)
    columns["made"] = {
        "type": "varchar(80)",
        "generator": "expression",
        "generator_params": {"expression": "odd || '-' || id"},
    }
    child = {
        "id": {"type": "int", "primary_key": True},
        "cell_id": {
            "type": "bigint",
            "nullable": True,
            "foreign_key": {"table": "cells", "column": "id"},
        },
    }
    tables = {
        "cells": {"rows": ROWS, "columns": columns},
        "odd, \"name\" 'é'": {"rows": 50, "columns": child},
    }
    return shardgen.schema("doors", tables, database_type=list(databases or ("postgres",)))


def expected(schema: Schema, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of `generate`, each value as what all databases mean by it."""
    made = shardgen.generate(schema, edge_case_probability=0.1, **options)
    return {
        table.name: [
            {c.name: python_value(row[c.name], c) for c in table.columns}
            for row in made.tables[table.name].rows
        ]
        for table in schema.tables
    }


def write(schema: Schema, out: Path, **options: Any) -> shardgen.Summary:
    """Write the same rows to files."""
    return shardgen.run(schema, out, edge_case_probability=0.1, **options)


Rows = list[dict[str, Any]]


def differences(rows: Rows, found: Rows) -> list[tuple[int, str, Any, Any]]:
    """Return the first cells that differ: row, column, what was expected, and what was found."""
    assert len(rows) == len(found)
    cells = (
        (n, name, row[name], other[name])
        for n, (row, other) in enumerate(zip(rows, found, strict=True))
        for name in row.keys() | other.keys()
        if row[name] != other[name]
    )
    return [cell for _, cell in zip(range(5), cells, strict=False)]
