"""What the catalogs' rows have in common, whichever database they are of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from shardgen.importing.described import Name

Row = dict[str, Any]
Key = TypeVar("Key", bound=Hashable)


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Return the rows by their key, each in the order they came; a key without rows has none."""
    by_key: defaultdict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        by_key[key(row)].append(row)
    return by_key


def name_of(schema: str, name: str, default_schema: str) -> Name:
    """Return a name, without the schema that unqualified names mean."""
    return Name("" if schema == default_schema else schema, name)


def bare(expression: str, *, escapes: bool = False) -> str:
    """
    Return an expression without the parentheses around all of it.

    `escapes` says that a backslash in a literal makes a quote after it a part of the literal.
    """
    text = expression.strip()
    while text.startswith("(") and _closes(text, escapes=escapes) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes(text: str, *, escapes: bool) -> int:
    """Return where the parenthesis closes that a text begins with, or -1."""
    depth, quote, escaped = 0, "", False
    for place, sign in enumerate(text):
        if quote:
            if sign == quote and not escaped:
                quote = ""  # one that is doubled opens again at once
            escaped = escapes and sign == "\\" and not escaped
        elif sign in "'\"`":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if depth == 0:
                return place
    return -1
