"""Arrays that a schema lists: one of them in each row, by weight."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.errors import BindError, shown
from shardgen.generators.context import ColumnContext
from shardgen.generators.elements import ElementContext
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.value_functions import ListedValues
from shardgen.schema.types import ColumnType
from shardgen.tables.list_values import Lists, offsets_of
from shardgen.tables.values import ColumnValues

if TYPE_CHECKING:
    from shardgen.random.streams import Indices

ColumnOf = Callable[[ColumnContext, list[Any]], ColumnValues]


def bind_listed(
    context: ColumnContext, values: list[Any], weights: list[float], column_of: ColumnOf
) -> BoundGenerator:
    """
    Return arrays picked by weight of those that are listed; BindError where one is none.

    `column_of` makes a column of single values, one row each.
    """
    if context.unique:
        raise BindError("listed arrays fill no unique column", "leave out unique")
    odd = next((value for value in values if not isinstance(value, list)), None)
    if odd is not None:
        raise BindError(f"value {shown(odd)} is no list, and the column is {context.type}")
    table = _listed(context, context.type, values, column_of)
    index = context.weighted(weights)
    return BoundGenerator.of(ListedValues(table, index.compute), index)


def _listed(
    context: ColumnContext, kind: ColumnType, values: list[list[Any]], column_of: ColumnOf
) -> Lists:
    """Return lists of values of an array type as a column of their own."""
    assert kind.element is not None, "an array has elements"
    counts = np.array([len(value) for value in values], np.int64)
    flat = [each for value in values for each in value]
    if kind.element.element is not None:
        if not all(map(_is_rectangular, values)):
            what = f"an array of type {kind} has lists of one length as its elements"
            raise BindError(what, "such as [[1, 2], [3, 4]]")
        inner = _listed(context, kind.element, flat or [[]], column_of)
        return Lists(offsets_of(counts), inner, max(1, int(counts.max())))
    single = partial(_single, context, kind.element, column_of)
    return _listed_elements(counts, flat, single)


def _is_rectangular(value: list[Any]) -> bool:
    """Return whether all elements are lists of one length, and none is empty."""
    return all(isinstance(each, list) and each for each in value) and len({*map(len, value)}) < 2


def _listed_elements(
    counts: Indices, flat: list[Any], single: Callable[[list[Any]], ColumnValues]
) -> Lists:
    """Return lists of single values, so many of `flat` in each."""
    null = np.array([each is None for each in flat] or [False])
    some = [each for each in flat if each is not None]
    if not some:
        raise BindError("all listed arrays are empty, or of NULL", "list one with an element")
    at = np.maximum(np.cumsum(~null) - 1, 0)
    mask = null if null.any() else None
    return Lists(offsets_of(counts), single(some).take(at), max(1, int(counts.max())), mask)


def _single(
    context: ColumnContext, kind: ColumnType, column_of: ColumnOf, values: list[Any]
) -> ColumnValues:
    """Return single values of an array's type as a column."""
    if kind.family != "json" and any(isinstance(each, list) for each in values):
        raise BindError(f"a listed array has lists in it, and the column is {context.type}")
    column = msgspec.structs.replace(context.column, sql_type=kind)
    return column_of(ElementContext(context, column, 1, distinct=False), values)
