"""
run(): the stages in order, and nothing else.

schema → plan → source; its shards, run by an executor, go into a sink.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Unpack

import msgspec

from shardgen.errors import InputWarning, Mistake, PlanError
from shardgen.execution.events import Tell, finished, ignore, started, warned
from shardgen.execution.executors import Executor
from shardgen.execution.locks import IfLocked
from shardgen.execution.makers import Makers
from shardgen.execution.remains import Remains
from shardgen.execution.run_targets import (
    as_promised,
    check_target_of,
    kept_folder_of,
    load_command,
    open_target,
    target_of,
)
from shardgen.execution.signals import raise_stop
from shardgen.execution.sinks import FileFacts, Sink
from shardgen.execution.targets import is_object
from shardgen.execution.written_tables import WrittenTables
from shardgen.generators.foreign import ask_after_foreign_code
from shardgen.output.format import Format
from shardgen.plan.load import SchemaSource, load_with_files, located
from shardgen.plan.plan import OptionArguments, Options, build_plan, options_with
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from concurrent.futures import Executor as FuturesExecutor

    from shardgen.execution.resuming.resuming import Resuming


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a run wrote: `out` is a path or "-", `workers` 0 when no process was started.

    `dialect` is None for a format that is not SQL. `load` is the shell command that loads it, empty
    where no single command does. `part` is such as "3/16" where one was asked for; rows and bytes
    are those of it. `warnings` has what the schema says and what has no effect. Where a run was to
    go on with another, `shards_kept` were there and whole, and `shards_made` were made.
    """

    schema: str
    dialect: str | None
    format: str
    seed: int
    as_of: dt.date
    out: str
    rows: int
    bytes: int
    seconds: float
    workers: int
    tables: dict[str, int]
    load: str
    part: str | None = None
    warnings: tuple[InputWarning, ...] = ()
    shards_kept: int | None = None
    shards_made: int | None = None


class Progress(Protocol):
    """Is told of each table and of the rows that reached the dump."""

    def begin(self, table: str, rows: int) -> None:
        """Begin a table of that many rows."""

    def advance(self, rows: int) -> None:
        """Note rows of the current table."""


def run(  # noqa: PLR0913 -- keyword-only, each of them for a user
    schema: SchemaSource,
    out: str | Path | None = None,
    *,
    workers: int | None = None,
    keep_shards: bool = False,
    resume: bool = False,
    start_method: str | None = None,
    strict: bool = False,
    part: str | None = None,
    engine: str | FuturesExecutor | None = None,
    if_locked: IfLocked = "wait",
    progress: Progress | None = None,
    tell: Tell = ignore,
    options: Options | None = None,
    **arguments: Unpack[OptionArguments],
) -> Summary:
    """
    Write the rows of `schema` to `out` and return what was written.

    `schema` is a Schema, a dict as a file has it, a bundled schema's name or a path. `out` is a
    path, "-" for standard output, by default `<schema name>.sql`. A format with a file for each
    table makes a folder of `out`, by default `<schema name>/`; an only table may go to a file.
    Where no `format` or no `compress` is said, the name of `out` says it.

    `workers` is the number of worker processes, by default the CPUs this process may use; a job too
    small to gain from them starts none. The bytes do not depend on it. All fields of `Options` are
    arguments too, as in `seed=42`; they go before those of `options`. A SchemaError or PlanError is
    raised before a process is started or a file opened, and what was at `out` stays until all that
    is new is complete. `part`, such as "3/16", has one of sixteen parts made, into files of its own
    in the folder `out`. An `engine` makes the shards in the place of worker processes: `ray` or
    `dask`, one that runs at `ray://host:10001` or `dask://host:8786`, or an executor of
    `concurrent.futures`; each of its workers reaches the folder of `out` under the same name. Where
    it is `strict`, what would be a warning is a mistake. What a run to
    the same target that was killed has left is removed; a run that is to `resume` goes on with it
    where it is of the same plan, and a ShardFileError says where it is not. Such a run leaves what
    is made where it fails.

    In `out`, `{date}` stands for the day that counts as today, `{seed}` and `{schema}` for these,
    and `{{` for a brace. One run at a time writes to a file or a folder: where another one does,
    `if_locked` says whether this one will "wait" for its end or "fail" with a LockedError. `tell`
    is told of events when they happen.
    """
    began = time.perf_counter()
    ask_after_foreign_code(raise_stop)
    chosen = as_promised(out, options_with(options, arguments))
    with located(schema):
        loaded, inputs = load_with_files(schema)
        plan = build_plan(loaded, chosen)
        source = Source.bind(plan, strict=strict)
    if part is not None:
        from shardgen.plan.part import Part
        from shardgen.plan.parts import part_of  # late: most runs make all

        source = part_of(source, Part.parse(part))
    target = target_of(out, plan, is_part=part is not None)
    check_target_of(source, target, inputs)
    makers = Makers(workers=workers, start_method=start_method, engine=engine)
    makers.check()
    count = makers.count(source)
    keep_at = kept_folder_of(source, target) if keep_shards else None
    _tell_start(source, target, count, makers.engine_name, chosen, tell)
    if "{date}" in str(out):
        from shardgen.execution.other_days import remove_of_other_days

        remove_of_other_days(str(out), target, plan, tell)
    resuming = _resuming(source, target, keep_at, is_asked=resume, has_workers=count != 0)
    with (
        open_target(source, target, tell, if_locked, resuming or Remains()) as sink,
        makers.open(
            source, sink.beside, keep_at, tell, resuming and resuming.if_open
        ) as (executor, size),
    ):  # fmt: skip
        taking = _joining(sink, plan.format)
        _write(source, executor, taking, progress, tell)
        taking.complete(partial(_beside, source))
    kept = resuming.kept if resume and resuming is not None else None
    seconds = time.perf_counter() - began
    rows = sum(source.counts.values())
    tell(finished(out=target, rows=rows, size=sink.size, seconds=seconds))
    return Summary(
        schema=loaded.name,
        dialect=plan.format.dialect,
        format=plan.format.name,
        seed=plan.seed,
        as_of=plan.as_of,
        out=target,
        rows=rows,
        bytes=sink.size,
        seconds=seconds,
        workers=size,
        tables=source.counts,
        load="" if part is not None else load_command(source, target),
        part=part,
        warnings=source.warnings,
        shards_kept=kept,
        shards_made=None if kept is None else sum(1 for _ in source.shards()) - kept,
    )


