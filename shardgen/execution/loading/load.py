"""
load(): the stages in order, and nothing else.

schema → plan → source; a database is opened and looked at; steps bring the rows; it is completed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, Unpack

import msgspec

from shardgen.errors import DatabaseError, InputWarning, Mistake, PlanError, SchemaError
from shardgen.execution.loading import load_workers
from shardgen.execution.loading.database import MOST_COUNTED, Database, Session, Work
from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.steps import Step, row_steps, statement_steps
from shardgen.execution.loading.there import check_keys, check_numbers, look
from shardgen.execution.loading.urls import database_of
from shardgen.execution.makers import pool_size
from shardgen.execution.signals import raise_stop
from shardgen.generators.foreign import ask_after_foreign_code
from shardgen.importing.comparing.differences import Differences
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.plan import OptionArguments, Options, build_plan, options_with
from shardgen.plan.source import Source
from shardgen.schema.model import Schema

Note = Callable[[str], None]
"""Is told in a line what is in the database when a load stops."""


class LoadSummary(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a load put into a database: `url` without its password, `way` what was done to its tables.

    `rows` and `tables` are those of the whole load, `resumed` those that were in before it went on.
    `workers` is 0 when no process was started. `by` says how rows went in, such as "COPY".
    """

    schema: str
    database: str
    url: str
    way: Way
    by: str
    seed: int
    rows: int
    resumed: int
    seconds: float
    workers: int
    tables: dict[str, int]
    warnings: tuple[InputWarning, ...] = ()


class LoadProgress(Protocol):
    """Is told of the tables of a load, which may be filled at once, and of what follows."""

    def begin(self, table: str, rows: int, done: int) -> None:
        """Begin a table of that many rows, of which some are in already."""

    def advance(self, table: str, rows: int) -> None:
        """Note rows of a table that are in."""

    def finish(self, steps: int) -> None:
        """Begin what follows the rows, of that many steps."""

    def finished(self) -> None:
        """Note one of those steps."""


def load(  # noqa: PLR0913 -- keyword-only, each of them for a user
    schema: SchemaSource,
    url: str,
    *,
    workers: int | None = None,
    append: bool = False,
    truncate: bool = False,
    resume: bool = False,
    start_method: str | None = None,
    strict: bool = False,
    progress: LoadProgress | None = None,
    note: Note = lambda _: None,
    options: Options | None = None,
    **arguments: Unpack[OptionArguments],
) -> LoadSummary:
    """
    Put the rows of `schema` into the database at `url`, and return what is there.

    Tables are created, with their keys and indexes after the rows; or, without `ddl`, those that
    are there are filled. Tables that have rows are refused, but to `append` to them or to
    `truncate` them first, which needs tables that are there. `workers` is the number of worker
    processes, by default the CPUs this process may use.

    A load that ended early is gone on with by `resume`, from what its ledger says; where there is
    none, a new one begins. SchemaError or PlanError before the database is touched; DatabaseError
    for what it refuses, with what is in it then. Other stops leave the same, and `note` is told.
    """
    started = time.perf_counter()
    ask_after_foreign_code(raise_stop)
    database = database_of(url)
    asked = options_with(options, arguments)
    way = _way(asked, append=append, truncate=truncate)
    asked = _options_for(database, asked, way)
    with located(schema):
        loaded = load_schema(schema)
        if way == "append":
            asked = _behind(database, loaded, asked)
        source = Source.bind(build_plan(loaded, asked), strict=strict)
        if way == "append":
            _check_keys(database, source)
    found = _compared(source, database, way, strict=strict)
    plan = msgspec.structs.replace(source.plan, format=database.format(source.plan, found))
    source = Source(plan, source.bound, (*source.warnings, *found.warnings))
    work = Work(source, way)
    head = Head.of(plan, way, asked.there)
    size = pool_size(source, workers)
    with database.open(work) as session:
        unfinished = _unfinished(session, work, database, head, resume=resume)
        if unfinished is None:
            _check_tables(session, work, database)
            session.begin(head)
        done = frozenset[int]() if unfinished is None else unfinished.done
        steps = _steps(session, work, database)
        with _telling(session, steps, done, note) as told:
            load_workers.do_all(
                [step for step in steps if step.number not in done],
                work,
                database,
                session,
                workers=size,
                start_method=start_method,
                done=_Watch(progress, steps, done, told),
            )
            session.end()
    return LoadSummary(
        schema=loaded.name,
        database=database.title,
        url=database.shown,
        way=way,
        by=database.by(plan.format),
        seed=plan.seed,
        rows=plan.rows,
        resumed=sum(step.rows for step in steps if step.number in done),
        seconds=time.perf_counter() - started,
        workers=size,
        tables=plan.counts,
        warnings=source.warnings,
    )


