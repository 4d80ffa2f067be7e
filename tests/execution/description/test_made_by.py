"""What makes a column, in words."""

from __future__ import annotations

import pytest

from shardgen.execution.description.schema_rows import describe_schema
from shardgen.plan.plan import Options

RANGES = [{"min": 21, "max": 24, "weight": 7}, {"min": 25, "max": 34, "weight": 28.5}]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("int pk", "the row's number"),
        (
            {"type": "int = int_range", "generator_params": {"min": 1, "max": 9}},
            "int_range: min 1, max 9",
        ),
        (
            {"type": "varchar(9) null = choice", "generator_params": {"values": ["a", "b"]}},
            "choice: values a, b; null in 10%",
        ),
        (
            {
                "type": "varchar(9) = weighted",
                "generator_params": {"values": [{"value": "a", "weight": 3}, {"value": "b"}]},
            },
            "weighted: values a 3, b",
        ),
        (
            {
                "type": "int = int_range",
                "generator_params": {
                    "min": 0,
                    "max": 99,
                    "distribution": {"type": "weighted_ranges", "params": {"ranges": RANGES}},
                },
            },
            "int_range: min 0, max 99, distribution weighted_ranges(ranges 21–24 7, 25–34 28.5)",
        ),
        ({"type": "int = expression", "generator_params": {"expression": "1 + 1"}}, "= 1 + 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_column_says_what_makes_it(column, said):
    """Its generator with the parameters that are given, as a person reads them."""
    table = {"rows": 20, "columns": {"x": column}}
    if column != "int pk":
        table["columns"] = {"id": "int pk", "x": column}
    head = {"schema_version": "1.0", "name": "one", "database_type": ["sqlite"]}
    (found,) = describe_schema(head | {"tables": {"t": table}}, Options()).tables
    assert said == found.column("x").made_by
