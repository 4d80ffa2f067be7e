"""Values of every type, loaded: what a database holds afterwards is what was made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.databases import TARGETS, Database
from support.loading import (
    DATABASES,
    TEXTS,
    Dump,
    assert_loaded,
    assert_sound,
    between,
    choice,
    column,
    expected_rows,
    insert_like_first,
    table,
)

from shardgen.errors import SchemaError
from shardgen.schema.model import Schema

TYPES = {
    "tinyint": ("smallint", "tinyint", "integer"),
    "smallint": ("smallint", "smallint", "integer"),
    "int": ("integer", "int", "integer"),
    "bigint": ("bigint", "bigint", "integer"),
    "decimal(12,2)": ("numeric(12,2)", "decimal(12,2)", "decimal(12,2)"),
    "float": ("real", "float", "real"),
    "double": ("double precision", "double", "real"),
    "varchar(40)": ("character varying(40)", "varchar(40)", "varchar(40)"),
    "char(60)": ("character(60)", "char(60)", "char(60)"),
    "text": ("text", "text", "text"),
    "date": ("date", "date", "text"),
    "datetime": ("timestamp without time zone", "datetime", "text"),
    "timestamp": ("timestamp with time zone", "timestamp", "text"),
    "boolean": ("boolean", "tinyint(1)", "integer"),
    "json": ("json", ("json", "longtext"), "text"),
    "jsonb": ("jsonb", ("json", "longtext"), "text"),
    "uuid": ("uuid", "char(36)", "text"),
    "enum('it''s','b')": ("character varying(4)", "enum('it''s','b')", "text"),
}
"""The schema format's own table: PostgreSQL, MySQL (MariaDB's json is a longtext), SQLite."""


def test_every_type_arrives(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Each type is the catalog's own, and its values come back, those of nullable columns too."""
    columns = [column(f"c{n}", kind) for n, kind in enumerate(TYPES)]
    columns += [column(f"n{n}", kind, nullable=True) for n, kind in enumerate(TYPES)]
    schema = schema_of(table("every", 400, *columns))
    database.load(dump(schema))
    place = DATABASES.index(database.dialect)
    found = database.columns("every")
    for n, kinds in enumerate(TYPES.values()):
        expected = kinds[place]
        for prefix in "cn":
            kind, not_null = found[f"{prefix}{n}"]
            assert prefix == "c" if not_null else "n"
            assert kind in expected if isinstance(expected, tuple) else kind == expected
    assert_sound(database, schema)
    assert_loaded(database, schema)
    for n in range(len(TYPES)):
        assert 0 < database.count("every", f"n{n} IS NULL") < 400


def test_numbers_arrive_to_the_ends_of_their_range(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Both ends of every integer type, decimals of every scale, negative ones too, are exact."""
    ends = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}
    columns = [
        column(f"{kind}_{n}", kind, **made)
        for kind, bits in ends.items()
        for n, made in enumerate(
            (choice(-(1 << bits), -1, 0, 1, (1 << bits) - 1), between("int_range", -9, 120))
        )
    ]
    columns += [
        column(f"d{scale}", f"decimal(15,{scale})", **between("decimal_range", -edge, edge))
        for scale in range(7)
        for edge in [10 ** (14 - scale)]
    ]
    columns += [
        column("near", "decimal(8,6)", **between("decimal_range", -0.00002, 0.00002)),
        column("real", "float", **between("float_range", -1000, 1000)),
        column("double", "double", **between("float_range", -1e9, 1e9)),
        column("yes", "boolean", generator="boolean"),
    ]
    schema = schema_of(table("numbers", 500, *columns))
    database.load(dump(schema))
    assert_loaded(database, schema)


@pytest.mark.parametrize("target", TARGETS[:-1], indirect=True)
def test_large_decimals_arrive(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Decimals of 18 digits are exact, but for SQLite, which keeps 15 digits."""
    wide = between("decimal_range", -999_999_999_999, 999_999_999_999)
    schema = schema_of(table("numbers", 500, column("wide", "decimal(18,6)", **wide)))
    database.load(dump(schema))
    assert_loaded(database, schema)


def test_dates_arrive_from_1900_to_2100(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Dates and times of two centuries, and a timestamp of the years that MySQL's has."""
    schema = schema_of(
        table(
            "times",
            500,
            column("day", "date", **between("date_between", "1900-01-01", "2100-12-31")),
            column("old", "date", **choice("1900-02-28", "1900-03-01", "2000-02-29", "2100-12-31")),
            column("time", "datetime", **between("timestamp_between", "1900-01-01", "2100-12-31")),
            column(
                "stamp",
                "timestamp",
                **between("timestamp_between", "1970-01-01T00:00:01", "2038-01-19T03:14:07"),
            ),
        )
    )
    database.load(dump(schema))
    assert_loaded(database, schema)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("1970-01-01T00:00:01", "1970-01-01T00:00:03"),
        ("2038-01-19T03:14:05", "2038-01-19T03:14:07"),
    ],
)
def test_the_first_and_the_last_timestamps_arrive(
    database: Database, dump: Dump, schema_of: Callable[..., Schema], low: str, high: str
) -> None:
    """Those that MySQL holds; a datetime has no such bounds, nor have the others."""
    seconds = between("timestamp_between", low, high)
    years = between("timestamp_between", "1000-01-01", "9999-12-31T23:59:59")
    schema = schema_of(
        table("t", 50, column("at", "timestamp", **seconds), column("free", "datetime", **years))
    )
    database.load(dump(schema))
    assert_loaded(database, schema)


