"""LIKE, GLOB and SIMILAR TO → regular expressions."""

from __future__ import annotations

import re


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
