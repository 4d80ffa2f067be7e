"""Schemas of which a part is something else: what can be read of them is of the right types."""

from __future__ import annotations

import contextlib
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from shardgen.errors import SchemaError
from shardgen.plan.load import load_schema
from shardgen.schema import reader
from shardgen.schema.model import Schema

WRONG: tuple[Any, ...] = ("text", 5, None, [], {}, [[]], ["a"], True)


def structs_within(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """Yield the structs that fields of a type hold, however deep."""
    for inner in (kind, *typing.get_args(kind)):
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield inner
            for field in msgspec.structs.fields(inner):
                yield from structs_within(field.type)
        elif inner is not kind:
            yield from structs_within(inner)


REQUIRED = {
    (kind, field.name): field.type
    for kind in structs_within(Schema)
    for field in msgspec.structs.fields(kind)
    if field.required
}


@pytest.mark.parametrize(("kind", "name"), REQUIRED, ids=lambda of: getattr(of, "__name__", of))
def test_what_stands_in_for_a_field_is_of_its_type(kind, name):
    """So whatever reads a schema with mistakes finds what it expects."""
    standing = reader._stand_in(REQUIRED[kind, name])
    assert standing == msgspec.convert(standing, REQUIRED[kind, name])


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "field",
    [
        *("checks", "exclusions", "indexes", "foreign_keys", "polymorphic_keys", "one_of"),
        *("columns", "unique", "checks.expression", "column.correlation", "column.foreign_key"),
    ],
)
def test_a_list_of_anything_is_answered(field, wrong):
    """A field that holds something else, alone or in a list, gives mistakes and no traceback."""
    column: dict[str, Any] = {"name": "id", "type": "int", "primary_key": True}
    table: dict[str, Any] = {"name": "t", "record_count": 3, "columns": [column]}
    for value in (wrong, [wrong]):
        match field.split("."):
            case ["column", name]:
                column[name] = value
            case [name, inner]:
                table[name] = [{"name": "c", inner: value}]
            case [name]:
                table[name] = value
        raw = {"schema_version": "1.0", "name": "s", "database_type": ["sqlite"], "tables": [table]}
        with contextlib.suppress(SchemaError):
            load_schema(raw)
