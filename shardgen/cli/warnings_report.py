"""What has no effect of a schema, on standard error."""

from __future__ import annotations

from collections.abc import Sequence

from shardgen.cli.streams import say
from shardgen.errors import InputWarning

MOST = 50  # lines: more are not read


def show_warnings(warnings: Sequence[InputWarning], source: str = "") -> None:
    """Print a line for each, of the schema `source`; of very many the first, and how many more."""
    start = f"shardgen: {source}: warning: " if source else "shardgen: warning: "
    for warning in warnings[:MOST]:
        say(f"{start}{warning}")
    if len(warnings) > MOST:
        say(f"{start}and {len(warnings) - MOST} more")
