"""What a load into tables that are there is told of them before a row is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from shardgen.errors import Mistake, PlanError
from shardgen.execution.loading.inspecting import Inspected
from shardgen.execution.loading.ledger import Way
from shardgen.importing.comparing.differences import find_differences
from shardgen.importing.described import Database, Name
from shardgen.importing.live.describe import describe
from shardgen.plan.source import Source


def inspected(url: str, source: Source, search_path: Sequence[str], way: Way) -> Inspected:
    """
    Return what a load into the database at a URL has to leave out, and what it should know.

    PlanError lists every difference for which rows would be refused, or would change more than
    their own tables.
    """
    database = describe(url)
    found = find_differences(source, database, search_path=search_path)
    mistakes = [*found.mistakes]
    if way == "truncate":
        mistakes += referring(database, found.names, source.plan.counts)
    if mistakes:
        raise PlanError(mistakes, source.plan.schema.name, found.warnings)
    return Inspected(found.warnings, found.left_out)


def referring(
    database: Database, names: Mapping[str, Name], tables: Collection[str]
) -> Iterator[Mistake]:
    """Yield the tables that refer to those that are to be emptied, and are not among them."""
    emptied = {names[name]: name for name in tables if name in names}
    for table in database.tables:
        parents = [emptied[key.table] for key in table.foreign_keys if key.table in emptied]
        if parents and table.name not in emptied:
            listed = ", ".join(dict.fromkeys(parents))
            what = f"{table.name} refers to {listed}, which is to be emptied, and is not itself"
            yield Mistake(f"tables.{parents[0]}", what, f"add {table.name} to --tables")
