"""A row that is stated: what a plan keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

WithRows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by table, each as its columns say; row k of a list is row k of its table."""


class StatedRow(msgspec.Struct, frozen=True):
    """
    What is stated of a row: plain values by column, None for null; parents by the keys' names.

    A parent is the index of a row of its own table.
    """

    values: dict[str, Any] = {}
    parents: dict[str, int] = {}


def path_of(table: str, row: int, column: str = "") -> str:
    """Return where a row, or a cell of it, is stated."""
    return f"with_rows.{table}[{row}]" + (f".{column}" if column else "")
