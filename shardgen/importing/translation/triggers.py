"""What triggers do when rows are loaded: tables that they fill, and rows that they may refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shardgen.importing.described import Name, Table, Trigger
from shardgen.importing.notes import Note
from shardgen.importing.translation.selection import Selection

_FILLS = re.compile(
    r"\b(?:INSERT\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO|REPLACE\s+INTO)\s+"
    r"((?:[`\"]?\w+[`\"]?\s*\.\s*)?[`\"]?\w+[`\"]?)",
    re.IGNORECASE,
)
_REFUSES = re.compile(r"\bRAISE\s+EXCEPTION\b", re.IGNORECASE)


def filled_tables(selection: Selection) -> dict[str, str]:
    """Return the tables that triggers write rows into as others are loaded, and which do."""
    found: dict[str, str] = {}
    for name, table in selection.tables.items():
        for trigger in _at_inserts(table):
            for text in _FILLS.findall(trigger.body):
                target = _target(text, table, selection)
                if target is not None and target != name:
                    found.setdefault(target, f"the trigger {trigger.name} of {name}")
    return found


def trigger_notes(name: str, table: Table) -> Iterator[Note]:
    """Yield a note of each trigger of PostgreSQL that may refuse a row; of others laws are made."""
    for trigger in _at_inserts(table):
        if _REFUSES.search(trigger.body):
            what = f"the trigger {trigger.name} may refuse rows"
            hint = "look at what it asks for; PostgreSQL can load with --no-triggers"
            yield Note(name, "", "inferred", what, hint)


def _at_inserts(table: Table) -> Iterator[Trigger]:
    return (t for t in table.triggers if t.enabled and "INSERT" in t.events)


def _target(text: str, table: Table, selection: Selection) -> str | None:
    """Return what the schema calls a table that a trigger names."""
    *schema, name = (part.strip().strip('`"') for part in text.split("."))
    homes = schema or [table.name.schema, ""]
    spelled = [Name(home, name) for home in homes]
    folded = {Name(n.schema.lower(), n.name.lower()): c for n, c in selection.called.items()}
    for each in spelled:
        called = folded.get(Name(each.schema.lower(), each.name.lower()))
        if called is not None:
            return called
    return None
