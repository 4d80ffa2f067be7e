"""The way in: a database or a folder of files → a schema that makes rows like those there."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.description.database import with_times
from shardgen.execution.description.queries import Queries
from shardgen.execution.description.shapes import TableShape, shapes_of_database
from shardgen.execution.profiling.allowing import Allowed, named
from shardgen.execution.profiling.door import Door
from shardgen.execution.profiling.doors import opened
from shardgen.execution.profiling.facts import TableFacts
from shardgen.execution.profiling.measuring import Asked, measured_table
from shardgen.execution.profiling.refining import refined
from shardgen.execution.profiling.standing import with_standings
from shardgen.importing.described import Database
from shardgen.importing.filtering import Filters
from shardgen.importing.imported import Imported, Sizes, import_schema
from shardgen.importing.notes import Note
from shardgen.importing.settling import settle
from shardgen.importing.translation.guessing import with_guesses
from shardgen.schema.model import Column, Schema

SAMPLE_ROWS = 100_000
LEAST_ROWS = 50


class Profiling(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is asked for beside the source.

    `filters` say which tables. A value is taken where `least_rows` rows of the sample share it, of
    `sample_rows` rows of each table; none of the columns `refused`, and of those that tell of
    persons only where they are `allowed`. `scale` multiplies the rows.
    """

    filters: Filters = Filters()
    sample_rows: int = SAMPLE_ROWS
    least_rows: int = LEAST_ROWS
    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    scale: float = 1.0
    guess_keys: bool = False


class Profiled(msgspec.Struct, frozen=True, kw_only=True):
    """A schema, what was learned of each table, and notes on what was not carried."""

    schema: Schema
    tables: tuple[TableFacts, ...]
    notes: tuple[Note, ...]
    database: Database
    origin: str


def profile(source: str, profiling: Profiling) -> Profiled:
    """
    Return the schema of a source with laws as its rows have them; the source is only read.

    DatabaseError where it cannot be read or has no rows, PlanError where it is no source, or has no
    table or column that is named.
    """
    with opened(source, profiling.filters) as door:
        database, guesses = with_guesses(door.database, take=profiling.guess_keys)
        if database.dialect == "sqlite":  # which has no type for times
            database = _with_times(door, database)
        shapes = shapes_of_database(database)
        plain = import_schema(database, Sizes(rows=0), guess_keys=profiling.guess_keys)
        allowed = _allowed(door, database, shapes, plain, profiling)
        asked = Asked(sample_rows=profiling.sample_rows, least_rows=profiling.least_rows)
        facts: dict[str, TableFacts] = {}
        for shape in parents_first(shapes):
            facts[shape.name] = measured_table(door, shapes, shape, allowed, asked, facts)
    if not any(table.rows for table in facts.values()):
        what = "has no rows to learn from; shardgen import writes a schema without them"
        raise DatabaseError(f"{door.origin} {what}")
    sized = _with_rows(database, facts)
    sizes = Sizes(like=True, scale=profiling.scale)
    imported = import_schema(sized, sizes)
    spare: dict[tuple[str, str], Column] = {
        (table.name, c.name): c for table in imported.schema.tables for c in table.columns
    }
    chosen = {(each.table, each.column) for each in imported.choices}
    learned, known = with_standings(refined(imported.schema, facts, chosen), facts)
    settled = settle(learned, spare)
    return Profiled(
        schema=settled.schema,
        tables=tuple(known[name] for name in shapes),
        notes=tuple(dict.fromkeys((*guesses, *imported.notes, *settled.notes))),
        database=database,
        origin=door.origin,
    )


def parents_first(shapes: Mapping[str, TableShape]) -> list[TableShape]:
    """Return tables after those that their keys lead to, but in a circle."""
    found: dict[str, TableShape] = {}

    def visit(name: str, seen: frozenset[str]) -> None:
        if name in found or name in seen or name not in shapes:
            return
        for key in shapes[name].keys:
            visit(key.table, seen | {name})
        found[name] = shapes[name]

    for name in shapes:
        visit(name, frozenset())
    return [*found.values()]


def _with_times(door: Door, database: Database) -> Database:
    """Return a database whose texts are times where the first of them are such."""
    types = {"date": "date", "timestamp": "datetime"}
    queries = Queries(door.sampling)
    tables = []
    for table, shape in zip(database.tables, shapes_of_database(database).values(), strict=True):
        kinds = {c.name: c.kind for c in with_times(shape, queries, door.ask).columns}
        texts = {c.name for c in shape.columns if c.kind == "text"}
        columns = tuple(
            msgspec.structs.replace(c, type=types.get(kinds[c.name], c.type))
            if c.name in texts
            else c
            for c in table.columns
        )
        tables.append(msgspec.structs.replace(table, columns=columns))
    return msgspec.structs.replace(database, tables=tuple(tables))


def _with_rows(database: Database, facts: Mapping[str, TableFacts]) -> Database:
    """Return a database that says how many rows its tables have, as they were counted."""
    tables = tuple(
        msgspec.structs.replace(table, rows=facts[str(table.name)].rows, comment="")
        for table in database.tables
    )
    return msgspec.structs.replace(database, tables=tables)


def _allowed(
    door: Door,
    database: Database,
    shapes: Mapping[str, TableShape],
    plain: Imported,
    profiling: Profiling,
) -> Allowed:
    """Return of which columns what may be taken."""
    known = [(name, c.name) for name, shape in shapes.items() for c in shape.columns]
    keys = {
        (end, column)
        for name, shape in shapes.items()
        for key in shape.keys
        for end, names in ((name, key.columns), (key.table, key.parent_columns))
        for column in names
    }
    keys |= {(name, column) for name, shape in shapes.items() for column in shape.primary_key}
    unique = {(n, s[0]) for n, shape in shapes.items() for s in shape.uniques if len(s) == 1}
    made = {
        (table.name, c.name): "the database computes it"
        for table in plain.schema.tables
        for c in table.columns
        if c.generated is not None
    }
    by_name = {(c.table, c.column): c.generator for c in plain.choices}
    computed = frozenset(
        (table.name, c.name)
        for table in plain.schema.tables
        for c in table.columns
        if c.generator == "expression" and (table.name, c.name) not in by_name
    )
    by_table = {str(table.name): table for table in database.tables}
    return Allowed(
        keys=frozenset(keys),
        unique=frozenset(unique),
        made=made,
        by_name=by_name,
        computed=computed,
        asked=named("--allow", profiling.allowed, known),
        refused=named("--no-values", profiling.refused, known),
        sampling=lambda name: door.sampling_of(by_table[name]),
    )
