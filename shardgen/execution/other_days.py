"""
What runs of other days have left that were killed.

A run removes what one to its own target has left. Where the day is in the target's name, no later
run has that name: so those of all days are looked for.
"""

from __future__ import annotations

import os
from pathlib import Path

from shardgen.execution.claims import remove_stale_named
from shardgen.execution.events import Tell
from shardgen.execution.names import LOCK, PARTIAL, SHARDS, name_pattern
from shardgen.execution.targets import STANDARD_OUTPUT, is_object
from shardgen.output.target_names import ANY_DATE, target_name
from shardgen.plan.plan import Plan


def remove_of_other_days(out: str, target: str, plan: Plan, tell: Tell) -> None:
    """
    Remove what dead runs have left whose targets differ from this one's in the date alone.

    `out` is the name with braces, of which `target` was made. Only what lies beside the target is
    found: a date in a folder's name above it leads elsewhere.
    """
    named = target_name(out, date=ANY_DATE, seed=plan.seed, schema=plan.schema.name)
    name = Path(named).name
    if is_object(target) or target == STANDARD_OUTPUT or ANY_DATE[0] not in name:
        return
    patterns = (name_pattern(name, ending) for ending in (PARTIAL, SHARDS, LOCK))
    pattern = "|".join(patterns).replace(ANY_DATE[0], "[0-9-]")
    remove_stale_named(Path(os.path.realpath(target)).parent, pattern, tell)
