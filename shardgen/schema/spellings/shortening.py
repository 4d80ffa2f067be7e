"""The lists and objects of the format → tables and columns by name, as short as they can be."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from shardgen.errors import Mistake
from shardgen.schema.spellings.draft import Draft, Raw
from shardgen.schema.spellings.short_form import with_long_forms
from shardgen.schema.spellings.short_text import (
    ACTIONS,
    FLAGS,
    SHAPES,
    ShortTextError,
    is_short,
    read_short,
)

_LONGEST = 88  # characters of a column in one text
_BARE_NAME = re.compile(r"\w+")
_BARE_VALUE = re.compile(r"[A-Za-z_][\w.]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTS = (
    ("type", "foreign_key", "generator", "generator_params", "default"),
    ("type", "foreign_key", "generator", "default"),
    ("type", "foreign_key", "default"),
    ("type", "foreign_key"),
    ("type",),
)
"""What the text of a type may say beside the words for flags; the first that can be is taken."""
_WRITTEN = {"type", "default", "foreign_key", "generator", "generator_params"}
_KEY_FIELDS = {"table", "column", "on_delete", "on_update", "fan_out", "within"}


def long_form(raw: Raw) -> tuple[Raw, list[Mistake]]:
    """Return the file with tables and columns in lists, and what is wrong with short ones."""
    draft = Draft()
    return with_long_forms(raw, draft), draft.mistakes


def short_form(raw: Raw) -> Raw:
    """
    Return the file with tables and columns under their names; `long_form` gives it back.

    `raw` is in its long form. What has no name of its own stays in its list.
    """
    tables = raw.get("tables")
    if not isinstance(tables, list):
        return raw
    made = [_short_table(table) for table in tables]
    return {**raw, "tables": _by_name(made)}


def _by_name(entries: list[Any]) -> Any:
    """Return entries by their names; the list where one has none, or that of another."""
    named: Raw = {}
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name or name in named:
            return entries
        named[name] = {key: value for key, value in entry.items() if key != "name"}
    return named


def _short_table(table: Any) -> Any:
    if not isinstance(table, dict):
        return table
    made = {"rows" if key == "record_count" else key: value for key, value in table.items()}
    columns = _by_name(made["columns"]) if isinstance(made.get("columns"), list) else None
    if isinstance(columns, dict) and not any(_seems_short(c) for c in columns.values()):
        made["columns"] = {name: _short_column(column) for name, column in columns.items()}
    return made


def _seems_short(column: Raw) -> bool:
    """Return whether a type, which is none, would be read as a short form."""
    return isinstance(column.get("type"), str) and is_short(column["type"])


def _short_column(column: Raw) -> Any:
    """Return a column as a text; or with as much of it as can be in that of its type."""
    whole = _text(column)
    if _says(whole, column):
        return whole
    for names in _PARTS:
        kept = {n: v for n, v in column.items() if n in names or (n, v) in FLAGS.values()}
        text = _text(kept)
        if _says(text, kept):
            return {"type": text, **{n: v for n, v in column.items() if n not in kept}}
    return column


def same(value: Any, other: Any) -> bool:
    """Return whether two decoded values are the same, `1`, `1.0` and `true` being three."""
    encoded = (msgspec.json.encode(v, order="deterministic") for v in (value, other))
    return next(encoded) == next(encoded)


def _text(column: Raw) -> str | None:
    """Return the fields of a column as a text; None where some cannot be."""
    flags = {(name, value): word for word, (name, value) in FLAGS.items()}
    flags["nullable", False] = "not null"
    words = [column.get("type")]
    for name, value in column.items():
        if isinstance(value, (str, bool)) and (name, value) in flags:
            words.append(flags[name, value])
        elif name not in _WRITTEN:
            return None
    is_idle = "generator_params" in column and "generator" not in column
    if not isinstance(words[0], str) or is_idle:
        return None
    for name, write in (("default", _default), ("foreign_key", _key)):
        if name in column:
            words.append(write(column[name]))
    if "generator" in column:
        words.append(_generator(column["generator"], column.get("generator_params")))
    return None if None in words else " ".join(map(str, words))


def _says(text: str | None, column: Raw) -> bool:
    """Return whether a text is short enough and stands for these fields."""
    if text is None or len(text) > _LONGEST:
        return False
    try:
        return same(read_short(text), column)
    except ShortTextError:
        return False


def _default(value: Any) -> str | None:
    return None if isinstance(value, (dict, list)) else f"default {_value(value)}"


def _key(key: Any) -> str | None:
    if not isinstance(key, dict) or not key.keys() <= _KEY_FIELDS:
        return None
    ends = [key.get("table"), key.get("column")]
    if not all(isinstance(end, str) and _BARE_NAME.fullmatch(end) for end in ends):
        return None
    words = [f"-> {ends[0]}.{ends[1]}"]
    if "fan_out" in key:
        shape = key["fan_out"]
        more = dict(shape) if isinstance(shape, dict) else {}
        name = more.pop("type", None) if isinstance(shape, dict) else shape
        if name not in SHAPES:
            return None
        words.append(f"{name}{_parameters(more) if isinstance(shape, dict) else ''}")
    if "within" in key:
        if not isinstance(key["within"], str):
            return None
        words.append(f"within {key['within']}")
    for event in ("delete", "update"):
        if f"on_{event}" in key:
            if key[f"on_{event}"] not in ACTIONS:
                return None
            words.append(f"on {event} {key[f'on_{event}'].lower()}")
    return " ".join(words)


def _generator(name: Any, parameters: Any) -> str | None:
    if not isinstance(name, str) or not (parameters is None or isinstance(parameters, dict)):
        return None
    if parameters is None:
        return f"= {name}"
    if any(isinstance(value, (dict, list)) for value in parameters.values()):
        return None
    return f"= {name}{_parameters(parameters)}"


def _parameters(parameters: Raw) -> str:
    return "(" + ", ".join(f"{name}={_value(v)}" for name, v in parameters.items()) + ")"


def _value(value: Any) -> str:
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if _BARE_VALUE.fullmatch(value) and value not in ("true", "false", "null"):
        return value
    return "'" + value.replace("'", "''") + "'"
