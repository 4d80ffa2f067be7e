"""
Every option of every command, declared once, and the kinds of values that options take.

An option that decides a plan has the name and the default of the field of `Options` that it sets,
as a test holds: a command hands its settings on as they are.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from typing import Any, get_args

import click

from shardgen.errors import Mistake, PlanError
from shardgen.output.endings import COMPRESSIONS
from shardgen.output.formats import FORMATS, OTHER_NAMES
from shardgen.plan.job import Existing
from shardgen.plan.plan import DEFAULT_SHARD_ROWS
from shardgen.schema.databases import DATABASES

DEFAULT_SCHEMA = "fintech-loans"

Function = Callable[..., Any]
Declaration = Callable[[Function], Function]
"""Adds an argument or an option to the function of a command."""


class RowCount(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3
    """TABLE=COUNT, as (table, count)."""

    name = "TABLE=COUNT"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        """Split at the last "=": a table's name may hold one."""
        if isinstance(value, tuple):
            return value
        table, sign, count = str(value).rpartition("=")
        if not sign or not table:
            hint = "" if _row_range(str(value)) is None else "; for rows A to B use --range"
            self.fail(f"{value!r} is not TABLE=COUNT{hint}", param, ctx)
        try:
            return table, int(count.replace("_", ""))
        except ValueError:
            self.fail(f"{count!r} in {value!r} is not a whole number", param, ctx)


