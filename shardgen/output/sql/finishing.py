"""A statement that follows the rows, and what it may not run beside."""

from __future__ import annotations

import msgspec


class Finishing(msgspec.Struct, frozen=True):
    """
    A statement for tables whose rows are there, such as one that makes an index.

    Those of a `stage` may run at once, on several connections, but for those that share one of
    their `tables`; a later stage begins when the one before it has ended.
    """

    stage: int
    tables: tuple[str, ...]
    statement: str
