"""Folders that a run wrote, described by what is in their files."""

from __future__ import annotations

import json

import msgspec
import pytest

import shardgen
from shardgen.errors import PlanError
from shardgen.execution.description.differing import compare
from shardgen.execution.description.folder import describe_folder
from shardgen.execution.description.schema_rows import describe_schema
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options

FORMS = [
    {"format": "csv"},
    {"format": "csv", "compress": "gzip", "file_rows": 300},
    {"format": "tsv", "null": "\\N"},
    {"format": "jsonl"},
    {"format": "jsonl", "compress": "zstd"},
    {"format": "parquet"},
    {"format": "arrow"},
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(map(str, form.values())))
def test_the_rows_of_every_format_are_those_of_the_schema(tmp_path, form):
    """Number by number, with keys and all, and none is broken."""
    shardgen.run("saas-multitenant", tmp_path / "out", seed=2, workers=1, **form)
    here = describe_folder(tmp_path / "out")
    there = describe_schema("saas-multitenant", Options(seed=2), like=here)
    assert () == compare(here, there).differences
    assert [] == [promise for promise in here.promises if promise.broken != 0]
    for one, other in zip(here.tables, there.tables, strict=True):
        assert (one.name, one.rows, one.relations) == (other.name, other.rows, other.relations)
        for column, same in zip(one.columns, other.columns, strict=True):
            facts = [(c.name, c.nulls, c.distinct, c.histogram) for c in (column, same)]
            assert facts[0] == facts[1]


def other_schema(tmp_path):
    """Write a schema that is not bundled, and a folder of it."""
    schema = msgspec.to_builtins(load_schema("fintech-loans")) | {"name": "other"}
    (tmp_path / "other.json").write_text(json.dumps(schema))
    shardgen.run(tmp_path / "other.json", tmp_path / "csv", format="csv", workers=1)
    return tmp_path / "csv"


def test_the_script_in_a_folder_says_keys_and_types(tmp_path):
    """Where the schema is not bundled; with it, generators are known too."""
    folder = other_schema(tmp_path)
    found, known = describe_folder(folder), describe_folder(folder, tmp_path / "other.json")
    assert () == found.notes
    for table in known.tables:
        same = found.table(table.name)
        assert [r.columns for r in table.relations] == [r.columns for r in same.relations]
        assert [c.nulls for c in table.columns] == [c.nulls for c in same.columns]
        assert [c.histogram for c in table.columns] == [c.histogram for c in same.columns]
    assert "" == found.table("loans").column("amount").made_by
    assert known.table("loans").column("amount").made_by.startswith("loan_amount")


def test_types_are_guessed_where_nothing_says_them(tmp_path):
    """By the values, and it is said that no key is known."""
    folder = other_schema(tmp_path)
    for script in folder.glob("load-*.sql"):
        script.unlink()
    found = describe_folder(folder)
    assert "say the schema with --schema" in found.notes[0]
    kinds = {column.name: column.kind for column in found.table("loans").columns}
    assert ("number", "text", "date", "timestamp") == tuple(
        kinds[name] for name in ("amount", "status", "funded_date", "created_at")
    )
    assert "text" == found.table("borrowers").column("ssn_last_4").kind  # some begin with 0


def test_empty_text_is_no_null(tmp_path):
    """As CSV has them apart, with quotes, commas and ends of lines in values."""
    texts = ["", "a,b", 'say "x"', "two\nlines", "NULL"]
    schema = {
        "schema_version": "1.0",
        "name": "texts",
        "database_type": ["postgres"],
        "tables": {
            "t": {
                "rows": 500,
                "columns": {
                    "id": "int pk",
                    "x": {
                        "type": "varchar(20) null = choice",
                        "generator_params": {"values": texts, "null_probability": 0.3},
                    },
                },
            },
            "u": {"rows": 3, "columns": {"id": "int pk"}},
        },
    }
    rows = shardgen.generate(schema).tables["t"].rows
    shardgen.run(schema, tmp_path / "out", format="csv", workers=1)
    column = describe_folder(tmp_path / "out").table("t").column("x")
    assert sum(row["x"] is None for row in rows) == column.nulls
    assert {text: sum(row["x"] == text for row in rows) for text in texts} == {
        value.value.replace("\\n", "\n"): value.rows for value in column.top
    }


def test_broken_files_are_counted(tmp_path):
    """A key twice, a child without a parent, a null, and a number of rows that is not said."""
    folder = other_schema(tmp_path)
    lines = (folder / "loans.csv").read_text().splitlines(keepends=True)
    cells = lines[1].split(",")
    orphan = ",".join(["5000", "99999", "LN-X", *cells[3:]])
    nameless = ",".join(["5001", "", "LN-Y", *cells[3:]])
    (folder / "loans.csv").write_text("".join([*lines, lines[1], orphan, nameless]))
    found = describe_folder(folder)
    broken = {(p.kind, p.what): p.broken for p in found.promises if p.broken}
    assert {
        ("unique", "id"): 1,
        ("unique", "loan_number"): 1,
        ("not null", "borrower_id"): 1,
        ("foreign key", "borrower_id → borrowers.id"): 1,
    } == broken
    assert ("loans has 1,003 rows, and the manifest says 1,000.",) == found.notes
    (relation,) = found.table("loans").relations
    assert 250 == relation.parents == sum(fan.parents for fan in relation.fans)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    """So are one of parts, a manifest that is none, and a schema that it is not of."""
    with pytest.raises(PlanError, match=r"has no manifest\.json; name a folder that"):
        describe_folder(tmp_path)
    shardgen.run("fintech-loans", tmp_path / "parts", format="csv", workers=1, part="1/2")
    with pytest.raises(PlanError, match="shardgen join"):
        describe_folder(tmp_path / "parts")
    shardgen.run("fintech-loans", tmp_path / "csv", format="csv", workers=1)
    with pytest.raises(PlanError, match="the schema 'example-unique' has none"):
        describe_folder(tmp_path / "csv", "example-unique")
    (tmp_path / "csv" / "loans.csv").write_text("id\n1,2\n")
    with pytest.raises(PlanError, match="has 2 fields, and not 1"):
        describe_folder(tmp_path / "csv")
    (tmp_path / "csv" / "loans.csv").write_text("id\n1")
    with pytest.raises(PlanError, match="ends within a row"):
        describe_folder(tmp_path / "csv")
    (tmp_path / "csv" / "loans.csv").unlink()
    with pytest.raises(PlanError, match=r"loans\.csv"):
        describe_folder(tmp_path / "csv")
    (tmp_path / "csv" / "manifest.json").write_text("{}")
    with pytest.raises(PlanError, match="no manifest of shardgen"):
        describe_folder(tmp_path / "csv")
