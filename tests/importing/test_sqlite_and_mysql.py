"""What SQLite and MySQL allow and PostgreSQL does not: imported, filled, loaded with all on."""

from __future__ import annotations

import cProfile
import pstats
import sqlite3
from contextlib import closing

import msgspec
import pytest

import shardgen
from shardgen.importing.ddl.reading import read
from shardgen.importing.described import Partitioning, Trigger
from shardgen.importing.filtering import Filters
from shardgen.importing.imported import Sizes, import_schema
from shardgen.importing.sources import described
from shardgen.importing.translation.json_texts import json_columns
from shardgen.importing.translation.partitions import partition_condition
from shardgen.importing.translation.refusing import refusals
from shardgen.importing.translation.types import imported_type
from shardgen.importing.writing import imported_text


@pytest.fixture
def filled(tmp_path):
    """Fill a database of SQLite from its own import; return the rows of each table, and notes."""

    def fill(ddl: str, rows: int = 200) -> tuple[dict[str, int], str]:
        path = tmp_path / "live.db"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(ddl)
        made = import_schema(described(f"sqlite:///{path}", Filters()), Sizes(rows=rows))
        file, dump = tmp_path / "live.yaml", tmp_path / "live.sql"
        file.write_text(imported_text(made.schema, made.notes, (), "yaml", "live.yaml"))
        shardgen.run(file, dump, ddl=False, workers=1)
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(dump.read_text("utf-8"))
            names = [table.name for table in made.schema.tables]
            counts = {
                n: connection.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for n in names
            }
        assert {t.name: t.record_count for t in made.schema.tables} == counts
        return counts, "\n".join(map(str, made.notes))

    return fill


def of_mysql(ddl, rows=200):
    """Return what is imported of MySQL's DDL, and its notes in one text."""
    made = import_schema(read(ddl, name="db", dialect="mysql"), Sizes(rows=rows))
    return made.schema, "\n".join(map(str, made.notes))


STRICT = "CREATE TABLE t (a INT NOT NULL, r REAL, t TEXT UNIQUE NOT NULL, b BLOB, x ANY) STRICT"
WITHOUT = "CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID"
FOLDED = "CREATE TABLE t (a TEXT COLLATE NOCASE UNIQUE NOT NULL, b TEXT COLLATE RTRIM UNIQUE)"
CHECKED = (
    "CREATE TABLE t (b TEXT CHECK (length(b) = 5), d TEXT CHECK (d GLOB '[a-c]*'),"
    " e CHECK (e IN (1, 2)), f TEXT CHECK (f LIKE 'x%'))"
)
COMPUTED = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL, m AS (n * 2),"
    " k AS (n + 1) STORED UNIQUE)"
)
JSON = (
    "CREATE TABLE t (j TEXT NOT NULL, k TEXT GENERATED ALWAYS AS (json_extract(j, '$.k')),"
    " v TEXT CHECK (json_valid(v)))"
)
CIRCLE = (
    "CREATE TABLE store (id INTEGER PRIMARY KEY, boss INT NOT NULL REFERENCES staff (id));"
    "CREATE TABLE staff (id INTEGER PRIMARY KEY, place INT NOT NULL REFERENCES store (id))"
)
LONG = "CREATE TABLE t (a VARCHAR(65536) NOT NULL, b VARCHAR(0))"


@pytest.mark.parametrize(
    "ddl", [STRICT, WITHOUT, FOLDED, CHECKED, COMPUTED, JSON, CIRCLE, LONG],
    ids=["strict", "without rowid", "collations", "checks", "computed", "json", "circle", "long"],
)  # fmt: skip
def test_every_table_has_its_rows(filled, ddl):
    """In SQLite, with all that it checks."""
    counts, _ = filled(ddl)
    assert {200} == set(counts.values())


TRIGGERS = {
    "where": "BEGIN SELECT RAISE(ABORT, 'no; never') WHERE new.n < 5000; END",
    "when": "WHEN new.n < 5000 BEGIN SELECT RAISE(ABORT, 'no'); END",
    "case": "BEGIN SELECT CASE WHEN new.n < 5000 THEN RAISE(FAIL, 'no') END; END",
}


@pytest.mark.parametrize("body", list(TRIGGERS.values()), ids=list(TRIGGERS))
def test_rows_meet_what_a_trigger_asks_for(filled, body):
    """As they would a CHECK: none is refused."""
    counts, _ = filled(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL);"
        f"CREATE TRIGGER bad BEFORE INSERT ON t {body};"
    )
    assert {"t": 200} == counts


