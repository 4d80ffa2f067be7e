"""How columns without a generator got theirs, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shardgen.cli.cells import printable
from shardgen.cli.grid import grid

if TYPE_CHECKING:
    from shardgen.plan.inferred import Choice

_HEAD = ("column", "type", "generator", "rule", "why")


def explain_report(choices: Sequence[Choice]) -> str:
    """Return a row for each column, and below it one for each generator that did not fit."""
    if not choices:
        return "every column has a generator, a key, or values by its type"
    rows = []
    for choice in choices:
        name = f"{choice.table}.{choice.column}"
        rows += [
            (name, choice.type, choice.generator, choice.rule, choice.reason),
            *(("", "", refusal.generator, refusal.rule, f"does not fit: {refusal.why}")
              for refusal in choice.refused),
        ]  # fmt: skip
    return grid(_HEAD, [tuple(map(printable, row)) for row in rows])
