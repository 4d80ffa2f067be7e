"""The command that writes a dump."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from shardgen.cli.options import (
    ENGINE,
    IF_LOCKED,
    JSON,
    KEEP_SHARDS,
    LOG,
    LOG_FORMAT,
    OUT,
    PART,
    PLAN_OPTIONS,
    QUIET,
    RESUME,
    SCHEMA,
    START_METHOD,
    STRICT,
    WORKERS,
    takes,
)
from shardgen.cli.streams import offer, say, tell_people
from shardgen.errors import OutputError
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
    from shardgen.cli.log import Log, LogFormat
    from shardgen.execution.pipeline import Progress, Summary


@click.command()
@takes(
    SCHEMA,
    OUT,
    PART,
    WORKERS,
    ENGINE,
    *PLAN_OPTIONS,
    KEEP_SHARDS,
    RESUME,
    START_METHOD,
    STRICT,
    IF_LOCKED,
    LOG,
    LOG_FORMAT,
    QUIET,
    JSON,
)
def run(
    schema: str,
    *,
    log: str | None,
    log_format: LogFormat,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """
    Write the dump of SCHEMA, a bundled schema's name or a path.

    \b
    Examples:
      shardgen run
      shardgen run --workers 8 --seed 42
      shardgen run retail.json -n orders=1000000 --dialect mysql -o retail.sql
      shardgen run --scale 1000 --part 3/16 -o parts/
      shardgen run --scale 1000 --engine ray://head:10001 -o /shared/dump.sql
      shardgen run --scale 200 --format copy -o - | psql mydb
      shardgen run --scale 1000 -o dump.sql --resume
      shardgen run --as-of today -o 'dump-{date}.sql.zst' --log nightly.log --if-locked fail
    """  # fmt: skip
    with _made_to_stay():
        from shardgen.execution import pipeline

    with open_log(log, log_format, settings) as writes:
        is_said = not (writes and writes.is_standard_error)
        tell = writes.tell if writes else tell_people
        with signals_raise(), _progress(quiet=quiet or not is_said) as progress:
            summary = pipeline.run(schema, progress=progress, tell=tell, **settings)
        if summary.warnings and is_said:
            from shardgen.cli.warnings_report import show_warnings

            show_warnings(summary.warnings)
        if as_json:
            import msgspec

            _report(summary, msgspec.json.encode(summary).decode(), was_asked_for=True)
        elif not quiet and (is_said or summary.out != "-"):
            from shardgen.cli.run_report import summary_lines

            _report(summary, summary_lines(summary), was_asked_for=False)


def open_log(
    name: str | None, form: LogFormat, settings: Mapping[str, Any]
) -> contextlib.AbstractContextManager[Log | None]:
    """
    Return the log of a command, open, as a context; None in it where none is asked for.

    `settings` are what the command is asked, which may have words for its name.
    """
    if name is not None:
        from shardgen.cli.log import Log  # late: most runs have none

        return Log(name, form, settings)
    source = click.get_current_context().get_parameter_source("log_format")
    if source is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--log-format is that of a log: name its file with --log")
    return contextlib.nullcontext()


def _report(summary: Summary, text: str, *, was_asked_for: bool) -> None:
    """
    Print what was written, beside the dump.

    Where that cannot be, the dump is there all the same: the run has failed only where the text was
    asked for, and then with OutputError.
    """
    to_stderr = summary.out == "-"
    error = offer(text, err=to_stderr)
    if error is None:
        return
    if isinstance(error, BrokenPipeError):  # nobody wants to know
        if was_asked_for:
            raise error
        return
    name = "standard error" if to_stderr else "standard output"
    out = "the dump" if to_stderr else summary.out
    told = f"{out} is complete, but its summary cannot be written to {name}: {error.strerror}"
    if was_asked_for:
        raise OutputError(told)
    say(f"shardgen: {told}")


@contextlib.contextmanager
def _made_to_stay() -> Iterator[None]:
    """
    Keep the garbage collector from looking through what is imported, now and ever after.

    It looks more rarely at what comes after: rows are arrays, and hardly any of them are garbage.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress | None]:
    """Give bars where somebody watches; None elsewhere."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from shardgen.cli.progress import Bars

    with Bars() as bars:
        yield bars
