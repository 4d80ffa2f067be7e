"""A schema described: what a run will make, or a smaller run of the same schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import PlanError
from shardgen.execution.description.description import Description, Promise
from shardgen.execution.description.measuring import Measurer
from shardgen.execution.description.queries import DIALECTS, Queries
from shardgen.execution.description.rules import broken_rules
from shardgen.execution.description.shapes import TableShape, shapes_of_catalog
from shardgen.execution.description.staging import Stage, stage
from shardgen.plan.load import SchemaSource, find_schema, load_schema, located
from shardgen.plan.plan import Options, Plan, build_plan
from shardgen.plan.source import Source
from shardgen.tables.batch import BATCH_ROWS
from shardgen.tables.python_values import column_values

SAMPLE_ROWS = 100_000
"""Rows of a sample, where a plan has more."""
_MORE = 4  # times the rows, where a smaller run is not possible
_SMALL = 1000  # rows of a table that is made whole


def describe_schema(
    schema: SchemaSource,
    options: Options,
    *,
    sample_rows: int = SAMPLE_ROWS,
    like: Description | None = None,
) -> Description:
    """
    Return what a run of a schema makes, of all its rows or of about `sample_rows`.

    A sample is a run of fewer rows: keys lead to their parents there too. SchemaError or PlanError
    where there can be no such run. The rules that lie beside a schema's file are looked at where
    all rows are.
    """
    with located(schema):
        loaded = load_schema(schema)
        whole = build_plan(loaded, options)
        source = _sampled(loaded, options, whole, sample_rows)
    plan = source.plan
    database = plan.databases[0]
    shapes = {name: _with_plan(s, source, whole) for name, s in _shapes(plan, database).items()}
    with stage() as staged:
        for name, shape in shapes.items():
            staged.fill(shape, _rows(source, shape, plan.counts[name]))
        staged.index(shapes)
        measurer = Measurer(staged.ask, Queries(DIALECTS["sqlite"]), shapes, like)
        tables = measurer.tables()
        promises = (*measurer.promises(tables), *_rules(schema, plan, whole, staged))
    sample = ""
    if plan.rows != whole.rows:
        sample = f"a sample: a run of {plan.rows:,} rows of the {whole.rows:,} asked for"
    return Description(
        name=loaded.name,
        source="schema",
        origin=str(schema) if isinstance(schema, (str, Path)) else loaded.name,
        about=f"What a run will make, at seed {plan.seed} and as of {plan.as_of}.",
        tables=tables,
        promises=promises,
        sample=sample,
        notes=(loaded.description,) if loaded.description else (),
    )


def _shapes(plan: Plan, database: str) -> dict[str, TableShape]:
    shapes = shapes_of_catalog(plan.catalog.as_written, database)
    written = {name: shapes[name] for name in plan.counts}
    return {
        name: msgspec.structs.replace(
            shape, keys=tuple(key for key in shape.keys if key.table in written)
        )
        for name, shape in written.items()
    }


def _with_plan(shape: TableShape, source: Source, whole: Plan) -> TableShape:
    """Return the shape with the rows that a whole run has, and which checks are held."""
    held = {check.text for check in source.bound[shape.name].checks}
    checks = (msgspec.structs.replace(c, holds=c.text in held) for c in shape.checks)
    return msgspec.structs.replace(shape, planned=whole.counts[shape.name], checks=tuple(checks))


def _sampled(loaded: Any, options: Options, whole: Plan, sample_rows: int) -> Source:
    """Return the whole run, or the smallest of about so many rows or more that there can be."""
    wanted = sample_rows
    while wanted < whole.rows:
        share = wanted / whole.rows
        rows = {
            name: max(min(count, _SMALL), round(count * share))
            for name, count in whole.counts.items()
        }
        try:
            fewer = msgspec.structs.replace(options, rows={**options.rows, **rows})
            return Source.bind(build_plan(loaded, fewer))
        except PlanError:
            wanted *= _MORE
    return Source.bind(whole)


def _rows(source: Source, shape: TableShape, count: int) -> Iterator[tuple[Any, ...]]:
    names = [column.name for column in shape.columns]
    for start in range(0, count, BATCH_ROWS):
        batch = source.batch(shape.name, start, min(start + BATCH_ROWS, count))
        yield from zip(*(column_values(batch, name) for name in names), strict=True)


def _rules(schema: SchemaSource, plan: Plan, whole: Plan, staged: Stage) -> Iterator[Promise]:
    """Yield the rules that lie beside a schema's file, and what breaks them."""
    if not isinstance(schema, (str, Path)) or plan.rows != whole.rows:
        return
    path = find_schema(schema).with_suffix(".rules.sql")
    if path.is_file():
        yield from broken_rules(path.read_text(encoding="utf-8"), plan.as_of, staged)
