"""The commands that tell what there is: schemas, generators and the JSON Schema."""

from __future__ import annotations

import click


@click.command()
def schemas() -> None:
    """
    List the bundled schemas: name, tables, rows, description.

    \b
    Example:
      shardgen schemas
    """
    from shardgen.cli.schemas_report import schemas_report

    click.echo(schemas_report())


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
