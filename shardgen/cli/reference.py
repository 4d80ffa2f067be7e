"""The commands that tell what there is: schemas, generators and the JSON Schema."""

from __future__ import annotations

import click

from shardgen.schema.files.decoding import FileFormat


@click.command()
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(("json", "yaml", "toml")),
              envvar="SHARDGEN_SCHEMA_FORMAT", show_envvar=True,
              help="Print NAME in this format, not in that of its file.")  # fmt: skip
def schemas(name: str | None, *, form: FileFormat | None) -> None:
    """
    List the bundled schemas: name, tables, rows, description; or print NAME.

    \b
    Examples:
      shardgen schemas
      shardgen schemas saas-multitenant
      shardgen schemas example-junction --format toml
    """
    from shardgen.cli.schemas_report import schema_text, schemas_report

    if name is None and form is not None:
        raise click.UsageError("--format is of the schema NAME")
    click.echo(schemas_report() if name is None else schema_text(name, form), nl=name is None)


@click.command()
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
    from shardgen.cli.generators_report import generator_report, generators_report

    click.echo(generators_report() if name is None else generator_report(name))


@click.command("json-schema")
def json_schema() -> None:
    """
    Print the JSON Schema of the format, for editors that complete and check.

    \b
    Example:
      shardgen json-schema > shardgen.schema.json
    """
    from shardgen.cli.json_schema import json_schema_text

    click.echo(json_schema_text())
