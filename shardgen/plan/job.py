"""What tables are bound for, beside their schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

DEFAULT_AS_OF = dt.date(2025, 1, 1)
MAX_COUNT = 1 << 40  # rows of a table


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """
    What tables are bound for, beside their schema.

    `counts` has the rows of each table by name, `databases` the dialects of the databases that the
    values have to suit.
    """

    counts: Mapping[str, int]
    as_of: dt.date
    seed: int = 0
    edge_case_probability: float = 0.0
    databases: tuple[str, ...] = ()
