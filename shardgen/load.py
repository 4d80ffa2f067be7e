"""
A schema file → Schema, or every mistake in it at once.

The file is decoded piece by piece, so that one wrong column does not hide the next; a path in an
error names tables and columns, where they have names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shardgen.check import check_schema
from shardgen.errors import Mistake, SchemaError, nearest
from shardgen.generators.params import explain
from shardgen.schema import Column, Schema, Table

MAX_BYTES = 16 << 20  # of a schema file
S = TypeVar("S", bound=msgspec.Struct)

_FOLDERS = (Path(__file__).parent / "schemas", Path(__file__).parent.parent / "schemas")


def bundled_schemas() -> dict[str, Path]:
    """Return the schemas that come with shardgen, by name: in the wheel, or in a checkout."""
    for folder in _FOLDERS:
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.json"))}
    return {}


def load_schema(source: str | Path) -> Schema:
    """
    Return the schema named `source`, a bundled one's name or a file's path.

    SchemaError lists everything that is wrong with it.
    """
    path = _find(source)
    name = str(source)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SchemaError([Mistake("", f"cannot read it: {error.strerror}")], name) from None
    if len(data) > MAX_BYTES:
        what = f"the file has more than {MAX_BYTES >> 20} MiB"
        raise SchemaError([Mistake("", what, "is it a schema?")], name)
    return parse_schema(data, name)


def parse_schema(data: bytes, name: str = "schema") -> Schema:
    """Return the schema that the JSON text `data` holds; `name` is for error messages."""
    raw = _decode_json(data, name)
    mistakes: list[Mistake] = []
    tables = _decode_tables(raw, mistakes)
    head = raw | {"tables": []} if isinstance(raw.get("tables"), list) else raw
    schema = _convert(head, Schema, "", mistakes)
    if schema is not None and None not in tables:
        schema = msgspec.structs.replace(schema, tables=tuple(tables))
        mistakes += check_schema(schema)
    if mistakes:
        raise SchemaError(mistakes, name)
    assert schema is not None, "a schema without mistakes was decoded"
    return schema


def _find(source: str | Path) -> Path:
    path = Path(source)
    bundled = bundled_schemas()
    if str(source) in bundled:
        return bundled[str(source)]
    if path.is_dir():
        raise SchemaError([Mistake("", "it is a folder, not a schema file")], str(source))
    if not path.exists():
        hint = nearest(str(source), bundled) or f"bundled are {', '.join(bundled)}"
        raise SchemaError([Mistake("", "no bundled schema and no file", hint)], str(source))
    return path


def _decode_json(data: bytes, name: str) -> dict[str, Any]:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8 text"
        raise SchemaError([Mistake("", what, "a schema is a JSON file")], name) from None
    try:
        raw = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.DecodeError as error:
        raise SchemaError([_invalid_json(data, str(error))], name) from None
    if not isinstance(raw, dict):
        what = f"the file holds a JSON {_kind(raw)}, not an object"
        raise SchemaError([Mistake("", what)], name)
    return raw


def _invalid_json(data: bytes, message: str) -> Mistake:
    """Say where by line and column; the standard decoder knows them, and is needed only here."""
    import json

    try:
        json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        what = f"invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        return Mistake("", what)
    except RecursionError:
        return Mistake("", "the JSON is nested too deeply")
    return Mistake("", message)


def _kind(value: object) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _decode_tables(raw: dict[str, Any], mistakes: list[Mistake]) -> list[Table | None]:
    tables = raw.get("tables")
    if not isinstance(tables, list):
        return []  # the schema's own decoder reports it
    return [_decode_table(table, n, mistakes) for n, table in enumerate(tables)]


def _decode_table(raw: Any, position: int, mistakes: list[Mistake]) -> Table | None:
    place = f"tables.{_name(raw, position)}"
    columns: list[Column | None] = []
    if isinstance(raw, dict) and isinstance(raw.get("columns"), list):
        for n, column in enumerate(raw["columns"]):
            where = f"{place}.columns.{_name(column, n)}"
            columns.append(_convert(column, Column, where, mistakes))
        raw = raw | {"columns": []}
    table = _convert(raw, Table, place, mistakes)
    if table is None or None in columns:
        return None
    return msgspec.structs.replace(table, columns=tuple(columns))


def _name(raw: Any, position: int) -> str:
    name = raw.get("name") if isinstance(raw, dict) else None
    return name if isinstance(name, str) and name else f"[{position}]"


def _convert(raw: Any, kind: type[S], place: str, mistakes: list[Mistake]) -> S | None:
    """Return `raw` as a struct; None, with the mistakes added, when it is none."""
    unknown = _unknown_fields(raw, kind)
    for name, hint in unknown:
        mistakes.append(Mistake(place, f"unknown field {name!r}", hint))
    if unknown:
        raw = {k: v for k, v in raw.items() if k not in {name for name, _ in unknown}}
    try:
        made = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, hint = explain(str(error), {f.name for f in msgspec.structs.fields(kind)})
        mistakes.append(Mistake(place, what, hint))
        return None
    return made


def _unknown_fields(raw: Any, kind: type[msgspec.Struct]) -> list[tuple[str, str]]:
    if not isinstance(raw, dict):
        return []
    known = [f.name for f in msgspec.structs.fields(kind)]
    return [(str(n), nearest(str(n), known)) for n in raw if n not in known]


