"""
What a database is to a load: small protocols, and a file for each database that keeps them.

The parent opens a session: it sees what is there, makes the tables and the ledger, and ends the
load. Whoever brings rows has a loader, with a connection of its own: each worker one, where the
database lets several write at once; else the session's own, in the parent, which is fed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from shardgen.execution.loading.ledger import Head, Ledger, Way
from shardgen.execution.loading.steps import Step
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.literals import Literals
from shardgen.output.text.kinds import Buffer
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source

Texts = Callable[[Shard], Iterable[Buffer]]
"""Returns the bytes of a shard in the database's format, in pieces, each read before the next."""


class Work(msgspec.Struct, frozen=True):
    """What is loaded, and the way: the same for the session and for every loader."""

    source: Source
    way: Way

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.source.plan


class Loader(Protocol):
    """A connection that does steps."""

    def do(self, step: Step, texts: Texts) -> bool:
        """
        Do a step and its line in the ledger, or neither; return whether it was not done before.

        DatabaseError, with the table, the rows and the database's own words.
        """


class Session(Protocol):
    """The parent's connection, which holds off other loads of the same tables."""

    @property
    def place(self) -> str:
        """Where in the database the load is, as `Connecting.connect` takes it."""

    def ledger(self) -> Ledger | None:
        """Return the ledger of a load that is not complete; None without one."""

    def tables_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """
        Return the number of rows of each of these tables that is there.

        More than `MOST_COUNTED` are not counted.
        """

    def rows_there(self, tables: Iterable[str]) -> Mapping[str, int]:
        """
        Return how many rows of each of these tables that is there come before any others.

        Where a key counts them, it is how far that has come, though rows were deleted since.
        """

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, each `?` of which is one of the values; DatabaseError."""

    def begin(self, head: Head) -> None:
        """Make the ledger, and all that comes before the rows, or nothing of it."""

    def finishing(self) -> Iterable[Finishing]:
        """Return what follows the rows: keys, indexes, sequences, statistics."""

    def end(self) -> None:
        """Put all in its place and remove the ledger, or do nothing of it."""

    def what_is_there(self) -> str:
        """Return where a load that is not complete has its rows, and how to drop them."""

    def loader(self) -> AbstractContextManager[Loader]:
        """Give a loader for this process."""


class Connecting(Protocol):
    """How a worker connects to a database; it can be pickled, and so crosses to workers."""

    def connect(self, work: Work, place: str) -> AbstractContextManager[Loader]:
        """Connect, for a worker."""


class Database(Protocol):
    """One that a URL names."""

    @property
    def title(self) -> str:
        """The name of its kind."""

    @property
    def shown(self) -> str:
        """The URL without its password and parameters."""

    @property
    def dialect(self) -> str | None:
        """Its dialect, one of `DIALECTS`; None where it has another."""

    @property
    def sql(self) -> Literals:
        """How it writes names and values."""

    @property
    def by_workers(self) -> Connecting | None:
        """How workers connect; None where the session's connection is the only one."""

    def keys_are_checked(self, way: Way) -> bool:
        """Return whether foreign keys are checked while several connections bring rows."""

    @property
    def url(self) -> str:
        """The URL itself; no message has it."""

    def differences(self, source: Source, way: Way) -> Differences:
        """Return in what it differs from the tables of a source that is loaded by such a way."""

    def format(self, plan: Plan, found: Differences, way: Way) -> Format:
        """Return how it takes the rows of a plan, into tables that differ from it in that."""

    def by(self, form: Format) -> str:
        """Return how rows of such a format go in, in a few words."""

    def open(self, work: Work) -> AbstractContextManager[Session]:
        """Connect, for the parent; DatabaseError where that cannot be."""


MOST_COUNTED = 1_000_000
