"""A table of a schema and the limits of its columns → the table with generators that keep them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from shardgen.importing.checks.condition import Compare, Constant, Operand, mirrored
from shardgen.importing.checks.limits import Limits
from shardgen.importing.checks.solving import Solution
from shardgen.plan.job import DEFAULT_AS_OF
from shardgen.schema.model import Column, OneOf, Table
from shardgen.schema.types import ColumnType, parse_type

_SPANS = {"integer": Decimal(1000), "decimal": Decimal(10_000), "float": Decimal(1000)}
"""How far values reach from a bound, where the other is not said."""
_MOST_VARCHAR = 65_535
_FAR = 365  # days, likewise
_MOST = 10**17
"""Of a number, so that an expression may add to it."""
_FINEST = 6  # decimal places of a float
_LOWER = frozenset(
    ("email", "company_email", "username", "slug", "domain", "url", "uuid", "file_name",
     "mime_type", "ip_address", "mac_address")
)  # fmt: skip
"""Generators of texts without capital letters."""
_UPPER = frozenset(("country_code", "currency_code", "state_code"))
_RANGED = frozenset(("int_range", "decimal_range", "float_range", "price"))
"""Generators that take `min` and `max`."""

Chosen = Mapping[str, tuple[str, Mapping[str, Any]]]
"""The generator and the parameters that a column's name asks for, by column."""


class UnmetError(ValueError):
    """No generator keeps these limits."""


def applied(table: Table, solution: Solution, by_name: Chosen) -> tuple[Table, list[str]]:
    """Return a table that keeps limits, and what of them it cannot keep."""
    columns = {column.name: column for column in table.columns}
    problems = [f"{' and '.join(solution.contradicted)}: no value is left"] * bool(
        solution.contradicted
    )
    for name, limits in solution.limits.items():
        try:
            columns[name] = _limited(columns[name], limits, by_name.get(name))
        except UnmetError as error:
            problems.append(f"{name}: {error}")
    for name, relations in _by_dependent(table, solution.relations, columns, problems).items():
        try:
            limits = solution.limits.get(name, Limits())
            columns = {**columns, **_related(columns, name, limits, relations)}
        except UnmetError as error:
            problems.append(f"{name}: {error}")
    groups = tuple(OneOf(columns=each.columns, given=each.given) for each in solution.given)
    made = msgspec.structs.replace(
        table, columns=tuple(columns.values()), one_of=(*table.one_of, *groups)
    )
    return made, problems


def type_of(column: Column) -> ColumnType:
    """Return the type that a column's values are of."""
    return parse_type(column.stands_for or column.type)


def _limited(column: Column, limits: Limits, named: tuple[str, Mapping[str, Any]] | None) -> Column:
    """Return a column whose values keep limits."""
    nulls = {"all": 1, "none": 0}.get(limits.nulls or "")
    if limits.nulls == "all":
        return msgspec.structs.replace(
            column, generator=None, foreign_key=None, generator_params={"null_probability": 1}
        )
    if limits.nulls == "none" and column.nullable:
        parameters = {**column.generator_params, "null_probability": nulls}
        column = msgspec.structs.replace(column, generator_params=parameters)
    if column.foreign_key is not None or column.auto_increment:
        if _is_free(limits):
            return column
        raise UnmetError("the values of a key are those of the rows that it leads to")
    column = _narrower(column, limits)
    chosen = _generator(column, limits, named)
    if chosen is None:
        return column
    generator, parameters = chosen
    kept = {k: v for k, v in column.generator_params.items() if k == "null_probability"}
    return msgspec.structs.replace(
        column, generator=generator, generator_params={**kept, **parameters}
    )


def _narrower(column: Column, limits: Limits) -> Column:
    """Return a column whose type has room for as many characters as its limits allow."""
    kind = type_of(column)
    most = limits.longest
    if kind.name not in ("text", "varchar") or most is None or column.stands_for is not None:
        return column
    if most < 1:
        raise UnmetError("only the empty text is as short")
    if kind.max_length is not None and kind.max_length <= most:
        return column
    return msgspec.structs.replace(column, type=f"varchar({min(most, _MOST_VARCHAR)})")


def _is_free(limits: Limits) -> bool:
    """Return whether limits allow every number from 1 on: those of a key that counts."""
    lowest = limits.low is None or (isinstance(limits.low, Decimal) and limits.low < 1)
    lowest = lowest or (limits.low == 1 and not limits.low_open)
    only = limits.high is None and limits.values is None and not limits.patterns
    return lowest and only and all(_below_one(value) for value in limits.others)


def _below_one(value: Constant) -> bool:
    return isinstance(value, (int, Decimal)) and value < 1


