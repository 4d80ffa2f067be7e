"""Arrays, loaded: PostgreSQL's own, JSON elsewhere, and the values that shardgen.generate has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.databases import TARGETS, Database
from support.loading import TEXTS, Dump, assert_loaded, assert_sound, column, expected_rows, table

from shardgen.errors import SchemaError
from shardgen.schema.model import Schema

ELEMENTS = {
    "int": "integer[]", "bigint": "bigint[]", "tinyint unsigned": "smallint[]",
    "numeric(8,2)": "numeric(8,2)[]", "decimal(38,10)": "numeric(38,10)[]", "real": "real[]",
    "double precision": "double precision[]", "boolean": "boolean[]", "text": "text[]",
    "varchar(20)": "character varying(20)[]", "char(3)": "character(3)[]", "uuid": "uuid[]",
    "date": "date[]", "timestamp": "timestamp with time zone[]",
    "datetime(3)": "timestamp(3) without time zone[]", "time": "time without time zone[]",
    "interval": "interval[]", "bytea": "bytea[]", "bit(5)": "bit(5)[]",
    "varbit(9)": "bit varying(9)[]", "json": "json[]", "jsonb": "jsonb[]", "inet": "inet[]",
    "cidr": "cidr[]", "macaddr": "macaddr[]", "citext": "citext[]", "point": "point[]",
    "int4range": "int4range[]", "daterange": "daterange[]", "money": "money[]",
    "xml": "xml[]", "tsvector": "tsvector[]",
    "enum('a','it''s')": "character varying(4)[]",
}  # fmt: skip
"""By the schema's name of an element's type: PostgreSQL's array."""


DOCUMENTS = [json.dumps({"a": text}) for text in TEXTS]


def listed(*values: Any) -> dict[str, Any]:
    """Return what makes each element one of these."""
    return {"generator": "choice", "generator_params": {"values": list(values)}}


def array(**parameters: Any) -> dict[str, Any]:
    return {"generator": "array", "generator_params": parameters}


