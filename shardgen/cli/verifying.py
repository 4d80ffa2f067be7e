"""The command that compares what was written, or a database, with what a run would write."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from shardgen.cli.options import JSON, PLAN_OPTIONS, QUIET, option, takes
from shardgen.cli.streams import say
from shardgen.errors import DifferenceError
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
    from shardgen.execution.verifying.verify import Verified

QUICK = option(
    "--quick",
    is_flag=True,
    help="Look at manifests, sizes and headers alone, or count a database's rows; make no row.",
)
SAMPLE = option(
    "--sample", type=float, metavar="P", help="Compare a share P of the shards, 0 to 1."
)
RULES = option(
    "--rules",
    metavar="FILE",
    help="Queries in SQL that are to find nothing in the database, with a comment before each.",
)


@click.command()
@click.argument("target", metavar="DUMP|DIR|URL")
@click.argument("schema", required=False)
@takes(QUICK, SAMPLE, RULES, *PLAN_OPTIONS, QUIET, JSON)
@click.pass_context
def verify(
    context: click.Context,
    /,
    target: str,
    schema: str | None,
    *,
    quick: bool,
    sample: float | None,
    rules: str | None,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """
    Compare a dump, a folder or a database with what a run would write; exit with 11 if they differ.

    Rows are made again and compared, in constant memory, and the first difference is named: table,
    row, column, what was found and what was wanted. What it was made from is what its header or
    its manifest says; SCHEMA may be left out for a bundled one. Options that it does not say, such
    as --rows-per-statement, are to be those of the run; others are compared with what it says.

    A database, which says nothing of itself, is asked: SCHEMA and options are those of its load.
    Beside its rows counts, nulls, ranges, unique columns, keys and CHECKs are looked at. It is only
    read; rows to compare are in a temporary table.

    \b
    Examples:
      shardgen verify fintech-loans.sql
      shardgen verify shop.sql.zst shop.yaml --sample 0.05
      shardgen verify loans/ --quick --json
      shardgen verify postgresql://localhost/loans fintech-loans --seed 42
    """
    default = ParameterSource.DEFAULT
    given = {k: v for k, v in settings.items() if context.get_parameter_source(k) is not default}
    with signals_raise():
        found = _verified(target, schema, rules, quick=quick, sample=sample, options=given)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(found).decode())
    elif found.difference is not None:
        say(f"shardgen: {found.difference}")
    elif not quiet:
        click.echo(_report(found))
    sys.exit(0 if found.difference is None else DifferenceError.exit_code)


def _verified(target: str, schema: str | None, rules: str | None, **more: Any) -> Verified:
    """Return what is found in files, or in a database."""
    if "://" not in target:
        from shardgen.execution.verifying.verify import verify as verify_files

        if rules is not None:
            raise click.UsageError("--rules are queries for a database: name its URL")
        return verify_files(target, schema, **more)
    if schema is None:
        raise click.UsageError("a database does not say its schema: name it after the URL")
    from shardgen.execution.verifying.databases.verify_database import verify_database

    return verify_database(target, schema, rules=None if rules is None else Path(rules), **more)


def _report(found: Verified) -> str:
    there = f"the files of {found.rows:,} rows are there" if found.files else (
        f"{found.rows:,} rows are there"
    )  # fmt: skip
    how = {
        "whole": f"all {found.rows:,} rows are those of seed {found.seed}",
        "sample": f"{found.compared:,} of {found.rows:,} rows were compared, and are right",
        "quick": f"{there}; no row was compared",
    }[found.how]
    return f"{found.target}: {how} ({found.schema}, {found.format}, {found.seconds:.2f} s)"
