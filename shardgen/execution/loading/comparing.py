"""Tables that are there, held against the schema before a row is written."""

from __future__ import annotations

from shardgen.errors import DatabaseError, SchemaError
from shardgen.execution.loading.database import Database
from shardgen.execution.loading.ledger import Way
from shardgen.importing.comparing.differences import Differences, find_differences, referring
from shardgen.importing.live.describe import describe
from shardgen.plan.source import Source


def compared(source: Source, database: Database, way: Way, *, strict: bool) -> Differences:
    """
    Return what the database has otherwise, and takes the rows all the same.

    DatabaseError with everything for which it would not take them; where it is `strict`,
    SchemaError with what would be warnings.
    """
    there = describe(database.url)
    found = find_differences(source, there, search_path=database.search_path())
    mistakes = [*found.mistakes]
    if way == "truncate":
        mistakes += referring(there, found.names, source.plan.counts)
    if mistakes:
        listed = "".join(f"\n  {mistake}" for mistake in mistakes)
        name = source.plan.schema.name
        what = f"{database.shown} does not take the rows of {name}:{listed}"
        raise DatabaseError(what, mistakes)
    if strict and found.warnings:
        mistakes = [warning.as_mistake() for warning in found.warnings]
        raise SchemaError(mistakes, source.plan.schema.name)
    return found
