"""The library: the rows of a dump in memory, as Python values."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from decimal import Decimal
from typing import get_type_hints
from uuid import UUID

import msgspec
import pytest
from support.places import TESTS
from support.schemas import parsed, right

import shardgen
from shardgen.errors import PlanError, SchemaError
from shardgen.plan.plan import OptionArguments
from shardgen.tables.batch import BATCH_ROWS

MINIMAL = TESTS / "schemas" / "sourcebox-minimal.json"
BY_HAND = TESTS / "schemas" / "by-hand.json"


def test_the_example_of_the_package_holds():
    """The lines of the package's docstring, as a reader would type them."""
    schema = shardgen.load_schema("fintech-loans")
    dataset = shardgen.generate(schema, rows={"borrowers": 10}, seed=42)
    assert 10 == len(dataset.tables["borrowers"].rows)
    assert schema is dataset.schema or schema == dataset.schema


def test_values_have_the_types_of_their_columns():
    """int, Decimal, float, str, bool, date and datetime; None for null."""
    table = shardgen.generate(MINIMAL).tables["child"]
    kinds = {name: {type(row[name]) for row in table.rows} for name in table.columns}
    assert {
        "id": {int},
        "parent_id": {int},
        "flag": {bool},
        "amount": {Decimal},
        "note": {str, type(None)},
        "data": {str},
        "ref": {str},
        "at": {dt.datetime},
        "size": {float, type(None)},
        "code": {str},
    } == kinds
    assert {4} == {UUID(row["ref"]).version for row in table.rows}
    loans = shardgen.generate("fintech-loans").tables["loans"].rows
    assert {dt.date} == {type(row["funded_date"]) for row in loans}


def test_decimals_keep_their_places():
    """1.50 is not 1.5: each value has the places of its column."""
    amounts = shardgen.generate(MINIMAL).tables["child"].rows
    assert {-2} == {row["amount"].as_tuple().exponent for row in amounts}


@pytest.mark.parametrize("schema", ["fintech-loans", MINIMAL, BY_HAND], ids=str)
def test_the_rows_are_those_of_the_dump(schema, tmp_path):
    """Value for value, in the same order, whatever the tables are called."""
    options = shardgen.Options(seed=9, dialect="sqlite", scale=3, edge_case_probability=0.1)
    shardgen.run(schema, tmp_path / "x.sql", options=options)
    database = sqlite3.connect(":memory:")
    database.executescript((tmp_path / "x.sql").read_text())
    dataset = shardgen.generate(schema, seed=9, scale=3, edge_case_probability=0.1)
    for name, table in dataset.tables.items():
        quoted = name.replace('"', '""')
        dumped = database.execute(f'select * from "{quoted}"').fetchall()
        assert dumped == [tuple(map(_stored, row.values())) for row in table]
        assert (
            tuple(c[1] for c in database.execute(f'pragma table_info("{quoted}")')) == table.columns
        )
    database.close()