def _resuming(
    source: Source, target: str, keep_at: Path | None, *, is_asked: bool, has_workers: bool
) -> Resuming | None:
    """Return what sees to it that a run can be gone on with; None for one that is small."""
    if is_asked and is_object(target):
        what = f"a run is to go on, and {target} is in a store"
        raise PlanError([Mistake("", what, "leave resume out, or write to a disk")])
    if not (is_asked or has_workers or keep_at is not None):
        return None
    from shardgen.execution.resuming.resuming import Resuming  # late: a small run has none

    return Resuming(source, is_asked=is_asked, keep_at=keep_at)


def _tell_start(
    source: Source,
    target: str,
    workers: int | None,
    engine: str | None,
    options: Options,
    tell: Tell,
) -> None:
    """Tell of the run that begins, and of what has no effect."""
    plan = source.plan
    tell(
        started(
            schema=plan.schema.name,
            seed=plan.seed,
            as_of=plan.as_of,
            out=target,
            format=plan.format.name,
            rows=sum(source.counts.values()),
            workers=workers,
            part=None if source.part is None else str(source.part),
            engine=engine,
            options=msgspec.structs.asdict(options),
        )
    )
    for warning in source.warnings:
        tell(warned(warning))


def _write(
    source: Source, executor: Executor, sink: Sink, progress: Progress | None, tell: Tell
) -> None:
    """Write everything, from the dump's header to its footer."""
    counts, table = source.counts, ""
    tables = WrittenTables(counts, sink, tell)
    _write_text(sink, source.file, source.dump_header())
    for shard, size in executor.run(tables.begun(source.shards()), sink):
        raise_stop()
        if progress is not None:
            if shard.table != table:
                table = shard.table
                progress.begin(table, counts[table])
            progress.advance(shard.rows)
        tables.add(shard, size)
    _write_text(sink, source.file, source.dump_footer())
    for name, file in source.files():
        if file.start == file.stop:
            before = sink.size
            sink.write(file.name, source.empty_table(name))
            tables.add_empty(name, sink.size - before)
    tables.finish_all()


def _joining(sink: Sink, form: Format) -> Sink:
    """Return what takes the shards of a format, and brings them to a sink."""
    if form.join() is None:
        return sink
    from shardgen.execution.joining import JoiningSink

    return JoiningSink(sink, form)


def _beside(source: Source, facts: Mapping[str, FileFacts]) -> Mapping[str, bytes]:
    from shardgen.execution.describing import describe  # late: a dump has nothing beside

    return describe(source, facts)


def _write_text(sink: Sink, file: str, text: bytes) -> None:
    if text or file:  # a table's file may be made with its rows, and then is not opened again
        sink.write(file, text)
