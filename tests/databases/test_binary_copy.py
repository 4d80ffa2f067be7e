"""Rows as binary COPY: PostgreSQL has the same cells as from text, and writes our bytes itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.databases import new_database
from support.doors import ODD, every_cell
from support.tables import schema_of

import shardgen
from shardgen.output.sql.binary_copy import HEADER, TRAILER, BinaryCopyRows, can_be_binary
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text import native_writer as native
from shardgen.output.text.render import Renderer, StatementText
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema
from shardgen.schema.types import ColumnType, parse_type
from shardgen.tables import values as c
from shardgen.tables.batch import BoundColumn, BoundTable
from shardgen.tables.rare_values import Bytes, Intervals, Times

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(native.compiled is None, reason="there was no C compiler"),
]

TOP = (1 << 63) - 1
POSTGRES = DIALECTS["postgres"]
COPY = POSTGRES.notation("copy")
EXTREMES: dict[str, tuple[int, int]] = {
    "smallint": (-(1 << 15), (1 << 15) - 1),
    "int": (-(1 << 31), (1 << 31) - 1),
    "bigint": (-TOP - 1, TOP),
    "decimal(18,0)": (1 - 10**18, 10**18 - 1),
    "decimal(12,2)": (1 - 10**12, 10**12 - 1),
    "decimal(18,9)": (1 - 10**18, 10**18 - 1),
    "decimal(18,17)": (1 - 10**18, 10**18 - 1),
    "decimal(18,18)": (1 - 10**18, 10**18 - 1),
    "decimal(60,3)": (1 - 10**60, 10**60 - 1),
    "decimal(40,40)": (1 - 10**40, 10**40 - 1),
    "decimal": (1 - 10**10, 10**10 - 1),
    "float": (-TOP, TOP),
    "double": (-TOP, TOP),
    "date": (-719_162, 2_932_896),
    "timestamp": (-719_162 * c.DAY, 2_932_897 * c.DAY - 1),
    "datetime": (-719_162 * c.DAY, 2_932_897 * c.DAY - 1),
    "time": (0, c.DAY - 1),
    "timetz": (0, c.DAY - 1),
    "interval": (0, 10**9),
}
"""Types of numbers and times, with the lowest and the highest that a column may have."""


@pytest.fixture(scope="module")
def connection(postgres_url: str) -> Iterator[psycopg.Connection]:
    """Give a connection whose tables are its own, and whose clock is that of a dump."""
    with contextlib.closing(psycopg.connect(postgres_url)) as made:
        made.execute("SET TIME ZONE 'UTC'")
        made.execute("SET client_encoding = 'UTF8'")
        made.commit()
        yield made


def sent(connection: psycopg.Connection, statement: str, data: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.write(data)


def own_bytes(connection: psycopg.Connection, query: str) -> bytes:
    """Return what the server itself writes of some rows."""
    statement = f"COPY ({query}) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        return b"".join(map(bytes, copy))


def binary(bound: BoundTable, table: Any, rows: int) -> bytes:
    return HEADER + b"".join(map(bytes, BinaryCopyRows(bound, table).render(0, rows))) + TRAILER


KINDS = (
    *("tinyint unsigned", "mediumint", "int unsigned", "bigserial", "year", "time(3)", "timetz"),
    *("bytea", "binary(16)", "bit", "bit(13)", "varbit(20)", "varbit(64)", "citext", "jsonb"),
    *("decimal", "decimal(30,25)", "datetime(6)", "enum('b','a''c')", "char(3)"),
)


def schema_of_kinds() -> Schema:
    """Return a schema with every type that has a binary form, each with and without nulls."""
    columns: dict[str, Any] = {"id": {"type": "int", "primary_key": True}}
    for n, kind in enumerate(KINDS):
        columns[f"c{n}"] = {"type": kind}
        columns[f"n{n}"] = {"type": kind, "nullable": True}
    columns["c18"]["enum_name"] = columns["n18"]["enum_name"] = "own label"
    blobs = {"generator": "choice", "generator_params": {"values": ["é'\\", *ODD]}}
    columns["listed"] = {"type": "blob", **blobs}
    fixed = ["00000000-0000-4000-8000-00000000000a", "ffffffff-ffff-4fff-bfff-ffffffffffff"]
    columns["fixed"] = {"type": "uuid", **blobs | {"generator_params": {"values": fixed}}}
    one_of = "case when id % 2 = 0 then '5' else 'ab' end || id || '😀'"
    columns["made"] = {
        "type": "text",
        "generator": "expression",
        "generator_params": {"expression": one_of},
    }
    return shardgen.schema(
        "kinds", {"cells": {"rows": 300, "columns": columns}}, database_type=["postgres"]
    )


def assert_same_cells(address: str, schema: Schema, name: str) -> None:
    """Fill a table like one that text has filled: both have the same rows."""
    plan = build_plan(schema, shardgen.Options(edge_case_probability=0.1))
    source, table = Source.bind(plan), Catalog(schema).as_written.table(name)
    quoted, names = POSTGRES.table_name(name), POSTGRES.names(table)
    assert can_be_binary(table)
    made = binary(source.bound[name], table, source.bound[name].rows)
    with contextlib.closing(psycopg.connect(address)) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(f"CREATE TEMP TABLE b (LIKE {quoted})".encode())
        sent(connection, f"COPY b ({names}) FROM STDIN (FORMAT binary)", made)
        (found,) = connection.execute("SELECT count(*) FROM b").fetchone() or (0,)
        assert found == source.bound[name].rows
        rows = [own_bytes(connection, f"SELECT * FROM {of} ORDER BY id") for of in (quoted, "b")]
        assert rows[0] == rows[1]


def without_arrays(schema: Schema) -> Schema:
    """Return the schema without the columns that have no binary form."""
    tables = [
        msgspec.structs.replace(t, columns=[x for x in t.columns if not x.type.endswith("[]")])
        for t in schema.tables
    ]
    return msgspec.structs.replace(schema, tables=tables)


@pytest.mark.parametrize("make", [schema_of_kinds, lambda: without_arrays(every_cell())])
def test_cells_are_those_of_text(make, request, tmp_path):
    """Of every type, nulls, edge cases and odd texts among them, down to the last bit."""
    schema = make()
    shardgen.run(schema, tmp_path / "t.sql", format="copy", edge_case_probability=0.1)
    with new_database("postgres", request, tmp_path) as database:
        database.load(tmp_path / "t.sql")
        for table in schema.tables:
            assert_same_cells(database.address, schema, table.name)


@pytest.mark.parametrize("name", sorted(path.stem for path in bundled_schemas().values()))
def test_bundled_schemas_are_those_of_text(name, request, tmp_path):
    """Each table of them, its keys apart."""
    schema = load_schema(name)
    shardgen.run(schema, tmp_path / "t.sql", format="copy", edge_case_probability=0.1)
    with new_database("postgres", request, tmp_path) as database:
        database.load(tmp_path / "t.sql")
        for table in Catalog(schema).as_written.tables:
            if can_be_binary(table) and table.primary_key == ("id",):
                assert_same_cells(database.address, schema, table.name)


# --- Any values


@st.composite
def numbers(draw: st.DrawFn, kind: str) -> tuple[list[int], list[int], list[bool]]:
    """Return numbers within a type's bounds, others for fractions, and which of them are null."""
    low, high = EXTREMES[kind]
    one = st.one_of(st.integers(low, high), st.sampled_from([low, high, *near_powers(low, high)]))
    count = 12
    return (
        draw(st.lists(one, min_size=count, max_size=count)),
        draw(st.lists(st.integers(0, 999_999), min_size=count, max_size=count)),
        draw(st.lists(st.booleans(), min_size=count, max_size=count)),
    )


