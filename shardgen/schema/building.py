"""A schema put together by Python code, in any spelling that a file may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from shardgen.errors import SchemaError, shown
from shardgen.schema.databases import DATABASES
from shardgen.schema.files.decoding import depth_of
from shardgen.schema.files.marked import MAX_DEPTH, too_deep, unusable
from shardgen.schema.model import Schema, Table
from shardgen.schema.reader import parse_object
from shardgen.schema.struct_fields import fields_of

TableSource = Table | Mapping[str, Any]
"""A table, or what a file would hold of it."""


def schema(
    name: str,
    tables: Mapping[str, TableSource] | Iterable[TableSource],
    *,
    database_type: Iterable[str] = DATABASES,
    **fields: Any,
) -> Schema:
    """
    Return the schema of these tables, as a file in any spelling would say it.

    Tables are given by name, or in a list; columns as `Column`, as an object, or as a text such as
    `"varchar(120) unique = email"`. `fields` are the others of a schema, such as `datasets`.
    SchemaError lists what cannot be read; what contradicts itself is found by whatever takes it.
    """
    raw = {"schema_version": "1.0", "name": name, "database_type": [*database_type]}
    listed = tables if isinstance(tables, Mapping) else [*tables]
    parsed = parse_object(as_object({**raw, "tables": listed, **fields}))
    if parsed.mistakes:
        raise SchemaError(parsed.sorted(parsed.mistakes), name)
    return parsed.schema


def as_object(source: Any) -> dict[str, Any]:
    """Return what a file would hold; SchemaError for what no file can."""
    try:
        raw = msgspec.to_builtins(_bare(source), str_keys=True)
    except (TypeError, ValueError) as error:
        raise unusable(f"the schema holds what no file does: {error}", "schema") from None
    except RecursionError:
        raise too_deep("schema", "object") from None
    if not isinstance(raw, dict):
        raise unusable(f"the schema is {shown(raw)}, not an object", "schema")
    if depth_of(raw) > MAX_DEPTH:
        raise too_deep("schema", "object")
    half = next((text for text in _texts(raw) if not _is_unicode(text)), None)
    if half is not None:
        what = f"the schema holds {shown(half)}, with half of a surrogate pair, which no file does"
        raise unusable(what, "schema", "leave that out")
    return raw


def _texts(raw: Any) -> Iterator[str]:
    """Yield every text within lists and objects, keys too."""
    ahead = [raw]
    while ahead:
        value = ahead.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            ahead += [*value, *value.values()]
        elif isinstance(value, list):
            ahead += value


def _is_unicode(text: str) -> bool:
    """Return whether a text can be written, without half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bare(value: Any) -> Any:
    """Return plain dicts and lists; of structs what differs from their defaults."""
    if isinstance(value, msgspec.Struct):
        kept = {
            field.encode_name: _bare(getattr(value, field.name))
            for field in fields_of(type(value))
            if field.required or getattr(value, field.name) != field.default
        }
        tag = value.__struct_config__.tag
        return {"type": tag, **kept} if isinstance(tag, str) else kept
    if isinstance(value, Mapping):
        return {key: _bare(inner) for key, inner in value.items()}
    return [*map(_bare, value)] if isinstance(value, (list, tuple)) else value
