"""JSON objects by a schema of their keys."""

from __future__ import annotations

import json

import pytest
from support.tables import bound, cells, values_of

from shardgen.errors import SchemaError


def objects(schema, rows=500, kind="json"):
    made = values_of(rows, type=kind, generator="json_object", generator_params={"schema": schema})
    return [json.loads(text) for text in made]


def test_each_kind_is_one_of_json():
    """Every value is JSON, and each key has its kind."""
    schema = {
        "agent": "string", "labels": "array", "level": "integer", "share": "number",
        "on": "boolean", "gone": "null", "day": "date", "at": "timestamp",
        "inner": {"theme": {"values": ["a", 'b"']}},
        "few": {"type": "integer", "min": 3, "max": 5},
        "list": {"type": "array", "items": "integer"},
        "any": {"type": "object", "properties": {"x": "Text"}},
    }  # fmt: skip
    kinds = {
        "agent": str, "labels": list, "level": int, "share": (int, float), "on": bool,
        "gone": type(None), "day": str, "at": str, "inner": dict, "few": int,
        "list": list, "any": dict,
    }  # fmt: skip
    made = objects(schema)
    for each in made:
        assert list(schema) == list(each)
        assert all(isinstance(each[key], kind) for key, kind in kinds.items())
        assert 3 <= each["few"] <= 5
    assert {"a", 'b"'} == {each["inner"]["theme"] for each in made}
    assert {True, False} == {each["on"] for each in made}
    assert any(each["agent"] != each["labels"][0] for each in made)


def test_values_go_by_weight_and_may_be_anything():
    """Plain or weighted: text, numbers, truths, null."""
    listed = [{"value": "x", "weight": 3}, {"value": None}, 5, True]
    made = {repr(each["v"]) for each in objects({"v": {"values": listed}}, 2000)}
    assert {"'x'", "None", "5", "True"} == made


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"a": "strng"}, "schema.a is of the unknown kind 'strng'"),
        ({"a": 5}, "schema.a is 5, no kind and no object"),
        ({"a": {"values": []}}, "schema.a.values is empty"),
        ({"a": {"type": "integer", "min": 5, "max": 1}}, "schema.a: min 5 is above max 1"),
        ({"a": {"type": "integer", "min": "x"}}, "the bound 'x'"),
        ({"a": {"values": ["\0"]}}, "NUL"),
    ],
)
def test_wrong_schemas_are_refused(schema, expected):
    """With the path of the key."""
    with pytest.raises(SchemaError, match=expected):
        objects(schema)


def test_a_text_column_must_hold_it_and_a_unique_one_is_refused():
    """An object is no longer than its column, and may come again."""
    assert objects({"a": "boolean"}, kind="varchar(20)")
    with pytest.raises(SchemaError):
        objects({"a": "string"}, kind="varchar(5)")
    with pytest.raises(SchemaError, match="unique"):
        values_of(
            5,
            type="varchar(90)",
            unique=True,
            generator="json_object",
            generator_params={"schema": {"a": "string"}},
        )


def test_without_a_schema_it_is_a_small_object():
    """What a JSON column without a generator has."""
    table = bound({"v": {"type": "json", "generator": "json_object"}}, 20)
    assert all({"id", "tag"} == json.loads(text).keys() for text in cells(table, "v"))
