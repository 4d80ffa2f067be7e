"""Defaults of columns: which values a type takes, and which texts are computed by the database."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from shardgen.schema.types import SPELLED
from shardgen.tables.calendar import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.schema.types import ColumnType

NOW = re.compile(
    r"(current_timestamp|localtimestamp|now|current_date|curdate|getdate)\s*(\(\s*\d*\s*\))?"
    r"(\s+on\s+update\s.*)?",
    re.IGNORECASE | re.DOTALL,
)
NEW_UUID = re.compile(r"(gen_random_uuid|uuid_generate_v4|uuid|newid)\s*\(\s*\)", re.IGNORECASE)

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,4})?", re.IGNORECASE)
_BOOLEAN = re.compile(r"true|false|0|1", re.IGNORECASE)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_INTERVAL = re.compile(r"[0-9]{2,9}:[0-5][0-9]:[0-5][0-9]")
_HEX = re.compile(r"([0-9a-f]{2})*", re.IGNORECASE)
_BITS = re.compile(r"[01]+")
_NUMBERS = ("integer", "decimal", "float", "boolean")
_EXACT = Context(prec=1100)  # digits, more than any type has
_FIRST_YEAR = 1000  # what all dialects store
_FLOATS = {
    "float": (Decimal("1.1754944e-38"), Decimal("3.4028234e38")),
    "double": (Decimal("2.2250738585072014e-308"), Decimal("1.7976931348623157e308")),
}
"""The least and the greatest number above zero by type, with all of its digits."""


def refused_default(value: object, kind: ColumnType) -> str | None:
    """
    Return the way out where `value` is no default for a column of that type; None where it is one.

    It is one if all databases take it as it is: what they round or cut is none.
    """
    if isinstance(value, str) and value.upper() == "NULL" and kind.family not in _NUMBERS:
        return None  # it means that there is no default
    return _CHECKS[kind.family](value, kind)


def is_computed(value: str, kind: ColumnType) -> bool:
    """Return whether a default is what the database computes: now, today, a new UUID."""
    if kind.family in ("date", "timestamp"):
        return NOW.fullmatch(value) is not None
    return kind.family == "uuid" and NEW_UUID.fullmatch(value) is not None


def sets_on_update(column: CatalogColumn) -> bool:
    """
    Return whether the default asks for the current time at every UPDATE too, as MySQL's may.

    It does for a date or a timestamp; for a text these are words as any others.
    """
    default, family = column.default, column.sql_type.family
    if family not in ("date", "timestamp") or not isinstance(default, str):
        return False
    match = NOW.fullmatch(default)
    return match is not None and match[3] is not None


def default_moment(value: str) -> dt.datetime | None:
    """Return the moment that a default of a date or a timestamp is; None where it is none."""
    try:
        return dt.datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
    except ValueError:
        return None


def default_seconds(value: str) -> int | None:
    """Return that moment in seconds since 1970-01-01 UTC."""
    moment = default_moment(value)
    return None if moment is None else (moment - _START) // dt.timedelta(seconds=1)


_START = dt.datetime.combine(EPOCH, dt.time())


# By family: the hint where a type does not take a value, None where it does


def _integer(value: object, kind: ColumnType) -> str | None:
    text = str(value).strip()
    if isinstance(value, bool) or not _WHOLE.fullmatch(text):
        return "write a whole number"
    low, high = kind.integer_bounds
    return None if low <= Decimal(text) <= high else f"it holds {low} to {high}"


def _number(value: object) -> Decimal | None:
    text = str(value).strip()
    return None if isinstance(value, bool) or not _NUMBER.fullmatch(text) else Decimal(text)


def _decimal(value: object, kind: ColumnType) -> str | None:
    number = _number(value)
    if number is None:
        return "write a number"
    most = Decimal(kind.unit_bounds[1]).scaleb(-kind.scale, _EXACT)
    if number.copy_abs() > most:  # abs() would round, and a text may have a million digits
        return f"it holds {-most} to {most}"
    places = -int(number.normalize(_EXACT).as_tuple().exponent)
    return f"it has {kind.scale} decimal places" if places > kind.scale else None


def _float(value: object, kind: ColumnType) -> str | None:
    number = _number(value)
    if number is None:
        return "write a number"
    least, most = _FLOATS[kind.name]
    if number and not least <= number.copy_abs() <= most:
        return f"it holds 0, and numbers from {least:.7g} to {most:.7g} on either side of it"
    return None


def _boolean(value: object, kind: ColumnType) -> str | None:
    del kind
    return None if _BOOLEAN.fullmatch(str(value).strip()) else "write true or false"


def _enum(value: object, kind: ColumnType) -> str | None:
    return None if value in kind.values else "write one of its values"


def _date(value: object, kind: ColumnType) -> str | None:
    form = "2024-12-31" if kind.family == "date" else "2024-12-31 23:59:59"
    if isinstance(value, str):
        if is_computed(value, kind):
            return None
        moment = default_moment(value) if len(value) <= len(form) else None
        if moment is not None and moment.year >= _FIRST_YEAR:
            return None
    return f"write {form!r}, of the years from {_FIRST_YEAR} on, or CURRENT_TIMESTAMP"


def _uuid(value: object, kind: ColumnType) -> str | None:
    if isinstance(value, str) and (_UUID.fullmatch(value) or is_computed(value, kind)):
        return None
    return "write 36 characters such as '00000000-0000-4000-8000-000000000000', or uuid()"


def _json(value: object, kind: ColumnType) -> str | None:
    del kind
    from shardgen.tables.json_reader import MAX_DEPTH  # late: few schemas have JSON
    from shardgen.tables.json_texts import facts_of_texts

    facts = facts_of_texts([value if isinstance(value, str) else str(value).lower()])
    if facts.depth > MAX_DEPTH:
        return f"it is nested {facts.depth} deep, and databases read {MAX_DEPTH}"
    wrong = facts.wrong is not None
    return "write JSON, where text has quotes of its own: '\"new\"'" if wrong else None


def _time(value: object, kind: ColumnType) -> str | None:
    pattern = _INTERVAL if kind.family == "interval" else _TIME
    fits = isinstance(value, str) and pattern.fullmatch(value) is not None
    return None if fits else f"write hours, minutes and seconds: '09:30:00' ({kind})"


def _bytes(value: object, kind: ColumnType) -> str | None:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        return "write two hexadecimal digits for each byte: '00ff'"
    length, is_fixed = len(value) // 2, kind.name == "binary"
    most = length if kind.length is None else kind.length
    return f"it has {length} bytes" if length > most or (is_fixed and length < most) else None


def _bits(value: object, kind: ColumnType) -> str | None:
    text = str(int(value)) if isinstance(value, bool) else str(value)
    if not _BITS.fullmatch(text):
        return "write its bits, such as '0101'"
    length, most = len(text), kind.length or 1
    is_wrong = length != most if kind.name == "bit" else length > most
    return f"it has {length} bits" if is_wrong else None


def _array(value: object, kind: ColumnType) -> str | None:
    from shardgen.output.sql.array_defaults import read_array  # late: few schemas have arrays

    elements = read_array(value) if isinstance(value, str) else None
    if elements is None:
        return f"write an array such as '{{}}' or '[]' ({kind})"
    return _elements(elements, kind)


def _elements(elements: list[Any], kind: ColumnType) -> str | None:
    """Return the way out of the first element that is none, or of lists of several lengths."""
    assert kind.element is not None, "an array has elements"
    if kind.element.element is None:
        hints = (_element(each, kind.element) for each in elements)
        return next(filter(None, hints), None)
    if not all(isinstance(each, list) and each for each in elements):
        return f"write lists within lists ({kind})"
    if len({len(each) for each in elements}) > 1:
        return "write lists of one length within it"
    return next(filter(None, (_elements(each, kind.element) for each in elements)), None)


def _element(value: Any, kind: ColumnType) -> str | None:
    if value is None or (kind.family == "json" and not isinstance(value, str)):
        return None
    is_truth = isinstance(value, bool) or str(value).lower() in ("t", "f")
    if is_truth and kind.family == "boolean":  # as literals of arrays have it
        return None
    if isinstance(value, list | dict | bool):
        return f"write elements of type {kind}"
    if isinstance(value, str) and is_computed(value, kind):
        return "write its elements out"
    return refused_default(str(value), kind)


def _text(value: object, kind: ColumnType) -> str | None:
    length = len(str(value))
    if kind.length is not None and length > kind.length:
        return f"it has {length} characters"
    if kind.name == "set":
        parts = str(value).split(",") if value != "" else []
        fits = len(set(parts)) == len(parts) and set(parts) <= set(kind.values)
        return None if fits else "write some of its values, with commas between"
    if kind.name not in SPELLED:
        return None
    from shardgen.output.sql.spelled_defaults import reads  # late: few schemas have such types

    return None if reads(str(value), kind) else f"write a value that PostgreSQL reads as {kind}"


_CHECKS: dict[str, Callable[[object, ColumnType], str | None]] = {
    "integer": _integer,
    "decimal": _decimal,
    "float": _float,
    "boolean": _boolean,
    "enum": _enum,
    "date": _date,
    "timestamp": _date,
    "uuid": _uuid,
    "json": _json,
    "text": _text,
    "time": _time,
    "interval": _time,
    "bytes": _bytes,
    "bits": _bits,
    "array": _array,
}