def test_a_trigger_that_cannot_be_read_costs_its_table_the_rows(filled):
    """What it asks for of other tables is no law; the note names the trigger."""
    counts, notes = filled(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, n INT);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);"
        "CREATE TRIGGER bad BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no') WHERE NOT EXISTS"
        " (SELECT 1 FROM p WHERE p.n = new.n); END;"
    )
    assert {"p": 200, "t": 0} == counts
    assert "trigger bad" in notes


def test_a_trigger_of_mysql_is_read_up_to_its_signal():
    """One form of IF is a law; a trigger that also does another thing with SIGNAL is text."""
    table = read("CREATE TABLE t (n INT)", name="db", dialect="mysql").tables[0]

    def asked(body):
        trigger = Trigger(name="g", timing="BEFORE", events=("INSERT",), body=body)
        return [c.expression for c in refusals(struct_with(table, trigger), "mysql")]

    signal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF;"
    assert ["NOT ((n < 3))"] == asked(f"BEGIN IF NEW.n < 3 THEN {signal} END")
    other = f"BEGIN IF NEW.n < 3 THEN SET @a = 1; {signal} END"
    assert [other] == asked(other)
    assert [] == asked("BEGIN SET NEW.n = 1; END")


def struct_with(table, trigger):
    """Return a table with a trigger."""
    return msgspec.structs.replace(table, triggers=(trigger,))


def test_a_key_to_a_table_that_is_not_there_refuses_rows(filled):
    """SQLite takes none, not even with a null; a table that was left out by choice is there."""
    counts, notes = filled("CREATE TABLE t (a INT REFERENCES gone (id)); CREATE TABLE u (b INT)")
    assert {"t": 0, "u": 200} == counts
    assert "the key a leads to gone, which is not there" in notes


def test_a_key_to_a_table_that_is_left_out_is_null(tmp_path):
    """The table is in the database all the same."""
    (tmp_path / "x.sql").write_text(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p (id))"
    )
    database = described(str(tmp_path / "x.sql"), Filters(exclude=("p",)), dialect="sqlite")
    (table,) = import_schema(database, Sizes(rows=9)).schema.tables
    assert 9 == table.record_count
    assert {"null_probability": 1} == table.columns[0].generator_params


def test_a_key_to_columns_that_are_not_unique_refuses_rows_in_sqlite(filled):
    """It is a mismatch there, of which neither table gets a row."""
    counts, notes = filled(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, n INT); CREATE TABLE t (a INT REFERENCES p (n))"
    )
    assert {"p": 0, "t": 0} == counts
    assert "which nothing makes unique" in notes


def test_a_key_to_an_index_that_is_not_unique_makes_it_so_in_mysql():
    """InnoDB allows it; the parent's values differ, so that each child has one parent."""
    schema, notes = of_mysql(
        "CREATE TABLE p (id INT PRIMARY KEY, n INT NOT NULL, KEY (n));"
        "CREATE TABLE t (a INT NOT NULL, FOREIGN KEY (a) REFERENCES p (n));"
    )
    assert [200, 200] == [table.record_count for table in schema.tables]
    assert schema.table("p").columns[1].unique
    assert "n is unique, as keys lead there" in notes


@pytest.mark.parametrize(("words", "rows"), [("INT", 200), ("INT NOT NULL", 0)])
def test_a_key_to_its_own_columns_takes_null_alone(words, rows):
    """MariaDB takes REFERENCES without columns for those of the same name, and then no value."""
    schema, notes = of_mysql(f"CREATE TABLE t (id INT PRIMARY KEY, up {words} REFERENCES t)")
    (table,) = schema.tables
    assert (rows, None) == (table.record_count, table.columns[1].foreign_key)
    assert {None} >= {row["up"] for row in shardgen.generate(schema).tables["t"].rows}
    assert "the key up leads to itself" in notes


def test_a_key_to_a_column_that_is_always_null_is_null_too():
    """It can name no row, whatever the column that it leads to is."""
    schema, _ = of_mysql(
        "CREATE TABLE t (id INT PRIMARY KEY, up INT REFERENCES t);"
        "CREATE TABLE u (id INT PRIMARY KEY, up INT REFERENCES t);"
    )
    tables = shardgen.generate(schema).tables
    assert [200, 200] == [len(table.rows) for table in tables.values()]
    assert {None} == {row["up"] for table in tables.values() for row in table.rows}


