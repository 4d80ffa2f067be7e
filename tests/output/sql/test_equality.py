"""What databases take for one value in a key: refused with both, or made so that it cannot be."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from support.tables import bind, bound, cells, schema_of

from shardgen.errors import InputError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.sql.json_equality import meaning
from shardgen.schema.types import parse_type
from shardgen.tables import values as c
from shardgen.tables.casts import cast

TEXT = parse_type("text")
ALL = ("postgres", "mysql", "sqlite")


def between(low: float, high: float, name: str = "decimal_range", **more) -> dict:
    return {"generator": name, "generator_params": {"min": low, "max": high, **more}}


def listed(*values) -> dict:
    return {"generator": "choice", "generator_params": {"values": values}}


def unique(kind: str, rows: int = 2, databases=ALL, **facts) -> list:
    """Return a unique column of these facts as it is made for these databases."""
    columns = {"v": {"type": kind, "unique": True, **facts}}
    return cells(bound(columns, rows, databases=databases), "v")


# --- Numbers that are made so that they differ


FLOATS = [
    ("float", between(0, 10**6, "float_range", precision=3), 20_000),
    ("float", between(0, 10**9, "int_range"), 20_000),
    ("float", between(-3000, 10**6), 20_000),
    ("float", between(0, 10**8, "loan_amount", step=1, distribution="uniform"), 1000),
    ("double", between(0, 10**11, "float_range", precision=6), 20_000),
    ("double", between(-(10**5), 10**5, "float_range", precision=12), 20_000),
]


@pytest.mark.parametrize(("kind", "facts", "rows"), FLOATS)
def test_unique_floats_differ_in_the_bits_that_are_kept(kind, facts, rows):
    """They have no more places than their type keeps of the greatest, and stay in bounds."""
    made = [float(value) for value in unique(kind, rows, **facts)]
    kept = np.array(made, np.float32 if kind == "float" else np.float64)
    assert rows == len(np.unique(kept))
    limits = facts["generator_params"]
    assert limits["min"] <= min(made) <= max(made) <= limits["max"]


def test_floats_that_24_bits_keep_have_all_their_places():
    """Nothing changes where the type has room for every number of the bounds."""
    made = unique("float", 2001, **between(-10, 10, "float_range", precision=2))
    assert [Decimal(n) / 100 for n in range(-1000, 1001)] != made
    assert [Decimal(n) / 100 for n in range(-1000, 1001)] == sorted(made)


def test_floats_differ_together_in_a_unique_set():
    """With a column of few values beside them."""
    columns = {
        "x": {"type": "float", **between(0, 10**8, "int_range")},
        "side": {"type": "varchar(1)", **listed("a", "b")},
    }
    schema = schema_of(t=(5000, columns, {"unique": [["x", "side"]]}))
    made = bind(schema, databases=ALL)["t"]
    pairs = zip(np.float32(cells(made, "x")).tolist(), cells(made, "side"), strict=True)
    assert len(set(pairs)) == 5000


# --- Refused


REFUSED = [
    ("float", between(0, 10**6, "float_range", precision=3), 10**7 + 2, ALL,
     "of these bounds a float keeps only 10000001 apart, 0.1 from each other"),
    ("float", {"generator": "sequence"}, 1 << 25, ALL,
     "yields numbers up to 33554432, 1 apart, and PostgreSQL keeps 24 bits of a float: from 1677"),
    ("float", listed(16777216, 16777217), 2, ("postgres",),
     "yields 16777216.00 and 16777217.00, which are one value in a float of PostgreSQL"),
    ("float", listed(0.1, 0.100000001), 2, ("mysql",), "are one value in a float of MySQL"),
    ("decimal(18,6)", between(0, 10**11), 2, ("postgres", "sqlite"),
     "SQLite keeps 53 bits of a decimal(18,6): from 8589934592 on two of them may be one"),
    ("decimal(6,2)", listed(1, 1.0), 2, (), "values 1 and 1.0 are one value of a decimal(6,2)"),
    ("float", listed(1, 1.0), 2, (), "values 1 and 1.0 are one value of a float"),
    ("datetime", listed("2024-01-01T00:00:00", "2024-01-01T00:00:00.5"), 2, (),
     "are one value of a datetime"),
    ("datetime", listed("2024-01-01T00:00:00", "2024-01-01T01:00:00+01:00"), 2, (),
     "are one value of a datetime"),
    ("date", listed(1, 2), 2, (), "yields decimal numbers, and the column is date"),
    ("jsonb", listed('{"a":1,"b":2}', '{"b": 2, "a": 1}'), 2, ("postgres",),
     "which are one value in PostgreSQL, which compares what JSON says"),
    ("jsonb", listed("1", "1.0"), 2, ("postgres",), "one value in PostgreSQL"),
    ("jsonb", listed('{"a":1,"a":2}', '{"a":2}'), 2, ("postgres",), "one value in PostgreSQL"),
    ("char(3)", listed("a", "a "), 2, ("postgres",), "one value in a PostgreSQL char"),
    ("varchar(3)", listed("a", "a "), 2, ("mysql",), "one value in a key of MySQL's"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "facts", "rows", "databases", "says"), REFUSED)
def test_what_a_database_takes_for_one_value_is_refused(kind, facts, rows, databases, says):
    """With the values or the numbers, and whose it is."""
    with pytest.raises(InputError, match=re.escape(says)):
        bound({"v": {"type": kind, "unique": True, **facts}}, rows, databases=databases)


KEPT = [
    ("float", listed(0.000001, 0.000002, 1000000.0), ALL),
    ("decimal(18,6)", between(0, 10**11), ("postgres", "mysql")),
    ("decimal(18,6)", between(0, 10**11, "int_range"), ALL),
    ("decimal(18,0)", between(0, 10**17), ALL),
    ("jsonb", listed('{"a":1}', '{"a":"1"}', "1", '"1"', "true", "[1]", "null"), ("postgres",)),
    ("jsonb", {}, ("postgres",)),
    ("jsonb", between(-9, 9), ("postgres",)),
    ("jsonb", listed("1", "1.0"), ("sqlite",)),
    ("varchar(4)", listed("1", "1.0", "01", " 1"), ALL),
    ("varchar(9)", listed("a", "A", "ä", "á"), ALL),
    ("char(3)", listed("a", "a "), ("sqlite",)),
    ("varchar(3)", listed("a", "a "), ("postgres", "sqlite")),
    ("char(4)", {"generator": "pattern", "generator_params": {"pattern": "##[ab ][ab ]"}}, ALL),
]


@pytest.mark.parametrize(("kind", "facts", "databases"), KEPT)
def test_what_databases_keep_apart_is_made(kind, facts, databases):
    """Values that only look alike, or to another database."""
    made = unique(kind, 2, databases, **facts)
    assert len(set(map(str, made))) == 2


def test_what_need_not_differ_may_be_alike():
    """A column that is not unique, or that is so only with one that differs already."""
    twice = {"type": "varchar(3)", **listed("a", "a ")}
    bound({"v": twice}, 2, databases=ALL)
    bind(schema_of(t=(2, {"v": twice}, {"unique": [["id", "v"]]})), databases=ALL)


# --- Texts that are put together


def text(*elements) -> c.Text:
    return c.Text(elements)


def some(low: int, high: int, digits: int = 1) -> c.Integers:
    return c.Integers(np.array([low, high]), low, high, digits)


def picks(*values: str) -> c.Dictionary:
    return c.Dictionary(np.arange(2) % len(values), c.Pool(values))


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        (text('{"id": ', some(1, 9), ', "tag": "', picks("a", "b"), '"}'), False),
        (text('{"id": ', some(1, 9, digits=2), "}"), True),
        (text('{"a": 1, "a": ', some(1, 9), "}"), True),
        (text('{"a": "', picks("A", r"\u0041"), '"}'), True),
        (text("[", picks("1", "1.0"), "]"), True),
        (text("[", *cast(c.Decimals(np.array([-5, 5]), 1, -5, 5), TEXT).elements, "]"), False),
        (cast(c.Decimals(np.array([5, 6]), 2, 5, 6), TEXT), False),
    ],
)
def test_json_that_is_put_together(values, alike):
    """Numbers and plain letters in one form cannot say the same twice; what else might."""
    refusal = DIALECTS["postgres"].equality.merges(parse_type("jsonb"), values, None)
    assert alike == (refusal is not None)


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        (text("a", picks("b", "b ")), True),
        (text(picks("a", "bc"), " ", picks("x", "")), True),
        (text(picks("a", "bc"), " ", picks("x", "yy")), False),
        (text(some(1, 99), picks(" ", "x")), True),
        (text(some(10, 99), picks(" ", "x")), False),
        (text(c.Union(((picks("a", "b"),), ()), np.array([0, 1])), " "), True),
    ],
)
def test_texts_that_may_end_in_spaces(values, alike):
    """Texts of one length differ without the spaces at their end too, others may not."""
    refusal = DIALECTS["mysql"].equality.merges(parse_type("varchar(9)"), values, None)
    assert alike == (refusal is not None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11"),
    ],
)
def test_uuids_are_read(one, other):
    """Whatever their letters, hyphens and braces, but for SQLite, which keeps their text."""
    values = picks(one, other)
    kind = parse_type("uuid")
    refused = {name: d.equality.merges(kind, values, None) for name, d in DIALECTS.items()}
    assert [name for name, refusal in refused.items() if refusal] == ["postgres", "mysql"]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1.0}', True),
        ("1e2", "100", True),
        ("-0", "0", True),
        (r'"\u0041"', '"A"', True),
        ('{"a": 1, "a": 2}', '{"a": 2}', True),
        ("1", "true", False),
        ("0", "false", False),
        ("[1, 2]", "[2, 1]", False),
        ('"1"', "1", False),
        ("{}", "[]", False),
        ("0.10000000000000000000000000000000001", "0.1", False),
    ],
)
@pytest.mark.postgres
def test_json_means_what_it_does_to_postgres(postgres_url, one, other, equal):
    """Two texts are equal here just where PostgreSQL says that they are."""
    import psycopg

    assert equal == (meaning(one) == meaning(other))
    with psycopg.connect(postgres_url) as connection:
        theirs = connection.execute("SELECT %s::jsonb = %s::jsonb", (one, other)).fetchone()
    assert theirs == (equal,)
