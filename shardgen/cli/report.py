"""What the command line prints, as text a person reads; pure, from plans, tables and structs."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import InputError, Mistake, PlanError, nearest
from shardgen.execution.pipeline import Summary
from shardgen.generators.context import GENERATORS, Generator
from shardgen.generators.parameters import ParametersError, generator_kind
from shardgen.generators.plugins import load_plugins
from shardgen.output.sql import dump
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import Options, Plan, Shard, build_plan
from shardgen.plan.source import Source
from shardgen.random.distributions import DISTRIBUTIONS, Distribution
from shardgen.schema.messages import type_arms
from shardgen.schema.model import Column, Schema, Table

SAMPLE_ROWS = 512  # of a table, to estimate its bytes
PREVIEW_ROWS = 10
EXAMPLES = 3
EXAMPLE_ROWS = 50  # enough for three that are not null
_EXAMPLE_TYPES = ("text", "timestamp", "decimal(12,2)", "int", "boolean")
_EXAMPLE_PARAMETERS: dict[str, dict[str, Any]] = {
    **{
        name: {"values": [{"value": "shipped", "weight": 3}, {"value": "returned", "weight": 1}]}
        for name in ("enum", "weighted", "choice")
    },
    "constant": {"value": "EUR"},
    "expression": {"expression": "'A-' || lpad(row_number, 4)"},
    "date_between": {"start_date": "2024-01-01", "end_date": "2024-12-31"},
    "timestamp_between": {"start_date": "2024-01-01", "end_date": "2024-12-31"},
}
"""What examples are made with, for generators that cannot do without parameters."""


def summary_lines(summary: Summary) -> str:
    """Return what was written, how fast, and how to load it."""
    seconds = max(summary.seconds, 1e-9)
    out = "standard output" if summary.out == "-" else summary.out
    speed = f"{summary.rows / seconds:,.0f} rows/s, {summary.bytes / seconds / 1e6:,.1f} MB/s"
    wrote = (
        f"Wrote {out}: {summary.rows:,} rows, {summary.bytes:,} bytes "
        f"in {summary.seconds:.2f} s ({speed})"
    )
    if summary.out == "-":
        return wrote
    return (
        f"{wrote}\nLoad it: {DIALECTS[summary.dialect].load_command(summary.schema, summary.out)}"
    )


def plan_report(tables: Source, *, as_json: bool) -> str:
    """Return the plan as a table, or as one JSON object."""
    plan = tables.plan
    sizes = {table.name: _estimate_bytes(tables, table.name) for table in plan.tables}
    around = len(dump.head(plan)) + len(dump.foot(plan))
    if as_json:
        return _json(_plan_object(plan, sizes, around))
    rows = [
        (
            table.name,
            f"{table.rows:,}",
            f"{table.keys.column} {table.keys.first}..{table.keys.last}" if table.keys else "",
            ", ".join(table.parents),
            f"{-(-table.rows // plan.shard_rows):,}",
            f"{sizes[table.name]:,}",
        )
        for table in plan.tables
    ]
    head = ("table", "rows", "keys", "parents", "shards", "about bytes")
    total = f"{plan.rows:,} rows, {plan.shard_count():,} shards, about "
    total += f"{sum(sizes.values()) + around:,} bytes of {DIALECTS[plan.dialect].title} SQL"
    facts = f"seed {plan.seed}, as of {plan.as_of}"
    return f"{_grid(head, rows, right={1, 4, 5})}\n\n{total} ({facts})"


def _plan_object(plan: Plan, sizes: dict[str, int], around: int) -> dict[str, Any]:
    return {
        "schema": plan.schema.name,
        "dialect": plan.dialect,
        "format": plan.format,
        "seed": plan.seed,
        "as_of": plan.as_of.isoformat(),
        "rows": plan.rows,
        "shards": plan.shard_count(),
        "estimated_bytes": sum(sizes.values()) + around,
        "tables": [
            {
                "name": table.name,
                "rows": table.rows,
                "keys": None if table.keys is None else msgspec.to_builtins(table.keys),
                "parents": list(table.parents),
                "shards": -(-table.rows // plan.shard_rows),
                "estimated_bytes": sizes[table.name],
            }
            for table in plan.tables
        ],
    }


def _estimate_bytes(tables: Source, name: str) -> int:
    """Return the bytes of a table's rows, from the middle rows of it."""
    rows = tables.plan.counts[name]
    start = max(0, rows // 2 - SAMPLE_ROWS // 2)
    stop = min(rows, start + SAMPLE_ROWS)
    size = sum(map(len, tables.render(Shard(0, name, start, stop))))
    return round(size * rows / (stop - start))


def preview_report(tables: Source, table: str | None, rows: tuple[int, int] | None) -> str:
    """Return rows of one table, or the first rows of all, each as a grid under its name."""
    counts = tables.plan.counts
    if table is not None and table not in counts:
        hint = nearest(table, counts) or f"the tables are {', '.join(counts)}"
        raise PlanError([Mistake("", f"no table {table!r} in {tables.plan.schema.name}", hint)])
    names = [table] if table is not None else list(counts)
    grids = [_preview(tables, name, rows or (0, PREVIEW_ROWS)) for name in names]
    return "\n\n".join(grids)


def _preview(tables: Source, name: str, rows: tuple[int, int]) -> str:
    count = tables.plan.counts[name]
    start, stop = rows[0], min(rows[1], count)
    if start >= count:
        what = f"row {start} is asked for, and {name!r} has rows 0 to {count - 1}"
        raise PlanError([Mistake("", what, "choose an earlier range")])
    columns = [column.name for column in tables.plan.schema.table(name).columns]
    cells = _cells(tables, name, columns, start, stop)
    numbered = [(str(start + n), *row) for n, row in enumerate(cells)]
    title = f"{name}: rows {start}..{stop} of {count:,}"
    return f"{title}\n{_grid(('row', *columns), numbered, right=_numeric(tables, name))}"


def _cells(
    tables: Source, name: str, columns: Sequence[str], start: int, stop: int
) -> Iterable[tuple[str, ...]]:
    """Return rows of a table as they stand in a dump, but for quotes."""
    batch = tables.batch(name, start, stop)
    made = []
    for column in columns:
        values, null = batch.column(column).python(), batch.null(column)
        nulls = [False] * len(values) if null is None else null.tolist()
        made.append([None if n else v for v, n in zip(values, nulls, strict=True)])
    return (tuple(map(_cell, row)) for row in zip(*made, strict=True))


def _numeric(tables: Source, name: str) -> set[int]:
    columns = tables.bound[name].columns.values()
    numeric = {n + 1 for n, c in enumerate(columns) if c.type.family in _NUMBERS}
    return {0} | numeric


_NUMBERS = ("integer", "decimal", "float")


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def schemas_report() -> str:
    """Return the bundled schemas as a grid: whole ones, then those that teach one idea each."""
    rows = []
    for name, path in bundled_schemas().items():
        schema = load_schema(path)
        records = sum(table.record_count for table in schema.tables)
        about = schema.description.split(". ")[0].rstrip(".")
        rows.append((name, str(len(schema.tables)), f"{records:,}", about))
    return _grid(("schema", "tables", "rows", "description"), rows, right={1, 2})


def generators_report() -> str:
    """Return every generator, those of plugins included, with what it makes in a sentence."""
    broken = load_plugins()
    rows = [(name, _first_sentence(kind)) for name, kind in sorted(GENERATORS.items())]
    rows.append(("faker.<method>", "Any method of any Faker provider."))
    return "\n".join([_grid(("generator", "makes"), rows), *([""] if broken else []), *broken])


def _first_sentence(kind: type) -> str:
    text = " ".join(inspect.getdoc(kind).split()) if kind.__doc__ else ""  # type: ignore[union-attr]
    return text.split(". ")[0].rstrip(".") + "." if text else ""


def generator_report(name: str) -> str:
    """Return what a generator makes, its parameters with defaults, and example values."""
    try:
        kind = generator_kind(name)
    except ParametersError as error:
        _, what, hint = error.faults[0]
        raise PlanError([Mistake("", what, hint)]) from None
    parts = [name, inspect.getdoc(kind) or "", _grid(*parameter_rows(kind))]
    examples, reason = example_values(name)
    parts.append("examples: " + (" · ".join(examples) or f"none ({reason})"))
    if any(f.name == "distribution" for f in msgspec.structs.fields(kind)):
        known = (f"{n}({', '.join(_parameters(d))})" for n, d in DISTRIBUTIONS.items())
        parts.append("distributions: " + ", ".join(known))
    return "\n\n".join(parts)


def parameter_rows(kind: type[Generator]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the head and the rows of a table of a generator's parameters."""
    fields = [f for f in msgspec.structs.fields(kind) if f.name != "method"]  # method: its name
    rows: list[tuple[str, ...]] = [(f.name, _type_text(f), _default_text(f)) for f in fields]
    rows += [
        ("null_probability", "number 0 to 1", "0.1 where nullable"),
        ("edge_case_probability", "number 0 to 1", "that of the run"),
    ]
    return ("parameter", "type", "default"), rows


def _parameters(kind: type[Distribution]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind)]


_TYPE_WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false"}


def _type_text(field: msgspec.structs.FieldInfo) -> str:
    """Return a parameter's type in words, such as `whole number 0 to 150`."""
    if "Weighted" in str(field.type):
        return "values, plain or {value, weight}"
    arms = [_arm_text(arm) for arm in type_arms(field.type)]
    return " or ".join(arm for arm in arms if arm)


def _arm_text(arm: Any) -> str:
    limits = [m for m in getattr(arm, "__metadata__", ()) if isinstance(m, msgspec.Meta)]
    kind = arm.__origin__ if limits else arm
    if typing.get_origin(kind) is typing.Literal:
        return " | ".join(map(str, typing.get_args(kind)))
    kind = typing.get_origin(kind) or kind
    if kind is type(None):
        return ""
    text = _TYPE_WORDS.get(kind, "object" if kind is dict else kind.__name__.lower())
    return " ".join([text, *(limit for m in limits if (limit := _limit_text(m)))])


def _limit_text(meta: msgspec.Meta) -> str:
    if meta.ge is not None and meta.le is not None:
        return f"{meta.ge:g} to {meta.le:g}"
    words = (("above", meta.gt), ("from", meta.ge), ("to", meta.le), ("below", meta.lt))
    bounds = [f"{word} {limit:g}" for word, limit in words if limit is not None]
    if meta.max_length is not None:
        bounds.append(f"of at most {meta.max_length} characters")
    return " ".join(bounds)


def _default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    default = field.default
    if default is msgspec.NODEFAULT:
        default = field.default_factory()
    if isinstance(default, Distribution):
        return _distribution_text(default)
    if isinstance(default, tuple) and default:
        return ", ".join(f"{e.value}:{e.weight:g}" for e in default if hasattr(e, "value"))
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default in ({}, ()) else str(default)


def _distribution_text(distribution: Distribution) -> str:
    """Return a distribution as it would be called: `normal(mean=680, std_dev=80)`."""
    name = next(n for n, kind in DISTRIBUTIONS.items() if kind is type(distribution))
    values = msgspec.to_builtins(distribution)
    if ranges := values.pop("ranges", None):
        parts = [f"{r['min']:g}–{r['max']:g}:{r['weight']:g}" for r in ranges]
    else:
        parts = [f"{field}={value:g}" for field, value in values.items()]
    return f"{name}({', '.join(parts)})" if parts else name


def example_values(name: str) -> tuple[list[str], str]:
    """
    Return three values that the generator makes with its defaults, or none and the reason.

    Where a bundled schema uses it, they come from there: such a generator may need other columns.
    """
    for path in bundled_schemas().values():
        for table in _loaded(path).tables:
            for column in table.columns:
                if column.generator == name:
                    return _values(_bound(path), table.name, column.name), ""
    reason = ""
    for kind in _EXAMPLE_TYPES:
        try:
            schema = load_schema(_example_schema(name, kind))
            tables = Source.bind(build_plan(schema, Options(seed=1)))
            return _values(tables, "examples", "value"), ""
        except InputError as error:
            reason = reason or error.mistakes[0].what
    return [], reason


def _example_schema(name: str, kind: str) -> Schema:
    parameters = _EXAMPLE_PARAMETERS.get(name, {})
    column = Column(name="value", type=kind, generator=name, generator_params=parameters)
    key = Column(name="id", type="int", primary_key=True)
    table = Table(name="examples", record_count=EXAMPLES, columns=(key, column))
    return Schema(
        schema_version="1.0", name="examples", database_type=("postgres",), tables=(table,)
    )


@cache
def _loaded(path: Path) -> Schema:
    return load_schema(path)


@cache
def _bound(path: Path) -> Source:
    return Source.bind(build_plan(_loaded(path), Options(seed=1)))


def _values(tables: Source, table: str, column: str) -> list[str]:
    stop = min(EXAMPLE_ROWS, tables.plan.counts[table])
    cells = (cell for (cell,) in _cells(tables, table, [column], 0, stop))
    return list(islice((cell for cell in cells if cell != "NULL"), EXAMPLES))


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows of cells in aligned columns, those at `right` to the right."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    to_right = set(right)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if n in to_right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
