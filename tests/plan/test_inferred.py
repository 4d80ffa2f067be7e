"""Columns without a generator: what they get, and that nothing breaks where a name misleads."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from typing import Any

import pytest
from support.tables import Columns, rows_of, schema_with

from shardgen.generators.inference_rules import CREDENTIALS, RULES
from shardgen.plan.inferred import Choice
from shardgen.plan.load import inspect_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Schema

ON = {"infer": True}


def of(rows: int = 200, /, facts: Any = ON, more: Any = None, **columns: Any) -> Schema:
    """Return a schema of one table `users`, whose columns are given by type or by all facts."""
    made: Columns = {n: c if isinstance(c, dict) else {"type": c} for n, c in columns.items()}
    return schema_with(facts, users=(rows, made, *([more] if more else [])))


def choices(schema: Schema, **options: Any) -> dict[str, Choice]:
    return {c.column: c for c in build_plan(schema, Options(**options)).choices}


def generators(schema: Schema, **options: Any) -> dict[str, str]:
    return {name: choice.generator for name, choice in choices(schema, **options).items()}


def values(schema: Schema, **options: Any) -> dict[str, list]:
    source = Source.bind(build_plan(schema, Options(**options)))
    return rows_of(source.bound["users"])


def test_a_row_hangs_together():
    """Generators by name read each other as those that a schema names do."""
    rows = values(
        of(
            first_name="varchar(40)", last_name="varchar(40)", email="varchar(120)",
            created_at="timestamp", updated_at="timestamp",
        )
    )  # fmt: skip
    for first, email in zip(rows["first_name"], rows["email"], strict=True):
        assert email.startswith(first.lower()[:1])
    assert all(a <= b for a, b in zip(rows["created_at"], rows["updated_at"], strict=True))


def test_infer_false_keeps_values_by_type():
    """Such a schema has the bytes that it had before there were generators by name."""
    columns = {"email": "varchar(120)", "age": "int", "note": "text"}
    off = values(of(facts={"infer": False}, **columns))
    by_type = {n: {"type": t, "generator": "by_type"} for n, t in columns.items()}
    assert off == values(of(**by_type))
    assert off != values(of(**columns))
    assert {} == choices(of(facts={"infer": False}, **columns))


def test_auto_asks_for_one_column():
    """Also where the schema says `"infer": false`."""
    schema = of(
        facts={"infer": False}, email={"type": "varchar(120)", "generator": "auto"}, age="int"
    )
    assert {"email": "email"} == generators(schema)
    assert all("@" in email for email in values(schema)["email"])


def test_by_type_refuses_for_one_column():
    """It is a generator that the schema names, so nothing is chosen."""
    schema = of(email={"type": "varchar(120)", "generator": "by_type"})
    assert {} == choices(schema)
    assert not any("@" in email for email in values(schema)["email"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("country", "varchar(3)"),
        ("price", "decimal(2,2)"),
        ("status", {"type": "varchar(1)", "unique": True}),
        ("year", "tinyint"),
        ("port", "smallint"),
        ("email", "varchar(6)"),
        ("url", "char(5)"),
        ("ip_address", {"type": "varchar(9)", "unique": True}),
        ("gender", {"type": "varchar(20)", "unique": True}),
        ("currency", {"type": "char(3)", "unique": True}),
        ("description", "varchar(1)"),
        ("updated_at", {"type": "timestamp", "unique": True}),
        ("password", "varchar(2)"),
        ("latitude", "decimal(3,3)"),
        ("age", {"type": "int", "unique": True}),
    ],
)
def test_a_name_that_misleads_breaks_nothing(name, kind):
    """Where the values do not fit, the column gets those of its type, and the choice says why."""
    schema = of(30 if name == "status" else 200, **{name: kind})
    choice = choices(schema)[name]
    if choice.generator == "by_type":
        assert choice.rule == ""
        assert choice.refused or choice.reason
    rows = values(schema)[name]
    if isinstance(kind, dict):
        assert len(set(rows)) == len(rows)


def test_a_unique_column_keeps_its_generator_only_while_it_has_values_for_all_rows():
    """More rows than that are no mistake of the user's: the type decides."""
    schema = of(30, currency={"type": "varchar(9)", "unique": True})
    assert {"currency": "currency_code"} == generators(schema)
    assert {"currency": "by_type"} == generators(schema, rows={"users": 41})
    refused = choices(schema, rows={"users": 41})["currency"].refused
    assert ["41 unique values asked for, and only 40 exist"] == [r.why for r in refused]


def test_columns_that_are_unique_together_stay_so():
    """A generator by name that has no part in a unique set gives way to one that has."""
    schema = of(
        300, more={"unique": [["status", "color"]]}, status="varchar(20)", color="varchar(20)"
    )
    rows = values(schema)
    pairs = list(zip(rows["status"], rows["color"], strict=True))
    assert len(set(pairs)) == len(pairs)


def test_a_column_that_others_follow_keeps_an_order():
    """An e-mail address has none: a correlation with it takes values that have one, or none do."""
    correlated = {
        "type": "int",
        "generator": "int_range",
        "correlation": {"column": "score", "rho": 0.9},
    }
    schema = of(score="int", points={**correlated})
    assert {"score": "int_range"} == generators(schema)
    assert inspect_schema(schema).mistakes == ()


