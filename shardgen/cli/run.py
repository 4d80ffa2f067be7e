"""The command that writes a dump."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from shardgen.cli.options import (
    JSON,
    KEEP_SHARDS,
    OUT,
    PLAN_OPTIONS,
    QUIET,
    SCHEMA,
    START_METHOD,
    STRICT,
    WORKERS,
    takes,
)
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
    from shardgen.execution.pipeline import Progress


@click.command()
@takes(SCHEMA, OUT, WORKERS, *PLAN_OPTIONS, KEEP_SHARDS, START_METHOD, STRICT, QUIET, JSON)
def run(schema: str, *, quiet: bool, as_json: bool, **settings: Any) -> None:
    """
    Write the dump of SCHEMA, a bundled schema's name or a path.

    \b
    Examples:
      shardgen run
      shardgen run --workers 8 --seed 42
      shardgen run retail.json -n orders=1000000 --dialect mysql -o retail.sql
      shardgen run --scale 200 --format copy -o - | psql mydb
    """  # fmt: skip
    with _made_to_stay():
        from shardgen.execution import pipeline

    with signals_raise(), _progress(quiet=quiet) as progress:
        summary = pipeline.run(schema, progress=progress, **settings)
    if summary.warnings:
        from shardgen.cli.warnings_report import show_warnings

        show_warnings(summary.warnings)
    to_stderr = summary.out == "-"
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(summary).decode(), err=to_stderr)
    elif not quiet:
        from shardgen.cli.run_report import summary_lines

        click.echo(summary_lines(summary), err=to_stderr)


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
