"""A data set on a screen: its tables with the numbers of their rows, and the first rows of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

WIDTH = 80  # characters of a line
TABLES = 20  # that are listed
ROWS = 10  # that are shown of a table
_CELL = 24  # characters of a value


def dataset_text(name: str, seed: int, tables: Mapping[str, tuple[int, Sequence[str]]]) -> str:
    """Return a line for the whole, and one for each of the first tables: rows and columns."""
    rows = sum(count for count, _ in tables.values())
    head = f"Dataset {_cut(name, 30)}: {_many(rows, 'row')} in {_many(len(tables), 'table')}"
    shown = [*tables.items()][:TABLES]
    wide = min(max((len(each) for each, _ in shown), default=0), 30)
    digits = max((len(f"{count:,}") for _, (count, _) in shown), default=0)
    lines = [
        _cut(f"  {_cut(each, wide):{wide}}  {count:>{digits},}  {', '.join(columns)}", WIDTH)
        for each, (count, columns) in shown
    ]
    more = len(tables) - len(shown)
    lines += [f"  … and {_many(more, 'more table')}"] if more else []
    return "\n".join((f"{head}, seed {seed}", *lines))


def table_text(
    name: str, count: int, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> str:
    """Return the first rows of a table in a grid, as many columns of it as a line has room for."""
    cells = [[_cut(_value(row[column]), _CELL) for column in columns] for row in rows]
    widths = [
        max(len(_cut(column, _CELL)), *(len(line[n]) for line in cells), 1)
        for n, column in enumerate(columns)
    ]
    fits, used = 0, 0
    for width in widths:
        if fits and used + width + 2 > WIDTH - 2:
            break
        fits, used = fits + 1, used + width + 2
    end = "  …" if fits < len(columns) else ""
    named = [_cut(column, _CELL) for column in columns]
    lines = [_line(line[:fits], widths) + end for line in (named, *cells)]
    left = count - len(cells)
    lines += [f"… and {_many(left, 'more row')}"] if left else []
    return "\n".join((f"{_cut(name, 40)}: {_many(count, 'row')}", *lines))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    both = zip(cells, widths, strict=False)
    return "  ".join(f"{cell:{width}}" for cell, width in both).rstrip()


def _value(value: Any) -> str:
    text = "null" if value is None else str(value)
    return text if text.isprintable() else repr(text)[1:-1]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
