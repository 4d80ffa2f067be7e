"""Cells of a dataset, text or JSON, as what a column of a type holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.choice import table_of
from shardgen.generators.families.date_functions import dates_from_text
from shardgen.tables.casts import cast
from shardgen.tables.values import ColumnValues, Dates, Dictionary, Pool, Timestamps

if TYPE_CHECKING:
    from shardgen.schema.types import ColumnType

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}
_MOST_WEIGHT = 1e300
_MOST_DIGITS = 28  # before the point: what arithmetic keeps, and more than any type holds


def weight_of(cell: object) -> float | None:
    """Return a weight, a number or its text; None when it is not a positive number."""
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        cell = float(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    return float(cell) if 0 < cell <= _MOST_WEIGHT else None


def key_of(cell: Any, family: str) -> str:
    """Return a cell as the text that equal values of a column have: 5 for "05" among integers."""
    text = text_of(cell)
    if family == "integer" and _NUMBER.fullmatch(text):
        number = Decimal(text)
        return str(int(number)) if number == number.to_integral_value() else text
    if family == "boolean":
        return text_of(_TRUTHS.get(text.lower(), text))
    return text


def text_of(cell: Any) -> str:
    """Return a cell as text."""
    return cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()


def value_of(cell: Any, kind: ColumnType, where: str) -> Any:
    """
    Return a cell as what a column of that type holds; BindError for any other.

    Decimals for numbers, days or seconds since 1970 for dates and timestamps, else text. `where`
    says which cell it is.
    """
    text = text_of(cell)
    match kind.family:
        case "integer" | "decimal" | "float":
            if _NUMBER.fullmatch(text.strip()) and Decimal(text.strip()).adjusted() < _MOST_DIGITS:
                return Decimal(text.strip())
        case "boolean":
            if text.strip().lower() in _TRUTHS:
                return _TRUTHS[text.strip().lower()]
        case "date" | "timestamp":
            try:
                return _moment(text.strip(), kind)
            except BindError:
                pass
        case _:
            return _fitting(text, kind, where)
    raise BindError(f"{where} has {text!r}, which is no {kind}")


def _moment(text: str, kind: ColumnType) -> int:
    """Return the days or the seconds since 1970 of an ISO date or timestamp."""
    values = cast(dates_from_text([text]), kind)
    return values.low if isinstance(values, (Dates, Timestamps)) else 0


def _fitting(text: str, kind: ColumnType, where: str) -> str:
    if kind.max_length is not None and len(text) > kind.max_length:
        raise BindError(f"{where} has {text!r}, {len(text)} characters, and the column is {kind}")
    if "\0" in text:
        raise BindError(f"{where} has {text!r}, with a NUL, which no database stores")
    if kind.family == "uuid":
        from uuid import UUID

        try:
            return str(UUID(text))
        except ValueError:
            raise BindError(f"{where} has {text!r}, which is no uuid") from None
    return text


def column_of(context: ColumnContext, cells: Sequence[Any]) -> ColumnValues:
    """Return cells as a column, one row each; for missing ones, the value of the first other."""
    stand_in = next((cell for cell in cells if cell is not None), None)
    if stand_in is None:
        raise BindError("the dataset has no value for the column in any row")
    values = [stand_in if cell is None else cell for cell in cells]
    match context.type.family:
        case "integer" | "decimal" | "float" | "boolean":
            return table_of(context, values)
        case "date":
            return Dates(np.array(values, np.int64), min(values), max(values))
        case "timestamp":
            return Timestamps(np.array(values, np.int64), min(values), max(values))
    pool = Pool(dict.fromkeys(values))
    index = {text: n for n, text in enumerate(pool.values)}
    return Dictionary(np.array([index[text] for text in values], np.int64), pool)
