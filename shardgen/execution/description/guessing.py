"""What columns are by the values of their first rows, where nothing else says it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from shardgen.execution.description.description import Kind
from shardgen.execution.description.shapes import ColumnShape

_FORMS: tuple[tuple[str, Kind, re.Pattern[str]], ...] = (
    ("integer", "number", re.compile(r"-?[0-9]{1,18}")),
    ("number", "number", re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")),
    ("boolean", "boolean", re.compile(r"true|false")),
    ("date", "date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    ("timestamp", "timestamp",
     re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00.*)?")),
)  # fmt: skip
_ZERO_FIRST = re.compile(r"-?0[0-9]")  # a code, such as a zip


def guessed(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[ColumnShape, ...]:
    """Return columns of these names; those without a value are texts."""
    values: list[set[str]] = [set() for _ in names]
    for row in rows:
        for n, value in enumerate(row[: len(names)]):
            if value is not None:
                values[n].add(_text(value))
    return tuple(_column(name, found) for name, found in zip(names, values, strict=True))


def _column(name: str, values: set[str]) -> ColumnShape:
    for said, kind, form in _FORMS:
        if values and all(map(form.fullmatch, values)):
            if kind == "number" and any(map(_ZERO_FIRST.match, values)):
                break
            return ColumnShape(name=name, type=said, kind=kind, is_whole=said == "integer")
    return ColumnShape(name=name, type="text", kind="text")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
