"""Typed nodes: the kind of a node's values, and the function that computes them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import ArithmeticBoundsError, Numbers
from shardgen.generators.expressions.syntax import Node
from shardgen.generators.expressions.temporal import Intervals
from shardgen.generators.expressions.texts import Texts

if TYPE_CHECKING:
    from shardgen.generators.expressions.numbers import Truths
    from shardgen.tables.batch import Batch

    Nulls: TypeAlias = Truths | None
    """Where values are null; None when they never are."""
    Value: TypeAlias = Numbers | Texts | Intervals | Truths | None
    """Values of all rows, by kind; those of the kind "null" are None."""

Computed: TypeAlias = tuple["Value", "Nulls"]
"""
The values of an expression in a batch, and where they are null.

Each is an array with an element for each row, or a scalar for all rows. A row that is null has a
value within the bounds too.
"""

Kind: TypeAlias = Literal[
    "integer",
    "decimal",
    "text",
    "date",
    "timestamp",
    "boolean",
    "interval",
    "time interval",
    "null",
]
Wanted: TypeAlias = Kind | Literal["number", "digits", "fill", "words"]
"""What an operation takes: see `Overload`."""

NUMBER_KINDS: tuple[Kind, ...] = ("integer", "decimal")
TEMPORAL_KINDS: tuple[Kind, ...] = ("date", "timestamp")
INTERVAL_KINDS: tuple[Kind, ...] = ("interval", "time interval")

KIND_OF_FAMILY: dict[str, Kind] = {
    "text": "text",
    "enum": "text",
    "json": "text",
    "uuid": "text",
    "decimal": "decimal",
    "float": "decimal",
    "integer": "integer",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "interval": "integer",
}
"""The kind of the values in a column, by the family of its type."""

KIND_NAMES: dict[Wanted, str] = {
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
    "words": "text that is written out",
}
"""Kinds as messages call them."""


class NullReason(NamedTuple):
    """The node that makes an expression null in some rows, and why, as a clause."""

    node: Node
    why: str


class Typed(msgspec.Struct, frozen=True, eq=False):
    """
    A node with its kind and the function that computes it; it can be pickled.

    `constant` is the value of a node that is written out, otherwise None. `null_reason` is None
    when the node is never null.
    """

    node: Node
    kind: Kind
    function: Callable[[Batch], Computed]
    null_reason: NullReason | None = None
    constant: Decimal | str | bool | None = None

    def compute(self, batch: Batch) -> Computed:
        """Return the values in a batch; ExpressionError with the node's place if they have none."""
        try:
            return self.function(batch)
        except ArithmeticBoundsError as error:
            raise self.node.wrong(str(error), error.hint) from None

    def numbers(self, batch: Batch) -> tuple[Numbers, Nulls]:
        """Return the values of a node whose kind is a number, a date or a timestamp."""
        value, nulls = self.compute(batch)
        assert isinstance(value, Numbers), self.kind
        return value, nulls

    def truths(self, batch: Batch) -> tuple[Truths, Nulls]:
        """Return the values of a condition."""
        value, nulls = self.compute(batch)
        assert isinstance(value, (np.ndarray, np.bool_)), self.kind
        return value, nulls


def either_null(a: Nulls, b: Nulls) -> Nulls:
    """Return where one of both is null."""
    if a is None or b is None:
        return b if a is None else a
    return a | b


def first_reason(*typed: Typed) -> NullReason | None:
    """Return the reason of the first of these that may be null; None when none may be."""
    return next((each.null_reason for each in typed if each.null_reason is not None), None)


def is_true(truths: Truths, nulls: Nulls) -> Truths:
    """Return where a condition holds; it does not where it is null."""
    held: Truths = truths if nulls is None else truths & ~nulls
    return held


def may_be_true(truths: Truths, nulls: Nulls) -> Truths:
    """Return where a condition holds or is null."""
    held: Truths = truths if nulls is None else truths | nulls
    return held
