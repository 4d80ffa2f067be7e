"""The commands that look at a schema and write nothing: plan, preview and check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from shardgen.cli.options import JSON, PLAN_OPTIONS, RANGE, ROW_OPTIONS, SCHEMA, TABLE, takes
from shardgen.cli.streams import say
from shardgen.errors import SchemaError

if TYPE_CHECKING:
    from shardgen.plan.source import Source


@click.command()
@takes(SCHEMA, *PLAN_OPTIONS, JSON)
def plan(schema: str, *, as_json: bool, **settings: Any) -> None:
    """
    Show what a run of SCHEMA would make: tables in order, rows, keys, shards, bytes.

    \b
    Examples:
      shardgen plan --scale 1000
      shardgen plan my-schema.json -n orders=50000 --json
    """
    from shardgen.cli.plan_report import plan_json, plan_report

    report = plan_json if as_json else plan_report
    click.echo(report(_source(schema, settings)))


@click.command()
@takes(SCHEMA, TABLE, RANGE, *ROW_OPTIONS)
def preview(
    schema: str, table: str | None, row_range: tuple[int, int] | None, **settings: Any
) -> None:
    """
    Show the first rows of TABLE, or of all tables: the very rows of a full run.

    \b
    Examples:
      shardgen preview
      shardgen preview fintech-loans payments --range 3000..3010 --seed 42
      shardgen preview fintech-loans payments --rows loans=500
    """  # fmt: skip
    from shardgen.cli.preview_report import preview_report

    click.echo(preview_report(_source(schema, settings), table, row_range))


@click.command()
@click.argument("schemas", nargs=-1, required=True, metavar="SCHEMA...")
def check(schemas: tuple[str, ...]) -> None:
    """
    Report every mistake in each SCHEMA; exit with 3 when there is one.

    \b
    Example:
      shardgen check my-schema.json
    """
    from shardgen.plan.load import find_mistakes

    wrong = False
    for name in schemas:
        mistakes = find_mistakes(name)
        wrong |= bool(mistakes)
        if mistakes:
            say(f"shardgen: {SchemaError(mistakes, name)}")
        else:
            click.echo(f"{name}: no mistakes")
    sys.exit(SchemaError.exit_code if wrong else 0)


def _source(schema: str, settings: dict[str, Any]) -> Source:
    """Return the tables of the plan for a schema and the options of a command."""
    from shardgen.plan.load import load_schema
    from shardgen.plan.plan import Options, build_plan
    from shardgen.plan.source import Source

    return Source.bind(build_plan(load_schema(schema), Options(**settings)))
