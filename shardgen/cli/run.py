"""The command that writes a dump."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from shardgen.cli.options import (
    ENGINE,
    JSON,
    KEEP_SHARDS,
    OUT,
    PART,
    PLAN_OPTIONS,
    QUIET,
    SCHEMA,
    START_METHOD,
    STRICT,
    WORKERS,
    takes,
)
from shardgen.cli.streams import offer, say
from shardgen.errors import OutputError
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
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
    START_METHOD,
    STRICT,
    QUIET,
    JSON,
)
def run(schema: str, *, quiet: bool, as_json: bool, **settings: Any) -> None:
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
    """  # fmt: skip
    with _made_to_stay():
        from shardgen.execution import pipeline

    with signals_raise(), _progress(quiet=quiet) as progress:
        summary = pipeline.run(schema, progress=progress, note=_note, **settings)
    if summary.warnings:
        from shardgen.cli.warnings_report import show_warnings

        show_warnings(summary.warnings)
    if as_json:
        import msgspec

        _report(summary, msgspec.json.encode(summary).decode(), was_asked_for=True)
    elif not quiet:
        from shardgen.cli.run_report import summary_lines

        _report(summary, summary_lines(summary), was_asked_for=False)


def _note(line: str) -> None:
    say(f"shardgen: {line}")


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
