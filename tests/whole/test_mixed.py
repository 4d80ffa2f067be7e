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
from support.databases import SQLite, python_value
from support.keys import key, table
from support.mixed import PLAIN, schemas

import shardgen
from shardgen.errors import PlanError, SchemaError
from shardgen.execution import executors, makers
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Schema

Raw = dict[str, Any]

MANY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def _pools_for_small_jobs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(makers, "SMALL_JOB", 0)
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


def assert_within(schema: Schema, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Check what no database knows: keys within an ancestor lead to rows of the same one."""
    for each in schema.tables:
        own = {column.name: n for n, column in enumerate(each.columns)}
        for column in each.columns:
            refers = column.foreign_key
            if refers is None or refers.within is None:
                continue
            assert isinstance(refers.within, dict)
            parent = schema.table(refers.table)
            place = {above.name: n for n, above in enumerate(parent.columns)}
            by_key = {row[place[refers.column]]: row for row in rows[parent.name]}
            for row in rows[each.name]:
                value = row[own[column.name]]
                for mine, theirs in refers.within.items():
                    same = value is None or by_key[value][place[theirs]] == row[own[mine]]
                    assert same, (each.name, column.name)


def assert_alternatives(schema: Schema, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Check what no database knows: polymorphic keys, and which of several columns are given."""
    cells = {
        (each.name, column.name): [row[n] for row in rows[each.name]]
        for each in schema.tables
        for n, column in enumerate(each.columns)
    }
    for each in schema.tables:
        for column in each.columns:
            if column.polymorphic is None:
                continue
            keys = {t.type: {*cells[t.table, t.column]} for t in column.polymorphic.targets}
            types = cells[each.name, column.polymorphic.type_column]
            for kind, value in zip(types, cells[each.name, column.name], strict=True):
                assert value in keys[kind] if kind is not None else value is None
        for one_of in each.one_of:
            given = zip(*(cells[each.name, name] for name in one_of.columns), strict=True)
            counts = {sum(value is not None for value in row) for row in given}
            allowed = {"exactly_one": {1}, "at_most_one": {0, 1}}
            assert counts <= allowed.get(one_of.given, {*range(1, len(one_of.columns) + 1)})


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
    rows = generated(schema, cuts)
    assert loaded(path, schema) == rows
    assert_alternatives(schema, rows)
    assert_within(schema, rows)
    shard_rows = max(shard_rows, sum(t.record_count for t in schema.tables) // 40)
    assert dump == dumped(schema, path, workers=3, shard_rows=shard_rows)


def test_most_schemas_are_accepted():
    """Nine of ten: the others ask for more than there is, by one, or for what excludes itself."""
    seen: Counter[bool] = Counter()

    @given(schemas())
    @settings(MANY, max_examples=100, database=None, derandomize=True)
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
