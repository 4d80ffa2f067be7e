"""
Laws that each row of a table keeps, held against the rows as they are made.

They come from a schema's CHECK constraints, and a database would refuse the row that breaks one.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from shardgen.errors import GenerationError
from shardgen.tables.batch import Batch, RowCheck

_MOST_VALUES = 5  # of a row, in a message


class BrokenRow(msgspec.Struct, frozen=True):
    """The first row that breaks a law: its number from 1, and its values by column."""

    check: RowCheck
    number: int
    values: dict[str, str]

    def __str__(self) -> str:
        """As a message says it."""
        shown = ", ".join(f"{name} is {value}" for name, value in self.values.items())
        return f"row {self.number} breaks {self.check.name}: {self.check.text}; {shown}"


def broken_rows(batch: Batch, checks: tuple[RowCheck, ...]) -> Iterator[BrokenRow]:
    """Yield for each law that some rows break the first of them."""
    for check in checks:
        broken = np.broadcast_to(check.broken(batch), (len(batch),))
        if broken.any():
            at = int(np.argmax(broken))
            values = {n: _value(batch, n, at) for n in check.reads[:_MOST_VALUES]}
            yield BrokenRow(check, int(batch.numbers[at]) + 1, values)


def keep_checks(batch: Batch) -> None:
    """GenerationError where a row breaks a law of its table."""
    table = batch.table
    for broken in broken_rows(batch, table.checks) if table.checks and not table.is_empty else ():
        what = f"table {table.name!r}: {broken}"
        raise GenerationError(f"{what}; change the generators, or leave out the check")


def _value(batch: Batch, name: str, at: int) -> str:
    null = batch.null(name)
    if null is not None and null[at]:
        return "null"
    return str(batch.column(name).take(np.array([at])).python()[0])
