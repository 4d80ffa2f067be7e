"""Bound expressions as values: they are pickled and printed, and so are their errors."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from support.expressions import BOUNDED, COLUMNS, ROWS, TEXTS, expression
from support.tables import bind, bound, cells, schema_of

from shardgen.generators.expressions.constants import typed_constant
from shardgen.generators.expressions.numbers import ArithmeticBoundsError
from shardgen.generators.expressions.operations import OPERATIONS
from shardgen.generators.expressions.parser import parse
from shardgen.generators.expressions.resolution import operation
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import Typed

CONDITIONS = [
    *("a is null", "a is not null", "n in (1, 2, b)", "n not between a and b", "flag and a > b"),
    *("not flag or state = 'paid'", "chance(0.5)", "day < '2023-06-01'", "at >= day", "true"),
    "case when flag then a > b else n = 3 end",
]
TEMPORAL = [
    *("day + months(n)", "day - 3", "days(1) + day", "day + (months(2) + days(n))", "as_of"),
    *(
        "greatest(day, '2023-01-01')",
        "random(day, as_of)",
        "date(at)",
        "case when flag then due end",
    ),
]
EXPRESSIONS = [
    *((text, "bigint") for text in [*BOUNDED, "row_number", "random(1, n)", "12"]),
    *((text, "decimal(18,6)") for text in ("price * n * 0.07", "price / n", "round(rate, 1)")),
    *((text, "text") for text in [*TEXTS, "initcap(state || '')", "upper(left(state, 2))", "n"]),
    *((text, "boolean") for text in CONDITIONS),
    *((text, "date") for text in TEMPORAL),
    ("at - minutes(n)", "timestamp"),
]  # fmt: skip


def replace_by_copy(table, name: str):
    """Replace a column of a table by a copy that went through pickle."""
    table.columns[name] = pickle.loads(pickle.dumps(table.columns[name]))


@pytest.mark.parametrize(("text", "kind"), EXPRESSIONS)
def test_a_copy_by_pickle_computes_the_same(text, kind):
    """Values and nulls, in all rows and in some."""
    table = bound(COLUMNS | {"v": expression(text, kind, nullable=True)}, ROWS)
    whole, some = cells(table, "v"), cells(table, "v", [9, 9, 2])
    replace_by_copy(table, "v")
    assert whole == cells(table, "v")
    assert some == cells(table, "v", [9, 9, 2])


AGGREGATES = [
    *("count(c)", "count(c.x)", "sum(c.x where x > 3)", "round(avg(c.x * p.rate))", "max(c.x)"),
    *("coalesce(min(c.x), 0)", "sum(random(1, 6) from c)", "case when exists(c) then 1 end"),
]


@pytest.mark.parametrize("text", AGGREGATES)
def test_a_copy_of_an_aggregate_computes_the_same(text):
    """With children, their conditions, and what they read of their parent."""
    key = {"table": "p", "column": "id", "fan_out": {"type": "grouped", "distribution": "poisson"}}
    tables = bind(
        schema_of(
            p=(50, {"rate": COLUMNS["rate"], "v": expression(text, nullable=True)}),
            c=(200, {"p_id": {"type": "bigint", "foreign_key": key}, "x": COLUMNS["a"]}),
        )
    )
    whole = cells(tables["p"], "v")
    replace_by_copy(tables["p"], "v")
    assert whole == cells(tables["p"], "v")


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_can_be_pickled(name):
    """No overload of an operator or a function is a lambda or a nested function."""
    for overload in OPERATIONS[name]:
        copy = pickle.loads(pickle.dumps(overload))
        assert repr(overload) == repr(copy)
        assert "<lambda>" not in repr(copy)
        assert "<locals>" not in repr(copy)


def typed(text: str) -> Typed:
    """Return an operator between constants."""
    tree = parse(text)
    return operation(tree, tree.operator, [typed_constant(arg) for arg in tree.args])


def test_a_typed_node_is_printed_with_the_names_of_its_operations():
    """So that a debugger shows what it computes."""
    shown = repr(typed("2 * 21"))
    assert "function multiply" in shown
    assert "kind='integer'" in shown


def test_a_traceback_names_the_operation():
    """The function of an operation stands in the frames of what it raises, by its own name."""
    node = typed("1 - 2")
    wrong = msgspec.structs.replace(node.function, operands=(node, "no number"))
    with pytest.raises(AttributeError) as caught:
        wrong(None)
    assert "subtract" in [frame.name for frame in caught.traceback]


@pytest.mark.parametrize(
    "error",
    [
        ExpressionError("expected a value, got the end", 4, 5, "write one"),
        ArithmeticBoundsError("reaches 1e+30, more than 18 digits", "round() it"),
    ],
)
def test_errors_can_be_pickled(error):
    """What is wrong, its place and the way out come back."""
    copy = pickle.loads(pickle.dumps(error))
    assert str(error) == str(copy)
    assert vars(error) == vars(copy)
