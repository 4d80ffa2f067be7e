"""The commands that write schema files: convert and init."""

from __future__ import annotations

from pathlib import Path

import click

from shardgen.cli.options import option, takes
from shardgen.cli.streams import say
from shardgen.errors import OutputError, cannot_write
from shardgen.schema.files.decoding import ENDINGS, FileFormat, format_of

FORMATS = ("json", "yaml", "toml")
OUT = option("-o", "--out", metavar="FILE", help="File to write; none may be there yet.")
TO = option(
    "--to", "form", type=click.Choice(FORMATS), help="Its format.  [default: by its ending]"
)


@click.command()
@click.argument("schema")
@takes(OUT, TO)
def convert(schema: str, *, out: str | None, form: FileFormat | None) -> None:
    """
    Write SCHEMA in another format: JSON, YAML or TOML, by the ending of FILE or --to.

    The new file is read as the same schema; comments are lost. Without --out it is printed.

    \b
    Examples:
      shardgen convert shop.json -o shop.yaml
      shardgen convert shop.yaml --to json
    """
    from shardgen.plan.load import converted

    if out is not None and form is None:
        form = form_of(out)
    if form is None:
        raise click.UsageError("say which format: --to json, yaml or toml, or --out FILE")
    text, files = converted(schema, form)
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text)
    folders = {path.parent.resolve() for path in files[:1]}
    if len(files) > 1 and Path(out).parent.resolve() not in folders:
        names = ", ".join(path.name for path in files[1:])
        say(f"shardgen: its datasets are read from files beside {out}: copy {names} there")


@click.command()
@takes(OUT)
def init(*, out: str | None) -> None:
    """
    Write a small schema with comments, to begin with: schema.yaml, or FILE in YAML or TOML.

    \b
    Examples:
      shardgen init && shardgen run schema.yaml
      shardgen init -o shop.toml
    """
    from shardgen.cli.beginnings import BEGINNINGS
    from shardgen.schema.files.yaml_file import check_installed

    name = out or "schema.yaml"
    form = form_of(name)
    if form not in BEGINNINGS:
        raise click.UsageError("JSON has no comments: choose a FILE that ends in .yaml or .toml")
    if form == "yaml":
        check_installed(name, "or write TOML with `shardgen init -o schema.toml`")
    _write(name, BEGINNINGS[form].replace("{name}", name))
    click.echo(f"{name}: a schema of two tables; `shardgen run {name}` writes their rows")


def form_of(name: str) -> FileFormat:
    """Return the format of a file that is to be written, by its ending."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise click.UsageError(f"{name!r} ends in none of {', '.join(ENDINGS)}")
    return format_of(name)


def _write(name: str, text: str) -> None:
    """Write a new file; OutputError where there is one already, which somebody may have written."""
    try:
        with Path(name).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{name} is there already; remove it, or choose another name") from None
    except OSError as error:
        raise cannot_write(name, error) from None
