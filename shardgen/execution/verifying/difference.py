"""What a report of a difference says."""

from __future__ import annotations

import msgspec

from shardgen.errors import DifferenceError

_SHOWN = 80  # characters of what was found, and of what was wanted


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """
    The first difference of a file, or of a database: `what` is a clause that says it.

    `row` counts from 0 in its `table`; those and `column` are None where it is no cell that
    differs. `found` and `wanted` are texts as they stand in the file, cut where they are long.
    """

    file: str
    what: str
    table: str | None = None
    row: int | None = None
    column: str | None = None
    found: str | None = None
    wanted: str | None = None

    def __str__(self) -> str:
        """One line: where, what, found and wanted."""
        text = f"{self.file}: {self.what}"
        if self.found is not None or self.wanted is not None:
            text += f"; found {_quoted(self.found)}, wanted {_quoted(self.wanted)}"
        return text


class FoundDifferenceError(DifferenceError):
    """A difference that ends the reading of a file."""

    def __init__(self, difference: Difference) -> None:
        """Keep what differs."""
        super().__init__(difference)
        self.difference = difference


def shown(text: bytes) -> str:
    """Return a text of a file as a message shows it."""
    return cut(text.decode(errors="backslashreplace"))


def cut(text: str) -> str:
    """Return a text, cut where it is long."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _quoted(text: str | None) -> str:
    return "nothing" if not text else repr(text)
