"""
One value of a column, as Python has it → as plain numbers, texts and lists, and back as a column.

The plain form crosses between processes, and is one for all that Python can write: a date is its
ISO text, a number its digits.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, NoReturn
from uuid import UUID

import msgspec

from shardgen.errors import shown
from shardgen.schema.types import ColumnType


def literal(value: Any, kind: ColumnType) -> Any:
    """
    Return the plain form of a value that is not None; ValueError where the type has no such value.

    Numbers may be given as text; dates and times as ISO text; a document as its text or as what
    JSON holds. A moment with a time zone is taken to UTC.
    """
    if isinstance(value, Enum):
        value = value.value
    if kind.family == "array":
        if not isinstance(value, list | tuple):
            _refuse("a list", value, kind)
        assert kind.element is not None, "an array has elements"
        return [None if each is None else literal(each, kind.element) for each in value]
    return _plain_form(kind.family)(value, kind)


def _refuse(what: str, value: Any, kind: ColumnType) -> NoReturn:
    raise ValueError(f"{shown(value)} is not {what}, and the column is {kind}")


def _number(value: Any, kind: ColumnType) -> str:
    is_number = isinstance(value, numbers.Number | str) and not isinstance(value, bool)
    try:
        number = Decimal(str(value)) if is_number else None
    except InvalidOperation:
        number = None
    if number is None or not math.isfinite(number):
        _refuse("a number", value, kind)
    return str(number)


def _boolean(value: Any, kind: ColumnType) -> bool:
    if not isinstance(value, bool):
        _refuse("true or false", value, kind)
    return value


def _date(value: Any, kind: ColumnType) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    return _iso(value, kind, dt.date.fromisoformat, "a date such as 2025-01-31")


def _moment(value: Any, kind: ColumnType) -> str:
    moment = value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        moment = dt.datetime(value.year, value.month, value.day)
    if not isinstance(moment, dt.datetime):
        what = "a moment such as 2025-01-31 09:30:00"
        moment = dt.datetime.fromisoformat(_iso(value, kind, dt.datetime.fromisoformat, what))
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return moment.isoformat(" ")


def _time(value: Any, kind: ColumnType) -> str:
    time = value
    if not isinstance(time, dt.time):
        time = dt.time.fromisoformat(_iso(value, kind, dt.time.fromisoformat, "a time of day"))
    if time.tzinfo is not None:
        _refuse("a time of day without a zone", value, kind)
    return time.isoformat()


def _iso(value: Any, kind: ColumnType, parse: Callable[[str], Any], what: str) -> str:
    if isinstance(value, str):
        try:
            return str(parse(value).isoformat())
        except ValueError:
            pass
    _refuse(what, value, kind)


def _interval(value: Any, kind: ColumnType) -> str:
    if isinstance(value, dt.timedelta):
        value = value.total_seconds()
    seconds = _number(value, kind)
    if Decimal(seconds) % 1:
        _refuse("a number of whole seconds", value, kind)
    return str(int(Decimal(seconds)))


def _bytes(value: Any, kind: ColumnType) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return _text(value, kind)


def _uuid(value: Any, kind: ColumnType) -> str:
    return str(value) if isinstance(value, UUID) else _text(value, kind)


def _document(value: Any, kind: ColumnType) -> str:
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except TypeError:
        _refuse("what JSON holds", value, kind)


def _text(value: Any, kind: ColumnType) -> str:
    if not isinstance(value, str):
        _refuse("text", value, kind)
    return str(value)


_LITERALS: dict[str, Callable[[Any, ColumnType], Any]] = {
    "integer": _number,
    "decimal": _number,
    "float": _number,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _moment,
    "time": _time,
    "interval": _interval,
    "bytes": _bytes,
    "uuid": _uuid,
    "json": _document,
}
"""What makes the plain form of a value by the family of its type; text for all others."""


def _plain_form(family: str) -> Callable[[Any, ColumnType], Any]:
    return _LITERALS.get(family, _text)
