"""The command `profile`: real rows, and a schema that makes rows like them."""

from __future__ import annotations

import click

from shardgen.cli.files import form_of
from shardgen.cli.importing import EXCLUDE, FORCE, GUESS, OUT, SCHEMAS, TABLES, write
from shardgen.cli.options import JSON, names_of, option, takes
from shardgen.cli.streams import say
from shardgen.execution.signals import signals_raise
from shardgen.schema.files.decoding import FileFormat

SOURCE = click.argument("source", metavar="URL|DIR")
MIN_COUNT = click.option(
    "--min-count", type=click.IntRange(2), show_envvar=True, metavar="K",
    envvar="SHARDGEN_PROFILE_MIN_COUNT",
    help="Take a value only where as many rows have it.  [default: 50]",
)  # fmt: skip
NO_VALUES = option(
    "--no-values", multiple=True, callback=names_of, metavar="COLUMN,…",
    help="Take nothing but nulls of these; TABLE.COLUMN or COLUMN, * and ? match.",
)  # fmt: skip
ALLOW = option(
    "--allow", multiple=True, callback=names_of, metavar="COLUMN,…",
    help="Take shared values of these, though their names tell of a person.",
)  # fmt: skip
SAMPLE_ROWS = click.option(
    "--sample-rows", type=click.IntRange(100), show_envvar=True, metavar="N",
    envvar="SHARDGEN_PROFILE_SAMPLE_ROWS",
    help="Rows of a table to look at, of one that has more.  [default: 100000]",
)  # fmt: skip
SCALE = click.option(
    "--scale", type=click.FloatRange(0, min_open=True), default=1.0, show_envvar=True,
    envvar="SHARDGEN_PROFILE_SCALE", help="Multiply the rows.",
)  # fmt: skip


@click.command()
@takes(SOURCE, OUT, FORCE, SCHEMAS, TABLES, EXCLUDE, SCALE, MIN_COUNT, NO_VALUES, ALLOW,
       SAMPLE_ROWS, GUESS, JSON)  # fmt: skip
def profile(
    source: str,
    *,
    out: str | None,
    force: bool,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    exclude: tuple[str, ...],
    scale: float,
    min_count: int | None,
    no_values: tuple[str, ...],
    allow: tuple[str, ...],
    sample_rows: int | None,
    guess_keys: bool,
    as_json: bool,
) -> None:
    """
    Write a schema whose rows are like those of a database, or of a folder of CSV and Parquet.

    What is learned are numbers of rows and children, shares of nulls and of frequent values,
    quantiles, correlations, order in time, seasons and the shapes of codes. The database is read
    and never written. No text goes into the schema that fewer than K rows share, and none that
    tells of a person by its column's name; the report lists what was taken of each column.

    \b
    Examples:
      shardgen profile postgresql://localhost/shop -o shop.yaml
      shardgen run shop.yaml -o copy.sql
      shardgen profile exports/ --no-values 'notes,customers.*' -o shop.yaml
      shardgen profile duckdb:///shop.duckdb --allow customers.city --scale 0.1 -o small.yaml
    """
    from shardgen.cli.profile_report import head_of, profile_json, profile_report
    from shardgen.execution.profiling.profile import LEAST_ROWS, SAMPLE_ROWS, Profiling
    from shardgen.execution.profiling.profile import profile as profiled
    from shardgen.importing.filtering import Filters
    from shardgen.importing.writing import imported_text

    form: FileFormat = "yaml" if out is None else form_of(out)
    asked = Profiling(
        filters=Filters(schemas=schemas, tables=tables, exclude=exclude),
        sample_rows=sample_rows or SAMPLE_ROWS,
        least_rows=min_count or LEAST_ROWS,
        allowed=allow,
        refused=no_values,
        scale=scale,
        guess_keys=guess_keys,
    )
    with signals_raise():
        found = profiled(source, asked)
    text = imported_text(found.schema, found.notes, head_of(found), form, out or "-")
    if out is None:
        click.echo(text, nl=False)
    else:
        write(out, text, over=force, hint="--force writes over it")
    report = profile_json if as_json else profile_report
    say(report(found, out))
