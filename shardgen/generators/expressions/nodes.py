"""Typed nodes made of typed nodes: literals, operations, choices and logic, with their nulls."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.generators.expressions import numbers, texts
from shardgen.generators.expressions import typed as ty
from shardgen.generators.expressions.numbers import Num, whole
from shardgen.generators.expressions.operations import OPERATIONS, TEXT, Form
from shardgen.generators.expressions.parser import Literal, Node
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import (
    Computed,
    Typed,
    either_null,
    guarded,
    is_true,
    may_be_true,
)
from shardgen.tables.calendar import EPOCH
from shardgen.tables.values import DAY

if TYPE_CHECKING:
    from shardgen.tables.batch import Batch

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
_DATE_LENGTH = 10
_MOST_DIGITS = 1000  # of a length that is written out
_ALIKE = {"=", "<>", "<", "<=", ">", ">=", "least", "greatest", "years_between"}
"""Operations whose operands are made alike: dates and timestamps, dates and text."""
_TEXTUAL = {"||", "concat"}
"""Operations that take anything, as text."""
_READING = {"date", "timestamp"}
"""Operations that read what is written out as text."""


# Literals


def literal(node: Literal) -> Typed:
    """Return a value that is written out."""
    value = node.value
    match value:
        case None:
            return null(node, "it is null")
        case bool():
            truth = np.bool_(value)
            return Typed(node, "boolean", lambda _: (truth, None), None, value)
        case str():
            text = texts.literal(value)
            return Typed(node, "text", lambda _: (text, None), None, value)
    scale = -int(value.as_tuple().exponent)
    units = int(value.scaleb(scale))
    number = Num(np.int64(units), scale, units, units)
    kind = "decimal" if scale else "integer"
    return Typed(node, kind, lambda _: (number, None), None, value)


def null(node: Node, reason: str) -> Typed:
    """Return what is always null, of no kind."""
    return Typed(node, "null", lambda _: (None, np.True_), (node, reason))


def moment(node: Node, kind: str, units: int) -> Typed:
    """Return a date or a timestamp that is written out, in days or seconds since 1970."""
    number = whole(np.int64(units), units, units)
    return Typed(node, kind, lambda _: (number, None))


def moment_in(of: Typed) -> Typed:
    """Return text that is written out as the date or timestamp it is; ExpressionError when it is none."""
    try:
        at = dt.datetime.fromisoformat(of.constant) if _MOMENT.fullmatch(of.constant) else None
    except ValueError:
        at = None
    if at is None:
        hint = "write '2024-12-31' or '2024-12-31 23:59:59'"
        raise of.node.wrong(f"{of.constant!r} is no date", hint)
    days = (at.date() - EPOCH).days
    if len(of.constant) == _DATE_LENGTH:
        return moment(of.node, "date", days)
    return moment(of.node, "timestamp", days * DAY + at.hour * 3600 + at.minute * 60 + at.second)


# Operations


def operation(node: Node, name: str, args: Sequence[Typed]) -> Typed:
    """Return an operator or a function applied; ExpressionError where no form of it takes these kinds."""
    forms = OPERATIONS[name]
    if name in _TEXTUAL:
        args = [as_text(arg) for arg in args]
    if name in _READING:
        args = [moment_in(arg) if isinstance(arg.constant, str) else arg for arg in args]
    if name in _ALIKE:
        args = alike(args)
    _refuse_null(args)
    form = next((form for form in forms if _takes(form, args)), None)
    if form is None:
        raise _misfit(node, name, forms, args)
    return _apply(node, form, args)


def _refuse_null(args: Sequence[Typed]) -> None:
    for arg in args:
        if arg.kind == "null":
            raise arg.node.wrong("null is no operand: the result would always be null", _IS_NULL)


def _takes(form: Form, args: Sequence[Typed]) -> bool:
    takes = form.takes
    if form.many and len(args) > len(takes):
        takes = (*takes, *takes[-1:] * (len(args) - len(takes)))
    pairs = zip(takes, args, strict=True) if len(takes) == len(args) else ()
    return len(takes) == len(args) and all(_fits(wanted, arg) for wanted, arg in pairs)


def _fits(wanted: str, arg: Typed) -> bool:
    match wanted:
        case "number":
            return arg.kind in ty.NUMBERS
        case "digits":
            is_number = isinstance(arg.constant, Decimal)
            return is_number and arg.kind == "integer" and arg.constant <= _MOST_DIGITS
        case "fill":
            return isinstance(arg.constant, str) and bool(arg.constant)
    return arg.kind == wanted


def _apply(node: Node, form: Form, args: Sequence[Typed]) -> Typed:
    fixed = {n: arg.constant for n, arg in enumerate(args) if _is_fixed(form, n)}
    runs = [arg.run for arg in args]
    function = form.run

    def run(batch: Batch) -> Computed:
        values: list[Any] = []
        where: ty.Null = None
        for n, operand in enumerate(runs):
            if n in fixed:
                values.append(int(fixed[n]) if isinstance(fixed[n], Decimal) else fixed[n])
                continue
            value, missing = operand(batch)
            values.append(value)
            where = either_null(where, missing)
        return function(*values), where

    kind = form.gives
    if kind == "number":
        kinds = {arg.kind for n, arg in enumerate(args) if n not in fixed}
        kind = "decimal" if "decimal" in kinds else "integer"
    return Typed(node, kind, guarded(node, run), ty.first_reason(*args))


def _is_fixed(form: Form, n: int) -> bool:
    return form.takes[min(n, len(form.takes) - 1)] in ("digits", "fill")


def _misfit(node: Node, name: str, forms: Sequence[Form], args: Sequence[Typed]) -> ExpressionError:
    counts = sorted({len(form.takes) for form in forms})
    if len(args) not in counts and not any(form.many and len(args) > counts[0] for form in forms):
        return miscounted(node, name, len(args), counts)
    given = " and ".join(_worded(arg) for arg in args)
    called = "-" if name == "neg" else name
    hint = next(
        (hint for signs, kinds, hint in _HINTS if name in signs and kinds & {a.kind for a in args}),
        "",
    )
    return node.wrong(f"{called} does not take {given}", hint or _wanted(name, forms))


def _worded(arg: Typed) -> str:
    return ty.WORDS[arg.kind]


def _wanted(name: str, forms: Sequence[Form]) -> str:
    """Return what an operation takes, as a hint."""
    if not name[0].isalpha():
        return ""
    ways = dict.fromkeys(", ".join(ty.WORDS[each] for each in form.takes) for form in forms)
    return f"it takes {in_words([*ways])}"


def miscounted(node: Node, name: str, given: int, counts: Sequence[int]) -> ExpressionError:
    """Return the error that a function got another number of arguments than it takes."""
    wanted = in_words([*map(str, counts)])
    plural = "" if wanted == "1" else "s"
    return node.wrong(f"{name} takes {wanted} argument{plural}, got {given}")


_IS_NULL = "x is null tells whether x is null"
_HINTS: tuple[tuple[set[str], set[str], str], ...] = (
    ({"+"}, {"text"}, "to join text, write ||"),
    ({"+", "-"}, {"timestamp"}, "add an interval, such as days(1) or hours(1)"),
    ({"+", "-"}, {"decimal"}, "add whole days, or an interval such as hours(1)"),
    ({"-"}, {"date"}, "date(x) makes a date of a timestamp"),
    (set("*/"), set(ty.SPANS), "an interval is only added: write days(2 * x)"),
)
"""Hints for operations that do not take some kind of value."""


def in_words(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: `a, b or c`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


# Kinds made alike


def as_text(of: Typed) -> Typed:
    """Return any value as text; ExpressionError where it has no text."""
    if of.kind in ("text", "null"):
        return of
    form = TEXT.get("number" if of.kind in ty.NUMBERS else of.kind)
    if form is None:
        raise of.node.wrong(f"{ty.WORDS[of.kind]} has no text", "add it to a date first")
    return _apply(of.node, form, [of])


def alike(args: Sequence[Typed]) -> list[Typed]:
    """Return dates that are written out as such, and as timestamps beside timestamps."""
    kinds = {arg.kind for arg in args}
    if not kinds & set(ty.MOMENTS):
        return list(args)
    found = [moment_in(arg) if isinstance(arg.constant, str) else arg for arg in args]
    if any(arg.kind == "timestamp" for arg in found):
        found = [ty.lifted(arg) for arg in found]
    return found


def common_kind(args: Sequence[Typed]) -> str:
    """Return the one kind that all of these have; ExpressionError where they have several."""
    of = [arg for arg in args if arg.kind != "null"]
    if not of:
        raise args[0].node.wrong("all of these values are null", "one of them needs a kind")
    kind = of[0].kind
    for arg in of[1:]:
        if kind in ty.NUMBERS and arg.kind in ty.NUMBERS:
            kind = max(kind, arg.kind, key=ty.NUMBERS.index)
        elif arg.kind != kind:
            what = f"a value is {ty.WORDS[kind]}, and this one is {ty.WORDS[arg.kind]}"
            raise arg.node.wrong(what, "to_text(x) makes text of any value")
    if kind in ty.SPANS:
        raise of[0].node.wrong(
            "an interval cannot be chosen", "choose the number in it: days(case … end)"
        )
    return kind


# Choices and logic


def once(of: Typed) -> Typed:
    """Return a node that is computed once in a batch, however many ask."""
    return msgspec.structs.replace(of, run=lambda batch: batch.shared(of.run, of.run))


def present(of: Typed) -> Typed:
    """Return whether a value is not null."""

    def run(batch: Batch) -> Computed:
        missing = of.run(batch)[1]
        return np.True_ if missing is None else np.logical_not(missing), None

    return Typed(of.node, "boolean", run)


def choice(node: Node, conditions: Sequence[Typed], values: Sequence[Typed]) -> Typed:
    """Return the value of the first condition that holds, else the last value."""
    values = alike(values)
    kind = common_kind(values)
    select: Callable[..., Any] = _CHOOSE.get(kind, numbers.choose)

    def run(batch: Batch) -> Computed:
        holds = [is_true(condition.run(batch)) for condition in conditions]
        computed = [value.run(batch) for value in values]
        stand_in = next(value for value, _ in computed if value is not None)
        chosen = select(holds, [stand_in if value is None else value for value, _ in computed])
        if all(missing is None for _, missing in computed):
            return chosen, None
        missing = [np.False_ if where is None else where for _, where in computed]
        return chosen, numbers.first_of(holds, missing)

    return Typed(node, kind, guarded(node, run), ty.first_reason(*values))


_CHOOSE: dict[str, Callable[..., Any]] = {
    "text": texts.choose,
    "boolean": numbers.first_of,
}


def logical(node: Node, decide: Callable[[Any, Any], Any], a: Typed, b: Typed) -> Typed:
    """
    Return two conditions together, by `both` or `any_of`.

    One that is null counts as either: the result is null where it depends on which.
    """

    def run(batch: Batch) -> Computed:
        x, y = a.run(batch), b.run(batch)
        least = decide(is_true(x), is_true(y))
        if x[1] is None and y[1] is None:
            return least, None
        return least, least != decide(may_be_true(x), may_be_true(y))

    return Typed(node, "boolean", run, ty.first_reason(a, b))


def both(a: Any, b: Any) -> Any:
    """Return where both are true."""
    return a & b


def any_of(a: Any, b: Any) -> Any:
    """Return where one of both is true."""
    return a | b
