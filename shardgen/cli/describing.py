"""The command that shows what data is like: of a schema, of files, of a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from shardgen.cli.options import ROW_OPTIONS, names_of, option, takes
from shardgen.errors import cannot_write
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
    from shardgen.execution.description.description import Description
    from shardgen.execution.description.differing import Comparison

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
AGAINST = option(
    "--against",
    metavar="OTHER",
    help="Another schema, folder or database: show how it differs.",
)
OF_FOLDER = option(
    "--schema",
    "schema",
    metavar="SCHEMA",
    help="What a folder was made from.  [default: the bundled one, or the script in the folder]",
)
OF_DATABASE = option(
    "--tables",
    multiple=True,
    callback=names_of,
    metavar="NAME,…",
    help="Only these tables of a database; * and ? match.",
)
SAMPLE_ROWS = option(
    "--sample-rows",
    type=click.IntRange(1),
    metavar="N",
    help="Rows that are made of a schema that has more.  [default: 100000]",
)


@click.command()
@click.argument("source", metavar="SCHEMA|DIR|URL")
@takes(OUT, FORMAT, AGAINST, OF_FOLDER, OF_DATABASE, SAMPLE_ROWS, *ROW_OPTIONS)
@click.pass_context
def describe(
    context: click.Context,
    /,
    source: str,
    *,
    out: str | None,
    form: str | None,
    against: str | None,
    schema: str | None,
    tables: tuple[str, ...],
    sample_rows: int | None,
    **settings: Any,
) -> None:
    """
    Show what data is like, as text, JSON or a page with pictures; or how two differ.

    Of a SCHEMA it is what a run makes, of a folder DIR what is in the files of a run, of a
    database what is there, which is read and never written. Shown are the tables with their keys,
    of each column its type, generator, nulls, distribution and frequent values, the children of
    each parent, correlations, the first rows, and whether all that is promised holds.

    \b
    Examples:
      shardgen describe fintech-loans
      shardgen describe shop.yaml --scale 10 -o shop.html
      shardgen describe loans/ --format json
      shardgen describe postgresql://localhost/shop --against shop.yaml -o difference.html
    """
    from shardgen.execution.description.describe import Asked

    default = ParameterSource.DEFAULT
    given = {k: v for k, v in settings.items() if context.get_parameter_source(k) is not default}
    sources = [source] if against is None else [source, against]
    form = form or _form_of(out)
    with signals_raise():
        asked = Asked(sources, given, schema=schema, tables=tables, sample_rows=sample_rows)
        if against is None:
            text = _written(asked.describe(source), form)
        else:
            text = _compared(asked.compare(source, against), form)
    if out is None or out == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(out).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise cannot_write(out, error) from None


def _form_of(out: str | None) -> str:
    """Return the format that a file's ending says."""
    endings = {".html": "html", ".htm": "html", ".json": "json"}
    return endings.get(Path(out or "").suffix.lower(), "text")


def _written(found: Description, form: str) -> str:
    if form == "json":
        return _json(found)
    if form == "html":
        from shardgen.cli.description.page import page

        return page(found)
    from shardgen.cli.description.text import description_text

    return description_text(found) + "\n"


def _compared(found: Comparison, form: str) -> str:
    if form == "json":
        return _json(found)
    if form == "html":
        from shardgen.cli.description.page import page

        return page(found.here, found)
    from shardgen.cli.description.text import comparison_text

    return comparison_text(found) + "\n"


def _json(found: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
