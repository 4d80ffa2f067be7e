"""Tables that are there, held against the schema before a row is written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shardgen.execution.loading.ledger import Way
from shardgen.importing.comparing.differences import Differences, find_differences, referring
from shardgen.importing.live.describe import describe
from shardgen.plan.source import Source


def differences(
    url: str, source: Source, way: Way, *, search_path: Sequence[str] = ("",)
) -> Differences:
    """Return in what the database at a URL differs from the tables that a load fills."""
    there = describe(url)
    found = find_differences(source, there, search_path=search_path)
    if way != "truncate":
        return found
    mistakes = (*found.mistakes, *referring(there, found.names, source.plan.counts))
    return msgspec.structs.replace(found, mistakes=mistakes)
