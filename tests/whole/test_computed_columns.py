"""A column that the database computes is in no format's rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import shardgen

SCHEMA: dict[str, Any] = {
    "schema_version": "1.0",
    "name": "computed",
    "database_type": ["postgres", "mysql", "sqlite"],
    "tables": [
        {
            "name": "app.t",
            "record_count": 20,
            "columns": [
                {"name": "twice", "type": "int", "nullable": True, "generated": "n + n"},
                {"name": "id", "type": "int", "primary_key": True},
                {"name": "n", "type": "int"},
            ],
        }
    ],
}


@pytest.mark.parametrize("form", ["csv", "jsonl", "insert"])
def test_no_format_has_it_in_a_row(form: str, tmp_path: Path) -> None:
    """Neither its name nor its value: rows have the columns beside it."""
    out = tmp_path / ("out.sql" if form == "insert" else "out")
    if form != "insert":
        out.mkdir()
    shardgen.run(SCHEMA, out, workers=1, format=form)
    if form == "insert":
        assert 'INSERT INTO "app"."t" ("id","n")' in out.read_text()
        return
    (file,) = (path for path in out.iterdir() if path.suffix == f".{form}")
    first = file.read_text().splitlines()[0]
    names = first.split(",") if form == "csv" else list(json.loads(first))
    assert ["id", "n"] == names
    assert {"id", "n"} == shardgen.generate(SCHEMA).tables["app.t"].rows[0].keys()
