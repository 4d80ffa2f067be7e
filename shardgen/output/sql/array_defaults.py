"""Defaults of arrays: an array as PostgreSQL or JSON writes it, read and written as each does."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shardgen.output.text.list_fields import ListSyntax
from shardgen.tables.text_proofs import storable

if TYPE_CHECKING:
    from shardgen.schema.types import ColumnType

_CAST = re.compile(r"\s*::\s*[\w .,()\"]+(?:\[\s*[0-9]*\s*\])*\s*$")
_NO_ELEMENTS = re.compile(r"array\s*\[\s*\]", re.IGNORECASE)
_TOKEN = re.compile(r'\s*(?:([{},])|"((?:[^"\\]|\\.)*)"|([^{},"\\]+))', re.DOTALL)
_BARE = ("integer", "decimal", "float")


def read_array(text: str) -> list[Any] | None:
    """
    Return the elements that a text says: of PostgreSQL's literal, with a cast or not, or of JSON.

    Elements are text, numbers, truths, lists of them, and None for NULL; None for any other text.
    """
    bare = _CAST.sub("", text).strip()
    if _NO_ELEMENTS.fullmatch(bare):
        return []
    if len(bare) > 1 and bare[0] == bare[-1] == "'":
        bare = bare[1:-1].replace("''", "'")
    if bare.startswith("["):
        try:
            found = json.loads(bare, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, list) else None
    return _literal(bare)


def _literal(text: str) -> list[Any] | None:
    """Read PostgreSQL's literal, `{a,"b c",NULL}`."""
    outer: list[Any] = []
    stack, position, may_end = [outer], 0, False
    while match := _TOKEN.match(text, position):
        position = match.end()
        sign, quoted, word = match.groups()
        here = stack[-1]
        if sign == "{" and not may_end:
            here.append([])
            stack.append(here[-1])
        elif sign == "}" and len(stack) > 1 and (may_end or not here):
            stack.pop()
            may_end = True
        elif sign == "," and may_end and len(stack) > 1:
            may_end = False
        elif sign is None and not may_end and len(stack) > 1:
            bare = (word or "").strip()
            null = quoted is None and bare.upper() == "NULL"
            here.append(None if null else bare if quoted is None else _unescaped(quoted))
            may_end = True
        else:
            return None
    is_whole = position == len(text) and len(stack) == 1 and len(outer) == 1
    return outer[0] if is_whole else None


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def written_array(elements: list[Any], kind: ColumnType, syntax: ListSyntax) -> str:
    """Return elements of an array type as text, before it stands between quotes."""
    assert kind.element is not None, "only arrays have elements"
    inner = kind.element
    texts = (
        written_array(each, inner, syntax) if isinstance(each, list) else _one(each, inner, syntax)
        for each in elements
    )
    return f"{syntax.opening}{','.join(texts)}{syntax.closing}"


def _one(value: Any, kind: ColumnType, syntax: ListSyntax) -> str:
    if value is None:
        return syntax.null
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if kind.family in _BARE:
        return text.strip()
    if kind.family == "boolean":
        return syntax.true if text.strip().lower() in ("true", "t", "1") else syntax.false
    if kind.family == "json" and not isinstance(value, str):
        text = json.dumps(value)
    if kind.family == "json" and syntax.is_json:
        return text
    before = syntax.before_bytes if kind.family == "bytes" else ""
    return f'"{syntax.escape(before + storable(text))}"'
