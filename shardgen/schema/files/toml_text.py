"""A decoded object → TOML: a section for each table, a line for each column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from shardgen.errors import Mistake, join_path

WIDTH = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def toml_text(value: dict[str, Any]) -> str:
    """Return an object without nulls as TOML, by the same text for the same object."""
    return "\n".join(_section(value, ())).strip("\n") + "\n"


def without_nulls(value: Any, path: str = "") -> tuple[Any, list[Mistake]]:
    """
    Return a decoded file with the fields that are null left out, and the nulls that cannot be.

    A field that is null is as one that is absent; TOML has no null to write elsewhere.
    """
    if isinstance(value, list):
        made = [without_nulls(inner, f"{path}[{n}]") for n, inner in enumerate(value)]
        lost = [_lost(f"{path}[{n}]") for n, inner in enumerate(value) if inner is None]
        return [inner for inner, _ in made], [*lost, *(m for _, more in made for m in more)]
    if not isinstance(value, dict):
        return value, []
    kept: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for key, inner in value.items():
        at = join_path(path, key).lstrip(".")
        if inner is not None:
            kept[key], more = without_nulls(inner, at)
            mistakes += more
        elif re.search(r"(^|\.)(generator_params|params|metadata|default)(\.|$)", path):
            mistakes.append(_lost(at))
    return kept, mistakes


def _lost(path: str) -> Mistake:
    return Mistake(path, "TOML has no null", "convert it to YAML or JSON")


def _section(value: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of an object: what fits in lines of its own, then sections for the rest."""
    sections = {key for key, inner in value.items() if _is_section(key, inner, keys)}
    lines = [key for key in value if key not in sections]
    if keys and (lines or not sections):
        yield ""
        yield f"[{'.'.join(map(_key, keys))}]"
    for key in lines:
        yield from _lines(_key(key), value.get(key))
    for key, inner in value.items():
        if key in sections:
            yield from _section(inner, (*keys, key))


def _is_section(key: str, value: Any, keys: tuple[str, ...]) -> bool:
    """Return whether an object has a section: columns never, as they would lose their order."""
    if not isinstance(value, dict) or not value or keys[-1:] == ("columns",):
        return False
    if keys == () and key == "tables":
        return True
    is_of_tables = keys[:1] == ("tables",) and (len(keys) == 1 or key == "columns")
    return is_of_tables or len(f"{_key(key)} = {_inline(value)}") > WIDTH


def _lines(start: str, value: Any) -> Iterator[str]:
    """Yield `key = value`; where that is too long, a line for each entry or field."""
    line = f"{start} = {_inline(value)}"
    if len(line) <= WIDTH or not value or not isinstance(value, (dict, list)):
        yield line
    elif isinstance(value, list):
        yield f"{start} = ["
        yield from (f"  {_inline(inner)}," for inner in value)
        yield "]"
    else:
        for key, inner in value.items():
            yield from _lines(f"{start}.{_key(key)}", inner)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_inline(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _text(value) if isinstance(value, str) else msgspec.json.encode(value).decode()


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else _text(text)


def _text(text: str) -> str:
    quoted = msgspec.json.encode(text).decode()
    if "\\" in quoted and "'" not in text and text.isprintable():
        return f"'{text}'"
    return quoted.replace("\x7f", "\\u007f")
