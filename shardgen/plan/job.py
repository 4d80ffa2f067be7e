"""What tables are bound for, beside their schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from shardgen.plan.stated_row import StatedRow

DEFAULT_AS_OF = dt.date(2025, 1, 1)
MAX_COUNT = 1 << 40  # rows of a table


Existing = Literal["new", "all", "old"]
"""Which rows keys lead to, where some are there already and others are added."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """
    What tables are bound for, beside their schema.

    `counts` has the rows of each table by name, `databases` the dialects of the databases that the
    values have to suit. `firsts` has the rows that are there already of tables that get more,
    `settled` are tables that get none beside those, and `existing` says where keys lead then.
    `stated` has of the first rows of tables what is said of them.
    """

    counts: Mapping[str, int]
    as_of: dt.date
    seed: int = 0
    edge_case_probability: float = 0.0
    databases: tuple[str, ...] = ()
    firsts: Mapping[str, int] = {}
    settled: frozenset[str] = frozenset()
    existing: Existing = "new"
    stated: Mapping[str, tuple[StatedRow, ...]] = {}
