"""Rows of text in columns that line up in a terminal, wide and combining characters too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tabulate import SEPARATING_LINE, DataRow, Line, TableFormat, tabulate

_GAP = "  "
_ROW = DataRow("", _GAP, "")
_FORMAT = TableFormat(
    lineabove=None,
    linebelowheader=Line("", "-", _GAP, ""),
    linebetweenrows=None,
    linebelow=None,
    headerrow=_ROW,
    datarow=_ROW,
    padding=0,
    with_header_hide=None,
)


def grid(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, to_right: Collection[int] = ()
) -> str:
    """
    Return a head, a rule and rows, each column as wide as its widest cell in a terminal.

    Every row has as many cells as `head`, all of them printable. Columns whose index is in
    `to_right` end at one place, the others begin at one.
    """
    # The head is a row like others: as `headers`, tabulate would widen each column by two.
    return tabulate(
        [head, SEPARATING_LINE, *rows],
        tablefmt=_FORMAT,
        colalign=["right" if n in to_right else "left" for n in range(len(head))],
        disable_numparse=True,
        preserve_whitespace=True,
    )
