"""What the command line prints, as text a person reads; pure, from plans, tables and structs."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from shardgen import dump
from shardgen.dataset import table_data
from shardgen.dialects import DIALECTS
from shardgen.distributions import DISTRIBUTIONS, Distribution
from shardgen.errors import Mistake, PlanError, ShardgenError, nearest
from shardgen.generators import GENERATORS, Generator
from shardgen.load import bundled_schemas, load_schema
from shardgen.pipeline import Summary
from shardgen.plan import Options, Plan, Shard, build_plan
from shardgen.schema import Column, Schema, Table
from shardgen.tables import Tables

SAMPLE_ROWS = 512  # of a table, to estimate its bytes
PREVIEW_ROWS = 10
EXAMPLES = 3
_EXAMPLE_TYPES = ("text", "timestamp", "decimal(12,2)", "int", "boolean")


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
    schema = Schema(schema_version="1.0", name=summary.schema, database_type=(), tables=())
    return f"{wrote}\nLoad it: {DIALECTS[summary.dialect].load_hint(schema, summary.out)}"


def plan_report(tables: Tables, *, as_json: bool) -> str:
    """Return the plan as a table, or as one JSON object."""
    plan = tables.plan
    sizes = {table.name: _estimate_bytes(tables, table.name) for table in plan.tables}
    around = len(dump.head(plan)) + len(dump.foot(plan))
    if as_json:
        return json.dumps(_plan_object(plan, sizes, around), indent=2)
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


def _estimate_bytes(tables: Tables, name: str) -> int:
    """Return the bytes of a table's rows, from the middle rows of it."""
    rows = tables.plan.counts[name]
    start = max(0, rows // 2 - SAMPLE_ROWS // 2)
    stop = min(rows, start + SAMPLE_ROWS)
    size = len(tables.render(Shard(0, name, start, stop)))
    return round(size * rows / (stop - start))


def preview_report(tables: Tables, table: str | None, rows: tuple[int, int] | None) -> str:
    """Return rows of one table, or the first rows of all, each as a grid under its name."""
    counts = tables.plan.counts
    if table is not None and table not in counts:
        hint = nearest(table, counts) or f"the tables are {', '.join(counts)}"
        raise PlanError([Mistake("", f"no table {table!r} in {tables.plan.schema.name}", hint)])
    names = [table] if table is not None else list(counts)
    grids = [_preview(tables, name, rows or (0, PREVIEW_ROWS)) for name in names]
    return "\n\n".join(grids)


def _preview(tables: Tables, name: str, rows: tuple[int, int]) -> str:
    count = tables.plan.counts[name]
    start, stop = rows[0], min(rows[1], count)
    if start >= count:
        what = f"row {start} is asked for, and {name!r} has rows 0 to {count - 1}"
        raise PlanError([Mistake("", what, "choose an earlier range")])
    data = table_data(tables)[name]
    cells = [
        (str(start + n), *(_cell(row[column]) for column in data.columns))
        for n, row in enumerate(data.slice(start, stop))
    ]
    title = f"{name}: rows {start}..{stop} of {count:,}"
    return f"{title}\n{_grid(('row', *data.columns), cells, right=_numeric(tables, name))}"


def _numeric(tables: Tables, name: str) -> set[int]:
    columns = tables.bound[name].columns.values()
    numeric = {n + 1 for n, c in enumerate(columns) if c.type.family in _NUMBERS}
    return {0} | numeric


_NUMBERS = ("integer", "decimal", "float")


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def schemas_report() -> str:
    """Return the bundled schemas as a grid."""
    rows = []
    for name, path in bundled_schemas().items():
        schema = load_schema(path)
        records = sum(table.record_count for table in schema.tables)
        rows.append((name, str(len(schema.tables)), f"{records:,}", schema.description))
    return _grid(("schema", "tables", "rows", "description"), rows, right={1, 2})


def generators_report() -> str:
    """Return every generator with the first sentence of what it makes."""
    rows = [(name, _first_sentence(kind)) for name, kind in sorted(GENERATORS.items())]
    rows.append(("faker.<method>", "Any method of any Faker provider."))
    return _grid(("generator", "makes"), rows)


def _first_sentence(kind: type) -> str:
    text = " ".join(inspect.getdoc(kind).split()) if kind.__doc__ else ""  # type: ignore[union-attr]
    return text.split(". ")[0].rstrip(".") + "." if text else ""


def generator_report(name: str) -> str:
    """Return what a generator makes, its parameters with defaults, and example values."""
    kind = _generator_kind(name)
    parts = [name, inspect.getdoc(kind) or ""]
    rows = [(f.name, _type_text(f), _default_text(f)) for f in msgspec.structs.fields(kind)]
    rows += [
        ("null_probability", "number 0 to 1", "0.1 where nullable"),
        ("edge_case_probability", "number 0 to 1", "that of the run"),
    ]
    parts.append(_grid(("parameter", "type", "default"), rows))
    examples = example_values(name)
    if examples:
        parts.append("examples: " + " · ".join(examples))
    if any(f.name == "distribution" for f in msgspec.structs.fields(kind)):
        known = (f"{n}({', '.join(_parameters(d))})" for n, d in DISTRIBUTIONS.items())
        parts.append("distributions: " + ", ".join(known))
    return "\n\n".join(parts)


def _generator_kind(name: str) -> type[Generator]:
    if name.startswith("faker."):
        from shardgen.generators.faker_methods import FakerMethod

        return FakerMethod
    if name not in GENERATORS:
        hint = nearest(name, GENERATORS) or "`shardgen generators` lists all"
        raise PlanError([Mistake("", f"unknown generator {name!r}", hint)])
    return GENERATORS[name]


def _parameters(kind: type[Distribution]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind)]


