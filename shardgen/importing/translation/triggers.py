"""What triggers do when rows are loaded: the tables that they fill."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shardgen.importing.described import Database, Name, Table, Trigger
from shardgen.importing.translation.called import bodies_called
from shardgen.importing.translation.selection import Selection
from shardgen.importing.translation.trigger_functions import possible_effects

_FILLS = re.compile(
    r"\b(?:INSERT\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO|REPLACE\s+INTO)\s+"
    r"((?:[`\"]?\w+[`\"]?\s*\.\s*)?[`\"]?\w+[`\"]?)",
    re.IGNORECASE,
)


def filled_tables(selection: Selection, database: Database) -> dict[str, str]:
    """Return the tables that triggers write rows into as others are loaded, and which do."""
    found: dict[str, str] = {}
    for name, table in selection.tables.items():
        for trigger in _at_inserts(table):
            for text in _FILLS.findall(_run(trigger, table, database)):
                target = _target(text, table, selection)
                if target is not None and target != name:
                    found.setdefault(target, f"the trigger {trigger.name} of {name}")
    return found


def _run(trigger: Trigger, table: Table, database: Database) -> str:
    """Return the statements that a trigger may run when a row is inserted."""
    if database.dialect != "postgres":
        return trigger.body
    effects = possible_effects(trigger, table)
    own = (effect.text for effect, _ in effects if effect.kind == "runs")
    text = ";".join(own)
    return ";".join((text, *bodies_called(text, database.functions)))


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
