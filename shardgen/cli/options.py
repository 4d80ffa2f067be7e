"""What the commands share: options, and the kinds of values that these take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shardgen.errors import Mistake, PlanError

if TYPE_CHECKING:
    from shardgen.plan.plan import Options

F = TypeVar("F", bound=Callable[..., Any])


class RowCount(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3
    """TABLE=COUNT, as (table, count)."""

    name = "TABLE=COUNT"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        """Split at the last "=": a table's name may hold one."""
        if isinstance(value, tuple):
            return value
        table, sign, count = str(value).rpartition("=")
        if not sign or not table:
            self.fail(f"{value!r} is not TABLE=COUNT", param, ctx)
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
        first, _, last = str(value).partition("..")
        try:
            start, stop = int(first), int(last)
        except ValueError:
            start = stop = 0
        if not (first.isdecimal() and last.isdecimal() and start < stop):
            self.fail(f"{value!r} is not A..B with 0 <= A < B", param, ctx)
        return start, stop


class Day(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3
    """YYYY-MM-DD, as a date; click's own reads one by modules that nothing else needs."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: Any, ctx: Any) -> dt.date:
        """Accept a year of four digits, a month and a day."""
        if isinstance(value, dt.date):
            return value
        year, *rest = fields = str(value).split("-")
        if not (len(year) == 4 and len(rest) == 2 and all(map(str.isdecimal, fields))):
            self.fail(f"{value!r} is not a day as YYYY-MM-DD", param, ctx)
        try:
            return dt.date(*map(int, fields))
        except (ValueError, OverflowError) as error:
            self.fail(f"{value!r} is no day: {error}", param, ctx)


def option(*names: str, variable: str = "", **settings: Any) -> Callable[[F], F]:
    """Declare an option that an environment variable, by default SHARDGEN_<NAME>, sets too."""
    long = next(name for name in names if name.startswith("--"))
    name = variable or long.split("/")[0].removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=f"SHARDGEN_{name}", show_envvar=True, **settings)


def plan_options(command: F) -> F:
    """Add the options that decide a dump's bytes and its shards."""
    options = (
        option("-s", "--seed", type=int, default=0, show_default=True, help="Seed of all data."),
        option("-n", "--rows", type=RowCount(), multiple=True, help="Rows of a table; repeatable."),
        option("--scale", type=float, default=1.0, show_default=True,
               help="Multiply the rows of all tables not named by --rows."),
        option("--dialect", type=click.Choice(["postgres", "mysql", "sqlite"]),
               help="Database to write for.  [default: the schema's first database_type]"),
        option("--format", "form", type=click.Choice(["insert", "copy"]), default="insert",
               show_default=True, help="INSERT statements, or COPY (PostgreSQL only)."),
        option("--rows-per-statement", type=int, default=1000, show_default=True,
               help="Rows of an INSERT statement."),
        option("--as-of", type=Day(), default="2025-01-01",
               show_default=True, help="The day that counts as today."),
        option("--ddl/--no-ddl", default=True, show_default=True,
               help="Create the tables, or only fill them."),
        option("--shard-rows", type=int, default=65_536, show_default=True,
               help="Rows of a shard, the task of a worker; changes no byte."),
        option("--edge-case-probability", "--edge-cases", type=float, default=0.0, metavar="P", show_default=True,
               help="Share of cells, 0 to 1, that take an extreme of their generator."),
    )  # fmt: skip
    for decorate in reversed(options):
        command = decorate(command)
    return command


def options_from(settings: dict[str, Any]) -> Options:
    """Return the plan's options from click's arguments, taking them out of `settings`."""
    from shardgen.plan.plan import Options

    return Options(
        rows=row_counts(settings.pop("rows")),
        scale=settings.pop("scale"),
        seed=settings.pop("seed"),
        as_of=settings.pop("as_of"),
        dialect=settings.pop("dialect"),
        format=settings.pop("form"),
        rows_per_statement=settings.pop("rows_per_statement"),
        ddl=settings.pop("ddl"),
        edge_case_probability=settings.pop("edge_case_probability"),
        shard_rows=settings.pop("shard_rows"),
    )


def row_counts(pairs: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Return the rows asked for by table, each of which may be named once."""
    counts: dict[str, int] = {}
    for table, count in pairs:
        if counts.setdefault(table, count) != count:
            what = f"{counts[table]} and {count} rows of {table!r} are asked for"
            raise PlanError([Mistake("", what, "name each table once")])
    return counts
