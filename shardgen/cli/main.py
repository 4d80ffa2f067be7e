"""The command line: it parses, calls and reports; one place turns an error into an exit code."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

# One BLAS thread: shardgen multiplies no matrices, and idle threads take time and memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click

from shardgen import __version__
from shardgen.cli.options import (
    Day,
    RowCount,
    RowRange,
    option,
    options_from,
    plan_options,
    row_counts,
)
from shardgen.errors import (
    OutputError,
    SchemaError,
    ShardgenError,
    StoppedError,
)
from shardgen.execution.signals import signals_raise

DEFAULT_SCHEMA = "fintech-loans"
BROKEN_PIPE = 128 + signal.SIGPIPE
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Commands that end as others do when whoever reads their output has left."""

    def invoke(self, ctx: click.Context) -> Any:
        """Exit with 141; click would say 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _leave_stdout()
            return BROKEN_PIPE


def show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Print the version, and below it what else decides how fast a run is; exit."""
    if not value or ctx.resilient_parsing:  # or it would be offered as a completion
        return
    import platform
    from importlib.metadata import version

    from shardgen.output.text import native_writer as native

    way = "NumPy, without the compiled module" if native.compiled is None else "the compiled module"
    click.echo(f"shardgen {__version__}")
    click.echo(f"Python {platform.python_version()}, NumPy {version('numpy')}; rows by {way}")
    ctx.exit()


@click.group(cls=Commands, context_settings=CONTEXT)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version,
              help="Show versions, and how rows are written, and exit.")  # fmt: skip
def cli() -> None:
    """
    Realistic relational test data as ordered SQL: every key valid, the same bytes for a seed.

    \b
    shardgen run                                  write fintech-loans.sql, 5,000 rows
    shardgen run my-schema.json --workers 8       a schema of your own
    shardgen preview fintech-loans loans          look before you write
    """


@cli.command()
@click.argument("schema", default=DEFAULT_SCHEMA, envvar="SHARDGEN_SCHEMA")
@option("-o", "--out", help="File to write; - is standard output.  [default: <schema name>.sql]")
@option("-w", "--workers", type=int, help="Worker processes.  [default: the usable CPUs]")
@plan_options
@option("--keep-shards", is_flag=True, help="Leave the shard files in <out>.shards/.")
@option(
    "--start-method",
    type=click.Choice(["fork", "forkserver", "spawn"]),
    help="How worker processes start.  [default: fork where that is safe]",
)
@option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
@option(
    "--json",
    "as_json",
    is_flag=True,
    help="Summary as JSON on standard output (standard error with -o -).",
)
def run(schema: str, **settings: Any) -> None:
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

    quiet, as_json = settings.pop("quiet"), settings.pop("as_json")
    with signals_raise(), _progress(quiet=quiet) as progress:
        options = options_from(settings)
        summary = pipeline.run(schema, options=options, progress=progress, **settings)
    to_stderr = summary.out == "-"
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(summary).decode(), err=to_stderr)
    elif not quiet:
        from shardgen.cli.report import summary_lines

        click.echo(summary_lines(summary), err=to_stderr)


@cli.command()
@click.argument("schema", default=DEFAULT_SCHEMA, envvar="SHARDGEN_SCHEMA")
@plan_options
@option("--json", "as_json", is_flag=True, help="The plan as JSON.")
def plan(schema: str, as_json: bool, **settings: Any) -> None:
    """
    Show what a run of SCHEMA would make: tables in order, rows, keys, shards, bytes.

    \b
    Examples:
      shardgen plan --scale 1000
      shardgen plan my-schema.json -n orders=50000 --json
    """
    from shardgen.cli.report import plan_report
    from shardgen.plan.load import load_schema
    from shardgen.plan.plan import build_plan
    from shardgen.plan.source import Source

    tables = Source.bind(build_plan(load_schema(schema), options_from(settings)))
    click.echo(plan_report(tables, as_json=as_json))