def _way(asked: Options, *, append: bool, truncate: bool) -> Way:
    if append and truncate:
        what = "append and truncate are asked for at once"
        raise PlanError(
            [Mistake("", what, "rows are added to those that are there, or replace them")]
        )
    if append:
        return "append"
    if truncate:
        return "truncate"
    return "create" if asked.ddl else "fill"


_OF_FILES = ("format", "compress", "null", "file_rows", "rows_per_statement", "triggers")
"""The options that say how a file is written, which a load has none of."""


def _options_for(database: Database, asked: Options, way: Way) -> Options:
    """Return the options for the plan; PlanError for those that a load cannot follow."""
    plain = Options()
    idle = [name for name in _OF_FILES if getattr(asked, name) != getattr(plain, name)]
    mistakes = [Mistake("", f"{name} is for files, and a load writes none") for name in idle]
    if asked.there is not None:
        what = "rows that are there are named, and a load counts them itself"
        mistakes.append(Mistake("", what, "leave there out, and use append"))
    if asked.existing != "new" and way != "append":
        what = f"keys are to lead to {asked.existing} rows, and none are added"
        mistakes.append(Mistake("", what, "use append"))
    if asked.dialect not in (None, database.dialect):
        what = f"the dialect {asked.dialect} is asked for, and {database.shown} is {database.title}"
        mistakes.append(Mistake("", what, "leave it out"))
    if mistakes:
        raise PlanError(mistakes)
    return msgspec.structs.replace(asked, dialect=database.dialect, ddl=way == "create")


def _compared(source: Source, database: Database, way: Way, *, strict: bool) -> Differences:
    """
    Return what the database has otherwise, and takes the rows all the same.

    DatabaseError with everything for which it would not take them; where it is `strict`,
    SchemaError with what would be warnings.
    """
    found, name = database.differences(source, way), source.plan.schema.name
    if found.mistakes:
        listed = "".join(f"\n  {mistake}" for mistake in found.mistakes)
        raise DatabaseError(f"{database.shown} does not take the rows of {name}:{listed}")
    if strict and found.warnings:
        raise SchemaError([warning.as_mistake() for warning in found.warnings], name)
    return found


def _behind(database: Database, schema: Schema, asked: Options) -> Options:
    """Return the options for rows behind those that are there, or were when the load began."""
    every = build_plan(schema, msgspec.structs.replace(asked, tables=(), existing="new"))
    every = msgspec.structs.replace(every, format=database.format(every, Differences()))
    work = Work(Source.bind(every), "append")
    with database.open(work) as session:
        found = session.ledger()
        begun = None if found is None else found.head.there
        there = session.rows_there(work.plan.counts) if begun is None else begun
        if begun is None:
            plan = build_plan(schema, asked)
            check_numbers(plan, look(session, database.sql, plan))
    return msgspec.structs.replace(asked, there=there)


def _check_keys(database: Database, source: Source) -> None:
    """Look for keys of rows that are there; a load that has begun has done so."""
    plan = msgspec.structs.replace(source.plan, format=database.format(source.plan, Differences()))
    with database.open(Work(Source(plan, source.bound), "append")) as session:
        if session.ledger() is None:
            check_keys(session, database.sql, source)


