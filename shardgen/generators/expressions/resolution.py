"""Overload resolution: an operator or a function and its arguments → the overload that fits."""

from __future__ import annotations

from collections.abc import Sequence

from shardgen.generators.expressions.constants import read_temporal
from shardgen.generators.expressions.conversions import alike, as_text
from shardgen.generators.expressions.operations import OPERATIONS
from shardgen.generators.expressions.syntax import Node
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import INTERVAL_KINDS, KIND_NAMES, Kind, Typed

_OF_LIKE_KINDS = {
    *("=", "<>", "<", "<=", ">", ">=", "least", "greatest", "years_between", "months_between"),
}
"""Operations whose arguments are made alike: dates and timestamps, dates and text."""
_OF_ANY_AS_TEXT = {"||", "concat"}
"""Operations that take arguments of any kind, as text."""
_READS_TEXT = {"date", "timestamp"}
"""Operations that read text that is written out."""


def operation(node: Node, name: str, args: Sequence[Typed]) -> Typed:
    """Return an operator or a function applied; ExpressionError where no overload takes these."""
    if name in _OF_ANY_AS_TEXT:
        args = [as_text(arg) for arg in args]
    if name in _READS_TEXT:
        args = [read_temporal(arg) for arg in args]
    if name in _OF_LIKE_KINDS:
        args = alike(args)
    refuse_null(args)
    for overload in OPERATIONS[name]:
        if overload.accepts(args):
            return overload.apply(node, args)
    raise _not_taken(node, name, args)


def refuse_null(args: Sequence[Typed]) -> None:
    """ExpressionError for an operand that is null in every row."""
    for arg in args:
        if arg.kind == "null":
            raise arg.node.wrong(
                "null is no operand: the result would always be null",
                "x is null tells whether x is null",
            )


def _not_taken(node: Node, name: str, args: Sequence[Typed]) -> ExpressionError:
    overloads = OPERATIONS[name]
    counts = sorted({len(overload.takes) for overload in overloads})
    repeats = any(overload.repeats_last and len(args) > counts[0] for overload in overloads)
    if len(args) not in counts and not repeats:
        return wrong_count(node, name, len(args), counts)
    given = " and ".join(KIND_NAMES[arg.kind] for arg in args)
    shown = "-" if name == "neg" else name
    return node.wrong(f"{shown} does not take {given}", _way_out(name, args))


def _way_out(name: str, args: Sequence[Typed]) -> str:
    """Return how to write what was meant, otherwise what the function takes."""
    kinds = {arg.kind for arg in args}
    for signs, with_kinds, hint in _HINTS:
        if name in signs and with_kinds & kinds:
            return hint
    if not name[0].isalpha():
        return ""
    ways = dict.fromkeys(
        ", ".join(KIND_NAMES[each] for each in overload.takes) for overload in OPERATIONS[name]
    )
    return f"it takes {_in_words([*ways])}"


_HINTS: tuple[tuple[set[str], set[Kind], str], ...] = (
    ({"+"}, {"text"}, "to join text, write ||"),
    ({"+", "-"}, {"timestamp"}, "add an interval, such as days(1) or hours(1)"),
    ({"+", "-"}, {"decimal"}, "add whole days, or an interval such as hours(1)"),
    ({"-"}, {"date"}, "date(x) makes a date of a timestamp"),
    ({"*", "/"}, {*INTERVAL_KINDS}, "an interval is only added: write days(2 * x)"),
)
"""Operators, kinds that one of them does not take, and how to write what was meant."""


def wrong_count(node: Node, name: str, given: int, counts: Sequence[int]) -> ExpressionError:
    """Return the error that a function got another number of arguments than it takes."""
    wanted = _in_words([*map(str, counts)])
    plural = "" if wanted == "1" else "s"
    return node.wrong(f"{name} takes {wanted} argument{plural}, got {given}")


def _in_words(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: `a, b or c`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
