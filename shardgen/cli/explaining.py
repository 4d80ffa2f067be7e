"""The command that says why a cell has its value."""

from __future__ import annotations

from typing import Any

import click

from shardgen.cli.options import JSON, ROW_OPTIONS, takes


@click.command()
@click.argument("schema")
@click.argument("table")
@click.argument("row", type=int)
@click.argument("column", required=False)
@takes(*ROW_OPTIONS, JSON)
def explain(
    schema: str, table: str, row: int, column: str | None, *, as_json: bool, **settings: Any
) -> None:
    """
    Say why a cell has its value: COLUMN of ROW, counted from 0, or briefly all columns.

    Said are the generator with its parameters and its law, the parents that keys lead to and how
    they were drawn, the cells that a value is made from, nulls, uniqueness, the random streams, and
    how many children lead to the row. Options are those of the run that is asked about.

    \b
    Examples:
      shardgen explain fintech-loans loans 17
      shardgen explain fintech-loans loans 17 borrower_id --seed 42
      shardgen explain shop.yaml orders 0 total --rows orders=50000 --json
    """
    from shardgen.cli.explanation_report import explanation_report
    from shardgen.plan.explaining.explain import Explainer
    from shardgen.plan.load import load_schema, located
    from shardgen.plan.plan import Options, build_plan

    with located(schema):
        plan = build_plan(load_schema(schema), Options(**settings))
        explanation = Explainer(plan).explain(table, row, column)
    if as_json:
        import msgspec

        made = msgspec.json.encode(explanation, enc_hook=str)
        click.echo(msgspec.json.format(made, indent=2).decode())
    else:
        click.echo(explanation_report(explanation, is_brief=column is None))