def _unfinished(
    session: Session, work: Work, database: Database, head: Head, *, resume: bool
) -> Ledger | None:
    """Return the ledger to go on from; None to begin. DatabaseError where neither may be."""
    found = session.ledger()
    if found is None:
        return None
    there = f"an unfinished load of {found.head} is in {database.shown}"
    if found.head != head:
        way = "" if found.head.way == work.way else f", by the way {found.head.way!r}"
        what = "its schema and options are others than those asked for"
        raise DatabaseError(f"{there}{way}: {what}; {session.what_is_there()}")
    if not resume:
        rows = sum(s.rows for s in _row_steps(work, database) if s.number in found.done)
        raise DatabaseError(
            f"{there}: {rows:,} rows are in; --resume goes on with it; {session.what_is_there()}"
        )
    return found


def _check_tables(session: Session, work: Work, database: Database) -> None:
    """Refuse tables that are there where they are created, or are not, or have rows."""
    there, counts = session.tables_there(work.plan.counts), work.plan.counts
    with_rows = {name: rows for name, rows in there.items() if rows}
    if with_rows and work.way in ("create", "fill"):
        listed = ", ".join(f"{name} ({_counted(rows)})" for name, rows in with_rows.items())
        way_out = "--append adds to them, --truncate empties them first"
        raise DatabaseError(f"{database.shown} has rows in {listed}; {way_out}")
    if there and work.way == "create":
        what = f"{database.shown} has the tables {', '.join(there)} already"
        raise DatabaseError(f"{what}; --no-ddl fills them as they are")
    missing = [name for name in counts if name not in there]
    if missing and work.way != "create":
        what = f"{database.shown} has no table {', '.join(missing)}"
        raise DatabaseError(
            f"{what}; leave --no-ddl out to create it, or choose others by --tables"
        )


def _counted(rows: int) -> str:
    return f"{rows:,} rows" if rows <= MOST_COUNTED else f"more than {MOST_COUNTED:,} rows"


def _row_steps(work: Work, database: Database) -> list[Step]:
    return [*row_steps(work.plan, keys_are_there=database.keys_are_checked(work.way))]


def _steps(session: Session, work: Work, database: Database) -> list[Step]:
    steps = _row_steps(work, database)
    return [*steps, *statement_steps(session.finishing(), len(steps) + 1)]


class _Told:
    """How far a load has come, as a message says it."""

    def __init__(self, steps: Sequence[Step], done: frozenset[int]) -> None:
        self.total = sum(step.rows for step in steps)
        self.rows = sum(step.rows for step in steps if step.number in done)

    def __str__(self) -> str:
        return f"{self.rows:,} of {self.total:,} rows are in"


@contextmanager
def _telling(
    session: Session, steps: Sequence[Step], done: frozenset[int], note: Note
) -> Iterator[_Told]:
    """Say, when the block ends early, what is in the database then."""
    told = _Told(steps, done)

    def state() -> str:
        return f"{told}, and --resume goes on; {session.what_is_there()}"

    try:
        yield told
    except DatabaseError as error:
        raise DatabaseError(f"{error}; {state()}") from None
    except BaseException:
        note(state())
        raise


class _Watch:
    """Hands on how far a load has come."""

    def __init__(
        self,
        progress: LoadProgress | None,
        steps: Sequence[Step],
        done: frozenset[int],
        told: _Told,
    ) -> None:
        self._progress, self._told = progress, told
        self._totals = _rows_by_table(steps)
        self._before = _rows_by_table(step for step in steps if step.number in done)
        self._begun: set[str] = set()
        self._statements = sum(not step.shards and step.number not in done for step in steps)
        self._is_finishing = False

    def __call__(self, step: Step) -> None:
        self._told.rows += step.rows
        if self._progress is None:
            return
        for shard in step.shards:
            if shard.table not in self._begun:
                self._begun.add(shard.table)
                before = self._before.get(shard.table, 0)
                self._progress.begin(shard.table, self._totals[shard.table], before)
            self._progress.advance(shard.table, shard.rows)
        if not step.shards:
            if not self._is_finishing:
                self._is_finishing = True
                self._progress.finish(self._statements)
            self._progress.finished()


def _rows_by_table(steps: Iterable[Step]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for step in steps:
        for shard in step.shards:
            counts[shard.table] = counts.get(shard.table, 0) + shard.rows
    return counts
