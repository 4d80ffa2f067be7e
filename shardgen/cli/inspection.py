"""The commands that look at a schema and write nothing: plan, preview and check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from shardgen.cli.failures import placed_mistakes
from shardgen.cli.options import (
    EXPLAIN,
    JSON,
    PLAN_OPTIONS,
    RANGE,
    ROW_OPTIONS,
    SCHEMA,
    STRICT,
    TABLE,
    takes,
)
from shardgen.cli.streams import say
from shardgen.cli.warnings_report import show_warnings
from shardgen.errors import SchemaError

if TYPE_CHECKING:
    from shardgen.plan.inferred import Choice
    from shardgen.plan.load import Findings
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

    report, source = plan_json if as_json else plan_report, _source(schema, settings)
    show_warnings(source.warnings)
    click.echo(report(source))


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
@takes(STRICT, EXPLAIN, JSON)
def check(schemas: tuple[str, ...], *, strict: bool, explain: bool, as_json: bool) -> None:
    """
    Report every mistake in each SCHEMA, and what has no effect; exit with 3 for a mistake.

    \b
    Examples:
      shardgen check my-schema.json
      shardgen check --explain my-schema.json
      shardgen check --strict --json my-schema.json
    """
    from shardgen.plan.load import explain_schema, inspect_schema

    found, choices = {}, {}
    for name in schemas:
        findings = found[name] = _strictly(inspect_schema(name)) if strict else inspect_schema(name)
        if explain:
            choices[name] = explain_schema(name)
        if not as_json:
            _show_findings(name, findings)
            _show_choices(choices.get(name))
    if as_json:
        entries = [
            _entry(name, findings) | ({"inferred": choices[name]} if explain else {})
            for name, findings in found.items()
        ]
        click.echo(msgspec.json.encode(entries).decode())
    sys.exit(SchemaError.exit_code if any(f.mistakes for f in found.values()) else 0)


def _entry(name: str, findings: Findings) -> dict[str, Any]:
    """Return the findings with the line of each mistake, where it is in one."""
    mistakes = placed_mistakes(findings.mistakes, findings.lines)
    return {"schema": name, "mistakes": mistakes, "warnings": findings.warnings}


def _strictly(findings: Findings) -> Findings:
    """Return the warnings as mistakes."""
    more = (warning.as_mistake() for warning in findings.warnings)
    mistakes = (*findings.mistakes, *more)
    lines = (*findings.lines, *[0] * (len(mistakes) - len(findings.lines)))
    return msgspec.structs.replace(findings, mistakes=mistakes, warnings=(), lines=lines)


def _show_findings(name: str, findings: Findings) -> None:
    show_warnings(findings.warnings, name)
    if findings.mistakes:
        say(f"shardgen: {SchemaError(findings.mistakes, name, (), findings.lines)}")
    else:
        count = len(findings.warnings)
        noted = "" if not count else ", 1 warning" if count == 1 else f", {count} warnings"
        click.echo(f"{name}: no mistakes{noted}")


def _show_choices(choices: tuple[Choice, ...] | None) -> None:
    """Print how columns without a generator got theirs; nothing where it was not asked for."""
    if choices is None:
        return
    from shardgen.cli.explain_report import explain_report

    click.echo(f"\n{explain_report(choices)}\n")


def _source(schema: str, settings: dict[str, Any]) -> Source:
    """Return the tables of the plan for a schema and the options of a command."""
    from shardgen.plan.load import load_schema, located
    from shardgen.plan.plan import Options, build_plan
    from shardgen.plan.source import Source

    with located(schema):
        return Source.bind(build_plan(load_schema(schema), Options(**settings)))
