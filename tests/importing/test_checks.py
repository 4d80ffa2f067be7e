"""CHECK constraints are met by construction: the rows load into tables that have them."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3

import msgspec
import pytest

import shardgen
from shardgen.importing.checks.condition import Compare, Counted, Match, Operand, Unread
from shardgen.importing.checks.patterns import never_matches
from shardgen.importing.checks.reading import read_check
from shardgen.importing.described import (
    Check,
    Column,
    Database,
    Domain,
    ForeignKey,
    Name,
    Partitioning,
    Table,
)
from shardgen.importing.imported import Sizes, import_schema
from shardgen.importing.translation.partitions import partition_condition

COLUMNS = {
    "id": "integer", "qty": "integer", "lo": "integer", "hi": "integer", "price": "numeric(10,2)",
    "status": "varchar(20)", "name": "text", "code": "varchar(12)", "started": "datetime",
    "ended": "datetime", "born": "date", "a": "integer", "b": "integer", "c": "integer",
    "flag": "boolean",
}  # fmt: skip
NULLABLE = ("a", "b", "c", "ended")

CHECKS = [
    ("qty > 0",),
    ("qty between 1 and 5", "qty <> 1"),
    ("0 < qty AND 10 >= qty",),
    ("qty in (3, 5, 7)",),
    ("qty <> 7", "qty NOT IN (700, 701)"),
    ("qty between 1 and 3", "qty <> 2"),
    ("qty = 4",),
    ("NOT (qty < 10)",),
    ("abs(qty) <= 3",),
    ("price <> 'NaN'",),
    ("price NOT IN ('Infinity', 5)", "price < 9"),
    ("price >= 0.01 AND price < 100",),
    ("price > 0.5", "price <= 0.6"),
    ("status in ('new', 'paid')",),
    ("status = 'new' OR status = 'paid'",),
    ("upper(status) in ('NEW', 'PAID')",),
    ("lower(code) = code",),
    ("name <> ''", "length(name) <= 9"),
    ("length(name) between 3 and 5",),
    ("length(trim(name)) > 0",),
    ("name LIKE 'ab_%'",),
    ("code GLOB '[A-Z][0-9]*'",),
    ("lo <= hi",),
    ("lo < hi", "hi <= 50"),
    ("lo >= 10", "hi > lo", "hi < 15"),
    ("hi = lo",),
    ("hi >= lo + 5",),
    ("a <= b",),
    ("lo <= qty", "qty <= hi"),
    ("price >= qty",),
    ("ended > started",),
    ("ended IS NULL OR ended >= started",),
    ("born >= '1990-01-01' AND born < '2000-01-01'",),
    ("a IS NULL OR b IS NULL",),
    ("(a IS NULL) <> (b IS NULL)",),
    ("(a IS NOT NULL) + (b IS NOT NULL) + (c IS NOT NULL) = 1",),
    ("(a IS NULL) = (b IS NULL)",),
    ("a IS NOT NULL OR b IS NOT NULL",),
    ("CASE WHEN a IS NULL THEN 0 ELSE 1 END + CASE WHEN b IS NULL THEN 0 ELSE 1 END = 1",),
    ("status <> 'paid' OR a IS NOT NULL", "status in ('new', 'paid')"),
    ("(status = 'paid') = (a IS NOT NULL)",),
    ("coalesce(a, 0) >= 0",),
    ("coalesce(a, -1) >= 0",),
    ("flag",),
    ("flag IN (0, 1)",),
    ("typeof(qty) = 'integer'",),
    ("a IS NOT b",),
    ("CASE WHEN a IS NULL THEN b IS NOT NULL ELSE b IS NULL AND c IS NULL END",),
    ("CASE status WHEN 'new' THEN qty = 1 WHEN 'paid' THEN qty > 3 ELSE 0 END",),
    ("CASE WHEN a > 3 THEN b > 1 ELSE b < 0 END",),
]  # fmt: skip


def described(checks, dialect="sqlite", columns=COLUMNS):
    """Return a database of one table with these checks."""
    made = tuple(
        Column(name=name, type=kind, nullable=name in NULLABLE, counts=name == "id")
        for name, kind in columns.items()
    )
    table = Table(
        name=Name("", "t"),
        columns=made,
        primary_key=("id",),
        checks=tuple(Check(name=f"c{n}", expression=text) for n, text in enumerate(checks)),
    )
    return Database(dialect=dialect, name="db", tables=(table,))


def rows_of(imported, count=400):
    """Return the rows of the one table."""
    assert count == imported.schema.tables[0].record_count, imported.notes
    return shardgen.generate(imported.schema, seed=3).tables["t"].rows


@pytest.mark.parametrize("checks", CHECKS, ids="; ".join)
def test_rows_meet_their_checks(checks):
    """SQLite takes them all, and is the judge."""
    imported = import_schema(described(checks), Sizes(rows=400))
    rows = rows_of(imported)
    nulls = {name: "" if name in NULLABLE else " NOT NULL" for name in COLUMNS}
    columns = ", ".join(f"{name} {kind}{nulls[name]}" for name, kind in COLUMNS.items())
    conditions = "".join(f", CHECK ({text})" for text in checks)
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE t ({columns}{conditions})")
        marks = ", ".join("?" for _ in COLUMNS)
        values = [[_plain(row[name]) for name in COLUMNS] for row in rows]
        connection.executemany(f"INSERT INTO t VALUES ({marks})", values)


def _plain(value):
    if isinstance(value, (int, str, type(None))):
        return value
    return float(value) if hasattr(value, "as_tuple") else str(value)


def test_a_check_that_is_not_read_leaves_the_table_without_rows():
    """Its text and the way out are in the report; nothing is loaded that may be refused."""
    imported = import_schema(described(["qty % 2 = hi % 3"]), Sizes(rows=400))
    assert 0 == imported.schema.tables[0].record_count
    (note,) = (note for note in imported.notes if note.kind == "refused")
    assert "qty % 2 = hi % 3" in note.what


def test_contradictions_are_refused():
    """No row can meet both."""
    for checks in (["qty > 5", "qty < 3"], ["lo > hi", "lo < 5", "hi > 10"]):
        imported = import_schema(described(checks), Sizes(rows=400))
        assert 0 == imported.schema.tables[0].record_count


def test_a_way_that_contradicts_another_check_is_not_taken():
    """All conditions are solved together."""
    checks = ["qty = 1 OR status = 'x'", "qty > 5"]
    rows = rows_of(import_schema(described(checks), Sizes(rows=400)))
    assert {"x"} == {row["status"] for row in rows}


def test_nulls_are_drawn_where_columns_exclude_each_other():
    """Each of them is given in some rows."""
    rows = rows_of(import_schema(described(["(a IS NULL) <> (b IS NULL)"]), Sizes(rows=400)))
    assert 50 < sum(row["a"] is None for row in rows) < 350


READ = {
    "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))":
        {"status in a, b"},
    "num_nonnulls(a, b) = 1": {Counted(("a", "b"), "=", 1)},
    "(name !~~ 'a%'::text)": {Match(Operand("name"), "^a.*$", negated=True)},
    "num_nulls(a, b) = 1": {Counted(("a", "b"), "=", 1)},
    "(((a IS NOT NULL))::integer + ((b IS NOT NULL))::integer) = 1": {Counted(("a", "b"), "=", 1)},
    "(qty >= (0)::numeric)": {Compare(Operand("qty"), ">=", 0)},
    "(char_length((name)::text) <= 20)": {Compare(Operand("name", "length"), "<=", 20)},
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_what_postgres_makes_of_a_check_is_read(text):
    """Its casts, arrays and functions say the same as what was written."""
    found = read_check(text, "postgres", {name: name for name in COLUMNS})
    (expected,) = READ[text]
    if isinstance(expected, str):
        assert expected == f"{found.left.column} in {', '.join(found.values)}"
    else:
        assert expected == found


@pytest.mark.parametrize("text", ["", "(", "qty >", "select 1", "qty > (select 1)", "x.y.z > 1"])
def test_what_is_no_condition_is_unread(text):
    """Nothing is raised, whatever stands there."""
    found = read_check(text, "postgres", {"qty": "qty"})
    assert isinstance(found, Unread) or "Unread" in repr(found)


def test_a_first_day_and_a_moment_are_both_kept():
    """Somebody born from 1930 on is of age today, and on every later day."""
    made = described(
        ["born >= '1930-01-01'::date AND born <= (now() - '18 years'::interval)"], "postgres"
    )
    born = [
        dt.date.fromisoformat(str(row["born"]))
        for row in rows_of(import_schema(made, Sizes(rows=400)))
    ]
    assert dt.date(1930, 1, 1) <= min(born)
    assert max(born) <= dt.date(2007, 1, 1)


CUTS = {
    "by list": (Partitioning(method="list", by="status", bounds=(
        "FOR VALUES IN ('new', 'it''s')", "FOR VALUES IN ('paid')")),
        lambda row: row["status"] in ("new", "it's", "paid")),
    "by range": (Partitioning(method="range", by="born", bounds=(
        "FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')",)),
        lambda row: dt.date(2020, 1, 1) <= row["born"] < dt.date(2020, 2, 1)),
    "by ranges next to each other": (Partitioning(method="range", by="lo", bounds=(
        "FOR VALUES FROM (27) TO (28)", "FOR VALUES FROM (1) TO (27)",
        "FOR VALUES FROM (28) TO (900)")), lambda row: 1 <= row["lo"] < 900),
    "by several": (Partitioning(method="range", by="lo, hi", bounds=(
        "FOR VALUES FROM (3, MINVALUE) TO (9, 4)",)), lambda row: 3 < row["lo"] < 9),
    "within": (Partitioning(method="list", by="qty", bounds=("FOR VALUES IN (5)",), within=((
        "FOR VALUES IN (5)", Partitioning(method="range", by="lo", bounds=(
            "FOR VALUES FROM (10) TO (20)",))),)),
        lambda row: row["qty"] == 5 and 10 <= row["lo"] < 20),
    "for all": (Partitioning(method="list", by="status", bounds=(
        "FOR VALUES IN ('new')", "DEFAULT")), lambda _: True),
}  # fmt: skip


@pytest.mark.parametrize("name", CUTS)
def test_each_row_has_a_partition(name):
    """Values are those that partitions are there for."""
    cut, is_in = CUTS[name]
    made = described([], "postgres")
    table = msgspec.structs.replace(made.tables[0], partitioning=cut)
    made = msgspec.structs.replace(made, tables=(table,))
    rows = rows_of(import_schema(made, Sizes(rows=400)))
    assert all(map(is_in, rows))


def test_ranges_that_follow_each_other_are_one():
    """Rows are in all of them."""
    cut, _ = CUTS["by ranges next to each other"]
    assert "((lo >= 1 AND lo < 900)) AND lo IS NOT NULL" == partition_condition(cut)


def test_a_table_without_partitions_has_no_rows():
    """PostgreSQL has no place for one."""
    made = described([], "postgres")
    cut = Partitioning(method="list", by="status")
    table = msgspec.structs.replace(made.tables[0], partitioning=cut)
    imported = import_schema(msgspec.structs.replace(made, tables=(table,)), Sizes(rows=400))
    assert 0 == imported.schema.tables[0].record_count


def test_keys_keep_the_conditions_of_their_domains():
    """One that counts has room, one that leads to such a key has its values."""
    domain = Domain(name=Name("", "small"), type="integer",
                    checks=(Check(name="c", expression="VALUE >= 5 AND VALUE <= 99"),))  # fmt: skip
    parent = Table(name=Name("", "p"), primary_key=("id",), columns=(
        Column(name="id", type="small", nullable=False, counts=True),))  # fmt: skip
    key = ForeignKey(name="f", columns=("p_id",), table=Name("", "p"), references=("id",))
    columns = (Column(name="p_id", type="small"),)
    child = Table(name=Name("", "c"), columns=columns, foreign_keys=(key,))
    made = Database(dialect="postgres", name="db", tables=(parent, child), domains=(domain,))
    imported = import_schema(made, Sizes(rows=50))
    rows = shardgen.generate(imported.schema, seed=3).tables
    assert [*range(5, 55)] == [row["id"] for row in rows["p"]]
    assert {row["p_id"] for row in rows["c"]} - {None} <= set(range(5, 55))


@pytest.mark.parametrize(
    "check", ["p_hash ~ '^0x[0-9a-f]{6}$'", "(\"P_HASH\"  ~ '^0x[0-9a-f]{6}$')"]
)
def test_a_key_keeps_what_its_parents_are_asked_for(check):
    """The same condition of both, though it is none that a key can be given a law for."""
    asked = Check(name="c", expression="hash ~ '^0x[0-9a-f]{6}$'")
    column = Column(name="hash", type="text", nullable=False)
    parent = Table(name=Name("", "p"), primary_key=("hash",), columns=(column,), checks=(asked,))
    key = ForeignKey(name="f", columns=("p_hash",), table=Name("", "p"), references=("hash",))
    child = Table(
        name=Name("", "c"),
        columns=(Column(name="p_hash", type="text", nullable=False),),
        foreign_keys=(key,),
        checks=(Check(name="c", expression=check),),
    )
    made = Database(dialect="postgres", name="db", tables=(parent, child))
    imported = import_schema(made, Sizes(rows=50))
    rows = shardgen.generate(imported.schema, seed=3).tables
    assert all(re.fullmatch("0x[0-9a-f]{6}", row["p_hash"]) for row in rows["c"])
    assert len(rows["c"]) == 50


KEYS = {
    "kind_id in (2, 4)": {2, 4},
    "kind_id > 45": set(range(46, 51)),
    "kind_id <> 3": set(range(1, 51)) - {3},
}


@pytest.mark.parametrize("check", KEYS)
def test_a_key_leads_to_rows_that_its_check_allows(check):
    """And to no others."""
    parent = Table(name=Name("", "p"), primary_key=("id",), columns=(
        Column(name="id", type="integer", nullable=False, counts=True),))  # fmt: skip
    child = Table(name=Name("", "c"), columns=(
        Column(name="kind_id", type="integer", nullable=False),), foreign_keys=(
        ForeignKey(name="f", columns=("kind_id",), table=Name("", "p"), references=("id",)),),
        checks=(Check(name="k", expression=check),))  # fmt: skip
    made = Database(dialect="postgres", name="db", tables=(parent, child))
    imported = import_schema(made, Sizes(rows=50))
    rows = shardgen.generate(imported.schema, seed=3).tables["c"].rows
    assert len(rows) == 50
    assert {row["kind_id"] for row in rows} <= KEYS[check]


COUNTED = {
    ("bytea", "octet_length(x) = 20"): lambda x: len(x) == 20,
    ("bytea", "length(x) <= 4"): lambda x: len(x) <= 4,
    ("text[]", "cardinality(x) >= 2 AND cardinality(x) < 4"): lambda x: 2 <= len(x) < 4,
    ("integer[]", "array_length(x, 1) = 3"): lambda x: len(x) == 3,
}


@pytest.mark.parametrize(("kind", "check"), COUNTED)
def test_bytes_and_arrays_are_as_long_as_asked(kind, check):
    """As PostgreSQL counts them."""
    table = Table(name=Name("", "t"), columns=(Column(name="x", type=kind, nullable=False),),
                  checks=(Check(name="c", expression=check),))  # fmt: skip
    made = Database(dialect="postgres", name="db", tables=(table,))
    rows = rows_of(import_schema(made, Sizes(rows=400)))
    assert all(COUNTED[kind, check](row["x"]) for row in rows)


NEVER = {r"\s": True, ":": True, "a:|[0-9]": True, "a:|[0-z]": False, "-?": False, "(x_)+": True,
         ".": False, "^$": False, "(": False,
         "A": False, "[A-F]": False, "[[:alpha:]]": False, "[^a-z]": False,
         "_[A-Z]": True}  # fmt: skip


@pytest.mark.parametrize("pattern", NEVER)
def test_what_no_small_letters_match_is_known(pattern):
    """Or not known, and then nothing is claimed."""
    assert NEVER[pattern] is never_matches(pattern)
