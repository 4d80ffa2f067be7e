"""
load(): the stages in order, and nothing else.

schema → plan → source; a database is opened and looked at; steps bring the rows; it is completed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, Unpack

import msgspec

from shardgen.errors import DatabaseError, InputWarning, SchemaError
from shardgen.execution import events
from shardgen.execution.events import Tell, ignore
from shardgen.execution.loading import load_workers, ways
from shardgen.execution.loading.children import check_children
from shardgen.execution.loading.database import MOST_COUNTED, Database, Session, Work
from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.steps import Step, row_steps, statement_steps
from shardgen.execution.loading.urls import database_of
from shardgen.execution.makers import pool_size
from shardgen.execution.signals import raise_stop
from shardgen.generators.foreign import ask_after_foreign_code
from shardgen.importing.comparing.differences import Differences
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.plan import OptionArguments, Options, build_plan, options_with
from shardgen.plan.source import Source


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
    replace: Sequence[str] = (),
    resume: bool = False,
    start_method: str | None = None,
    strict: bool = False,
    progress: LoadProgress | None = None,
    tell: Tell = ignore,
    options: Options | None = None,
    **arguments: Unpack[OptionArguments],
) -> LoadSummary:
    """
    Put the rows of `schema` into the database at `url`, and return what is there.

    Tables are created, with their keys and indexes after the rows; or, without `ddl`, those that
    are there are filled. Tables that have rows are refused, but to `append` to them or to
    `truncate` them first, which needs tables that are there; `replace` names the tables whose rows
    are replaced, and nothing else. `workers` is the number of worker processes, by default the CPUs
    this process may use.

    A load that ended early is gone on with by `resume`, from what its ledger says; where there is
    none, a new one begins. SchemaError or PlanError before the database is touched; DatabaseError
    for what it refuses, with what is in it then. Other stops leave the same. `tell` is told of
    events when they happen.
    """
    began = time.perf_counter()
    ask_after_foreign_code(raise_stop)
    database = database_of(url)
    asked = options_with(options, arguments)
    way = ways.way_of(asked, append=append, truncate=truncate, replace=bool(replace))
    asked = ways.options_for(database, asked, way)
    with located(schema):
        loaded = load_schema(schema)
        asked, there = ways.beside_rows(database, loaded, asked, way, replace)
        source = Source.bind(build_plan(loaded, asked), strict=strict)
        if there is not None:
            ways.check_parents(database, source, way)
    found = _compared(source, database, way, strict=strict)
    plan = msgspec.structs.replace(source.plan, format=database.format(source.plan, found, way))
    source = Source(plan, source.bound, (*source.warnings, *found.warnings))
    work = Work(source, way)
    head = Head.of(plan, way, there)
    size = pool_size(source, workers)
    _tell_start(work, database, asked, size, tell)
    with database.open(work) as session:
        unfinished = _unfinished(session, work, database, head, resume=resume)
        if unfinished is None:
            _check_tables(session, work, database)
            if way == "replace":
                check_children(session, database, plan, found.children)
            session.begin(head)
        done = frozenset[int]() if unfinished is None else unfinished.done
        steps = _steps(session, work, database)
        told = _Told(steps, done)
        if unfinished is not None:
            tell(events.resumed(told.rows))
        with _telling(session, told, tell):
            load_workers.do_all(
                [step for step in steps if step.number not in done],
                work,
                database,
                session,
                workers=size,
                start_method=start_method,
                done=_Watch(progress, tell, steps, done, told),
            )
            session.end()
        tell(events.loaded(out=database.shown, rows=plan.rows, seconds=time.perf_counter() - began))
    return LoadSummary(
        schema=loaded.name,
        database=database.title,
        url=database.shown,
        way=way,
        by=database.by(plan.format),
        seed=plan.seed,
        rows=plan.rows,
        resumed=sum(step.rows for step in steps if step.number in done),
        seconds=time.perf_counter() - began,
        workers=size,
        tables=plan.counts,
        warnings=source.warnings,
    )


def _compared(source: Source, database: Database, way: Way, *, strict: bool) -> Differences:
    """
    Return what the database has otherwise, and takes the rows all the same.

    DatabaseError with everything for which it would not take them; where it is `strict`,
    SchemaError with what would be warnings.
    """
    found, name = database.differences(source, way), source.plan.schema.name
    if found.mistakes:
        listed = "".join(f"\n  {mistake}" for mistake in found.mistakes)
        what = f"{database.shown} does not take the rows of {name}:{listed}"
        raise DatabaseError(what, found.mistakes)
    if strict and found.warnings:
        raise SchemaError([warning.as_mistake() for warning in found.warnings], name)
    return found


def _tell_start(work: Work, database: Database, asked: Options, workers: int, tell: Tell) -> None:
    plan = work.plan
    tell(
        events.load_started(
            schema=plan.schema.name,
            seed=plan.seed,
            as_of=plan.as_of,
            out=database.shown,
            way=work.way,
            rows=plan.rows,
            workers=workers,
            options=msgspec.structs.asdict(asked),
        )
    )
    for warning in work.source.warnings:
        tell(events.warned(warning))


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
        way_out = "--append adds to them, --truncate empties them first, --replace replaces some"
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
def _telling(session: Session, told: _Told, tell: Tell) -> Iterator[None]:
    """Say, when the block ends early, what is in the database then."""

    def state() -> str:
        return f"{told}, and --resume goes on; {session.what_is_there()}"

    try:
        yield
    except DatabaseError as error:
        raise DatabaseError(f"{error}; {state()}") from None
    except BaseException:
        tell(events.unfinished(told.rows, told.total, state()))
        raise


class _Watch:
    """Hands on how far a load has come."""

    def __init__(
        self,
        progress: LoadProgress | None,
        tell: Tell,
        steps: Sequence[Step],
        done: frozenset[int],
        told: _Told,
    ) -> None:
        self._progress, self._tell, self._told = progress, tell, told
        self._totals = _rows_by_table(steps)
        self._before = _rows_by_table(step for step in steps if step.number in done)
        self._in = {**self._before}
        self._begun: set[str] = set()
        self._statements = sum(not step.shards and step.number not in done for step in steps)
        self._is_finishing = False

    def __call__(self, step: Step) -> None:
        self._told.rows += step.rows
        for table, rows in _rows_by_table([step]).items():
            self._in[table] = self._in.get(table, 0) + rows
            if self._in[table] == self._totals[table]:
                self._tell(events.table_loaded(table, self._totals[table]))
        if not step.shards and not self._is_finishing:
            self._is_finishing = True
            self._tell(events.finishing(self._statements))
            if self._progress is not None:
                self._progress.finish(self._statements)
        if self._progress is not None:
            self._show(step, self._progress)

    def _show(self, step: Step, progress: LoadProgress) -> None:
        for shard in step.shards:
            if shard.table not in self._begun:
                self._begun.add(shard.table)
                before = self._before.get(shard.table, 0)
                progress.begin(shard.table, self._totals[shard.table], before)
            progress.advance(shard.table, shard.rows)
        if not step.shards:
            progress.finished()


def _rows_by_table(steps: Iterable[Step]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for step in steps:
        for shard in step.shards:
            counts[shard.table] = counts.get(shard.table, 0) + shard.rows
    return counts
