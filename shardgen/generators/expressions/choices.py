"""Choices, logic and tests for null, with SQL's three-valued truth."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.generators.expressions.conversions import alike, common_kind
from shardgen.generators.expressions.numbers import (
    Numbers,
    replace_equal,
    select_numbers,
    select_rows,
)
from shardgen.generators.expressions.resolution import operation
from shardgen.generators.expressions.syntax import Node
from shardgen.generators.expressions.text_functions import select_texts
from shardgen.generators.expressions.typed import (
    Computed,
    NullReason,
    Typed,
    either_null,
    first_reason,
    is_true,
    may_be_true,
)

if TYPE_CHECKING:
    from shardgen.generators.expressions.numbers import Truths
    from shardgen.generators.expressions.typed import Value
    from shardgen.tables.batch import Batch


class Once(msgspec.Struct, frozen=True, eq=False):
    """A node that is computed once in a batch, for several nodes that read it."""

    of: Typed

    def __call__(self, batch: Batch) -> Computed:
        """Return what was computed of the batch already, or compute it."""
        return batch.shared(self, self.of.compute)


def once(of: Typed) -> Typed:
    """Return the same node, computed once in a batch however many nodes read it."""
    return msgspec.structs.replace(of, function=Once(of))


# Null


class IsNull(msgspec.Struct, frozen=True, eq=False):
    """Where a value is null."""

    of: Typed

    def __call__(self, batch: Batch) -> Computed:
        """Return the truth in a batch, never null."""
        _, nulls = self.of.compute(batch)
        return np.False_ if nulls is None else nulls, None


class IsPresent(msgspec.Struct, frozen=True, eq=False):
    """Where a value is not null."""

    of: Typed

    def __call__(self, batch: Batch) -> Computed:
        """Return the truth in a batch, never null."""
        _, nulls = self.of.compute(batch)
        return np.True_ if nulls is None else np.logical_not(nulls), None


def is_null(node: Node, of: Typed) -> Typed:
    """Return the condition that a value is null."""
    return Typed(node, "boolean", IsNull(of))


class NullIfEqual(msgspec.Struct, frozen=True, eq=False):
    """A value that is null in the rows where it is equal to another."""

    value: Typed
    other: Typed
    equal: Typed

    def __call__(self, batch: Batch) -> Computed:
        """Return the values in a batch; a constant `other` is not among their bounds."""
        value, nulls = self.value.compute(batch)
        same, unknown = self.equal.truths(batch)
        if isinstance(value, Numbers) and self.other.null_reason is None:
            # Also in rows that are null for another reason: their values enter later arithmetic.
            value = replace_equal(value, same, self.other.numbers(batch)[0])
        return value, either_null(nulls, is_true(same, unknown))


def nullif(node: Node, args: Sequence[Typed]) -> Typed:
    """Return the first value, null where it is equal to the second."""
    value, other = (once(arg) for arg in alike(args))
    equal = operation(node, "=", [value, other])
    reason = NullReason(node, "nullif gives null")
    return Typed(node, value.kind, NullIfEqual(value, other, equal), reason)


# Choices


class Choice(msgspec.Struct, frozen=True, eq=False):
    """
    Each row's value of the first condition that holds, else the last value.

    `select` does that with values of one kind; there is one more of them than of conditions.
    """

    conditions: tuple[Typed, ...]
    values: tuple[Typed, ...]
    select: Callable[[Sequence[Truths], Sequence[Any]], Value]

    def __call__(self, batch: Batch) -> Computed:
        """Return the chosen values in a batch; all of them are computed in every row."""
        holds = [is_true(*condition.truths(batch)) for condition in self.conditions]
        computed = [value.compute(batch) for value in self.values]
        stand_in = next(value for value, _ in computed if value is not None)
        chosen = self.select(holds, [stand_in if value is None else value for value, _ in computed])
        if all(nulls is None for _, nulls in computed):
            return chosen, None
        nulls = [np.False_ if nulls is None else nulls for _, nulls in computed]
        return chosen, select_rows(holds, nulls)


def choice(node: Node, conditions: Sequence[Typed], values: Sequence[Typed]) -> Typed:
    """Return the value of the first condition that holds, else the last value."""
    values = tuple(alike(values))
    kind = common_kind(values)
    select: Callable[[Sequence[Truths], Sequence[Any]], Any] = select_numbers
    if kind == "text":
        select = select_texts
    elif kind == "boolean":
        select = select_rows
    return Typed(node, kind, Choice(tuple(conditions), values, select), first_reason(*values))


def coalesce(node: Node, args: Sequence[Typed]) -> Typed:
    """Return the first value that is not null; null where all are."""
    values = [once(arg) for arg in alike(args)]
    present = [Typed(value.node, "boolean", IsPresent(value)) for value in values[:-1]]
    chosen = choice(node, present, values)
    if any(value.null_reason is None for value in values):
        return msgspec.structs.replace(chosen, null_reason=None)
    return chosen


# Logic


class Logic(msgspec.Struct, frozen=True, eq=False):
    """
    Two conditions joined by `operator.and_` or `operator.or_`.

    A condition that is null counts as either: the result is null where it depends on which.
    """

    join: Callable[[Truths, Truths], Truths]
    left: Typed
    right: Typed

    def __call__(self, batch: Batch) -> Computed:
        """Return the truth in a batch."""
        left, right = self.left.truths(batch), self.right.truths(batch)
        surely = self.join(is_true(*left), is_true(*right))
        if left[1] is None and right[1] is None:
            return surely, None
        return surely, surely != self.join(may_be_true(*left), may_be_true(*right))


def both(node: Node, left: Typed, right: Typed) -> Typed:
    """Return the condition that both hold."""
    return Typed(node, "boolean", Logic(operator.and_, left, right), first_reason(left, right))


def any_of(node: Node, conditions: Sequence[Typed]) -> Typed:
    """Return the condition that at least one of these holds; halves, so that many nest little."""
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return either(node, any_of(node, conditions[:half]), any_of(node, conditions[half:]))


def either(node: Node, left: Typed, right: Typed) -> Typed:
    """Return the condition that at least one holds."""
    return Typed(node, "boolean", Logic(operator.or_, left, right), first_reason(left, right))
