"""Columns that are compared with each other → expressions of the one that follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from shardgen.importing.checks.condition import Compare, Operand, mirrored
from shardgen.importing.checks.limits import ImpossibleError, Limits
from shardgen.importing.checks.ranges import (
    SPANS,
    UnmetError,
    quoted,
    range_of,
    step_of,
    type_of,
    type_range,
)
from shardgen.schema.model import Column, Table
from shardgen.schema.types import ColumnType

_BOUND = Decimal(10_000)
"""Between unique numbers of which one is to be greater."""


def by_dependent(
    table: Table,
    relations: tuple[Compare, ...],
    columns: Mapping[str, Column],
    problems: list[str],
) -> dict[str, list[Compare]]:
    """Return relations by the column that follows from the others, which come before it."""
    order = {column.name: n for n, column in enumerate(table.columns)}
    found: dict[str, list[Compare]] = {}
    leads: dict[str, set[str]] = {}
    for relation in relations:
        turned = _turned(relation)
        ends = [turned.left.column, turned.right.column]  # type: ignore[union-attr]
        if turned.left.function or turned.right.function:  # type: ignore[union-attr]
            problems.append(f"{ends[0]}: a function of it is compared with {ends[1]}")
            continue
        if _parents(columns[ends[0]]) is not None and _parents(columns[ends[1]]) is not None:
            continue
        if is_apart(columns[ends[0]], columns[ends[1]]):
            continue
        free = [name for name in ends if _is_open(columns[name])]
        if not free:
            problems.append(f"{ends[0]} and {ends[1]} are keys")
            continue
        later = max(free, key=lambda name: (name == ends[0], order[name]))
        other = ends[1] if later == ends[0] else ends[0]
        if later in _before(other, leads):
            problems.append(f"{later} and {other} need each other")
            continue
        leads.setdefault(later, set()).add(other)
        found.setdefault(later, []).append(turned if later == ends[0] else mirrored(turned))
    return {name: found[name] for name in _in_order(found, leads)}


def _parents(column: Column) -> tuple[str, str] | None:
    """Return the table and column that a key leads to."""
    key = column.foreign_key
    return None if key is None else (key.table, key.column)


def is_apart(column: Column, other: Column) -> bool:
    """Return whether two numbers that are unique are compared, and none follows from the other."""
    both = (column, other)
    return all(
        not _is_open(each) and _parents(each) is None and type_of(each).family == "integer"
        and not each.auto_increment and each.identity is None
        for each in both
    )  # fmt: skip


def apart(
    columns: Mapping[str, Column], relations: tuple[Compare, ...], limits: Mapping[str, Limits]
) -> dict[str, Limits]:
    """Return the limits of numbers that are unique and compared: the greater are above a bound."""
    found: dict[str, Limits] = {}
    for relation in relations:
        turned = _turned(relation)
        assert isinstance(turned.right, Operand), "a relation is of two columns"
        greater, lesser = turned.left.column, turned.right.column
        if is_apart(columns[greater], columns[lesser]) and turned.operator != "=":
            try:
                below = limits.get(lesser, Limits()).bounded("<=", _BOUND)
                above = limits.get(greater, Limits()).bounded(
                    ">", _BOUND + max(turned.plus, Decimal(0))
                )
            except ImpossibleError:
                raise UnmetError(f"{lesser} and {greater} are unique, and compared") from None
            found |= {lesser: below, greater: above}
    return found


def keys_apart(
    columns: Mapping[str, Column], relations: tuple[Compare, ...], counts: Mapping[str, int]
) -> dict[str, Column]:
    """
    Return keys to one table that are compared, which lead to different rows of it.

    The lesser leads to the first half of rows, the greater to the others: `counts` has the rows of
    tables whose keys count.
    """
    changed: dict[str, Column] = {}
    for relation in relations:
        turned = _turned(relation)
        assert isinstance(turned.right, Operand), "a relation is of two columns"
        greater, lesser = columns[turned.left.column], columns[turned.right.column]
        parent = _parents(greater)
        if parent is None or _parents(lesser) is None:
            continue
        half = counts.get(parent[0], 0) // 2
        is_plain = not (turned.plus or turned.left.function or turned.right.function)
        if parent != _parents(lesser) or half < 1 or not is_plain or turned.operator == "=":
            raise UnmetError(f"{greater.name} and {lesser.name} are keys")
        for column, where in ((lesser, {"max": half}), (greater, {"min": half + 1})):
            assert column.foreign_key is not None, "as was asked"
            if column.foreign_key.where is not None or column.name in changed:
                raise UnmetError(f"{column.name} leads to given rows for another condition")
            key = msgspec.structs.replace(column.foreign_key, where={parent[1]: where})
            changed[column.name] = msgspec.structs.replace(column, foreign_key=key)
    return changed


def _turned(relation: Compare) -> Compare:
    """Return a comparison with the greater column on its left."""
    return mirrored(relation) if relation.operator in ("<", "<=") else relation


def _is_open(column: Column) -> bool:
    """Return whether a column's values may follow from others'."""
    is_key = column.foreign_key is not None or column.primary_key or column.unique
    return not is_key and column.generator_params.get("null_probability") != 1


def _before(name: str, leads: Mapping[str, set[str]]) -> set[str]:
    found, left = {name}, [name]
    while left:
        for other in leads.get(left.pop(), ()):
            if other not in found:
                found.add(other)
                left.append(other)
    return found


def _in_order(found: Mapping[str, Any], leads: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield columns, those that others follow from first."""
    yield from sorted(found, key=lambda name: len(_before(name, leads)))


