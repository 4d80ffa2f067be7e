"""Dumps loaded for real: what PostgreSQL, MariaDB and SQLite hold afterwards is what was made."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.databases import (
    TARGETS,
    Database,
    LoadError,
    MariaDB,
    client,
    new_database,
    python_value,
)

import shardgen
from shardgen.errors import SchemaError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.load import load_schema
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema

Target = tuple[str, str]
Dump = Callable[..., Path]

ALL = ("postgres", "mysql", "sqlite")
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

TEXTS = (
    "it's", "''", "'", '"', '"quoted"', "back\\slash", "ends in \\", "\\", "\\'", "\\\\'", "\\N",
    "\\.", "first\n\\.\nlast", "line\nfeed", "carriage\r\nreturn", "\r", "\n", "ends in \r\n",
    "a\ttab", "\b\f\v\x1a\x7f", "%s", "%(name)s", "%", "$$", "$1", "$tag$", "--", "-- comment\n",
    "/*", "*/", "/* comment */", ":name", ":'name'", "?", ";", "');", "'); DROP TABLE x;--", "`",
    "\nDELIMITER //\n", "\n.quit\n", "\n\\q\n", "\ngo\n/\n", "NULL", "null", "", " leading",
    "trailing ", "  both  ", "naïve", "Ünïcödé", "日本語", "😀", "👩‍👩‍👧", "\u2028", "\ufeffbom",
    "e", "é", "a", "A",
)  # fmt: skip

ODD_NAMES = (
    "order", "Robert'); DROP TABLE x;--", 'naïve "x"', "back`tick", "per%cent %s", "a;b", "a\\b",
    ":name", "$1", "日本", "/* c */", "two  spaces", "'",
)  # fmt: skip


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def choice(*values: Any) -> dict[str, Any]:
    listed = [{"value": value, "weight": 1 + n % 3} for n, value in enumerate(values)]
    return {"generator": "weighted", "generator_params": {"values": listed}}


def between(kind: str, low: Any, high: Any) -> dict[str, Any]:
    words = ("start_date", "end_date") if kind.endswith("between") else ("min", "max")
    return {"generator": kind, "generator_params": dict(zip(words, (low, high), strict=True))}


KEY = column("id", "int", primary_key=True)


def table(name: str, rows: int, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "record_count": rows, "columns": [KEY, *columns], **more}


@pytest.fixture
def schema_of(tmp_path: Path) -> Callable[..., Schema]:
    """Write tables as a schema file and load it, as a user would."""

    def write(*tables: dict[str, Any]) -> Schema:
        path = tmp_path / "odd.json"
        head = {"schema_version": "1.0", "name": "odd", "database_type": ALL}
        path.write_text(json.dumps(head | {"tables": tables}), encoding="utf-8")
        return load_schema(path)

    return write


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    """Return a dialect and a format of its dumps."""
    return request.param


@pytest.fixture
def database(target: Target, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give an empty database."""
    with new_database(target[0], request, tmp_path) as made:
        yield made


@pytest.fixture
def dump(target: Target, tmp_path: Path) -> Dump:
    """Write a dump for the target and return its path."""

    def write(schema: Schema | str, **options: Any) -> Path:
        path = tmp_path / "dump.sql"
        dialect, form = target
        chosen = shardgen.Options(dialect=dialect, format=form, **options)
        shardgen.run(schema, path, workers=1, options=chosen)
        return path

    return write


def expected_rows(schema: Schema, name: str, **options: Any) -> list[dict[str, Any]]:
    columns = {c.name: c for c in schema.table(name).columns}
    rows = shardgen.generate(schema, **options).tables[name].rows
    return [{n: python_value(v, columns[n]) for n, v in row.items()} for row in rows]


def assert_loaded(database: Database, schema: Schema, **options: Any) -> None:
    """Every table holds the rows of shardgen.generate, value for value."""
    for each in schema.tables:
        expected = expected_rows(schema, each.name, **options)
        assert expected == database.rows(each.name, schema), each.name


