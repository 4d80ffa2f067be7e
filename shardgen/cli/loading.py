"""The command that fills a database."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from shardgen.cli.options import (
    EXISTING,
    JSON,
    LOG,
    LOG_FORMAT,
    QUIET,
    ROW_OPTIONS,
    SHARD_ROWS,
    START_METHOD,
    STRICT,
    TABLES,
    WORKERS,
    names_of,
    option,
    takes,
)
from shardgen.cli.run import open_log
from shardgen.cli.streams import tell_people
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
    from shardgen.cli.log import LogFormat
    from shardgen.execution.loading.load import LoadProgress

SCHEMA = click.argument("schema")
URL = click.argument("url")
DDL = option(
    "--ddl/--no-ddl",
    default=None,
    help="Create the tables, or fill those that are there.  "
    "[default: ddl; no-ddl with --append, --truncate and --replace]",
)
APPEND = option("--append", is_flag=True, help="Add to the rows that the tables have.")
TRUNCATE = option("--truncate", is_flag=True, help="Empty the tables first.")
REPLACE = option(
    "--replace",
    metavar="NAME,…",
    multiple=True,
    callback=names_of,
    help="Replace the rows of these tables, by rows with the same keys, and nothing else.",
)
RESUME = option(
    "--resume", is_flag=True, help="Go on with a load that ended early, where there is one."
)


@click.command()
@takes(SCHEMA, URL, WORKERS, *ROW_OPTIONS, TABLES, DDL, APPEND, EXISTING, TRUNCATE,
       REPLACE, RESUME, SHARD_ROWS, START_METHOD, STRICT, LOG, LOG_FORMAT, QUIET, JSON)  # fmt: skip
def load(
    schema: str,
    url: str,
    *,
    ddl: bool | None,
    append: bool,
    truncate: bool,
    replace: tuple[str, ...],
    log: str | None,
    log_format: LogFormat,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """
    Put the rows of SCHEMA into the database at URL, several connections at a time.

    Tables that have rows are refused, but with --append, --truncate or --replace. A password that
    the URL does not have is read from where the database's own client has it.

    \b
    Examples:
      shardgen load fintech-loans sqlite:///loans.db
      shardgen load shop.yaml postgresql://postgres@localhost/shop --workers 4
      shardgen load shop.yaml mysql://root@localhost/shop --truncate
      shardgen load shop.yaml duckdb:///shop.duckdb
      shardgen load shop.yaml postgresql://localhost/shop --no-ddl --tables orders
      shardgen load shop.yaml postgresql://localhost/shop --replace orders --seed 7
      shardgen load shop.yaml postgresql://localhost/shop --resume
    """  # fmt: skip
    from shardgen.errors import Mistake, PlanError
    from shardgen.execution.loading.load import load as load_rows

    fills = append or truncate or bool(replace)
    settings |= {"append": append, "truncate": truncate, "replace": replace}
    settings["ddl"] = not fills if ddl is None else ddl
    with open_log(log, log_format, settings) as writes:
        is_said = not (writes and writes.is_standard_error)
        tell = writes.tell if writes else tell_people
        if ddl and fills:
            what = "tables are to be created, and rows to go to those that are there"
            raise PlanError([Mistake("", what, "leave --ddl out")])
        with signals_raise(), _progress(quiet=quiet or not is_said) as progress:
            summary = load_rows(schema, url, progress=progress, tell=tell, **settings)
        if summary.warnings and is_said:
            from shardgen.cli.warnings_report import show_warnings

            show_warnings(summary.warnings)
        if as_json:
            import msgspec

            click.echo(msgspec.json.encode(summary).decode())
        elif not quiet:
            from shardgen.cli.load_report import summary_lines

            click.echo(summary_lines(summary))


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[LoadProgress | None]:
    """Give bars where somebody watches; None elsewhere."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from shardgen.cli.progress import TableBars

    with TableBars() as bars:
        yield bars
