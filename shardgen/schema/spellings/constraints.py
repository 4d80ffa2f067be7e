"""A column's list of `constraints`, as SQL writes them: `["PRIMARY KEY", "DEFAULT 'new'"]`."""

from __future__ import annotations

import re
from typing import Any

from shardgen.errors import shown
from shardgen.schema.spellings.draft import Draft, Raw

_FORMS: tuple[tuple[str, str, bool], ...] = (
    (r"PRIMARY\s+KEY", "primary_key", True),
    (r"AUTO[_\s]?INCREMENT", "auto_increment", True),
    (r"UNIQUE(?:\s+KEY)?", "unique", True),
    (r"NOT\s+NULL", "nullable", False),
    (r"NULL", "nullable", True),
)
_DEFAULT = re.compile(r"DEFAULT\s+('(?:[^']|'')*'|[^\s'(]+(?:\s*\([^)]*\))?)", re.IGNORECASE)
_PATTERNS = [
    (re.compile(form + r"(?!\w)", re.IGNORECASE), name, value) for form, name, value in _FORMS
]
_NOW = re.compile(r"(CURRENT_TIMESTAMP|NOW|LOCALTIMESTAMP)\s*(\(\s*[0-6]?\s*\))?", re.IGNORECASE)
_KNOWN = "known are PRIMARY KEY, AUTO_INCREMENT, UNIQUE, NOT NULL, NULL and DEFAULT"
_HINTS = {
    "REFERENCES": 'say it in "foreign_key"',
    "FOREIGN": 'say it in "foreign_key"',
    "CHECK": 'say it in "validation_rules", and choose a generator that keeps it',
}
_FACTS = {False: "false", True: "true"}


def with_constraints(column: Raw, path: str, draft: Draft) -> Raw:
    """Return the column with what its list of constraints says as fields of their own."""
    made = {name: value for name, value in column.items() if name != "constraints"}
    listed, at = column["constraints"], f"{path}.constraints"
    if listed is None:
        return made
    if not isinstance(listed, list):
        draft.refuse(at, f"{shown(listed)} is not a list", 'such as ["UNIQUE", "NOT NULL"]')
        return made
    for n, text in enumerate(listed):
        facts = _facts_of(text) if isinstance(text, str) else None
        if facts is None:
            word = text.split()[0].upper() if isinstance(text, str) and text.split() else ""
            hint = _HINTS.get(word.partition("(")[0], _KNOWN)
            draft.refuse(f"{at}[{n}]", f"unknown constraint {shown(text)}", hint)
            continue
        for name, value in facts:
            _set(made, name, value, (path, f"{at}[{n}]", text), draft)
    return made


def _set(made: Raw, name: str, value: Any, where: tuple[str, str, str], draft: Draft) -> None:
    """Set a field that the column does not have; one that it has must say the same."""
    path, at, text = where
    said = made.get(name)
    if said is not None and (
        said != value or isinstance(said, bool) is not isinstance(value, bool)
    ):
        shown_said = _FACTS[said] if isinstance(said, bool) else shown(said)
        what = f"{shown(text)} contradicts {name} {shown_said}"
        draft.refuse(at, what, "keep one of them")
        return
    if said is None:
        made[name] = value
        draft.moved[f"{path}.{name}"] = at


def _facts_of(text: str) -> list[tuple[str, Any]] | None:
    """Return the fields that a constraint, or several in one text, stand for; None if unknown."""
    facts: list[tuple[str, Any]] = []
    rest = text.strip()
    while rest:
        match = _DEFAULT.match(rest)
        if match is not None:
            value = _default_of(match[1])
            facts += [("default", value)] if value is not None else []
        else:
            for pattern, name, fact in _PATTERNS:
                match = pattern.match(rest)
                if match is not None:
                    facts.append((name, fact))
                    break
            else:
                return None
        assert match is not None, "the loop ends with one, or the function"
        rest = rest[match.end() :].strip()
    return facts if text.strip() else None


def _default_of(text: str) -> Any:
    """Return the value of a literal of SQL; CURRENT_TIMESTAMP in one spelling, None for NULL."""
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if _NOW.fullmatch(text):
        return "CURRENT_TIMESTAMP"
    known: dict[str, bool | None] = {"true": True, "false": False, "null": None}
    if text.lower() in known:
        return known[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
