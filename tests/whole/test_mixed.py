"""Keys of every kind in one schema: whatever is drawn loads, and hangs together as promised."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.binding import parse_schema
from support.databases import TARGETS, Database, SQLite, new_database, python_value
from support.keys import composite, key, raw_schema, table
from support.mixed import PLAIN, schemas

import shardgen
from shardgen.errors import PlanError, SchemaError
from shardgen.execution import executors, pipeline
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable, Reference
from shardgen.schema.model import Schema, Table

Raw = dict[str, Any]

MANY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def _pools_for_small_jobs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "SMALL_JOB", 0)
        patch.setattr(executors, "SMALL_TABLE", 20)
        yield


def accepted(raw: Raw) -> Schema | None:
    """
    Return the schema if it can be made, None if it is refused.

    A refusal names what it refuses: numbers, or columns and tables.
    """
    try:
        schema = parse_schema(json.dumps(raw).encode(), "mixed")
        Source.bind(build_plan(schema, Options()))
    except (SchemaError, PlanError) as error:
        for mistake in error.mistakes:
            assert re.search(r"\d|'", mistake.what), str(mistake)
            assert mistake.path.startswith("tables."), str(mistake)
            assert mistake.hint, str(mistake)
        return None
    return schema


def dumped(schema: Schema, path: Path, *, workers: int, **options: Any) -> bytes:
    """Return the bytes of a dump."""
    shardgen.run(schema, path, workers=workers, options=Options(**options))
    return path.read_bytes()


def loaded(dump: Path, schema: Schema) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows that SQLite holds, once it has found nothing wrong with any of them."""
    database = SQLite(Path(":memory:"))
    try:
        database.load(dump)
        assert [] == database.query("PRAGMA foreign_key_check")
        assert [("ok",)] == database.query("PRAGMA integrity_check")
        made = {}
        for each in schema.tables:
            names = ", ".join(database.quote(column.name) for column in each.columns)
            rows = database.query(f"SELECT {names} FROM {database.quote(each.name)} ORDER BY rowid")
            made[each.name] = [
                tuple(python_value(v, c) for v, c in zip(row, each.columns, strict=True))
                for row in rows
            ]
        return made
    finally:
        database.close()


