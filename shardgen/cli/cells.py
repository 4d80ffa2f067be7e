"""Rows of a table as text, as they stand in a dump except for quotes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from shardgen.plan.source import Source
from shardgen.tables.python_values import column_values

NULL = "NULL"


def text_rows(
    source: Source, table: str, columns: Sequence[str], start: int, stop: int
) -> Iterator[tuple[str, ...]]:
    """Yield rows start … stop-1 of a table, a printable text for each of `columns`."""
    batch = source.batch(table, start, stop)
    values = [column_values(batch, name) for name in columns]
    return (tuple(map(cell_text, row)) for row in zip(*values, strict=True))


def cell_text(value: object) -> str:
    """Return a value as a printable text."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(cell_text, value))}]"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return printable(f"{value:f}" if isinstance(value, Decimal) else str(value))


def printable(text: str) -> str:
    """Return a text on one line, with escapes for what cannot be printed."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()
