"""A table of a schema and the limits of its columns → the table with generators that keep them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from shardgen.importing.checks.condition import Constant
from shardgen.importing.checks.limits import Limits
from shardgen.importing.checks.patterns import never_matches
from shardgen.importing.checks.ranges import UnmetError, plain, quoted, range_of, type_of
from shardgen.importing.checks.relating import apart, by_dependent, keys_apart, related
from shardgen.importing.checks.solving import Solution
from shardgen.plan.job import DEFAULT_AS_OF
from shardgen.schema.model import Column, ForeignKey, OneOf, Table, Where
from shardgen.schema.types import ColumnType

_MOST_VARCHAR = 65_535
_MOST_BARRED = 1_000_000  # a number that a key begins behind
_FAR = 365  # days, likewise
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


def applied(
    table: Table, solution: Solution, by_name: Chosen, counts: Mapping[str, int]
) -> tuple[Table, list[str]]:
    """
    Return a table that keeps limits, and what of them it cannot keep.

    `counts` has the rows of the tables whose keys count.
    """
    columns = {column.name: column for column in table.columns}
    problems = [f"{' and '.join(solution.contradicted)}: no value is left"] * bool(
        solution.contradicted
    )
    parted: dict[str, Limits] = {}
    try:
        parted = apart(columns, solution.relations, solution.limits)
    except UnmetError as error:
        problems.append(str(error))
    in_keys = {name for key in table.foreign_keys for name in key.columns}
    for name, limits in {**solution.limits, **parted}.items():
        try:
            if name in in_keys and columns[name].foreign_key is None and limits.nulls != "all":
                if not _is_free(limits):
                    table = _together_leading_to(table, name, limits)
                limits = Limits(nulls=limits.nulls)  # noqa: PLW2901 -- the key keeps the others
            columns[name] = _limited(columns[name], limits, by_name.get(name), table.record_count)
        except UnmetError as error:
            problems.append(f"{name}: {error}")
    try:
        columns |= keys_apart(columns, solution.relations, counts)
    except UnmetError as error:
        problems.append(str(error))
    for name, relations in by_dependent(table, solution.relations, columns, problems).items():
        try:
            limits = solution.limits.get(name, Limits())
            columns = {**columns, **related(columns, name, limits, relations)}
        except UnmetError as error:
            problems.append(f"{name}: {error}")
    groups = tuple(OneOf(columns=each.columns, given=each.given) for each in solution.given)
    made = msgspec.structs.replace(
        table, columns=tuple(columns.values()), one_of=(*table.one_of, *groups)
    )
    return made, problems


def _limited(
    column: Column, limits: Limits, named: tuple[str, Mapping[str, Any]] | None, rows: int
) -> Column:
    """Return a column whose values keep limits."""
    nulls = {"all": 1, "none": 0}.get(limits.nulls or "")
    if limits.nulls == "all":
        return msgspec.structs.replace(
            column, generator=None, foreign_key=None, generator_params={"null_probability": 1}
        )
    if limits.nulls == "none" and column.nullable:
        parameters = {**column.generator_params, "null_probability": nulls}
        column = msgspec.structs.replace(column, generator_params=parameters)
    key = column.foreign_key
    if key is not None:
        if limits.nulls == "none":  # nor where no row keeps the limits
            column = msgspec.structs.replace(column, nullable=False)
        return column if _is_free(limits) else _leading_to(column, key, limits)
    if column.auto_increment or column.identity is not None:
        return column if _is_free(limits) else _counting_from(column, limits, rows)
    column = _narrower(column, limits)
    chosen = _generator(column, limits, named)
    if chosen is None:
        return column
    generator, parameters = chosen
    kept = {k: v for k, v in column.generator_params.items() if k == "null_probability"}
    return msgspec.structs.replace(
        column, generator=generator, generator_params={**kept, **parameters}
    )


def _leading_to(column: Column, key: ForeignKey, limits: Limits) -> Column:
    """Return a foreign key that leads to rows alone whose values keep limits."""
    where = _where(type_of(column), key.column, limits)
    if key.where is not None:
        raise UnmetError("it leads to given rows for another condition")
    return msgspec.structs.replace(column, foreign_key=msgspec.structs.replace(key, where=where))


def _together_leading_to(table: Table, name: str, limits: Limits) -> Table:
    """Return a table whose key of several columns, `name` among them, leads to such rows."""
    keys = list(table.foreign_keys)
    at, key = next((n, key) for n, key in enumerate(keys) if name in key.columns)
    end = key.references[key.columns.index(name)]
    where = _where(type_of(next(c for c in table.columns if c.name == name)), end, limits)
    if key.where is not None:
        raise UnmetError("it leads to given rows for another condition")
    keys[at] = msgspec.structs.replace(key, where=where)
    return msgspec.structs.replace(table, foreign_keys=tuple(keys))


def _where(kind: ColumnType, end: str, limits: Limits) -> Where:
    """Return the condition on parents whose column `end` keeps limits."""
    if limits.values is not None:
        return {end: [plain(value) for value in limits.values]}
    if limits.low is None and limits.high is None and _numbers(limits.others):
        excluded = ", ".join(str(plain(value)) for value in limits.others)
        return f"{quoted(end)} not in ({excluded})"
    if kind.family in ("integer", "decimal") and not limits.others and not limits.patterns:
        bounds = {"min": limits.low, "max": limits.high}
        _, high = range_of(kind, limits)
        low, _ = range_of(kind, limits)
        ends = {"min": low, "max": high}
        return {end: {k: plain(ends[k]) for k, v in bounds.items() if v is not None}}
    raise UnmetError("the values of a key are those of the rows that it leads to")


def _numbers(values: tuple[Constant, ...]) -> bool:
    return bool(values) and all(isinstance(value, (int, Decimal)) for value in values)


def _counting_from(column: Column, limits: Limits, rows: int) -> Column:
    """Return a key that counts within limits."""
    if limits.values is None and not limits.patterns and type_of(column).family == "integer":
        low, high = range_of(type_of(column), limits)
        first = max(low if limits.low is not None else Decimal(1), Decimal(1))
        barred = [Decimal(v) for v in limits.others if isinstance(v, (int, Decimal))]
        first = max([first, *(value + 1 for value in barred if value < _MOST_BARRED)])
        is_within = limits.high is None or first + rows - 1 <= high
        if is_within and all(_below(value, first) for value in limits.others):
            return msgspec.structs.replace(column, start=int(first) if first > 1 else None)
    raise UnmetError("a key counts its rows")


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
    return lowest and only and all(_below(value, 1) for value in limits.others)


def _below(value: Constant, first: Decimal | int) -> bool:
    return isinstance(value, (int, Decimal)) and value < first


def _generator(
    column: Column, limits: Limits, named: tuple[str, Mapping[str, Any]] | None
) -> tuple[str, dict[str, Any]] | None:
    """Return a generator and its parameters; None where whatever the column has keeps limits."""
    kind = type_of(column)
    if limits.values is not None:
        return "choice", {"values": [plain(value) for value in limits.values]}
    family = kind.family
    if family in ("integer", "decimal", "float"):
        return _number(kind, limits, named)
    if family in ("date", "timestamp"):
        return _time(family, limits)
    if family == "text":
        return _text(kind, limits, named)
    return _other(kind, limits)


def _other(kind: ColumnType, limits: Limits) -> tuple[str, dict[str, Any]] | None:
    """Return what makes values of types that have no order."""
    family = kind.family
    if family in ("enum", "boolean"):
        everything = kind.values if family == "enum" else (True, False)
        left = [value for value in everything if value not in limits.others]
        return ("choice", {"values": left}) if limits.others else None
    if family == "array" and limits.patterns and kind.scalar.family == "text":
        return _array_of_letters(limits)
    if family in ("bytes", "array") and not limits.patterns and not limits.others:
        return _counted(family, limits)
    if family == "json" and limits.kinds:
        return _json(limits.kinds[0])
    is_bare = limits == Limits(nulls=limits.nulls, longest=limits.longest)
    if is_bare or (family in ("json", "bytes") and not limits.patterns):
        return None
    raise UnmetError(f"no law limits values of the type {kind}")


def _array_of_letters(limits: Limits) -> tuple[str, dict[str, Any]]:
    """Return what makes arrays whose text is known not to have some forms."""
    signs = "{},"
    if not all(
        each.negated and never_matches(each.pattern, more=signs) for each in limits.patterns
    ):
        raise UnmetError("arrays are to have a form as texts")
    least = msgspec.structs.replace(limits, shortest=max(limits.shortest, 1))
    generator, parameters = _counted("array", least) or ("array", {})
    element = {"generator": "regex", "generator_params": {"pattern": "[a-z]{3,9}"}}
    return generator, {**parameters, "element": element}


def _json(kind: str) -> tuple[str, dict[str, Any]]:
    """Return what makes JSON of a kind."""
    if kind == "object":
        return "json_object", {}
    texts = {"array": ["[]", "[1, 2]"], "string": ['"a"', '"b"'], "number": ["1", "2.5"],
             "boolean": ["true", "false"], "null": ["null"]}  # fmt: skip
    return "choice", {"values": texts[kind]}


_MOST_LETTERS = 12
_MOST_BYTES = 16  # where nothing asks for more
_MOST_ELEMENTS = 3


def _counted(family: str, limits: Limits) -> tuple[str, dict[str, Any]] | None:
    """Return what makes as many bytes or elements as limits ask for."""
    if not limits.shortest and limits.longest is None:
        return None
    if family == "array":
        most = limits.shortest + _MOST_ELEMENTS
        most = most if limits.longest is None else min(most, limits.longest)
        if most < 1:
            return "constant", {"value": []}
        return "array", {"min_length": limits.shortest, "max_length": most}
    most = max(limits.shortest, _MOST_BYTES)
    most = most if limits.longest is None else min(most, limits.longest)
    if most < 1:
        raise UnmetError("only no bytes are as few")
    return "random_bytes", {"length": most}


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
            return name, {"min": plain(within[0]), "max": plain(within[1]), **law}
    generator = {"integer": "int_range", "decimal": "decimal_range"}.get(kind.family, "float_range")
    return generator, {"min": plain(low), "max": plain(high)}


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
    if len(wanted) > 1 or (wanted and len(wanted) < len(limits.patterns)):
        raise UnmetError("texts are to have a form, and another, or not to have it")
    if limits.patterns and not wanted:
        return _letters(kind, limits)
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


def _letters(kind: ColumnType, limits: Limits) -> tuple[str, dict[str, Any]]:
    """Return what makes texts of small letters, where these are known not to have some forms."""
    most = min(filter(None, (kind.max_length, limits.longest)), default=None)
    first = max(limits.shortest, 1)
    last = max(first, min(most or _MOST_LETTERS, _MOST_LETTERS))
    is_upper = limits.case == "upper" or (most is not None and first > most)
    if is_upper or not all(never_matches(each.pattern) for each in limits.patterns):
        raise UnmetError("texts are not to have a form")
    return "regex", {"pattern": f"[a-z]{{{first},{last}}}"}


def _regex(pattern: str, kind: ColumnType, limits: Limits) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {"pattern": pattern}
    most = min(filter(None, (kind.max_length, limits.longest)), default=None)
    if most is not None:
        parameters["max_length"] = most
    if kind.name == "char" and pattern.endswith("$"):
        parameters["min_length"] = kind.max_length  # PostgreSQL compares it with its spaces
    elif limits.shortest > 1:
        parameters["min_length"] = limits.shortest
    return "regex", parameters
