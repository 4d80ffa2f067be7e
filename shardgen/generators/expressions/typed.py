"""A node of an expression that has a kind and can be computed in a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.generators.expressions import temporal as moments
from shardgen.generators.expressions import texts
from shardgen.generators.expressions.numbers import ArithmeticBoundsError, Num
from shardgen.generators.expressions.parser import Node
from shardgen.tables import values as c

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.tables.batch import Batch

    Truths = NDArray[np.bool_] | np.bool_
    Null = Truths | None

Computed = tuple[Any, "Null"]
"""
The values of all rows, and where they are null; None when no row is.

Values are a Num, a Str, a Span or truths, by kind; those of null itself are None.
"""
Run = Callable[["Batch"], Computed]

NUMBERS = ("integer", "decimal")
MOMENTS = ("date", "timestamp")
SPANS = ("interval", "time interval")

FAMILIES = {
    **dict.fromkeys(("text", "enum", "json", "uuid"), "text"),
    **dict.fromkeys(("decimal", "float"), "decimal"),
    **{family: family for family in ("integer", "date", "timestamp", "boolean")},
}
"""The kind of what a column type of that family holds."""

WORDS = {
    "integer": "a whole number",
    "decimal": "a decimal number",
    "number": "a number",
    "text": "text",
    "date": "a date",
    "timestamp": "a timestamp",
    "boolean": "a condition",
    "interval": "an interval",
    "time interval": "an interval with hours",
    "null": "null",
    "digits": "a whole number that is written out",
    "fill": "text that is written out",
}
"""Kinds as messages call them."""


class Typed(msgspec.Struct, frozen=True, eq=False):
    """
    A node with its kind; `constant` is its value where it is written out, or None.

    `null` is the node that makes it null in some rows, and why; None when it never is.
    """

    node: Node
    kind: str
    run: Run
    null: tuple[Node, str] | None = None
    constant: Any = None


def either_null(a: Null, b: Null) -> Null:
    """Return where one of both is null."""
    if a is None or b is None:
        return b if a is None else a
    return a | b


def first_reason(*typed: Typed) -> tuple[Node, str] | None:
    """Return what makes the first of these null that may be; None when none may."""
    return next((each.null for each in typed if each.null is not None), None)


def is_true(computed: Computed) -> Truths:
    """Return where a condition holds: not where it is null."""
    truth, null = computed
    held: Truths = truth if null is None else truth & ~null
    return held


def may_be_true(computed: Computed) -> Truths:
    """Return where a condition holds or is null."""
    truth, null = computed
    held: Truths = truth if null is None else truth | null
    return held


def guarded(node: Node, run: Run) -> Run:
    """Return the same with the place of the node in what it raises."""

    def guard(batch: Batch) -> Computed:
        try:
            return run(batch)
        except ArithmeticBoundsError as error:
            raise node.wrong(str(error), error.hint) from None

    return guard


def lifted(typed: Typed) -> Typed:
    """Return a date as the timestamp that it begins with; other kinds as they are."""
    if typed.kind != "date":
        return typed

    def run(batch: Batch) -> Computed:
        days, null = typed.run(batch)
        return moments.start_of(days), null

    return msgspec.structs.replace(typed, kind="timestamp", run=guarded(typed.node, run))


def value_of(values: c.Values) -> Any:
    """Return a column's values as expressions compute with them."""
    match values:
        case c.Decimals(units=units, scale=scale, low=low, high=high):
            return Num(units, scale, low, high)
        case c.Integers(values=numbers, low=low, high=high):
            return Num(numbers, 0, low, high)
        case c.Dates(days=days, low=low, high=high):
            return Num(days, 0, low, high)
        case c.Timestamps(seconds=seconds, low=low, high=high):
            return Num(seconds, 0, low, high)
        case c.Booleans(values=truths):
            return truths
    return texts.of_values(values)


def values_of(kind: str, value: Any, rows: int) -> c.Values:
    """Return what an expression of that kind computed as the values of a column."""
    if kind == "text":
        return texts.to_values(value, rows)
    if kind == "boolean":
        return c.Booleans(np.broadcast_to(np.asarray(value, np.bool_), (rows,)))
    units = np.broadcast_to(np.asarray(value.units, np.int64), (rows,))
    if kind == "date":
        return c.Dates(units, value.low, value.high)
    if kind == "timestamp":
        return c.Timestamps(units, value.low, value.high)
    if kind == "integer":
        return c.Integers(units, value.low, value.high)
    return c.Decimals(units, value.scale, value.low, value.high)
