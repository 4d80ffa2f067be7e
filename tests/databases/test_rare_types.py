"""Types beyond the usual ones, loaded: each database has its own or the nearest, and the values."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from support.databases import TARGETS, Database
from support.loading import (
    DATABASES,
    Dump,
    assert_loaded,
    assert_sound,
    between,
    choice,
    column,
    expected_rows,
    table,
)

import shardgen
from shardgen.errors import SchemaError
from shardgen.schema.model import Schema

TYPES = {
    "mediumint": ("integer", "mediumint", "integer"),
    "tinyint unsigned": ("smallint", "tinyint unsigned", "integer"),
    "smallint unsigned": ("integer", "smallint unsigned", "integer"),
    "mediumint unsigned": ("integer", "mediumint unsigned", "integer"),
    "int(10) unsigned": ("bigint", "int unsigned", "integer"),
    "bigint unsigned": ("bigint", "bigint unsigned", "integer"),
    "bigserial": ("bigint", "bigint", "integer"),
    "year": ("smallint", "year(4)", "integer"),
    "real": ("real", "float", "real"),
    "time": ("time without time zone", "time", "text"),
    "time(3)": ("time(3) without time zone", "time(3)", "text"),
    "timetz": ("time with time zone", "time", "text"),
    "timestamp(6)": ("timestamp(6) with time zone", "timestamp(6)", "text"),
    "datetime(3)": ("timestamp(3) without time zone", "datetime(3)", "text"),
    "timestamptz": ("timestamp with time zone", "timestamp", "text"),
    "interval": ("interval", "varchar(32)", "text"),
    "bytea": ("bytea", "blob", "blob"),
    "binary(16)": ("bytea", "binary(16)", "blob"),
    "varbinary(5)": ("bytea", "varbinary(5)", "blob"),
    "bit": ("bit(1)", "bit(1)", "text"),
    "bit(12)": ("bit(12)", "bit(12)", "text"),
    "varbit(20)": ("bit varying(20)", "varchar(20)", "text"),
    "inet": ("inet", "varchar(43)", "text"),
    "cidr": ("cidr", "varchar(43)", "text"),
    "macaddr": ("macaddr", "varchar(17)", "text"),
    "citext": ("citext", "text", "text"),
    "xml": ("xml", "text", "text"),
    "tsvector": ("tsvector", "text", "text"),
    "point": ("point", "varchar(64)", "text"),
    "int4range": ("int4range", "varchar(32)", "text"),
    "int8range": ("int8range", "varchar(48)", "text"),
    "numrange": ("numrange", "varchar(48)", "text"),
    "daterange": ("daterange", "varchar(32)", "text"),
    "tsrange": ("tsrange", "varchar(48)", "text"),
    "tstzrange": ("tstzrange", "varchar(56)", "text"),
    "line": ("line", "varchar(96)", "text"),
    "lseg": ("lseg", "varchar(128)", "text"),
    "box": ("box", "varchar(128)", "text"),
    "path": ("path", "text", "text"),
    "polygon": ("polygon", "text", "text"),
    "circle": ("circle", "varchar(96)", "text"),
    "numeric": ("numeric", "decimal(10,2)", "decimal(10,2)"),
    "money": ("money", "decimal(16,2)", "decimal(16,2)"),
    "set('a','b','it''s')": ("text", "set('a','b','it''s')", "text"),
}
"""By the schema's name of a type: PostgreSQL, MySQL, SQLite."""

NO_KEYS = (
    *("tinyint unsigned", "bit", "year", "xml"),
    *("point", "line", "lseg", "box", "path", "polygon", "circle"),
)
"""Types with too few values for the rows, or such as a database makes no key of."""


