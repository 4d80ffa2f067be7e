"""
Generators by family: a batch of one column, made again and again.

Each registered generator fills the only column of a table, one of a type that it takes; what reads
other columns or a parent does so in the fintech schema. Those that need more than that are features of
a schema: bench_features.py has them. Bytes are those of the values as text.
"""

from __future__ import annotations

from typing import Any

import pytest
from support.tables import bind, schema_of

import shardgen
from shardgen.errors import ShardgenError
from shardgen.generators.registry import GENERATORS
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable

TABLE_ROWS = 300_000
ROWS = pytest.mark.parametrize("rows", [BATCH_ROWS], ids="rows={}".format)
TYPES = (
    *("varchar(200)", "bigint", "decimal(12,2)", "date", "timestamp", "boolean", "uuid"),
    *("time", "varbinary(8)", "bit(12)", "inet", "int[]", "daterange"),
)
CHOICE = {"values": [{"value": "active", "weight": 70}, {"value": "closed", "weight": 30}]}
DAYS = {"start_date": "1992-01-01", "end_date": "1998-12-31"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "snowflake": {"at": "at"},
    "regex": {"pattern": r"^[A-Z]{3}-\d{4}$"},
    "choice": CHOICE,
    "constant": {"value": "USD"},
    "date_between": DAYS,
    "enum": CHOICE,
    "timestamp_between": DAYS,
    "weighted": CHOICE,
}
TIME = {"type": "timestamp", "generator": "timestamp_past"}
"""Of a column beside, for the generators that read one."""
FEATURES = {"dataset", "date_after", "expression", "ordinal", "pattern", "timestamp_after"}
UNIQUE = ("int_range", "email", "username", "phone", "company", "product_name")
FINTECH = shardgen.load_schema("fintech-loans")


def family(name: str) -> str:
    return GENERATORS[name].__module__.rsplit(".", 1)[-1]


def one_column(name: str, *, unique: bool = False, kind: str | None = None) -> BoundTable:
    """A table with one column of this generator, of the first type that it takes."""
    refused: ShardgenError | None = None
    parameters = PARAMETERS.get(name, {})
    if unique and name == "int_range":
        parameters = {"min": 0, "max": 10 * TABLE_ROWS}
    for each in TYPES if kind is None else (kind,):
        facts = {"type": each, "generator": name, "generator_params": parameters, "unique": unique}
        try:
            return bind(schema_of(t=(TABLE_ROWS, {"at": TIME, "v": facts})))["t"]
        except ShardgenError as error:
            refused = refused or error
    raise AssertionError(f"{name} takes no type of {TYPES}: {refused}")


def in_fintech(name: str) -> tuple[BoundTable, str] | None:
    """The table and column of the fintech schema that this generator fills."""
    tables = bind(FINTECH, borrowers=50_000, loans=200_000, payments=700_000, credit_scores=50_000)
    for table in FINTECH.tables:
        for column in table.columns:
            if column.generator == name:
                return tables[table.name], column.name
    return None


def check(table: BoundTable, column: str, made: Batch) -> int:
    """The batch's values are those of its rows made apart; return their bytes as text."""
    values = made.column(column).python()
    half = Batch(table, made.rows[1::2]).column(column).python()
    assert len(made) == len(values)
    assert values[1::2] == half
    return sum(len(str(value)) for value in values)


def run(measure: Any, batches: Any, rows: int, table: BoundTable, column: str) -> None:
    batch = batches(table)
    size = check(table, column, batch())
    measure(lambda: batch().column(column), rows=rows, size=size)


def names() -> list[Any]:
    """All names but those that are another's second, and features."""
    first = {kind: name for name, kind in reversed(list(GENERATORS.items()))}
    named = sorted(set(first.values()) - FEATURES)
    return [pytest.param(name, id=f"{family(name)}-{name}") for name in named]


@ROWS
@pytest.mark.parametrize("name", sorted(names(), key=lambda each: str(each.id)))
def test_column(measure, batches, rows, name):
    """One generator's column, alone or in the lending schema where it needs a loan."""
    of_loans = family(name) in ("fintech", "payments") or name == "maturity_date"
    found = in_fintech(name) if of_loans else None
    run(measure, batches, rows, *(found or (one_column(name), "v")))


@ROWS
@pytest.mark.parametrize("name", UNIQUE)
def test_unique_column(measure, batches, rows, name):
    """Unique ones go through a permutation of all there are."""
    table = one_column(name, unique=True)
    run(measure, batches, rows, table, "v")
    values = Batch.of_range(table, 0, rows).column("v").python()
    assert rows == len(set(values))


@ROWS
def test_faker_method(measure, batches, rows):
    """A pick from a pool of a thousand calls."""
    run(measure, batches, rows, one_column("faker.catch_phrase", kind="varchar(200)"), "v")
