"""Composed text as Arrow's strings: written as rows of one column are, and cut where they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.output.text.fields import FieldBuilder, LiteralSyntax
from shardgen.output.text.kinds import ColumnFields
from shardgen.output.text.render import open_writer
from shardgen.output.text.statements import MARKED, ROW_END
from shardgen.tables import values as c

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _as_it_is(text: str) -> str:
    return text


_PLAIN = LiteralSyntax("", "true", "false", "", _as_it_is, "", "")


class StringWriter:
    """Writes the values of one column; what it looks up is kept from batch to batch."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._builder = FieldBuilder(_PLAIN)
        self._writer = open_writer()

    def write(
        self, values: c.ColumnValues, rows: int, null: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int32], bytes]:
        """Return where each string starts, with the end of the last, and all of them joined."""
        text = self._marked(values, rows, null)
        ends: NDArray[Any] = np.flatnonzero(np.frombuffer(text, np.uint8) == ROW_END[0])
        offsets = np.zeros(rows + 1, np.int32)
        offsets[1:] = ends - np.arange(rows)  # the marks themselves are taken out
        return offsets, text.translate(None, ROW_END)

    def _marked(self, values: c.ColumnValues, rows: int, null: NDArray[np.bool_] | None) -> bytes:
        """Return the strings with a mark after each, written as many at once as can be."""
        most = self._writer.most_rows
        if rows <= most:
            fields = ColumnFields(self._builder.lower(values, ""), null)
            return b"".join(map(bytes, self._writer.write([fields], rows, MARKED)))
        cuts = [np.arange(first, min(first + most, rows)) for first in range(0, rows, most)]
        return b"".join(
            self._marked(values.take(cut), len(cut), None if null is None else null[cut])
            for cut in cuts
        )
