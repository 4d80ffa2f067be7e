"""Values as a person reads them: cells of first rows, frequent values, times and numbers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from shardgen.execution.description.description import Kind
from shardgen.execution.description.shapes import ColumnShape

LONGEST = 120
"""Characters of a value; what is longer is cut."""
_EPOCH = dt.datetime(1970, 1, 1)


def cell(value: Any, column: ColumnShape) -> str | None:
    """Return a value as a printable text on one line; None for null."""
    if value is None:
        return None
    if column.kind == "boolean":
        return {"0": "false", "1": "true"}.get(
            str(int(value)) if is_number(value) else "", _cut(value)
        )
    if column.kind == "number" and is_number(value):
        return _number(value, column)
    if column.kind == "timestamp" and isinstance(value, dt.datetime):
        return str(value.replace(tzinfo=None))
    if column.kind == "timestamp" and isinstance(value, str):
        return _cut(value.removesuffix("+00"))  # PostgreSQL's word for UTC
    return _cut(value)


def is_number(value: Any) -> bool:
    """Return whether it is a number, be it a boolean."""
    return isinstance(value, (int, float, Decimal))


def _number(value: Any, column: ColumnShape) -> str:
    if column.scale is not None:
        return f"{value:.{column.scale}f}"
    if isinstance(value, int) or (column.is_whole and value == int(value)):
        return str(int(value))
    return f"{value:.6g}" if isinstance(value, float) else f"{value:f}"


def _cut(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def moment(seconds: float, kind: Kind) -> str:
    """Return a time as text: a day, and of a timestamp the minute."""
    try:
        at = _EPOCH + dt.timedelta(seconds=round(seconds))
    except OverflowError:
        return f"{seconds:g} s"
    return at.strftime("%Y-%m-%d") if kind == "date" else at.strftime("%Y-%m-%d %H:%M")


def point(value: float, kind: Kind) -> str:
    """Return a value on a line as text: a number of few digits, or a time."""
    if kind in ("date", "timestamp"):
        return moment(value, kind)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:,.4g}"
