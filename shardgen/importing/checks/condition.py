"""
A condition on the columns of a row, as far as laws can be made of it.

What is read of a CHECK is a tree of these. A condition that compares with a NULL is neither true
nor false, and a CHECK is met by all that is not false.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

Constant = int | Decimal | str | bool | dt.date | dt.datetime
Operator = Literal["=", "<>", "<", "<=", ">", ">="]
Function = Literal["length", "lower", "upper", "trim", "abs", "kind"]
"""`kind` is what a JSON text has: object, array, string, number, boolean or null."""

MIRRORED: dict[Operator, Operator] = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
}  # fmt: skip
"""The operator with its sides exchanged."""
NEGATED: dict[Operator, Operator] = {
    "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
}  # fmt: skip


class Operand(msgspec.Struct, frozen=True):
    """The value of a column, or what a function gives for it."""

    column: str
    function: Function | None = None


class Now(msgspec.Struct, frozen=True):
    """The moment at which the row is written, and some days after it."""

    days: float = 0.0


class Compare(msgspec.Struct, frozen=True):
    """A column against a constant, the moment, or another column, to which `plus` is added."""

    left: Operand
    operator: Operator
    right: Operand | Now | Constant
    plus: Decimal = Decimal(0)


class In(msgspec.Struct, frozen=True):
    """A column is one of some constants, or none of them."""

    left: Operand
    values: tuple[Constant, ...]
    negated: bool = False


class IsNull(msgspec.Struct, frozen=True):
    """A column is NULL, or it is not."""

    column: str
    negated: bool = False


class Match(msgspec.Struct, frozen=True):
    """A text has the form of a regular expression, somewhere in it unless that is anchored."""

    left: Operand
    pattern: str
    negated: bool = False
    ignore_case: bool = False


class Counted(msgspec.Struct, frozen=True):
    """How many of some columns are not NULL."""

    columns: tuple[str, ...]
    operator: Operator
    number: int


class Known(msgspec.Struct, frozen=True):
    """What is so in every row, or in none."""

    truth: bool


class Unread(msgspec.Struct, frozen=True):
    """A condition of which no law can be made, and its text."""

    text: str


class All(msgspec.Struct, frozen=True):
    """Every one of some conditions."""

    parts: tuple[Condition, ...]


class AnyOf(msgspec.Struct, frozen=True):
    """At least one of some conditions."""

    parts: tuple[Condition, ...]


Atom = Compare | In | IsNull | Match | Counted | Known | Unread
Condition = Atom | All | AnyOf


def mirrored(relation: Compare) -> Compare:
    """Return a comparison of two columns with its sides exchanged."""
    assert isinstance(relation.right, Operand), "two columns are compared"
    operator = MIRRORED[relation.operator]
    return Compare(relation.right, operator, relation.left, -relation.plus)


def negated(condition: Condition) -> Condition:
    """Return what is true where a condition is false."""
    match condition:
        case All(parts):
            return AnyOf(tuple(negated(part) for part in parts))
        case AnyOf(parts):
            return All(tuple(negated(part) for part in parts))
        case Compare() | Counted():
            return msgspec.structs.replace(condition, operator=NEGATED[condition.operator])
        case In() | IsNull() | Match():
            return msgspec.structs.replace(condition, negated=not condition.negated)
        case Known(truth):
            return Known(not truth)
        case Unread(text):
            return Unread(f"NOT ({text})")


def decided(condition: Condition, never_null: frozenset[str]) -> bool | None:
    """
    Return whether a condition is so in every row, or in none; None where rows differ, or may.

    `never_null` are columns that always have a value.
    """
    match condition:
        case Known(truth):
            return truth
        case IsNull(column, is_negated) if column in never_null:
            return is_negated
        case All(parts):
            found = {decided(part, never_null) for part in parts}
            return False if False in found else None if None in found else True
        case AnyOf(parts):
            found = {decided(part, never_null) for part in parts}
            return True if True in found else None if None in found else False
        case _:
            return None


def columns_of(condition: Condition) -> frozenset[str]:
    """Return the columns that a condition reads; none of what could not be read."""
    match condition:
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(columns_of, parts))
        case Compare(left, _, right):
            other = {right.column} if isinstance(right, Operand) else set()
            return frozenset({left.column, *other})
        case In(left) | Match(left):
            return frozenset({left.column})
        case IsNull(column):
            return frozenset({column})
        case Counted(columns):
            return frozenset(columns)
        case _:
            return frozenset()
