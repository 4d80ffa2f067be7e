"""JSON → a decoded object, with a mistake for what decoders pass over, and the lines in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from shardgen.errors import MAX_MISTAKES, Mistake, join_path, shown
from shardgen.schema.files.marked import Marked, too_deep, unusable
from shardgen.schema.spellings.draft import paths_by_id

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SIGNS = r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+'


def decode_json(data: bytes, name: str) -> Any:
    """Return the value of a file; SchemaError when it is no JSON."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise unusable(_invalid_json(data.decode(), str(error)), name) from None
    except RecursionError:
        raise too_deep(name, "JSON") from None


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


def repeated_keys(data: bytes, raw: Any) -> list[Mistake]:
    """Return the keys that one object has twice: decoders keep the last and say nothing."""
    if _STRING.sub(b"", data).count(b":") == _count_keys(raw):
        return []  # as many colons outside strings as keys that are left: none was lost
    return [*islice(_repeated(data), MAX_MISTAKES)]


def _repeated(data: bytes) -> Iterator[Mistake]:
    import json

    repeated: list[tuple[dict[str, Any], str]] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made, names = dict(pairs), [name for name, _ in pairs]
        repeated.extend((made, name) for name in made if names.count(name) > 1)
        return made

    root = json.loads(data.decode("utf-8-sig"), object_pairs_hook=note)
    paths = dict(paths_by_id(root))
    for made, name in repeated:
        if id(made) in paths:  # else it is inside a value that a repeated key has replaced
            what = f"the key {shown(name)} stands there twice"
            yield Mistake(join_path(paths[id(made)], name).lstrip("."), what, "keep one of them")


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if isinstance(value, list) else 0


def marked_json(text: str) -> Marked:
    """Return the lines of a file that `decode_json` reads; of plain values it has texts."""
    newlines = [match.start() for match in re.finditer("\n", text)]
    tokens = ((m[0], bisect_left(newlines, m.start()) + 1) for m in re.finditer(_SIGNS, text))
    start, line = next(tokens)
    return _marked(start, line, tokens)


def _marked(start: str, line: int, tokens: Iterator[tuple[str, int]]) -> Marked:
    """Return the value that begins so, its rest taken from those that follow."""
    if start == "{":
        made: dict[str, Marked] = {}
        for key, at in tokens:
            if key == "}":
                break
            if key != ",":
                next(tokens)  # the ":"
                made[msgspec.json.decode(key)] = _marked(next(tokens)[0], at, tokens)
        return Marked(line, made)
    if start == "[":
        entries = []
        for inner, at in tokens:
            if inner == "]":
                break
            if inner != ",":
                entries.append(_marked(inner, at, tokens))
        return Marked(line, entries)
    return Marked(line, msgspec.json.decode(start) if start.startswith('"') else None)
