"""
Every operator and function that works on values alone: one table, an entry for each form.

They are null where one of their operands is. A new function is a line here, and one in
docs/expressions.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from shardgen.generators.expressions import numbers as n
from shardgen.generators.expressions import temporal as m
from shardgen.generators.expressions import texts as t


class Form(msgspec.Struct, frozen=True, eq=False):
    """
    One way to call an operation: what it takes, what it gives, and the function of the values.

    A parameter is a kind, or `number` (integer or decimal), or `digits` and `fill`, a whole number
    or a text that is written out and comes as itself; `many` says that the last may come again. A
    result that is `number` is an integer where all that it is made of are.
    """

    takes: tuple[str, ...]
    gives: str
    run: Callable[..., Any]
    many: bool = False


def _forms(*forms: Form) -> tuple[Form, ...]:
    return forms


def _compared(compare: Callable[[Any, Any], Any]) -> tuple[Form, ...]:
    number, text = n.comparison(compare), t.comparison(compare)
    return (
        Form(("number", "number"), "boolean", number),
        Form(("date", "date"), "boolean", number),
        Form(("timestamp", "timestamp"), "boolean", number),
        Form(("text", "text"), "boolean", text),
        Form(("boolean", "boolean"), "boolean", compare),
    )


def _any_text(function: Callable[[t.Str], t.Str]) -> tuple[Form, ...]:
    return (Form(("text",), "text", function),)


def _extreme(choose: Callable[[Any, Any], Any], pick: Callable[..., int]) -> tuple[Form, ...]:
    run = n.extreme(choose, pick)
    kinds = ("number", "date", "timestamp")
    return tuple(Form((kind, kind), kind, run, many=True) for kind in kinds)


def _span(of: Callable[[n.Num], m.Span], kind: str) -> tuple[Form, ...]:
    return (Form(("integer",), kind, of),)


def _of_day(field: Callable[[n.Num], n.Num]) -> tuple[Form, ...]:
    return (
        Form(("date",), "integer", field),
        Form(("timestamp",), "integer", m.of_day(field)),
    )


def _of_time(step: int, count: int) -> tuple[Form, ...]:
    return (Form(("timestamp",), "integer", m.of_time(step, count)),)


def _later_by_days(day: n.Num, days: n.Num) -> n.Num:
    return m.later_day(day, m.Span(days=days))


def _shifted(later: Callable[[n.Num, m.Span], n.Num]) -> Callable[[n.Num, m.Span], n.Num]:
    return lambda moment, span: later(moment, m.negate_span(span))


_SHIFTS = (
    ("date", "interval", "date", m.later_day),
    ("date", "time interval", "timestamp", m.later_from_day),
    ("timestamp", "interval", "timestamp", m.later_moment),
    ("timestamp", "time interval", "timestamp", m.later_moment),
)
_SPAN_KINDS = ("interval", "time interval")
_REMAINDER = _forms(Form(("number", "number"), "number", n.remainder))
_TO_TEXT = _forms(
    Form(("text",), "text", lambda text: text),
    Form(("number",), "text", t.of_number),
    Form(("date",), "text", t.of_day),
    Form(("timestamp",), "text", t.of_moment),
    Form(("boolean",), "text", t.of_truth),
)
_SUBSTRING = t.each_whole(t.substring)

TEXT = dict(zip((form.takes[0] for form in _TO_TEXT), _TO_TEXT, strict=True))
"""How values of each kind become text."""

OPERATIONS: dict[str, tuple[Form, ...]] = {
    "+": _forms(
        Form(("number", "number"), "number", n.add),
        Form(("date", "integer"), "date", _later_by_days),
        *(Form((moment, span), gives, later) for moment, span, gives, later in _SHIFTS),
        *(
            Form((span, moment), gives, lambda span, moment, later=later: later(moment, span))
            for moment, span, gives, later in _SHIFTS
        ),
        *(
            Form((a, b), a if a == b else "time interval", m.add_spans)
            for a in _SPAN_KINDS
            for b in _SPAN_KINDS
        ),
    ),
    "-": _forms(
        Form(("number", "number"), "number", n.subtract),
        Form(("date", "date"), "integer", n.subtract),
        Form(("timestamp", "timestamp"), "integer", n.subtract),
        Form(("date", "integer"), "date", lambda day, count: _later_by_days(day, n.negate(count))),
        *(Form((moment, span), gives, _shifted(later)) for moment, span, gives, later in _SHIFTS),
    ),
    "neg": _forms(
        Form(("number",), "number", n.negate),
        *(Form((span,), span, m.negate_span) for span in _SPAN_KINDS),
    ),
    "*": _forms(Form(("number", "number"), "number", n.multiply)),
    "/": _forms(Form(("number", "number"), "decimal", n.divide)),
    "%": _REMAINDER,
    "||": _forms(Form(("text", "text"), "text", t.joined)),
    "=": _compared(np.equal),
    "<>": _compared(np.not_equal),
    "<": _compared(np.less),
    "<=": _compared(np.less_equal),
    ">": _compared(np.greater),
    ">=": _compared(np.greater_equal),
    "not": _forms(Form(("boolean",), "boolean", np.logical_not)),
    "abs": _forms(Form(("number",), "number", n.absolute)),
    "ceil": _forms(Form(("number",), "integer", n.ceiling)),
    "concat": _forms(Form(("text", "text"), "text", t.joined, many=True)),
    "date": _forms(
        Form(("timestamp",), "date", m.day_of), Form(("date",), "date", lambda day: day)
    ),
    "day": _of_day(m.day),
    "days": _span(m.days(1), "interval"),
    "floor": _forms(Form(("number",), "integer", n.floor)),
    "greatest": _extreme(np.maximum, max),
    "hour": _of_time(3600, 24),
    "hours": _span(m.seconds(3600), "time interval"),
    "initcap": _any_text(t.each_whole(t.capitalised)),
    "least": _extreme(np.minimum, min),
    "left": _forms(Form(("text", "digits"), "text", t.each_whole(t.left))),
    "length": _forms(Form(("text",), "integer", t.length)),
    "lower": _any_text(t.each_part(str.lower)),
    "lpad": _forms(
        Form(("integer", "digits"), "text", t.padded_number),
        Form(("integer", "digits", "fill"), "text", t.padded_number),
        Form(("text", "digits"), "text", t.each_whole(t.padded)),
        Form(("text", "digits", "fill"), "text", t.each_whole(t.padded)),
    ),
    "minute": _of_time(60, 60),
    "minutes": _span(m.seconds(60), "time interval"),
    "mod": _REMAINDER,
    "month": _of_day(m.month),
    "months": _span(m.months(1), "interval"),
    "right": _forms(Form(("text", "digits"), "text", t.each_whole(t.right))),
    "round": _forms(
        Form(("number",), "integer", lambda number: n.places(number, 0)),
        Form(("number", "digits"), "number", n.places),
    ),
    "second": _of_time(1, 60),
    "seconds": _span(m.seconds(1), "time interval"),
    "sign": _forms(Form(("number",), "integer", n.sign)),
    "substr": _forms(
        Form(("text", "digits"), "text", _SUBSTRING),
        Form(("text", "digits", "digits"), "text", _SUBSTRING),
    ),
    "timestamp": _forms(
        Form(("date",), "timestamp", m.start_of),
        Form(("timestamp",), "timestamp", lambda second: second),
    ),
    "to_text": _TO_TEXT,
    "upper": _any_text(t.each_part(str.upper)),
    "weekday": _of_day(m.weekday),
    "weeks": _span(m.days(7), "interval"),
    "year": _of_day(m.year),
    "years": _span(m.months(12), "interval"),
    "years_between": _forms(
        Form(("date", "date"), "integer", m.years_between),
        Form(
            ("timestamp", "timestamp"),
            "integer",
            lambda first, last: m.years_between(m.day_of(first), m.day_of(last)),
        ),
    ),
}
"""Each operator by its sign, each function by its name, with its forms."""
