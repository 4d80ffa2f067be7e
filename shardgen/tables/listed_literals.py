"""Plain values, as `schema.literals` has them → a column of them, one row each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

import numpy as np

from shardgen.schema.types import ColumnType
from shardgen.tables import values as c
from shardgen.tables.calendar import days_of
from shardgen.tables.casts import cast, check_fit
from shardgen.tables.list_values import Lists, offsets_of
from shardgen.tables.rare_values import Bits, Bytes, Intervals, Times

_EXACT = Context(prec=1100)  # digits, more than any type has
_START = dt.datetime(1970, 1, 1)
_MICROSECONDS = 6  # digits of a second that Python's moments have


def column_of(values: Sequence[Any], kind: ColumnType) -> c.ColumnValues:
    """
    Return at least one plain value as a column of the type; None is any value of its kind.

    ValueError or BindError where the type does not hold one of them.
    """
    made = cast(_column(values, kind), kind)
    check_fit(made, kind)
    return made


def _column(values: Sequence[Any], kind: ColumnType) -> c.ColumnValues:  # noqa: PLR0911 -- families
    match kind.family:
        case "integer" | "decimal" | "float":
            return _numbers(values, kind)
        case "boolean":
            return c.Booleans(np.array([bool(value) for value in values]))
        case "date":
            days = [0 if v is None else days_of(dt.date.fromisoformat(v)) for v in values]
            return c.Dates(np.array(days, np.int64), min(days), max(days))
        case "timestamp":
            return _moments(values, kind)
        case "time":
            return _times(values, kind)
        case "interval":
            seconds = [int(value or 0) for value in values]
            return Intervals(np.array(seconds, np.int64), min(seconds), max(seconds))
        case "array":
            return _lists(values, kind)
    some = next((value for value in values if value is not None), "")
    texts = [some if value is None else value for value in values]
    strings = c.Dictionary(np.arange(len(texts)), c.Pool(texts))
    if kind.family == "bytes":
        return Bytes(strings)
    return Bits(strings, varying=kind.name != "bit") if kind.family == "bits" else strings


def _numbers(values: Sequence[Any], kind: ColumnType) -> c.ColumnValues:
    numbers = [Decimal(0) if value is None else Decimal(value) for value in values]
    places = max(0, *(-int(number.normalize().as_tuple().exponent) for number in numbers))
    most = {"integer": 0, "decimal": kind.scale}.get(kind.family, places)
    if places > most:
        odd = next(number for number in numbers if number != round(number, most))
        raise ValueError(f"{odd} has more places than {kind} holds")
    units = [int(number.scaleb(most, _EXACT)) for number in numbers]
    low, high = min(units), max(units)
    array = np.array(units, object if c.is_wide(low, high) else np.int64)
    if kind.family == "integer":
        return c.Integers(array, low, high)
    return c.Decimals(array, most, low, high)


def _moments(values: Sequence[Any], kind: ColumnType) -> c.Timestamps:
    moments = [_START if value is None else dt.datetime.fromisoformat(value) for value in values]
    spans = [moment - _START for moment in moments]
    seconds = [span.days * c.DAY + span.seconds for span in spans]
    fractions = [span.microseconds for span in spans]
    _check_fractions(fractions, kind)
    high = max(seconds) + any(fractions)
    return c.Timestamps(
        np.array(seconds, np.int64), min(seconds), high, np.array(fractions), _MICROSECONDS
    )


def _times(values: Sequence[Any], kind: ColumnType) -> Times:
    times = [dt.time() if value is None else dt.time.fromisoformat(value) for value in values]
    seconds = [(time.hour * 60 + time.minute) * 60 + time.second for time in times]
    fractions = [time.microsecond for time in times]
    _check_fractions(fractions, kind)
    array = np.array(seconds, np.int64)
    if not any(fractions):
        return Times(array, min(seconds), max(seconds))
    high = max(seconds) + 1
    return Times(array, min(seconds), high, np.array(fractions), _MICROSECONDS)


def _check_fractions(fractions: Sequence[int], kind: ColumnType) -> None:
    step = 10 ** (_MICROSECONDS - (kind.precision or 0))
    odd = next((fraction for fraction in fractions if fraction % step), None)
    if odd is not None:
        raise ValueError(f"a fraction of {odd} microseconds is finer than {kind} holds")


def _lists(values: Sequence[Any], kind: ColumnType) -> Lists:
    assert kind.element is not None, "an array has elements"
    lists: list[list[Any]] = [value or [] for value in values]
    counts = np.array([len(each) for each in lists], np.int64)
    elements = [each for value in lists for each in value] or [None]
    null = np.array([each is None for each in elements])
    made = _column(elements, kind.element)
    most = max(1, int(counts.max()))
    return Lists(offsets_of(counts), made, most, null if counts.sum() and null.any() else None)