class RowRange(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3
    """A..B, as (start, stop): row indices from 0, B not included."""

    name = "A..B"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Accept A..B with 0 <= A < B."""
        if isinstance(value, tuple):
            return value
        rows = _row_range(str(value))
        if rows is None or rows[0] >= rows[1]:
            self.fail(f"{value!r} is not A..B with 0 <= A < B", param, ctx)
        return rows


class Day(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3
    """
    YYYY-MM-DD, or "today" for that in UTC, as a date.

    click's own reads one by modules that nothing else needs.
    """

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: Any, ctx: Any) -> dt.date:
        """Accept a year of four digits, a month and a day; the clock is read here alone."""
        if isinstance(value, dt.date):
            return value
        if value == "today":
            return dt.datetime.now(dt.UTC).date()
        year, *rest = fields = str(value).split("-")
        if not (len(year) == 4 and len(rest) == 2 and all(map(str.isdecimal, fields))):
            self.fail(f"{value!r} is not a day as YYYY-MM-DD, nor 'today'", param, ctx)
        try:
            return dt.date(*map(int, fields))
        except (ValueError, OverflowError) as error:
            self.fail(f"{value!r} is no day: {error}", param, ctx)


class PartNumber(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3
    """K/N, or auto/N, as K/N; whether there is such a part is found out where it is made."""

    name = "K/N"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Find the number in the environment, where that is asked for."""
        del param, ctx
        from shardgen.cli.scheduler import part_number  # late: most runs make all

        return part_number(str(value), os.environ)


def _row_range(text: str) -> tuple[int, int] | None:
    """Return A and B of "A..B"; None for any other text, and for numbers of absurd length."""
    first, _, last = text.partition("..")
    if not (first.isdecimal() and last.isdecimal()):
        return None
    try:
        return int(first), int(last)
    except ValueError:  # more digits than Python converts
        return None


def names_of(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> tuple[str, ...]:
    """Return the names of a list with commas, however often it is given."""
    del context, parameter
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def count_by_table(
    _ctx: click.Context, _param: click.Parameter, pairs: Sequence[tuple[str, int]]
) -> dict[str, int]:
    """Return the rows asked for by table; PlanError when a table has two counts."""
    counts: dict[str, int] = {}
    for table, count in pairs:
        if counts.setdefault(table, count) != count:
            what = f"{counts[table]} and {count} rows of {table!r} are asked for"
            raise PlanError([Mistake("", what, "name each table once")])
    return counts


def count_there(
    context: click.Context, parameter: click.Parameter, pairs: Sequence[tuple[str, int]]
) -> dict[str, int] | None:
    """Return the rows that are there by table; None where nothing is said of any."""
    return count_by_table(context, parameter, pairs) or None


def option(*names: str, **settings: Any) -> Declaration:
    """Declare an option that an environment variable, SHARDGEN_<LONG NAME>, sets too."""
    long = next(name for name in names if name.startswith("--"))
    variable = long.split("/")[0].removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=f"SHARDGEN_{variable}", show_envvar=True, **settings)


def takes(*declarations: Declaration) -> Declaration:
    """Give a command these arguments and options, in this order."""

    def decorate(command: Function) -> Function:
        for declare in reversed(declarations):
            command = declare(command)
        return command

    return decorate


SCHEMA: Declaration = click.argument("schema", default=DEFAULT_SCHEMA, envvar="SHARDGEN_SCHEMA")

ROW_OPTIONS = (
    option("-s", "--seed", type=int, default=0, show_default=True, help="Seed of all data."),
    option("-n", "--rows", type=RowCount(), multiple=True, callback=count_by_table,
           help="Rows that a run makes of a table; repeatable."),
    option("--scale", type=float, default=1.0, show_default=True,
           help="Multiply the rows of all tables not named by --rows."),
    option("--as-of", type=Day(), default="2025-01-01", show_default=True,
           help="The day that counts as today; today is that of the clock, in UTC."),
    option("--edge-case-probability", "--edge-cases", type=float, default=0.0, metavar="P",
           show_default=True,
           help="Share of cells, 0 to 1, that take an extreme of their generator."),
)  # fmt: skip
"""What decides the values of rows."""

TABLES = option("--tables", metavar="NAME,…", multiple=True, callback=names_of,
                help="Write only these tables; keys lead to the others all the same.")  # fmt: skip
SHARD_ROWS = option("--shard-rows", type=int, default=DEFAULT_SHARD_ROWS, show_default=True,
                    help="Rows of a shard, the task of a worker; changes no byte.")  # fmt: skip
EXISTING = option("--existing", type=click.Choice(get_args(Existing)), default="new",
                  show_default=True, help="Where rows are added: keys lead to new ones, to old "
                  "ones that are there, or to all.")  # fmt: skip
PLAN_OPTIONS = (
    *ROW_OPTIONS,
    TABLES,
    option("--dialect", type=click.Choice(DATABASES),
           help="Database to write for.  [default: the schema's first database_type]"),
    option("--format", type=click.Choice([*FORMATS, *OTHER_NAMES]),
           help="INSERT statements, COPY (PostgreSQL only), or files of tables: CSV, TSV, JSON "
           "lines.  [default: by the ending of --out, or sql]"),
    option("--compress", type=click.Choice(COMPRESSIONS),
           help="How files are compressed.  [default: by the ending of --out, or none]"),
    option("--null", metavar="WORD",
           help="What stands for NULL in CSV and TSV.  [default: an empty field, without quotes]"),
    option("--file-rows", type=int, metavar="N",
           help="A file for each N rows of a table: orders/00000.csv.  [default: one for all]"),
    option("--rows-per-statement", type=int, default=1000, show_default=True,
           help="Rows of an INSERT statement, and no more than have 1 MB."),
    option("--ddl/--no-ddl", default=True, show_default=True,
           help="Create the tables, or only fill them."),
    option("--triggers/--no-triggers", default=True, show_default=True,
           help="Let triggers of tables that are there run, or switch them off meanwhile; "
           "PostgreSQL alone can."),
    option("--there", type=RowCount(), multiple=True, callback=count_there,
           help="Rows that a table has already: those of the run come after them; repeatable."),
    EXISTING,
    SHARD_ROWS,
)  # fmt: skip
"""What decides a dump's bytes, and its shards."""

OUT = option(
    "-o",
    "--out",
    help="File or folder to write, with {date}, {seed} and {schema} in its name; - is standard "
    "output, and the report goes to standard error.  [default: <schema name>.sql]",
)
WORKERS = option("-w", "--workers", type=int, help="Worker processes.  [default: the usable CPUs]")
KEEP_SHARDS = option("--keep-shards", is_flag=True, help="Leave the shard files in <out>.shards/.")
RESUME = option(
    "--resume",
    is_flag=True,
    help="Go on with a run that was broken off: shards of it that are whole are kept; where this "
    "one is broken off, its shards stay.",
)
START_METHOD = option(
    "--start-method",
    type=click.Choice(["fork", "forkserver", "spawn"]),
    help="How worker processes start.  [default: fork where that is safe]",
)
IF_LOCKED = option(
    "--if-locked",
    type=click.Choice(["wait", "fail"]),
    default="wait",
    show_default=True,
    help="What to do where another run writes to the same file or folder.",
)
LOG = option(
    "--log",
    metavar="FILE",
    help="Append a line for each event to FILE; - is standard error.  [default: no log]",
)
LOG_FORMAT = option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the lines of the log are written.",
)
PART = option(
    "--part",
    type=PartNumber(),
    help="Make one part of so many, as 3/16, into files of its own in the folder --out; auto/16 "
    "takes its number from the scheduler: Kubernetes, Slurm, AWS Batch, Cloud Run.",
)
ENGINE = option(
    "--engine",
    metavar="ENGINE",
    help="Who makes the shards instead of worker processes: ray, dask, or one that runs, at"
    " ray://HOST:10001 or dask://HOST:8786.",
)
QUIET = option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
JSON = option("--json", "as_json", is_flag=True, help="The report as JSON, and an error too.")
STRICT = option("--strict", is_flag=True, help="Take warnings for mistakes, and refuse them.")
EXPLAIN = option(
    "--explain", is_flag=True, help="Show which rule gave a generator to each column without one."
)
TABLE: Declaration = click.argument("table", required=False)
RANGE = option(
    "--range",
    "row_range",
    type=RowRange(),
    help="Rows A to B, counted from 0, B not included.  [default: the first 10]",
)