def assert_sound(database: Database, schema: Schema) -> None:
    """No foreign key points nowhere, no key repeats, nothing that must not be null is."""
    for each in Catalog(schema).tables:
        total = database.count(each.name)
        for c in each.columns:
            name = database.quote(c.name)
            if c.is_key:
                found = database.query(
                    f"SELECT count(DISTINCT {name}) FROM {database.quote(each.name)}"
                )
                nulls = database.count(each.name, f"{name} IS NULL")
                assert total == found[0][0] + nulls, (each.name, c.name)
            if not c.nullable:
                assert database.count(each.name, f"{name} IS NULL") == 0, (each.name, c.name)
            if c.foreign_key is not None:
                assert orphans(database, each.name, c) == 0, (each.name, c.name)


def orphans(database: Database, name: str, child: Any) -> int:
    parent, key = (database.quote(n) for n in (child.foreign_key.table, child.foreign_key.column))
    own = f"c.{database.quote(child.name)}"
    found = database.query(
        f"SELECT count(*) FROM {database.quote(name)} c LEFT JOIN {parent} p ON p.{key} = {own} "
        f"WHERE {own} IS NOT NULL AND p.{key} IS NULL"
    )
    return found[0][0]


@pytest.fixture(scope="module", params=TARGETS)
def loans(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Give a database with the bundled schema's rows; tests leave it as it is."""
    dialect, form = request.param
    folder = tmp_path_factory.mktemp("loans")
    options = shardgen.Options(dialect=dialect, format=form)
    shardgen.run("fintech-loans", folder / "dump.sql", options=options)
    with new_database(dialect, request, folder) as made:
        made.load(folder / "dump.sql")
        yield made


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema("fintech-loans")


def test_the_rows_are_those_of_generate(loans: Database, schema: Schema) -> None:
    """The loaded values equal those that the library makes, row for row."""
    assert_loaded(loans, schema)


def test_counts_are_those_of_the_schema(loans: Database, schema: Schema) -> None:
    """Asked of the database, table by table, and there are no other tables."""
    expected = {t.name: t.record_count for t in schema.tables}
    assert expected == {name: loans.count(name) for name in loans.tables()}


def test_keys_hold(loans: Database, schema: Schema) -> None:
    """Foreign keys find a parent, unique columns repeat nothing, NOT NULL is kept."""
    assert_sound(loans, schema)


def test_columns_are_declared_as_the_schema_says(loans: Database, schema: Schema) -> None:
    """The catalog has every column, in order, NOT NULL unless the schema says nullable."""
    for each in schema.tables:
        expected = [(c.name, not c.nullable) for c in each.columns]
        found = [(name, strict) for name, (_, strict) in loans.columns(each.name).items()]
        assert expected == found


def test_foreign_keys_are_declared(loans: Database, schema: Schema) -> None:
    """The catalog has every foreign key with its ON DELETE."""
    for each in schema.tables:
        keys = [(c.name, c.foreign_key) for c in each.columns if c.foreign_key]
        expected = {(name, k.table, k.column, k.on_delete) for name, k in keys}
        assert expected == loans.foreign_keys(each.name)


def test_unique_columns_are_declared(loans: Database, schema: Schema) -> None:
    """The database itself keeps every key, and promises no more than the schema does."""
    for each in Catalog(schema).tables:
        expected = {(c.name,) for c in each.columns if c.is_key}
        assert expected == loans.unique(each.name)


def test_indexes_are_declared(loans: Database, schema: Schema) -> None:
    """Every index of the schema is there by its name, or as a key over the same column."""
    for each in schema.tables:
        found = loans.indexes(each.name)
        for index in each.indexes:
            if index.name in found or loans.dialect != "sqlite":
                assert (index.columns, index.unique) == found[index.name]
            else:
                assert index.columns in loans.unique(each.name)


def insert_like_first(database: Database, schema: Schema, name: str, **values: str) -> None:
    """Insert a copy of the first row without its key, with these values instead of its own."""
    columns = [c for c in schema.table(name).columns if not c.primary_key]
    names = ", ".join(database.quote(c.name) for c in columns)
    terms = ", ".join(values.get(c.name, database.quote(c.name)) for c in columns)
    into = database.quote(name)
    database.execute(f"INSERT INTO {into} ({names}) SELECT {terms} FROM {into} WHERE id = 1")


def test_a_plain_insert_goes_on_from_the_last_key(database: Database, dump: Dump) -> None:
    """After a load, an INSERT that names no key gets the last one plus one."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema))
    new = {"borrowers": {"email": "'new'"}, "loans": {"loan_number": "'new'"}}
    for each in schema.tables:
        insert_like_first(database, schema, each.name, **new.get(each.name, {}))
        ids = database.query(f"SELECT max(id) FROM {database.quote(each.name)}")
        assert [(each.record_count + 1,)] == ids


def test_foreign_keys_are_alive(database: Database, dump: Dump) -> None:
    """A child without its parent is refused, and ON DELETE CASCADE takes the children along."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema))
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        insert_like_first(database, schema, "payments", loan_id="999999")
    assert database.count("loans", "borrower_id = 1") > 0
    database.execute(f"DELETE FROM {database.quote('borrowers')} WHERE id = 1")
    assert database.count("loans", "borrower_id = 1") == 0
    assert_sound(database, schema)


def test_every_type_arrives(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Each type is the catalog's own, and its values come back, those of nullable columns too."""
    columns = [column(f"c{n}", kind) for n, kind in enumerate(TYPES)]
    columns += [column(f"n{n}", kind, nullable=True) for n, kind in enumerate(TYPES)]
    schema = schema_of(table("every", 400, *columns))
    database.load(dump(schema))
    place = ALL.index(database.dialect)
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


def test_any_name_works(database: Database, dump: Dump, schema_of: Callable[..., Schema]) -> None:
    """Source, columns, indexes and keys may have any name; none of them breaks out."""
    tables = [table("x", 3)]
    for n, (name, other) in enumerate(zip(ODD_NAMES, (*ODD_NAMES[1:], "z"), strict=True)):
        key = {"table": tables[-1]["name"], "column": "id", "on_delete": "CASCADE"}
        tables.append(
            table(
                name,
                20,
                column(name, "varchar(40)", **choice(*TEXTS)),
                column(other, "int", foreign_key=key),
                column("label", "enum('it''s','b')"),
                indexes=[
                    {"name": f"{name} {n}", "columns": [name, other]},
                    {"name": f"{other} {n}b", "columns": [other], "unique": False},
                ],
            )
        )
    schema = schema_of(*tables)
    database.load(dump(schema))
    assert {t["name"] for t in tables} == database.tables()
    assert_loaded(database, schema)
    assert_sound(database, schema)
    for each in schema.tables[1:]:
        insert_like_first(database, schema, each.name)
        assert each.record_count + 1 == database.count(each.name)
        assert {i.name for i in each.indexes} <= set(database.indexes(each.name))


DEFAULTS = [
    ("int", -5, -5),
    ("int", "7", 7),
    ("bigint", 1 << 62, 1 << 62),
    ("decimal(5,2)", 1.5, "1.50"),
    ("decimal(5,2)", "-2.25", "-2.25"),
    ("double", 1e-7, 1e-7),
    ("varchar(40)", "it's \\ \r\n", "it's \\ \r\n"),
    ("varchar(40)", 5, "5"),
    ("varchar(20000)", "x", "x"),
    ("text", 'say "a"', 'say "a"'),
    ("boolean", True, True),
    ("boolean", "false", False),
    ("boolean", 1, True),
    ("date", "2024-02-29", "2024-02-29"),
    ("datetime", "2024-02-29 12:00:00", "2024-02-29 12:00:00"),
    ("json", '{"a": [1, "\'"]}', '{"a": [1, "\'"]}'),
    ("jsonb", "{}", "{}"),
    ("enum('it''s','b')", "it's", "it's"),
    ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
    ("varchar(9)", "NULL", None),
]


def test_defaults_are_kept(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A row that names no column but its key gets the default of each."""
    columns = [
        column(f"c{n}", kind, default=default, nullable=value is None)
        for n, (kind, default, value) in enumerate(DEFAULTS)
    ]
    schema = schema_of(table("plain", 3, *columns))
    database.load(dump(schema))
    database.execute(f"INSERT INTO {database.quote('plain')} (id) VALUES (4)")
    last = database.rows("plain", schema)[-1]
    for c, (_, _, value) in zip(schema.table("plain").columns[1:], DEFAULTS, strict=True):
        assert python_value(value, c) == last[c.name], c


def test_defaults_that_are_functions_are_kept(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """The current date or time is a default by any of its names; a UUID where there is one."""
    names = ("CURRENT_TIMESTAMP", "now()", "current_timestamp(0)", "CURRENT_DATE")
    names += ("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",)
    columns = [
        column(f"{kind}_{n}", kind, default=name)
        for kind in ("timestamp", "datetime", "date")
        for n, name in enumerate(names)
    ]
    columns.append(column("token", "uuid", default="gen_random_uuid()", nullable=True))
    schema = schema_of(table("made", 3, *columns))
    database.load(dump(schema))
    database.execute(f"INSERT INTO {database.quote('made')} (id) VALUES (4)")
    last = database.rows("made", schema)[-1]
    token = last.pop("token")
    assert (None in last.values(), token is None) == (False, database.dialect == "sqlite")


def test_indexes_of_every_kind_are_made(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """An index of any kind, over any columns that can have one, is in the catalog by its name."""
    kinds = ("btree", "hash", "gin", "gist", "brin", "fulltext", "BTREE", "unheard-of")
    over = {
        "number": ["number"],
        "short": ["short"],
        "long": ["long"],
        "texts": ["short", "long"],
        "several": ["number", "short", "long", "day"],
        "parent": ["parent_id"],
    }
    indexes = [
        {"name": f"i_{what}_{n}", "columns": columns, "type": kind}
        for n, kind in enumerate(kinds)
        for what, columns in over.items()
    ]
    indexes.append({"name": "number", "columns": ["long"]})
    indexes.append({"name": "parent_id", "columns": ["day"]})
    indexes.append({"name": "things_pkey", "columns": ["short"]})
    json_indexes = [
        {"name": f"j_{kind}_{n}", "columns": [kind], "type": "gin"}
        for n, kind in enumerate(("json", "jsonb"))
    ]
    schema = schema_of(
        table("parents", 5),
        table(
            "things",
            50,
            column("number", "int", unique=True),
            column("short", "varchar(1000)"),
            column("long", "text"),
            column("day", "date"),
            column("json", "json"),
            column("jsonb", "jsonb"),
            column("parent_id", "int", foreign_key={"table": "parents", "column": "id"}),
            indexes=indexes + json_indexes,
        ),
    )
    database.load(dump(schema))
    found = set(database.indexes("things"))
    keys = {f"i_number_{n}" for n in range(len(kinds))}  # the unique key does for some of them
    assert {index["name"] for index in indexes} - keys <= found
    assert ("j_jsonb_1" in found) == (database.dialect != "mysql")
    assert_loaded(database, schema)


def test_text_and_other_keys_can_be_referred_to(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """Foreign keys to text, UUIDs, decimals, dates, enums and wider integers are the database's."""
    kinds = ("text", "varchar(1000)", "char(300)", "char(9)", "uuid", "decimal(9,2)", "date", "int")
    parents = table("parents", 30, *(column(f"c{n}", k, unique=True) for n, k in enumerate(kinds)))
    wider = {"int": "bigint", "decimal(9,2)": "decimal(12,2)"}
    children = table(
        "children",
        60,
        *(
            column(
                f"c{n}",
                wider.get(k, k),
                nullable=n % 2 == 0,
                foreign_key={"table": "parents", "column": f"c{n}", "on_delete": "RESTRICT"},
            )
            for n, k in enumerate(kinds)
        ),
    )
    schema = schema_of(parents, children)
    database.load(dump(schema))
    assert len(kinds) == len(database.foreign_keys("children"))
    assert_sound(database, schema)
    assert_loaded(database, schema)


def test_tables_may_refer_to_themselves_and_share_keys(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A row may refer to an earlier one of its table, and a key may be its parent's key."""
    boss = {"table": "people", "column": "id", "on_delete": "SET NULL"}
    shared = {"table": "people", "column": "id"}
    schema = schema_of(
        table("people", 300, column("boss_id", "int", nullable=True, foreign_key=boss)),
        {
            "name": "details",
            "record_count": 200,
            "columns": [
                column("person_id", "int", primary_key=True, foreign_key=shared),
                column("note", "text"),
            ],
        },
    )
    database.load(dump(schema))
    assert_sound(database, schema)
    by_key = sorted(expected_rows(schema, "details"), key=lambda row: row["person_id"])
    assert by_key == database.rows("details", schema)
    assert expected_rows(schema, "people") == database.rows("people", schema)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        insert_like_first(database, schema, "people", boss_id="999999")


def test_a_chain_of_rows_arrives(
    database: Database, dump: Dump, schema_of: Callable[..., Schema]
) -> None:
    """A unique key to its own table leads to no row that is not there yet."""
    key = {"table": "links", "column": "id"}
    back = column("back", "int", nullable=True, unique=True, foreign_key=key)
    own = column("own", "int", unique=True, foreign_key=key)
    schema = schema_of(table("links", 3000, back, own))
    database.load(dump(schema))
    assert_sound(database, schema)
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


def test_rows_go_into_tables_that_exist(database: Database, dump: Dump) -> None:
    """Without DDL, a dump fills tables with their keys, and identities go on behind its rows."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema, seed=1))
    for name in reversed([t.name for t in schema.tables]):
        database.execute(f"DELETE FROM {database.quote(name)}")
    scaled = {"ddl": False, "scale": 2.0, "seed": 3}
    database.load(dump(schema, **scaled))
    assert_loaded(database, schema, scale=2.0, seed=3)
    insert_like_first(database, schema, "payments")
    expected = [(7001,)]
    assert expected == database.query(f"SELECT max(id) FROM {database.quote('payments')}")


@pytest.mark.parametrize("target", [TARGETS[0], *TARGETS[2:]], indirect=True)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_size_of_statements_changes_no_row(database: Database, dump: Dump, size: int) -> None:
    """One row a statement, a few, and a thousand load the same values."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema, rows_per_statement=size))
    assert_loaded(database, schema)


BROKEN = {
    "key to nowhere": "999, 888888, score, bureau, checked_date, created_at",
    "key that is there": "id, borrower_id, score, bureau, checked_date, created_at",
    "null": "999, borrower_id, NULL, bureau, checked_date, created_at",
}


def break_last_row(dump: Path, terms: str) -> None:
    """Insert one more row, a wrong one, right after the last."""
    rows, gap, foot = dump.read_text(encoding="utf-8").rpartition("\n\n")
    wrong = f"INSERT INTO credit_scores SELECT {terms} FROM credit_scores WHERE id = 1;"
    dump.write_text(f"{rows}\n{wrong}{gap}{foot}", encoding="utf-8")


@pytest.mark.parametrize("terms", BROKEN.values(), ids=BROKEN)
def test_a_broken_row_leaves_nothing(database: Database, dump: Dump, terms: str) -> None:
    """A load is all or nothing; in MySQL, where CREATE TABLE commits, the tables stay, empty."""
    path = dump("fintech-loans")
    break_last_row(path, terms)
    with pytest.raises(LoadError):
        database.load(path)
    if database.dialect == "mysql":
        assert {0} == {database.count(name) for name in database.tables()}
    else:
        assert set() == database.tables()


@pytest.mark.parametrize("terms", [None, *BROKEN.values()], ids=["right", *BROKEN])
def test_the_sqlite_shell_loads_a_dump(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    schema_of: Callable[..., Schema],
    terms: str | None,
) -> None:
    """The command of the load hint takes every text unchanged, and a broken dump not at all."""
    shell = shutil.which("sqlite3")
    if shell is None:
        pytest.skip("no sqlite3 on PATH; the sqlite3 module loads the same dumps")
    loans = load_schema("fintech-loans")
    texts = schema_of(table("texts", 2000, column("text", "varchar(40)", **choice(*TEXTS))))
    schema = texts if terms is None else loans
    path = tmp_path / "dump.sql"
    shardgen.run(schema, path, options=shardgen.Options(dialect="sqlite"))
    if terms is not None:
        break_last_row(path, terms)
    with new_database("sqlite", request, tmp_path) as database:
        file = database.query("PRAGMA database_list")[0][2]
        with path.open("rb") as dump:
            done = subprocess.run(
                [shell, "-bail", file], stdin=dump, check=False, capture_output=True
            )
        assert (done.returncode == 0) == (terms is None)
        if terms is None:
            assert_loaded(database, texts)
        else:
            assert set() == database.tables()


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["insert", "copy"])
def test_postgres_text_escapes_round_trip(
    request: pytest.FixtureRequest, tmp_path: Path, form: str
) -> None:
    """Any two characters that escape, end or quote something arrive side by side."""
    pairs = ["".join(p) for p in itertools.product("'\\\"\r\n\t\v.N $:%\x1aé", repeat=2)]
    with new_database("postgres", request, tmp_path) as database:
        database.execute("CREATE TABLE pairs (n int, text text)")
        assert_round_trip(database, tmp_path, pairs, form)


@pytest.mark.mariadb
def test_mariadb_text_escapes_round_trip(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Any two characters that escape, end or quote something arrive side by side."""
    pairs = ["".join(p) for p in itertools.product("'\\\"\r\n\t\v.N $:%\x1aéZn`", repeat=2)]
    with new_database("mysql", request, tmp_path) as database:
        database.execute("CREATE TABLE pairs (n int, text text)")
        assert_round_trip(database, tmp_path, pairs, "insert")


@pytest.mark.postgres
@pytest.mark.parametrize(
    "settings",
    [
        {"PGOPTIONS": "-c standard_conforming_strings=off -c backslash_quote=off"},
        {"PGOPTIONS": "-c timezone=Asia/Kathmandu -c datestyle=German"},
        {"PGCLIENTENCODING": "LATIN1"},
    ],
    ids=["strings", "times", "encoding"],
)
def test_settings_of_a_postgres_server_do_not_matter(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Callable[..., Schema],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
) -> None:
    """A dump says itself how its text and times are to be read."""
    with new_database("postgres", request, tmp_path) as database:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        assert_loads_texts_and_times(database, tmp_path, schema_of)


@pytest.mark.mariadb
@pytest.mark.parametrize(
    "setting",
    [
        "--init-command=SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'",
        "--init-command=SET time_zone = '+05:45', sql_mode = 'TRADITIONAL'",
        "--default-character-set=latin1",
        "--default-character-set=sjis",
    ],
)
def test_settings_of_a_mysql_client_do_not_matter(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Callable[..., Schema],
    setting: str,
) -> None:
    """A dump says itself how its text and times are to be read."""
    with new_database("mysql", request, tmp_path) as database:
        assert isinstance(database, MariaDB)
        database.options = (setting,)
        assert_loads_texts_and_times(database, tmp_path, schema_of)


def assert_loads_texts_and_times(
    database: Database, folder: Path, schema_of: Callable[..., Schema]
) -> None:
    texts = column("text", "varchar(40)", **choice(*TEXTS))
    schema = schema_of(table("naïve", 500, texts, column("at", "timestamp")))
    path = folder / "dump.sql"
    shardgen.run(schema, path, options=shardgen.Options(dialect=database.dialect))
    database.load(path)
    assert_loaded(database, schema)


def assert_round_trip(database: Database, folder: Path, texts: list[str], form: Any) -> None:
    """The dialect's own notation around texts, without a schema, hands them over unchanged."""
    dialect = DIALECTS[database.dialect]
    notation = dialect.notation(form)
    rows = notation.next_row.join(
        f"{n}{notation.separator}{notation.quote}{notation.escape(text)}{notation.quote}"
        for n, text in enumerate(texts)
    )
    start, end = "INSERT INTO pairs VALUES\n(", ");\n"
    if form == "copy":
        start, end = "COPY pairs FROM stdin;\n", "\n\\.\n"
    path = folder / "pairs.sql"
    begin = "".join(f"{statement};\n" for statement in dialect.begin())
    path.write_bytes(f"{begin}{start}{rows}{end}COMMIT;\n".encode())
    database.load(path)
    assert texts == [text for (text,) in database.query("SELECT text FROM pairs ORDER BY n")]


@pytest.mark.parametrize("target", TARGETS[:1], indirect=True)
def test_a_missing_client_says_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psql the tests are skipped with the reason; in CI they fail."""
    del database
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="no psql"):
        client("psql")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no psql"):
        client("psql")
