"""What functions of triggers in PL/pgSQL do when a row is inserted."""

from __future__ import annotations

import msgspec
import pytest

from shardgen.importing.described import Column, Function, Name, Table, Trigger
from shardgen.importing.translation.called import bodies_called
from shardgen.importing.translation.never_null import never_null
from shardgen.importing.translation.plpgsql import Step, read_function
from shardgen.importing.translation.selection import Selection
from shardgen.importing.translation.trigger_functions import trigger_checks

TABLE = Table(
    name=Name("", "t"),
    columns=(
        Column(name="id", type="integer", nullable=False),
        Column(name="n", type="integer"),
        Column(name="name", type="text", nullable=False),
    ),
    primary_key=("id",),
)


def refusing(body):
    """Return the paths on which a body refuses a row."""
    return [e.path for e in read_function(body).effects if e.kind == "refuses"]


def test_a_path_has_each_branch_that_is_taken_and_each_that_is_not():
    """ELSIF and ELSE are come to where what is before them is not true."""
    body = """BEGIN -- a remark; with 'signs
      IF NEW.a = ';' THEN RETURN NEW;
      ELSIF NEW.b > 1 THEN RAISE EXCEPTION 'no %', NEW.b;
      ELSE RAISE NOTICE 'yes'; END IF;
      RAISE 'never'; END"""
    first, second = Step("NEW.a = ';'", holds=False), Step("NEW.b > 1")
    assert [(first, second), (first, Step("NEW.b > 1", holds=False))] == refusing(body)


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN RAISE WARNING 'only'; RETURN NEW; END",
        "BEGIN BEGIN RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN NEW; END",
        "",
        "garbage ((( IF THEN",
    ],
)
def test_what_refuses_nothing_has_no_path(body):
    """A warning, an error that is caught, and a text that is no function."""
    assert [] == refusing(body)


def test_found_is_whether_the_query_before_it_had_rows():
    """PERFORM is a query like others."""
    body = "BEGIN PERFORM 1 FROM p WHERE p.x = NEW.x; IF NOT FOUND THEN RAISE 'no'; END IF; END"
    assert [(Step("NOT EXISTS (SELECT 1 FROM p WHERE p.x = NEW.x)"),)] == refusing(body)


def test_case_asks_for_one_of_its_values():
    """Its ELSE is come to where the subject is none of them."""
    body = "BEGIN CASE TG_OP WHEN 'INSERT', 'UPDATE' THEN NULL; ELSE RAISE 'op'; END CASE; END"
    assert [(Step("TG_OP IN ('INSERT' , 'UPDATE')", holds=False),)] == refusing(body)


def checks(body, **more):
    """Return what a trigger of the table asks for."""
    trigger = Trigger(name="g", timing="BEFORE", events=("INSERT",), body=body, **more)
    selection = Selection(tables={"t": TABLE}, called={TABLE.name: "t"})
    table = msgspec.structs.replace(TABLE, triggers=(trigger,))
    return [check.expression for check in trigger_checks(table, selection, {})]


def refuses_if(condition):
    """Return a body that refuses rows of a condition."""
    return f"BEGIN IF {condition} THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END"


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (refuses_if("NEW.n < 3"), ["NOT ((NEW.n < 3))"]),
        (refuses_if("TG_OP = 'DELETE'"), []),
        (
            refuses_if("TG_OP = 'INSERT' AND NEW.n < 3"),
            ["NOT (('INSERT' = 'INSERT' AND NEW.n < 3))"],
        ),
        (refuses_if("NEW.name IS NULL"), []),
        (refuses_if("n < 3"), ["n < 3"]),  # a variable, or a mistake
        ("BEGIN NEW.n := f(NEW.name); RETURN NEW; END", []),
        ("BEGIN NEW.name := f(NEW.n); RETURN NEW; END", ["NEW.name := f ( NEW.n )"]),
        ("BEGIN NEW.name := lower(NEW.name); RETURN NEW; END", []),
        ("BEGIN NEW.id := 1; RETURN NEW; END", ["NEW.id := 1"]),
        ("BEGIN IF NEW.id IS NULL THEN NEW.id := f(); END IF; RETURN NEW; END", []),
        ("BEGIN NEW.n := 1; IF NEW.n < 3 THEN RAISE 'x'; END IF; RETURN NEW; END", ["NEW.n < 3"]),
        ("BEGIN RETURN NULL; END", ["leaves out"]),
        ("BEGIN FOR i IN 1..3 LOOP RAISE 'x'; END LOOP; RETURN NEW; END", ["refuses"]),
    ],
)  # fmt: skip
def test_what_a_trigger_asks_of_rows(body, asked):
    """A condition on the row where one is known, and else a text that is none."""
    assert asked == checks(body)


def test_a_trigger_knows_its_arguments_and_when_it_runs():
    """What is given to it decides a path, and so does WHEN."""
    body = refuses_if("NEW.n = TG_ARGV[0]::int")
    assert ["NOT ((NEW.n = '3'::int))"] == [
        text.replace(" :: ", "::") for text in checks(body, arguments=("3",))
    ]
    assert [] == checks(body, condition="false")
    statement = checks("BEGIN RETURN NULL; END", each_row=False)
    assert [] == statement


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("now()", True), ("NEW.name || 'x'", True), ("NEW.n", False), ("coalesce(NEW.n, 0)", True),
        ("f(NEW.name)", False), ("(SELECT n FROM t)", False), ("NULL", False), ("((", False),
        ("(SELECT count(*) FROM t)", True), ("CASE WHEN NEW.n > 1 THEN 1 END", False),
        ("(SELECT coalesce(max(n), 0) FROM t) + 1", True),
    ],
)  # fmt: skip
def test_which_expressions_have_a_value(text, is_so):
    """In every row, whatever it holds."""
    selection = Selection(tables={"t": TABLE}, called={TABLE.name: "t"})
    assert is_so == never_null(text, TABLE, selection)


def test_functions_are_followed_to_those_that_they_call():
    """At any depth, and round a circle once."""
    functions = (
        Function(name="a", body="SELECT b(1)"),
        Function(name="b", body="INSERT INTO t; SELECT A()"),
        Function(name="c", body="unused"),
    )  # fmt: skip
    found = bodies_called("PERFORM a()", functions)
    assert ("SELECT b(1)", "INSERT INTO t; SELECT A()") == found