def _generator(
    column: Column, limits: Limits, named: tuple[str, Mapping[str, Any]] | None
) -> tuple[str, dict[str, Any]] | None:
    """Return a generator and its parameters; None where whatever the column has keeps limits."""
    kind = type_of(column)
    if limits.values is not None:
        return "choice", {"values": [_plain(value) for value in limits.values]}
    family = kind.family
    if family in ("integer", "decimal", "float"):
        return _number(kind, limits, named)
    if family in ("date", "timestamp"):
        return _time(family, limits)
    if family == "text":
        return _text(kind, limits, named)
    if family in ("enum", "boolean"):
        everything = kind.values if family == "enum" else (True, False)
        left = [value for value in everything if value not in limits.others]
        return ("choice", {"values": left}) if limits.others else None
    is_bare = limits == Limits(nulls=limits.nulls, longest=limits.longest)
    if is_bare or (family in ("json", "bytes") and not limits.patterns):
        return None
    raise UnmetError(f"no law limits values of the type {kind}")


def _plain(value: Constant) -> Any:
    """Return a constant as a schema file has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, dt.date) else value


def range_of(kind: ColumnType, limits: Limits) -> tuple[Decimal, Decimal]:
    """Return the least and the greatest number of a column, both included."""
    least, most = _type_range(kind)
    step = step_of(kind)
    low = limits.low if isinstance(limits.low, Decimal) else None
    high = limits.high if isinstance(limits.high, Decimal) else None
    if low is not None:
        low = _rounded(low, step, up=True)
        low += step if limits.low_open and low == limits.low else 0
    if high is not None:
        high = _rounded(high, step, up=False)
        high -= step if limits.high_open and high == limits.high else 0
    span = min(_SPANS[kind.family], most)
    if low is None and high is None:
        low, high = Decimal(1) if kind.family == "integer" else Decimal(0), span
    elif low is None:
        assert high is not None, "or both are unknown"
        low = Decimal(0) if high > 0 else high - span
    elif high is None:
        high = low + span
    assert low is not None, "as it was found"
    assert high is not None, "as it was found"
    low, high = max(low, least), min(high, most)
    if low > high:
        raise UnmetError(f"no number of the type {kind} is from {low} to {high}")
    while low in limits.others and low < high:
        low += step
    while high in limits.others and low < high:
        high -= step
    if any(isinstance(v, (int, Decimal)) and low <= v <= high for v in limits.others):
        raise UnmetError(f"numbers between {low} and {high} are left out")
    return low, high


def _type_range(kind: ColumnType) -> tuple[Decimal, Decimal]:
    if kind.family == "integer":
        least, most = kind.integer_bounds
        return Decimal(max(least, -_MOST)), Decimal(min(most, _MOST))
    if kind.family == "decimal":
        units = min(10 ** (kind.precision or 18) - 1, _MOST)
        return -Decimal(units).scaleb(-kind.scale), Decimal(units).scaleb(-kind.scale)
    return Decimal(-(10**9)), Decimal(10**9)


def step_of(kind: ColumnType) -> Decimal:
    """Return what is between two numbers of a type that are next to each other."""
    places = {"integer": 0, "decimal": kind.scale}.get(kind.family, _FINEST)
    return Decimal(1).scaleb(-places)


def _rounded(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    whole = (value / step).to_integral_value("ROUND_CEILING" if up else "ROUND_FLOOR")
    return whole * step


def _number(
    kind: ColumnType, limits: Limits, named: tuple[str, Mapping[str, Any]] | None
) -> tuple[str, dict[str, Any]] | None:
    if limits in (Limits(), Limits(nulls=limits.nulls)):
        return None
    low, high = range_of(kind, limits)
    if named is not None and named[0] in _RANGED:
        name, given = named
        ends = Decimal(str(given.get("min", low))), Decimal(str(given.get("max", high)))
        if max(ends[0], low) <= min(ends[1], high):
            within = max(ends[0], low), min(ends[1], high)
            law = {k: v for k, v in given.items() if k not in ("min", "max")}
            law = law if within == ends or name == "price" else {}
            return name, {"min": _plain(within[0]), "max": _plain(within[1]), **law}
    generator = {"integer": "int_range", "decimal": "decimal_range"}.get(kind.family, "float_range")
    return generator, {"min": _plain(low), "max": _plain(high)}


def _time(family: str, limits: Limits) -> tuple[str, dict[str, Any]] | None:
    limits = _without_moments(limits)
    if limits.low is not None or limits.high is not None:
        low, high = _days(limits)
        return f"{family}_between", {"start_date": low.isoformat(), "end_date": high.isoformat()}
    if limits.since is not None and limits.since >= 0:
        first = int(limits.since) + 1
        last = first + 90 if limits.until is None else int(limits.until) - 1
        if last < first:
            raise UnmetError("no day is left")
        return "timestamp_future", {"days_ahead_min": first, "days_ahead_max": last}
    if limits.until is not None and limits.until < 0:
        first = int(-limits.until) + 1
        last = first + _FAR if limits.since is None else int(-limits.since) - 1
        return f"{family}_past", {"days_ago_min": first, "days_ago_max": max(first, last)}
    if limits.since is not None:
        return f"{family}_past", {"days_ago_min": 0, "days_ago_max": max(int(-limits.since) - 1, 0)}
    return None


def _without_moments(limits: Limits) -> Limits:
    """
    Return limits by days alone or by the moment alone, which imply both.

    Rows are loaded later than the day as of which schemas are made by default. What is before some
    days from then is so ever after; a first day that then lies behind says nothing more.
    """
    if limits.low is None and limits.high is None:
        return limits
    if limits.since is not None:
        first = DEFAULT_AS_OF + dt.timedelta(days=limits.since)
        if limits.high is not None or (limits.low is not None and _date(limits.low) > first):
            raise UnmetError("days from a moment on, and a day that they are compared with")
        return msgspec.structs.replace(limits, low=None)
    if limits.until is None:
        return limits
    last = DEFAULT_AS_OF + dt.timedelta(days=math.floor(limits.until) - 1)
    if limits.high is not None and _date(limits.high) <= last:
        return msgspec.structs.replace(limits, until=None)
    return msgspec.structs.replace(limits, until=None, high=last, high_open=False)


def _date(bound: object) -> dt.date:
    assert isinstance(bound, dt.date), "or it is no time's"
    return bound.date() if isinstance(bound, dt.datetime) else bound


def _days(limits: Limits) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a column."""
    low = _day(limits.low, up=limits.low_open or _has_time(limits.low))
    high = _day(limits.high, up=False)
    if high is not None and limits.high_open and not _has_time(limits.high):
        high -= dt.timedelta(days=1)
    if low is None:
        assert high is not None, "one is known"
        low = high - dt.timedelta(days=_FAR)
    if high is None:
        high = max(low + dt.timedelta(days=_FAR), dt.date(2024, 12, 31))
    if low > high:
        raise UnmetError(f"no day is from {low} to {high}")
    return low, high


