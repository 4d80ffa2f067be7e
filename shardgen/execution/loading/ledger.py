"""
The ledger: a small table in the database that says which steps of a load are done.

Each step and its line in it are one transaction, so a step is in with its line, or neither is. It
is there as long as a load is not complete. Pure; each database writes and reads its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from shardgen.output.version import VERSION
from shardgen.plan.plan import Plan

TABLE = "shardgen_ledger"
COLUMNS = (("step", "bigint NOT NULL PRIMARY KEY"), ("what", "text NOT NULL"))
HEAD = 0
"""The number of the line that says whose ledger it is; steps have numbers from 1 on."""

Way = Literal["create", "fill", "append", "truncate", "replace"]
"""
What a load does with the tables: it creates them; fills those that are there and empty; adds to
what they have; empties them first; or puts rows in the place of a table's own.
"""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which load a ledger is of; `plan` is the digest of the plan, in hexadecimal.

    `there` has the rows that tables had before, where rows are added to them.
    """

    plan: str
    schema: str
    seed: int
    rows: int
    way: Way
    there: dict[str, int] | None = None
    version: str = VERSION

    @classmethod
    def of(cls, plan: Plan, way: Way, there: Mapping[str, int] | None) -> Head:
        """Return the head of a plan's ledger."""
        return cls(
            plan=plan.digest().hex(), schema=plan.schema.name, seed=plan.seed, rows=plan.rows,
            way=way, there=None if there is None else dict(there),
        )  # fmt: skip

    @classmethod
    def decode(cls, text: str) -> Head:
        """Return the head that `encode` wrote; msgspec.DecodeError where it is none."""
        return msgspec.json.decode(text, type=cls)

    def encode(self) -> str:
        """Return it as one line of text."""
        return msgspec.json.encode(self).decode()

    def __str__(self) -> str:
        """Name the load, for people."""
        return f"{self.schema} (seed {self.seed}, {self.rows:,} rows)"


class Ledger(msgspec.Struct, frozen=True):
    """What a ledger says: whose it is, and the numbers of the steps that are done."""

    head: Head
    done: frozenset[int]