def near_powers(low: int, high: int) -> list[int]:
    """Return the powers of ten within bounds, and what is next to them, below zero too."""
    powers = [sign * 10**n + more for n in range(61) for sign in (1, -1) for more in (-1, 0, 1)]
    return [n for n in powers if low <= n <= high]


def values_of(  # noqa: PLR0911 -- one for each family
    kind: ColumnType, units: list[int], parts: list[int]
) -> c.ColumnValues:
    """Return values of a type; `parts` are their fractions, in millionths."""
    low, high = EXTREMES[str(kind) if str(kind) in EXTREMES else "decimal"]
    array = np.array(units, object if c.is_wide(low, high) else np.int64)
    fraction = np.array(parts)
    match kind.family:
        case "integer":
            return c.Integers(array, low, high)
        case "decimal":
            return c.Decimals(array, kind.scale, low, high)
        case "float":
            return c.Decimals(array, 9, low, high)
        case "date":
            return c.Dates(array, low, high)
        case "timestamp":
            return c.Timestamps(array, low, high, fraction, 6)
        case "time":
            return Times(array, low, high, fraction, 6)
    return Intervals(array, low, high)


def table_of(values: dict[str, c.ColumnValues], null: np.ndarray) -> tuple[BoundTable, Any]:
    """Return a table whose columns have these values, by type, each once more with nulls."""
    columns: dict[str, Any] = {}
    bound = BoundTable("t", len(null))
    for n, (kind, made) in enumerate(values.items()):
        for name, mask in ((f"c{n}", None), (f"n{n}", null)):
            columns[name] = {"type": kind, "nullable": mask is not None}
            bound.columns[name] = BoundColumn(
                name,
                parse_type(kind),
                lambda batch, made=made: made.take(batch.rows),
                None if mask is None else lambda batch, mask=mask: mask[batch.rows],
            )
    schema = schema_of(t=(len(null), {"id": {"type": "int", "primary_key": True}, **columns}))
    bound.columns["id"] = BoundColumn(
        "id", parse_type("int"), lambda batch: c.Integers(batch.rows, 0, 1 << 30)
    )
    order = {column.name: bound.columns[column.name] for column in schema.tables[0].columns}
    bound.columns.clear()
    bound.columns.update(order)
    return bound, Catalog(schema).table("t")


