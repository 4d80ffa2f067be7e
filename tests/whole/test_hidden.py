"""Hidden columns: computed, read by others, and written nowhere."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from support.databases import SQLite
from support.keys import ID, key, raw_schema, table
from support.schemas import load_mistakes

import shardgen
from shardgen.schema.model import Schema

HIDDEN = {"hidden": True}
KIND = {
    "type": "varchar(10)",
    "generator": "choice",
    "generator_params": {
        "values": [{"value": "Post", "weight": 3}, {"value": "Image", "weight": 1}]
    },
}


def computed(kind: str, text: str) -> dict[str, Any]:
    return {"type": kind, "generator": "expression", "generator_params": {"expression": text}}


COMMENTS: dict[str, Any] = {
    "id": ID,
    "on_type": KIND,
    "post_id": key("posts", hidden=True),
    "image_id": key("images", hidden=True),
    "on_id": computed("bigint", "case when on_type = 'Post' then post_id else image_id end"),
}


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """A reference to one of two tables, the kind of which stands beside it."""
    raw = raw_schema(
        table("posts", 50, {"id": ID}),
        table("images", 20, {"id": ID}),
        table("comments", 400, COMMENTS),
        databases=("sqlite", "postgres", "mysql"),
    )
    path = tmp_path / "hidden.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_a_dump_has_no_hidden_column_and_no_key_of_it(schema, dialect, tmp_path):
    """Not in the tables, not in the rows, not in a constraint."""
    shardgen.run(schema, tmp_path / "dump.sql", dialect=dialect)
    text = (tmp_path / "dump.sql").read_text(encoding="utf-8")
    assert "on_id" in text
    assert "post_id" not in text
    assert "REFERENCES" not in text


def test_what_reads_hidden_columns_has_their_values(schema, tmp_path):
    """In SQLite, in CSV and in Python alike; a comment is on a post or an image that is there."""
    made = shardgen.generate(schema).tables["comments"].rows
    assert ["id", "on_type", "on_id"] == [*made[0]]
    assert all(1 <= row["on_id"] <= {"Post": 50, "Image": 20}[row["on_type"]] for row in made)
    assert 0.65 < sum(row["on_type"] == "Post" for row in made) / len(made) < 0.85
    shardgen.run(schema, tmp_path / "out", format="csv", workers=1)
    with (tmp_path / "out" / "comments.csv").open(encoding="utf-8", newline="") as file:
        rows = [(int(row["id"]), row["on_type"], int(row["on_id"])) for row in csv.DictReader(file)]
    assert [tuple(row.values()) for row in made] == rows
    shardgen.run(schema, tmp_path / "dump.sql", dialect="sqlite")
    database = SQLite(Path(":memory:"))
    database.load(tmp_path / "dump.sql")
    assert rows == database.query("SELECT * FROM comments ORDER BY id")
    database.close()


def test_hiding_a_column_changes_no_other():
    """The others have the values that they have beside one that is written."""

    def ids(**written: Any) -> list[Any]:
        columns = COMMENTS | written
        tables = (table("posts", 50, {"id": ID}), table("images", 20, {"id": ID}))
        raw = raw_schema(*tables, table("comments", 60, columns))
        made = shardgen.generate(parsed(raw)).tables["comments"].rows
        return [row["on_id"] for row in made]

    assert ids() == ids(post_id=key("posts"), image_id=key("images"))


def parsed(raw: dict[str, Any]) -> Schema:
    from support.binding import parse_schema

    return parse_schema(json.dumps(raw).encode(), "hidden")


SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "key": ({"id": ID | HIDDEN, "x": {"type": "int"}}, "the column is part of a key"),
    "unique": ({"id": ID, "x": {"type": "int", "unique": True} | HIDDEN}, "is part of a key"),
    "default": ({"id": ID, "x": {"type": "int", "default": 1} | HIDDEN}, "has a default"),
    "all": ({"x": {"type": "int"} | HIDDEN}, "all columns of the table are hidden"),
}


@pytest.mark.parametrize(("columns", "what"), SPOILT.values(), ids=[*SPOILT])
def test_what_a_database_would_have_of_it_is_refused(columns: dict[str, Any], what: str) -> None:
    """By name, with the way out."""
    (mistake,) = load_mistakes(raw_schema(table("t", 5, columns)))
    assert what in mistake
    assert "; " in mistake
