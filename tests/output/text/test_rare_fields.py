"""Values of rare types as text: both writers, in every dialect's notation and in CSV."""

from __future__ import annotations

import csv
import io

import pytest
from support.tables import bind, schema_of
from support.writers import NOTATIONS, assert_written_alike, written

from shardgen.output.csv import SYNTAX

ROWS = 20_000
KINDS = (
    "decimal(38,20)", "decimal(30,0)", "decimal(19,19)", "time", "time(4)", "timetz",
    "timestamp(6)", "datetime(1)", "interval", "blob", "binary(3)", "varbinary(40)", "bit",
    "bit(13)", "varbit(64)", "bigint unsigned", "year",
)  # fmt: skip


@pytest.fixture(scope="module")
def table():
    """Bind a table of all kinds, some of them null, and numbers below zero."""
    columns = {f"c{n}": {"type": kind, "nullable": n % 3 == 0} for n, kind in enumerate(KINDS)}
    far = {"generator": "decimal_range", "generator_params": {"min": -1e27, "max": 1e27}}
    listed = {"generator": "choice", "generator_params": {"values": ["", "a", "é'\\"]}}
    columns |= {"far": {"type": "decimal(38,9)", **far}, "listed": {"type": "blob", **listed}}
    return bind(schema_of(t=(ROWS, columns)))["t"]


@pytest.mark.parametrize("name", NOTATIONS)
def test_both_writers_write_the_same_bytes(table, name, monkeypatch):
    """And any range alone those that it has in the whole."""
    assert_written_alike(table, NOTATIONS[name], 7001, monkeypatch)


def test_csv_has_bytes_as_hexadecimal_digits(table):
    r"""Times, bits and wide numbers stand as they are, without quotes; no bytes are \x."""
    text = written(table, SYNTAX, 0, 300).decode()
    rows = list(csv.reader(io.StringIO(text)))
    made = {name: table.columns[name] for name in ("c10", "c13", "far", "listed")}
    from shardgen.tables.batch import Batch

    batch = Batch.of_range(table, 0, 300)
    names = list(table.columns)
    for name in made:
        at = names.index(name)
        for row, value in zip(rows, batch.column(name).python(), strict=True):
            assert row[at] == (rf"\x{value.hex()}" if isinstance(value, bytes) else f"{value!s}")
    assert ",\\x\n" in text