def assert_alike(connection: psycopg.Connection, bound: BoundTable, table: Any) -> None:
    """Load the rows as text and as binary: the server holds the same, and writes our bytes."""
    columns = ", ".join(f"{x.name} {POSTGRES.type_name(x.sql_type)}" for x in table.columns)
    frame = StatementText(b"", b"", b"\n\\.\n")
    text = b"".join(map(bytes, Renderer(bound, COPY, frame, None).render(0, bound.rows)))
    made = binary(bound, table, bound.rows)
    connection.execute(f"CREATE TEMP TABLE a ({columns}) ON COMMIT DROP".encode())
    connection.execute(f"CREATE TEMP TABLE b ({columns}) ON COMMIT DROP".encode())
    sent(connection, "COPY a FROM STDIN", text.removesuffix(b"\\.\n"))
    sent(connection, "COPY b FROM STDIN (FORMAT binary)", made)
    rows = [connection.execute(f"SELECT t::text FROM {of} t".encode()).fetchall() for of in "ab"]
    own = own_bytes(connection, "SELECT * FROM a")
    connection.rollback()
    assert rows[0] == rows[1]
    if not any(column.sql_type.name == "char" for column in table.columns):  # it fills them up
        assert own == made


@given(st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_numbers_and_times_are_those_of_text(connection, data):
    """To the ends of their types, every number of digits, and nulls between them."""
    kinds = data.draw(st.lists(st.sampled_from(sorted(EXTREMES)), min_size=1, unique=True))
    drawn = {kind: data.draw(numbers(kind)) for kind in kinds}
    values = {k: values_of(parse_type(k), *each[:2]) for k, each in drawn.items()}
    null = np.array(next(iter(drawn.values()))[2])
    assert_alike(connection, *table_of(values, null))


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(
    st.lists(WORDS, min_size=1, max_size=8), WORDS, st.lists(st.booleans(), min_size=9, max_size=9)
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_texts_are_those_of_text(connection, pool, literal, null):
    """Picks, and what is composed of picks, numbers and dates; of any letters."""
    at = np.arange(9)
    picks = c.Dictionary(at % len(pool), c.Pool(pool))
    parts = (literal, picks, c.Integers(at * 1000, 0, 9000, digits=3), c.Dates(at, 0, 9), picks)
    either = c.Union(((literal, picks), (c.HexDigits(at.astype(np.uint64), 8),)), at % 2)
    values = {
        "text": picks,
        "varchar(4000)": c.Text(parts),
        "char(100)": c.Text((either, "x")),
        "bytea": Bytes(c.Dictionary(at % len(pool), c.Pool(t.encode().hex() for t in pool))),
    }
    assert_alike(connection, *table_of(values, np.array(null)))