def test_an_expression_reads_what_a_column_got():
    """Where it cannot, values by type take their place, as they did before."""
    made = {
        "type": "int",
        "generator": "expression",
        "generator_params": {"expression": "age * 2"},
    }
    rows = values(of(age="int", twice=made))
    assert [2 * age for age in rows["age"]] == rows["twice"]


def test_what_a_column_says_of_itself_is_heeded():
    """Its nulls, its edge cases and its order: a generator that has none gives way."""
    never = {"nullable": True, "generator_params": {"null_probability": 1}}
    schema = of(
        email={"type": "varchar(80)", **never},
        status={"type": "varchar(80)", "order": "rising"},
        mac={"type": "varchar(80)", "edge_case_probability": 0.5},
    )
    assert {None} == set(values(schema)["email"])
    assert {"email": "email", "status": "choice", "mac": "by_type"} == generators(schema)
    assert () == inspect_schema(schema).warnings


def test_a_mistake_of_the_schema_stays_the_users():
    """A column whose values cannot rise by its type either is refused as it was before."""
    schema = of(name={"type": "varchar(80)", "order": "rising"}, email="varchar(80)")
    assert {"name": "by_type", "email": "email"} == generators(schema)
    (mistake,) = inspect_schema(schema).mistakes
    assert "a column of type varchar(80) cannot rise or fall" == mistake.what


def test_deleted_rows_are_few_where_a_column_may_be_null():
    """Nine of ten are not deleted, unless the column says its own share."""
    rows = values(
        of(2000, created_at="timestamp", deleted_at={"type": "timestamp", "nullable": True})
    )
    share = rows["deleted_at"].count(None) / 2000
    assert 0.85 < share < 0.95


def test_keys_foreign_keys_and_enums_are_left_alone():
    """Constraints go before names."""
    schema = schema_with(
        ON,
        users=(5, {"id": {"type": "int", "primary_key": True}}),
        orders=(
            9,
            {
                "id": {"type": "int", "primary_key": True},
                "email": {"type": "int", "foreign_key": {"table": "users", "column": "id"}},
                "status": {"type": "enum('x','y')"},
            },
        ),
    )
    assert {"status": "by_type"} == generators(schema)


def test_other_columns_keep_their_values():
    """A column that is added changes no value of a generator by name that reads no neighbours."""
    before = values(of(phone="varchar(40)", city="varchar(80)", age="int"))
    after = values(of(phone="varchar(40)", city="varchar(80)", age="int", slug="varchar(90)"))
    assert before == {name: after[name] for name in before}


def test_a_worker_gets_what_was_chosen():
    """The plan has the generators in its schema, so nothing is chosen twice."""
    plan = build_plan(of(email="varchar(120)"))
    assert "email" == plan.schema.table("users").column("email").generator
    assert plan.schema.infer is False
    again = Source.bind_again(plan)
    assert again.bound["users"].rows == 200


def test_a_plan_can_be_bound_twice():
    """What was bound to choose is given away once; the second source binds anew."""
    plan = build_plan(of(email="varchar(120)"))
    first, second = Source.bind(plan), Source.bind(plan)
    assert first.bound is not second.bound
    made = [s.batch("users", 0, 9).column("email").python() for s in (first, second)]
    assert made[0] == made[1]


def test_all_databases_of_a_schema_get_the_same_values():
    """What fits is asked of all of them, whichever is written."""
    schema = of(email="varchar(120)", updated_at="timestamp", created_at="timestamp")
    found = [generators(schema, dialect=d) for d in ("postgres", "mysql", "sqlite")]
    assert found[0] == found[1] == found[2]


def test_nothing_is_imported_where_no_column_asks():
    """A schema that names all its generators pays nothing for the rules."""
    code = (
        "import sys, shardgen; from shardgen.plan.plan import build_plan\n"
        "build_plan(shardgen.load_schema('fintech-loans'))\n"
        "print([m for m in sys.modules if 'infer' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "[]" == done.stdout.strip()


TYPES = (
    *("varchar(1)", "varchar(5)", "char(2)", "char(3)", "varchar(12)", "varchar(40)", "text"),
    *("tinyint", "smallint", "int", "bigint", "decimal(2,2)", "decimal(4,1)", "decimal(12,4)"),
    *("float", "double", "date", "datetime", "timestamp", "boolean", "uuid", "json"),
)


@pytest.mark.parametrize("seed", range(6))
def test_any_name_of_any_type_is_filled(seed):
    """What binds by type binds with names too, whatever is unique, nullable or both."""
    random = Random(seed)
    endings = sorted({ending for rule in (*CREDENTIALS, *RULES) for ending in rule.endings})
    tables = {}
    for name in ("users", "products", "countries", "orders"):
        chosen = random.sample(endings, 25)
        columns: Columns = {}
        for ending in chosen:
            kind = random.choice(TYPES)
            unique = random.random() < 0.2 and kind not in ("boolean", "json", "varchar(1)")
            columns[ending.replace(" ", "_")] = {
                "type": kind, "unique": unique, "nullable": random.random() < 0.3,
            }  # fmt: skip
        pair = {"unique": [[*columns][:2]]} if random.random() < 0.5 else {}
        tables[name] = (random.choice((1, 20, 99)), columns, pair)
    assert_as_sound(tables)


def assert_as_sound(tables: dict[str, Any]) -> None:
    """Fail where a schema has more mistakes with generators by name than by type."""
    plain = inspect_schema(schema_with({"infer": False}, **tables)).mistakes
    assert {m.path for m in inspect_schema(schema_with(ON, **tables)).mistakes} <= {
        m.path for m in plain
    }
