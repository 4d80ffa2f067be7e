"""LIKE, GLOB and SIMILAR TO → regular expressions, and what those never match."""

from __future__ import annotations

import re
from re import _parser  # type: ignore[attr-defined]
from typing import Any


def of_like(text: str, escape: str = "\\") -> str:
    """Return the regular expression of a LIKE: `%` is any text, `_` any character."""
    made, at = "", 0
    while at < len(text):
        sign = text[at]
        if sign == escape and at + 1 < len(text):
            at += 1
            made += re.escape(text[at])
        else:
            made += {"%": ".*", "_": "."}.get(sign) or re.escape(sign)
        at += 1
    return f"^{made}$"


def of_glob(text: str) -> str:
    """Return the regular expression of a GLOB of SQLite: `*`, `?` and sets in brackets."""
    made, at = "", 0
    while at < len(text):
        sign = text[at]
        end = text.find("]", at + 2) if sign == "[" else -1
        if end > 0:
            made += "[" + text[at + 1 : end].replace("\\", "\\\\") + "]"
            at = end
        else:
            made += {"*": ".*", "?": "."}.get(sign) or re.escape(sign)
        at += 1
    return f"^{made}$"


def of_similar(text: str) -> str:
    """Return the regular expression of a SIMILAR TO, which has both kinds of signs."""
    made, at, in_set = "", 0, False
    while at < len(text):
        sign = text[at]
        if sign == "\\" and at + 1 < len(text):
            at += 1
            made += re.escape(text[at])
        elif in_set or sign in "|*+?{}()[]":
            in_set = sign == "[" or (in_set and sign != "]")
            made += sign
        else:
            made += {"%": ".*", "_": "."}.get(sign) or re.escape(sign)
        at += 1
    return f"^(?:{made})$"


SAFE = frozenset("abcdefghijklmnopqrstuvwxyz")
_OTHERWISE = ("[:", "[.", "[=", "(?")
"""Beginnings of classes and flags, which Python has none of or others."""


def never_matches(pattern: str, *, more: str = "") -> bool:
    """
    Return whether a pattern is known to match no text of small letters, and `more`.

    Capital letters in it count as small ones. What Python does not read as databases do is not
    known.
    """
    if any(sign in pattern for sign in _OTHERWISE):
        return False
    try:
        return _needs_other(_parser.parse(pattern), SAFE | set(more))
    except (re.error, RecursionError):
        return False


def _needs_other(parts: Any, known: frozenset[str]) -> bool:
    """Return whether every text that parts match has a character beyond known ones."""
    return any(_part_needs_other(str(kind), value, known) for kind, value in parts)


def _part_needs_other(kind: str, value: Any, known: frozenset[str]) -> bool:
    match kind:
        case "LITERAL":
            return chr(value).lower() not in known
        case "IN":
            members = [(str(name), what) for name, what in value]
            return all(_member_is_other(name, what, known) for name, what in members)
        case "BRANCH":
            return all(_needs_other(branch, known) for branch in value[1])
        case "SUBPATTERN":
            return _needs_other(value[3], known)
        case "MAX_REPEAT" | "MIN_REPEAT":
            return value[0] > 0 and _needs_other(value[2], known)
    return False


def _member_is_other(name: str, what: Any, known: frozenset[str]) -> bool:
    if name == "LITERAL":
        return chr(what).lower() not in known
    if name == "RANGE":
        both = "".join(known) + "".join(known).upper()
        return not any(what[0] <= ord(sign) <= what[1] for sign in both)
    spaces = {"CATEGORY_SPACE": " \t\n\r\f\v", "CATEGORY_DIGIT": "0123456789"}
    return name == "CATEGORY" and str(what) in spaces and not known & set(spaces[str(what)])