def _type_text(field: msgspec.structs.FieldInfo) -> str:
    kind: Any = field.type
    while typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    text = kind.__name__ if isinstance(kind, type) else str(kind)
    for long in ("typing.", "shardgen.distributions.", "datetime.", "msgspec."):
        text = text.replace(long, "")
    return "values, plain or {value, weight}" if "Weighted" in text else text


def _default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    default = field.default
    if default is msgspec.NODEFAULT:
        default = field.default_factory()  # type: ignore[operator,misc]
    if isinstance(default, Distribution):
        name = next(n for n, kind in DISTRIBUTIONS.items() if kind is type(default))
        return name
    if isinstance(default, tuple) and default:
        return ", ".join(f"{e.value}:{e.weight:g}" for e in default if hasattr(e, "value"))
    return "" if default is None else str(default)


def example_values(name: str) -> list[str]:
    """
    Return three values that the generator makes with its defaults.

    Where a bundled schema uses it, they come from there: such a generator may need other columns.
    """
    for path in bundled_schemas().values():
        schema = load_schema(path)
        for table in schema.tables:
            for column in table.columns:
                if column.generator == name:
                    return _values(schema, table.name, column.name)
    for kind in _EXAMPLE_TYPES:
        column = Column(name="value", type=kind, generator=name)
        key = Column(name="id", type="int", primary_key=True)
        table = Table(name="examples", record_count=EXAMPLES, columns=(key, column))
        schema = Schema(
            schema_version="1.0", name="examples", database_type=("postgres",), tables=(table,)
        )
        try:
            return _values(schema, "examples", "value")
        except (ShardgenError, ValueError):
            continue
    return []


def _values(schema: Schema, table: str, column: str) -> list[str]:
    tables = Tables(build_plan(schema, Options(seed=1)))
    return [_cell(row[column]) for row in table_data(tables)[table].slice(0, EXAMPLES)]


def json_schema_text() -> str:
    """Return the JSON Schema of the format, with the parameters of every generator."""
    kinds = sorted(set(GENERATORS.values()), key=lambda kind: kind.__name__)
    (root,), parts = msgspec.json.schema_components([Schema], ref_template="#/$defs/{name}")
    _, parameters = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    for part in parameters.values():
        part.pop("additionalProperties", None)  # null_probability, and other spellings, are allowed
    column = parts["Column"]
    column["properties"]["generator"] = {
        "anyOf": [{"enum": sorted(GENERATORS)}, {"type": "string", "pattern": "^faker\\."}]
    }
    column["allOf"] = [
        {
            "if": {"properties": {"generator": {"const": name}}, "required": ["generator"]},
            "then": {
                "properties": {"generator_params": {"$ref": f"#/$defs/{GENERATORS[name].__name__}"}}
            },
        }
        for name in sorted(GENERATORS)
    ]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "shardgen schema, format 1.0",
        **root,
        "$defs": {**parameters, **parts},
    }
    return json.dumps(document, indent=2)


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows of cells in aligned columns, those at `right` to the right."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = np.array([[len(cell) for cell in line] for line in lines]).max(axis=0).tolist()
    lines.insert(1, tuple("-" * width for width in widths))
    to_right = set(right)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if n in to_right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