@cli.command()
@click.argument("schema", default=DEFAULT_SCHEMA, envvar="SHARDGEN_SCHEMA")
@click.argument("table", required=False)
@option("-s", "--seed", type=int, default=0, show_default=True, help="Seed of all data.")
@option(
    "--rows",
    type=RowRange(),
    variable="RANGE",
    help="Rows A to B, counted from 0, B not included.  [default: the first 10]",
)
@option(
    "-n",
    "--count",
    type=RowCount(),
    multiple=True,
    variable="ROWS",
    help="Rows that the full run has of a table; repeatable.",
)
@option("--scale", type=float, default=1.0, show_default=True, help="Scale of the full run.")
@option(
    "--as-of",
    type=Day(),
    default="2025-01-01",
    show_default=True,
    help="The day that counts as today.",
)
@option(
    "--edge-case-probability",
    "--edge-cases",
    type=float,
    default=0.0,
    metavar="P",
    show_default=True,
    help="Share of cells that take an extreme.",
)
def preview(schema: str, table: str | None, rows: tuple[int, int] | None, **settings: Any) -> None:
    """
    Show the first rows of TABLE, or of all tables: the very rows of a full run.

    \b
    Examples:
      shardgen preview
      shardgen preview fintech-loans payments --rows 3000..3010 --seed 42
    """  # fmt: skip
    from shardgen.cli.report import preview_report
    from shardgen.plan.load import load_schema
    from shardgen.plan.plan import Options, build_plan
    from shardgen.plan.source import Source

    options = Options(
        rows=row_counts(settings["count"]),
        scale=settings["scale"],
        seed=settings["seed"],
        as_of=settings["as_of"],
        edge_case_probability=settings["edge_case_probability"],
    )
    tables = Source.bind(build_plan(load_schema(schema), options))
    click.echo(preview_report(tables, table, rows))


@cli.command()
@click.argument("schemas", nargs=-1, required=True, metavar="SCHEMA...")
def check(schemas: tuple[str, ...]) -> None:
    """
    Report every mistake in each SCHEMA; exit with 3 when there is one.

    \b
    Example:
      shardgen check my-schema.json
    """
    from shardgen.plan.source import find_mistakes

    wrong = False
    for name in schemas:
        mistakes = find_mistakes(name)
        wrong |= bool(mistakes)
        if mistakes:
            click.echo(f"shardgen: {SchemaError(mistakes, name)}", err=True)
        else:
            click.echo(f"{name}: no mistakes")
    sys.exit(SchemaError.exit_code if wrong else 0)


@cli.command()
def schemas() -> None:
    """
    List the bundled schemas: name, tables, rows, description.

    \b
    Example:
      shardgen schemas
    """
    from shardgen.cli.report import schemas_report

    click.echo(schemas_report())


@cli.command()
@click.argument("name", required=False)
def generators(name: str | None) -> None:
    """
    List all generators, or show NAME with its parameters and three example values.

    \b
    Examples:
      shardgen generators
      shardgen generators int_range
      shardgen generators faker.color_name
    """
    from shardgen.cli.report import generator_report, generators_report

    click.echo(generators_report() if name is None else generator_report(name))


@cli.command("json-schema")
def json_schema() -> None:
    """
    Print the JSON Schema of the format, for editors that complete and check.

    \b
    Example:
      shardgen json-schema > shardgen.schema.json
    """
    from shardgen.cli.json_schema import json_schema_text

    click.echo(json_schema_text())


@contextlib.contextmanager
def _made_to_stay() -> Iterator[None]:
    """Keep the garbage collector from looking through what is imported, now and ever after."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """Give bars where somebody watches; None elsewhere."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from shardgen.cli.progress import Bars

    with Bars() as bars:
        yield bars


def main() -> NoReturn:
    """Run the command line and exit with the code of what happened."""
    _fill_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no "→"
    sys.exit(_exit_code())


def _fill_standard_streams() -> None:
    """Open what was closed of 0, 1 and 2, or a file of ours gets the number and others' text."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # the lowest number free; writing to it fails


def _exit_code() -> int:
    try:
        result = cli.main(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail(StoppedError())
    except BrokenPipeError:
        _leave_stdout()
        return BROKEN_PIPE
    except ShardgenError as error:
        return _fail(error)
    except (MemoryError, OSError) as error:
        return _fail(_system_error(error))
    return result if isinstance(result, int) else 0


def _system_error(error: MemoryError | OSError) -> ShardgenError:
    """Return what can happen anywhere, as an error of ours; else it is a bug, and raised again."""
    if isinstance(error, MemoryError):
        return ShardgenError("out of memory; use fewer --workers or smaller --shard-rows")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return ShardgenError(f"{error.strerror}; raise the limit on open files (ulimit -n)")
    if error.filename is None and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EIO):
        _leave_stdout()
        return OutputError(f"cannot write standard output: {error.strerror}")
    raise error


def _leave_stdout() -> None:
    """Write nothing more to standard output, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _fail(error: ShardgenError) -> int:
    with contextlib.suppress(OSError):  # nobody may be there to read it
        click.echo(f"shardgen: {error}", err=True)
    return error.exit_code
