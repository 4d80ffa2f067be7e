"""Whatever is wrong with a schema file, reviewing it gives mistakes and never an exception."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from support.schemas import all_mistakes, right

import shardgen as package
from shardgen.errors import SchemaError
from shardgen.plan.load import bundled_schemas, find_mistakes

SCHEMAS = [
    json.loads(path.read_bytes())
    for name, path in bundled_schemas().items()
    if name in ("example-circle", "example-composite-key", "example-junction", "example-unique")
]
ODD: list[Any] = [
    *(None, 0, -1, "", "id", True, [], {}, 10**20, ["id"], 1.5, "int", "enum()", "boolean"),
    *("grouped", "ordinal", {"type": "tree"}, {"table": "orders", "column": "id"}, [["id", "no"]]),
    [{"name": "i", "columns": ["id", "no"], "unique": True}],
    [{"columns": ["id"], "table": "orders", "references": ["id", "id"]}],
]
FIELDS = (
    *("unique", "nullable", "primary_key", "auto_increment", "foreign_key", "fan_out", "generator"),
    *("type", "default", "foreign_keys", "indexes", "name"),
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else pairs:
        yield from nodes(inner, (*path, key))


def mutant(draw: random.Random) -> Any:
    """Return a bundled example with one to three things wrong."""
    schema = copy.deepcopy(draw.choice(SCHEMAS))
    for _ in range(draw.choice((1, 1, 2, 3))):
        places = [p for p, _ in nodes(schema) if len(p) > 1 and p[0] == "tables"]
        *above, last = draw.choice(places)
        holder = schema
        for key in above:
            holder = holder[key]
        way = draw.random()
        if way < 0.3:
            del holder[last]
        elif way < 0.5:
            holder[last] = copy.deepcopy(draw.choice(ODD))
        elif way < 0.7 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        else:
            objects = [v for p, v in nodes(schema) if p and isinstance(v, dict)]
            draw.choice(objects)[draw.choice(FIELDS)] = copy.deepcopy(draw.choice(ODD))
    return schema


@pytest.mark.parametrize("seed", range(8))
def test_mistakes_of_any_kind_are_reported(seed, tmp_path):
    """480 schemas changed at random: each review ends, and each mistake can be written as text."""
    draw = random.Random(seed)
    path = tmp_path / "schema.json"
    for _ in range(60):
        path.write_text(json.dumps(mutant(draw)))
        assert all(str(mistake) for mistake in find_mistakes(path))


def wrong_in_three_ways(name: str) -> dict[str, Any]:
    """Return a schema whose mistakes are found at three stages, in columns of that name."""
    raw = right()
    cycle = [("e", "f"), ("f", "e")]
    raw["tables"][0]["columns"] += [
        {"name": name, "type": "int", "generator": "int_range", "generator_params": {"mn": 1}},
        {"name": f"{name}2", "type": "varchar(1)", "generator": "first_name"},
        *(
            {
                "name": own,
                "type": "int",
                "generator": "expression",
                "generator_params": {"expression": f"{other} + 1"},
            }
            for own, other in cycle
        ),
    ]
    return raw


@pytest.mark.parametrize("length", [1, 58, 61, 62])
def test_a_report_does_not_depend_on_the_length_of_a_name(length, tmp_path):
    """Unknown parameters, values that do not fit and cycles are all in the one report."""
    found = all_mistakes(wrong_in_three_ways("c" * length), tmp_path)
    assert [True] * 3 == [
        any(word in mistake for mistake in found)
        for word in ("unknown parameter 'mn'", "no value is as short", "need each other: users.e")
    ]
    assert 3 == len(found)


def test_run_plan_check_and_generate_say_the_same(tmp_path, shardgen):
    """Whatever stage a mistake is found at, all four report the same mistakes."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(wrong_in_three_ways("c")))
    commands = (["run", "-o", "x.sql"], ["plan"], ["check"])
    said = {shardgen(command[0], str(path), *command[1:]).stderr for command in commands}
    with pytest.raises(SchemaError) as caught:
        package.generate(path)
    assert said == {f"shardgen: {caught.value}\n"}


