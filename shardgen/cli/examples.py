"""Example values of a generator."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from shardgen.cli.cells import NULL, text_rows
from shardgen.errors import InputError, SchemaError
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Column, Schema, Table

EXAMPLES = 3
EXAMPLE_ROWS = 50  # enough for three that are not null
_TYPES = (
    *("text", "timestamp", "decimal(12,2)", "int", "boolean"),
    *("time", "varbinary(8)", "bit(12)", "inet", "text[]", "daterange"),
)
_PARAMETERS: dict[str, dict[str, Any]] = {
    **{
        name: {"values": [{"value": "shipped", "weight": 3}, {"value": "returned", "weight": 1}]}
        for name in ("enum", "weighted", "choice")
    },
    "constant": {"value": "EUR"},
    "regex": {"pattern": "^[A-Z]{3}-\\d{4}$"},
    "expression": {"expression": "'A-' || lpad(row_number, 4)"},
    "date_between": {"start_date": "2024-01-01", "end_date": "2024-12-31"},
    "timestamp_between": {"start_date": "2024-01-01", "end_date": "2024-12-31"},
}
"""What examples are made with, for generators that cannot do without parameters."""


def example_values(name: str) -> tuple[list[str], str]:
    """
    Return three values that the generator makes with its defaults, or an empty list and the reason.

    Where a bundled schema uses it, they come from there: such a generator may need other columns.
    """
    for path in bundled_schemas().values():
        for table in _tables(path):
            for column in table.columns:
                if column.generator == name:
                    return _values(_bound(path), table.name, column.name), ""
    reason = ""
    for kind in _TYPES:
        try:
            schema = load_schema(_example_schema(name, kind))
            source = Source.bind(build_plan(schema, Options(seed=1)))
            return _values(source, "examples", "value"), ""
        except InputError as error:
            reason = reason or error.mistakes[0].what
    return [], reason


def _example_schema(name: str, kind: str) -> Schema:
    """Return a schema with one column of that type and generator."""
    parameters = _PARAMETERS.get(name, {})
    column = Column(name="value", type=kind, generator=name, generator_params=parameters)
    key = Column(name="id", type="int", primary_key=True)
    table = Table(name="examples", record_count=EXAMPLES, columns=(key, column))
    return Schema(
        schema_version="1.0", name="examples", database_type=("postgres",), tables=(table,)
    )


def _tables(path: Path) -> tuple[Table, ...]:
    """Return the tables of a bundled schema; none where it is in YAML and PyYAML is missing."""
    try:
        return _loaded(path).tables
    except SchemaError:
        return ()


@cache
def _loaded(path: Path) -> Schema:
    return load_schema(path)


@cache
def _bound(path: Path) -> Source:
    return Source.bind(build_plan(_loaded(path), Options(seed=1)))


def _values(source: Source, table: str, column: str) -> list[str]:
    """Return the first values of a column that are not null."""
    stop = min(EXAMPLE_ROWS, source.plan.counts[table])
    cells = (cell for (cell,) in text_rows(source, table, [column], 0, stop))
    return list(islice((cell for cell in cells if cell != NULL), EXAMPLES))
