"""
The bytes of a schema file → Schema, or every mistake in them at once.

The file is decoded as a whole; when that fails, field by field, so that one wrong value does not
hide the next. A path in an error names tables and columns, where they have names.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shardgen.errors import MAX_MISTAKES, Mistake, SchemaError, join_path, nearest, shown
from shardgen.schema.datasets import read_datasets
from shardgen.schema.messages import explain
from shardgen.schema.model import Schema
from shardgen.schema.spellings.draft import in_file, place_in_list
from shardgen.schema.spellings.normal_form import normal_form

MAX_DEPTH = 64  # of objects and lists in each other: the format needs 8, and no stack overflows

S = TypeVar("S", bound=msgspec.Struct)

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class ParsedSchema(msgspec.Struct, frozen=True):
    """
    What could be read of a schema file, and what is wrong with it.

    Where there are mistakes, the schema has stand-ins: for wrong fields their defaults, for a
    wrong name or type the empty string. `raw` is the decoded file, `moved` where in it things stand
    that are elsewhere in the schema. The mistakes have paths of the file.
    """

    schema: Schema
    mistakes: tuple[Mistake, ...] = ()
    raw: Any = None
    moved: dict[str, str] = {}

    def sorted(self, mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
        """Return mistakes with paths of the schema at their places in the file, in its order."""
        mistakes = dict.fromkeys(self._placed(mistake) for mistake in mistakes)
        position = {path: n for n, (_, path) in enumerate(_paths(self.raw))}

        def key(mistake: Mistake) -> int:
            path = mistake.path
            while path and path not in position:
                path = path[: max(path.rfind("."), path.rfind("["), 0)]
            return position.get(path, 0)

        return tuple(sorted(mistakes, key=key))

    def _placed(self, mistake: Mistake) -> Mistake:
        return Mistake(in_file(mistake.path, self.moved), mistake.what, mistake.hint)


def parse_schema(data: bytes, name: str = "schema", folder: Path | None = None) -> ParsedSchema:
    """
    Return what can be read of a schema in JSON; SchemaError when it is not a JSON object.

    The files of its datasets are in `folder`; without one they cannot be read.
    """
    raw = _decode_json(data, name)
    mistakes = [*islice(_repeated_keys(data, raw), MAX_MISTAKES)]
    mistakes += islice(_large_numbers(raw), MAX_MISTAKES - len(mistakes))
    made = normal_form(raw)
    mistakes += made.mistakes
    try:
        schema = msgspec.convert(made.raw, Schema)
    except msgspec.ValidationError:
        schema = _read_fields(made.raw, Schema, "", mistakes)
    if folder is not None:
        schema, unreadable = read_datasets(schema, folder)
        mistakes += unreadable
    return ParsedSchema(schema, tuple(mistakes), raw, made.moved)


def unusable(what: str, name: str, hint: str = "") -> SchemaError:
    """Return the error for a file of which nothing can be read."""
    return SchemaError([Mistake("", what, hint)], shown(name) if len(name) > 250 else name)


# From bytes to one JSON object


def _decode_json(data: bytes, name: str) -> dict[str, Any]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise unusable("the file is empty", name, "`shardgen schemas` lists some to start from")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8 text"
        raise unusable(what, name, "a schema is a JSON file in UTF-8") from None
    try:
        raw = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise unusable(_invalid_json(data.decode(), str(error)), name) from None
    except RecursionError:
        raise unusable(f"the JSON is nested more than {MAX_DEPTH} deep", name) from None
    if not isinstance(raw, dict):
        raise unusable(f"the file holds {shown(raw)}, not a JSON object", name)
    if _depth(raw) > MAX_DEPTH:
        raise unusable(f"the JSON is nested more than {MAX_DEPTH} deep", name)
    return raw


def _invalid_json(text: str, message: str) -> str:
    """Say where by line and column; the standard decoder knows them, and is needed only here."""
    import json

    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as error:
        return f"invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeEncodeError:
        return r"invalid JSON: half of a surrogate pair, such as \ud800, stands alone"
    except (ValueError, RecursionError):
        pass  # msgspec's own message is the better one
    at_byte = re.search(r"^JSON is malformed: (.*) \(byte (\d+)\)$", message)
    if at_byte is None:
        what = message.split(" - at ", maxsplit=1)[0]
        return f"invalid JSON: {what[0].lower()}{what[1:]}"
    before = text.encode()[: int(at_byte[2])].decode("utf-8", "replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"invalid JSON at line {line}, column {column}: {at_byte[1]}"


def _nested(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object or a list holds, with the place of each in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield join_path("", str(key)), inner
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield place_in_list(inner, n), inner


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        depth += 1
    return depth


def _large_numbers(value: Any, path: str = "") -> Iterator[Mistake]:
    """Yield the integers that no database column holds, and no plan either."""
    for name, inner in _nested(value):
        if isinstance(inner, int) and not -(1 << 63) <= inner < 1 << 63:
            number = str(inner) if abs(inner) < 10**40 else f"a number of {len(str(inner))} digits"
            yield Mistake((path + name).lstrip("."), f"{number} is beyond 64 bits")
        elif isinstance(inner, (dict, list)):
            yield from _large_numbers(inner, path + name)


def _repeated_keys(data: bytes, raw: dict[str, Any]) -> Iterator[Mistake]:
    """Yield the keys that one object has twice: decoders keep the last and say nothing."""
    if _STRING.sub(b"", data).count(b":") == _count_keys(raw):
        return  # as many colons outside strings as keys that are left: none was lost
    import json

    repeated: list[tuple[dict[str, Any], str]] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made, names = dict(pairs), [name for name, _ in pairs]
        repeated.extend((made, name) for name in made if names.count(name) > 1)
        return made

    root = json.loads(data.decode("utf-8-sig"), object_pairs_hook=note)
    paths = dict(_paths(root))
    for made, name in repeated:
        if id(made) in paths:  # else it is inside a value that a repeated key has replaced
            what = f"the key {shown(name)} stands there twice"
            yield Mistake(join_path(paths[id(made)], name).lstrip("."), what, "keep one of them")


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if isinstance(value, list) else 0


def _paths(value: Any, path: str = "") -> Iterator[tuple[int, str]]:
    """Yield the id and the path of everything in a decoded file, in its order."""
    yield id(value), path.lstrip(".")
    for name, inner in _nested(value):
        yield from _paths(inner, path + name)


# From JSON objects to structs


def _read_fields(raw: Any, kind: type[S], path: str, mistakes: list[Mistake]) -> S:
    """Return `raw` as a struct, with stand-ins for fields that cannot be read."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    if not isinstance(raw, dict):
        mistakes.append(Mistake(path, f"{shown(raw)} is not an object"))
        return kind(**{f.name: _stand_in(f.type) for f in fields.values() if f.required})
    if kind.__struct_config__.forbid_unknown_fields:
        unknown = (name for name in raw if name not in fields)
        for name in islice(unknown, max(0, MAX_MISTAKES - len(mistakes))):
            hint = nearest(name, fields) or f"known are {', '.join(fields)}"
            at = join_path(path, name).lstrip(".")
            mistakes.append(Mistake(at, f"unknown field {shown(name)}", hint))
    made: dict[str, Any] = {}
    for name, field in fields.items():
        inside = f"{path}.{name}" if path else name
        if name in raw and (raw[name] is not None or field.required):
            before = len(mistakes)
            value = _read_value(raw[name], field.type, inside, mistakes)
            if value is not None or len(mistakes) == before:
                made[field.name] = value
        elif field.required:
            mistakes.append(Mistake(inside, f"{name!r} is missing"))
        if field.required and field.name not in made:
            made[field.name] = _stand_in(field.type)
    return kind(**made)


