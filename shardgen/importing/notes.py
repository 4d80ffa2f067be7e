"""What became of a database's tables, columns and constraints in the schema made from it."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["inferred", "simplified", "dropped", "refused"]
KINDS: dict[Kind, str] = {
    "inferred": "is a guess, to be looked at",
    "simplified": "is carried as something narrower",
    "dropped": "is not in the schema, and no row depends on it",
    "refused": "cannot be met: the table has no rows",
}
"""What each kind says of the thing that it is of."""


class Note(msgspec.Struct, frozen=True, order=True):
    """
    One thing that did not go into the schema as it is, why, and what to do about it.

    `column` is "" where it is of the table, `table` too where it is of the whole database.
    """

    table: str
    column: str
    kind: Kind
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """One line: where, what, and the way out."""
        place = ".".join(filter(None, (self.table, self.column)))
        at = f"{place}: " if place else ""
        return f"{at}{self.what}" + (f"; {self.hint}" if self.hint else "")
