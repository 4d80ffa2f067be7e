"""
The ways of a load, and what of them decides its rows before the plan is made.

Rows that are added go on behind those that are there; rows that replace a table's are those that a
run makes of it where the other tables are as they are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.execution.loading.database import Database, Session, Work
from shardgen.execution.loading.ledger import Way
from shardgen.execution.loading.there import check_keys, check_numbers, look
from shardgen.importing.comparing.differences import Differences
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema

_OF_FILES = ("format", "compress", "null", "file_rows", "rows_per_statement", "triggers")
"""The options that say how a file is written, which a load has none of."""


def way_of(asked: Options, *, append: bool, truncate: bool, replace: bool) -> Way:
    """Return what is to be done with the tables; PlanError where several ways are asked for."""
    flags: dict[Way, bool] = {"append": append, "truncate": truncate, "replace": replace}
    ways = [way for way, is_asked in flags.items() if is_asked]
    if len(ways) > 1:
        what = f"{' and '.join(ways)} are asked for at once"
        raise PlanError([Mistake("", what, "load twice, once by each way")])
    if ways:
        return ways[0]
    return "create" if asked.ddl else "fill"


def options_for(database: Database, asked: Options, way: Way) -> Options:
    """Return the options for the plan; PlanError for those that a load cannot follow."""
    mistakes = [*_unknown_here(asked, way)]
    if asked.dialect not in (None, database.dialect):
        what = f"the dialect {asked.dialect} is asked for, and {database.shown} is {database.title}"
        mistakes.append(Mistake("", what, "leave it out"))
    if mistakes:
        raise PlanError(mistakes)
    return msgspec.structs.replace(asked, dialect=database.dialect, ddl=way == "create")


def _unknown_here(asked: Options, way: Way) -> Iterator[Mistake]:
    plain = Options()
    for name in _OF_FILES:
        if getattr(asked, name) != getattr(plain, name):
            yield Mistake("", f"{name} is for files, and a load writes none")
    if asked.there is not None:
        what = "rows that are there are named, and a load counts them itself"
        yield Mistake("", what, "leave there out, and use append")
    if asked.existing != "new" and way != "append":
        what = f"keys are to lead to {asked.existing} rows, and none are added"
        yield Mistake("", what, "use append")
    if asked.tables and way == "replace":
        what = "tables are named, and those whose rows are replaced are named already"
        yield Mistake("", what, "leave tables out")


def beside_rows(
    database: Database, schema: Schema, asked: Options, way: Way, replaced: Sequence[str]
) -> tuple[Options, dict[str, int] | None]:
    """
    Return the options for the plan, and the rows there that decide it: None where none do.

    They are those that are there, or were when a load that is not complete began.
    """
    if way == "append":
        there = _behind(database, schema, asked)
        return msgspec.structs.replace(asked, there=there), there
    if way == "replace":
        asked = msgspec.structs.replace(asked, tables=tuple(replaced))
        there = _others(database, schema, asked)
        return msgspec.structs.replace(asked, rows={**asked.rows, **there}), there
    return asked, None


def _behind(database: Database, schema: Schema, asked: Options) -> dict[str, int]:
    """Return the rows of each table, behind which others come."""
    work = _of_every_table(database, schema, asked, "append")
    with database.open(work) as session:
        begun = _begun(session)
        if begun is not None:
            return begun
        plan = build_plan(schema, asked)
        check_numbers(plan, look(session, database.sql, plan), "append")
        return dict(session.rows_there(work.plan.counts))


def _others(database: Database, schema: Schema, asked: Options) -> dict[str, int]:
    """Return the rows of each table that keeps them."""
    build_plan(schema, asked)  # refuses the names of tables that are none
    work = _of_every_table(database, schema, asked, "replace")
    with database.open(work) as session:
        begun = _begun(session)
        if begun is not None:
            return begun
        there = session.rows_there(name for name in work.plan.counts if name not in asked.tables)
        _check_asked(Catalog(schema), asked, there)
        plan = build_plan(schema, msgspec.structs.replace(asked, rows={**asked.rows, **there}))
        check_numbers(plan, look(session, database.sql, plan), "replace")
        return dict(there)


def _begun(session: Session) -> dict[str, int] | None:
    """Return what a load that is not complete found when it began; None where there is none."""
    found = session.ledger()
    return None if found is None else found.head.there


def _check_asked(catalog: Catalog, asked: Options, there: Mapping[str, int]) -> None:
    """Refuse other numbers of rows for tables that are to stay as they are."""
    mistakes = [
        Mistake(
            catalog.table(name).path,
            f"{asked.rows[name]} rows of {name!r} are asked for, and it has {rows} and keeps them",
            "leave it out of the rows, or replace it too",
        )
        for name, rows in there.items()
        if asked.rows.get(name, rows) != rows
    ]
    if mistakes:
        raise PlanError(mistakes)


def _of_every_table(database: Database, schema: Schema, asked: Options, way: Way) -> Work:
    """Return what a connection looks at tables by, with the numbers of rows of the schema."""
    plain = msgspec.structs.replace(asked, tables=(), existing="new", rows={}, scale=1.0)
    every = build_plan(schema, plain)
    every = msgspec.structs.replace(every, format=database.format(every, Differences(), way))
    return Work(Source.bind(every), way)


def check_parents(database: Database, source: Source, way: Way) -> None:
    """Look for keys of rows that are there; a load that has begun has done so."""
    form = database.format(source.plan, Differences(), way)
    plan = msgspec.structs.replace(source.plan, format=form)
    with database.open(Work(Source(plan, source.bound), way)) as session:
        if session.ledger() is None:
            check_keys(session, database.sql, source, way)
