"""Contradictions of a column's type, default, generator and parameters, each at its own field."""

from __future__ import annotations

import pytest
from support.schemas import at, column_mistakes, with_column

from shardgen.generators.registry import GENERATORS


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"type": "varchr(9)"}, "unknown type 'varchr' at {}.type; did you mean 'varchar'?"),
        ({"type": "blob"}, "unknown type 'blob' at {}.type; known are tinyint, smallint, int"),
        ({"type": "varchar"}, "type 'varchar' is not varchar(n) with 1 <= n <= 65535 at {}.type"),
        ({"type": ""}, 'the column has no type at {}.type; give it a "type"'),
        ({"type": "int", "default": "abc"}, "the default 'abc' is no int at {}.default"),
        ({"type": "int", "default": 1.5}, "the default 1.5 is no int at {}.default"),
        ({"type": "int", "default": True}, "the default true is no int at {}.default"),
        (
            {"type": "decimal(4,2)", "default": "x"},
            "the default 'x' is no decimal(4,2) at {}.default",
        ),
        ({"type": "boolean", "default": "yes"}, "the default 'yes' is no boolean at {}.default"),
        ({"type": "date", "default": 5}, "the default 5 is no date at {}.default"),
        (
            {"type": "enum('a','b')", "default": "c"},
            "the default 'c' is no enum('a','b') at {}.default",
        ),
        (
            {"type": "varchar(2)", "default": "abc"},
            "the default 'abc' is no varchar(2) at {}.default",
        ),
        (
            {"type": "text", "default": "a\0"},
            r"the text 'a\x00' is one with a NUL, which no database stores at {}.default",
        ),
        (
            {"type": "int", "generator": "int_rnge"},
            "unknown generator 'int_rnge' at {}.generator; did you mean 'int_range'?",
        ),
        (
            {"type": "int", "generator": "zzz"},
            "unknown generator 'zzz' at {}.generator; see `shardgen generators` for all of them",
        ),
        (
            {"type": "int", "generator_params": {"min": 1}},
            (
                "a column without a generator takes no parameter 'min' at {}.generator_params.min; "
                'name a generator with "generator"'
            ),
        ),
        (
            {"type": "int", "distribution": "normal"},
            (
                "a column without a generator takes no distribution at {}.distribution; "
                'name a generator with "generator"'
            ),
        ),
        (
            {"type": "int", "nullable": True, "generator_params": {"null_probability": 2}},
            "2 is not a number from 0 to 1 at {}.generator_params.null_probability",
        ),
        (
            {"type": "int", "nullable": True, "generator_params": {"null_probability": True}},
            "true is not a number from 0 to 1 at {}.generator_params.null_probability",
        ),
    ],
)
def test_types_defaults_and_generators(column, expected):
    """Each is one mistake at the field that is wrong, with the nearest name or what is allowed."""
    (line,) = column_mistakes(**column)
    assert line.startswith(expected.format(at("")))


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("int", 0),
        ("int", "7"),
        ("decimal(4,2)", 1.5),
        ("decimal(4,2)", "1.50"),
        ("float", 1e9),
        ("boolean", True),
        ("boolean", "false"),
        ("boolean", 0),
        ("text", "it's"),
        ("text", 5),
        ("enum('a')", "a"),
        ("date", "CURRENT_DATE"),
        ("timestamp", "2024-01-01"),
        ("json", "{}"),
    ],
)
def test_defaults_that_databases_take(kind, default):
    """Text for a number, a number for text, and expressions that the database computes."""
    assert [] == column_mistakes(type=kind, default=default)