def _read_value(raw: Any, kind: Any, path: str, mistakes: list[Mistake]) -> Any:
    """Return `raw` as `kind`; None, with a mistake added, when it is none."""
    each, *_ = (*typing.get_args(kind), None)
    if _is_struct(each) and typing.get_origin(kind) is tuple:
        if isinstance(raw, list):
            paths = [path + place_in_list(inner, n) for n, inner in enumerate(raw)]
            pairs = zip(raw, paths, strict=True)
            few = takewhile(lambda _: len(mistakes) < MAX_MISTAKES, pairs)
            return tuple(_read_fields(inner, each, at, mistakes) for inner, at in few)
    elif typing.get_origin(kind) is dict and _is_struct(kind.__args__[1]) and isinstance(raw, dict):
        value = kind.__args__[1]
        return {k: _read_fields(v, value, join_path(path, k), mistakes) for k, v in raw.items()}
    elif _is_struct(each) and raw is not None:
        return _read_fields(raw, each, path, mistakes)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        inside, what, hint = explain(str(error), raw, kind)
        mistakes.append(Mistake(path + inside, what, hint))
        return None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _stand_in(kind: Any) -> Any:
    choices = typing.get_args(typing.get_args(kind)[0]) if typing.get_args(kind) else ()
    return {str: "", int: 1}.get(kind, choices[:1])