def test_any_text_comes_back_unchanged(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Quotes, backslashes, line ends, COPY's own words, emoji: each arrives as it was made."""
    columns = [column("short", "varchar(40)", **choice(*TEXTS))]
    columns += [column("long", "text", nullable=True, **choice(*TEXTS))]
    columns += [column("fixed", "char(60)", **choice(*TEXTS))]
    columns += [column("tenth", "varchar(40)", default=TEXTS[n], **choice(TEXTS[n])) for n in [10]]
    schema = schema_of(table("texts", 2000, *columns))
    database.load(dump(schema))
    assert set(TEXTS) == {row["short"] for row in expected_rows(schema, "texts")}
    assert_loaded(database, schema)


def test_numbers_and_times_arrive_as_text(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """With their sign, their places and their time of day, in a column that just holds them."""
    columns = [
        column("whole", "varchar(3)", **between("int_range", -50, 120)),
        column("cents", "varchar(5)", **between("decimal_range", -5, 5)),
        column("at", "char(19)", generator="timestamp_past"),
        column("free", "text", **between("float_range", -1e9, 1e9)),
    ]
    schema = schema_of(table("t", 300, *columns))
    database.load(dump(schema))
    assert_loaded(database, schema)


def test_listed_json_arrives(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """JSON texts and plain values alike."""
    values = choice('{"a": [1, "it\'s", null]}', 5, 2.5, True, "[]")
    schema = schema_of(
        table("t", 50, column("j", "json", **values), column("b", "jsonb", **values))
    )
    database.load(dump(schema))
    assert_loaded(database, schema)


def test_json_and_uuids_that_are_put_together_arrive(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """What is proven to be JSON or a UUID is taken for it, any text in it included."""
    document = "'{\"text\": ' || to_json(v) || ', \"n\": [' || n || ', ' || to_json(d) || ']}'"
    digits = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    made = {"generator": "expression", "generator_params": {"expression": document}}
    deep = {"generator": "constant", "generator_params": {"value": "[" * 31 + "]" * 31}}
    columns = [
        column("v", "text", **choice(*TEXTS)),
        column("n", "decimal(9,3)", **between("decimal_range", -5, 5)),
        column("d", "date"),
        *(column(kind, kind, **made) for kind in ("json", "jsonb")),
        column("deep", "jsonb", **deep),
        column("u", "uuid", generator="pattern", generator_params={"pattern": digits}),
        column("zip", "json", **between("int_range", 0, 99_999)),
    ]
    schema = schema_of(table("t", 500, *columns))
    database.load(dump(schema))
    assert_loaded(database, schema)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_tables_of_few_columns_and_rows_arrive(
    database: Database, dump: Dump, schema_of: Callable[..., Schema], size: int
) -> None:
    """A table that is its key alone, or whose text comes last in its row, is no exception."""
    last = column("last", "varchar(9)", **choice("\\.", "\\", ""))
    schema = schema_of(table("bare", size), table("texts", size, last))
    database.load(dump(schema))
    assert_loaded(database, schema)


def test_unique_text_differs_in_case_and_accents(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Values that differ by case, accent or emoji alone are different in every database."""
    values = ("a", "A", "e", "é", "E", "É", "😀", "😁", "ss", "ß", "")
    parent = table(
        "parents", len(values), column("name", "varchar(9)", unique=True, **choice(*values))
    )
    child = table(
        "children",
        50,
        column("name", "varchar(20)", foreign_key={"table": "parents", "column": "name"}),
    )
    labels = "enum(" + ",".join(f"'{value}'" for value in values) + ")"
    listed = table("listed", 200, column("label", labels))
    schema = schema_of(parent, child, listed)
    database.load(dump(schema))
    assert set(values) == {row["name"] for row in expected_rows(schema, "parents")}
    assert_sound(database, schema)
    assert_loaded(database, schema)


def test_an_enum_may_hold_any_label(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Labels with quotes, backslashes, spaces at the end: each arrives, and no other can."""
    kind = "enum(" + ",".join("'" + text.replace("'", "''") + "'" for text in TEXTS) + ")"
    plain = "enum('it''s','back\\slash','per%cent','😀','')"
    schema = schema_of(
        table("labels", 1000, column("label", kind), column("plain", plain, default="it's")),
    )
    database.load(dump(schema))
    assert_loaded(database, schema)
    with pytest.raises(Exception, match=r"(?i)check|truncated|constraint"):
        insert_like_first(database, schema, "labels", plain="'other'")


@pytest.mark.parametrize("letters", [332, 333])
def test_rows_are_as_long_as_mysql_allows(
    database: Database, dump: Dump, schema_of: Callable[..., Schema], letters: int
) -> None:
    """A row of 65,535 bytes is made, and a longer one is refused before MySQL could."""
    kinds = (*("varchar(16000)", f"varchar({letters})", "decimal(18,7)", "decimal(10,1)", "text"),
             *("timestamp", "datetime", "char(36)", "json", "enum('a','b')", "float", "date"),
             "tinyint")  # fmt: skip
    columns = [column(f"c{n}", kind, nullable=kind == "date") for n, kind in enumerate(kinds)]
    if letters == 333:
        with pytest.raises(SchemaError, match="a row may have 65539 bytes"):
            schema_of(table("t", 3, *columns))
        return
    schema = schema_of(table("t", 3, *columns))
    database.load(dump(schema))
    assert_loaded(database, schema)
