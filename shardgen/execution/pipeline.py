"""
run(): the stages in order, and nothing else.

schema → plan → source; its shards, run by an executor, go into a sink.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol, Unpack

import msgspec

from shardgen.errors import InputWarning, Mistake, PlanError
from shardgen.execution.events import Tell, finished, ignore, started, warned
from shardgen.execution.executors import Executor, Here, HereByFiles, large_tables
from shardgen.execution.locks import IfLocked
from shardgen.execution.signals import raise_stop
from shardgen.execution.sinks import FileFacts, Sink
from shardgen.execution.targets import (
    STANDARD_OUTPUT,
    check_target,
    is_folder,
    open_sink,
    promised,
)
from shardgen.execution.written_tables import WrittenTables
from shardgen.generators.foreign import ask_after_foreign_code
from shardgen.output.format import Format
from shardgen.plan.load import SchemaSource, load_with_files, located
from shardgen.plan.plan import SMALL_JOB, OptionArguments, Options, Plan, build_plan, options_with
from shardgen.plan.source import Source

MAX_WORKERS = 256


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a run wrote: `out` is a path or "-", `workers` 0 when no process was started.

    `dialect` is None for a format that is not SQL. `load` is the shell command that loads it, empty
    where no single command does. `warnings` has what the schema says and what has no effect.
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
    is new is complete. Where it is `strict`, what would be a warning is a mistake. What a run to
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
    target = _default_target(plan) if out is None else _named(str(out), plan)
    files = [file.name for table in plan.files.values() for file in table]
    check_target(target, plan.format, files, inputs)
    _check_ddl(plan, target, files)
    size = pool_size(plan, workers)
    keep_at = _kept_folder(target, loaded.name) if keep_shards else None
    _tell_start(source, target, size, chosen, tell)
    if "{date}" in str(out):
        from shardgen.execution.other_days import remove_of_other_days

        remove_of_other_days(str(out), target, plan, tell)
    with (
        open_sink(target, files, tell, plan.format.file_ending, if_locked) as sink,
        open_executor(
            source,
            sink.beside,
            workers=size,
            keep_at=keep_at,
            start_method=start_method,
            tell=tell,
        ) as executor,
    ):
        taking = _joining(sink, plan.format)
        _write(source, executor, taking, progress, tell)
        taking.complete(partial(_beside, source))
    seconds = time.perf_counter() - began
    tell(finished(out=target, rows=plan.rows, size=sink.size, seconds=seconds))
    return Summary(
        schema=loaded.name,
        dialect=plan.format.dialect,
        format=plan.format.name,
        seed=plan.seed,
        as_of=plan.as_of,
        out=target,
        rows=plan.rows,
        bytes=sink.size,
        seconds=seconds,
        workers=size,
        tables=plan.counts,
        load=_load_command(source, target),
        warnings=source.warnings,
    )


def _tell_start(source: Source, target: str, workers: int, options: Options, tell: Tell) -> None:
    """Tell of the run that begins, and of what has no effect."""
    plan = source.plan
    tell(
        started(
            schema=plan.schema.name,
            seed=plan.seed,
            as_of=plan.as_of,
            out=target,
            format=plan.format.name,
            rows=plan.rows,
            workers=workers,
            options=msgspec.structs.asdict(options),
        )
    )
    for warning in source.warnings:
        tell(warned(warning))


def _write(
    source: Source, executor: Executor, sink: Sink, progress: Progress | None, tell: Tell
) -> None:
    """Write everything, from the dump's header to its footer."""
    counts, files = source.plan.counts, source.plan.files
    tables = WrittenTables(counts, sink, tell)
    _write_text(sink, "", source.dump_header())
    for shard, size in executor.run(tables.begun(source.shards()), sink):
        raise_stop()
        if progress is not None:
            if shard.start == 0:
                progress.begin(shard.table, counts[shard.table])
            progress.advance(shard.rows)
        tables.add(shard, size)
    _write_text(sink, "", source.dump_footer())
    for name, rows in counts.items():
        if not rows:
            tables.begin(name)
            before = sink.size
            for file in files.get(name, ()):
                sink.write(file.name, source.empty_table(name))
            tables.finish(name, sink.size - before)


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
    if text:  # a table's file may be made with its rows, and then is not opened again
        sink.write(file, text)


def _as_promised(out: str | Path | None, options: Options) -> Options:
    """Return the options with the format and the compression that the target's name promises."""
    form, compression = promised(None if out is None else str(out))
    return msgspec.structs.replace(
        options,
        format=options.format or form,
        compress=options.compress or compression,
    )


def _check_ddl(plan: Plan, target: str, files: list[str]) -> None:
    """Refuse to leave out the tables of a file that has none anyway."""
    form = plan.format
    if files and not form.ddl and not is_folder(target, files, form.file_ending):
        what = f"no table definitions are asked for, and {form.title} has none"
        raise PlanError([Mistake("", what, "leave ddl out, or write a folder")])


def _load_command(source: Source, target: str) -> str:
    """Return the shell command that loads what was written; "" where no single command does."""
    plan = source.plan
    if target == STANDARD_OUTPUT:
        return ""
    if plan.format.has_table_files and Path(target).is_dir():
        from shardgen.output.loading.commands import folder_command

        return folder_command(target, source.load_scripts())
    return plan.format.load_command(plan.schema.name, target)


def _named(out: str, plan: Plan) -> str:
    """Return a target's name with the plan's values in place of what stands in braces."""
    if "{" not in out and "}" not in out:
        return out
    from shardgen.output.target_names import target_name

    return target_name(out, date=str(plan.as_of), seed=plan.seed, schema=plan.schema.name)


def _default_target(plan: Plan) -> str:
    name = plan.schema.name
    return f"{name}{os.sep}" if plan.format.has_table_files else f"{name}{plan.format.file_ending}"


def _kept_folder(target: str, schema_name: str) -> Path:
    from shardgen.execution.shard_folder import kept_folder

    return kept_folder(target, schema_name)


@contextlib.contextmanager
def open_executor(
    source: Source,
    beside: Path | None,
    *,
    workers: int,
    keep_at: Path | None,
    start_method: str | None,
    tell: Tell = ignore,
) -> Iterator[Executor]:
    """
    Give the executor for that many worker processes, or for none of them.

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
        from shardgen.execution.processes import open_processes

        with open_processes(
            source, here, folder, workers=workers, start_method=start_method
        ) as processes:
            yield processes


def pool_size(plan: Plan, workers: int | None) -> int:
    """
    Return how many workers to start: 0 when one process does as well.

    `workers` is what was asked for, None for the CPUs that there are. PlanError beyond the limits.
    """
    if workers is not None and not 1 <= workers <= MAX_WORKERS:
        what = f"{workers} workers are asked for"
        raise PlanError([Mistake("", what, f"choose 1 to {MAX_WORKERS}")])
    if plan.rows < SMALL_JOB or workers == 1:
        return 0
    large = large_tables(plan)
    shards = sum(-(-t.rows // plan.shard_rows) for t in plan.tables if t.name in large)
    size = min(usable_cpus() if workers is None else workers, shards)
    return 0 if size == 1 else size


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