def _has_time(bound: object) -> bool:
    return isinstance(bound, dt.datetime) and bound.time() != dt.time()


def _day(bound: object, *, up: bool) -> dt.date | None:
    if bound is None:
        return None
    day = bound.date() if isinstance(bound, dt.datetime) else bound
    assert isinstance(day, dt.date), "or it is no time's"
    return day + dt.timedelta(days=1) if up else day


def _text(
    kind: ColumnType, limits: Limits, named: tuple[str, Mapping[str, Any]] | None
) -> tuple[str, dict[str, Any]] | None:
    wanted = [pattern for pattern in limits.patterns if not pattern.negated]
    if limits.low is not None or limits.high is not None or limits.until or limits.since:
        raise UnmetError("texts are compared by their order")
    if len(wanted) > 1 or len(wanted) < len(limits.patterns):
        raise UnmetError("texts are not to have a form, or to have several")
    if wanted:
        return _regex(wanted[0].pattern, kind, limits)
    most = min(filter(None, (kind.max_length, limits.longest)), default=None)
    others = [value for value in limits.others if value != ""]
    if others:
        raise UnmetError(f"texts other than {', '.join(map(repr, others))}")
    if limits.shortest > 1:
        return "regex", {"pattern": f"[a-z0-9]{{{limits.shortest},{most or limits.shortest + 8}}}"}
    if limits.case is not None:
        keeps = _LOWER if limits.case == "lower" else _UPPER
        if named is not None and named[0] in keeps:
            return None
        letters = "a-z" if limits.case == "lower" else "A-Z"
        return "regex", {"pattern": f"[{letters}]{{1,{min(most or 12, 12)}}}"}
    return None


def _regex(pattern: str, kind: ColumnType, limits: Limits) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {"pattern": pattern}
    most = min(filter(None, (kind.max_length, limits.longest)), default=None)
    if most is not None:
        parameters["max_length"] = most
    if limits.shortest > 1:
        parameters["min_length"] = limits.shortest
    return "regex", parameters


def _by_dependent(
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


def _related(
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
    lows, highs, equal = [], [], []
    for relation in relations:
        assert isinstance(relation.right, Operand), "a relation is of two columns"
        other = columns[relation.right.column]
        if type_of(other).family not in (family, *_LIKE.get(family, ())):
            raise UnmetError(f"it is compared with a {type_of(other).family}")
        operand = _named(other)
        if other.nullable and (not column.nullable or limits.nulls == "none"):
            nulls = {**other.generator_params, "null_probability": 0}
            changed[other.name] = msgspec.structs.replace(other, generator_params=nulls)
        plus = _plus(relation, kind)
        match relation.operator:
            case "=":
                equal.append(f"{operand}{plus}")
            case ">" | ">=" | "<>":
                step = _above(kind) if relation.operator != ">=" else ""
                lows.append(f"{operand}{plus}{step}")
            case _:
                step = _above(kind).replace("+", "-") if relation.operator == "<" else ""
                highs.append(f"{operand}{plus}{step}")
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


def _named(column: Column) -> str:
    name = column.name
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'


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
        far = f"{_SPANS[kind.family] / 10:f}"
        low, high = range_of(kind, limits)
        if limits.low is not None or (not lows and limits.high is not None):
            lows = [*lows, f"{low:f}"]
        if limits.high is not None or not highs:
            most = _type_range(kind)[1] if limits.high is None else high
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
