"""Names of targets with braces in them: `dump-{date}.sql` is a file for each day."""

from __future__ import annotations

import re

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.output.file_names import table_stems

ANY_DATE = "\ue000" * 10
"""Stands for a date that is not known, in a place where no letter of a name stands."""
KNOWN = ("date", "schema", "seed")
"""What may stand in braces."""
_DOUBLED = ("{{", "}}")
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def asked_for(name: str) -> set[str]:
    """Return what stands in braces in a name; PlanError for what is not known."""
    found = _BRACES.finditer(name)
    return {_known(name, each) for each in found if each[0] not in _DOUBLED}


def target_name(name: str, *, date: str, seed: int, schema: str) -> str:
    """
    Return a name with the values in place of what stands in braces, and `{{` as a brace.

    The date is that which counts as today, as 2025-01-31; a schema's name is spelled as those of
    files of tables. So a dump that is made again has its name again. PlanError for other words.
    """
    values = {"date": date, "seed": str(seed)}
    if "schema" in asked_for(name):
        values["schema"] = table_stems([schema])[schema]
    return _BRACES.sub(lambda found: _value(name, found, values), name)


def _value(name: str, found: re.Match[str], values: dict[str, str]) -> str:
    return found[0][0] if found[0] in _DOUBLED else values[_known(name, found)]


def _known(name: str, found: re.Match[str]) -> str:
    """Return the word of a pair of braces; PlanError for another one, or for a lone brace."""
    word = found[1]
    if word in KNOWN:
        return word
    known = ", ".join(f"{{{each}}}" for each in KNOWN)
    if word is None:
        what = f"the name {name} has a {found[0]} without its other brace"
        hint = f"write {found[0] * 2} for a brace; {known} are known"
    else:
        what = f"the name {name} has {found[0]} in it"
        near = nearest(word, KNOWN)
        hint = f"{near + '; ' if near else ''}{known} are known, and {{{{ is a brace"
    raise PlanError([Mistake("", what, hint)])
