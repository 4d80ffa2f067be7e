"""Choice: one of the listed values, by weight."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError, shown
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.value_functions import ListedValues
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.distributions import Weighted
from shardgen.random.overriding import override
from shardgen.schema.types import ColumnType
from shardgen.tables.casts import cast
from shardgen.tables.values import (
    Booleans,
    ColumnValues,
    Decimals,
    Dictionary,
    Integers,
    Pool,
    is_wide,
)

Listed = Annotated[tuple[Weighted | str | int | float | bool | list[Any], ...], Meta(min_length=1)]


@generator("enum", "weighted", "choice")
class Choice(Generator, frozen=True):
    """
    One of `values`, each a plain value or {value, weight}; weights are any positive numbers.

    In an array's column each is a list of elements.
    """

    values: Listed

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_choice(context, self.values)


@generator("constant")
class Constant(Generator, frozen=True):
    """The same `value` in every row."""

    value: str | int | float | bool

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_choice(context, (self.value,))


def bind_choice(context: ColumnContext, listed: Listed) -> BoundGenerator:
    """
    Return values picked by weight, as the kind that all of them are.

    BindError when one is null, listed twice, of another kind, or more than the column holds.
    """
    entries = [e if isinstance(e, Weighted) else Weighted(e) for e in listed]
    values: list[Any] = [entry.value for entry in entries]
    if None in values:
        raise BindError("a listed value is null", 'set "nullable" and "null_probability" instead')
    weights = [entry.weight for entry in entries]
    if len(set(map(repr, values))) < len(values):
        twice = next(v for v in values if values.count(v) > 1)
        raise BindError(f"value {twice!r} is listed twice", "list it once with the sum of weights")
    if context.type.family == "array":
        from shardgen.generators.listed_arrays import bind_listed  # late: few schemas have them

        return bind_listed(context, values, weights, column_of)
    if context.type.family in _OF_TEXT:
        return _bind_strings(context, values, weights)
    table = table_of(context, values)
    if context.unique:
        _refuse_equal(context, values, table)
        indices = context.unique_index(len(values))
    else:
        order = sorted(range(len(values)), key=lambda n: values[n])
        indices = context.weighted_in_order(weights, order)
    return BoundGenerator.of(ListedValues(table, indices.compute), indices)


_OF_TEXT = ("text", "enum", "json", "uuid", "bytes", "bits")
"""Families whose values are listed as text."""


def texts_of(listed: Listed) -> list[str]:
    """Return values as text: those that are none as JSON writes them."""
    values = [entry.value if isinstance(entry, Weighted) else entry for entry in listed]
    return [v if isinstance(v, str) else msgspec.json.encode(v).decode() for v in values]


def _refuse_equal(context: ColumnContext, values: list[Any], table: ColumnValues) -> None:
    """Refuse values of a key that are written in two ways, such as 1 and 1.0."""
    try:
        kept = cast(table, context.type).python()
    except ValueError as error:
        raise BindError(str(error)) from None
    seen: dict[Any, Any] = {}
    for value, stored in zip(values, kept, strict=True):
        if stored in seen:
            what = f"values {seen[stored]!r} and {value!r} are one value of a {context.type}"
            raise BindError(f"{what}, and the column is unique", "leave one of them out")
        seen[stored] = value


def _bind_strings(
    context: ColumnContext, values: list[Any], weights: list[float]
) -> BoundGenerator:
    texts = texts_of(tuple(values))
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise BindError(f"value {twice!r} is listed twice", "list it once with the sum of weights")
    if context.max_length is not None:
        longest = max(texts, key=len)
        if len(longest) > context.max_length:
            raise BindError(
                f"value {longest!r} has {len(longest)} characters, and the column is {context.type}"
            )
    pick = context.pick_in_order(WeightedStrings(texts, weights))
    return BoundGenerator.of(pick.compute, pick)


def column_of(context: ColumnContext, values: list[Any]) -> ColumnValues:
    """Return values as a column of their own, of text where that is how the type lists them."""
    if context.type.family in _OF_TEXT:
        return Dictionary(np.arange(len(values)), Pool(texts_of(tuple(values))))
    return table_of(context, values)


def table_of(context: ColumnContext, values: list[Any]) -> ColumnValues:
    """Return values of one kind as a column of their own, one row each; BindError for others."""
    if all(isinstance(v, bool) for v in values):
        return Booleans(np.array(values))
    if all(_is_number(v) and math.isfinite(v) for v in values):
        exact = [Decimal(str(v)) for v in values]  # a float as it was written
        scale = context.scale
        if context.type.family == "float":
            scale = min(12, max(scale, *(-int(d.normalize().as_tuple().exponent) for d in exact)))
        scaled = [d.scaleb(scale, _EXACT) for d in exact]
        most = _most_units(context.type)
        odd = [
            v
            for v, s in zip(values, scaled, strict=True)
            if not -most <= s < most or s != s.to_integral_value(context=_EXACT)
        ]
        if odd:
            raise BindError(f"value {odd[0]} is not a number that {context.type} holds")
        units = [int(s) for s in scaled]
        array = np.array(units, object if is_wide(min(units), max(units)) else np.int64)
        if scale == 0:
            return Integers(array, min(units), max(units))
        return Decimals(array, scale, min(units), max(units))
    if all(isinstance(v, str) for v in values) and context.type.family == "time":
        from shardgen.generators.families.rare_types import times_from_text

        return times_from_text(values)
    if all(isinstance(v, str) for v in values):
        from shardgen.generators.families.date_functions import dates_from_text

        return dates_from_text(values)
    raise BindError(f"values of one kind wanted for {context.type}, got {shown(values)}")


def _most_units(kind: ColumnType) -> int:
    """Return the units below which numbers are: 64 bits, or what a wider type holds."""
    most = 0
    if kind.family == "decimal":
        most = kind.unit_bounds[1] + 1
    elif kind.family == "integer":
        most = kind.integer_bounds[1] + 1
    return max(1 << 63, most)


_EXACT = Context(prec=1100)  # digits, more than any type has


def _is_number(value: object) -> bool:
    """Return whether a listed value is a number; true and false are none, though Python's are."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
