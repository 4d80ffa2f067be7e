"""Columns in one text, and tables and columns under their names."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.schemas import RIGHT

import shardgen
from shardgen.errors import Mistake, SchemaError
from shardgen.plan.load import load_schema
from shardgen.schema.reader import parse_object
from shardgen.schema.spellings.short_text import ShortTextError, read_short
from shardgen.schema.spellings.shortening import long_form, same, short_form

HEAD: dict[str, Any] = {"schema_version": "1.0", "name": "s", "database_type": ["sqlite"]}
KEY = {"table": "organizations", "column": "id"}

MEANINGS: dict[str, dict[str, Any]] = {
    "int pk": {"type": "int", "primary_key": True},
    "int pk auto": {"type": "int", "primary_key": True, "auto_increment": True},
    "varchar(120) unique = email": {"type": "varchar(120)", "unique": True, "generator": "email"},
    "int -> organizations.id": {"type": "int", "foreign_key": KEY},
    "decimal(8, 2) null": {"type": "decimal(8, 2)", "nullable": True},
    "timestamp with time zone not null": {"type": "timestamp with time zone", "nullable": False},
    "double precision rising": {"type": "double precision", "order": "rising"},
    "int -> app.users.id grouped null": {
        "type": "int",
        "foreign_key": {"table": "app.users", "column": "id", "fan_out": "grouped"},
        "nullable": True,
    },
    "int -> organizations.id grouped(distribution=zipf, exponent=0.8) on delete set null": {
        "type": "int",
        "foreign_key": {
            **KEY,
            "fan_out": {"type": "grouped", "distribution": "zipf", "exponent": 0.8},
            "on_delete": "SET NULL",
        },
    },
    "int unique -> organizations.id within org_id": {
        "type": "int", "unique": True, "foreign_key": {**KEY, "within": "org_id"},
    },
    "enum('a','unique -> b','c)') default 'it''s'": {
        "type": "enum('a','unique -> b','c)')", "default": "it's",
    },
    "int default -1": {"type": "int", "default": -1},
    "boolean default true": {"type": "boolean", "default": True},
    "text default null": {"type": "text"},
    "timestamp default now()": {"type": "timestamp", "default": "now()"},
    "int = int_range(min=1, max=5)": {
        "type": "int", "generator": "int_range", "generator_params": {"min": 1, "max": 5},
    },
    'text = choice(values=["a, b", {"value": "c", "weight": 2}], x=1.5)': {
        "type": "text", "generator": "choice",
        "generator_params": {"values": ["a, b", {"value": "c", "weight": 2}], "x": 1.5},
    },
    "date = date_between(start_date=2024-01-01, end_date='2024-12-31')": {
        "type": "date", "generator": "date_between",
        "generator_params": {"start_date": "2024-01-01", "end_date": "2024-12-31"},
    },
    "text = faker.color_name()": {
        "type": "text", "generator": "faker.color_name", "generator_params": {},
    },
}  # fmt: skip


@pytest.mark.parametrize("text", MEANINGS)
def test_a_text_stands_for_fields(text):
    """Each word for one of them, in any order up to the generator."""
    assert same(MEANINGS[text], read_short(text))


WRONG = {
    "": "begins with no type",
    "pk": "begins with no type",
    "-> users.id": "begins with no type",
    "int unique unique": "says unique twice",
    "int ->": "no table and column after ->",
    "int -> users": "no table and column after ->",
    "int grouped": "'grouped' in 'int grouped' is unknown",
    "int -> a.b on delete nothing": "has no action",
    "int =": "no generator after =",
    "int = a b": "'b' stands after the generator",
    "int = a(": "cannot be read",
    "int = a(b)": "cannot be read",
    "int = a(b=1 c=2)": "cannot be read",
    "int = a(b=)": "a value is missing",
    "int = a(b=[1)": "is no JSON",
    "int default": "a value is missing",
    "int not": "is unknown",
    "int # 5": "is unknown",
    "varchar(5": "is unknown",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_text_that_is_no_column_is_refused(text):
    """With the text and what is wrong in it."""
    with pytest.raises(ShortTextError, match=r".") as caught:
        read_short(text)
    assert WRONG[text] in str(caught.value)


@given(st.text("intpk ->=.()'\"[]{},5a", max_size=30))
def test_any_text_is_read_or_refused(text):
    """Never with another error."""
    with contextlib.suppress(ShortTextError):
        assert read_short("int " + text)["type"]


def mistakes(tables: Any) -> tuple[Mistake, ...]:
    return parse_object({**HEAD, "tables": tables}).mistakes


def test_long_and_short_may_be_mixed():
    """Tables by name or in a list, columns too; a column as text, or its type with some words."""
    long = [{"name": "id", "type": "int", "primary_key": True},
            {"name": "email", "type": "varchar(120)", "unique": True}]  # fmt: skip
    forms: list[Any] = [
        [{"name": "users", "record_count": 9, "columns": long}],
        {"users": {"rows": 9, "columns": long}},
        {"users": {"rows": 9, "columns": {"id": "int pk", "email": "varchar(120) unique"}}},
        {"users": {"rows": 9, "columns": {"id": {"type": "int", "primary_key": True},
                                          "email": {"type": "varchar(120) unique"}}}},
        [{"name": "users", "rows": 9,
          "columns": {"id": "int pk", "email": {"name": "email", **long[1]}}}],
    ]  # fmt: skip
    read = [parse_object({**HEAD, "tables": tables}) for tables in forms]
    assert [()] * len(forms) == [parsed.mistakes for parsed in read]
    assert 1 == len({str(parsed.schema) for parsed in read})


def test_mistakes_of_the_short_form_have_the_paths_of_the_file():
    """What is said twice, what is no column, and a name that is not the key's."""
    tables = {
        "a": {"rows": 1, "record_count": 2, "columns": {"x": "int pk", "y": 5, "z": "int oops ->"}},
        "b": {
            "name": "c",
            "rows": "many",
            "columns": {"x": {"type": "int pk", "primary_key": True}},
        },
    }
    found = {mistake.path: mistake.what for mistake in mistakes(tables)}
    parsed = parse_object({**HEAD, "tables": tables})
    placed = {mistake.path for mistake in parsed.sorted(parsed.mistakes)}
    assert "it stands beside 'record_count'" == found["tables.a.rows"]
    assert "5 is not a column" == found["tables.a.columns.y"]
    assert "no table and column" in found["tables.a.columns.z"]
    assert "the name 'c' is not" in found["tables.b.name"]
    assert "its type says it too" == found["tables.b.columns.x.primary_key"]
    assert "tables.b.rows" in placed