def generated(schema: Schema, cuts: tuple[int, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows that the library makes, in slices that are cut there, the last one first."""
    tables = shardgen.generate(schema).tables
    made = {}
    for each in schema.tables:
        data = tables[each.name]
        edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        slices = [data.slice(a, b) for a, b in reversed(list(pairwise(edges)))]
        rows = [row for piece in reversed(slices) for row in piece]
        made[each.name] = [
            tuple(python_value(v, c) for v, c in zip(row.values(), each.columns, strict=True))
            for row in rows
        ]
    return made


@given(
    schemas(),
    st.sampled_from([1, 7, 64, 1000]),
    st.tuples(st.integers(0, 999), st.integers(0, 999)),
)
@MANY
def test_whatever_is_accepted_is_made_alike_and_loads(tmp_path_factory, raw, shard_rows, cuts):
    """
    By one process and by three with shards of any size, to the same bytes.

    SQLite takes every row with all keys on, and holds the rows that slices have.
    """
    schema = accepted(raw)
    if schema is None:
        return
    path = tmp_path_factory.getbasetemp() / "mixed.sql"
    dump = dumped(schema, path, workers=1)
    assert loaded(path, schema) == generated(schema, cuts)
    shard_rows = max(shard_rows, sum(t.record_count for t in schema.tables) // 40)
    assert dump == dumped(schema, path, workers=3, shard_rows=shard_rows)


def test_most_schemas_are_accepted():
    """Nine of ten: the others ask for more than there is, by one, or for what excludes itself."""
    seen: Counter[bool] = Counter()

    @given(schemas())
    @settings(MANY, max_examples=150, database=None, derandomize=True)
    def count(raw: Raw) -> None:
        seen[accepted(raw) is not None] += 1

    count()
    assert seen[True] > 0.9 * seen.total()


@given(schemas(), st.data())
@MANY
def test_growth_changes_no_other_value(raw, data):
    """A column added at the end of any table, and a table at the end of the schema."""
    schema = accepted(raw)
    if schema is None:
        return
    before, grown = generated(schema), copy.deepcopy(raw)
    parent = data.draw(st.sampled_from(grown["tables"]))
    parent["columns"].append({"name": "more", **data.draw(st.sampled_from(PLAIN))})
    keys = [c for c in parent["columns"] if c.get("unique") and not c.get("nullable")]
    columns: Raw = {"id": {"type": "int", "primary_key": True}, "n": {"type": "int"}}
    if keys:
        shape = data.draw(st.sampled_from(["random", "grouped"]))
        to = f"{parent['name']}.{keys[0]['name']}"
        columns["of"] = key(to, fan_out=shape) | {"type": keys[0]["type"]}
    grown["tables"].append(table("added", 30, columns))
    after = generated(parse_schema(json.dumps(grown).encode()))
    for name, rows in before.items():
        width = len(schema.table(name).columns)
        assert rows == [row[:width] for row in after[name]], name


# --- Fixed schemas, in every database

PART: Raw = {"primary_key": True}
LONG: Raw = {"type": "bigint"}
ORDERS = [
    table("orders", 40, {"id": LONG | PART}),
    table(
        "lines",
        150,
        {
            "order_id": key(
                "orders",
                primary_key=True,
                fan_out={"type": "grouped", "distribution": "lognormal", "min": 1},
                on_delete="CASCADE",
            ),
            "line_no": {"type": "int"} | PART,
        },
    ),
]


def listed(*values: str) -> Raw:
    return {"generator": "choice", "generator_params": {"values": list(values)}}


FIXED: dict[str, list[Raw]] = {
    "a key of two columns, in another order": [
        *ORDERS,
        table(
            "shipped",
            90,
            {"id": LONG | PART, "n": {"type": "int"}, "o": LONG},
            foreign_keys=[composite(["n", "o"], "lines", ["line_no", "order_id"])],
        ),
    ],
    "a key of two columns in a key of three": [
        *ORDERS,
        table(
            "notes",
            300,
            {"o": LONG | PART, "n": {"type": "int"} | PART, "k": {"type": "smallint"} | PART},
            foreign_keys=[composite(["o", "n"], "lines", ["order_id", "line_no"],
                                    fan_out={"type": "grouped", "distribution": "poisson"})],
        ),
    ],
    "junctions of texts and uuids": [
        table("tags", 20, {"name": {"type": "varchar(30)"} | PART}),
        table("posts", 30, {"id": {"type": "uuid"} | PART}),
        table(
            "tagged",
            200,
            {
                "tag": key("tags.name", fan_out={"type": "random", "distribution": "zipf"})
                | {"type": "varchar(30)"} | PART,
                "post": key("posts.id") | {"type": "uuid"} | PART,
            },
        ),
        table(
            "votes",
            500,
            {"id": LONG | PART, "tag": {"type": "varchar(30)"}, "post": {"type": "uuid"},
             "by": {"type": "int", "generator": "int_range", "generator_params": {"max": 9}}},
            foreign_keys=[composite(["post", "tag"], "tagged", ["post", "tag"])],
            unique=[["tag", "post", "by"]],
        ),
    ],
    "trees": [
        table(
            "folders",
            200,
            {
                "id": LONG | PART,
                "up": key("folders", nullable=True, on_delete="SET NULL",
                          fan_out={"type": "tree", "roots": 0.02, "max_depth": 4}),
                "first": key("folders"),
                "twin": key("folders", nullable=True, unique=True),
                "name": {"type": "varchar(40)"},
            },
            unique=[["up", "name"]],
        ),
    ],
    "a tree by a key of two columns": [
        table(
            "staff",
            120,
            {"firm": {"type": "varchar(9)"} | listed("x", "y", "z") | PART,
             "no": {"type": "int", "generator": "int_range",
                    "generator_params": {"min": 1, "max": 60}} | PART,
             "of": {"type": "varchar(9)", "nullable": True},
             "boss": {"type": "int", "nullable": True}},
            foreign_keys=[composite(["of", "boss"], "staff", ["firm", "no"],
                                    fan_out={"type": "tree", "max_depth": 3})],
        ),
    ],
    "a circle of two": [
        table("staff", 90, {"id": LONG | PART, "office": key("offices"),
                            "shares": key("staff", nullable=True, unique=True)}),
        table("offices", 9, {"id": LONG | PART,
                             "head": key("staff", nullable=True, on_delete="SET NULL")}),
    ],
    "a circle of three, with a key of two columns": [
        table("a", 30, {"id": LONG | PART, "b": key("b"), "z": key("z")}),
        table("b", 20, {"id": LONG | PART, "c0": {"type": "int", "nullable": True},
                        "c1": {"type": "date", "nullable": True}},
              foreign_keys=[composite(["c0", "c1"], "c", ["x", "at"], name="c")]),
        table("c", 40, {"x": {"type": "int", "generator": "int_range",
                              "generator_params": {"max": 9}} | PART,
                        "at": {"type": "date", "generator": "date_past"} | PART,
                        "a": key("a", fan_out="grouped")}),
        table("z", 5, {"id": LONG | PART}),
    ],
    "one to one": [
        *ORDERS,
        table("sent", 150, {"o": LONG | PART, "n": {"type": "int"} | PART},
              foreign_keys=[composite(["o", "n"], "lines", ["order_id", "line_no"])]),
        table("paid", 60, {"id": LONG | PART, "o": LONG | {"nullable": True},
                           "n": {"type": "int", "nullable": True}},
              foreign_keys=[composite(["o", "n"], "sent", ["o", "n"], fan_out="unique")],
              unique=[["n", "o"]]),
        table("head", 40, {"id": key("orders", primary_key=True)}),
    ],
    "values unique together": [
        table(
            "t",
            300,
            {"id": LONG | PART, "e": {"type": "enum('a','b','c')"}, "d": {"type": "date"},
             "b": {"type": "boolean"}, "m": {"type": "decimal(6,2)"}, "w": {"type": "varchar(40)"},
             "s": {"type": "varchar(9)", "nullable": True} | listed("p", "q", "r")},
            unique=[["e", "d"], ["b", "m"]],
            indexes=[{"name": "ws", "columns": ["w", "s"], "unique": True}],
        ),
    ],
}  # fmt: skip


def fixed(name: str) -> Schema:
    raw = raw_schema(*FIXED[name], databases=["postgres", "mysql", "sqlite"])
    return parse_schema(json.dumps(raw).encode(), name)


@pytest.fixture(params=TARGETS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, str]]:
    """Give an empty database, and the format of its dumps."""
    dialect, form = request.param
    with new_database(dialect, request, tmp_path) as made:
        yield made, form


def rows_in(database: Database, each: Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table, in no order, as the library has them."""
    names = ", ".join(database.quote(column.name) for column in each.columns)
    found = database.query(f"SELECT {names} FROM {database.quote(each.name)}")
    return [
        tuple(python_value(v, c) for v, c in zip(row, each.columns, strict=True)) for row in found
    ]


def assert_holds(database: Database, schema: Schema) -> None:
    """Fail unless the rows are those of the library, and every key finds its parent."""
    for name, rows in generated(schema).items():
        each = Catalog(schema).table(name)
        assert Counter(rows) == Counter(rows_in(database, each)), name
        for reference in each.references:
            pairs = zip(reference.columns, reference.parent_columns, strict=True)
            on = " AND ".join(f"c.{database.quote(a)} = p.{database.quote(b)}" for a, b in pairs)
            shown = " AND ".join(f"c.{database.quote(a)} IS NOT NULL" for a in reference.columns)
            parent = database.quote(reference.table)
            orphans = database.query(
                f"SELECT count(*) FROM {database.quote(name)} c WHERE {shown} "
                f"AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {on})"
            )
            assert [(0,)] == orphans, (name, reference.name)


def orphaning(database: Database, each: CatalogTable, reference: Reference, column: str) -> str:
    """Return an UPDATE that lets one row that refers to a parent refer to none."""
    names = [c.name for c in each.columns]
    rows = (dict(zip(names, row, strict=True)) for row in rows_in(database, each))
    row = next(row for row in rows if all(row[n] is not None for n in reference.columns))
    own = " AND ".join(f"{database.quote(n)} = '{row[n]}'" for n in each.primary_key)
    return f"UPDATE {database.quote(each.name)} SET {database.quote(column)} = 32001 WHERE {own}"


def assert_alive(database: Database, schema: Schema) -> None:
    """Fail unless the database refuses a row that refers to none, and one that comes twice."""
    for each in Catalog(schema).tables:
        for reference in each.references:
            column = reference.columns[-1]
            if each.column(column).sql_type.family == "integer":
                with pytest.raises(Exception, match=r"(?i)foreign key"):
                    database.execute(orphaning(database, each, reference, column))
        for names in each.unique_sets:
            assert any(set(names) == set(found) for found in database.unique(each.name)), names


def empty(database: Database, schema: Schema) -> None:
    """Delete all rows."""
    names = [database.quote(each.name) for each in schema.tables]
    if database.dialect == "postgres":
        database.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY")
        return
    off, on = {
        "mysql": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
        "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
    }[database.dialect]
    for statement in (off, *(f"DELETE FROM {name}" for name in names), on):
        database.execute(statement)


@pytest.mark.parametrize("name", FIXED)
def test_every_database_takes_them(database, name, tmp_path):
    """With their tables, and again as rows alone; all keys are declared, and alive."""
    made, form = database
    schema, options = fixed(name), {"dialect": made.dialect, "format": form}
    for ddl in (True, False):
        dumped(schema, tmp_path / "dump.sql", workers=1, ddl=ddl, **options)
        made.load(tmp_path / "dump.sql")
        assert_holds(made, schema)
        if ddl:
            assert_alive(made, schema)
            empty(made, schema)


@pytest.mark.parametrize(
    "dialect", [pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"]
)
def test_a_circle_in_which_nothing_is_null(dialect, request, tmp_path):
    """Rows that need each other come in one transaction, whose end checks them."""
    tables = [table("a", 30, {"id": LONG | PART, "b": key("b")}),
              table("b", 20, {"id": LONG | PART, "a": key("a")})]  # fmt: skip
    schema = parse_schema(json.dumps(raw_schema(*tables, databases=[dialect])).encode())
    with new_database(dialect, request, tmp_path) as made:
        for ddl in (True, False):
            dumped(schema, tmp_path / "dump.sql", workers=1, ddl=ddl, dialect=dialect)
            made.load(tmp_path / "dump.sql")
            assert_holds(made, schema)
            empty(made, schema)
