"""The JSON Schema for editors accepts what loads, and refuses what does not."""

from __future__ import annotations

import json

import jsonschema
import pytest
from support.places import TESTS
from support.schemas import RIGHT, load_mistakes, with_column

from shardgen.cli.json_schema import json_schema_text
from shardgen.generators.registry import GENERATORS
from shardgen.plan.load import bundled_schemas
from shardgen.schema.files.decoding import decode_file, format_of

SCHEMAS = sorted((TESTS / "schemas").glob("*.json"))


@pytest.fixture(scope="module")
def validator():
    document = json.loads(json_schema_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


@pytest.mark.parametrize(
    "path", [*SCHEMAS, *bundled_schemas().values()], ids=lambda path: path.stem
)
def test_the_json_schema_accepts_schemas_that_load(validator, path):
    """All but null for absent fields, which nobody writes by hand."""
    if path.stem == "sourcebox-minimal":
        pytest.skip("written by a program, with nulls")
    raw, _ = decode_file(path.read_bytes(), format_of(path.name), path.name)
    assert [] == [error.message for error in validator.iter_errors(raw)]


@pytest.mark.parametrize(
    "column",
    [
        {"type": "int", "nulable": True},
        {"type": 5},
        {"type": "int", "generator": "int_rnge"},
        {"type": "int", "generator": "int_range", "generator_params": {"min": "x"}},
        {"type": "int", "generator": "enum", "generator_params": {"values": []}},
        {"type": "int", "generator": "enum"},
        {"type": "int", "generator": "int_range", "generator_params": {"mni": 1}},
        {"type": "int", "generator": "int_range", "generator_params": {"distribution": "nrmal"}},
        {"type": "int", "generator": "int_range", "distribution": "nrmal"},
        {"type": "date", "generator": "date_past", "generator_params": {"days_ago": -1}},
        {"type": "int", "foreign_key": {"table": "users"}},
        {"type": "int", "foreign_key": {"table": "users", "column": "id", "on_delete": "x"}},
        {"type": "int", "edge_case_probability": 2},
        {"type": "int", "nullable": True, "generator_params": {"null_probability": 2}},
    ],
    ids=str,
)
def test_the_json_schema_refuses_what_does_not_load(validator, column):
    """An editor marks what loading reports: names, types, ranges and missing fields."""
    raw = with_column(**column)
    assert load_mistakes(raw)
    assert list(validator.iter_errors(raw))


@pytest.mark.parametrize(
    "column",
    [
        {
            "type": "int",
            "generator": "int_range",
            "generator_params": {"ranges": [{"min": 1, "max": 2, "weight": 3}]},
        },
        {
            "type": "int",
            "generator": "int_range",
            "generator_params": {"distribution": "normal", "mean": 5, "std_dev": 1},
        },
        {
            "type": "int",
            "generator": "int_range",
            "distribution": {"type": "normal", "params": {"mean": 5, "std_dev": 1}},
        },
        {"type": "date", "generator": "date_past", "generator_params": {"max_days_ago": 5}},
        {"type": "text", "generator": "faker.word", "generator_params": {"locale": "de_DE"}},
        {
            "type": "text",
            "generator": "enum",
            "generator_params": {"values": ["a", {"value": "b", "weight": 2}]},
        },
        {"type": "int", "nullable": True, "generator_params": {"null_probability": 0.5}},
    ],
    ids=str,
)
def test_the_json_schema_accepts_every_spelling(validator, column):
    """Short and long forms of one thing: what loads is not marked by an editor."""
    raw = with_column(**column)
    assert [] == load_mistakes(raw)
    assert [] == [error.message for error in validator.iter_errors(raw)]


def test_the_json_schema_accepts_the_right_schema(validator):
    """What the other tests here change is accepted before."""
    assert [] == list(validator.iter_errors(RIGHT))


def test_the_json_schema_knows_every_generator():
    """An editor offers the registered names, all of them and in order."""
    document = json.loads(json_schema_text())
    (names, _) = document["$defs"]["Column"]["properties"]["generator"]["anyOf"]
    assert sorted(GENERATORS) == names["enum"]
