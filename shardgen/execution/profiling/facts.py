"""
What is learned of real data: shares, quantiles, counts, ranks; nothing that few rows share.

Shares are 0 to 1. Numbers of dates are days since 1970-01-01.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Points = tuple[tuple[float, float], ...]
"""Shares that rise from 0 to 1, each with the value below which it lies."""
Taken = Literal["nothing", "quantiles", "values", "share", "shapes", "gap"]


class ValueShare(msgspec.Struct, frozen=True, kw_only=True):
    """A value that enough rows have in common, and its share of those that are not null."""

    value: Any
    share: float


class ColumnFacts(msgspec.Struct, frozen=True, kw_only=True):
    """
    A column: its share of nulls, and what else was taken of it.

    `why` says of one of which nothing was taken why not. `seasonal` has weights of weekdays and
    hours, and `is_day` says that all timestamps are midnights. `rises` says that values rise with
    the primary key. `after` is the column that no value comes before, and `gap` how long after it,
    in seconds or days; with a `gap_end`, in seconds since 1970, it is a share of the way to that.
    """

    name: str
    nulls: float
    taken: Taken = "nothing"
    why: str = ""
    points: Points = ()
    values: tuple[ValueShare, ...] = ()
    covered: float = 1.0
    shapes: tuple[ValueShare, ...] = ()
    seasonal: dict[str, dict[str, float]] = {}
    is_day: bool = False
    rises: bool = False
    after: str = ""
    gap: Points = ()
    gap_rho: float = 0.0
    gap_end: float | None = None


class CorrelationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """
    Spearman's rank correlation of a column with another, of its row or of a parent.

    `other` is called as a schema does it: `income`, or `borrower_id.income`. `rho` is what ranks
    show, and `drawn` what columns of few values are drawn with, so that their ranks show it.
    """

    column: str
    other: str
    rho: float
    drawn: float
    rows: int


class KeyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """
    A foreign key: its share of nulls, and of the parents that have at most so many children.

    `mean` and `deviation` are those of children per parent. `standing` is the column of the parents
    that hangs most on how many children they have: older customers have more orders.
    """

    columns: tuple[str, ...]
    table: str
    nulls: float
    parents: int
    mean: float
    deviation: float
    points: Points = ()
    standing: CorrelationFacts | None = None


class TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A table: its rows, those of the sample, and what was learned of its columns and keys."""

    name: str
    rows: int
    sampled: int
    columns: tuple[ColumnFacts, ...]
    keys: tuple[KeyFacts, ...] = ()
    correlations: tuple[CorrelationFacts, ...] = ()

    def column(self, name: str) -> ColumnFacts:
        """Return the column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