@pytest.mark.parametrize(
    ("generator", "parameters", "expected"),
    [
        ("int_range", {"mni": 1}, "unknown parameter 'mni' at {}.mni; did you mean 'min'?"),
        ("int_range", {"min": "x", "max": 9}, "'x' is not a whole number at {}.min"),
        ("int_range", {"min": 1.5, "max": 9}, "1.5 is not a whole number at {}.min"),
        ("weighted_boolean", {"true_weight": 1.5}, "1.5 is above 1 at {}.true_weight"),
        ("phone", {"format": "uss"}, "unknown value 'uss' at {}.format; did you mean 'us'?"),
        ("enum", {}, "'values' is missing at tables.users.columns.c.generator_params"),
        ("enum", {"values": []}, "[] is empty at {}.values"),
        (
            "enum",
            {"values": ["a", {"value": "b", "weight": 0}]},
            "0 is not above 0 at {}.values[1].weight",
        ),
        (
            "enum",
            {"values": [{"value": "b", "weight": -3}]},
            "-3 is not above 0 at {}.values[0].weight",
        ),
        (
            "enum",
            {"values": [{"value": "b", "weight": "x"}]},
            "'x' is not a number at {}.values[0].weight",
        ),
        (
            "enum",
            {"values": [{"value": "b", "wieght": 3}]},
            "unknown field 'wieght' at {}.values[0]; did you mean 'weight'?",
        ),
        ("enum", {"values": [{"weight": 3}]}, "'value' is missing at {}.values[0]"),
        ("date_past", {"days_ago": -1}, "-1 is below 0 at {}.days_ago"),
        ("date_past", {"max_days_ago": 1e3}, "1000.0 is not a whole number at {}.max_days_ago"),
        (
            "date_past",
            {"days_ago": 1, "max_days_ago": 2},
            "'max_days_ago' is another name of 'days_ago' at {}.max_days_ago; keep one of them",
        ),
        (
            "date_between",
            {"start_date": "2024-02-30", "end_date": "2024-03-01"},
            "'2024-02-30' is not a date such as '2024-12-31' at {}.start_date",
        ),
        ("password", {"length": 500}, "500 is above 128 at {}.length"),
        (
            "int_range",
            {"distribution": "nrmal"},
            "unknown distribution 'nrmal' at {}.distribution; did you mean 'normal'?",
        ),
        (
            "int_range",
            {"distribution": 5},
            "unknown distribution 5 at {}.distribution; known are uniform",
        ),
        (
            "int_range",
            {"distribution": {"mean": 5}},
            "the distribution has no type at {}.distribution; known are uniform",
        ),
        (
            "int_range",
            {"distribution": {"type": "normal", "params": [5]}},
            "[5] is not an object at {}.distribution.params",
        ),
        (
            "int_range",
            {"distribution": {"type": "normal", "params": {"mean": 5, "std_dev": 0}}},
            "0 is not above 0 at {}.distribution.params.std_dev",
        ),
        (
            "int_range",
            {"distribution": {"type": "normal", "mean": 5, "std_dev": -1}},
            "-1 is not above 0 at {}.distribution.std_dev",
        ),
        ("int_range", {"distribution": "normal", "mean": 5}, "'std_dev' is missing at {}"),
        (
            "enum",
            {"values": [{"value": "b", "weight": 1e301}]},
            "1e301 is above 1e+300 at {}.values[0].weight",
        ),
        (
            "int_range",
            {"distribution": "zipf", "exponent": 1000},
            "1000 is above 20 at {}.exponent",
        ),
        ("int_range", {"distribution": "zipf", "exponent": 0}, "0 is not above 0 at {}.exponent"),
        ("int_range", {"ranges": []}, "[] is empty at {}.ranges"),
        (
            "int_range",
            {"ranges": [{"min": 1, "max": 2, "weight": 0}]},
            "0 is not above 0 at {}.ranges[0].weight",
        ),
        ("int_range", {"ranges": [{"min": 1, "weight": 1}]}, "'max' is missing at {}.ranges[0]"),
        (
            "int_range",
            {"min": 0, "max": 1000, "distribution": "normal", "mean": 5000, "std_dev": 5},
            "mean 5000 is not within min 0 to max 1000 at {}.mean; give min and max",
        ),
        (
            "int_range",
            {"min": 0, "max": 1000, "distribution": "exponential", "mean": 600, "start": 500},
            "mean 600 after start 500 is not within min 0 to max 1000 at {}.mean; give min and max",
        ),
        ("int_range", {"max": 850}, "'max' is given, and 'min' is missing at {}.max; give both"),
        (
            "decimal_range",
            {"min": 1, "distribution": "uniform"},
            "'min' is given, and 'max' is missing at {}.min; give both",
        ),
        (
            "float_range",
            {"ranges": [{"min": 1, "max": 20}, {"min": 40, "max": 50}, {"min": 15, "max": 30}]},
            "15 to 30 overlaps 1 to 20 at {}.ranges[2]; let ranges follow each other",
        ),
        (
            "first_name",
            {"distribution": "normal"},
            "unknown parameter 'distribution' at {}.distribution; known are",
        ),
    ],
)
def test_wrong_parameters_are_named_with_their_path(generator, parameters, expected):
    """Down to the entry of a list: names, types, ranges and contradictions among them."""
    lines = column_mistakes(type="int", generator=generator, generator_params=parameters)
    assert 1 == len(lines)
    assert lines[0].startswith(expected.format(at(".generator_params")))


def test_several_wrong_parameters_come_at_once():
    """Unknown, missing and of a wrong type, of the generator and of its distribution."""
    parameters = {"mni": 1, "mxa": 2, "distribution": "normal", "mean": 5, "std_dv": 3, "max": "x"}
    where = at(".generator_params")
    assert [
        f"'std_dev' is missing at {where}",
        f"'x' is not a whole number at {where}.max",
        f"unknown parameter 'mni' at {where}.mni; did you mean 'min'?",
        f"unknown parameter 'mxa' at {where}.mxa; did you mean 'max'?",
        f"unknown parameter 'std_dv' at {where}.std_dv; did you mean 'std_dev'?",
    ] == sorted(column_mistakes(type="int", generator="int_range", generator_params=parameters))


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 0.0, -1.0])
def test_weights_in_python_are_checked_too(weight):
    """JSON has no NaN, but a dict in Python may."""
    import msgspec

    from shardgen.errors import SchemaError
    from shardgen.plan.load import load_schema
    from shardgen.schema.model import Schema

    values = [{"value": "a", "weight": weight}, "b"]
    raw = with_column(type="text", generator="enum", generator_params={"values": values})
    schema = msgspec.convert(raw, Schema)
    with pytest.raises(SchemaError, match="weight"):
        load_schema(schema)


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_every_generator_refuses_a_parameter_it_does_not_know(name):
    """Not one of them takes a misspelt parameter in silence."""
    lines = column_mistakes(type="int", generator=name, generator_params={"no_such": 1})
    assert any(line.startswith("unknown parameter 'no_such' at ") for line in lines)


def test_an_exponential_mean_counts_from_its_start():
    """A mean below `min` is right where `start` lifts it above: no false alarm."""
    parameters = {
        "min": 2800,
        "max": 4200,
        "distribution": "exponential",
        "mean": 300,
        "start": 2800,
    }
    assert [] == column_mistakes(type="int", generator="int_range", generator_params=parameters)
