"""A source of real rows that is open: what it says of itself, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from shardgen.execution.profiling.sql import Sampling, WithoutRowids
from shardgen.importing.described import Database, Table

AT_ONCE = 5000
"""Rows that are fetched together."""
Rows = Sequence[Sequence[Any]]


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """
    An open source: what it says of itself, and how it is asked.

    `ask` returns all rows of a query, `stream` some thousands of them at once.
    """

    database: Database
    origin: str
    sampling: Sampling
    ask: Callable[[str], Rows]
    stream: Callable[[str], Iterator[Rows]]

    def sampling_of(self, table: Table) -> Sampling:
        """Return how rows of a table are sampled."""
        return WithoutRowids() if "WITHOUT ROWID" in table.options else self.sampling
