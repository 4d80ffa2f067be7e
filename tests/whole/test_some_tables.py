"""Some of the tables are written, and their rows are those that they have among all."""

from __future__ import annotations

import sqlite3

import pytest

import shardgen
from shardgen.errors import PlanError

LOANS = ("loans", "credit_scores")


def test_a_table_alone_has_the_bytes_that_it_has_among_all(tmp_path):
    """Whatever is written beside it, and by however many workers."""
    shardgen.run("fintech-loans", tmp_path / "all", format="csv", seed=7)
    for workers in (1, 2):
        out = tmp_path / f"some{workers}"
        shardgen.run(
            "fintech-loans", out, format="csv", seed=7, tables=LOANS, workers=workers,
            shard_rows=100,
        )  # fmt: skip
        assert {f"{name}.csv" for name in LOANS} == {path.name for path in out.glob("*.csv")}
        for path in out.glob("*.csv"):
            assert (tmp_path / "all" / path.name).read_bytes() == path.read_bytes()


def test_one_table_of_many_goes_to_one_file(tmp_path):
    """As that of a schema with one table does."""
    shardgen.run("fintech-loans", tmp_path / "loans.csv", format="csv", tables=["loans"])
    assert 1001 == len((tmp_path / "loans.csv").read_text(encoding="utf-8").splitlines())


def test_the_library_makes_the_same():
    """Keys lead to tables that are not among the rows."""
    some = shardgen.generate("fintech-loans", tables=["payments"], rows={"loans": 50}).tables
    every = shardgen.generate("fintech-loans", rows={"loans": 50}).tables
    assert ["payments"] == [*some]
    assert every["payments"].rows == some["payments"].rows


def test_dumps_of_parts_load_one_after_another(tmp_path):
    """Parents first: each dump makes its own tables, and refers to those that are there."""
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA foreign_keys = ON")
        for tables in (["borrowers", "credit_scores"], ["loans"], ["payments"]):
            dump = tmp_path / "part.sql"
            shardgen.run("fintech-loans", dump, dialect="sqlite", tables=tables)
            database.executescript(dump.read_text(encoding="utf-8"))
        assert [] == database.execute("PRAGMA foreign_key_check").fetchall()
        assert [(1000,)] == database.execute("SELECT count(*) FROM loans").fetchall()
    database.close()


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@pytest.mark.parametrize("name", ["departments", "employees"])
def test_a_table_of_a_circle_speaks_of_no_other(dialect, name, tmp_path):
    """Of keys that wait there are those of the tables that are written."""
    other = {"departments": "employees", "employees": "departments"}[name]
    shardgen.run("example-circle", tmp_path / "dump.sql", dialect=dialect, tables=[name])
    text = (tmp_path / "dump.sql").read_text(encoding="utf-8")
    quote = "`" if dialect == "mysql" else '"'
    for statement in ("CREATE TABLE", "ALTER TABLE", "INSERT INTO", "UPDATE"):
        assert f"{statement} {quote}{other}{quote}" not in text
    assert f" ON {quote}{other}{quote}" not in text


def test_unknown_tables_are_refused_by_name():
    """With what is near, or all that there are."""
    with pytest.raises(PlanError) as caught:
        shardgen.generate("fintech-loans", tables=["loan", "things"])
    known = "borrowers, loans, payments, credit_scores"
    assert [
        "there is no table 'loan' to write; did you mean 'loans'?",
        f"there is no table 'things' to write; the tables are {known}",
    ] == [f"{mistake.what}; {mistake.hint}" for mistake in caught.value.mistakes]
