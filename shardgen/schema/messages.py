"""Messages about wrong input: from msgspec's words to ours, with the refused value in them."""

from __future__ import annotations

import re
import types
import typing
from typing import Any

import msgspec

from shardgen.errors import join_path, nearest, shown
from shardgen.schema.struct_fields import fields_of

Fault = tuple[str, str, str]
"""What is wrong: the place within the column (`.generator_params.min`), what, and the hint."""


_MESSAGE = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.DOTALL)


STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")
"""A step of a path: a name, a position, or any value of an object."""


def explain(message: str, raw: Any, kind: Any = None) -> Fault:
    """
    Turn msgspec's message about decoding `raw` as `kind` into (path, what, hint).

    The path is that of the refused value within `raw`, such as `.values[0].weight`; what names the
    value itself.
    """
    match = _MESSAGE.match(message)
    assert match is not None, "the pattern matches any text"
    what, path = match[1], _named(match[2] or "", raw, kind)
    value, kind = _at_path(raw, kind, path)
    return (path, *_worded(what, value, kind))


def _named(path: str, raw: Any, kind: Any) -> str:
    """Return a path with the name of the value of an object that msgspec only calls [...]."""
    before, dots, after = path.partition("[...]")
    value, kind = _at_path(raw, kind, before)
    inner = _inner_kind(kind, "")
    for name in value if dots and isinstance(value, dict) else ():
        try:
            msgspec.convert(value[name], inner)
        except msgspec.ValidationError:
            return before + join_path("", name) + after
    return path


def _at_path(value: Any, kind: Any, path: str) -> tuple[Any, Any]:
    """Return what is at a path, and the type that was expected there (None if that is unclear)."""
    for step in STEP.finditer(path):
        name, position = step[1], step[2]
        kind = _inner_kind(kind, name)
        if name is not None:
            value = value.get(name) if isinstance(value, dict) else None
        elif position is not None:
            value = value[int(position)]
        else:
            return None, None  # some value of a dict: msgspec does not say which
    return value, kind


def _inner_kind(kind: Any, name: str | None) -> Any:
    for arm in bare_arms(kind):
        if name is not None and isinstance(arm, type) and issubclass(arm, msgspec.Struct):
            return next((f.type for f in fields_of(arm) if f.name == name), None)
        if name is not None and typing.get_origin(arm) is dict:
            return typing.get_args(arm)[1]
        if name is None and typing.get_origin(arm) in (tuple, list):
            return typing.get_args(arm)[0]
    return None


def type_arms(kind: Any) -> list[Any]:
    """Return the types that a union is made of, however deep; a type alone is its only one."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return [arm for inner in typing.get_args(kind) for arm in type_arms(inner)]
    bare = typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
    return type_arms(bare) if typing.get_origin(bare) in (types.UnionType, typing.Union) else [kind]


def bare_arms(kind: Any) -> list[Any]:
    """Return the types of a union without what annotations say of them."""
    arms = type_arms(kind)
    return [typing.get_args(a)[0] if typing.get_origin(a) is typing.Annotated else a for a in arms]


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "date": "a date such as '2024-12-31'",
}


_BOUNDS = {">=": "below", "<=": "above", ">": "not above", "<": "not below"}


def _worded(message: str, value: Any, kind: Any) -> tuple[str, str]:
    """Return (what, hint) for msgspec's message about `value`."""
    for pattern, words in _WORDS:
        if match := re.match(pattern, message):
            return words(match, value, bare_arms(kind))
    return f"{shown(value)} does not fit: {message[0].lower()}{message[1:]}", ""


def _wrong_kind(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    del arms
    names = [name for name in match[1].split(" | ") if name != "null"]
    wanted = [_KINDS.get(n, n) for n in names if not (n == "int" and "float" in names)]
    is_number = names == ["str"] and isinstance(value, (int, float))
    return f"{shown(value)} is not {' or '.join(wanted)}", "put it in quotes" if is_number else ""


def _out_of_bounds(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    del arms
    return f"{shown(value)} is {_BOUNDS[match[1]]} {match[2].removesuffix('.0')}", ""


def _wrong_length(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    del arms
    if not value:
        return f"{shown(value)} is empty", ""
    unit = "characters" if match[1] == "str" else "entries"
    bound = "at most" if match[2] == "<=" else "at least"
    return f"{shown(value)} has {len(value)} {unit}", f"{bound} {match[3]} are wanted"


def _not_listed(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    del match
    known = [v for arm in arms for v in typing.get_args(arm) if isinstance(v, str)]
    return f"unknown value {shown(value)}", suggestion(str(value), known)


def _missing(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    del value, arms
    return f"{match[1]!r} is missing", ""


def _not_a_field(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    form = value.get("type") if isinstance(value, dict) else None
    structs = list(filter(_has_fields, arms))
    fields = [a for a in structs if form and a.__struct_config__.tag == form] or structs
    known = list(dict.fromkeys(name for arm in fields for name in arm.__struct_fields__))
    return f"unknown field {shown(match[1])}", suggestion(match[1], known)


def _not_a_date(match: re.Match[str], value: Any, arms: list[Any]) -> tuple[str, str]:
    del match, arms
    return f"{shown(value)} is not {_KINDS['date']}", ""


_WORDS = (
    (r"Expected `([^`]+)`, got `", _wrong_kind),
    (r"Expected `(?:int|float)` ([<>]=?) (.+)", _out_of_bounds),
    (r"Expected `(\w+)` of length ([<>]=?) (\d+)", _wrong_length),
    (r"Invalid enum value", _not_listed),
    (r"Object missing required field `(.+)`", _missing),
    (r"Object contains unknown field `(.+)`", _not_a_field),
    (r"Invalid .*encoded date", _not_a_date),
)


def _has_fields(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def suggestion(name: str, known: list[str]) -> str:
    """Return the nearest of the known names as a hint, or all of them."""
    return nearest(name, known) or (f"known are {', '.join(known)}" if known else "")
