"""
run(): the stages in order, and nothing else.

schema → plan → source; its shards, run by an executor, go into a sink.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Unpack

import msgspec

from shardgen.errors import InputWarning, Mistake, PlanError
from shardgen.execution.cpus import usable_cpus
from shardgen.execution.events import Tell, engine_unused, finished, ignore, started, warned
from shardgen.execution.executors import Executor, Here, HereByFiles, large_tables
from shardgen.execution.locks import IfLocked
from shardgen.execution.signals import raise_stop
from shardgen.execution.sinks import FileFacts, Sink
from shardgen.execution.targets import (
    STANDARD_OUTPUT,
    check_target,
    is_folder,
    is_object,
    open_sink,
    promised,
)
from shardgen.execution.written_tables import WrittenTables
from shardgen.generators.foreign import ask_after_foreign_code
from shardgen.output.format import Format
from shardgen.plan.load import SchemaSource, load_with_files, located
from shardgen.plan.plan import (
    SMALL_JOB,
    OptionArguments,
    Options,
    Plan,
    Shard,
    build_plan,
    options_with,
)
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from concurrent.futures import Executor as FuturesExecutor

MAX_WORKERS = 256


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a run wrote: `out` is a path or "-", `workers` 0 when no process was started.

    `dialect` is None for a format that is not SQL. `load` is the shell command that loads it, empty
    where no single command does. `part` is such as "3/16" where one was asked for; rows and bytes
    are those of it. `warnings` has what the schema says and what has no effect.
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
    the same target that was killed has left is removed.

    In `out`, `{date}` stands for the day that counts as today, `{seed}` and `{schema}` for these,
    and `{{` for a brace. One run at a time writes to a file or a folder: where another one does,
    `if_locked` says whether this one will "wait" for its end or "fail" with a LockedError. `tell`
    is told of events when they happen.
    """
    began = time.perf_counter()
    ask_after_foreign_code(raise_stop)
    chosen = _as_promised(out, options_with(options, arguments))
    with located(schema):
        loaded, inputs = load_with_files(schema)
        plan = build_plan(loaded, chosen)
        source = Source.bind(plan, strict=strict)
    if part is not None:
        source = _part_of(source, part)
    target = _named(out, plan, is_part=part is not None)
    _check_target(source, target, inputs)
    if isinstance(engine, str):
        from shardgen.execution.engines.choosing import check_engine  # late, as few name one

        check_engine(engine)
    if engine is not None and start_method is not None:
        what = f"workers are to start by {start_method}, and an engine starts its own"
        raise PlanError([Mistake("", what, "leave out the start method, or the engine")])
    size = pool_size(source, workers)
    keep_at = _kept_folder(source, target) if keep_shards else None
    by = None if engine is None else _engine_name(engine)
    _tell_start(source, target, workers if by else size, by, chosen, tell)
    if "{date}" in str(out):
        from shardgen.execution.other_days import remove_of_other_days

        remove_of_other_days(str(out), target, plan, tell)
    with _open_target(source, target, tell, if_locked) as sink, contextlib.ExitStack() as stack:
        if engine is None:
            opened = open_executor(
                source,
                sink.beside,
                workers=size,
                keep_at=keep_at,
                start_method=start_method,
                tell=tell,
            )
            executor = stack.enter_context(opened)
        else:
            by_engine = _open_engine(source, sink.beside, engine, workers, keep_at, tell)
            executor, size = stack.enter_context(by_engine)
        taking = _joining(sink, plan.format)
        _write(source, executor, taking, progress, tell)
        taking.complete(partial(_beside, source))
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
        load="" if part is not None else _load_command(source, target),
        part=part,
        warnings=source.warnings,
    )


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


def _as_promised(out: str | Path | None, options: Options) -> Options:
    """Return the options with the format and the compression that the target's name promises."""
    form, compression = promised(None if out is None else str(out))
    return msgspec.structs.replace(
        options,
        format=options.format or form,
        compress=options.compress or compression,
    )


def _part_of(source: Source, part: str) -> Source:
    from shardgen.plan.part import Part
    from shardgen.plan.parts import part_of  # late: most runs make all

    return part_of(source, Part.parse(part))


def _check_target(source: Source, target: str, inputs: Collection[Path]) -> None:
    """Refuse a target that is not fit for what is written."""
    files = [file.name for _, file in source.files()]
    if is_object(target) and source.part is not None:
        what = f"parts are to be written to {target}, and go to a folder"
        raise PlanError([Mistake("", what, "write the dump itself there, or a folder of a disk")])
    if source.part is not None:
        from shardgen.execution.part_folder import check_part_target

        check_part_target(target)
    check_target(target, source.plan.format, files, inputs)
    if source.part is None:
        _check_ddl(source.plan, target, files)