def test_floats_with_digits_are_decimals_of_as_many():
    """double(5,4) takes no 12."""
    empty = read("CREATE TABLE t (n INT)", name="db", dialect="mysql")
    assert "decimal(5,4)" == imported_type("double(5,4)", empty).type
    unsigned = imported_type("float(7,3) unsigned", empty)
    assert ("decimal(7,3)", 0) == (unsigned.type, unsigned.low)
    assert "float" == imported_type("float", empty).type


def test_shapes_of_mysql_are_null_or_refused():
    """No text is one there; the reason names the type."""
    schema, notes = of_mysql(
        "CREATE TABLE a (id INT PRIMARY KEY, p POINT);"
        "CREATE TABLE b (id INT PRIMARY KEY, g GEOMETRY NOT NULL);"
    )
    assert [200, 0] == [table.record_count for table in schema.tables]
    assert "b.g: no value of the type geometry is known" in notes.lower()


@pytest.mark.parametrize(
    ("by", "bounds", "condition"),
    [
        ("year(`d`)", ("VALUES LESS THAN (1990)", "VALUES LESS THAN (2001)"), "`d` < '2001-01-01'"),
        ("to_days(`d`)", ("VALUES LESS THAN (737790)",), "`d` < '2020-01-01'"),
        ("TO_DAYS(d)", ("VALUES LESS THAN (TO_DAYS('2020-01-01'))",), "d < '2020-01-01'"),
        ("year(d)", ("VALUES LESS THAN (1990)", "VALUES LESS THAN MAXVALUE"), ""),
        ("d", ("VALUES LESS THAN ('1990-01-01')", "VALUES LESS THAN MAXVALUE"), ""),
    ],
)
def test_partitions_by_years_and_days_bound_the_day(by, bounds, condition):
    """As MySQL's own functions count them."""
    found = partition_condition(Partitioning(method="range", by=by, bounds=bounds))
    column = by.partition("(")[2].rstrip(")") or by
    asked = f"(({condition})) AND " if condition else ""
    assert f"{asked}{column} IS NOT NULL" == found


def test_a_table_of_partitions_by_years_has_rows():
    """All of them before the last bound."""
    schema, _ = of_mysql(
        "CREATE TABLE t (id INT NOT NULL, d DATE NOT NULL, PRIMARY KEY (id, d))"
        " PARTITION BY RANGE (year(d)) (PARTITION a VALUES LESS THAN (1990),"
        " PARTITION b VALUES LESS THAN (2001))"
    )
    rows = shardgen.generate(schema).tables["t"].rows
    assert 200 == len(rows)
    assert {row["d"].year < 2001 for row in rows} == {True}


def test_an_if_is_the_condition_that_it_chooses():
    """One of two columns is given, as MySQL writes it."""
    schema, _ = of_mysql(
        "CREATE TABLE t (a INT, b INT, CHECK (if(a IS NULL, b IS NOT NULL, b IS NULL) = 1))"
    )
    rows = shardgen.generate(schema).tables["t"].rows
    assert 200 == len(rows)
    assert {(row["a"] is None) + (row["b"] is None) for row in rows} == {1}


def test_functions_of_json_tell_which_texts_hold_it():
    """In conditions, computed columns and indexes; others of the table are plain."""
    (table,) = read(
        "CREATE TABLE t (a TEXT CHECK (json_valid(`a`)), b TEXT, c TEXT, d TEXT AS (b->>'$.x'),"
        " e TEXT)", name="db", dialect="mysql",
    ).tables  # fmt: skip
    assert {"a", "b"} == json_columns(table)


def test_the_work_of_an_import_grows_as_its_tables_do():
    """Twice as many tables take no more than 2.4 times as many calls, keys and checks included."""

    def calls(count):
        database = read(
            "".join(
                f"CREATE TABLE t{n} (id INT PRIMARY KEY, s VARCHAR(9) CHECK (s IN ('a', 'b')),"
                f" up INT NOT NULL, FOREIGN KEY (up) REFERENCES t{max(n - 1, 0)} (id));"
                for n in range(count)
            ),
            name="db",
            dialect="mysql",
        )
        profile = cProfile.Profile()
        made = profile.runcall(import_schema, database, Sizes(rows=5))
        profile.runcall(imported_text, made.schema, made.notes, (), "yaml", "x.yaml")
        return pstats.Stats(profile).total_calls

    calls(5)  # what is made once
    assert calls(160) < 2.4 * calls(80)
