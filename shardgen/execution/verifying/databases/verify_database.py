"""
verify_database(): a database compared with what a run would write into it, by queries.

Tables are looked at one after another, in the order of a dump, as the database is at one moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.execution.loading.database import Database
from shardgen.execution.loading.urls import database_of
from shardgen.execution.verifying.databases.facts import Facts
from shardgen.execution.verifying.databases.looking import Door, Looking
from shardgen.execution.verifying.databases.rows import Rows
from shardgen.execution.verifying.databases.rules import broken_rule, read_rules
from shardgen.execution.verifying.difference import Difference
from shardgen.execution.verifying.verify import Verified, chosen_evenly, share_of
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.plan import Options, Shard, build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogTable

_HERE = "shardgen.execution.verifying.databases"
DOORS = {
    "PostgresDatabase": (f"{_HERE}.postgres", "PostgresDoor"),
    "MySQLDatabase": (f"{_HERE}.mysql", "MySQLDoor"),
    "SQLiteDatabase": (f"{_HERE}.sqlite", "SQLiteDoor"),
    "DuckDBDatabase": (f"{_HERE}.duckdb", "DuckDBDoor"),
}
"""The module and the class of each kind of database, by the class that loads into it."""
_OF_FILES = ("format", "compress", "null", "file_rows", "rows_per_statement", "triggers", "ddl")
"""The options that say how a file is written, which a database does not tell."""


def verify_database(
    url: str,
    schema: SchemaSource,
    *,
    quick: bool = False,
    sample: float | None = None,
    rules: Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> Verified:
    """
    Compare the tables at `url` with the rows of `schema`, and return what was found.

    Every row is made again and compared in the database, which holds the rows of one shard at a
    time in a temporary table; then counts, nulls, ranges, unique columns, keys, CHECKs, and the
    queries of `rules`, each of which is to find nothing. With `quick` rows are counted alone; with
    `sample`, above 0 and up to 1, that share of the shards is compared. `options` are those of the
    run or the load. DatabaseError where the database cannot be asked.
    """
    share, started = share_of(sample, quick=quick), time.perf_counter()
    queries = read_rules(rules) if rules is not None else []
    database = database_of(url)
    door = _door(database)
    asked = _options(database, dict(options or {}))
    with located(schema):
        plan = build_plan(load_schema(schema), asked)
        source = Source.bind(plan)
    plan = msgspec.structs.replace(source.plan, format=door.format(plan))
    source = Source(plan, source.bound, source.warnings)
    with door.looking(source) as looking:
        check = _Check(looking, source, database.shown, share)
        difference = next(iter(check.differences()), None)
        if difference is None and not quick:
            difference = broken_rule(looking, queries, database.shown, plan.as_of.isoformat())
    return Verified(
        target=database.shown,
        schema=plan.schema.name,
        format=database.title,
        seed=plan.seed,
        how="whole" if share is None else "sample" if share else "quick",
        rows=plan.rows,
        compared=check.compared,
        files=0,
        seconds=time.perf_counter() - started,
        difference=difference,
    )


def _door(database: Database) -> Door:
    module, name = DOORS[type(database).__name__]
    made: Door = getattr(import_module(module), name)(database)
    return made


def _options(database: Database, given: dict[str, Any]) -> Options:
    """Return the options of the plan; PlanError for those that a database does not tell."""
    idle = [name for name in _OF_FILES if name in given]
    mistakes = [Mistake("", f"{name} is for files, and a database has none") for name in idle]
    if given.get("dialect", database.dialect) != database.dialect:
        what = f"the dialect {given['dialect']} is asked for, and {database.shown} is "
        mistakes.append(Mistake("", f"{what}{database.title}", "leave it out"))
    if mistakes:
        raise PlanError(mistakes)
    return Options(**given | {"dialect": database.dialect})


class _Check:
    """Looks at all tables of a source; `compared` is how many rows were."""

    def __init__(self, looking: Looking, source: Source, place: str, share: float | None) -> None:
        """Compare that share of the shards: None is all of them, 0 none."""
        self.compared = 0
        self._looking, self._source, self._place, self._share = looking, source, place, share
        self._facts = Facts(looking, source, place)
        self._choose = chosen_evenly(source.plan.shard_count(), share)

    def differences(self) -> Iterator[Difference]:
        """Yield what differs: the tables themselves, then their rows, then what holds of them."""
        tables = [*self._tables()]
        for table in tables:
            missing = self._facts.missing(table)
            if missing is not None:
                yield missing
                return  # what is not there cannot be asked
        shards: dict[str, list[Shard]] = {table.name: [] for table in tables}
        for shard in self._source.shards():
            shards[shard.table].append(shard)
        for table in tables:
            yield from self._of_rows(table, shards[table.name])
        for table in tables if self._share != 0.0 else ():
            yield from self._facts.broken(table)

    def _of_rows(self, table: CatalogTable, shards: Iterable[Shard]) -> Iterator[Difference]:
        count = self._facts.count(table)
        if self._share != 0.0:
            chosen = [shard for shard in shards if self._choose(shard.index)]
            rows = Rows(self._looking, self._source, table, self._place)
            found = rows.compare(chosen, are_all=self._share is None, count=count)
            self.compared += found.rows
            if found.difference is not None:
                yield found.difference
        wrong = self._facts.wrong_count(table, count)
        if wrong is not None:
            yield wrong

    def _tables(self) -> Iterator[CatalogTable]:
        catalog = self._source.plan.catalog.as_written
        return (catalog.table(table.name) for table in self._source.plan.tables)
