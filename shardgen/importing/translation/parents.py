"""Conditions on the rows that keys lead to → the `where` of those keys."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from shardgen.importing.checks.condition import Condition, Constant, columns_of
from shardgen.importing.checks.limits import Limits
from shardgen.importing.checks.ranges import UnmetError, quoted
from shardgen.importing.checks.solving import Solution
from shardgen.importing.checks.surroundings import Parent, Surroundings, led_to
from shardgen.importing.described import Database, Function
from shardgen.importing.translation.selection import Selection
from shardgen.plan.job import DEFAULT_AS_OF
from shardgen.schema import model
from shardgen.schema.catalog import Catalog

ParentLimits = Mapping[str, Mapping[str, Limits]]
"""What the columns of a key's parent are limited to, by the key and the column."""


def surroundings(made: model.Table, selection: Selection, database: Database) -> Surroundings:
    """Return what the conditions of a table may read beside its rows."""
    parents: dict[str, list[Parent]] = {}
    for column in made.columns:
        key = column.foreign_key
        if key is not None:
            table = selection.tables[key.table]
            names = {each.name.lower(): each.name for each in table.columns}
            found = Parent(key=column.name, end=key.column, columns=names)
            parents.setdefault(table.name.name.lower(), []).append(found)
    functions: dict[str, list[Function]] = {}
    for function in database.functions:
        functions.setdefault(function.name.lower(), []).append(function)
    return Surroundings(
        functions={name: tuple(each) for name, each in functions.items()},
        parents={name: tuple(each) for name, each in parents.items()},
    )


def parent_columns(
    made: model.Table, catalog: Catalog, conditions: Iterable[Condition]
) -> dict[str, model.Column]:
    """Return the columns of parents that conditions read, by what these call them."""
    tables = {table.name: table for table in catalog.schema.tables}
    keys = {c.name: c.foreign_key for c in made.columns if c.foreign_key is not None}
    found: dict[str, model.Column] = {}
    for name in sorted({name for each in conditions for name in columns_of(each)}):
        ends = led_to(name)
        if ends is not None:
            parent = tables[keys[ends[0]].table]
            found[name] = next(c for c in parent.columns if c.name == ends[1])
    return found


def without_parents(solution: Solution) -> tuple[Solution, ParentLimits]:
    """Return a solution for the columns of the table alone, and the limits of parents' columns."""
    own: dict[str, Limits] = {}
    found: dict[str, dict[str, Limits]] = {}
    for name, limits in solution.limits.items():
        ends = led_to(name)
        if ends is None:
            own[name] = limits
        else:
            found.setdefault(ends[0], {})[ends[1]] = limits
    return msgspec.structs.replace(solution, limits=own), found


def led(table: model.Table, limits: ParentLimits) -> tuple[model.Table, list[str]]:
    """Return a table whose keys lead to rows that keep limits alone, and what cannot be kept."""
    columns = {column.name: column for column in table.columns}
    problems: list[str] = []
    for name, by_column in limits.items():
        column = columns[name]
        key = column.foreign_key
        if key is None:  # it is always null
            continue
        try:
            if key.where is not None:
                raise UnmetError("it leads to given rows for another condition")  # noqa: TRY301
            parts = [part for end, each in by_column.items() for part in _parts(end, each)]
        except UnmetError as error:
            problems.append(f"{name}: {error}")
            continue
        led_key = msgspec.structs.replace(key, where=" and ".join(parts) or None)
        columns[name] = msgspec.structs.replace(column, foreign_key=led_key)
    return msgspec.structs.replace(table, columns=tuple(columns.values())), problems


def _parts(name: str, limits: Limits) -> Iterator[str]:
    """Yield the conditions of the format that limits are, as expressions."""
    column = quoted(name)
    known = msgspec.structs.replace(
        limits, patterns=(), kinds=(), case=None, longest=None, since=None
    )
    if known != limits or limits.shortest > 1:
        raise UnmetError(f"the form of {name} in the row that it leads to")
    if limits.nulls == "all":
        yield f"{column} is null"
        return
    if limits.nulls == "none" or limits.shortest:
        yield f"{column} is not null"
    if limits.shortest:
        yield f"{column} <> ''"
    if limits.values is not None:
        yield f"{column} in ({', '.join(map(_said, limits.values))})"
        return
    if limits.others:
        yield f"{column} not in ({', '.join(map(_said, limits.others))})"
    yield from _bounds(column, limits)


def _bounds(column: str, limits: Limits) -> Iterator[str]:
    """Yield what a column is above and below."""
    for bound, is_open, sign in ((limits.low, limits.low_open, ">"),
                                 (limits.high, limits.high_open, "<")):  # fmt: skip
        if bound is not None:
            yield f"{column} {sign}{'' if is_open else '='} {_said(bound)}"
    if limits.until is not None:
        last = DEFAULT_AS_OF + dt.timedelta(days=math.floor(limits.until))
        yield f"{column} <= date('{last.isoformat()}')"


def _said(value: Constant) -> str:
    """Return a constant as expressions write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return f"timestamp('{value:%Y-%m-%d %H:%M:%S}')"
    if isinstance(value, dt.date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, str):
        escaped = value.replace("'", "''")
        return f"'{escaped}'"
    return f"{Decimal(value):f}"