def test_arrays_of_every_type_arrive(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Alone, NULL themselves, with NULL in them, and of two dimensions."""
    columns = [column(f"c{n}", f"{kind}[]") for n, kind in enumerate(ELEMENTS)]
    columns += [
        column(f"n{n}", f"{kind}[]", nullable=True, **array(element_null_probability=0.3))
        for n, kind in enumerate(ELEMENTS)
    ]
    columns += [column(f"m{n}", f"{kind}[][]") for n, kind in enumerate(ELEMENTS)]
    schema = schema_of(table("every", 120, *columns))
    database.load(dump(schema))
    found = database.columns("every")
    other = {"mysql": "longtext", "sqlite": "text"}.get(database.dialect)  # MariaDB's JSON
    for n, kind in enumerate(ELEMENTS.values()):
        for prefix in "cnm":
            assert found[f"{prefix}{n}"][0] in (other or kind, "json"), kind
    assert_sound(database, schema)
    assert_loaded(database, schema)


def test_texts_in_arrays_arrive_as_they_are(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Quotes, backslashes, commas, braces, the word NULL, empty texts and line ends."""
    texts = listed(*TEXTS, "{}", "{a}", "a,b", "[1]", '\\"', "null,", " ", "{", "}")
    columns = [
        column("some", "text[]", **array(element=texts, max_length=4)),
        column("many", "text[]", **array(element=texts, max_length=30, min_length=9)),
        column("nulls", "text[]", **array(element=texts, element_null_probability=0.5)),
        column("square", "varchar(200)[][]", **array(element=texts)),
        column("documents", "json[]", **array(element=listed(*DOCUMENTS))),
    ]
    schema = schema_of(table("t", 400, *columns))
    database.load(dump(schema))
    assert_loaded(database, schema)
    rows = expected_rows(schema, "t")
    assert {*TEXTS} < {text for row in rows for text in row["many"]}
    assert any(None in row["nulls"] for row in rows)
    assert {0, 1, 2, 3} <= {len(row["square"]) for row in rows}


def test_listed_arrays_arrive(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """An array may be one of those that the schema lists, empty ones and NULL in them too."""
    columns = [
        column("words", "text[]", **listed(["a", 'b"'], [], {"value": [None, "c"], "weight": 3})),
        column("numbers", "int[]", **listed([1, 2, 3], [-4])),
        column("sums", "numeric(6,2)[][]", **listed([[1.5, 2], [3, None]], [], [[0.25]])),
        column("days", "date[]", **listed(["2024-02-29"], ["1999-12-31", "2000-01-01"])),
    ]
    schema = schema_of(table("t", 60, *columns))
    database.load(dump(schema))
    assert_loaded(database, schema)
    found = {json.dumps(row["words"]) for row in expected_rows(schema, "t")}
    assert found == {'["a", "b\\""]', "[]", '[null, "c"]'}


def test_defaults_of_arrays_are_taken(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Written as PostgreSQL or JSON writes them, with a cast or not, they mean the same."""
    defaults = {
        "none": ("text[]", "{}", []),
        "cast": ("text[]", "'{}'::text[]", []),
        "called": ("int[]", "ARRAY[]::integer[]", []),
        "words": ("text[]", '{a,"b c",NULL,"NULL","it\'s","back\\\\slash"}',
                  ["a", "b c", None, "NULL", "it's", "back\\slash"]),
        "json": ("text[]", '["a", "it\'s", "\\"", null]', ["a", "it's", '"', None]),
        "numbers": ("int[]", "[1, -2]", [1, -2]),
        "truths": ("boolean[]", "{t,false}", [True, False]),
        "square": ("int[][]", "{{1,2},{3,4}}", [[1, 2], [3, 4]]),
    }  # fmt: skip
    columns = [column(name, kind, default=said) for name, (kind, said, _) in defaults.items()]
    schema = schema_of(table("t", 2, *columns))
    database.load(dump(schema))
    database.execute("INSERT INTO t (id) VALUES (99)")
    row = database.rows("t", schema)[-1]
    for name, (_, _, expected) in defaults.items():
        assert expected == row[name], name


@pytest.mark.parametrize(
    ("kind", "default", "hint"),
    [
        ("int[]", "1,2", "write an array"),
        ("int[]", "{1,a}", "write a whole number"),
        ("int[]", "{1,}", "write an array"),
        ("smallint[]", "{99999}", "it holds -32768 to 32767"),
        ("varchar(3)[]", "{abcd}", "it has 4 characters"),
        ("int[][]", "{{1,2},{3}}", "lists of one length"),
        ("int[]", "{{1}}", "elements of type int"),
        ("int[][]", "{1}", "lists within lists"),
        ("uuid[]", "{x}", "write 36 characters"),
    ],
)
def test_a_default_that_is_no_array_is_refused(
    schema_of: Callable[..., Schema], kind: str, default: str, hint: str
) -> None:
    """Before a row is made, with what would be one."""
    with pytest.raises(SchemaError, match=hint):
        schema_of(table("t", 2, column("a", kind, default=default)))


@pytest.mark.parametrize("target", TARGETS[:1], indirect=True)
def test_an_enum_with_a_name_has_arrays(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """The column is an array of the type that is made for the labels."""
    kind = "enum('small','big','it''s')[]"
    schema = schema_of(table("t", 50, column("a", kind, enum_name="Size of", default="{big}")))
    database.load(dump(schema))
    assert database.columns("t")["a"][0] == '"Size of"[]'
    assert_loaded(database, schema)


@pytest.mark.parametrize("target", TARGETS[:1], indirect=True)
def test_arrays_have_a_gin_index(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """In PostgreSQL, as asked; MySQL leaves it out and says so."""
    gin = {"name": "by_tag", "columns": ["tags"], "type": "gin"}
    schema = schema_of(table("t", 50, column("tags", "text[]"), indexes=[gin]))
    database.load(dump(schema))
    found = database.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'by_tag'")
    assert "USING gin (tags)" in found[0][0]
