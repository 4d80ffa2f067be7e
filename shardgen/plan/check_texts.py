"""
Texts of a schema that no dump can carry: those with a NUL, or with half of a surrogate pair.

A NUL ends a text of C, and so a literal or a comment for the clients that load dumps. None stands
anywhere in a schema, whatever the text is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from shardgen.errors import Mistake, join_path, shown
from shardgen.schema.model import Schema
from shardgen.tables.text_proofs import is_storable, unstorable_reason

_ESCAPED_NUL = b"\\u0000"


def unstorable_texts(schema: Schema, known: Iterable[str]) -> list[Mistake]:
    """Return each text with the path where it stands, unless that has a `known` mistake already."""
    if not _may_have_any(schema):
        return []
    paths = {*known}
    found = [
        Mistake(path, f"the text {shown(text)} is one {unstorable_reason(text)}", "leave that out")
        for path, text in _texts(schema)
        if not is_storable(text)
    ]
    return [m for m in found if paths.isdisjoint((m.path, m.path.removesuffix(".name")))]


def _may_have_any(schema: Schema) -> bool:
    """Return False for nearly every schema, at the cost of encoding it."""
    try:
        return _ESCAPED_NUL in msgspec.json.encode(schema)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        return True  # made in Python: half of a surrogate pair, or what JSON does not have


def _texts(root: Any) -> Iterator[tuple[str, str]]:
    """Yield every text with its path; of an object its keys too."""
    ahead: list[tuple[str, Any]] = [("", root)]
    seen: set[int] = set()
    while ahead:
        path, value = ahead.pop()
        if isinstance(value, str):
            yield path.lstrip("."), value
        elif isinstance(value, (msgspec.Struct, dict, list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            ahead += reversed([*_inner(path, value)])


def _inner(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        for name, written in zip(
            value.__struct_fields__, value.__struct_encode_fields__, strict=True
        ):
            yield f"{path}.{written}", getattr(value, name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield join_path(path, str(key)), inner
    else:
        for n, inner in enumerate(value):
            name = getattr(inner, "name", "")
            yield join_path(path, str(name)) if name else f"{path}[{n}]", inner