def _bound(relation: Compare, other: str, kind: ColumnType) -> str:
    """Return the nearest value that a comparison with another column allows, as an expression."""
    steps = {">": _above(kind), "<>": _above(kind), "<": _above(kind).replace("+", "-")}
    return f"{quoted(other)}{_plus(relation, kind)}{steps.get(relation.operator, '')}"


def related(
    columns: Mapping[str, Column],
    name: str,
    limits: Limits,
    relations: list[Compare],
) -> dict[str, Column]:
    """Return a column that follows from those that it is compared with, and these."""
    column = columns[name]
    kind = type_of(column)
    family = kind.family
    changed: dict[str, Column] = {}
    if family not in ("integer", "decimal", "date", "timestamp") or limits.values is not None:
        raise UnmetError(f"a {family} compared with another column")
    lows: list[str] = []
    highs: list[str] = []
    equal: list[str] = []
    for relation in relations:
        assert isinstance(relation.right, Operand), "a relation is of two columns"
        other = columns[relation.right.column]
        if type_of(other).family not in (family, *_LIKE.get(family, ())):
            raise UnmetError(f"it is compared with a {type_of(other).family}")
        if other.nullable and (not column.nullable or limits.nulls == "none"):
            nulls = {**other.generator_params, "null_probability": 0}
            changed[other.name] = msgspec.structs.replace(other, generator_params=nulls)
        bounds = {"=": equal, ">": lows, ">=": lows, "<>": lows}.get(relation.operator, highs)
        bounds.append(_bound(relation, other.name, kind))
    expression = equal[0] if equal else _between(lows, highs, kind, limits)
    if len(equal) > 1 or (equal and (lows or highs)):
        raise UnmetError("it is equal to one column, and compared with another")
    kept = {k: v for k, v in column.generator_params.items() if k == "null_probability"}
    changed[name] = msgspec.structs.replace(
        column, generator="expression", generator_params={"expression": expression, **kept}
    )
    return changed


_LIKE = {"decimal": ("integer",), "date": ("timestamp",), "timestamp": ("date",)}
"""Families whose values may be compared with one another."""


def _plus(relation: Compare, kind: ColumnType) -> str:
    if not relation.plus:
        return ""
    if kind.family in ("date", "timestamp"):
        raise UnmetError("a number of days between times")
    return f" {'+' if relation.plus > 0 else '-'} {abs(relation.plus)}"


def _above(kind: ColumnType) -> str:
    """Return what makes a value the next greater one."""
    if kind.family == "date":
        return " + days(1)"
    if kind.family == "timestamp":
        return " + hours(1)"
    return f" + {step_of(kind):f}"


def _between(
    lows: list[str],
    highs: list[str],
    kind: ColumnType,
    limits: Limits,
) -> str:
    """Return an expression of a value above all lows and below all highs."""
    if kind.family in ("date", "timestamp"):
        far = "days(90)"
        lows = [*lows, *_literal(kind.family, limits.low)]
        highs = [*highs, *_literal(kind.family, limits.high)]
    else:
        far = f"{SPANS[kind.family] / 10:f}"
        low, high = range_of(kind, limits)
        if limits.low is not None or (not lows and limits.high is not None):
            lows = [*lows, f"{low:f}"]
        if limits.high is not None or not highs:
            most = type_range(kind)[1] if limits.high is None else high
            highs = [*highs, f"{most:f}"]
    low_text = _call("greatest", lows)
    if not lows:
        return f"random({_call('least', highs)} - {far}, {_call('least', highs)})"
    highs = [*highs, f"{low_text} + {far}"]
    return f"random({low_text}, {_call('least', highs)})"


def _literal(family: str, bound: object) -> Iterator[str]:
    """Yield a bound of times as an expression has it."""
    if isinstance(bound, dt.datetime):
        yield f"timestamp('{bound:%Y-%m-%d %H:%M:%S}')"
    elif isinstance(bound, dt.date):
        yield f"{family}('{bound.isoformat()}{' 00:00:00' if family == 'timestamp' else ''}')"


def _call(function: str, texts: list[str]) -> str:
    distinct = list(dict.fromkeys(texts))
    return distinct[0] if len(distinct) == 1 else f"{function}({', '.join(distinct)})"
