"""
Every operator and function that works on values alone: one table, an entry for each overload.

A result is null where one of the operands is. A new function is a line here, and one in
docs/expressions.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from shardgen.generators.expressions import numbers, temporal, text_functions, texts
from shardgen.generators.expressions.numbers import NumberComparison, Numbers
from shardgen.generators.expressions.overload import Overload
from shardgen.generators.expressions.temporal import (
    IntervalFirst,
    Intervals,
    MinusInterval,
    TimestampField,
)
from shardgen.generators.expressions.text_functions import (
    EachLetter,
    EachString,
    JsonOf,
    TextComparison,
)
from shardgen.generators.expressions.typed import INTERVAL_KINDS, Kind

if TYPE_CHECKING:
    from shardgen.generators.expressions.typed import Value

V = TypeVar("V")


def _unchanged(value: V) -> V:
    return value


def _overloads(*overloads: Overload) -> tuple[Overload, ...]:
    return overloads


def _compared(compare: np.ufunc) -> tuple[Overload, ...]:
    number = NumberComparison(compare)
    return (
        Overload(("number", "number"), "boolean", number),
        Overload(("date", "date"), "boolean", number),
        Overload(("timestamp", "timestamp"), "boolean", number),
        Overload(("text", "text"), "boolean", TextComparison(compare)),
        Overload(("boolean", "boolean"), "boolean", compare),
    )


def _extreme(function: Callable[..., Numbers]) -> tuple[Overload, ...]:
    return (
        Overload(("number", "number"), "number", function, repeats_last=True),
        Overload(("date", "date"), "date", function, repeats_last=True),
        Overload(("timestamp", "timestamp"), "timestamp", function, repeats_last=True),
    )


def _interval(function: Callable[[Numbers], Intervals], kind: Kind) -> tuple[Overload, ...]:
    return (Overload(("integer",), kind, function),)


def _date_field(field: Callable[[Numbers], Numbers]) -> tuple[Overload, ...]:
    return (
        Overload(("date",), "integer", field),
        Overload(("timestamp",), "integer", TimestampField(field)),
    )


def _time_field(field: Callable[[Numbers], Numbers]) -> tuple[Overload, ...]:
    return (Overload(("timestamp",), "integer", field),)


def _of_text(function: Callable[..., Value]) -> tuple[Overload, ...]:
    return (Overload(("text",), "text", function),)


_ADDITIONS: tuple[tuple[Kind, Kind, Kind, Callable[[Numbers, Intervals], Numbers]], ...] = (
    ("date", "interval", "date", temporal.date_plus),
    ("date", "time interval", "timestamp", temporal.date_plus_time),
    ("timestamp", "interval", "timestamp", temporal.timestamp_plus),
    ("timestamp", "time interval", "timestamp", temporal.timestamp_plus),
)
_REMAINDER = _overloads(Overload(("number", "number"), "number", numbers.remainder))
_TO_TEXT = _overloads(
    Overload(("text",), "text", _unchanged),
    Overload(("number",), "text", texts.of_number),
    Overload(("date",), "text", texts.of_date),
    Overload(("timestamp",), "text", texts.of_timestamp),
    Overload(("boolean",), "text", texts.of_truth),
)
_TO_JSON = _overloads(
    Overload(("text",), "text", text_functions.json_string),
    Overload(("number",), "text", texts.of_number),
    Overload(("date",), "text", JsonOf(texts.of_date)),
    Overload(("timestamp",), "text", JsonOf(texts.of_timestamp)),
    Overload(("boolean",), "text", texts.of_truth),
)
_LEFT = EachString(text_functions.left)
_RIGHT = EachString(text_functions.right)
_SUBSTRING = EachString(text_functions.substring)
_PADDED = EachString(text_functions.padded)

TO_TEXT = {overload.takes[0]: overload for overload in _TO_TEXT}
"""How values of each kind become text."""
TO_TIMESTAMP = Overload(("date",), "timestamp", temporal.start_of)
"""How a date becomes the timestamp that it begins with."""

OPERATIONS: dict[str, tuple[Overload, ...]] = {
    "+": _overloads(
        Overload(("number", "number"), "number", numbers.add),
        Overload(("date", "integer"), "date", temporal.date_plus_days),
        *(Overload((start, interval), gives, plus) for start, interval, gives, plus in _ADDITIONS),
        *(
            Overload((interval, start), gives, IntervalFirst(plus))
            for start, interval, gives, plus in _ADDITIONS
        ),
        *(
            Overload((a, b), a if a == b else "time interval", temporal.add_intervals)
            for a in INTERVAL_KINDS
            for b in INTERVAL_KINDS
        ),
    ),
    "-": _overloads(
        Overload(("number", "number"), "number", numbers.subtract),
        Overload(("date", "date"), "integer", numbers.subtract),
        Overload(("timestamp", "timestamp"), "integer", numbers.subtract),
        Overload(("date", "integer"), "date", temporal.date_minus_days),
        *(
            Overload((start, interval), gives, MinusInterval(plus))
            for start, interval, gives, plus in _ADDITIONS
        ),
    ),
    "neg": _overloads(
        Overload(("number",), "number", numbers.negate),
        *(Overload((kind,), kind, temporal.negate_interval) for kind in INTERVAL_KINDS),
    ),
    "*": _overloads(Overload(("number", "number"), "number", numbers.multiply)),
    "/": _overloads(Overload(("number", "number"), "decimal", numbers.divide)),
    "%": _REMAINDER,
    "||": _overloads(Overload(("text", "text"), "text", texts.joined)),
    "=": _compared(np.equal),
    "<>": _compared(np.not_equal),
    "<": _compared(np.less),
    "<=": _compared(np.less_equal),
    ">": _compared(np.greater),
    ">=": _compared(np.greater_equal),
    "not": _overloads(Overload(("boolean",), "boolean", np.logical_not)),
    "abs": _overloads(Overload(("number",), "number", numbers.absolute)),
    "ceil": _overloads(Overload(("number",), "integer", numbers.ceiling)),
    "concat": _overloads(Overload(("text", "text"), "text", texts.joined, repeats_last=True)),
    "date": _overloads(
        Overload(("timestamp",), "date", temporal.date_of), Overload(("date",), "date", _unchanged)
    ),
    "day": _date_field(temporal.day),
    "days": _interval(temporal.days, "interval"),
    "floor": _overloads(Overload(("number",), "integer", numbers.floor)),
    "greatest": _extreme(numbers.greatest),
    "hour": _time_field(temporal.hour),
    "hours": _interval(temporal.hours, "time interval"),
    "initcap": _of_text(EachString(text_functions.capitalised)),
    "least": _extreme(numbers.least),
    "left": _overloads(Overload(("text", "digits"), "text", _LEFT)),
    "length": _overloads(Overload(("text",), "integer", text_functions.length)),
    "lower": _of_text(EachLetter(str.lower)),
    "lpad": _overloads(
        Overload(("integer", "digits"), "text", texts.padded_number),
        Overload(("integer", "digits", "fill"), "text", texts.padded_number),
        Overload(("text", "digits"), "text", _PADDED),
        Overload(("text", "digits", "fill"), "text", _PADDED),
    ),
    "minute": _time_field(temporal.minute),
    "minutes": _interval(temporal.minutes, "time interval"),
    "mod": _REMAINDER,
    "month": _date_field(temporal.month),
    "months": _interval(temporal.months, "interval"),
    "replace": _overloads(
        Overload(("text", "fill", "words"), "text", text_functions.Replaced()),
    ),
    "right": _overloads(Overload(("text", "digits"), "text", _RIGHT)),
    "round": _overloads(
        Overload(("number",), "integer", numbers.rounded),
        Overload(("number", "digits"), "number", numbers.rounded),
    ),
    "second": _time_field(temporal.second),
    "seconds": _interval(temporal.seconds, "time interval"),
    "sign": _overloads(Overload(("number",), "integer", numbers.sign)),
    "slug": _of_text(EachLetter(text_functions.slug)),
    "substr": _overloads(
        Overload(("text", "digits"), "text", _SUBSTRING),
        Overload(("text", "digits", "digits"), "text", _SUBSTRING),
    ),
    "timestamp": _overloads(
        TO_TIMESTAMP,
        Overload(("timestamp",), "timestamp", _unchanged),
    ),
    "to_json": _TO_JSON,
    "to_text": _TO_TEXT,
    "upper": _of_text(EachLetter(str.upper)),
    "weekday": _date_field(temporal.weekday),
    "weeks": _interval(temporal.weeks, "interval"),
    "year": _date_field(temporal.year),
    "months_between": _overloads(
        Overload(("date", "date"), "integer", temporal.months_between),
        Overload(("timestamp", "timestamp"), "integer", temporal.months_between_timestamps),
    ),
    "years": _interval(temporal.years, "interval"),
    "~lower": _of_text(EachLetter(text_functions.lower_of_ascii)),
    "~upper": _of_text(EachLetter(text_functions.upper_of_ascii)),
    "years_between": _overloads(
        Overload(("date", "date"), "integer", temporal.years_between),
        Overload(
            ("timestamp", "timestamp"),
            "integer",
            temporal.years_between_timestamps,
        ),
    ),
}
"""
Each operator by its sign, each function by its name, with its overloads.

No expression can name what begins with `~`: it is a function as databases have it.
"""
