"""What a schema has in it, as names: types, generators and their parameters, keys, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from fuzz.columns import SUITED
from fuzz.drafts import sql_type

from shardgen.generators.parameters import COMMON
from shardgen.generators.registry import FAMILIES, GENERATORS
from shardgen.random.distributions import DISTRIBUTIONS
from shardgen.schema.model import Column, Index, Schema, Table
from shardgen.schema.types import NAMES

EXPECTED = frozenset(
    {
        *(f"type {name}" for name in NAMES),
        *(f"generator {name}" for names in FAMILIES.values() for name in names),
        *(f"generator {name}" for name in SUITED),
        *(f"distribution {name}" for name in DISTRIBUTIONS),
        *(f"fan_out {name}" for name in ("random", "unique", "grouped", "tree", "zipf", "recent")),
        *(f"column {name}" for name in Column.__struct_fields__ if name not in ("name", "type")),
        *(
            f"table {n}"
            for n in Table.__struct_fields__
            if n not in ("name", "record_count", "columns")
        ),
        *(f"index {name}" for name in Index.__struct_fields__),
        *("schema datasets", "schema locale", "schema generation_order", "schema description"),
        *("schema infer", "generator by its name"),
        *("key of several columns", "key to its own table", "key in a circle", "junction"),
        *("key within", "key differs_from", "key deferrable"),
        *("expression over a parent", "expression over children", "expression alone"),
        *("unique index", "primary key of several columns", "many rows", "faker"),
    }
)
"""Everything that a long run is to meet, in schemas that are accepted too."""


TELLING = ("email", "name", "city", "_at", "price", "status", "phone")
"""Ends of names that say what a column holds, some of those that rules know."""


def features(raw: Any) -> set[str]:
    """Return what a decoded schema has, as far as it has the shape of one."""
    if not isinstance(raw, dict):
        return set()
    found = {f"schema {name}" for name in raw if name in Schema.__struct_fields__}
    order = [table.get("name") for table in _objects(raw.get("tables"))]
    for table in _objects(raw.get("tables")):
        found |= {f"table {name}" for name in table if name in Table.__struct_fields__}
        found |= {*_of_table(table, order)}
        for column in _objects(table.get("columns")):
            found |= {*_of_column(column)}
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _of_table(table: dict[str, Any], order: list[Any]) -> Iterator[str]:
    columns = _objects(table.get("columns"))
    primary = [column for column in columns if column.get("primary_key")]
    if len(primary) > 1:
        yield "primary key of several columns"
    if sum("foreign_key" in column for column in primary) > 1:
        yield "junction"
    for index in _objects(table.get("indexes")):
        yield from (f"index {name}" for name in index if name in Index.__struct_fields__)
    if any(index.get("unique") for index in _objects(table.get("indexes"))):
        yield "unique index"
    if isinstance(rows := table.get("record_count"), int) and rows > 16_384:
        yield "many rows"
    keys = _objects([column.get("foreign_key") for column in columns])
    composite = _objects(table.get("foreign_keys"))
    if composite:
        yield "key of several columns"
    own = table.get("name")
    for key in (*keys, *composite):
        yield from _of_key(key)
        yield from (f"key {n}" for n in ("within", "differs_from", "deferrable") if n in key)
        if key.get("table") == own:
            yield "key to its own table"
        elif key.get("table") in order[order.index(own) :]:
            yield "key in a circle"


def _of_key(key: dict[str, Any]) -> Iterator[str]:
    shape = key.get("fan_out")
    if isinstance(shape, str):
        yield f"fan_out {shape}"
    elif isinstance(shape, dict):
        yield f"fan_out {shape.get('type')}"
        yield f"fan_out {shape.get('distribution')}"


def _of_column(column: dict[str, Any]) -> Iterator[str]:
    yield from (f"column {name}" for name in column if name in Column.__struct_fields__)
    if "as" in column:
        yield "column stands_for"
    if isinstance(kind := column.get("type"), str):
        yield f"type {sql_type(kind).name}"
    name, parameters = str(column.get("generator")), column.get("generator_params")
    if "generator" in column:
        yield "faker" if name.startswith("faker.") else f"generator {name}"
    elif str(column.get("name")).endswith(TELLING):
        yield "generator by its name"
    if not isinstance(parameters, dict):
        return
    law = parameters.get("distribution", column.get("distribution"))
    law = law.get("type") if isinstance(law, dict) else law
    if isinstance(law, str):
        yield f"distribution {law}"
    elif "ranges" in parameters:
        yield "distribution weighted_ranges"
    known = _fields(name)
    yield from (f"{name}({parameter})" for parameter in parameters if parameter in known)
    text = parameters.get("expression")
    if isinstance(text, str):
        yield from _of_expression(text)


@cache
def _fields(name: Any) -> frozenset[str]:
    """Return the parameters of a generator, and those that every generator has."""
    if name not in GENERATORS:
        return frozenset(COMMON)
    kind = GENERATORS[name]
    return frozenset({*kind.__struct_fields__, *kind.spellings, *COMMON})


def _of_expression(text: str) -> Iterator[str]:
    if text.startswith(("sum(", "count(", "avg(", "min(", "max(", "exists(", "round(sum(")):
        yield "expression over children"
    yield "expression over a parent" if "." in text.replace("0.", "") else "expression alone"
