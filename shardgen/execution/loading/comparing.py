"""Tables that are there, held against the schema before a row is written."""

from __future__ import annotations

from collections.abc import Sequence
from glob import escape

import msgspec

from shardgen.execution.loading.ledger import Way
from shardgen.importing.comparing.differences import Differences, find_differences, referring
from shardgen.importing.live.connecting import parsed
from shardgen.importing.live.describe import describe
from shardgen.output.sql.table_keys import schemas_of
from shardgen.plan.source import Source


def differences(
    url: str, source: Source, way: Way, *, search_path: Sequence[str] = ("",)
) -> Differences:
    """Return in what the database at a URL differs from the tables that a load fills."""
    there = describe(url, schemas=_databases(url, source))
    found = find_differences(source, there, search_path=search_path)
    if way != "truncate":
        return found
    mistakes = (*found.mistakes, *referring(there, found.names, source.plan.counts))
    return msgspec.structs.replace(found, mistakes=mistakes)


def _databases(url: str, source: Source) -> tuple[str, ...]:
    """Return the databases of MySQL with tables of a source; none where the URL's alone has."""
    own = parsed(url)
    named = [*schemas_of(source.plan.catalog.as_written)]
    if not named or own.get_backend_name() != "mysql":
        return ()
    return tuple(escape(name) for name in dict.fromkeys([own.database or "", *named]) if name)