def test_a_type_of_the_long_form_is_a_type_alone():
    """A format 1.0 file means what it says."""
    columns = [{"name": "id", "type": "int pk"}]
    with pytest.raises(SchemaError, match="int pk"):
        load_schema({**HEAD, "tables": [{"name": "a", "record_count": 1, "columns": columns}]})


@pytest.mark.parametrize(
    "columns",
    [
        [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "type": "int", "nullable": 1}],
        [{"name": "a", "type": "int", "unique": False, "primary_key": True}],
        [{"name": "a", "type": "int pk"}],
        [{"name": "a", "type": "int", "default": "true"}],
        [{"name": "a", "type": "int", "default": 1.0}],
        [{"name": "a", "type": "int", "default": None}],
        [{"name": "a", "type": "int", "foreign_key": {"table": "x y", "column": "id"}}],
        [
            {
                "name": "a",
                "type": "int",
                "foreign_key": {"table": "x", "column": "id", "fan_out": "unique"},
            }
        ],
        [{"name": "a", "type": "int", "generator_params": {"x": 1}}],
        [{"name": "a", "type": "int", "generator": "b c", "generator_params": {"x y": 1}}],
        [{"name": "", "type": "int"}],
        [5],
        [{"name": 5}],
        [],
        None,
        [{"name": "a", "type": 5}],
    ],
    ids=str,
)
def test_what_the_short_form_cannot_say_stays_long(columns):
    """Nothing is changed by writing it shorter, be it right or wrong."""
    raw = {"tables": [{"name": "t", "columns": columns}, 7]}
    assert same(raw, long_form(short_form(raw))[0])
    alone = {"tables": raw["tables"][:1]}
    assert same(alone, long_form(short_form(alone))[0])


def test_a_schema_of_python_is_what_a_file_would_say():
    """Tables as texts, dicts or structs, in a dict or a list; a run takes the dict itself too."""
    texts = {"id": "int pk", "email": "varchar(120) unique = email"}
    structs = [
        shardgen.Column(name="id", type="int", primary_key=True),
        shardgen.Column(name="email", type="varchar(120)", unique=True, generator="email"),
    ]
    table = shardgen.Table(name="users", record_count=5, columns=tuple(structs))
    made = [
        shardgen.schema("shop", {"users": {"rows": 5, "columns": texts}}),
        shardgen.schema("shop", [{"name": "users", "record_count": 5, "columns": structs}]),
        shardgen.schema("shop", [table]),
        shardgen.schema("shop", tables={"users": table}),
    ]
    assert [made[0]] * 4 == made
    raw = {**HEAD, "name": "shop", "tables": {"users": {"rows": 5, "columns": texts}}}
    rows = shardgen.generate(raw, seed=3).tables["users"].rows
    assert rows == shardgen.generate(made[0], seed=3).tables["users"].rows
    assert 5 == len(rows)


def test_a_run_takes_a_dict(tmp_path):
    """As it takes a path; the dict stays as it was."""
    before = str(RIGHT)
    summary = shardgen.run(RIGHT, tmp_path / "a.sql")
    assert summary.rows == sum(table["record_count"] for table in RIGHT["tables"])
    assert before == str(RIGHT)


def test_what_is_no_schema_of_python_is_refused():
    """As a schema error: a wrong column, an object of no file, a circle, no number."""
    with pytest.raises(SchemaError, match=r"shop: .*no table and column.*tables.t.columns.a"):
        shardgen.schema("shop", {"t": {"rows": 1, "columns": {"a": "int ->"}}})
    circle: dict[str, Any] = {}
    circle["a"] = circle
    wrong = [({"x": object()}, "no file does"), (circle, "nested"), ({"x": float("nan")}, "nan")]
    for value, what in wrong:
        with pytest.raises(SchemaError, match=what):
            shardgen.generate({**RIGHT, "metadata": value})