def test_every_rare_type_arrives(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Each type is the catalog's own or the nearest, and its values come back, nulls too."""
    columns = [column(f"c{n}", kind) for n, kind in enumerate(TYPES)]
    nullable = [column(f"n{n}", kind, nullable=True) for n, kind in enumerate(TYPES)]
    unique = [
        column(f"u{n}", kind, unique=True)
        for n, kind in enumerate(TYPES)
        if kind not in NO_KEYS and not kind.startswith("set")
    ]
    tables = {"every": [*columns, *unique], "some": nullable}
    schema = schema_of(*(table(name, 250, *of) for name, of in tables.items()))
    database.load(dump(schema))
    place = DATABASES.index(database.dialect)
    found = database.columns("every") | database.columns("some")
    for n, kinds in enumerate(TYPES.values()):
        for prefix in "cn":
            assert found[f"{prefix}{n}"][0] == kinds[place], kinds
    assert_sound(database, schema)
    assert_loaded(database, schema)


INDEXES = ("btree", "hash", "brin", "gin", "fulltext")
USUAL = (
    *("int", "decimal(9,2)", "double", "varchar(30)", "char(9)", "text", "date", "timestamp"),
    *("boolean", "json", "jsonb", "uuid", "enum('a','b')", "decimal(38,4)"),
)


LONG = ("varbit(900)", "varchar(2000)", "varbinary(4000)", "char(200)")


def test_an_index_of_any_kind_over_any_type_is_made_or_left_out(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """What a database has no index of that kind for gets a usual one, or none; the dump loads."""
    tables = []
    for n, kind in enumerate((*TYPES, *USUAL, *LONG)):
        columns = [column("a", kind), column("b", "int"), column("e", "enum('a','b')")]
        columns[2] |= {"enum_name": "either"}
        indexes = [
            {"name": f"i{n}_{each}_{len(names)}_{names[0]}", "columns": names, "type": each}
            for each in INDEXES
            for names in (["a"], ["a", "b"], ["e"])
        ]
        tables.append(table(f"t{n}", 5, *columns, indexes=indexes))
    database.load(dump(schema_of(*tables)))
    assert 5 == database.count("t0")


def test_long_bits_are_in_keys_as_far_as_these_hold_them(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """MySQL keeps them as text: of a key 768 letters, of others as many as there may be."""
    unique = column("key", "varbit(5000)", unique=True)
    schema = schema_of(table("t", 9, unique, column("long", "varbit(20000)")))
    database.load(dump(schema))
    assert_loaded(database, schema)
    if database.dialect == "mysql":
        kinds = database.columns("t")
        assert ("varchar(768)", "text") == (kinds["key"][0], kinds["long"][0])
    listed = {"generator": "choice", "generator_params": {"values": ["01" * 400, "1"]}}
    schema = schema_of(table("t", 2, column("key", "varbit(5000)", unique=True, **listed)))
    if database.dialect == "mysql":
        with pytest.raises(SchemaError, match="800 bits, and a key of MySQL's holds 768"):
            dump(schema)


def test_defaults_of_rare_types_are_taken(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A row that says nothing of the columns gets their defaults."""
    facts = {
        "at": ("time", "09:30:00"), "hours": ("interval", "26:00:01"), "raw": ("blob", "00ff"),
        "fixed": ("binary(2)", "0a0b"), "flag": ("bit", True), "mask": ("bit(4)", "0110"),
        "since": ("year", 1999), "count": ("int unsigned", 4_000_000_000),
        "much": ("decimal(38,20)", "123456789012345678.12345678901234567890"),
    }  # fmt: skip
    columns = [column(name, kind, default=default) for name, (kind, default) in facts.items()]
    schema = schema_of(table("t", 3, *columns))
    database.load(dump(schema))
    database.execute("INSERT INTO t (id) VALUES (99)")
    row = database.rows("t", schema)[-1]
    assert (row["raw"], row["fixed"], row["mask"], row["flag"]) == (
        b"\0\xff", b"\x0a\x0b", "0110", "1",
    )  # fmt: skip
    assert (str(row["at"]), row["hours"].total_seconds()) == ("09:30:00", 26 * 3600 + 1)
    assert (row["since"], row["count"]) == (1999, 4_000_000_000)
    if database.dialect != "sqlite":
        assert Decimal("123456789012345678.12345678901234567890") == row["much"]


@pytest.mark.parametrize("target", TARGETS[:-1], indirect=True)
def test_decimals_of_more_than_18_digits_are_exact(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Up to 65 digits arrive, with all of their places, also where a law or a list makes them."""
    law = {"distribution": {"type": "normal", "params": {"mean": 1e20, "std_dev": 1e6}}}
    bounds = {"min": -1e22, "max": 1e22}
    columns = [
        column("usual", "decimal(20,4)", **between("decimal_range", 1, 1000)),
        column("plain", "decimal(38,20)"),
        column("signed", "decimal(38,10)", **between("decimal_range", -1e27, 1e27)),
        column("whole", "numeric(38)", unique=True, **between("decimal_range", 0, 1e37)),
        column("small", "decimal(30,30)"),
        column("wide", "decimal(65,30)", **between("decimal_range", -1e34, 1e34)),
        column("near", "decimal(38,15)", generator="decimal_range", generator_params=bounds | law),
        column("listed", "decimal(30,10)", **choice(10**17, -0.0000000001, 12.5)),
        column("text", "varchar(60)", **between("decimal_range", -5, 5)),
    ]
    schema = schema_of(table("t", 500, *columns))
    database.load(dump(schema))
    assert_sound(database, schema)
    assert_loaded(database, schema)
    rows = expected_rows(schema, "t")
    assert len({row["signed"] % 1 for row in rows}) > 400
    assert any(row["signed"] < 0 for row in rows)


def test_bits_and_bytes_take_what_is_like_them(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Booleans, numbers and listed digits fill bits; UUIDs and texts fill bytes."""
    columns = [
        column("flag", "bit", generator="boolean"),
        column("number", "bit(10)", **between("int_range", 0, 1023)),
        column("listed", "bit(4)", **choice("0000", "1010")),
        column("uuid", "binary(16)", generator="uuid", unique=True),
        column("text", "blob", **choice("naïve", "", "it's \\ 😀")),
        column("long", "varbinary(100)", generator="random_bytes", generator_params={"length": 99}),
        column("at", "time", **choice("09:00:00", "17:30:00")),
        column("night", "time(2)", generator="time_between",
               generator_params={"start_time": "22:00", "end_time": "23:59:59"}),
        column("took", "interval", **between("int_range", 0, 900_000)),
    ]  # fmt: skip
    child = table(
        "c", 50, column("uuid", "binary(16)", foreign_key={"table": "t", "column": "uuid"})
    )
    schema = schema_of(table("t", 300, *columns), child)
    database.load(dump(schema))
    assert_sound(database, schema)
    assert_loaded(database, schema)


def test_times_after_others_are_after_them_to_the_fraction(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """No moment lies before what it comes after, whatever digits both have."""
    after = {"generator": "timestamp_after", "generator_params": {"after": "a", "max_days": 0}}
    kinds = ("timestamp", "timestamp(2)", "timestamp(6)")
    narrow = between("timestamp_between", "2024-01-01T00:00:00", "2024-01-01T00:00:05")
    tables = [
        table(f"t{n}", 400, column("a", kind, **narrow),
              *(column(f"b{m}", other, **after) for m, other in enumerate(kinds)))
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    schema = schema_of(*tables)
    database.load(dump(schema))
    assert_loaded(database, schema)
    for n in range(len(kinds)):
        for row in expected_rows(schema, f"t{n}"):
            assert all(row["a"] <= row[f"b{m}"] for m in range(len(kinds)))
    assert len({row["a"].microsecond for row in expected_rows(schema, "t2")}) > 300


def test_an_enum_with_a_name_is_a_type_in_postgres(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Columns share it; its labels have their order, and a default is one of them."""
    kind = "enum('small','big','it''s')"
    sizes = [column(n, kind, enum_name="Size of", default="big") for n in ("a", "b")]
    schema = schema_of(table("t", 100, *sizes), table("u", 9, column("c", kind)))
    database.load(dump(schema))
    assert_loaded(database, schema)
    name = {"postgres": '"Size of"', "sqlite": "text"}
    assert database.columns("t")["a"][0] == name.get(database.dialect, kind)
    if database.dialect == "postgres":
        found = database.query("SELECT a::text AS label FROM t GROUP BY t.a ORDER BY t.a")
        assert [label for (label,) in found] == ["small", "big", "it's"]


@pytest.mark.parametrize("target", TARGETS[:2], indirect=True)
def test_a_type_that_only_the_database_knows_is_passed_through(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """It takes the values of the type that it stands for."""
    listed = choice("0/16B3748", "0/0")
    schema = schema_of(table("t", 20, column("b", "pg_lsn", **{"as": "varchar(99)"}, **listed)))
    database.load(dump(schema))
    assert database.columns("t")["b"][0] == "pg_lsn"
    assert database.count("t", "b IS NOT NULL") == 20


def test_labels_of_enums_of_postgres_are_as_long_as_names(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """PostgreSQL takes 63 bytes, and a longer one is refused before a row is made."""
    kinds = [f"enum('{'x' * length}','b')" for length in (63, 64)]
    database.load(dump(schema_of(table("t", 5, column("x", kinds[0], enum_name="mood")))))
    with pytest.raises(SchemaError, match="has 64 bytes"):
        schema_of(table("t", 5, column("x", kinds[1], enum_name="mood")))


@pytest.mark.parametrize("kind", ["xml", "point", "polygon", "circle"])
def test_keys_that_postgres_does_not_make_are_refused(
    schema_of: Callable[..., Schema], kind: str
) -> None:
    """Types without an order have no B-tree."""
    with pytest.raises(SchemaError, match=f"PostgreSQL makes no key of a column of type {kind}"):
        schema_of(table("t", 5, column("x", kind, unique=True)))


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        (choice("Ann", "bob", "ANN"), "'Ann' and 'ANN', which are one value in a citext"),
        ({"generator": "full_name"}, "texts that may differ in case alone"),
    ],
)
def test_citext_that_differs_in_case_alone_is_no_key(
    schema_of: Callable[..., Schema], facts: dict[str, object], what: str
) -> None:
    """PostgreSQL takes it for one value: it is refused before a row is made."""
    schema = schema_of(table("t", 3, column("x", "citext", unique=True, **facts)))
    with pytest.raises(SchemaError, match=what):
        shardgen.generate(schema)


@pytest.mark.parametrize("target", TARGETS[:2], indirect=True)
def test_citext_in_one_case_is_a_key(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """E-mail addresses, codes, and picks that differ in more."""
    columns = [
        column("mail", "citext", unique=True, generator="email"),
        column("code", "citext", unique=True, generator="pattern",
               generator_params={"pattern": "AB-####"}),
        column("id2", "citext", unique=True, generator="uuid"),
    ]  # fmt: skip
    schema = schema_of(table("t", 900, *columns))
    database.load(dump(schema))
    assert_sound(database, schema)
    assert_loaded(database, schema)


@pytest.mark.parametrize("target", TARGETS[:2], indirect=True)
def test_types_of_extensions_are_passed_through(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """hstore, ltree and jsonpath take listed texts; the dump makes the extensions."""
    given = {
        "hstore": ('"a"=>"1", "b"=>NULL', '"c d"=>"it\'s"'),
        "ltree": ("Top.Science", "Top.Arts.Music"),
        "jsonpath": ('$."a"[*]', "$"),
        "ltree[]": ("{Top,Top.Arts}", "{}"),
    }
    columns = [
        column(f"c{n}", kind, **{"as": "varchar(99)"}, **choice(*texts))
        for n, (kind, texts) in enumerate(given.items())
    ]
    database.load(dump(schema_of(table("t", 40, *columns))))
    for n, (kind, texts) in enumerate(given.items()):
        assert database.columns("t")[f"c{n}"][0] == kind
        found = database.query(f"SELECT DISTINCT c{n}::text FROM t")
        assert {text for (text,) in found} == {*texts}
