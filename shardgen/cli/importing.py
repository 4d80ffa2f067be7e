"""The command `import`: a database, live or as DDL, becomes a schema."""

from __future__ import annotations

from pathlib import Path

import click

from shardgen.cli.files import form_of
from shardgen.cli.options import JSON, names_of, option, takes
from shardgen.cli.streams import say
from shardgen.errors import OutputError, cannot_write
from shardgen.schema.databases import DATABASES, DatabaseName
from shardgen.schema.files.decoding import FileFormat

SOURCE = click.argument("source")
OUT = option("-o", "--out", metavar="FILE", help="File to write.  [default: standard output]")
FORCE = option("--force", is_flag=True, help="Write over FILE, if there is one.")
MERGE = option(
    "--merge",
    metavar="FILE",
    help="Keep the generators, laws and, unless others are asked for, rows of this schema, and "
    "take over what has changed.",
)
SCHEMAS = option(
    "--schemas", multiple=True, callback=names_of, metavar="NAME,…", help="Only these schemas."
)
TABLES = option(
    "--tables",
    multiple=True,
    callback=names_of,
    metavar="NAME,…",
    help="Only these tables, and all that they refer to; * and ? match.",
)
EXCLUDE = option(
    "--exclude", multiple=True, callback=names_of, metavar="NAME,…", help="Not these tables."
)
ROWS = click.option(
    "--rows", type=click.IntRange(0), show_envvar=True,
    envvar="SHARDGEN_IMPORT_ROWS", help="Rows of each table, if its keys have room.  "
    "[default: 1000, or those of --merge]",
)  # fmt: skip
LIKE = option("--like", is_flag=True, help="As many rows as the live tables have, times --scale.")
SCALE = click.option(
    "--scale", type=click.FloatRange(0), default=1.0, show_envvar=True,
    envvar="SHARDGEN_IMPORT_SCALE", help="Multiply the rows.",
)  # fmt: skip
DIALECT = option("--dialect", type=click.Choice(DATABASES), help="Of a file of DDL.")
VIA = option(
    "--via", metavar="URL", help="Run the file in a scratch database there, and read that."
)
GUESS = option("--guess-keys", is_flag=True, help="Take foreign keys that only names tell of.")
STRICT = option("--strict", is_flag=True, help="Fail unless everything is carried as it is.")
EXPLAIN = option("--explain", is_flag=True, help="Say which rule gave which generator, and why.")


@click.command("import")
@takes(SOURCE, OUT, FORCE, MERGE, SCHEMAS, TABLES, EXCLUDE, ROWS, LIKE, SCALE, DIALECT, VIA,
       GUESS, STRICT, EXPLAIN, JSON)  # fmt: skip
def import_(
    source: str,
    *,
    out: str | None,
    force: bool,
    merge: str | None,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    exclude: tuple[str, ...],
    rows: int | None,
    like: bool,
    scale: float,
    dialect: DatabaseName | None,
    via: str | None,
    guess_keys: bool,
    strict: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """
    Write a schema that makes rows for SOURCE: a database's URL, a file of DDL, or - for one.

    The database is read and never written. What the schema does not carry as it is, and what is a
    guess, stands in its comments and in the report.

    \b
    Examples:
      shardgen import postgresql://localhost/shop -o shop.yaml
      shardgen run shop.yaml --no-ddl --format copy -o - | psql copy_of_shop
      pg_dump --schema-only shop | shardgen import - -o shop.yaml
      shardgen import mysql://root@localhost/shop --like --scale 0.01 -o small.yaml
    """
    from shardgen.cli.import_report import explanations, import_json, import_report, not_carried
    from shardgen.errors import Mistake, PlanError
    from shardgen.importing.filtering import Filters
    from shardgen.importing.imported import Sizes, import_schema
    from shardgen.importing.sources import described, is_url
    from shardgen.importing.writing import head_of, imported_text
    from shardgen.plan.load import load_schema

    if like and not is_url(source):
        what = f"--like takes the rows of a live database, and {source} is a file"
        raise PlanError([Mistake("", what, "name a database's URL, or the rows by --rows")])
    form: FileFormat = "yaml" if out is None else form_of(out)
    filters = Filters(schemas=schemas, tables=tables, exclude=exclude)
    database = described(source, filters, dialect=dialect, via=via)
    old = None if merge is None else load_schema(merge)
    sizes = Sizes(rows=rows, like=like, scale=scale)
    imported = import_schema(database, sizes, guess_keys=guess_keys, old=old)
    lost = not_carried(imported, database)
    if strict and lost:
        raise PlanError([Mistake("", what) for what in lost], database.name)
    text = imported_text(imported.schema, imported.notes, head_of(database), form, out or "-")
    if out is None:
        click.echo(text, nl=False)
    else:
        hint = "--force writes over it, --merge keeps what was changed in it"
        write(out, text, over=force or out == merge, hint=hint)
    if explain:
        say(explanations(imported))
    report = import_json if as_json else import_report
    say(report(imported, database, out))


def write(name: str, text: str, *, over: bool, hint: str) -> None:
    """Write a file; OutputError where there is one already, unless it may be written over."""
    try:
        with Path(name).open("w" if over else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{name} is there already; {hint}") from None
    except OSError as error:
        raise cannot_write(name, error) from None