def _stored(value):
    """Return a value as SQLite holds it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


ARGUMENTS = {
    "rows": {"borrowers": 20},
    "scale": 0.1,
    "seed": 42,
    "as_of": dt.date(2024, 2, 29),
    "edge_case_probability": 0.3,
}


@pytest.mark.parametrize("names", [[name] for name in ARGUMENTS] + [list(ARGUMENTS)], ids=str)
def test_generate_and_run_take_the_same_arguments(names, tmp_path):
    """Each alone and all at once, by name or as Options: the same rows, other than the default."""
    given = {name: ARGUMENTS[name] for name in names}
    rows = {
        name: table.rows
        for name, table in shardgen.generate("fintech-loans", **given).tables.items()
    }
    options = shardgen.Options(**given)
    again = shardgen.generate("fintech-loans", options=options).tables
    assert rows == {name: table.rows for name, table in again.items()}
    assert rows["borrowers"] != shardgen.generate("fintech-loans").tables["borrowers"].rows
    summary = shardgen.run("fintech-loans", tmp_path / "by-name.sql", **given)
    shardgen.run("fintech-loans", tmp_path / "by-options.sql", options=options)
    assert summary.tables == {name: len(table) for name, table in rows.items()}
    assert (tmp_path / "by-name.sql").read_bytes() == (tmp_path / "by-options.sql").read_bytes()


def test_arguments_go_before_options(tmp_path):
    """The other fields of the options stay as they are."""
    options = shardgen.Options(seed=1, dialect="sqlite", rows={"loans": 7})
    summary = shardgen.run("fintech-loans", tmp_path / "x.sql", options=options, seed=2)
    assert (2, "sqlite", 7) == (summary.seed, summary.dialect, summary.tables["loans"])
    tables = shardgen.generate("fintech-loans", options=options, seed=2).tables
    assert (
        tables["loans"].rows
        == shardgen.generate("fintech-loans", rows={"loans": 7}, seed=2).tables["loans"].rows
    )


def test_arguments_are_those_that_options_has():
    """With the same types; any other is refused, and no file is opened."""
    fields = msgspec.structs.fields(shardgen.Options)
    assert {field.name: field.type for field in fields} == get_type_hints(OptionArguments)
    for function in (shardgen.run, shardgen.generate):
        with pytest.raises(TypeError, match="has no field 'sed'"):
            function("fintech-loans", sed=5)


def test_any_slice_is_made_alone():
    """It is equal to that of the whole table, and negative places count from the end."""
    table = shardgen.generate("fintech-loans").tables["payments"]
    assert table.rows[1700:1800] == table.slice(1700, 1800)
    assert table.rows[-1:] == table.slice(len(table) - 1, len(table))


def test_rows_and_iteration_agree_and_rows_are_kept():
    """Over more than a batch; the second look at `rows` makes nothing again."""
    table = shardgen.generate("fintech-loans", rows={"payments": 20_000}).tables["payments"]
    assert BATCH_ROWS < 20_000 == len(table) == len(table.rows)
    assert list(table) == table.rows
    assert table.rows is table.rows


def test_tables_come_parents_first():
    """In the order of the dump, whatever the order of the schema file."""
    assert ["parent", "child"] == list(shardgen.generate(MINIMAL).tables)


def test_every_reference_is_valid():
    """With half of the rows too: children refer to parents that are there then."""
    tables = shardgen.generate("fintech-loans", scale=0.5).tables
    keys = {row["id"] for row in tables["borrowers"]}
    assert {row["borrower_id"] for row in tables["loans"]} <= keys


def test_wrong_arguments_are_refused_before_anything_is_made():
    """By the call itself, with the message that the command line gives."""
    with pytest.raises(PlanError, match="unknown table 'loan'; did you mean 'loans'"):
        shardgen.generate("fintech-loans", rows={"loan": 5})
    with pytest.raises(PlanError, match="-1 rows of 'loans'"):
        shardgen.generate("fintech-loans", rows={"loans": -1})
    with pytest.raises(PlanError, match="the scale is 0"):
        shardgen.generate("fintech-loans", scale=0)
    with pytest.raises(SchemaError, match="no file and no bundled schema"):
        shardgen.generate("nope")


def test_a_schema_in_python_is_checked():
    """Nobody has looked at it before."""
    schema = parsed(right())
    _, orders = schema.tables
    broken = msgspec.structs.replace(schema, tables=(orders,))
    with pytest.raises(SchemaError, match="there is no table 'users'"):
        shardgen.generate(broken)


def test_generate_leaves_no_trace(tmp_path, monkeypatch):
    """It writes no file."""
    monkeypatch.chdir(tmp_path)
    assert shardgen.generate("fintech-loans").tables["loans"].rows
    assert [] == list(tmp_path.iterdir())


THREADS = """
import sys, threading
sys.setswitchinterval(1e-4)
import shardgen
ready, made = threading.Barrier(4), []
def make():
    ready.wait()
    made.append(list(shardgen.generate("fintech-loans").tables["loans"].slice(0, 3)))
threads = [threading.Thread(target=make) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(made) == 4 and made.count(made[0]) == 4
"""


@pytest.mark.parametrize("_time", range(3))
def test_threads_may_start_at_once(_time):
    """The first use in a process is made by four threads together; each gets the same rows."""
    ended = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, check=False)
    assert (0, b"") == (ended.returncode, ended.stderr)


def test_a_data_set_fits_a_screen():
    """Its text has a line for each of at most 20 tables, none of them wider than 80 characters."""
    dataset = shardgen.generate("fintech-loans", scale=0.01, seed=7)
    lines = repr(dataset).splitlines()
    assert "Dataset fintech-loans: 49 rows in 4 tables, seed 7" == lines[0]
    assert ["borrowers", "loans", "payments", "credit_scores"] == [s.split()[0] for s in lines[1:]]
    columns = {f"column_{n}": "int" for n in range(40)}
    tables = {f"t{n}": {"columns": columns, "record_count": 9} for n in range(90)}
    wide = shardgen.schema("x" * 60, tables)
    many = shardgen.generate(wide, scale=0.001)
    lines = repr(many).splitlines()
    assert 22 == len(lines)
    assert "  … and 70 more tables" == lines[-1]
    assert 80 >= max(map(len, lines))


def test_a_table_shows_its_first_rows():
    """As many columns as fit, ten rows at most, each on a line of its own."""
    dataset = shardgen.generate("retail-ecommerce", scale=0.02)
    for table in dataset.tables.values():
        lines = repr(table).splitlines()
        assert 13 >= len(lines)
        assert 80 >= max(map(len, lines))
    assert "orders: 40 rows" == repr(dataset["orders"]).splitlines()[0]
    assert "… and 30 more rows" == repr(dataset["orders"]).splitlines()[-1]


def test_a_table_is_found_by_its_name():
    """A wrong name is told with the one that may be meant."""
    dataset = shardgen.generate(MINIMAL)
    assert dataset["child"] is dataset.tables["child"]
    with pytest.raises(KeyError, match="there is no table 'chld'; did you mean 'child'"):
        dataset["chld"]


def test_rows_are_stated_of_a_data_set():
    """One list after the other, with everything else that was asked for."""
    dataset = shardgen.generate("retail-ecommerce", scale=0.02, seed=7)
    more = dataset.with_rows(customers=[{"first_name": "Al"}]).with_rows(
        customers=[{"first_name": "Bo"}], orders=[{"customer": {"first_name": "Bo"}}]
    )
    assert ["Al", "Bo"] == [row["first_name"] for row in more["customers"].slice(0, 2)]
    assert more["customers"].rows[1]["id"] == more["orders"].rows[0]["customer_id"]
    assert dataset["customers"].rows[2:] != []
    assert [r["phone"] for r in dataset["customers"]] == [r["phone"] for r in more["customers"]]
