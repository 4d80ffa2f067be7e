"""The default of a column, an expression in SQL → one that the format has, where it is constant."""

from __future__ import annotations

import re

Default = str | int | float | bool | None

_QUOTED = re.compile(r"(?:[eEnNbB]|_\w+ ?)?'((?:[^'\\]|'')*)'(?:::[\w \"().\[\]]+)?")
_NUMBER = re.compile(r"\(?'?(-?\d{1,15}(?:\.\d{1,10})?)'?\)?(?:::[\w ]+(?:\(\d+(?:,\d+)?\))?)?")
_NOW = re.compile(
    r"(?:current_timestamp|now|localtimestamp|transaction_timestamp|current_date)"
    r"(?:\(\d*\))?|\(?datetime\('now'\)\)?",
    re.IGNORECASE,
)
_WORDS: dict[str, Default] = {
    "null": None,
    "true": True,
    "false": False,
    "b'0'": False,
    "b'1'": True,
}


def imported_default(text: str | None) -> tuple[Default, bool]:
    """
    Return the default that an expression is, and whether the format has it.

    What is not constant, such as `gen_random_uuid()`, it has not.
    """
    if text is None:
        return None, True
    bare = _without_parentheses(text.strip())
    word = bare.lower()
    if word in _WORDS or word.startswith("null::"):
        return _WORDS.get(word), True
    if _NOW.fullmatch(bare):
        return "CURRENT_TIMESTAMP", True
    if match := _NUMBER.fullmatch(bare):
        return (float(match[1]) if "." in match[1] else int(match[1])), True
    if match := _QUOTED.fullmatch(bare):
        return match[1].replace("''", "'"), True
    return None, False


def _without_parentheses(text: str) -> str:
    while text.startswith("(") and text.endswith(")") and "(" not in text[1:]:
        text = text[1:-1].strip()
    return text
