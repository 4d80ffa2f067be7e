"""Triggers of SQLite and MySQL that refuse rows → the conditions that rows meet to be taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from shardgen.importing.described import Check, Table, Trigger
from shardgen.schema.databases import DatabaseName


class _Words(NamedTuple):
    """What refuses a row in a trigger of a database, and the forms that say when it does."""

    refuses: re.Pattern[str]
    forms: tuple[re.Pattern[str], ...]


_FLAGS = re.IGNORECASE | re.DOTALL
_RAISE = r"RAISE\s*\(\s*\w+\s*,\s*(?:'(?:[^']|'')*'|\"[^\"]*\")\s*\)"
_SQLITE = _Words(
    re.compile(r"\bRAISE\s*\(\s*(?!IGNORE\b)", re.IGNORECASE),
    (
        re.compile(rf"\bSELECT\s+{_RAISE}\s*(?:WHERE\b(?P<when>[^;]*))?;", _FLAGS),
        re.compile(
            rf"\bSELECT\s+CASE\s+WHEN\b(?P<when>[^;]*?)\bTHEN\s+{_RAISE}\s*(?:ELSE\s+\w+\s+)?END"
            r"\s*;",
            _FLAGS,
        ),
    ),
)
_MYSQL = _Words(
    re.compile(r"\b(?:RE)?SIGNAL\b", re.IGNORECASE),
    (re.compile(r"\bIF\b(?P<when>[^;]*?)\bTHEN\s+SIGNAL\b[^;]*;\s*END\s+IF\s*;", _FLAGS),),
)
_WORDS: dict[DatabaseName, _Words] = {"sqlite": _SQLITE, "mysql": _MYSQL}
_NEW = re.compile(r"\bNEW\s*\.\s*", re.IGNORECASE)


def refusals(table: Table, dialect: DatabaseName) -> Iterator[Check]:
    """
    Yield what rows meet so that no trigger refuses them, as a CHECK would say it.

    What a trigger says in another form is its own text, of which no condition can be read.
    """
    words = _WORDS.get(dialect)
    if words is None:
        return
    for trigger in table.triggers:
        if trigger.enabled and "INSERT" in trigger.events and words.refuses.search(trigger.body):
            for text in _conditions(trigger, words):
                yield Check(name=f"trigger {trigger.name}", expression=text)


def _conditions(trigger: Trigger, words: _Words) -> Iterator[str]:
    found = [match["when"] for form in words.forms for match in form.finditer(trigger.body)]
    if len(found) != len(words.refuses.findall(trigger.body)):
        yield trigger.body.strip()
        return
    for when in found:
        parts = [part for part in (trigger.condition, when) if part is not None]
        both = " AND ".join(f"({_NEW.sub('', part).strip()})" for part in parts)
        yield f"NOT ({both})" if both else "1 = 0"