@contextlib.contextmanager
def _open_target(source: Source, target: str, tell: Tell, if_locked: IfLocked) -> Iterator[Sink]:
    if source.part is None:
        files = [file.name for _, file in source.files()]
        ending = source.plan.format.file_ending
        with open_sink(target, files, tell, ending, if_locked) as sink:
            yield sink
        return
    from shardgen.execution.part_folder import filling_folder

    with filling_folder(target, source, source.part, tell, if_locked) as folder:
        yield folder


def _check_ddl(plan: Plan, target: str, files: list[str]) -> None:
    """Refuse to leave out the tables of a file that has none anyway."""
    form = plan.format
    if files and not form.ddl and not is_folder(target, files, form.file_ending):
        what = f"no table definitions are asked for, and {form.title} has none"
        raise PlanError([Mistake("", what, "leave ddl out, or write a folder")])


def _load_command(source: Source, target: str) -> str:
    """Return the shell command that loads what was written; "" where no single command does."""
    plan = source.plan
    if target == STANDARD_OUTPUT or is_object(target):
        return ""
    if plan.format.has_table_files and Path(target).is_dir():
        from shardgen.output.loading.commands import folder_command

        return folder_command(target, source.load_scripts())
    return plan.format.load_command(plan.schema.name, target)


def _named(out: str | Path | None, plan: Plan, *, is_part: bool) -> str:
    """Return the target, with the plan's values in place of what stands in braces."""
    if out is None:
        return _default_target(plan, is_part=is_part)
    name = str(out)
    if "{" not in name and "}" not in name:
        return name
    from shardgen.output.target_names import target_name

    return target_name(name, date=str(plan.as_of), seed=plan.seed, schema=plan.schema.name)


def _engine_name(engine: str | FuturesExecutor) -> str:
    """Return what an engine is called, without the place of one that runs."""
    return engine.partition(":")[0] if isinstance(engine, str) else type(engine).__name__


def _default_target(plan: Plan, *, is_part: bool) -> str:
    name = plan.schema.name
    if plan.format.has_table_files:
        return f"{name}{os.sep}"
    return f"{name}.parts{os.sep}" if is_part else f"{name}{plan.format.file_ending}"


def _kept_folder(source: Source, target: str) -> Path:
    if is_object(target):
        what = f"shards are to be kept beside {target}, which is on no disk"
        raise PlanError([Mistake("", what, "leave keep_shards out, or write to a disk")])
    from shardgen.execution.shard_folder import kept_folder

    of = target if source.part is None else str(Path(target, source.part.name))
    return kept_folder(of, source.plan.schema.name)


@contextlib.contextmanager
def open_executor(  # noqa: PLR0913 -- keyword-only
    source: Source,
    beside: Path | None,
    *,
    workers: int,
    keep_at: Path | None,
    start_method: str | None,
    tell: Tell = ignore,
    shards: Iterable[Shard] | None = None,
) -> Iterator[Executor]:
    """
    Give the executor for that many worker processes, or for none of them.

    It will be asked to run `shards`, in their order; None stands for all of the source.
    Shard files lie beside the path `beside`, and in the end at `keep_at` where that is given.
    Nothing of an executor is left when the block ends.
    """
    if not workers and keep_at is None:
        yield Here(source)
        return
    from shardgen.execution.shard_folder import shard_folder

    with shard_folder(beside, keep_at, tell) as folder:
        here: Executor = Here(source) if keep_at is None else HereByFiles(source, folder)
        if not workers:
            yield here
            return
        from shardgen.execution.shard_workers import open_processes

        asked = source.shards() if shards is None else shards
        with open_processes(
            source, asked, here, folder, workers=workers, start_method=start_method
        ) as processes:
            yield processes


@contextlib.contextmanager
def _open_engine(
    source: Source,
    beside: Path | None,
    engine: str | FuturesExecutor,
    workers: int | None,
    keep_at: Path | None,
    tell: Tell,
) -> Iterator[tuple[Executor, int]]:
    """Give the executor of an engine, and how many shards that makes at once."""
    from shardgen.execution.engines.executor import has_work, open_engine_executor

    if not has_work(source):
        tell(engine_unused())
        with open_executor(
            source, beside, workers=0, keep_at=keep_at, start_method=None, tell=tell
        ) as here:
            yield here, 0
        return
    with open_engine_executor(
        source, beside, engine, workers=workers, keep_at=keep_at, tell=tell
    ) as opened:
        yield opened


def pool_size(source: Source, workers: int | None) -> int:
    """
    Return how many workers to start: 0 when one process does as well.

    `workers` is what was asked for, None for the CPUs that there are. PlanError beyond the limits.
    """
    if workers is not None and not 1 <= workers <= MAX_WORKERS:
        what = f"{workers} workers are asked for"
        raise PlanError([Mistake("", what, f"choose 1 to {MAX_WORKERS}")])
    if sum(source.counts.values()) < SMALL_JOB or workers == 1:
        return 0
    large = large_tables(source.plan)
    shards = sum(shard.table in large for shard in source.shards())
    size = min(usable_cpus() if workers is None else workers, shards)
    return 0 if size == 1 else size