def test_what_reads_a_wrong_column_is_not_reported(tmp_path):
    """Nothing is said of a column, a key or an aggregate that is wrong for another's sake alone."""
    raw = right()
    users, orders = (table["columns"] for table in raw["tables"])
    users.append({"name": "c", "type": "nothing"})
    for column in ({"expression": "c + 1"}, {"expression": "count(orders)"}):
        name = f"d{len(users)}"
        made = {"generator": "expression", "generator_params": column}
        users.append({"name": name, "type": "int", **made})
    orders[1]["foreign_key"] |= {"column": "no", "fan_out": "grouped"}
    found = all_mistakes(raw, tmp_path)
    assert ["unknown type 'nothing'", "there is no column 'no'"] == [
        mistake.split(" at ")[0].split(" in table")[0] for mistake in found
    ]


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_a_mistake_says_which_database_objects(dialect, tmp_path):
    """`check` asks every database that the schema lists, and each objection names its own."""
    raw = right() | {"database_type": ["sqlite", "postgres", "mysql"]}
    raw["tables"][0]["columns"] += [
        {"name": "xmin", "type": "int"},
        {"name": "ends ", "type": "int"},
    ]
    raw["tables"][0]["indexes"] = [{"name": "sqlite_i", "columns": ["xmin"]}]
    title = {"postgres": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}[dialect]
    assert 1 == sum(title in mistake for mistake in all_mistakes(raw, tmp_path))


def test_check_reports_what_only_binding_finds_beside_the_rest(tmp_path):
    """One mistake must not hide another, whichever stage finds it."""
    raw = right()
    raw["tables"][0]["record_count"] = "many"
    raw["tables"][0]["columns"] += [
        {"name": "a", "type": "varchr(3)"},
        {"name": "b", "type": "varchar(3)", "generator": "email"},
        {"name": "d", "type": "tinyint", "generator": "int_range"},
        {
            "name": "e",
            "type": "date",
            "generator": "maturity_date",
            "generator_params": {"based_on": "e", "months_forward": 3},
        },
        {
            "name": "f",
            "type": "date",
            "generator": "maturity_date",
            "generator_params": {"based_on": "a", "months_forward": 3},
        },
        {
            "name": "g",
            "type": "date",
            "generator": "maturity_date",
            "generator_params": {"based_on": "email", "months_forward": 3},
        },
        {
            "name": "h",
            "type": "enum('x','y')",
            "generator": "enum",
            "generator_params": {"values": ["x", "z"]},
        },
    ]
    raw["tables"][1]["columns"] += [
        {
            "name": "i",
            "type": "int",
            "unique": True,
            "generator": "int_range",
            "generator_params": {"min": 1, "max": 10},
        },
        {"name": "j", "type": "decimal(4,2)", "generator": "loan_amount"},
        {"name": "k", "type": "int", "foreign_key": {"table": "nowhere", "column": "id"}},
    ]
    lines = all_mistakes(raw, tmp_path)
    places = [line.partition(" at tables.")[2].split(";")[0] for line in lines]
    assert [
        "users.record_count",
        "users.columns.a.type",
        "users.columns.b",
        "users.columns.d",
        "users.columns.e",
        "users.columns.g",
        "users.columns.h",
        "orders.columns.i",
        "orders.columns.j",
        "orders.columns.k.foreign_key.table",
    ] == places
    assert "50 unique values asked for, and only 10 exist" in lines[7]


def test_a_schema_of_nothing_but_mistakes_is_reported(tmp_path):
    """Wrong values do not hide each other, and each mistake is one line."""
    raw = {"tables": [{"columns": [{"type": "x", "generator": "y"}, 5, None]}, None, []]}
    lines = all_mistakes(raw, tmp_path)
    assert 8 < len(lines)
    assert [] == [line for line in lines if "\n" in line]


def test_check_survives_any_value_anywhere(tmp_path):
    """Each value of a right schema in turn is replaced by each kind of JSON value."""
    path = tmp_path / "s.json"
    for place, _ in list(nodes(right()))[1:]:
        for value in (None, 0, -1, 1.5, "", "x", True, [], {}, ["x"], {"name": "x"}):
            raw = right()
            target = raw
            for key in place[:-1]:
                target = target[key]
            target[place[-1]] = value
            path.write_text(json.dumps(raw))
            for mistake in find_mistakes(path):
                assert str(mistake).isprintable()
