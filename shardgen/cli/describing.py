"""The command that shows what data is like: of a schema, of files, of a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shardgen.cli.options import ROW_OPTIONS, option, takes
from shardgen.errors import cannot_write
from shardgen.execution.signals import signals_raise

OUT = option(
    "-o",
    "--out",
    metavar="FILE",
    help="File to write; one that ends in .html is a page.  [default: standard output]",
)
FORMAT = click.option(
    "--format",
    "form",
    envvar="SHARDGEN_DESCRIBE_FORMAT",
    show_envvar=True,
    type=click.Choice(["text", "json", "html"]),
    help="How it is written.  [default: by the ending of --out, or text]",
)
SAMPLE_ROWS = option(
    "--sample-rows",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="Rows that are made of a schema that has more.",
)


@click.command()
@click.argument("source", metavar="SCHEMA")
@takes(OUT, FORMAT, SAMPLE_ROWS, *ROW_OPTIONS)
def describe(
    source: str, *, out: str | None, form: str | None, sample_rows: int, **settings: Any
) -> None:
    """
    Show what a run of SCHEMA makes, as text, JSON or a page with pictures.

    Shown are the tables with their keys, of each column its type, generator, nulls, distribution
    and frequent values, the children of each parent, correlations, the first rows, and whether all
    that is promised holds.

    \b
    Examples:
      shardgen describe fintech-loans
      shardgen describe shop.yaml -o shop.html
      shardgen describe shop.yaml --format json --scale 10
    """
    from shardgen.execution.description.schema_rows import describe_schema
    from shardgen.plan.plan import Options

    with signals_raise():
        here = describe_schema(source, Options(**settings), sample_rows=sample_rows)
        text = _written(here, form or _form_of(out))
    if out is None or out == "-":
        click.echo(text, nl=False)
    else:
        try:
            Path(out).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_write(out, error) from None


def _form_of(out: str | None) -> str:
    """Return the format that a file's ending says."""
    endings = {".html": "html", ".htm": "html", ".json": "json"}
    return endings.get(Path(out or "").suffix.lower(), "text")


def _written(here: Any, form: str) -> str:
    if form == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(here), indent=2).decode() + "\n"
    if form == "html":
        from shardgen.cli.description.page import page

        return page(here)
    from shardgen.cli.description.text import description_text

    return description_text(here) + "\n"
