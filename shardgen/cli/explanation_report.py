"""Why a row has its values, as text."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.cli.cells import cell_text, printable
from shardgen.cli.grid import grid
from shardgen.plan.explaining.explanation import Cell, Children, Explanation, Stream
from shardgen.plan.explaining.sentences import brief

_WIDE = 40  # characters of a value in a grid
_LONG = 120  # characters of a reason there


def explanation_report(explanation: Explanation, *, is_brief: bool) -> str:
    """Return a line for each column, or where one is asked for, all that is known of it."""
    where = f"{explanation.table}, row {explanation.row} of {explanation.rows:,}"
    run = f"{explanation.schema}, seed {explanation.seed}, as of {explanation.as_of}"
    head = f"{where} ({run})"
    if is_brief:
        body = grid(("column", "value", "why"), [*map(_brief, explanation.cells)])
        more = f"all of a column: shardgen explain … {explanation.table} {explanation.row} COLUMN"
        return "\n\n".join([head, body, *_kin(explanation.children), more])
    (cell,) = explanation.cells
    lines = [f"{cell.column} {cell.type} = {_value(cell)}", "", *map(printable, cell.words)]
    paragraphs = [head, "\n".join(lines), *_streams(cell.streams)]
    return "\n\n".join([*paragraphs, *(_kin(explanation.children) if _is_key(cell) else ())])


def _is_key(cell: Cell) -> bool:
    return cell.kind == "counted"


def _brief(cell: Cell) -> tuple[str, str, str]:
    value, why = _cut(_value(cell), _WIDE), _cut(printable(brief(cell)), _LONG)
    return printable(cell.column), value, why


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _value(cell: Cell) -> str:
    return cell_text(cell.value) if cell.is_known else "(the database computes it)"


def _kin(children: tuple[Children, ...]) -> Iterator[str]:
    if children:
        rows = [
            (f"{each.table}.{each.key}", "?" if each.count is None else f"{each.count:,}", each.law)
            for each in children
        ]
        yield grid(("children", "rows", "whose parent is"), rows, to_right={1})
        if any(each.count is None for each in children):
            yield "? is known only when all rows of that table are made: each draws its parent"


def _streams(streams: tuple[Stream, ...]) -> Iterator[str]:
    if streams:
        rows = [
            (" / ".join(map(str, each.path)), each.key, each.word, f"{each.share:.6f}")
            for each in streams
        ]
        head = ("stream: seed / table / column / what for", "key", "word at this row", "share")
        yield grid(head, [tuple(map(printable, row)) for row in rows])
